//! The journal as events: what a host says, for people and machines.

use std::time::Duration;

use crate::agent::journal::{Entry, Said};
use crate::model::{Event, HostPlan, Step, StepResult};

/// What of a journal is worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Narrated {
    /// Also the steps that only keep the books: for machines.
    pub everything: bool,
    /// There are other hosts to wait for.
    pub waits: bool,
}

/// Turns one host's journal into events.
pub struct Narrator {
    host: String,
    steps: Vec<Step>,
    /// Nothing is live yet: an undo has nothing to start again.
    is_first: bool,
    narrated: Narrated,
    since: f64,
}

impl Narrator {
    /// For the journal of this plan.
    pub fn new(plan: &HostPlan, narrated: Narrated) -> Self {
        let (host, steps) = (plan.host.clone(), plan.steps.clone());
        Self { host, steps, is_first: plan.was.is_none(), narrated, since: 0.0 }
    }

    /// The events that a line of the journal means.
    pub fn tell(&mut self, entry: &Entry) -> Option<Event> {
        let host = self.host.clone();
        match &entry.said {
            Said::Do(number) => {
                self.since = entry.at;
                let (step, label) = self.names(*number, false)?;
                Some(Event::StepStarted { host, step, label })
            }
            Said::Undo(number) => {
                self.since = entry.at;
                let (step, label) = self.names(*number, true)?;
                Some(Event::StepStarted { host, step, label })
            }
            Said::Ok(number) => self.ended(*number, false, entry.at, StepResult::Done),
            Said::Fail(number, why) => self.ended(*number, false, entry.at, StepResult::Failed(why.clone())),
            Said::Undone(number) => self.ended(*number, true, entry.at, StepResult::Undone),
            Said::Stuck(number, why) => self.ended(*number, true, entry.at, StepResult::Failed(why.clone())),
            Said::Warning(text) => Some(Event::Warning { host: Some(host), text: text.clone() }),
            Said::Begin | Said::Pruned(_) | Said::Confirmed | Said::End { .. } | Said::Other => None,
        }
    }

    fn ended(&self, number: usize, undo: bool, at: f64, result: StepResult) -> Option<Event> {
        let (step, _) = self.names(number, undo)?;
        let took = Duration::try_from_secs_f64((at - self.since).max(0.0)).unwrap_or_default();
        Some(Event::StepEnded { host: self.host.clone(), step, result, took })
    }

    /// The step's title, and what people are told of it; nothing of what only keeps the books, unless asked for.
    fn names(&self, number: usize, undo: bool) -> Option<(String, String)> {
        let step = self.steps.get(number.checked_sub(1)?)?;
        let title = if undo { format!("undo {}", step.title()) } else { step.title().to_owned() };
        let idle = matches!(step, Step::WaitGo | Step::WaitConfirm) && !self.narrated.waits;
        let told = if undo { undo_label(step, self.is_first) } else { label(step).filter(|_| !idle) };
        let rest = || self.narrated.everything.then(|| title.clone());
        let label = told.or_else(rest)?;
        Some((title, label))
    }
}

fn label(step: &Step) -> Option<String> {
    let text = match step {
        Step::Env { .. } => "environment".into(),
        Step::Receive { .. } => "upload".into(),
        Step::Unpack { .. } => "unpack".into(),
        Step::Share { .. } => "shared links".into(),
        Step::Seed { path, .. } => format!("shared/{path}"),
        Step::Verify => "verify its files".into(),
        Step::Sync => "sync to disk".into(),
        Step::WaitGo => "wait for the other hosts".into(),
        Step::WaitConfirm => "wait for the other hosts".into(),
        Step::Swap => "swap live".into(),
        Step::Health(_) => "health".into(),
        // Not all of them need go.
        Step::Prune { .. } => "remove old releases".into(),
        Step::Meta { .. } | Step::Complete | Step::Link | Step::Unflag { .. } | Step::Record => return None,
        other => other.describe()?,
    };
    Some(text)
}

fn undo_label(step: &Step, is_first: bool) -> Option<String> {
    let text = match step {
        Step::Well(_) => "ask the old release".into(),
        Step::Flag { path } => format!("lower {path}"),
        Step::Stop { undo: Some(undo), .. } => undo.clone(),
        Step::Clear { path } => format!("put {path} back"),
        Step::Copy { to, .. } => format!("put {to} back"),
        Step::Again { stop, .. } if is_first => stop.clone()?,
        Step::Again { command, .. } => command.clone(),
        Step::UnitAgain(unit) => format!("{} {}", if is_first { "stop" } else { "restart" }, unit.name),
        Step::Swap => "swap back".into(),
        Step::Start { undo: Some(undo), .. } => undo.clone(),
        Step::Unpack { .. } => "remove the new release".into(),
        _ => return None,
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(hosts: usize) -> Vec<String> {
        let plan = HostPlan {
            host: "a".into(),
            operation: "20261122-070000-deploy".into(),
            verb: "deploy",
            who: "ann@laptop".into(),
            since: "2026-11-22T07:00:00Z".into(),
            lease: Duration::from_secs(60),
            limits: crate::model::Limits::default(),
            was: None,
            previous: None,
            release: None,
            seen: None,
            respects_freeze: true,
            identity: crate::model::Identity::default(),
            adopts: false,
            record: String::new(),
            steps: vec![
                Step::Unpack { release: "20261122-070000-1".parse().unwrap(), top: "x".into() },
                Step::WaitGo,
                Step::Swap,
                Step::WaitConfirm,
            ],
            files: Vec::new(),
        };
        let mut narrator = Narrator::new(&plan, Narrated { everything: false, waits: hosts > 1 });
        let said = (1..=4).flat_map(|number| [Said::Do(number), Said::Ok(number)]);
        let events = said.filter_map(|said| narrator.tell(&Entry { at: 1.0, said }));
        let name = |event| match event {
            Event::StepStarted { label, .. } => label,
            Event::StepEnded { step, .. } => step,
            other => format!("{other:?}"),
        };
        events.map(name).collect()
    }

    #[test]
    fn only_a_host_with_others_waits_for_them() {
        let waits = "wait for the other hosts";
        assert_eq!(told(1), ["unpack", "unpack", "swap live", "swap"]);
        assert_eq!(told(2), ["unpack", "unpack", waits, "ready", "swap live", "swap", waits, "healthy"]);
    }
}
