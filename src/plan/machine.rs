//! The fleet as a state machine: what the hosts say goes in, what the client has to do comes out. It does nothing
//! itself, so that every history can be played in a test.
//!
//! The rules: one host begins first, so that of two operators exactly one gets the fleet. Nothing is switched before
//! every host is ready. Nothing is confirmed before every host is healthy. Before that, one failure anywhere, a host
//! that can't be reached again or an interrupt takes every host back; after it, the hosts only go forward. While a line
//! is lost, nobody is told to go on.
//!
//! When the schema changes, the hosts that go wait once more, each behind its flag: the host of the database takes its turn
//! when all of them wait, the others when the schema is upgraded.

mod signal;

use super::outcome::{Ending, locked_by};
use crate::agent::journal::{End, Said};
use crate::model::{Plan, Step};

pub use signal::Signal;

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A host's journal has a new line.
    Said(usize, Said),
    /// A host could not begin: why.
    Refused(usize, String),
    /// The connection to a host, or its supervisor, is gone.
    Lost(usize),
    /// It is back; its journal goes on.
    Back(usize),
    /// It is back, and knows nothing of the operation.
    Unknown(usize),
    /// It did not come back in time.
    Unreachable(usize),
    /// The operator pressed Ctrl-C.
    Interrupt,
    /// The pause between two batches is over.
    PauseOver,
}

/// What the client has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Hand a host its plan.
    Begin(usize),
    /// Send a host the artifact.
    Upload(usize),
    /// Tell a host.
    Signal(usize, Signal),
    /// Try to reach a host again, and to learn what it did.
    Reattach(usize),
    /// Wait before the next batch.
    Pause,
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Idle,
    Beginning,
    Preparing,
    Ready,
    Switching,
    /// At the wait before the schema, or past it.
    Turn,
    Switched,
    Ended(Ending),
}

#[derive(Debug, Clone)]
struct HostRun {
    phase: Phase,
    /// Nobody can tell it anything just now.
    lost: bool,
    uploads: bool,
    go_step: Option<usize>,
    turn_step: Option<usize>,
    /// The step that upgrades the schema, on the host that does.
    schema_step: Option<usize>,
    confirm_step: Option<usize>,
}

/// Hands a host its plan, and the artifact right behind it: the host puts it aside until it has the lock.
fn begin(host: usize, uploads: bool) -> Vec<Effect> {
    let upload = uploads.then_some(Effect::Upload(host));
    std::iter::once(Effect::Begin(host)).chain(upload).collect()
}

/// The state of an operation on all hosts.
#[derive(Debug, Clone)]
pub struct Machine {
    hosts: Vec<HostRun>,
    batch: usize,
    pauses: bool,
    /// How many hosts were told to go.
    gone: usize,
    /// How many of those were given a rest before the next batch.
    rested: usize,
    resting: bool,
    /// The schema is what the new release wants.
    upgraded: bool,
    /// Every host is to undo what it did, and is told this.
    aborting: Option<Signal>,
    /// The first host that failed: why the others are taken back.
    failed: Option<usize>,
    confirmed: bool,
    interrupted: bool,
}

impl Machine {
    /// Before anything has happened; [`Machine::start`] comes next.
    pub fn new(plan: &Plan) -> Self {
        let number = |steps: &[Step], wanted: &Step| steps.iter().position(|step| step == wanted).map(|at| at + 1);
        let schema = |steps: &[Step]| {
            steps.iter().position(|step| matches!(step, Step::Schema { .. } | Step::Upgrade { .. })).map(|at| at + 1)
        };
        let hosts: Vec<HostRun> = plan
            .hosts
            .iter()
            .map(|host| HostRun {
                phase: Phase::Idle,
                lost: false,
                uploads: host.needs_upload(),
                go_step: number(&host.steps, &Step::WaitGo),
                turn_step: number(&host.steps, &Step::WaitTurn),
                schema_step: schema(&host.steps),
                confirm_step: number(&host.steps, &Step::WaitConfirm),
            })
            .collect();
        Self {
            batch: plan.batch.unwrap_or(hosts.len()).max(1),
            pauses: !plan.pause.is_zero(),
            hosts,
            gone: 0,
            rested: 0,
            resting: false,
            upgraded: false,
            aborting: None,
            failed: None,
            confirmed: false,
            interrupted: false,
        }
    }

