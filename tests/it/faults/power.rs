//! What only a power cut leaves: a journal without its end, and a service that the boot has started.

use std::fs;
use std::path::PathBuf;

use super::site::{self, Site, UNDONE, forsake, holder, names};
use crate::support::{Background, eventually, is_running, signal};

/// A deploy whose supervisor is killed while this command is held; and its journal.
fn killed_in(site: &Site, step: &str) -> (Background, PathBuf) {
    site.hold(step);
    let client = site.deploy();
    eventually("the command is held", || site.host().path(&format!("reached-{step}")).exists());
    let pid = holder(site.host()).unwrap();
    client.signal("STOP");
    forsake(site.host());
    signal("KILL", &[pid]);
    eventually("the supervisor is gone", || !is_running(pid));
    let id = names(site.host(), ".release/tx").pop().unwrap();
    (client, site.host().path(&format!(".release/tx/{id}/journal")))
}

/// The client has read more of the journal than the power cut has left of it.
#[test]
fn a_client_hears_of_the_end_of_a_journal_that_was_cut_short() {
    let site = Site::new(site::one());
    let (client, journal) = killed_in(&site, "prepare");
    let text = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, text.split_inclusive('\n').next().unwrap()).unwrap();
    site.let_go("prepare");
    client.signal("CONT");
    let run = client.finish(UNDONE);
    assert_eq!(run.code, 1, "{}\n{}", run.stdout, site.journals());
    site.assert_all("1.0");
}

/// Nothing is noted behind the swap, but the boot has started what `live` named then.
#[test]
fn a_service_that_the_boot_has_started_is_taken_back() {
    let site = Site::new(site::one());
    let (client, journal) = killed_in(&site, "start");
    client.sigkill();
    site.let_go("start");
    eventually("the new release runs", || site.apps[0].version().as_deref() == Some("1.1"));
    let text = fs::read_to_string(&journal).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let begun = lines.pop().unwrap();
    assert!(begun.contains(" do "), "{text}");
    let boot = lines[0].split(' ').nth(2).unwrap();
    let earlier = lines.join("\n").replace(boot, "00000000-0000-0000-0000-000000000000");
    fs::write(&journal, format!("{earlier}\n")).unwrap();
    site.world.release(&["recover", "view"]).expect(0);
    site.assert_all("1.0");
    site.assert_next_deploy();
}
