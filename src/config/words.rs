//! Names, commands and other text: what may stand in them.

use super::excerpt::{hidden, quoted};
use super::problem::Complaint;

/// The commands of `release`. A target may have such a name, but `release NAME` is then the command.
pub const VERBS: [&str; 25] = [
    "deploy",
    "rollback",
    "forward",
    "status",
    "plan",
    "build",
    "cut",
    "promote",
    "catch-up",
    "notes",
    "log",
    "schema",
    "maintenance",
    "lock",
    "unlock",
    "recover",
    "prune",
    "pin",
    "unpin",
    "check",
    "init",
    "setup",
    "completions",
    "man",
    "help",
];

/// Longer names are no names, and would not fit beside others in a file name.
const NAME_MAX: usize = 100;

/// The application's name: it becomes part of file names.
pub(super) fn app(text: &str) -> Result<String, Complaint> {
    name(text, "an application's name", "._+-")
}

/// A target's name. No `..`: `release notes prod..view` must stay clear.
pub(super) fn target(text: &str) -> Result<String, Complaint> {
    if text.contains("..") {
        return Err(Complaint::new(format!("{} can't hold '..'", quoted(text))).why("FROM..TO names two targets"));
    }
    name(text, "a target's name", "_.-")
}

/// A directory or link directly in `base`.
pub(super) fn entry(text: &str) -> Result<String, Complaint> {
    if matches!(text, "shared" | ".release") {
        return Err(
            Complaint::new(format!("{} is taken", quoted(text))).why("release itself keeps things under that name")
        );
    }
    name(text, "a plain name directly in `base`", "._+@-")
}

/// The name of an environment variable.
pub(super) fn variable(text: &str) -> Result<String, Complaint> {
    let good = !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if good {
        return Ok(text.to_owned());
    }
    Err(Complaint::new(format!("{} is not a variable's name", quoted(text)))
        .why("letters, digits and _, and no digit first"))
}

/// The value of an environment variable: anything that a process can be given.
pub(super) fn variable_value(text: &str) -> Result<String, Complaint> {
    if text.contains('\0') {
        return Err(Complaint::new("a variable can't hold a NUL"));
    }
    Ok(text.to_owned())
}

/// A command for the host's `sh`. It is the operator's own text, so almost anything may stand in it; several lines too.
pub(super) fn command(text: &str) -> Result<String, Complaint> {
    // A hosts.toml with CRLF lines has them in its multi-line strings, and sh would run "make\r".
    let text = text.replace("\r\n", "\n");
    if text.trim().is_empty() {
        return Err(Complaint::new("a command can't be empty").hint("leave the key away"));
    }
    match text.chars().find(|&c| hidden(c) && !matches!(c, '\n' | '\t')) {
        Some(c) => Err(Complaint::new(format!("a command can't hold {c:?}"))),
        None => Ok(text),
    }
}

/// Free text on one line: roles, hazards, what health expects.
pub(super) fn line(text: &str) -> Result<String, Complaint> {
    if text.trim().is_empty() {
        return Err(Complaint::new("can't be empty").hint("leave the key away"));
    }
    match text.chars().find(|&c| hidden(c)) {
        Some(c) => Err(Complaint::new(format!("{} can't hold {c:?}", quoted(text)))),
        None => Ok(text.to_owned()),
    }
}

/// A systemd unit.
pub(super) fn unit(text: &str) -> Result<String, Complaint> {
    let complaint = || Complaint::new(format!("{} is not a unit", quoted(text)));
    if text.starts_with('-') {
        return Err(complaint().why("may not start with '-'"));
    }
    if text.contains("@.") || text.ends_with('@') {
        return Err(complaint().why("a template has no process").hint("name an instance: app@1.service"));
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b":_.@-".contains(&b);
    if text.is_empty() || text.len() > 255 || !text.bytes().all(allowed) {
        return Err(complaint().why("letters, digits and : _ . @ -").hint("systemd = \"app.service\""));
    }
    Ok(text.to_owned())
}

fn name(text: &str, what: &str, marks: &str) -> Result<String, Complaint> {
    let marks_ok = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
    let good = text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(marks_ok);
    if good && text.len() <= NAME_MAX {
        return Ok(text.to_owned());
    }
    let spaced: Vec<String> = marks.chars().map(String::from).collect();
    Err(Complaint::new(format!("{} is not {what}", quoted(text)))
        .why(format!("letters, digits and {}, a letter or digit first, at most {NAME_MAX}", spaced.join(" "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_nothing_to_a_shell() {
        for good in ["ddgc", "view", "web-2", "a.b_c", "1"] {
            assert!(app(good).is_ok() && target(good).is_ok() && entry(good).is_ok(), "{good}");
        }
        for bad in ["", "-x", ".x", "a b", "a;id", "$(id)", "`id`", "a/b", "../live", "a\nb", "é", &"x".repeat(101)] {
            assert!(app(bad).is_err() && target(bad).is_err() && entry(bad).is_err(), "{bad}");
        }
        assert!(target("prod..view").is_err());
        assert!(entry("shared").is_err() && entry(".release").is_err());
    }

    #[test]
    fn commands_are_the_operators_own_text() {
        assert_eq!(command("make\r\nmake install\r\n"), Ok("make\nmake install\n".into()));
        assert!(command("a && b || c; $(d) `e` 'f' \"g\" é\t|h").is_ok());
        for bad in ["", "  \n", "a\0b", "a\u{1b}[31m", "a\rb", "a\u{202e}b"] {
            assert!(command(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn variables() {
        assert!(variable("PLACK_ENV").is_ok() && variable("_").is_ok());
        for bad in ["", "1A", "A-B", "A=B", "A;id", "É"] {
            assert!(variable(bad).is_err(), "{bad}");
        }
        assert!(variable_value("any\nthing $(id) \u{1b}").is_ok());
        assert!(variable_value("a\0").is_err());
    }

    #[test]
    fn units() {
        for good in ["ddgc.service", "ddgc", "app@1.service", "a:b_c.socket"] {
            assert!(unit(good).is_ok(), "{good}");
        }
        for bad in ["", "-x", "a b", "a;id", "app@.service", "app@", "../a"] {
            assert!(unit(bad).is_err(), "{bad}");
        }
    }
}
