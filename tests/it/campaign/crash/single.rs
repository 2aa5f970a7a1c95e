//! One crash in an operation.

use super::check::{Kept, at_once, at_rest, goes_back};
use super::enumerate::{Outcome, evenly, every, some};
use super::operation::Operation;
use super::site::Site;
use super::snapshot::Snapshot;
use super::{Mode, check};
use crate::campaign::{Tally, trials};
use crate::support::Run;
use crate::support::crash::{Crash, Scope, Traced};

/// One operation, crashed in one way.
struct Class {
    operation: Operation,
    mode: Mode,
    start: Snapshot,
}

impl Class {
    /// The fault comes at this point; false when the operation was over before.
    fn trial(&self, site: &Site, at: usize) -> Outcome {
        site.restore(&self.start);
        // Of some trials the flag was up before, by somebody else's hand.
        let flag = (at % 3 == 1 && self.may_have_flag()).then_some("up since yesterday\n");
        if let Some(text) = flag {
            std::fs::create_dir_all(site.base()).unwrap();
            std::fs::write(site.base().join("maintenance"), text).unwrap();
        }
        let outside = site.outside();
        let traced =
            Crash::at(Scope::Below(site.base()), at, self.mode.fault()).run(site.command(self.operation.args()));
        let kept = match &traced.hit {
            None => self.undisturbed(site, &traced.run, flag, &outside),
            Some(_) if self.mode.kills() => self.killed(site, at, flag, &outside),
            Some(_) => self.failed(site, &traced.run, flag, &outside),
        };
        kept.map(|()| traced.hit.is_some()).map_err(|broken| self.report(site, at, &traced, &broken))
    }

    /// Those that begin in the middle have their own flag up.
    fn may_have_flag(&self) -> bool {
        !matches!(self.operation, Operation::RecoverBack | Operation::RecoverForward)
    }

    fn undisturbed(&self, site: &Site, run: &Run, flag: Option<&str>, outside: &crate::support::State) -> Kept {
        if run.code != 0 {
            return Err(format!("undisturbed, it ended with {}", run.code));
        }
        at_rest(site, &[self.operation.new()], flag, outside).map(drop)
    }

    /// Everybody is dead. Half of the trials are recovered by hand; in the others the next command has to do it.
    fn killed(&self, site: &Site, at: usize, flag: Option<&str>, outside: &crate::support::State) -> Kept {
        let either = [self.operation.old(), self.operation.new(), self.in_between()];
        at_once(site, &either)?;
        let (args, allowed) = if at.is_multiple_of(2) {
            (&["recover", "view"][..], vec![self.operation.old(), self.operation.new()])
        } else {
            (self.operation.repeated(), vec![self.operation.new()])
        };
        let run = site.release(args);
        if run.code != 0 && !self.is_there_already(site, &run) {
            return Err(format!("then {args:?} ended with {}\n{}{}", run.code, run.stdout, run.stderr));
        }
        at_rest(site, &allowed, flag, outside)?;
        if at % 8 < 2 { goes_back(site) } else { Ok(()) }
    }

    /// A rollback that was done before it died is refused when it is asked for again.
    fn is_there_already(&self, site: &Site, run: &Run) -> bool {
        self.operation == Operation::Rollback && run.code == 3 && site.served().as_deref() == self.operation.new()
    }

    /// What is live in an operation that somebody else began.
    fn in_between(&self) -> Option<&'static str> {
        if self.operation == Operation::RecoverBack { Some("1.1") } else { self.operation.old() }
    }

    /// Everybody lives, and has to say what became of it.
    fn failed(&self, site: &Site, run: &Run, flag: Option<&str>, outside: &crate::support::State) -> Kept {
        let allowed = match run.code {
            0 => self.operation.new(),
            1 | 3 | 5 => self.operation.old(),
            4 => return self.mended(site, flag, outside),
            code => return Err(format!("I3: the exit code is {code}")),
        };
        at_rest(site, &[allowed], flag, outside).map(drop)
    }

    /// It says that it could not; then recover can.
    fn mended(&self, site: &Site, flag: Option<&str>, outside: &crate::support::State) -> Kept {
        check::at_once(site, &[self.operation.old(), self.operation.new(), self.in_between()])?;
        let run = site.release(&["recover", "view"]);
        if run.code != 0 {
            return Err(format!("recover ended with {}\n{}{}", run.code, run.stdout, run.stderr));
        }
        at_rest(site, &[self.operation.old(), self.operation.new()], flag, outside).map(drop)
    }

    fn report(&self, site: &Site, at: usize, traced: &Traced, broken: &str) -> String {
        let what = traced.hit.as_ref().map_or("no fault", |point| &point.what);
        let (run, journals) = (&traced.run, site.journals());
        format!(
            "{}, {}, at {at}: {what}\n{broken}\nexit {}\n{}{}{journals}",
            self.operation.name(),
            self.mode.name(),
            run.code,
            run.stdout,
            run.stderr
        )
    }
}

/// All points of the operation in the campaign, some in every run of the tests.
fn crash(operation: Operation) {
    if std::env::var_os("COUNT").is_some() {
        let class = Class { operation, mode: Mode::Kill, start: operation.start() };
        let site = Site::new();
        site.restore(&class.start);
        let b = std::time::Instant::now();
        let t = Crash::never(Scope::Below(site.base())).run(site.command(operation.args()));
        eprintln!("COUNT {} {} {:?}\n{}", operation.name(), t.trail.len(), b.elapsed(), t.trail.join("\n"));
        return;
    }
    let start = operation.start();
    let mut tallies = Vec::new();
    for mode in Mode::ALL {
        let mut tally = Tally::new(&format!("crash: {}, {}", operation.name(), mode.name()));
        let class = Class { operation, mode, start: start.clone() };
        let trial = |site: &Site, at| class.trial(site, at);
        let few = trials(6, 0);
        let outcomes = if few == 0 { every(trial) } else { some(&evenly(few, points(&class)), trial) };
        outcomes.into_iter().for_each(|outcome| tally.trial(outcome));
        tallies.push(tally);
    }
    tallies.into_iter().for_each(Tally::finish);
}

/// How many points there are.
fn points(class: &Class) -> usize {
    let site = Site::new();
    site.restore(&class.start);
    Crash::never(Scope::Below(site.base())).run(site.command(class.operation.args())).trail.len()
}

#[test]
fn setup() {
    crash(Operation::Setup);
}

#[test]
fn first_deploy() {
    crash(Operation::First);
}

#[test]
fn deploy() {
    crash(Operation::Deploy);
}

#[test]
fn rollback() {
    crash(Operation::Rollback);
}

#[test]
fn prune() {
    crash(Operation::Prune);
}

#[test]
fn recover_back() {
    crash(Operation::RecoverBack);
}

#[test]
fn recover_forward() {
    crash(Operation::RecoverForward);
}
