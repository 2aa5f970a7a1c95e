//! `lock` and `unlock`, the lock of a running operation, and the ledger that says who did what.

use crate::support::{Fleet, Tarball, eventually, mode};

#[test]
fn a_locked_target_says_who_since_when_and_why() {
    let fleet = Fleet::files(&["h1", "h2"], "");
    fleet.deploy("1").expect(0);
    fleet.release(&["lock", "view", "-m", "holidays until Monday"]).expect(0);
    fleet.dist(&Tarball::new("app", "2"));
    let today = &fleet.release(&["log", "--json"]).expect(0).json()["operations"][0]["record"]["at"].clone();
    let day = &today.as_str().unwrap()[..10];
    for args in [&["view", "2"][..], &["rollback"], &["forward"], &["prune", "view"], &["plan", "view", "2"]] {
        let run = fleet.release(args);
        if args[0] == "forward" || args[0] == "rollback" {
            assert!([3, 75].contains(&run.code), "{args:?}: {run:?}");
            continue;
        }
        let run = run.expect(75);
        for word in ["operator@", day, "holidays until Monday", "release unlock view"] {
            assert!(run.stderr.contains(word), "{args:?} {word}: {}", run.stderr);
        }
    }
    fleet.assert_live("1");
    let status = fleet.release(&["status", "--json"]).expect(0).json();
    let by = status["targets"][0]["hosts"][0]["lock"]["by"].as_str().unwrap().to_owned();
    assert!(by.contains("holidays until Monday"), "{by}");
    assert_eq!(fleet.release(&["check", "view"]).code, 3);
    fleet.release(&["unlock", "view"]).expect(0);
    fleet.release(&["view", "2"]).expect(0);
    fleet.assert_live("2");
}

#[test]
fn a_running_operation_is_seen_and_not_disturbed() {
    let hold = "[prepare]\nrun = ['n=0; while [ ! -e ~/go ] && [ $n -lt 300 ]; do n=$((n + 1)); sleep 0.1; done']\n";
    let fleet = Fleet::files(&["h1"], hold);
    fleet.dist(&Tarball::new("app", "1"));
    let client = fleet.world.release_bg(&["view", "1"]);
    let tx = fleet.host().path(".release/tx");
    eventually("it has begun", || std::fs::read_dir(&tx).is_ok_and(|mut entries| entries.next().is_some()));
    let status = fleet.release(&["status", "--json"]).expect(0).json();
    let operation = &status["targets"][0]["hosts"][0]["operation"];
    assert_eq!(operation["running"], true, "{status}");
    for args in [&["view", "1"][..], &["prune", "view"], &["maintenance", "on", "view"], &["recover", "view"]] {
        let run = fleet.release(args);
        let expected = if args[0] == "maintenance" { 2 } else { 75 };
        assert_eq!(run.code, expected, "{args:?}: {run:?}");
    }
    fleet.host().write("go", "");
    client.finish(std::time::Duration::from_secs(20)).expect(0);
    let id = operation["id"].as_str().unwrap();
    let log = fleet.release(&["log", "view"]).expect(0).stdout;
    assert!(log.contains(id) && log.contains("operator@"), "{log}");
    let run = fleet.release(&["recover", "view"]).expect(0);
    assert!(run.stdout.contains("nothing to recover"), "{}", run.stdout);
}

#[test]
fn the_log_tells_every_operation_and_how_it_ended() {
    let fleet = Fleet::files(&["h1", "h2"], "[prepare]\nrun = ['echo preparing; test ! -e BAD']\n");
    fleet.release(&["log"]).expect(0);
    fleet.deploy("1").expect(0);
    fleet.deploy_tarball("2", &Tarball::new("app", "2").file("BAD", "")).expect(1);
    fleet.release(&["pin", "view", "1", "-m", "for the talk"]).expect(0);
    let json = fleet.release(&["log", "view", "--json"]).expect(0).json();
    let operations = json["operations"].as_array().unwrap();
    let seen: Vec<_> = operations
        .iter()
        .map(|entry| ["op", "outcome", "version"].map(|key| entry["record"][key].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(seen, [["pin", "committed", "1"], ["deploy", "aborted", "2"], ["deploy", "committed", "1"]]);
    assert!(operations.iter().all(|entry| entry["hosts"].as_array().unwrap().len() == 2), "one line for both hosts");
    let text = fleet.release(&["log", "view", "-n", "1"]).expect(0).stdout;
    assert!(text.contains("for the talk") && !text.contains("deploy"), "{text}");
    let id = operations[2]["record"]["id"].as_str().unwrap();
    let output = fleet.release(&["log", "view", id]).expect(0).stdout;
    assert_eq!(output.matches("preparing\n").count(), 2, "of both hosts: {output}");
    fleet.release(&["log", "view", "20140218-114503-deploy-xxxxx"]).expect(3);
    fleet.release(&["log", "view", "../../etc/passwd"]).expect(2);
}

/// What a power cut may leave of a lock: its name, and nothing in it.
#[test]
fn an_empty_lock_is_nobodys() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1").expect(0);
    for lock in std::fs::read_dir(fleet.host().path(".release/lock")).unwrap() {
        std::fs::write(lock.unwrap().path(), "").unwrap();
    }
    fleet.release(&["recover", "view"]).expect(0);
    fleet.deploy("2").expect(0);
}

#[test]
fn a_lock_that_cannot_be_made_is_held_by_nobody() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1").expect(0);
    let dir = fleet.host().path(".release/lock");
    let before = std::fs::read_dir(&dir).unwrap().count();
    mode(&dir, 0o555);
    let run = fleet.release(&["recover", "view"]);
    mode(&dir, 0o700);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("can't be written"), "{}", run.stderr);
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), before);
    fleet.release(&["recover", "view"]).expect(0);
}
