//! Processes, descriptors and memory that run out for a while, anywhere in a deploy or a rollback: it ends by itself or by the next
//! command, as what it says it is.

use std::process::Command;
use std::time::Duration;

use super::chance::Chance;
use super::scene::{BOUND, Scene};
use super::spread::spread;
use super::{Tally, trials};
use crate::campaign::caught;
use crate::support::{HostSpec, belonging_to, wait_until};

/// What is scarce, as `prlimit` calls it, and down to what.
const SCARCE: [(&str, &[usize]); 3] =
    [("nproc", &[0, 1]), ("nofile", &[3, 8, 11, 13]), ("as", &[1 << 20, 3 << 20, 6 << 20])];

/// What works for an operation on the host.
fn agents(scene: &Scene) -> Vec<u32> {
    belonging_to(&scene.host().path(".release"))
}

fn limit(scene: &Scene, what: &str, to: &str) {
    for pid in agents(scene) {
        // It may have ended.
        let mut prlimit = Command::new("prlimit");
        let _ = prlimit.args(["--pid", &pid.to_string(), &format!("--{what}={to}:")]).output();
    }
}

/// The limits of this very process, which the hosts' have, too.
fn usual(what: &str) -> String {
    let output =
        Command::new("prlimit").args(["--noheadings", "--raw", "--output", "SOFT", &format!("--{what}")]).output();
    String::from_utf8(output.unwrap().stdout).unwrap().trim().to_owned()
}

fn trial(scene: &mut Scene, seed: usize) {
    let chance = Chance::new(seed);
    let (what, least) = SCARCE[seed % SCARCE.len()];
    let least = least[chance.below(least.len())];
    let (client, before) = scene.somewhere(&chance, 0);
    let alone = chance.below(3) == 0;
    limit(scene, what, &least.to_string());
    std::thread::sleep(Duration::from_millis(chance.below(1500) as u64)); // so long it is scarce
    let client = if alone {
        client.sigkill();
        None
    } else {
        Some(client)
    };
    // Who was born meanwhile has inherited it.
    for _ in 0..3 {
        limit(scene, what, &usual(what));
    }
    let run = client.map(|client| client.finish(BOUND));
    // By itself, or by the next command.
    if !wait_until(Duration::from_secs(20), || scene.site.is_at_rest()) || run.as_ref().is_some_and(|run| run.code == 4)
    {
        let run = scene.site.world.release(&["recover", "view"]);
        assert_eq!(run.code, 0, "{}\n{}", run.stderr, scene.site.journals());
    }
    scene.assert_serves(&before);
    if let Some(run) = run.filter(|run| run.code != 4) {
        scene.assert_truth(&before.old, &run);
    }
}

#[test]
fn an_operation_ends_when_processes_descriptors_or_memory_run_out() {
    let mut tally = Tally::new("scarce processes, descriptors, memory");
    let count = trials(6, 1000);
    let outcomes = spread(
        count.min(6),
        count,
        |_| Scene::new(HostSpec::new("h1")),
        |scene, at| {
            caught(|| trial(scene, at)).unwrap_or_else(|broken| panic!("seed {at}: {broken}"));
        },
    );
    outcomes.into_iter().for_each(|outcome| tally.trial(outcome));
    tally.finish();
}
