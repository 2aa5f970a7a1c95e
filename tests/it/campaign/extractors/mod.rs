//! Archives with their headers and records mixed up: whatever the judge takes, GNU tar, BusyBox' and bsdtar unpack to the
//! very tree that was judged, as a host would have it.
//!
//! `RELEASE_TAR_SECONDS=600` goes on for so long instead of so many trials; `RELEASE_TAR_SEED=N` begins with that trial.

mod archives;
mod blocks;
mod mutate;
mod records;
mod trees;

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use release::artifact::{Limits, inspect};
use release::model::target::ArtifactName;

use super::chance::Chance;
use super::{Tally, trials};
use trees::{EXTRACTORS, Tree};

/// The one directory at the top of each archive.
const TOP: &str = "app-1.0";
const FILE: &str = "app-1.0.tar.gz";

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Judges the archive of a seed, and has it unpacked if it was taken; says whether it was.
fn trial(home: &Path, good: &[Vec<u8>], seed: usize) -> Result<bool, String> {
    let tar = mutate::mutated(good, &Chance::new(seed));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&tar).unwrap();
    let file = home.join(FILE);
    std::fs::write(&file, gz.finish().unwrap()).unwrap();
    let naming = ArtifactName { prefix: "app-".into(), suffix: ".tar.gz".into() };
    let limits = Limits { max_unpacked: 64 << 20, ..Limits::default() };
    let Ok(artifact) = inspect(&file, &naming, &limits) else { return Ok(false) };
    let judged = Tree::judged(&artifact)?;
    for extractor in &EXTRACTORS {
        let unpacked = Tree::unpacked(extractor, home, &file)?;
        judged.same(&unpacked).map_err(|difference| format!("{}: {difference}", extractor.name))?;
    }
    Ok(true)
}

#[test]
fn trees_are_what_was_judged() {
    let mut tally = Tally::new("archives: mutated, what is taken unpacks alike by GNU tar, BusyBox and bsdtar");
    // In memory where that can be: each trial makes three trees.
    let memory = Path::new("/dev/shm");
    let home = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let good = archives::all(home.path());
    let first = usize::try_from(number("RELEASE_TAR_SEED").unwrap_or(0)).unwrap();
    let (end, count) = match number("RELEASE_TAR_SECONDS") {
        Some(seconds) => (Some(Instant::now() + Duration::from_secs(seconds)), usize::MAX),
        None => (None, trials(150, 30_000)),
    };
    let (mut taken, mut refused) = (0, 0);
    for seed in (first..).take(count) {
        if end.is_some_and(|end| Instant::now() > end) {
            break;
        }
        let outcome = trial(home.path(), &good, seed);
        match outcome {
            Ok(true) => taken += 1,
            Ok(false) => refused += 1,
            Err(_) => {}
        }
        tally.trial(outcome.map(drop).map_err(|violation| {
            let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("archive-{seed}.tar.gz"));
            std::fs::copy(home.path().join(FILE), &kept).unwrap();
            format!("RELEASE_TAR_SEED={seed}: {violation}; {}", kept.display())
        }));
    }
    eprintln!("{taken} taken and unpacked by three, {refused} refused");
    assert!(taken > 0 && refused > 0, "{taken} taken, {refused} refused");
    tally.finish();
}
