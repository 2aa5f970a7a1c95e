//! `[service]`: a systemd unit, or the operator's own commands; never both.

use std::time::Duration;

use super::excerpt::Span;
use super::problem::{Complaint, Problems};
use super::table::{At, Table};
use super::units::duration;
use super::words::{command, unit};
use crate::model::target::Service;

/// One `[service]` table.
#[derive(Debug, Clone, Default)]
pub(super) struct ServiceLayer {
    span: Option<Span>,
    systemd: Option<At<String>>,
    user: Option<At<bool>>,
    stop: Option<At<String>>,
    start: Option<At<String>>,
    restart: Option<At<String>>,
    reload: Option<At<String>>,
    /// How long each command may take.
    pub timeout: Option<Duration>,
}

impl ServiceLayer {
    /// Reads it. Two answers in one table are a mistake; in two tables the nearer one wins.
    pub fn read(mut table: Table) -> Self {
        let found = Self {
            span: Some(table.span.clone()),
            systemd: table.text("systemd", unit),
            user: table.flag("user"),
            stop: table.text("stop", command),
            start: table.text("start", command),
            restart: table.text("restart", command),
            reload: table.text("reload", command),
            timeout: table.text("timeout", duration).map(At::into_inner),
        };
        if let (Some(systemd), Some(_)) = (&found.systemd, found.commands().next()) {
            let what = format!("{} has both `systemd` and commands", table.title());
            table.complain(
                systemd.span(),
                Complaint::new(what).why("only one of them can be the service").hint("leave one of them away"),
            );
        }
        table.done();
        found
    }

    /// Lays it over another: key by key, but a unit replaces commands and a command replaces a unit.
    pub fn over(self, mut under: Self) -> Self {
        if self.systemd.is_some() {
            under = Self { span: under.span, user: under.user, timeout: under.timeout, ..Self::default() };
        }
        if self.commands().next().is_some() {
            under.systemd = None;
            under.user = None;
        }
        Self {
            span: self.span.or(under.span),
            systemd: self.systemd.or(under.systemd),
            user: self.user.or(under.user),
            stop: self.stop.or(under.stop),
            start: self.start.or(under.start),
            restart: self.restart.or(under.restart),
            reload: self.reload.or(under.reload),
            timeout: self.timeout.or(under.timeout),
        }
    }

    /// The result, if it can start what it stops.
    pub fn resolve(self, problems: &Problems) -> Service {
        let Some(span) = self.span.clone() else { return Service::None };
        let complain = |at: &At<String>, what: &str, hint: &str| {
            problems.add(at.span(), Complaint::new(what).hint(hint));
        };
        if let Some(user) = self.user.as_ref().filter(|_| self.systemd.is_none()) {
            problems.add(
                user.span(),
                Complaint::new("`user` speaks of a systemd unit, and there is none")
                    .hint("add systemd = \"app.service\""),
            );
        }
        if let Some(unit) = self.systemd {
            return Service::Systemd { unit: unit.into_inner(), user: self.user.is_some_and(At::into_inner) };
        }
        match (&self.stop, &self.start, &self.restart, &self.reload) {
            (None, None, None, None) => problems.add(
                span,
                Complaint::new("[service] says neither `systemd` nor a command")
                    .hint("add systemd = \"app.service\", or restart = \"COMMAND\""),
            ),
            (Some(stop), None, None, _) => {
                complain(stop, "`stop` without `start` or `restart`: nothing would start it again", "add `start`");
            }
            (None, Some(start), None, None) => complain(
                start,
                "`start` without `stop`: the old release would still run",
                "add `stop`, or write `restart` instead",
            ),
            _ => {}
        }
        let plain = |command: Option<At<String>>| command.map(At::into_inner);
        Service::Commands {
            stop: plain(self.stop),
            start: plain(self.start),
            restart: plain(self.restart),
            reload: plain(self.reload),
        }
    }

    fn commands(&self) -> impl Iterator<Item = &At<String>> {
        [&self.stop, &self.start, &self.restart, &self.reload].into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{error, target};
    use super::*;

    fn service(tables: &str) -> Service {
        target(tables).service
    }

    #[test]
    fn a_unit_or_commands() {
        let unit = |user| Service::Systemd { unit: "a.service".into(), user };
        assert_eq!(service(""), Service::None);
        assert_eq!(service("[service]\nsystemd = 'a.service'"), unit(false));
        assert_eq!(service("[service]\nsystemd = 'a.service'\nuser = true"), unit(true));
        let Service::Commands { stop, start, restart, reload } = service("[service]\nstop = 'a'\nstart = 'b'") else {
            panic!("commands")
        };
        assert_eq!((stop.as_deref(), start.as_deref(), restart, reload), (Some("a"), Some("b"), None, None));
    }

    #[test]
    fn the_target_chooses_the_other_kind() {
        let unit = Service::Systemd { unit: "a.service".into(), user: false };
        assert_eq!(service("[service]\nrestart = 'x'\n[targets.t.service]\nsystemd = 'a.service'"), unit);
        let found = service("[service]\nsystemd = 'a'\nuser = true\n[targets.t.service]\nrestart = 'x'");
        assert!(matches!(found, Service::Commands { restart: Some(_), .. }), "{found:?}");
        let found = service("[service]\nstop = 'a'\nstart = 'b'\n[targets.t.service]\nstart = 'c'");
        assert!(matches!(found, Service::Commands { stop: Some(_), start: Some(c), .. } if c == "c"));
    }

    /// Facts item 16, and what could not work.
    #[test]
    fn half_a_service_is_refused() {
        for (tables, what) in [
            ("[service]", "neither `systemd` nor a command"),
            ("[service]\nsystemd = 'a'\nrestart = 'b'", "both `systemd` and commands"),
            ("[service]\nuser = true\nrestart = 'b'", "there is none"),
            ("[service]\nstop = 'a'", "nothing would start it"),
            ("[service]\nstart = 'a'", "would still run"),
            ("[service]\nrestart = ''", "can't be empty"),
            ("[service]\nrestart = \"a\\u0000b\"", "can't hold"),
        ] {
            assert!(error(tables).what.contains(what), "{tables}: {}", error(tables));
        }
    }
}
