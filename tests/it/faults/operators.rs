//! Two operators at once.

use std::fs;
use std::time::Duration;

use super::clients::await_step;
use super::site::{self, Site, UNDONE};
use crate::support::{HostSpec, Mode, belonging_to, eventually, wait_until};

#[test]
fn one_of_two_wins_and_is_named() {
    let site = Site::new(site::two());
    site.artifact("1.2", Mode::Good);
    site.hold("prepare");
    let mut one = site.deploy();
    let mut other = site.world.release_bg(&["view", "app-1.2.tar.gz", "--json"]);
    // Nobody can end well before the winner is let go, so who ends has lost.
    assert!(wait_until(UNDONE, || !one.is_running() || !other.is_running()), "nobody gave way\n{}", site.journals());
    let (loser, winner, version) = if one.is_running() { (other, one, "1.1") } else { (one, other, "1.2") };
    let lost = loser.finish(Duration::from_secs(1));
    assert_eq!(lost.code, 75, "{}\n{}", lost.stdout, site.journals());
    assert!(
        lost.stdout.contains("operator@") && lost.stdout.contains("deploy"),
        "it names the winner: {}",
        lost.stdout
    );
    site.let_go("prepare");
    let won = winner.finish(UNDONE);
    assert_eq!(won.code, 0, "{}\n{}", won.stdout, site.journals());
    site.await_rest();
    site.assert_all(version);
}

/// Another comes between the look and the lock on one host, after the other host has begun: what is tried again is another
/// operation. Under the old name the ledger would take it for the one that was undone.
#[test]
fn what_is_planned_anew_is_written_down_anew() {
    let site = Site::new(vec![HostSpec::new("h1").relay(), HostSpec::new("h2")]);
    let toml = fs::read_to_string(site.world.project().join("hosts.toml")).unwrap();
    site.world.write("h2.toml", toml.replace(r#"hosts = ["h1", "h2"]"#, r#"hosts = ["h2"]"#));
    let other = site.artifact("1.2", Mode::Good);
    let relay = site.host().relay();
    let before = relay.connections();
    relay.freeze();
    let client = site.deploy();
    eventually("the client connects to h1", || relay.connections() > before);
    std::thread::sleep(Duration::from_secs(1)); // It has long looked at h2, and waits for h1.
    site.world.release(&["--config", "h2.toml", "view", &other]).expect(0);
    relay.thaw();
    let run = client.finish(UNDONE);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, site.journals());
    site.assert_all("1.1");
    let ledger = site.host().read(".release/ledger").unwrap();
    let lines: Vec<&str> = ledger.lines().collect();
    let outcome = |line: &str| ["aborted", "committed"].into_iter().find(|word| line.contains(word));
    let outcomes: Vec<_> = lines.iter().map(|line| outcome(line)).collect();
    assert_eq!(outcomes, [Some("committed"), Some("aborted"), Some("committed")], "{ledger}");
    // The upload that h2 turned away would wait half a minute for a lock that never comes.
    assert!(wait_until(Duration::from_secs(10), || sessions(&site).is_empty()), "{:?}", sessions(&site));
}

/// Ours that run on any of the hosts.
fn sessions(site: &Site) -> Vec<u32> {
    let is_ours = |pid: &u32| {
        fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("IFS= read -r s"))
    };
    site.world.hosts().iter().flat_map(|host| belonging_to(host.base())).filter(is_ours).collect()
}

#[test]
fn nothing_else_is_done_meanwhile() {
    let site = Site::new(site::two());
    let path = site.artifact("1.1", Mode::Good);
    site.world.release(&["view", &path]).expect(0);
    site.artifact("1.2", Mode::Good);
    site.hold("start");
    let mut client = site.world.release_bg(&["view", "app-1.2.tar.gz", "--json"]);
    await_step(&mut client, "h1", "start");
    for host in site.world.hosts() {
        eventually("both hosts start it", || host.path("reached-start").exists());
    }
    for words in [
        &["rollback", "view"][..],
        &["prune", "view"],
        &["maintenance", "on", "view"],
        &["lock", "view"],
        &["recover", "view"],
        &["view", "app-1.1.tar.gz"],
    ] {
        let run = site.world.release(words);
        assert_eq!(run.code, 75, "{words:?}: {}\n{}", run.stderr, site.journals());
        if words[0] != "recover" {
            assert!(run.stderr.contains("operator@"), "{words:?}: {}", run.stderr);
        }
    }
    let status = site.world.release(&["status", "view", "--json"]).expect(0).json();
    assert!(status["targets"][0]["hosts"][0]["operation"].is_object(), "{status}");
    site.let_go("start");
    let run = client.finish(UNDONE);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, site.journals());
    site.await_rest();
    site.assert_all("1.2");
}

/// A service that never gets well, on one of two hosts that both have switched already.
#[test]
fn a_sick_release_goes_back_everywhere() {
    std::thread::scope(|scope| {
        for mode in [Mode::Crash, Mode::Wrong, Mode::Error] {
            scope.spawn(move || {
                let site = Site::new(site::two());
                site.artifact("1.1", mode);
                site.world.host("h2").write("ddgc_web_maintenance", "by hand\n");
                let run = site.deploy().finish(Duration::from_secs(40));
                assert_eq!(run.code, 5, "{mode:?}: {}\n{}", run.stdout, site.journals());
                site.await_rest();
                let flag = site.world.host("h2").read("ddgc_web_maintenance");
                assert_eq!(flag.as_deref(), Some("by hand\n"), "an operator's own flag stays");
                std::fs::remove_file(site.world.host("h2").path("ddgc_web_maintenance")).unwrap();
                site.assert_all("1.0");
            });
        }
    });
}
