//! The line between the operator and a host: cut, silent, or its ssh killed.

use std::fs;
use std::time::Duration;

use super::clients::await_step;
use super::site::{LEASE, Site, UNDONE, journal};
use crate::support::{App, HostSpec, Mode, belonging_to, eventually, mode, signal};

fn far() -> Site {
    Site::new(vec![HostSpec::new("h1").relay(), HostSpec::new("h2")])
}

/// A deploy that is held in this step, on a host behind a relay and one that is not.
fn held(step: &str) -> (Site, crate::support::Background) {
    let site = far();
    site.hold(step);
    let mut client = site.deploy();
    for host in ["h1", "h2"] {
        await_step(&mut client, host, step);
        let reached = site.world.host(host).path(&format!("reached-{step}"));
        eventually("the command is held", || reached.exists());
    }
    (site, client)
}

/// The exit code says what the hosts serve.
#[track_caller]
fn truth(site: &Site, code: i32) {
    site.await_rest();
    match code {
        0 => site.assert_all("1.1"),
        1 | 5 => site.assert_all("1.0"),
        _ => panic!("exit code {code}\n{}", site.journals()),
    }
}

#[test]
fn cut_in_the_middle_of_the_upload() {
    let site = far();
    site.write(&App::artifact("1.1", Mode::Good).noise("big", 8 << 20));
    site.world.host("h1").relay().cut_after(2 << 20);
    let run = site.deploy().finish(UNDONE);
    assert_eq!(run.code, 1, "{}\n{}", run.stdout, site.journals());
    truth(&site, run.code);
    site.assert_next_deploy();
}

#[test]
fn a_short_cut_changes_nothing() {
    std::thread::scope(|scope| {
        for step in ["prepare", "start"] {
            scope.spawn(move || {
                let (site, client) = held(step);
                site.world.host("h1").relay().cut();
                site.let_go(step);
                let run = client.finish(UNDONE);
                assert_eq!(run.code, 0, "{step}: {}\n{}", run.stdout, site.journals());
                assert!(run.stdout.contains("the connection was lost"), "{}", run.stdout);
                truth(&site, run.code);
            });
        }
    });
}

#[test]
fn a_killed_master_or_session_changes_nothing() {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (site, client) = held("start");
            site.world.host("h1").sshd().kill_sessions();
            site.let_go("start");
            let run = client.finish(UNDONE);
            assert_eq!(run.code, 0, "{}\n{}", run.stdout, site.journals());
            truth(&site, run.code);
        });
        scope.spawn(|| {
            let (site, client) = held("health");
            let is_master = |pid: &u32| {
                let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                let words: Vec<&[u8]> = line.split(|b| *b == 0).collect();
                words[0].ends_with(b"ssh") && words.contains(&&b"-M"[..])
            };
            let masters: Vec<u32> = belonging_to(site.world.root()).into_iter().filter(is_master).collect();
            assert!(masters.len() >= 2, "one for each host, and what idles of the deploy before");
            signal("KILL", &masters);
            site.let_go("health");
            let run = client.finish(UNDONE);
            assert_eq!(run.code, 0, "{}\n{}", run.stdout, site.journals());
            truth(&site, run.code);
        });
    });
}

/// Silent for longer than the lease, on one host: that one goes back by itself, and then the other.
#[test]
fn frozen_for_longer_than_the_lease() {
    let (site, client) = held("start");
    let relay = site.world.host("h1").relay();
    relay.freeze();
    eventually("the host gives up", || journal(site.world.host("h1")).contains("the client was silent for 3 s"));
    relay.thaw();
    site.let_go("start");
    let run = client.finish(UNDONE);
    assert_eq!(run.code, 5, "{}\n{}", run.stdout, site.journals());
    truth(&site, run.code);
    site.assert_next_deploy();
}

#[test]
fn frozen_for_a_moment() {
    let (site, client) = held("start");
    let relay = site.world.host("h1").relay();
    relay.freeze();
    std::thread::sleep(LEASE / 4); // the fault itself
    relay.thaw();
    site.let_go("start");
    let run = client.finish(UNDONE);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, site.journals());
    truth(&site, run.code);
}

/// Gone for good: the client says that it does not know, and the hosts go back all the same.
#[test]
fn gone_for_good() {
    let (site, client) = held("health");
    let relay = site.world.host("h1").relay();
    relay.refuse(true);
    relay.cut();
    let run = client.finish(Duration::from_secs(40));
    assert_eq!(run.code, 4, "{}\n{}", run.stdout, site.journals());
    assert!(run.stdout.contains(r#""host":"h2","state":"rolled_back""#), "{}", run.stdout);
    assert!(run.stdout.contains("h1 unknown") && run.stdout.contains("release status view"), "{}", run.stdout);
    truth(&site, 5);
}

/// Cut as soon as a host has taken the confirmation up: too late for anything but the truth.
#[test]
fn cut_when_it_is_confirmed() {
    let site = far();
    let client = site.deploy();
    let h1 = site.world.host("h1");
    let confirmed = || journal(h1).contains(" confirmed") && journal(h1).contains("-1.1");
    let waits = || journal(h1).lines().filter(|line| line.contains(" do ")).count() > 14;
    eventually("it switches", waits);
    let _ = crate::support::wait_until(Duration::from_secs(10), confirmed);
    h1.relay().cut();
    let run = client.finish(UNDONE);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, site.journals());
    truth(&site, run.code);
}

/// Makes the operation's directory, but only the first of its files, and takes its session down.
const CUT_SHORT: &str = r#"#!/bin/sh
PATH=/usr/bin:/bin
case $* in
  */new/*) mkdir "$@"; : >"$1/plan"; : >"$1/journal"; kill -9 $PPID ;;
  *) exec mkdir "$@" ;;
esac
"#;

#[test]
fn an_operation_that_was_cut_short_while_it_was_made_has_never_begun() {
    let site = Site::new(vec![HostSpec::new("h1").own_bin()]);
    site.host().write("bin/mkdir", CUT_SHORT);
    mode(&site.host().path("bin/mkdir"), 0o755);
    let run = site.world.release(&["view", "app-1.1.tar.gz"]).expect(3);
    assert!(run.stderr.contains("it never began"), "{}", run.stderr);
    site.assert_all("1.0");
    fs::remove_file(site.host().path("bin/mkdir")).unwrap();
    site.world.release(&["view", "app-1.1.tar.gz"]).expect(0);
}
