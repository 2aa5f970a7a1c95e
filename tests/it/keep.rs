//! `keep`, `prune`, `pin` and `unpin`: which releases stay.

use crate::support::{Fleet, version_of};

fn versions(fleet: &Fleet) -> Vec<String> {
    let mut all: Vec<_> = fleet.host().releases().iter().map(|name| version_of(name).to_owned()).collect();
    all.sort();
    all
}

fn deployed(toml: &str, all: &[&str]) -> Fleet {
    let fleet = Fleet::files(&["h1"], toml);
    all.iter().for_each(|version| drop(fleet.deploy(version).expect(0)));
    fleet
}

#[test]
fn so_many_good_ones_stay_beside_live_and_previous() {
    let fleet = deployed("keep = 2", &["1", "2", "3", "4"]);
    assert_eq!(versions(&fleet), ["1", "2", "3", "4"], "live, previous, and two");
    fleet.deploy("5").expect(0);
    assert_eq!(versions(&fleet), ["2", "3", "4", "5"]);
    let log = fleet.release(&["log", "--json"]).expect(0).json();
    let pruned = |r: &serde_json::Value| {
        r["record"]["op"] == "prune" && r["record"]["pruned"][0].as_str().unwrap().ends_with("-1")
    };
    assert!(log["operations"].as_array().unwrap().iter().any(pruned), "{log}");
}

#[test]
fn pinned_ones_stay_and_what_is_not_ours_too() {
    let fleet = deployed("keep = 2", &["1", "2", "3"]);
    fleet.release(&["pin", "view", "1", "-m", "the one of the talk"]).expect(0);
    let host = fleet.host();
    host.write("releases/new/file", "another tool's");
    host.write("releases/20100101-000000-0.1/file", "by hand");
    ["4", "5", "6"].iter().for_each(|version| drop(fleet.deploy(version).expect(0)));
    let all = ["0.1", "1", "3", "4", "5", "6", "new"];
    assert_eq!(versions(&fleet), all);
    let name = host.releases().into_iter().find(|name| name.ends_with("-1")).unwrap();
    fleet.release(&["unpin", "view", &name]).expect(0);
    fleet.release(&["prune", "view"]).expect(0);
    assert_eq!(versions(&fleet), ["0.1", "3", "4", "5", "6", "new"]);
    let run = fleet.release(&["pin", "view", "7"]).expect(3);
    assert!(run.stderr.contains("there are: "), "{}", run.stderr);
}

#[test]
fn one_that_a_process_works_in_stays() {
    let fleet = deployed("keep = 2", &["1", "2", "3"]);
    let old = fleet.host().releases().remove(0);
    let line = format!("cd releases/{old} && (setsid sleep 60 >/dev/null 2>&1 </dev/null & echo $!)");
    let pid: u32 = fleet.world.ssh("h1", &line).ok().parse().unwrap();
    ["4", "5"].iter().for_each(|version| drop(fleet.deploy(version).expect(0)));
    assert_eq!(versions(&fleet), ["1", "2", "3", "4", "5"], "1 is in use");
    crate::support::signal("KILL", &[pid]);
    crate::support::eventually("it ended", || !crate::support::is_running(pid));
    fleet.release(&["prune", "view"]).expect(0);
    assert_eq!(versions(&fleet), ["2", "3", "4", "5"]);
}

#[test]
fn prune_says_what_it_would_remove_and_removes_just_that() {
    let fleet = deployed("", &["1", "2", "3", "4", "5"]);
    let before = fleet.host().state();
    let said = fleet.release(&["prune", "view", "--keep", "1", "--dry-run"]).expect(0).stdout;
    before.assert_same(&fleet.host().state());
    let would: Vec<_> =
        ["1", "2"].map(|v| fleet.host().releases().into_iter().find(|r| version_of(r) == v).unwrap()).into();
    assert!(would.iter().all(|name| said.contains(name.as_str())) && !said.contains("-3"), "{said}");
    fleet.release(&["prune", "view", "--keep", "1"]).expect(0);
    assert_eq!(versions(&fleet), ["3", "4", "5"], "live, previous, and one");
    fleet.release(&["prune", "view", "--keep", "1"]).expect(0);
    fleet.release(&["rollback"]).expect(0);
    fleet.release(&["prune", "view", "--keep", "0"]).expect(0);
    assert_eq!(versions(&fleet), ["3", "4", "5"], "previous, live, and the way forward");
    fleet.release(&["forward"]).expect(0);
    fleet.assert_live("5");
}
