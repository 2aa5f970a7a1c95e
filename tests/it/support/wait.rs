//! Bounded waiting: no test may hang.

use std::time::{Duration, Instant};

/// Polls until `done` holds; false when `timeout` came first.
#[must_use]
pub fn wait_until(timeout: Duration, mut done: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + timeout;
    loop {
        if done() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Like [`wait_until`] with a bound that only a hang reaches; panics saying `what` was awaited.
#[track_caller]
pub fn eventually(what: &str, done: impl FnMut() -> bool) {
    assert!(wait_until(Duration::from_secs(10), done), "waited 10 s in vain: {what}");
}
