//! The fault campaign: each fault class once, as a loop of trials that counts what went wrong.
//!
//! `tests/run` runs a slice of each class; `tests/campaign` runs all of it and prints the table. A class is one test: it asks
//! [`trials`] how many, notes each trial in a [`Tally`], and the tally writes its row and fails the test if there was a violation.

mod crash;
mod disk;
mod lock;
mod power;
mod readers;
mod tally;

pub use tally::{Tally, trials};
