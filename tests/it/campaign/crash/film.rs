//! What the disk was at every moment of a run that nothing disturbed: each picture is a host where everything has just died.

use super::site::Site;
use super::snapshot::Snapshot;
use crate::support::crash::{Crash, Fault, Moment, Point, Scope};

/// After which call (its number, name and files), and what was there then.
#[derive(Debug, Clone)]
pub struct Picture {
    pub number: usize,
    pub what: String,
    /// Nothing where it was the same before the call.
    pub disk: Option<Snapshot>,
}

/// Runs this from there, and looks after each call.
pub fn film(site: &Site, args: &[&str], start: &Snapshot) -> Result<Vec<Picture>, String> {
    site.restore(start);
    let (mut pictures, mut before) = (Vec::new(), start.clone());
    let mut look = |point: &Point, moment: Moment| {
        let now = site.save();
        if moment == Moment::After {
            let disk = (now != before).then(|| now.clone());
            pictures.push(Picture { number: point.number, what: point.what.clone(), disk });
        }
        before = now;
    };
    let run = Crash::at(Scope::Below(site.base()), 0, Fault::Film(&mut look)).run(site.command(args)).run;
    match run.code {
        0 => Ok(pictures),
        code => Err(format!("{args:?}, undisturbed: exit {code}\n{}{}\n{}", run.stdout, run.stderr, site.journals())),
    }
}
