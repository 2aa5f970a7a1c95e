//! `[notify]`: the command that hears of each operation.

use std::time::Duration;

use super::excerpt::Span;
use super::problem::{Complaint, Problems};
use super::table::{At, Table};
use super::units::duration;
use super::words::command;
use crate::model::target::Notify;

/// How long the command may take, where nothing is said.
const TIMEOUT: Duration = Duration::from_secs(30);

/// One `[notify]` table.
#[derive(Debug, Clone, Default)]
pub(super) struct NotifyLayer {
    span: Option<Span>,
    command: Option<String>,
    timeout: Option<Duration>,
}

impl NotifyLayer {
    /// Reads it.
    pub fn read(mut table: Table) -> Self {
        let found = Self {
            span: Some(table.span.clone()),
            command: table.text("command", command).map(At::into_inner),
            timeout: table.text("timeout", duration).map(At::into_inner),
        };
        table.done();
        found
    }

    /// Lays it over another, key by key.
    pub fn over(self, under: Self) -> Self {
        Self {
            span: self.span.or(under.span),
            command: self.command.or(under.command),
            timeout: self.timeout.or(under.timeout),
        }
    }

    /// The result.
    pub fn resolve(self, problems: &Problems) -> Option<Notify> {
        let span = self.span?;
        let Some(command) = self.command else {
            let complaint = Complaint::new("[notify] has no `command`");
            problems.add(span, complaint.hint("command = \"...\", which gets the record of each operation on stdin"));
            return None;
        };
        Some(Notify { command, timeout: self.timeout.unwrap_or(TIMEOUT) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{error, target};
    use super::*;

    #[test]
    fn each_target_may_have_its_own() {
        assert_eq!(target("").notify, None);
        let all = target("[notify]\ncommand = 'cat'").notify.unwrap();
        assert_eq!(all, Notify { command: "cat".into(), timeout: TIMEOUT });
        let own =
            target("[notify]\ncommand = 'cat'\ntimeout = '5s'\n[targets.t.notify]\ncommand = 'x'").notify.unwrap();
        assert_eq!(own, Notify { command: "x".into(), timeout: Duration::from_secs(5) });
        for (table, what) in [
            ("timeout = '5s'", "has no `command`"),
            ("command = ''", "can't be empty"),
            ("command = 1", "`command`"),
            ("command = 'x'\ntimeout = 'soon'", "`timeout`"),
            ("command = 'x'\nurl = 'x'", "unknown key `url`"),
        ] {
            let failure = error(&format!("[notify]\n{table}"));
            assert!(failure.what.contains(what), "{table}: {}", failure.what);
        }
    }
}
