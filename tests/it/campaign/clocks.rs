//! Clocks that are wrong: a year off either way, at 1970, and jumping in the middle. The order of things is that of the
//! ledger's numbers, and leases are counted by a clock that nobody sets.

use super::chance::Chance;
use super::scene::{BOUND, Scene};
use super::spread::spread;
use super::{Tally, trials};
use crate::support::{Background, HostSpec, Login, Run};

/// `date` on the host, by a clock that the test sets: `~/clock` holds how many seconds it is off.
const DATE: &str = r#"#!/bin/sh
off=$(cat "$HOME/clock" 2>/dev/null || echo 0)
for word; do case $word in -d* | --date*) exec /bin/date "$@" ;; esac; done
exec /bin/date -d "@$(($(/bin/date +%s) + off))" "$@"
"#;

const YEAR: i64 = 365 * 86400;
/// Around 1970, for as long as this test is younger than sixty years.
const EPOCH: i64 = -56 * YEAR;
const CLOCKS: [i64; 5] = [0, YEAR, -YEAR, EPOCH, 300];

fn scene() -> Scene {
    let scene = Scene::new(HostSpec::new("h1").own_bin());
    Login::get().program(&scene.host().path("bin/date"), DATE);
    scene
}

fn set_host(scene: &Scene, off: i64) {
    scene.host().write("clock", format!("{off}\n"));
}

/// The client by another clock.
fn client(scene: &Scene, off: i64, words: &[&str]) -> Background {
    let mut command = scene.site.world.command("faketime");
    command.args(["-f", &format!("{off:+}s"), env!("CARGO_BIN_EXE_release")]).args(words);
    Background::start(command, std::process::Stdio::null())
}

fn run(scene: &Scene, off: i64, words: &[&str]) -> Run {
    client(scene, off, words).finish(BOUND)
}

/// Three deploys by whatever clocks, the host's jumping in the middle of each, and two steps back: in the order in which they
/// were made, and nothing is pruned that counts.
fn trial(scene: &mut Scene, seed: usize) {
    let chance = Chance::new(seed);
    let mut versions = vec![scene.version()];
    for _ in 0..3 {
        let (version, path) = scene.artifact(0);
        let (mine, theirs, then) = (chance.of(&CLOCKS), chance.of(&CLOCKS), chance.of(&CLOCKS));
        let about = format!("seed {seed}: client {mine:+} s, host {theirs:+} s and then {then:+} s");
        set_host(scene, theirs);
        scene.site.hold("start");
        let _ = std::fs::remove_file(scene.host().path("reached-start"));
        let mut deploy = client(scene, mine, &["view", &path, "--json"]);
        deploy.await_text(r#""step":"start""#);
        set_host(scene, then);
        scene.site.let_go("start");
        let ended = deploy.finish(BOUND);
        assert_eq!(ended.code, 0, "{about}\n{}\n{}", ended.stdout, scene.site.journals());
        scene.site.assert_all(&version);
        versions.push(version);
    }
    let status = run(scene, chance.of(&CLOCKS), &["status", "view", "--json"]).expect(0).json();
    let host = &status["targets"][0]["hosts"][0];
    assert_eq!(host["live"]["version"], *versions[3], "{status}");
    assert_eq!(host["previous"]["version"], *versions[2], "{status}");
    let log = run(scene, 0, &["log", "view", "--json"]).expect(0).json();
    let newest: Vec<_> =
        log["operations"].as_array().unwrap().iter().map(|entry| entry["record"]["seq"].as_u64()).collect();
    assert!(newest.is_sorted_by(|a, b| a >= b), "seed {seed}: the newest first: {newest:?}");
    for back in [2, 1] {
        let rolled = run(scene, chance.of(&CLOCKS), &["rollback", "view"]);
        assert_eq!(rolled.code, 0, "{}\n{}", rolled.stderr, scene.site.journals());
        scene.site.assert_all(&versions[back]);
    }
    // By number, not by date: what was good last stays, however old it says it is.
    run(scene, chance.of(&CLOCKS), &["prune", "view", "--keep", "2"]).expect(0);
    scene.site.assert_all(&versions[1]);
    for good in [&versions[0], &versions[2]] {
        let here = scene.host().releases().iter().any(|release| release.ends_with(&format!("-{good}")));
        assert!(here, "seed {seed}: {good} was pruned: {:?}", scene.host().releases());
    }
}

#[test]
fn order_is_not_a_matter_of_dates() {
    let mut tally = Tally::new("time: clocks a year off, at 1970, and jumping");
    let trials = trials(2, 40);
    let results = spread(4, trials, |_| scene(), trial);
    results.into_iter().for_each(|outcome| tally.trial(outcome));
    tally.finish();
}
