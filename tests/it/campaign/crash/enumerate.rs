//! Which trials are made, and by whom.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::site::Site;

/// How many trials run at once: a host spends part of its time waiting.
const WORKERS: usize = 2;

/// What came of a trial: did the fault come at all?
pub type Outcome = Result<bool, String>;

/// Tries 1, 2, 3 ... until the fault no longer comes; gives what each came to.
pub fn every(trial: impl Fn(&Site, usize) -> Outcome + Sync) -> Vec<Outcome> {
    let over = AtomicBool::new(false);
    in_parallel(
        |at| (!over.load(Ordering::Relaxed)).then_some(at + 1),
        |site, at| {
            let outcome = trial(site, at);
            if outcome == Ok(false) {
                over.store(true, Ordering::Relaxed);
            }
            outcome
        },
    )
}

/// Tries these.
pub fn some<T: Send>(numbers: &[usize], trial: impl Fn(&Site, usize) -> T + Sync) -> Vec<T> {
    in_parallel(|at| numbers.get(at).copied(), trial)
}

fn in_parallel<T: Send>(
    number: impl Fn(usize) -> Option<usize> + Sync,
    trial: impl Fn(&Site, usize) -> T + Sync,
) -> Vec<T> {
    let (next, all) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let site = Site::new();
                while let Some(at) = number(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = trial(&site, at);
                    all.lock().unwrap().push(outcome);
                }
            });
        }
    });
    all.into_inner().unwrap()
}

/// So many of the numbers from 1 to `last`, evenly spaced. `RELEASE_CRASH_SEED` shifts them; a failing trial names its number.
pub fn evenly(count: usize, last: usize) -> Vec<usize> {
    let seed = std::env::var("RELEASE_CRASH_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: usize = seed.unwrap_or_else(|| std::process::id() as usize);
    eprintln!("RELEASE_CRASH_SEED={seed}");
    let count = count.min(last);
    (0..count).map(|n| (n * last / count + seed) % last + 1).collect()
}
