//! Two operators at once.

use std::time::Duration;

use super::clients::await_step;
use super::site::{self, Site, UNDONE};
use crate::support::{Mode, eventually, wait_until};

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
