//! Bad lines to a host while its client lives: slow, lossy in one direction, far away, cut and mended, with another sshd.

use std::time::Duration;

use super::chance::Chance;
use super::metronome::{Metronome, uptime};
use super::scene::{BOUND, Scene};
use super::spread::spread;
use super::{Tally, trials};
use crate::faults::site::LEASE;
use crate::support::HostSpec;

const PLACES: usize = 4;
/// A machine that is so many times as slow as calm may need a lease to come back.
const BUSY: f64 = 2.0;

/// What is wrong with the line.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// 20 kB a second, for an artifact of 200 kB: it takes three leases, and nobody is silent.
    Slow,
    /// A byte a second, for a moment, or for more than a lease.
    Stuck(bool),
    /// 0.3 s each way.
    Far,
    /// Nothing comes through to the host, or from it; for a moment, or for more than a lease.
    HalfOpen { up: bool, long: bool },
    /// Cut, and nothing gets through again, for a moment or for more than a lease.
    Cut(bool),
    /// sshd is restarted, and its sessions are killed.
    NewSshd,
}

const FAULTS: [Fault; 11] = [
    Fault::Slow,
    Fault::Stuck(true),
    Fault::HalfOpen { up: true, long: true },
    Fault::HalfOpen { up: false, long: true },
    Fault::Cut(true),
    Fault::NewSshd,
    Fault::Far,
    Fault::Stuck(false),
    Fault::HalfOpen { up: true, long: false },
    Fault::HalfOpen { up: false, long: false },
    Fault::Cut(false),
];

impl Fault {
    /// Does it last longer than the lease?
    fn is_long(self) -> bool {
        matches!(self, Self::Stuck(true) | Self::Cut(true) | Self::HalfOpen { long: true, .. })
    }

    fn begin(self, scene: &mut Scene) {
        let relay = scene.host().relay();
        match self {
            Self::Slow => relay.trickle(20_000),
            Self::Stuck(_) => relay.trickle(1),
            Self::Far => relay.delay(Duration::from_millis(300)),
            Self::HalfOpen { up: true, .. } => relay.freeze_up(),
            Self::HalfOpen { up: false, .. } => relay.freeze_down(),
            Self::Cut(_) => {
                relay.refuse(true);
                relay.cut();
            }
            Self::NewSshd => {
                let sshd = scene.site.world.host_mut("h1").sshd_mut();
                sshd.stop();
                sshd.kill_sessions();
                sshd.start();
            }
        }
    }

    fn end(scene: &Scene) {
        let relay = scene.host().relay();
        relay.trickle(0);
        relay.delay(Duration::ZERO);
        relay.thaw();
        relay.refuse(false);
    }
}

fn trial(scene: &mut Scene, seed: usize, metronome: &Metronome) {
    let chance = Chance::new(seed);
    let fault = FAULTS[seed % FAULTS.len()];
    let early = matches!(fault, Fault::Slow | Fault::Far);
    if early {
        fault.begin(scene);
    }
    let noise = if fault == Fault::Slow { 200_000 } else { 0 };
    let began = uptime();
    let (client, before) = scene.somewhere(&chance, noise);
    if !early {
        fault.begin(scene);
        std::thread::sleep(if fault.is_long() { LEASE * 2 } else { LEASE / 6 }); // the fault itself
        Fault::end(scene);
    }
    let run = client.finish(BOUND);
    Fault::end(scene);
    scene.assert_serves(&before);
    scene.assert_truth(&before.old, &run);
    // What came through its line in time is done: there was nothing to give up for. A cut upload is not begun again.
    let in_time = early || !fault.is_long() && metronome.slowdown(began, uptime()) < BUSY;
    let fair = in_time && !run.stdout.contains("the artifact could not be sent");
    assert!(run.code == 0 || !fair, "{fault:?}: exit {}\n{}\n{}", run.code, run.stdout, scene.site.journals());
}

#[test]
fn the_client_says_what_is_true() {
    let mut tally = Tally::new("network: lines that are slow, far, half open, cut and mended");
    let trials = trials(6, 110);
    let metronome = Metronome::start();
    let make = |_| Scene::new(HostSpec::new("h1").relay());
    let results = spread(PLACES.min(trials), trials, make, |scene, seed| trial(scene, seed, &metronome));
    results.into_iter().for_each(|outcome| tally.trial(outcome));
    tally.finish();
}
