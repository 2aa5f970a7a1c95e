//! Two crashes: the first in a deploy or a rollback, the second in whatever comes to repair what the first has left.

use super::aftermath::boot;
use super::check::{Kept, Rest, at_once};
use super::enumerate::{evenly, some};
use super::film::{Picture, film};
use super::operation::Operation;
use super::site::Site;
use super::snapshot::Snapshot;
use crate::campaign::{Tally, trials};
use crate::support::crash::{Crash, EIO, ENOSPC, Fault, Scope};

/// The state that the first crash has left, and what is run on it.
struct First<'a> {
    operation: Operation,
    picture: &'a Picture,
    disk: &'a Snapshot,
}

impl First<'_> {
    /// Half of the time somebody asks for the recovery, else the same command is given once more.
    fn next(&self) -> &'static [&'static str] {
        if self.picture.number.is_multiple_of(2) { &["recover", "view"] } else { self.operation.repeated() }
    }

    /// Everything dies again at so many moments, and calls fail at so many others.
    fn pairs(&self, site: &Site, deaths: usize, errors: usize) -> Vec<Result<(), String>> {
        let pictures = match film(site, self.next(), self.disk) {
            Ok(pictures) => pictures,
            // A rollback that is done already has nothing to be disturbed in.
            Err(_) if self.is_over(site) => return Vec::new(),
            Err(broken) => return vec![Err(self.report(site, 0, "nothing", &broken))],
        };
        let states: Vec<&Picture> = pictures.iter().filter(|picture| picture.disk.is_some()).collect();
        let shift = self.picture.number;
        let chosen = |count: usize, of: usize| (0..count.min(of)).map(move |n| (n * of / count + shift) % of);
        let mut outcomes = Vec::new();
        for at in chosen(deaths, states.len()) {
            let Picture { number, what, disk } = states[at];
            let kept = self.dies(site, disk.as_ref().unwrap(), *number);
            outcomes.push(kept.map_err(|broken| self.report(site, *number, what, &broken)));
        }
        for at in chosen(errors, pictures.len()) {
            let kept = self.fails(site, at + 1);
            outcomes.push(kept.map_err(|broken| self.report(site, at + 1, &pictures[at].what, &broken)));
        }
        outcomes
    }

    fn is_over(&self, site: &Site) -> bool {
        self.operation.goes_back() && site.served().as_deref() == self.operation.done()
    }

    fn either(&self) -> [Option<&'static str>; 2] {
        [self.operation.undone(), self.operation.done()]
    }

    /// The second death; then the host boots, or somebody asks.
    fn dies(&self, site: &Site, disk: &Snapshot, number: usize) -> Kept {
        site.restore(disk);
        let rest = Rest { flag: None, outside: site.outside() };
        at_once(site, &self.either())?;
        let hook = if number.is_multiple_of(4) { None } else { boot(site) };
        let run = hook.unwrap_or_else(|| site.release(&["recover", "view"]));
        if run.code != 0 {
            return Err(format!("the recovery ended with {}\n{}{}", run.code, run.stdout, run.stderr));
        }
        rest.holds(site, &self.either()).map(drop)
    }

    /// A call of what comes to repair fails: it has to say so, and the next one repairs.
    fn fails(&self, site: &Site, at: usize) -> Kept {
        site.restore(self.disk);
        let rest = Rest { flag: None, outside: site.outside() };
        let fault = Fault::Fail(if at.is_multiple_of(2) { ENOSPC } else { EIO });
        let run = Crash::at(Scope::Below(site.base()), at, fault).run(site.command(self.next())).run;
        at_once(site, &self.either())?;
        if run.code != 0 {
            let again = site.release(&["recover", "view"]);
            if again.code != 0 {
                let (code, said) = (again.code, again.stdout + &again.stderr);
                return Err(format!("it ended with {}, and recover with {code}\n{said}", run.code));
            }
        }
        let done = run.code == 0 && self.next() == self.operation.repeated();
        let allowed = if done { [self.operation.done(); 2] } else { self.either() };
        let kept = rest.holds(site, &allowed).map(drop);
        kept.map_err(|broken| format!("{broken}\nexit {}\n{}{}", run.code, run.stdout, run.stderr))
    }

    fn report(&self, site: &Site, second: usize, what: &str, broken: &str) -> String {
        let (operation, first) = (self.operation.name(), &self.picture);
        format!(
            "{operation}, pair {} {second}: first after {}, then {:?} at {what}\n{broken}\n{}",
            first.number,
            first.what,
            self.next(),
            site.journals()
        )
    }
}

/// So many first crashes, each with so many second ones; all first crashes in the campaign.
fn pairs(operation: Operation, deaths: usize, errors: usize) {
    let mut tally = Tally::new(&format!("crash: pairs, {}", operation.name()));
    let pictures = film(&Site::new(), operation.args(), &operation.start()).unwrap();
    let firsts: Vec<First<'_>> = pictures
        .iter()
        .filter_map(|picture| Some(First { operation, picture, disk: picture.disk.as_ref()? }))
        .collect();
    let chosen = evenly(trials(2, firsts.len()), firsts.len());
    let outcomes = some(&chosen, |site, at| Ok(firsts[at - 1].pairs(site, trials(2, deaths), trials(1, errors))));
    for outcome in outcomes {
        outcome.unwrap_or_else(|panicked| vec![Err(panicked)]).into_iter().for_each(|pair| tally.trial(pair));
    }
    tally.finish();
}

#[test]
fn deploy() {
    pairs(Operation::Deploy, 12, 4);
}

#[test]
fn rollback() {
    pairs(Operation::Rollback, 12, 4);
}
