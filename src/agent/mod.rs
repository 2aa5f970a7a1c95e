//! The host's half: fixed shell text, and the data that goes beside it.
//!
//! Two texts are made from the fragments in `sh/`. The *session* is what the client speaks to over a channel: it looks,
//! takes requests and follows an operation; it is sent each time and leaves nothing behind. The *agent* does the work
//! away from ssh; it is installed on the host under its own hash. No value ever stands in either: see [`word`].

use std::fmt::Write as _;

use crate::model::Digest;

pub mod answers;
pub mod journal;
pub mod wire;

const LIB: &str = include_str!("sh/lib.sh");
const PULSE: &str = include_str!("sh/pulse.sh");
const IDENTITY: &str = include_str!("sh/identity.sh");
const LOOK: &str = include_str!("sh/look.sh");
const RIGHTS: &str = include_str!("sh/rights.sh");
const ASK: &str = include_str!("sh/ask.sh");
const SQL: &str = include_str!("sh/sql.sh");
const SESSION: &str = include_str!("sh/session.sh");
const MASK: &str = include_str!("sh/mask.sh");
const DATABASE: &str = include_str!("sh/database.sh");
const SCHEMA: &str = include_str!("sh/schema.sh");
const ADOPT: &str = include_str!("sh/adopt.sh");
const STEP: &str = include_str!("sh/step.sh");
const GUARD: &str = include_str!("sh/guard.sh");
const JOURNAL: &str = include_str!("sh/journal.sh");
const CLOSE: &str = include_str!("sh/close.sh");
const CHILD: &str = include_str!("sh/child.sh");
const MANIFEST: &str = include_str!("sh/manifest.sh");
const KEEP: &str = include_str!("sh/keep.sh");
const ENV: &str = include_str!("sh/env.sh");
const TRY_ENV: &str = include_str!("sh/try_env.sh");
const PREPARE: &str = include_str!("sh/prepare.sh");
const SHARED: &str = include_str!("sh/shared.sh");
const REFILL: &str = include_str!("sh/refill.sh");
const SHARE: &str = include_str!("sh/share.sh");
const CLEAR: &str = include_str!("sh/clear.sh");
const COPY: &str = include_str!("sh/copy.sh");
const ACTIVATE: &str = include_str!("sh/activate.sh");
const SERVICE: &str = include_str!("sh/service.sh");
const HEALTH: &str = include_str!("sh/health.sh");
const FINISH: &str = include_str!("sh/finish.sh");
const BOOT: &str = include_str!("sh/boot.sh");
const DAMAGED: &str = include_str!("sh/damaged.sh");
const RECOVER: &str = include_str!("sh/recover.sh");
const SUPERVISE: &str = include_str!("sh/supervise.sh");

/// The one command line that is ever run on a host. It reads a line, and runs it only if it came whole; each byte of
/// stdin behind it is left to the text that was read, because `read` takes no more than its line.
/// It means the same to sh, bash, zsh, fish and csh as login shells.
pub const COMMAND: &str = r#"exec sh -c 'IFS= read -r s && eval "$(printf %b "$s")"'"#;

/// The agent as it is installed on a host, comments and all, for whoever looks there.
pub fn agent_text() -> String {
    [
        LIB, PULSE, IDENTITY, DATABASE, MASK, JOURNAL, STEP, CHILD, MANIFEST, KEEP, ENV, PREPARE, SHARED, SHARE,
        REFILL, ACTIVATE, CLEAR, COPY, SERVICE, HEALTH, SCHEMA, FINISH, ADOPT, BOOT, CLOSE, DAMAGED, RECOVER, GUARD,
        SUPERVISE,
    ]
    .concat()
}

/// The hash that names the agent on a host.
pub fn agent_digest() -> Digest {
    Digest::of(agent_text().as_bytes())
}

/// The session's text as the one line that [`COMMAND`] reads; without comments and indentation, to save round trips.
pub fn session_line() -> String {
    one_line(&lean(&[LIB, PULSE, IDENTITY, DATABASE, MASK, SHARED, LOOK, RIGHTS, SQL, SESSION].concat()))
}

/// What a session is sent beside that, for the request `health`: as one line for the request `also`.
pub fn asking_line() -> String {
    one_line(&lean(&[STEP, CHILD, HEALTH, ASK].concat()))
}

/// The same for the request `env`.
pub fn trying_line() -> String {
    one_line(&lean(&[STEP, CHILD, ENV, TRY_ENV].concat()))
}

