//! One crash in an operation: every point, in every way.

use super::Mode;
use super::aftermath::{rest, survives};
use super::check::{Kept, Rest, at_once};
use super::enumerate::{evenly, some};
use super::film::{Picture, film};
use super::operation::Operation;
use super::site::Site;
use super::snapshot::Snapshot;
use crate::campaign::{Tally, trials};
use crate::support::Run;
use crate::support::crash::{Crash, Fault, Scope, Traced};

/// How many points more than the one that was counted a run may have.
const MORE: usize = 8;

/// One operation, crashed in one way.
struct Class {
    operation: Operation,
    mode: Mode,
    start: Snapshot,
}

impl Class {
    /// The fault comes at this point, or not at all when the operation is over before.
    fn trial(&self, site: &Site, at: usize) -> Kept {
        site.restore(&self.start);
        let rest = rest(site, self.operation, at);
        let traced = self.run(site, at, self.mode.fault());
        let kept = match &traced.hit {
            None if traced.run.code == 0 => rest.holds(site, &[self.operation.done()]).map(drop),
            None => Err("undisturbed, it failed".into()),
            Some(_) if self.mode.kills() => survives(site, self.operation, at, &rest),
            Some(_) => self.tells(site, &traced.run, &rest),
        };
        kept.map_err(|broken| {
            let what = traced.hit.as_ref().map_or("no fault", |point| &point.what);
            self.report(site, &format!("at {at}: {what}\n{broken}"), &traced.run)
        })
    }

    fn run(&self, site: &Site, at: usize, fault: Fault<'_>) -> Traced {
        Crash::at(Scope::Below(site.base()), at, fault).run(site.command(self.operation.args()))
    }

    /// Everybody lives, and has to say what became of it.
    fn tells(&self, site: &Site, run: &Run, rest: &Rest) -> Kept {
        let (old, new) = (self.operation.undone(), self.operation.done());
        let allowed = match run.code {
            0 => new,
            // What was to be recovered is as it was.
            1 | 3 if self.operation.is_recovery() => return self.is_mended(site, rest),
            1 | 3 | 5 => old,
            4 => return self.is_mended(site, rest),
            code => return Err(format!("I3: the exit code is {code}")),
        };
        rest.holds(site, &[allowed]).map(drop)
    }

    /// It says that it could not; then recover can.
    fn is_mended(&self, site: &Site, rest: &Rest) -> Kept {
        let (old, new) = (self.operation.undone(), self.operation.done());
        at_once(site, &[old, new, self.operation.in_between()])?;
        let run = site.release(&["recover", "view"]);
        if run.code != 0 {
            return Err(format!("recover ended with {}\n{}{}", run.code, run.stdout, run.stderr));
        }
        rest.holds(site, &[old, new]).map(drop)
    }

    fn report(&self, site: &Site, broken: &str, run: &Run) -> String {
        let (operation, mode, journals) = (self.operation.name(), self.mode.name(), site.journals());
        format!("{operation}, {mode}, {broken}\nexit {}\n{}{}{journals}", run.code, run.stdout, run.stderr)
    }

    /// All points of the operation, undisturbed.
    fn points(&self) -> usize {
        let site = Site::new();
        site.restore(&self.start);
        self.run(&site, 0, Fault::Kill).trail.len()
    }

    /// Every state that a death leaves: one run is filmed, and each picture is a host where all is dead right after a call.
    /// That is what a death before the next call leaves, too, and then somebody else comes next; and where a call changed
    /// nothing it is what the one before has left.
    fn every_picture(&self) -> Vec<Kept> {
        let pictures = film(&Site::new(), self.operation.args(), &self.start).unwrap();
        let numbers: Vec<usize> = (0..pictures.len()).collect();
        let before = usize::from(self.mode == Mode::Kill);
        some(&numbers, |site, at| {
            let Picture { number, what, disk } = &pictures[at];
            let Some(disk) = disk else { return Ok(()) };
            site.restore(disk);
            let rest = Rest { flag: None, outside: site.outside() };
            survives(site, self.operation, number + before, &rest).map_err(|broken| {
                format!(
                    "{}, {}, at {number}: {what}\n{broken}\n{}",
                    self.operation.name(),
                    self.mode.name(),
                    site.journals()
                )
            })
        })
    }
}

/// All points of the operation in the campaign, some in every run of the tests.
fn crash(operation: Operation) {
    let start = operation.start();
    for mode in Mode::ALL {
        let mut tally = Tally::new(&format!("crash: {}, {}", operation.name(), mode.name()));
        let class = Class { operation, mode, start: start.clone() };
        let trial = |site: &Site, at| class.trial(site, at);
        let points = class.points();
        let outcomes = match trials(2, usize::MAX) {
            usize::MAX if mode.kills() => class.every_picture(),
            // Runs differ by a few points; the last numbers are beyond the end.
            usize::MAX => some(&(1..=points + MORE).collect::<Vec<_>>(), trial),
            few => some(&evenly(few, points), trial),
        };
        outcomes.into_iter().for_each(|outcome| tally.trial(outcome));
        tally.finish();
    }
}

/// What is moved into a directory that could not be made would become that directory.
#[test]
fn no_room_for_a_directory_on_the_first_day() {
    let operation = Operation::First;
    let class = Class { operation, mode: Mode::NoSpace, start: operation.start() };
    let site = Site::new();
    site.restore(&class.start);
    let trail = class.run(&site, 0, Fault::Kill).trail;
    let made = |tx: bool| {
        let all = (1..)
            .zip(&trail)
            .filter(move |(_, what)| what.starts_with("mkdir ") && what.ends_with("/.release/tx") == tx);
        all.map(|(at, _)| at).collect::<Vec<usize>>()
    };
    let (tx, others) = (made(true), made(false));
    assert!(!tx.is_empty(), "{trail:#?}");
    let others = evenly(trials(2, others.len()), others.len()).into_iter().map(|nth| others[nth - 1]);
    for at in tx.into_iter().chain(others) {
        class.trial(&site, at).unwrap_or_else(|broken| panic!("{broken}"));
    }
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
fn deploy_with_schema() {
    crash(Operation::DeployWithSchema);
}

#[test]
fn rollback_with_schema() {
    crash(Operation::RollbackWithSchema);
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
