//! What an account on a host may do beside its files, as far as a target needs it: sudo, its own systemd, the journal.

use super::Seen;
use super::sudo::sudo_calls;
use crate::model::target::{Service, Target};
use crate::model::{Observed, SudoCall};

/// The reasons against an operation.
pub fn complaints(target: &Target, observed: &Observed) -> Vec<String> {
    let rights = &observed.rights;
    let mut all = Vec::new();
    let user_unit = matches!(target.service, Service::Systemd { user: true, .. });
    let linger = format!("loginctl enable-linger {}", observed.user);
    if user_unit && rights.linger == Some(false) {
        all.push(format!(
            "{} has no linger: its user unit would end with its last login, seconds after the deploy; {linger}",
            observed.user
        ));
    }
    if let Some(dies) = rights.killed
        && (dies || rights.linger != Some(true))
        && !(user_unit && rights.linger == Some(false))
    {
        all.push(format!(
            "logind there ends what a login leaves behind (KillUserProcesses=yes), the operation too; {linger}, with \
             which it is run in a scope of its own (systemd-run)"
        ));
    }
    if let Some(why) = rights.unit_unasked.as_ref().filter(|_| observed.has_tool("systemctl")) {
        let whose = if user_unit { format!("the systemd of {}", observed.user) } else { "systemd".into() };
        let hint = if user_unit { format!("; {linger}") } else { String::new() };
        all.push(format!("{whose} says nothing of the unit of [service]: {why}{hint}"));
    }
    all
}

/// What is no reason against an operation, but should be known.
pub fn oddities(target: &Target, observed: &Observed) -> Vec<String> {
    let mut all = Vec::new();
    if observed.uid != Some(0) {
        all.extend(sudo_calls(target).into_iter().filter_map(|call| match call {
            SudoCall::Unknown(text) => {
                Some(format!("nobody can tell beforehand whether sudo allows what stands in `{text}`"))
            }
            SudoCall::Exact { .. } => None,
        }));
    }
    if observed.rights.journal_closed && matches!(target.service, Service::Systemd { user: false, .. }) {
        all.push(format!(
            "{0} can't read the journal, so a failure will not show what the unit said; usermod -aG systemd-journal {0}",
            observed.user
        ));
    }
    // What serves files, or looks for the flag, is another account most of the time.
    if target.service == Service::None || target.maintenance.is_some() {
        all.extend(observed.rights.way_closed.iter().map(|directory| {
            format!("{directory} can't be passed by other accounts: a web server can't read what is below it; chmod o+x {directory}")
        }));
    }
    all
}

/// Two hosts of one target that are one base.
pub fn twins<'a>(fleet: &[Seen<'a>]) -> Vec<(&'a str, String)> {
    let mut all = Vec::new();
    for (at, (name, observed)) in fleet.iter().enumerate() {
        let same = |(_, other): &&Seen<'_>| {
            !observed.boot.is_empty()
                && observed.boot != "unknown"
                && observed.rights.place.is_some()
                && (&observed.boot, &observed.rights.place) == (&other.boot, &other.rights.place)
        };
        if let Some((other, _)) = fleet[..at].iter().find(same) {
            all.push((
                *name,
                format!("is {other} by another name: the same machine, the same {}; leave one out", observed.base),
            ));
        }
    }
    all
}
