//! Exit codes 2, 4 and 130, each for its own reason.

use std::time::Duration;

use crate::support::{Fleet, HostSpec, Mode, SERVICE, eventually, is_running};

#[test]
fn two_for_what_the_operator_wrote() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1").expect(0);
    let before = fleet.host().state();
    let run = fleet.release(&["vieww", "1"]).expect(2);
    assert!(run.stderr.contains("did you mean") && run.stderr.contains("view"), "{}", run.stderr);
    fleet.release(&["rollback", "prod"]).expect(2);
    fleet.release(&["view", "1", "--no-such-option"]).expect(2);
    fleet.toml("protectedd = true\n");
    let run = fleet.release(&["view", "1"]).expect(2);
    assert!(run.stderr.contains("protectedd") && run.stderr.contains("hosts.toml:2"), "{}", run.stderr);
    before.assert_same(&fleet.host().state());
}

#[test]
fn two_for_a_protected_target_with_nobody_to_ask() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.world.hosts_toml("app = 'app'\n[targets.prod]\nhosts = ['h1']\nprotected = true\n");
    fleet.dist(&crate::support::Tarball::new("app", "1"));
    for args in [&["prod", "1"][..], &["rollback", "prod"], &["forward", "prod"], &["prune", "prod"]] {
        let run = fleet.release(args).expect(2);
        assert!(run.stderr.contains("protected") && run.stderr.contains("--yes"), "{}", run.stderr);
    }
    assert!(!fleet.host().path(".release").exists());
    fleet.release(&["plan", "prod", "1"]).expect(0);
    fleet.release(&["--yes", "prod", "1"]).expect(0);
    fleet.assert_live("1");
}

#[test]
fn four_for_a_host_that_can_not_be_put_back() {
    let start =
        "start = 'test ! -e ~/no-more && bin/start; rc=$?; grep -q good live/MODE || touch ~/no-more; exit $rc'";
    let toml = SERVICE.replace("start = \"bin/start\"", start).replace("5s", "1s");
    let fleet = Fleet::serving(vec![HostSpec::new("h1"), HostSpec::new("h2")], &toml);
    fleet.deploy_app("1", Mode::Good).expect(0);
    let run = fleet.deploy_app("2", Mode::Wrong).expect(4);
    for word in ["h1", "h2", "broken"] {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
    let log = fleet.release(&["log", "--json"]).expect(0).json();
    assert_eq!(log["operations"][0]["record"]["outcome"], "broken");
    assert!(fleet.world.hosts().iter().all(|host| host.live().unwrap().ends_with("-1")), "the link is back");
    // The way out: mend it, and deploy again.
    fleet.world.hosts().iter().for_each(|host| std::fs::remove_file(host.path("no-more")).unwrap());
    fleet.deploy_app("3", Mode::Good).expect(0);
    fleet.assert_live("3");
}

#[test]
fn a_hundred_and_thirty_for_ctrl_c_while_it_prepares() {
    let fleet =
        Fleet::served(&["h1", "h2"], "[prepare]\nrun = ['test -e ~/calm || { echo $$ >~/began; sleep 60; }']\n");
    fleet.world.hosts().iter().for_each(|host| drop(host.write("calm", "")));
    fleet.deploy_app("1", Mode::Good).expect(0);
    std::fs::remove_file(fleet.world.host("h2").path("calm")).unwrap();
    let (before, pid) = (fleet.visible(), fleet.app().pid());
    fleet.dist(&crate::support::App::artifact("2", Mode::Good));
    let client = fleet.world.release_bg(&["view", "2"]);
    let began = fleet.world.host("h2").path("began");
    let mut command = None;
    eventually("the command runs", || {
        command = std::fs::read_to_string(&began).ok().and_then(|pid| pid.trim().parse().ok());
        command.is_some()
    });
    client.ctrl_c();
    let run = client.finish(Duration::from_secs(20)).expect(130);
    assert!(run.stderr.contains("undone") || run.stderr.contains("interrupted"), "{}", run.stderr);
    assert!(!is_running(command.unwrap()), "the command was ended");
    std::fs::remove_file(began).unwrap();
    fleet.assert_same(&before);
    fleet.assert_live("1");
    assert_eq!(fleet.app().pid(), pid, "nothing was restarted");
}

#[test]
fn a_hundred_and_thirty_for_ctrl_c_while_it_activates() {
    let fleet = Fleet::serving(vec![HostSpec::new("h1"), HostSpec::new("h2")], &SERVICE.replace("5s", "60s"));
    fleet.deploy_app("1", Mode::Good).expect(0);
    let before = fleet.visible();
    fleet.dist(&crate::support::App::artifact("2", Mode::Wrong));
    let client = fleet.world.release_bg(&["view", "2"]);
    let switched = |host: &crate::support::Host| host.live().is_some_and(|live| live.ends_with("-2"));
    eventually("both have switched", || fleet.world.hosts().iter().all(switched));
    client.ctrl_c();
    let run = client.finish(Duration::from_secs(20)).expect(130);
    assert!(run.stderr.contains("1 is live"), "{}", run.stderr);
    fleet.assert_same(&before);
    fleet.assert_live("1");
}
