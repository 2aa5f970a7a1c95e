//! A thread that looks in from time to time, so that a display moves while nothing happens.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Calls a function on shared state again and again; stops, and has stopped, when dropped.
pub(super) struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// Without a thread (the system may refuse one) the display is merely less lively: it is drawn at events only.
    pub(super) fn start<T: Send + 'static>(
        shared: &Arc<Mutex<T>>,
        every: Duration,
        tick: impl Fn(&mut T) + Send + 'static,
    ) -> Self {
        let (stop, stopped) = mpsc::channel();
        let shared = Arc::clone(shared);
        let run = move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                tick(&mut lock(&shared));
            }
        };
        Self { stop: Some(stop), thread: thread::Builder::new().name("ui".into()).spawn(run).ok() }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The state, also when a thread has panicked with it: a display that is slightly off is better than none.
pub(super) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_until_dropped() {
        let shared = Arc::new(Mutex::new(0));
        let ticker = Ticker::start(&shared, Duration::from_millis(1), |count| *count += 1);
        while *lock(&shared) < 3 {
            thread::sleep(Duration::from_millis(1));
        }
        drop(ticker);
        let count = *lock(&shared);
        thread::sleep(Duration::from_millis(10));
        assert_eq!((*lock(&shared), Arc::strong_count(&shared)), (count, 1));
    }
}
