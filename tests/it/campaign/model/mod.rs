//! The model: a fleet in memory, with everything that can happen to it, driven by the real plans and the real machine.
//!
//! A history follows from its seed alone. `RELEASE_SEED=N tests/run --test it campaign::model` plays one again and tells
//! everything that happens in it.

mod chance;
mod client;
mod disk;
mod faults;
mod fixture;
mod history;
mod host;
mod promises;
mod session;
mod shell;
mod steps;
mod supervisor;
mod world;

use crate::campaign::{Tally, trials};
use fixture::Fixture;

/// Two cores.
const THREADS: u64 = 2;

#[test]
fn histories_of_a_fleet() {
    if let Ok(seed) = std::env::var("RELEASE_SEED") {
        let seed = seed.parse().expect("RELEASE_SEED is a number");
        history::play(&Fixture::new(), seed, None, true).unwrap();
        return;
    }
    let whole = trials(40_000, 1_000_000) as u64;
    let mut tally = Tally::new("model: histories of a fleet");
    let violations: Vec<String> = std::thread::scope(|scope| {
        let play = |thread: u64| {
            let fixture = Fixture::new();
            let seeds = (thread..whole).step_by(THREADS as usize);
            let broken = seeds.filter_map(|seed| {
                history::play(&fixture, seed, None, false).err().map(|what| format!("RELEASE_SEED={seed}: {what}"))
            });
            broken.take(10).collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || play(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    tally.passed(whole as usize - violations.len());
    violations.into_iter().for_each(|violation| tally.trial(Err(violation)));
    tally.finish();
}