fn lean(text: &str) -> String {
    let lines: Vec<&str> =
        text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    lines.join("\n")
}

/// Text as one line that `printf %b` turns back.
fn one_line(text: &str) -> String {
    text.replace('\\', r"\\").replace('\n', r"\n")
}

/// A value as one word of a data line: letters, digits and `_./:@%+=,-` as they are, every other byte as `\0NNN`,
/// and a lone `-` for nothing. The host's `dec` turns it back; no shell ever sees it as anything but data.
pub fn word(value: &str) -> String {
    if value.is_empty() {
        return "-".into();
    }
    let mut out = String::with_capacity(value.len());
    for (at, byte) in value.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'.' | b'/' | b':' | b'@' | b'%' | b'+' | b'=' | b',')
            || (byte == b'-' && (at > 0 || value.len() > 1));
        if plain {
            out.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(out, "\\0{byte:03o}");
        }
    }
    out
}

/// What a word stands for. What a host says may be anything: what is no word comes back as it is, as far as it is text.
pub fn unword(word: &str) -> String {
    let mut out = Vec::with_capacity(word.len());
    let mut rest = if word == "-" { "" } else { word };
    while let Some(at) = rest.find("\\0") {
        out.extend(rest.bytes().take(at));
        let digits = rest.get(at + 2..at + 5).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        out.extend(digits.or(Some(b'\\')));
        rest = &rest[at + if digits.is_some() { 5 } else { 1 }..];
    }
    out.extend(rest.bytes());
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    /// The shells that a host may have as `sh`, as far as this machine has them.
    fn shells() -> Vec<Vec<&'static str>> {
        let all = [vec!["dash"], vec!["bash", "--posix"], vec!["busybox", "ash"], vec!["mksh"]];
        let found: Vec<_> = all
            .into_iter()
            .filter(|sh| Command::new(sh[0]).args(&sh[1..]).args(["-c", ":"]).status().is_ok_and(|s| s.success()))
            .collect();
        assert!(found.len() >= 2, "this machine has no two shells to try");
        found
    }

    fn decoded(shell: &[&str], value: &str) -> Vec<u8> {
        let script = format!("{LIB}\nread -r w\ndec \"$w\"\nprintf '%s' \"$val\"");
        let mut child = Command::new(shell[0])
            .args(&shell[1..])
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{}", word(value)).unwrap();
        child.wait_with_output().unwrap().stdout
    }

    #[test]
    fn every_byte_comes_through_every_shell() {
        let all: String = (1u8..128).map(char::from).collect();
        for shell in shells() {
            for value in
                ["", "-", "--", "-n", "plain", "a b", "\n", "x\n\n", "\\", "\\0101", "$(id)`id`", "é\u{202e}😀", &all]
            {
                assert_eq!(decoded(&shell, value), value.as_bytes(), "{shell:?} {value:?}");
            }
        }
    }

    #[test]
    fn words_come_back() {
        for value in ["", "-", "--", "plain", "a b", "\n", "x\n\n", "\\", "\\0101", "é\u{202e}😀", "\\0"] {
            assert_eq!(unword(&word(value)), value, "{value:?}");
        }
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            assert_eq!(unword(&word(&text)), text);
            unword(&text);
            Ok(())
        });
    }

    #[test]
    fn a_word_has_nothing_that_a_shell_expands() {
        let all: String = (1u8..128).map(char::from).collect();
        assert!(word(&all).bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:@%+=,-\\".contains(&b)));
    }

    #[test]
    fn no_line_is_longer_than_an_argument_may_be() {
        let all = [wire::agent(), session_line(), asking_line(), trying_line()].join("\n");
        assert!(all.lines().all(|line| line.len() < 128 * 1024));
        assert!(wire::agent().lines().skip(1).all(|line| line.starts_with("agent+ ")));
    }

    #[test]
    fn the_texts_parse_in_every_shell() {
        for shell in shells() {
            for text in [
                agent_text(),
                [LIB, PULSE, IDENTITY, DATABASE, MASK, SHARED, LOOK, RIGHTS, SQL, SESSION].concat(),
                lean(&[STEP, CHILD, HEALTH, ASK].concat()),
                lean(&[STEP, CHILD, ENV, TRY_ENV].concat()),
            ] {
                // By stdin: it is longer than an argument may be.
                let mut child =
                    Command::new(shell[0]).args(&shell[1..]).arg("-n").stdin(Stdio::piped()).spawn().unwrap();
                child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
                assert!(child.wait().unwrap().success(), "{shell:?}");
            }
        }
    }
}
