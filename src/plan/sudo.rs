//! Everything that a target's operations run through sudo: the same list for the preflight check and for `release setup`.

use crate::model::SudoCall;
use crate::model::sudo::calls;
use crate::model::target::{Probe, Service, Target};

/// The verbs that the agent runs of a system unit.
const UNIT_VERBS: [&str; 3] = ["restart", "stop", "reset-failed"];

/// The calls of sudo, in the order of hosts.toml, each once.
pub fn sudo_calls(target: &Target) -> Vec<SudoCall> {
    let unit = match &target.service {
        Service::Systemd { unit, user: false } => UNIT_VERBS.map(|verb| unit_call(verb, unit)).to_vec(),
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for call in unit.into_iter().chain(commands(target).into_iter().flat_map(calls)) {
        if !all.contains(&call) {
            all.push(call);
        }
    }
    all
}

/// As `unit_cmd` of service.sh has it.
fn unit_call(verb: &str, unit: &str) -> SudoCall {
    let words = ["systemctl", verb, "--", unit].map(str::to_owned).to_vec();
    SudoCall::Exact { user: None, words }
}

/// Every command text that runs on the hosts.
fn commands(target: &Target) -> Vec<&str> {
    let mut all: Vec<&String> = target.prepare.iter().collect();
    if let Service::Commands { stop, start, restart, reload } = &target.service {
        all.extend([stop, start, restart, reload].into_iter().flatten());
    }
    all.extend(&target.activate.run);
    if let Some(command) = target.schema.as_ref().and_then(|schema| schema.command.as_ref()) {
        all.extend([&command.check, &command.up]);
        all.extend(&command.down);
    }
    if let Some(Probe::Command(command)) = target.health.as_ref().map(|health| &health.probe) {
        all.push(command);
    }
    all.into_iter().map(String::as_str).collect()
}
