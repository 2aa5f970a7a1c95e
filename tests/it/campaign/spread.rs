//! Trials side by side: each place is a world of its own that trials follow each other in.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::caught;

/// Runs the trials 0 .. `trials` in `places` places at once; what became of each. A place in which one went wrong is
/// made anew, so that each violation is one of its own.
pub fn spread<P, T: Send>(
    places: usize,
    trials: usize,
    make: impl Fn(usize) -> P + Sync,
    trial: impl Fn(&mut P, usize) -> T + Sync,
) -> Vec<Result<T, String>> {
    let (results, next) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for number in 0..places.min(trials) {
            let (results, next, make, trial) = (&results, &next, &make, &trial);
            scope.spawn(move || {
                let mut place = make(number);
                while let Some(seed) = Some(next.fetch_add(1, Relaxed)).filter(|seed| *seed < trials) {
                    let outcome = caught(|| trial(&mut place, seed));
                    if outcome.is_err() {
                        place = make(number);
                    }
                    results.lock().unwrap().push(outcome);
                }
            });
        }
    });
    results.into_inner().unwrap()
}
