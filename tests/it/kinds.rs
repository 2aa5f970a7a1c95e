//! Hosts of other kinds: login shells, noisy logins, other userlands.

use crate::support::{Fleet, HostSpec, LoginShell, Mode, SERVICE, Userland};

/// Deploy, rollback and status, with a service.
fn works(specs: Vec<HostSpec>) {
    let fleet = Fleet::serving(specs, &format!("shared = ['log']\n{SERVICE}"));
    for version in ["1.0", "1.1"] {
        fleet.deploy_app(version, Mode::Good).expect(0);
        fleet.assert_live(version);
    }
    fleet.deploy_app("1.2", Mode::Crash).expect(5);
    fleet.assert_live("1.1");
    fleet.release(&["rollback"]).expect(0);
    fleet.assert_live("1.0");
    let status = fleet.release(&["status", "--json"]).expect(0).json();
    for host in status["targets"][0]["hosts"].as_array().unwrap() {
        assert_eq!((host["live"]["version"].as_str(), host["reachable"].as_bool()), (Some("1.0"), Some(true)));
    }
}

#[test]
fn login_shells_of_every_family() {
    let shells = [LoginShell::Bash, LoginShell::Dash, LoginShell::Fish, LoginShell::Tcsh, LoginShell::Mksh];
    let specs = shells.iter().zip(["bash", "dash", "fish", "tcsh", "mksh"]);
    let fleet = Fleet::of(specs.map(|(shell, name)| HostSpec::new(name).shell(*shell)).collect(), "");
    fleet.deploy("1").expect(0);
    fleet.deploy("2").expect(0);
    fleet.assert_live("2");
    fleet.release(&["rollback"]).expect(0);
    fleet.assert_live("1");
    let status = fleet.release(&["status", "--json"]).expect(0).json();
    let hosts = status["targets"][0]["hosts"].as_array().unwrap();
    assert!(hosts.len() == 5 && hosts.iter().all(|host| host["live"]["version"] == "1"), "{status}");
}

#[test]
fn a_login_that_talks_before_it_listens() {
    let fleet = Fleet::of(vec![HostSpec::new("h1").shell(LoginShell::Bash)], "");
    // Long, with escapes, and with a last line that does not end.
    fleet
        .host()
        .write(".bashrc", "for i in $(seq 50); do echo \"welcome $i\"; done\nprintf '\\033[31mquota: 3 %%\\033[0m '\n");
    fleet.deploy("1").expect(0);
    fleet.deploy("2").expect(0);
    fleet.release(&["rollback"]).expect(0);
    fleet.assert_live("1");
    let id = fleet.release(&["log", "--json"]).expect(0).json()["operations"][0]["record"]["id"].clone();
    fleet.release(&["log", "view", id.as_str().unwrap()]).expect(0);
}

#[test]
fn a_login_that_lets_nobody_in_is_told_from_one_that_talks() {
    let fleet = Fleet::of(vec![HostSpec::new("h1").shell(LoginShell::Bash)], "");
    fleet.host().write(".bashrc", "echo 'This account is closed.'\nexit 1\n");
    let run = fleet.deploy("1").expect(3);
    assert!(run.stderr.contains("This account is closed.") && run.stderr.contains("h1"), "{}", run.stderr);
    fleet.host().write(".bashrc", "exit 0\n");
    fleet.deploy("1").expect(3);
}

#[test]
fn gnu_and_busybox_in_one_fleet() {
    works(vec![HostSpec::new("gnu"), HostSpec::new("busybox").userland(Userland::BusyBox)]);
}

fn toybox() -> HostSpec {
    let spec = HostSpec::new("h1").userland(Userland::Toybox);
    ["wget", "dd", "tr"].into_iter().fold(spec, HostSpec::program)
}

#[test]
fn an_operation_that_was_slow_to_start_is_not_swept_away() {
    let fleet = Fleet::of(vec![toybox()], "");
    fleet.host().write(".release/new/20260101-000000-deploy-slow1/plan", "");
    let waiting = fleet.host().path(".release/new/20260101-000000-deploy-slow1");
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    std::fs::File::open(&waiting).unwrap().set_modified(then).unwrap();
    fleet.deploy("1").expect(0);
    assert!(waiting.join("plan").exists());
}

#[test]
fn toybox_with_what_it_lacks() {
    works(vec![toybox()]);
}

#[test]
fn toybox_alone_is_refused_and_says_why() {
    let fleet = Fleet::of(vec![HostSpec::new("h1").userland(Userland::Toybox)], "");
    let run = fleet.deploy("1").expect(3);
    for reason in ["dd is not installed", "tr is not installed"] {
        assert!(run.stderr.contains(reason), "{reason}: {}", run.stderr);
    }
    assert!(!fleet.host().path(".release").exists());
}