    /// The first effects.
    pub fn start(&mut self) -> Vec<Effect> {
        match self.hosts.first_mut() {
            Some(first) => {
                first.phase = Phase::Beginning;
                begin(0, first.uploads)
            }
            None => Vec::new(),
        }
    }

    /// Takes up what happened.
    pub fn on(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Said(host, said) => self.said(host, said),
            Input::Refused(host, text) => self.ended(host, Ending { how: Some(End::Refused), live: None, text }),
            Input::Lost(host) => self.lost(host),
            Input::Back(host) => self.back(host),
            Input::Unknown(host) if self.never_began(host) => {
                self.ended(host, Ending { how: Some(End::Refused), live: None, text: "it never began".into() })
            }
            Input::Unreachable(host) | Input::Unknown(host) => {
                let text = "it can't be reached".to_owned();
                self.ended(host, Ending { how: None, live: None, text })
            }
            Input::Interrupt if self.confirmed => Vec::new(),
            Input::Interrupt => {
                self.interrupted = true;
                self.abort(Signal::Abort)
            }
            Input::PauseOver => {
                self.resting = false;
                self.next_batch()
            }
        }
    }

    /// The host goes on by itself for a lease; it is only taken back when it can't be reached again in that time.
    fn lost(&mut self, host: usize) -> Vec<Effect> {
        match self.hosts.get_mut(host) {
            Some(run) if !run.lost && !matches!(run.phase, Phase::Ended(_)) => {
                run.lost = true;
                vec![Effect::Reattach(host)]
            }
            _ => Vec::new(),
        }
    }

    /// What it may have missed is said again.
    fn back(&mut self, host: usize) -> Vec<Effect> {
        let (aborting, confirmed) = (self.aborting, self.confirmed);
        let Some(run) = self.hosts.get_mut(host).filter(|run| run.lost) else { return Vec::new() };
        run.lost = false;
        let missed = match run.phase {
            Phase::Ended(_) => return Vec::new(),
            _ if aborting.is_some() => aborting,
            _ if confirmed => Some(Signal::Confirm),
            Phase::Switching => Some(Signal::Go),
            _ => None,
        };
        let mut effects: Vec<Effect> = missed.map(|signal| Effect::Signal(host, signal)).into_iter().collect();
        effects.extend(self.turns());
        effects.extend(self.next_batch());
        effects
    }

    fn said(&mut self, host: usize, said: Said) -> Vec<Effect> {
        let Some(run) = self.hosts.get_mut(host).filter(|run| !matches!(run.phase, Phase::Ended(_))) else {
            return Vec::new();
        };
        match said {
            Said::Begin => {
                run.phase = Phase::Preparing;
                // One that is to stop has been told.
                if self.aborting.is_some() { Vec::new() } else { self.begin_the_rest() }
            }
            Said::Do(step) if Some(step) == run.go_step => {
                run.phase = Phase::Ready;
                self.next_batch()
            }
            Said::Do(step) if Some(step) == run.turn_step => {
                run.phase = Phase::Turn;
                self.turns()
            }
            Said::Ok(step) if Some(step) == run.schema_step => {
                self.upgraded = true;
                self.turns()
            }
            Said::Do(step) if Some(step) == run.confirm_step => {
                run.phase = Phase::Switched;
                self.next_batch()
            }
            Said::Fail(..) if !self.confirmed => self.failed(host),
            Said::End { how: End::Locked, live, text } => {
                self.ended(host, Ending { how: Some(End::Locked), live, text: locked_by(&text) })
            }
            Said::End { how, live, text } => self.ended(host, Ending { how: Some(how), live, text }),
            _ => Vec::new(),
        }
    }

    /// The first host has the lock: now the others.
    fn begin_the_rest(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (at, run) in self.hosts.iter_mut().enumerate() {
            if run.phase == Phase::Idle {
                run.phase = Phase::Beginning;
                effects.extend(begin(at, run.uploads));
            }
        }
        effects
    }

    /// Goes as far as it can: the next batch when all are ready and the last one is healthy, then the confirmation.
    fn next_batch(&mut self) -> Vec<Effect> {
        if self.aborting.is_some() || self.confirmed || self.resting {
            return Vec::new();
        }
        let waits = |run: &HostRun| !run.lost && matches!(run.phase, Phase::Ready | Phase::Switched);
        let switched = |run: &HostRun| run.phase == Phase::Switched;
        if !self.hosts.iter().all(waits) || !self.hosts[..self.gone].iter().all(switched) {
            return Vec::new();
        }
        if self.gone == self.hosts.len() {
            self.confirmed = true;
            return self.tell_all(Signal::Confirm);
        }
        if self.pauses && self.rested < self.gone {
            self.rested = self.gone;
            self.resting = true;
            return vec![Effect::Pause];
        }
        let from = self.gone;
        self.gone = (from + self.batch).min(self.hosts.len());
        let mut effects = Vec::new();
        for (at, run) in self.hosts.iter_mut().enumerate().take(self.gone).skip(from) {
            run.phase = Phase::Switching;
            effects.push(Effect::Signal(at, Signal::Go));
        }
        effects
    }

    /// Whose turn it is, of those that wait; told again to those that may have missed it.
    fn turns(&self) -> Vec<Effect> {
        if self.aborting.is_some() || self.confirmed {
            return Vec::new();
        }
        let told = &self.hosts[..self.gone];
        let waits = |run: &HostRun| !run.lost && run.phase == Phase::Turn;
        let nobody_is_on_the_old_one = told.iter().all(waits);
        let turn =
            |run: &HostRun| waits(run) && (self.upgraded || (run.schema_step.is_some() && nobody_is_on_the_old_one));
        told.iter().enumerate().filter(|(_, run)| turn(run)).map(|(at, _)| Effect::Signal(at, Signal::Turn)).collect()
    }

    fn tell_all(&self, signal: Signal) -> Vec<Effect> {
        let open = |(_, run): &(usize, &HostRun)| !run.lost && !matches!(run.phase, Phase::Ended(_));
        self.hosts.iter().enumerate().filter(open).map(|(at, _)| Effect::Signal(at, signal)).collect()
    }

    fn failed(&mut self, host: usize) -> Vec<Effect> {
        self.failed.get_or_insert(host);
        self.abort(Signal::Failed)
    }

    fn abort(&mut self, signal: Signal) -> Vec<Effect> {
        if self.aborting.is_some() {
            return Vec::new();
        }
        self.aborting = Some(signal);
        for run in &mut self.hosts {
            if run.phase == Phase::Idle {
                run.phase = Phase::Ended(Ending { how: Some(End::Aborted), live: None, text: String::new() });
            }
        }
        self.tell_all(signal)
    }

    fn ended(&mut self, host: usize, ending: Ending) -> Vec<Effect> {
        let good = ending.how == Some(End::Committed);
        if let Some(run) = self.hosts.get_mut(host) {
            run.phase = Phase::Ended(ending);
        }
        if good || self.confirmed { Vec::new() } else { self.failed(host) }
    }

    /// Died before it had the plan. Should the plan still come to it over the old line, nobody tells it to go on.
    fn never_began(&self, host: usize) -> bool {
        self.hosts.get(host).is_some_and(|run| run.phase == Phase::Beginning && run.go_step.is_some())
    }

    fn has_ended(&self, host: usize) -> bool {
        self.hosts.get(host).is_none_or(|run| matches!(run.phase, Phase::Ended(_)))
    }

    /// Is every host through?
    pub fn is_over(&self) -> bool {
        self.hosts.iter().all(|run| matches!(run.phase, Phase::Ended(_)))
    }

    /// Does a host still work?
    pub fn is_open(&self, host: usize) -> bool {
        !self.has_ended(host)
    }

    /// Does this host wait for others, and for a word of ours?
    pub fn waits(&self, host: usize) -> bool {
        let waits = |run: &HostRun| matches!(run.phase, Phase::Ready | Phase::Turn | Phase::Switched);
        self.aborting.is_none() && !self.confirmed && self.hosts.get(host).is_some_and(waits)
    }

    /// Is there no way back any more?
    pub fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// Did the operator interrupt it?
    pub fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// The host whose failure took back the others; `None` where none has failed before the operator interrupted it.
    pub fn first_failed(&self) -> Option<usize> {
        self.failed.filter(|_| self.aborting == Some(Signal::Failed))
    }

    /// How each host ended; unknown for those that have not.
    pub fn endings(&self) -> Vec<Ending> {
        self.hosts
            .iter()
            .map(|run| match &run.phase {
                Phase::Ended(ending) => ending.clone(),
                _ => Ending { how: None, live: None, text: "it has not said how it ended".into() },
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
