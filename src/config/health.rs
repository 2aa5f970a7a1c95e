//! `[health]`: the proof that the new release answers.

use std::time::Duration;

use super::excerpt::Span;
use super::problem::{Complaint, Problems};
use super::table::{At, Table};
use super::units::duration;
use super::url::url;
use super::words::{command, line};
use crate::model::target::{Health, Probe};

/// One `[health]` table.
#[derive(Debug, Clone, Default)]
pub(super) struct HealthLayer {
    span: Option<Span>,
    url: Option<String>,
    command: Option<String>,
    expect: Option<String>,
    timeout: Option<Duration>,
}

impl HealthLayer {
    /// Reads it.
    pub fn read(mut table: Table) -> Self {
        let found = Self {
            span: Some(table.span.clone()),
            url: table.text("url", url).map(At::into_inner),
            command: table.text("command", command).map(At::into_inner),
            expect: table.text("expect", line).map(At::into_inner),
            timeout: table.text("timeout", duration).map(At::into_inner),
        };
        if found.url.is_some() && found.command.is_some() {
            let what = format!("{} has both `url` and `command`", table.title());
            table.complain(table.span.clone(), Complaint::new(what).hint("leave one of them away"));
        }
        table.done();
        found
    }

    /// Lays it over another: key by key, but one kind of probe replaces the other.
    pub fn over(self, mut under: Self) -> Self {
        if self.url.is_some() || self.command.is_some() {
            under.url = None;
            under.command = None;
        }
        Self {
            span: self.span.or(under.span),
            url: self.url.or(under.url),
            command: self.command.or(under.command),
            expect: self.expect.or(under.expect),
            timeout: self.timeout.or(under.timeout),
        }
    }

    /// The result.
    pub fn resolve(self, problems: &Problems) -> Option<Health> {
        let span = self.span?;
        let Some(probe) = self.url.map(Probe::Url).or(self.command.map(Probe::Command)) else {
            let complaint = Complaint::new("[health] says neither `url` nor `command`");
            problems.add(span, complaint.hint("add url = \"http://127.0.0.1:8080/\""));
            return None;
        };
        Some(Health { probe, expect: self.expect, timeout: self.timeout.unwrap_or(Duration::from_secs(30)) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{error, target};
    use super::*;

    #[test]
    fn one_probe() {
        assert_eq!(target("").health, None);
        let health = target("[health]\nurl = 'http://x/'").health.unwrap();
        assert_eq!(health.timeout, Duration::from_secs(30));
        let health =
            target("[health]\nurl = 'http://x/'\ntimeout = '1m'\n[targets.t.health]\ncommand = 'c'").health.unwrap();
        assert_eq!((health.probe, health.timeout), (Probe::Command("c".into()), Duration::from_secs(60)));
    }

    #[test]
    fn none_or_two_are_refused() {
        for (tables, what) in [
            ("[health]\ntimeout = '1s'", "neither `url` nor `command`"),
            ("[health]\nurl = 'http://x/'\ncommand = 'c'", "both `url` and `command`"),
            ("[health]\nurl = 'x'", "must start with http://"),
            ("[health]\nurl = 'http://x/'\ntimeout = '0s'", "longer than zero"),
            ("[health]\nurl = 'http://x/'\nexpect = ''", "can't be empty"),
        ] {
            assert!(error(tables).what.contains(what), "{tables}: {}", error(tables));
        }
    }
}
