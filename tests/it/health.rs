//! `[health]`: only the new release, answering well, is healthy; anything else goes back.

use std::time::Duration;

use crate::support::{App, Fleet, HostSpec, Mode, Run, SERVICE};

/// The application asked by url, with little patience.
fn asked(toml: impl Fn(&App) -> String) -> Fleet {
    let fleet = Fleet::serving(vec![HostSpec::new("h1")], "");
    fleet.toml(&toml(fleet.app()));
    fleet
}

fn by_url() -> Fleet {
    asked(|app| app.toml().replace("timeout = \"5s\"", "timeout = \"2s\""))
}

#[track_caller]
fn goes_back(fleet: &Fleet, mode: Mode) -> Run {
    let before = fleet.visible();
    let run = fleet.deploy_app("1.1", mode).expect(5);
    assert!(run.stderr.contains("1.0 is live"), "{}", run.stderr);
    fleet.assert_same(&before);
    fleet.assert_live("1.0");
    run
}

#[test]
fn a_release_that_does_not_answer_as_itself_goes_back() {
    let fleet = by_url();
    fleet.deploy_app("1.0", Mode::Good).expect(0);
    for mode in [Mode::Wrong, Mode::Crash, Mode::Error] {
        let run = goes_back(&fleet, mode);
        assert!(run.stderr.contains("health check failed: got "), "{mode:?}: {}", run.stderr);
    }
    fleet.deploy_app("1.2", Mode::Slow(0.7)).expect(0);
    fleet.assert_live("1.2");
}

#[test]
fn one_that_accepts_and_never_answers_is_not_waited_for_longer_than_said() {
    let url = by_url();
    let command = asked(|_| SERVICE.replace("5s", "2s").replace("wget", "wget -T 900"));
    for fleet in [url, command] {
        fleet.deploy_app("1.0", Mode::Good).expect(0);
        let run = goes_back(&fleet, Mode::Hang);
        assert!(run.took < Duration::from_secs(9), "{:?}", run.took);
        let left = fleet.world.ssh("h1", "pgrep -u $(id -u) -f '[w]get -T 900' | wc -l").ok();
        assert_eq!(left, "0", "and what it was asked with has ended");
    }
}

#[test]
fn a_process_that_nobody_restarted_is_not_the_new_release() {
    let fleet = asked(|app| {
        app.toml().replace("stop = \"bin/stop\"\nstart = \"bin/start\"", "restart = \"true\"").replace("5s", "2s")
    });
    let host = fleet.host();
    // By hand the first time, because `true` starts nothing.
    fleet.world.ssh("h1", "mkdir releases").ok();
    App::artifact("0.9", Mode::Good).unpack(&host.path("releases/20140218-114503-0.9"));
    fleet.world.ssh("h1", "ln -s releases/20140218-114503-0.9 live && bin/start").ok();
    let run = fleet.deploy_app("1.0", Mode::Good).expect(5);
    assert!(run.stderr.contains("0.9 is live"), "{}", run.stderr);
    assert_eq!(fleet.app().version().as_deref(), Some("0.9"));
    assert!(host.live().unwrap().ends_with("-0.9"));
}

#[test]
fn one_unhealthy_host_takes_every_host_back() {
    let fleet = Fleet::served(&["h1", "h2"], "[prepare]\nrun = ['cp ~/mode MODE 2>/dev/null || true']");
    fleet.deploy_app("1.0", Mode::Good).expect(0);
    fleet.world.host("h2").write("mode", "crash");
    let before = fleet.visible();
    let run = fleet.deploy_app("1.1", Mode::Good).expect(5);
    assert!(run.stderr.contains("h2"), "{}", run.stderr);
    fleet.assert_same(&before);
    fleet.assert_live("1.0");
    let events = fleet.release(&["--json", "view", "1.1"]).expect(5).json_lines();
    let ends: Vec<_> = events.iter().filter(|e| e["event"] == "host_ended").collect();
    assert_eq!(ends.len(), 2);
    assert!(
        ends.iter().all(|e| e["state"] == "rolled_back" && e["live"].as_str().unwrap().ends_with("-1.0")),
        "{ends:?}"
    );
}

#[test]
fn a_rollback_is_proven_too() {
    let fleet = by_url();
    fleet.deploy_app("1.0", Mode::Good).expect(0);
    fleet.deploy_app("1.1", Mode::Good).expect(0);
    // Somebody spoils the old release: the rollback must not be left with it.
    let old = fleet.host().path("releases").join(&fleet.host().releases()[0]).join("MODE");
    std::fs::write(old, "crash").unwrap();
    fleet.release(&["rollback"]).expect(5);
    fleet.assert_live("1.1");
    let log = fleet.release(&["log", "--json"]).expect(0).json();
    assert_eq!(log["operations"][0]["record"]["outcome"], "reverted");
    // What was rolled back is no step of the history.
    fleet.release(&["forward"]).expect(3);
}
