//! The fault campaign: each fault class once, as a loop of trials that counts what went wrong.
//!
//! `tests/run` runs a slice of each class; `tests/campaign` runs all of it and prints the table. A class is one test: it asks
//! [`trials`] how many, notes each trial in a [`Tally`], and the tally writes its row and fails the test if there was a violation.

mod chance;
mod clocks;
mod commit;
mod conformance;
mod crash;
mod disk;
mod extractors;
mod fuzz;
mod hostile;
mod hung;
mod lines;
mod lock;
mod metronome;
mod model;
mod power;
mod races;
mod readers;
pub mod reboot;
mod scarce;
mod scene;
mod spread;
mod stall;
mod tally;
mod vanish;

pub use chance::Chance;
pub use spread::spread;
pub use tally::{Tally, caught, trials};
