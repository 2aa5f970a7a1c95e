//! A ledger that a torn disk has damaged, or that somebody has put something else in the place of.

use std::fs;
use std::process::Command;

use crate::support::{Fleet, Run};

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
    fleet.assert_live("1");
}
