//! The scripts on a host: the ones that were used last stay, and those that something still needs.

use std::fs;
use std::time::{Duration, SystemTime};

use crate::support::Fleet;

/// As a client of another version would have left it, some days ago.
fn another(fleet: &Fleet, name: char, days: u64) -> String {
    let hash = name.to_string().repeat(64);
    let path = fleet.host().write(&format!(".release/agent-{hash}.sh"), "exit 0\n");
    let then = SystemTime::now() - Duration::from_secs(days * 86400);
    fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
    hash
}

#[test]
fn old_ones_go_with_the_next_operation() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1").expect(0);
    let others: Vec<String> = ('a'..='f').zip(1..).map(|(name, days)| another(&fleet, name, days)).collect();
    // One that waits for the lock names the oldest.
    fleet.host().write(".release/new/waiting/plan", format!("agent {}\nop deploy\n", others[5]));
    fleet.deploy("2").expect(0);
    let left: Vec<String> = fs::read_dir(fleet.host().path(".release"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().unwrap().strip_prefix("agent-").map(str::to_owned))
        .collect();
    let is_left = |hash: &String| left.contains(&format!("{hash}.sh"));
    let kept: Vec<bool> = others.iter().map(is_left).collect();
    assert_eq!(kept, [true, true, true, false, false, true], "the last used, and one that is needed: {left:?}");
    assert_eq!(left.len(), 5);
    fs::remove_dir_all(fleet.host().path(".release/new/waiting")).unwrap();
    fleet.deploy("3").expect(0);
    fleet.assert_live("3");
}
