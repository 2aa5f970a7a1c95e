//! What was done by hand between two operations: history goes by what was, and questions say it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::support::{Tarball, World};

/// One host on this machine, on which these versions were deployed one after the other.
fn deployed(app: &str, versions: &[&str]) -> World {
    let world = World::new(&[]);
    let home = base(&world).display().to_string();
    world.hosts_toml(&format!("app = \"app\"\n{app}\n[targets.t]\nhosts = [\"local:{home}\"]\n"));
    versions.iter().for_each(|version| deploy(&world, version));
    world
}

fn base(world: &World) -> PathBuf {
    world.root().join("home-of-app")
}

#[track_caller]
fn deploy(world: &World, version: &str) {
    Tarball::new("app", version).file("page", version).write(&world.project().join("dist"));
    world.release(&["t", version]).expect(0);
}

/// The name of a version's release.
fn named(world: &World, version: &str) -> String {
    let names =
        fs::read_dir(base(world).join("releases")).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
    names.into_iter().find(|name| name.ends_with(&format!("-{version}"))).unwrap()
}

/// `ln -sfn`, as in the night.
fn lead(world: &World, version: &str) {
    let to = format!("releases/{}", named(world, version));
    fs::remove_file(base(world).join("live")).unwrap();
    symlink(to, base(world).join("live")).unwrap();
}

#[track_caller]
fn live_is(world: &World, version: &str) {
    assert_eq!(fs::read_to_string(base(world).join("live/page")).unwrap(), version);
}

/// Deployer 3111, Capistrano 514: `live` was put back by hand, and the fix deployed from there.
#[test]
fn rollback_after_a_change_by_hand_goes_to_what_was_live_before() {
    let world = deployed("keep = 3", &["1", "2", "3", "4"]);
    lead(&world, "1");
    deploy(&world, "5");
    let plan = world.release(&["rollback", "t", "--dry-run"]).expect(0).stdout;
    assert!(plan.starts_with("rollback 1 to t\n"), "{plan}");
    world.release(&["rollback", "t"]).expect(0);
    live_is(&world, "1");
    world.release(&["forward", "t"]).expect(0);
    live_is(&world, "5");
}

/// The same with `rollback` as the first thing afterwards: the way forward leads to where one was.
#[test]
fn forward_after_a_change_by_hand_goes_to_what_was_live() {
    let world = deployed("keep = 3", &["1", "2", "3"]);
    lead(&world, "1");
    world.release(&["rollback", "t", "--to", "2"]).expect(0);
    world.release(&["forward", "t"]).expect(0);
    live_is(&world, "1");
}

/// A rollback that was taken back by `ln -sfn`: the way forward has been gone.
#[test]
fn forward_to_what_was_made_live_by_hand_is_refused() {
    let world = deployed("keep = 3", &["1", "2"]);
    world.release(&["rollback", "t"]).expect(0);
    lead(&world, "2");
    let run = world.release(&["forward", "t"]).expect(3);
    assert!(run.stderr.contains("-2 is live already; nothing was changed"), "{}", run.stderr);
    live_is(&world, "2");
}

/// Deployer 3111: everybody asks `status` first, and it said ok.
#[test]
fn live_changed_by_hand_is_said_with_the_way_back() {
    let world = deployed("", &["1", "2"]);
    let there = named(&world, "2");
    lead(&world, "1");
    let said =
        format!("live was changed by hand: the ledger says 2; to go back to that: release rollback t --to {there}");
    let status = world.release(&["status"]).expect(0).stdout;
    assert!(status.contains(&said) && !status.contains(" ok\n"), "{status}");
    let check = world.release(&["check", "t"]).expect(0).stdout;
    assert!(check.contains(&format!("  warning: {said}\n")), "{check}");
    let json = world.release(&["status", "--json"]).expect(0).json();
    assert_eq!(json["targets"][0]["hosts"][0]["previous"]["version"], "2", "{json}");
    world.release(&["rollback", "t", "--to", &there]).expect(0);
    live_is(&world, "2");
    let status = world.release(&["status"]).expect(0).stdout;
    assert!(status.contains(" ok\n"), "{status}");
}

/// `rm live` to take a site down (a forum's advice): it is not a base where nothing was ever deployed.
#[test]
fn live_taken_away_by_hand_is_said_with_the_way_back() {
    let world = deployed("", &["1", "2"]);
    fs::remove_file(base(&world).join("live")).unwrap();
    let status = world.release(&["status"]).expect(0).stdout;
    assert!(
        status.contains("live was taken away by hand: the ledger says 2; to go back to that: release rollback t --to"),
        "{status}"
    );
    world.release(&["rollback", "t", "--to", &named(&world, "2")]).expect(0);
    live_is(&world, "2");
}

/// `touch maintenance`, as everybody did before.
#[test]
fn flag_made_by_hand_is_said_as_that() {
    let world = deployed("[maintenance]\nflag = 'maintenance'", &["1"]);
    for (text, said) in
        [("", "on (by hand, no reason given)"), ("\n", "on (by hand, no reason given)"), ("back at 9\n", "back at 9")]
    {
        fs::write(base(&world).join("maintenance"), text).unwrap();
        let status = world.release(&["status"]).expect(0).stdout;
        assert!(status.contains(&format!("maintenance: {said}\n")), "{text:?} {status}");
    }
}

/// `capistrano deploy:cleanup` in a log names what it removed; a prune after a deploy is not about what was deployed.
#[test]
fn prune_in_the_log_names_what_went() {
    let world = deployed("keep = 2", &["1", "2", "3", "4", "5"]);
    let log = world.release(&["log", "t"]).expect(0).stdout;
    let line = log.lines().find(|line| line.contains(" prune ")).unwrap_or_default();
    assert!(line.contains("1 removed") && line.contains("all hosts: removed 1"), "{log}");
    let json = world.release(&["log", "t", "--json"]).expect(0).json();
    let all = json["operations"].as_array().unwrap();
    let prune = &all.iter().find(|entry| entry["record"]["op"] == "prune").unwrap()["record"];
    assert!(prune["version"].is_null() && prune["pruned"][0].as_str().unwrap().ends_with("-1"), "{prune}");
}
