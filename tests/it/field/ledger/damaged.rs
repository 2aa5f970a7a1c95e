//! A ledger that a torn disk has damaged, or that somebody has put something else in the place of.

use std::fs;
use std::process::Command;

use crate::support::{Fleet, Run, Tarball, World};

/// A disk that lost power writes other blocks into a file: what the ledger does not know any more is not removed, and it is said.
#[test]
fn releases_that_a_damaged_ledger_forgot_are_not_pruned() {
    let fleet = Fleet::files(&["h1"], "keep = 2\n");
    for version in ["1", "2", "3", "4"] {
        fleet.deploy(version).expect(0);
    }
    let before = fleet.host().releases();
    fleet.host().write(".release/ledger", b"\xff\xfe\x00torn\nand torn\n".repeat(40));
    let said = ".release/ledger can't be read";
    let check = fleet.release(&["check", "view"]).expect(0);
    assert!(check.stdout.contains(said) || check.stderr.contains(said), "{check:?}");
    let run = fleet.deploy("5").expect(0);
    assert!(run.stderr.contains(said), "{}", run.stderr);
    let after = fleet.host().releases();
    assert!(before.iter().all(|release| after.contains(release)), "{before:?} {after:?}");
}

/// Some command of the account puts a fifo there: whoever opened it would wait for ever, behind the confirmation.
#[test]
fn ledger_that_is_no_regular_file_is_refused_beforehand() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1").expect(0);
    let ledger = fleet.host().path(".release/ledger");
    fs::remove_file(&ledger).unwrap();
    let mut mkfifo = Command::new("mkfifo");
    mkfifo.arg(&ledger);
    Run::of(mkfifo).ok();
    let run = fleet.deploy("2").expect(3);
    assert!(run.stderr.contains("is no regular file") && run.stderr.contains("nothing was changed"), "{}", run.stderr);
    // Nor is a link that leads nowhere: what is written through it would be somewhere.
    fs::remove_file(&ledger).unwrap();
    std::os::unix::fs::symlink("/nonexistent/ledger", &ledger).unwrap();
    fleet.deploy("2").expect(3);
    assert!(fleet.release(&["check", "view"]).expect(3).stdout.contains("is no regular file"));
    fleet.assert_live("1");
}

/// A base that was restored without its hidden files, or a disk that kept the name and not the bytes.
#[test]
fn ledger_that_is_empty_or_gone_beside_releases_is_told() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1").expect(0);
    fleet.deploy("2").expect(0);
    let ledger = fleet.host().path(".release/ledger");
    let said = "is empty or gone: which of them were live and good is not known";
    for remove in [false, true] {
        fs::write(&ledger, "").unwrap();
        if remove {
            fs::remove_file(&ledger).unwrap();
        }
        assert!(fleet.release(&["status"]).expect(0).stdout.contains(said));
        assert!(fleet.release(&["check", "view"]).expect(0).stdout.contains(said));
    }
    fleet.deploy("3").expect(0);
    assert!(fleet.release(&["status"]).expect(0).stdout.contains(" ok\n"));
}

/// A disk that was full for the end of the line, a `head -c` in a restore, a power cut on a file system that loses tails: what is
/// no whole line is told by whatever reads it, and the next record stands on a line of its own.
#[test]
fn ledger_whose_last_record_was_cut_is_told_as_damaged() {
    let world = World::new(&[]);
    let base = world.root().join("base");
    world.hosts_toml(&format!("app = \"app\"\n[targets.t]\nhosts = [\"local:{}\"]\n", base.display()));
    let deploy = |version: &str| {
        Tarball::new("app", version).write(&world.project().join("dist"));
        world.release(&["t", version]).expect(0)
    };
    deploy("1");
    deploy("2");
    let ledger = base.join(".release/ledger");
    let whole = fs::read(&ledger).unwrap();
    let last = whole.len() - whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() - 1;
    let said = "1 line of ".to_owned() + ledger.to_str().unwrap() + " can't be read";
    for cut in [2, 20, last / 2, last - 1] {
        fs::write(&ledger, &whole[..whole.len() - cut]).unwrap();
        let status = world.release(&["status"]).expect(0).stdout;
        assert!(status.contains(&said) && !status.contains("by hand"), "{cut}: {status}");
        let json = world.release(&["status", "--json"]).expect(0).json();
        assert!(json["targets"][0]["hosts"][0]["damage"].as_str().unwrap().contains(&said), "{cut}: {json}");
        let log = world.release(&["log", "t"]).expect(0);
        assert!(log.stderr.contains(&said) && !log.stdout.contains("older"), "{cut}: {log:?}");
        assert!(world.release(&["check", "t"]).expect(0).stdout.contains(&said), "{cut}");
    }
    // A whole record without its line end is one.
    fs::write(&ledger, &whole[..whole.len() - 1]).unwrap();
    assert!(world.release(&["status"]).expect(0).stdout.contains(" ok\n"));
    // With a tail of what a disk has put there, and of blocks of another file.
    for tail in [&b""[..], b"\0\0\0\0\0\0", b"}\n{\"seq\":9"] {
        fs::write(&ledger, [&whole[..whole.len() - 20], tail].concat()).unwrap();
        let before = fs::read(&ledger).unwrap();
        let run = world.release(&["rollback", "t"]).expect(0);
        assert!(run.stderr.contains("can't be read"), "{}", run.stderr);
        let after = fs::read(&ledger).unwrap();
        let new = after.strip_prefix(before.as_slice()).unwrap().strip_prefix(b"\n").unwrap();
        let record: serde_json::Value = serde_json::from_slice(new).unwrap();
        assert_eq!(record["op"], "rollback");
        assert!(world.release(&["log", "t"]).expect(0).stdout.contains("rollback"));
        let status = world.release(&["status"]).expect(0).stdout;
        assert!(status.contains("can't be read"), "{status}");
        // What that rollback went back from is not known as good.
        let run = world.release(&["forward", "t"]).expect(3);
        assert!(run.stderr.contains("there is no rollback to take back"), "{}", run.stderr);
        world.release(&["t", "2", "--again"]).expect(0);
    }
}
