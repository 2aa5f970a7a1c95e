//! `expect` as a regular expression that finds a version, and not another version that contains it.

use crate::model::ReleaseId;

/// The pattern for `expect` with the release's names filled in: `1.1` is found in `v1.1` and `DDGC-1.1.`, but neither
/// in `1.10`, nor in `2.1.1`, nor in `1.1.2`.
pub fn expected(template: &str, release: &ReleaseId) -> String {
    let text = named(template, release);
    let starts_open = text.starts_with(|c: char| c.is_ascii_digit());
    let ends_open = text.ends_with(|c: char| c.is_ascii_alphanumeric());
    let before = if starts_open { "(^|[^0-9.])" } else { "" };
    let after = if ends_open { r"($|[^0-9A-Za-z.+~-]|\.($|[^0-9A-Za-z]))" } else { "" };
    format!("{before}{}{after}", escape(&text))
}

/// `expect` with the release's names filled in.
pub fn named(template: &str, release: &ReleaseId) -> String {
    template.replace("{version}", release.version().as_str()).replace("{release}", &release.to_string())
}

/// Escapes what an extended regular expression gives a meaning to; a control character stands for any one character.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '.' | '[' | ']' | '(' | ')' | '{' | '}' | '*' | '+' | '?' | '^' | '$' | '|' => out.extend(['\\', c]),
            c if c.is_control() => out.push('.'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    /// Asks the real grep, as the host does.
    fn finds(expect: &str, version: &str, body: &str) -> bool {
        let id = format!("20140218-114503-{version}").parse().unwrap();
        let pattern = expected(expect, &id);
        let mut grep = Command::new("grep")
            .args(["-qE", "-e", &pattern])
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(grep.stdin.take().unwrap(), "{body}").unwrap();
        grep.wait().unwrap().success()
    }

    #[test]
    fn finds_the_version_and_no_other() {
        for body in ["1.1", "v1.1", "DDGC-1.1", "X-Release: 1.1", "this is 1.1.", "{\"v\":\"1.1\"}", "<b>1.1</b>"] {
            assert!(finds("{version}", "1.1", body), "{body}");
        }
        for body in ["1.10", "11.1", "2.1.1", "1.1.2", "1.1-rc1", "1x1", "1.1b"] {
            assert!(!finds("{version}", "1.1", body), "{body}");
        }
    }

    #[test]
    fn text_around_it_is_plain_text() {
        assert!(finds("release {release} (ok)*", "1.0", "release 20140218-114503-1.0 (ok)*"));
        assert!(!finds("a.c", "1.0", "abc"));
        for template in ["$(id)", "[a-", "a{2", "\\", "*", "+", "^x$", "|", "é"] {
            assert!(finds(template, "1.0", template), "{template}");
        }
    }
}
