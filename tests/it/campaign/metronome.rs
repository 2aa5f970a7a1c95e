//! How much slower than calm this machine is just now: the control of every measurement of time.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Seconds since boot, by the clock that hosts write their journals with.
pub fn uptime() -> f64 {
    let text = std::fs::read_to_string("/proc/uptime").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

/// Does again and again what a supervisor does: a shell that starts small programs. When, and how long it took.
pub struct Metronome {
    beats: Arc<Mutex<Vec<(f64, f64)>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What one beat takes where nothing else runs: ten sleeps of 20 ms, and as many starts of a program.
const CALM: f64 = 0.22;

impl Metronome {
    pub fn start() -> Self {
        let (beats, over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let thread = std::thread::spawn({
            let (beats, over) = (Arc::clone(&beats), Arc::clone(&over));
            move || {
                while !over.load(Relaxed) {
                    let began = uptime();
                    let work = "for n in 1 2 3 4 5 6 7 8 9 10; do sleep 0.02; done";
                    Command::new("sh").args(["-c", work]).status().unwrap();
                    beats.lock().unwrap().push((began, uptime() - began));
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
        });
        Self { beats, over, thread: Some(thread) }
    }

    /// How many times as long as on a calm machine things took between two moments; at least 1.
    pub fn slowdown(&self, from: f64, to: f64) -> f64 {
        let beats = self.beats.lock().unwrap();
        let within = beats.iter().filter(|(began, took)| *began < to && began + took > from);
        let took: Vec<f64> = within.map(|(_, took)| took / CALM).collect();
        (took.iter().sum::<f64>() / took.len().max(1) as f64).max(1.0)
    }
}

impl Drop for Metronome {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
        let _ = self.thread.take().unwrap().join();
    }
}
