//! Clients that vanish at any moment of a deploy or a rollback: the host ends by itself, within lease + 2 s.

use super::chance::Chance;
use super::metronome::{Metronome, uptime};
use super::scene::{BOUND, Scene};
use super::spread::spread;
use super::{Tally, trials};
use crate::faults::site::LEASE;
use crate::support::{Background, HostSpec, belonging_to, is_called, signal};

/// What a host may take beyond the lease, on a calm machine: to notice, to stop, start and ask the old release.
const BEYOND: f64 = 2.0;
/// So many hosts at once: most of the time they wait.
const PLACES: usize = 8;

/// How a client vanishes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// SIGKILL; its ssh goes on for a while.
    Killed,
    /// SIGSTOP; its ssh still answers. Later it goes on.
    Frozen,
    /// The link is cut, and nothing gets through any more. Later it does.
    Cut,
    /// The laptop sleeps: it, its ssh and the line. Later it wakes up.
    Asleep,
    /// Its ControlMaster is killed: it comes back at once.
    MasterKilled,
}

const FAULTS: [Fault; 5] = [Fault::Killed, Fault::Frozen, Fault::Cut, Fault::Asleep, Fault::MasterKilled];

/// What one trial measured.
struct Measured {
    /// Where the operation stood when the client vanished.
    phase: &'static str,
    /// Seconds from then to its end on the host; nothing where the client came back.
    took: Option<f64>,
    slowdown: f64,
}

/// The operator's ssh processes.
fn ssh(scene: &Scene) -> Vec<u32> {
    belonging_to(scene.site.world.root()).into_iter().filter(|pid| is_called(*pid, "ssh")).collect()
}

fn inject(fault: Fault, scene: &Scene, client: &Background) {
    let relay = scene.host().relay();
    match fault {
        Fault::Killed => client.signal("KILL"),
        Fault::Frozen => client.signal("STOP"),
        Fault::Cut => {
            relay.refuse(true);
            relay.cut();
        }
        Fault::Asleep => {
            client.signal("STOP");
            relay.freeze();
            signal("STOP", &ssh(scene));
        }
        Fault::MasterKilled => signal("KILL", &ssh(scene)),
    }
}

fn lift(fault: Fault, scene: &Scene, client: &Background) {
    let relay = scene.host().relay();
    relay.trickle(0);
    relay.refuse(false);
    relay.thaw();
    if fault == Fault::Asleep {
        signal("CONT", &ssh(scene));
    }
    client.signal("CONT");
}

fn trial(scene: &mut Scene, seed: usize, metronome: &Metronome) -> Measured {
    let chance = Chance::new(seed);
    let fault = FAULTS[seed % FAULTS.len()];
    let mut noise = 0;
    if chance.below(5) == 0 {
        noise = 300_000;
        scene.host().relay().trickle(150_000);
    }
    let (client, before) = scene.somewhere(&chance, noise);
    let at = uptime();
    inject(fault, scene, &client);
    let mut measured = Measured { phase: "unknown", took: None, slowdown: 1.0 };
    let mut journal = None;
    if fault == Fault::MasterKilled {
        measured.phase = scene.operation(&before).unwrap_or_default().phase(at);
    } else {
        let operation = scene.await_end(&before);
        let end = operation.ended().unwrap_or(at).max(at);
        measured = Measured { phase: operation.phase(at), took: Some(end - at), slowdown: metronome.slowdown(at, end) };
        scene.assert_serves(&before);
        journal = Some(operation.journal);
    }
    lift(fault, scene, &client);
    // Who comes back is fenced: it changes nothing, and says what is true.
    let run = client.finish(BOUND);
    let after = scene.operation(&before).unwrap_or_default().journal;
    assert!(
        journal.is_none_or(|journal| journal.is_empty() || journal == after),
        "the client changed something\n{after}"
    );
    scene.assert_serves(&before);
    if fault != Fault::Killed {
        scene.assert_truth(&before.old, &run);
    }
    measured
}

/// The figures of the whole class, for whoever reads the output.
fn report(all: &[Measured]) {
    let mut took: Vec<f64> = all.iter().filter_map(|measured| measured.took).collect();
    took.sort_by(f64::total_cmp);
    let at = |part: usize| took.get(took.len() * part / 100).or(took.last()).copied().unwrap_or(0.0);
    let late = took.iter().filter(|took| **took > LEASE.as_secs_f64() + BEYOND).count();
    let slowest = all.iter().map(|measured| measured.slowdown).fold(1.0, f64::max);
    eprintln!(
        "vanished clients: over after {:.1} s in the middle, 90 %: {:.1} s, 99 %: {:.1} s, all: {:.1} s (lease {:?}); \
         {late} of {} after more than lease + {BEYOND} s by the clock, on a machine up to {slowest:.1} times as slow as calm",
        at(50),
        at(90),
        at(99),
        at(100),
        LEASE,
        took.len(),
    );
    let mut phases: Vec<&str> = all.iter().map(|measured| measured.phase).collect();
    phases.sort_unstable();
    for same in phases.chunk_by(|a, b| a == b) {
        eprintln!("    {:4} {}", same.len(), same[0]);
    }
}

#[test]
fn hosts_end_by_themselves() {
    let mut tally = Tally::new("network: clients that vanish, lease + 2 s");
    let trials = trials(8, 200);
    let metronome = Metronome::start();
    let places = PLACES.min(trials / 2);
    let make = |_| Scene::new(HostSpec::new("h1").relay());
    let results = spread(places, trials, make, |scene, seed| (seed, trial(scene, seed, &metronome)));
    let mut measured = Vec::new();
    for outcome in results {
        tally.trial(outcome.and_then(|(seed, trial)| {
            let (took, allowed) = (trial.took.unwrap_or(0.0), LEASE.as_secs_f64() + BEYOND * trial.slowdown);
            let (phase, slowdown) = (trial.phase, trial.slowdown);
            measured.push(trial);
            if took <= allowed {
                return Ok(());
            }
            Err(format!("seed {seed}: {took:.1} s after it vanished while {phase}; slowdown {slowdown:.1}"))
        }));
    }
    report(&measured);
    tally.finish();
}
