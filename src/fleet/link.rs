//! What a drive knows of one host: its channel, and how far its journal was read.

use std::time::{Duration, Instant};

use super::narrate::{Narrated, Narrator};
use crate::agent::journal::Said;
use crate::host::Sender;
use crate::model::{HostPlan, Limits, Step};

/// How long reading or writing a whole release may take, on the slowest of disks.
const DISK: Duration = Duration::from_secs(30 * 60);

/// What a host may need between two steps, beside its lease.
const BETWEEN: Duration = Duration::from_secs(20);

/// What a host is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Something that no step bounds: what others left, an undo, or the end.
    Elsewhere,
    /// A step of the plan, by its number.
    Step(usize),
    /// Between two steps.
    Between,
}

/// One host of an operation.
pub struct HostLink {
    /// The host's name.
    pub name: String,
    /// The direction to it; `None` while there is no channel.
    pub sender: Option<Sender>,
    /// Grows with each channel, so that news of an old one is known as such.
    pub generation: u64,
    /// When it last said anything.
    pub heard: Instant,
    /// Channels in a row over which it said nothing.
    pub mute: u32,
    /// When it last came on: its journal, or the upload to it. A host that only says that it is there does not.
    pub progress: Instant,
    /// What it is at, as far as it has said.
    at: At,
    /// How many steps its plan has.
    steps: usize,
    /// Lines of its journal so far.
    pub lines: usize,
    /// Bytes that it has said so far.
    pub said: usize,
    /// Releases that it has removed.
    pub pruned: usize,
    /// Makes events of its journal.
    pub narrator: Narrator,
    /// The supervisor is gone; once it was undone or finished, the journal is asked for again.
    pub recovering: bool,
    /// How often it was found to be gone.
    pub killed: usize,
}

impl HostLink {
    /// A host that has not been spoken to.
    pub fn new(plan: &HostPlan, narrated: Narrated) -> Self {
        Self {
            name: plan.host.clone(),
            sender: None,
            generation: 0,
            heard: Instant::now(),
            mute: 0,
            progress: Instant::now(),
            at: At::Elsewhere,
            steps: plan.steps.len(),
            lines: 0,
            said: 0,
            pruned: 0,
            narrator: Narrator::new(plan, narrated),
            recovering: false,
            killed: 0,
        }
    }

    /// Takes up a line of its journal.
    pub fn came_on(&mut self, said: &Said) {
        self.progress = Instant::now();
        self.at = match said {
            Said::Do(number) => At::Step(*number),
            // Behind the last step what was cleared or pruned is removed.
            Said::Ok(number) if *number >= self.steps => At::Elsewhere,
            Said::Begin | Said::Ok(_) | Said::Confirmed => At::Between,
            Said::Warning(_) | Said::Pruned(_) | Said::Other => self.at,
            Said::Fail(..) | Said::Undo(_) | Said::Undone(_) | Said::Stuck(..) | Said::End { .. } => At::Elsewhere,
        };
    }

    /// It is about to finish or undo what was killed.
    pub fn is_recovered(&mut self) {
        self.progress = Instant::now();
        self.at = At::Elsewhere;
    }

    /// How long it may stand still, at most. Each command has its own limit there, and a host keeps to it: this is for one that
    /// does not.
    pub fn patience(&self, plan: &HostPlan) -> Duration {
        let longest = |step: &Step| longest(step, &plan.limits);
        let work = match self.at {
            At::Between => Duration::ZERO,
            At::Step(number) => number.checked_sub(1).and_then(|at| plan.steps.get(at)).map_or(DISK, longest),
            At::Elsewhere => plan.steps.iter().map(longest).max().unwrap_or_default().max(DISK),
        };
        // Twice: what is tried again, and what a command is given to end.
        2 * work + plan.lease + BETWEEN
    }
}

fn longest(step: &Step, limits: &Limits) -> Duration {
    match step {
        Step::WaitGo | Step::WaitTurn | Step::WaitConfirm => Duration::ZERO,
        Step::Health(check) | Step::Well(check) => check.timeout,
        other => limits.of(other).unwrap_or(DISK),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_follows_what_the_host_is_at() {
        let plan = HostPlan {
            host: "a".into(),
            operation: "20261122-070000-deploy".into(),
            verb: "deploy",
            who: "ann@laptop".into(),
            since: "2026-11-22T07:00:00Z".into(),
            lease: Duration::from_secs(60),
            limits: Limits::default(),
            was: None,
            previous: None,
            release: None,
            seen: None,
            respects_freeze: true,
            identity: crate::model::Identity::default(),
            adopts: false,
            record: String::new(),
            steps: vec![Step::Prepare { command: "make".into() }, Step::WaitGo, Step::Swap],
            files: Vec::new(),
        };
        let mut link = HostLink::new(&plan, Narrated { everything: false, waits: false });
        let idle = plan.lease + BETWEEN;
        for (said, work) in [
            (Said::Begin, Duration::ZERO),
            (Said::Do(1), Limits::default().prepare),
            (Said::Warning("x".into()), Limits::default().prepare),
            (Said::Ok(1), Duration::ZERO),
            (Said::Do(2), Duration::ZERO),
            (Said::Do(3), DISK),
            (Said::Ok(3), DISK),
            (Said::Fail(3, "x".into()), DISK),
        ] {
            link.came_on(&said);
            assert_eq!(link.patience(&plan), 2 * work + idle, "{said:?}");
        }
    }
}
