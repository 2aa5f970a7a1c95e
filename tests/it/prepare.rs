//! `[prepare]`: in the new release, before anything is switched off.

use crate::support::{Fleet, Mode};

#[test]
fn runs_in_the_new_release_while_the_old_one_serves() {
    let fleet =
        Fleet::served(&["h1"], "[prepare]\nrun = ['readlink ~/live >was || echo none >was; pwd >where', 'ls >list']");
    fleet.deploy_app("1.0", Mode::Good).expect(0);
    let (host, pid) = (fleet.host(), fleet.app().pid());
    let first = host.live().unwrap();
    assert_eq!(host.read("live/was").unwrap().trim(), "none");
    let lives = host.path(&first);
    assert_eq!(host.read("live/where").unwrap().trim(), lives.to_str().unwrap(), "where it will live");
    fleet.deploy_app("1.1", Mode::Good).expect(0);
    assert_eq!(host.read("live/was").unwrap().trim(), first);
    assert!(host.read("live/list").unwrap().contains("VERSION"));
    assert_ne!(fleet.app().pid(), pid);
}

#[test]
fn its_failure_changes_nothing_and_shows_its_output() {
    let fleet = Fleet::served(
        &["h1", "h2"],
        "[prepare]\nrun = ['test ! -e ~/broken || { echo \"no such module: Moose\"; exit 9; }']",
    );
    fleet.deploy_app("1.0", Mode::Good).expect(0);
    let (before, pid) = (fleet.visible(), fleet.app().pid());
    let broken = fleet.world.host("h2").write("broken", "");
    let before = {
        drop(before);
        fleet.visible()
    };
    let run = fleet.deploy_app("1.1", Mode::Good).expect(1);
    assert!(run.stderr.contains("no such module: Moose") && run.stderr.contains("exit 9"), "{}", run.stderr);
    assert!(run.stderr.contains("nothing was changed"), "{}", run.stderr);
    fleet.assert_same(&before);
    fleet.assert_live("1.0");
    assert_eq!(fleet.app().pid(), pid, "nothing was restarted");

    let log = fleet.release(&["log", "view", "--json"]).expect(0).json();
    let record = &log["operations"][0]["record"];
    assert_eq!((record["op"].as_str(), record["outcome"].as_str()), (Some("deploy"), Some("aborted")));
    let operation = record["id"].as_str().unwrap();
    let output = fleet.release(&["log", "view", operation]).expect(0).stdout;
    assert!(output.contains("no such module: Moose"), "{output}");
    fleet.release(&["log", "view", operation, "--json"]).expect(0).json();

    std::fs::remove_file(broken).unwrap();
    fleet.deploy_app("1.1", Mode::Good).expect(0);
    fleet.assert_live("1.1");
}
