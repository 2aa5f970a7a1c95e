//! The commands that are shown to go on with: they act on the file that this one acted on.

use crate::model::{Event, Failure};

use super::Reporter;

/// What stands before a command in a sentence.
const BEFORE: [&str; 8] = ["\n", "; ", ": ", ", ", "`", "then ", "or ", "("];

/// The text with `--config FILE` in each of its commands, where that was given.
pub fn with_config(text: &str, config: Option<&str>) -> String {
    let Some(config) = config else { return text.to_owned() };
    let mut out = String::with_capacity(text.len() + config.len());
    let mut rest = text;
    while let Some(at) = rest.find("release ") {
        let (before, after) = (&rest[..at], &rest[at + "release ".len()..]);
        out.push_str(before);
        let command = out.is_empty() || BEFORE.iter().any(|end| out.ends_with(end));
        out.push_str("release ");
        if command && !after.starts_with("init") && !after.starts_with("--config ") {
            out.push_str(&format!("--config {config} "));
        }
        rest = after;
    }
    out + rest
}

/// The same failure, with a hint that can be pasted.
pub(super) fn failure(failure: &Failure, config: Option<&str>) -> Failure {
    let hint = failure.hint.as_deref().map(|hint| with_config(hint, config));
    Failure { hint, ..failure.clone() }
}

/// A display whose hints can be pasted.
pub(super) struct Hinted {
    pub(super) inner: Box<dyn Reporter>,
    pub(super) config: String,
}

impl Reporter for Hinted {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Ended { exit, summary, hint: Some(hint) } => {
                let hint = Some(with_config(hint, Some(&self.config)));
                self.inner.event(&Event::Ended { exit: *exit, summary: summary.clone(), hint });
            }
            other => self.inner.event(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::with_config;

    #[test]
    fn commands_in_hints_name_the_file() {
        for (hint, expected) in [
            ("release log t", "release --config f log t"),
            ("fix it, then: release check --config", "fix it, then: release --config f check --config"),
            (
                "release recover t, then release status t",
                "release --config f recover t, then release --config f status t",
            ),
            ("no release is on all hosts: release t 1", "no release is on all hosts: release --config f t 1"),
            ("did you mean `release t`?", "did you mean `release --config f t`?"),
            ("release init", "release init"),
        ] {
            assert_eq!(with_config(hint, Some("f")), expected);
            assert_eq!(with_config(hint, None), hint);
        }
    }
}
