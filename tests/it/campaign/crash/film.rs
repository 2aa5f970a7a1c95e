//! What the disk was at every moment of a run that nothing disturbed: each picture is a host where everything has just died.

use std::time::Duration;

use super::site::Site;
use super::snapshot::Snapshot;
use crate::support::crash::{Crash, Ending, Fault, Moment, Point, Scope};

/// Looking takes its time, and the machine may have other things to do.
const PATIENCE: Duration = Duration::from_secs(300);

/// After which call (its number, name and files), and what was there then.
#[derive(Debug, Clone)]
pub struct Picture {
    pub number: usize,
    pub what: String,
    /// Nothing where it was the same after the call before.
    pub disk: Option<Snapshot>,
}

/// Runs this from there, and looks after each call.
pub fn film(site: &Site, args: &[&str], start: &Snapshot) -> Result<Vec<Picture>, String> {
    site.restore(start);
    let (mut pictures, mut last) = (Vec::new(), start.clone());
    let mut look = |point: &Point, moment: Moment| {
        if moment == Moment::After {
            let now = site.save();
            let disk = (now != last).then(|| now.clone());
            pictures.push(Picture { number: point.number, what: point.what.clone(), disk });
            last = now;
        }
    };
    let crash = Crash::at(Scope::Below(site.base()), 0, Fault::Film(&mut look)).ending(Ending::Within(PATIENCE));
    let run = crash.run(site.command(args)).run;
    match run.code {
        0 => Ok(pictures),
        code => Err(format!("{args:?}, undisturbed: exit {code}\n{}{}\n{}", run.stdout, run.stderr, site.journals())),
    }
}
