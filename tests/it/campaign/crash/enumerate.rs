//! Which trials are made, and by whom.

use super::site::Site;
use crate::campaign::spread::spread;

/// How many trials run at once: a host spends part of its time waiting.
const WORKERS: usize = 2;

/// Tries these numbers, each on a host of this machine; gives what each came to.
pub fn some<T: Send>(
    numbers: &[usize],
    trial: impl Fn(&Site, usize) -> Result<T, String> + Sync,
) -> Vec<Result<T, String>> {
    let outcomes = spread(WORKERS, numbers.len(), |_| Site::new(), |site, at| trial(site, numbers[at]));
    outcomes.into_iter().map(|outcome| outcome.and_then(|kept| kept)).collect()
}

/// So many of the numbers from 1 to `last`, evenly spaced. The same in every run, unless `RELEASE_CRASH_SEED` shifts them; a
/// failing trial names its number.
pub fn evenly(count: usize, last: usize) -> Vec<usize> {
    let seed = std::env::var("RELEASE_CRASH_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: usize = seed.unwrap_or(0);
    let count = count.min(last);
    (0..count).map(|n| (n * last / count + seed) % last + 1).collect()
}
