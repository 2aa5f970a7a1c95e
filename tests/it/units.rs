//! `[service] systemd = "..."`: a system unit and a user unit, under a real systemd.

use crate::support::{Fleet, HostSpec, Login, Mode, systemd};

/// A host with the application as a unit, once for the system and once for the account.
fn fleet(user: bool) -> Fleet {
    let fleet = Fleet::serving(vec![HostSpec::new("h1").systemd()], "");
    let (host, app) = (fleet.host(), fleet.app());
    let service = format!(
        "WorkingDirectory={0}/live\nExecStart={0}/live/bin/server {1}\nRestart=always\nRestartSec=100ms\n",
        host.base().display(),
        app.port()
    );
    if user {
        host.write(".config/systemd/user/app.service", format!("[Service]\n{service}"));
        fleet.world.ssh("h1", "systemctl --user daemon-reload").ok();
    } else {
        host.systemd().unit("app.service", &format!("[Service]\nUser={}\n{service}", Login::get().name));
    }
    let health = app.toml().split_once("[health]").unwrap().1.replace("5s", "3s");
    fleet.toml(&format!("[service]\nsystemd = 'app.service'\nuser = {user}\n\n[health]{health}"));
    fleet
}

fn deployed_and_taken_back(user: bool) {
    if !systemd::possible() {
        return eprintln!("skipped: only root can boot a systemd in namespaces");
    }
    let fleet = fleet(user);
    fleet.release(&["check", "view"]).expect(0);
    // A first deploy that never comes up: nothing is left running.
    fleet.deploy_app("0.9", Mode::Crash).expect(5);
    assert_eq!(fleet.app().version(), None);
    for version in ["1.0", "1.1"] {
        fleet.deploy_app(version, Mode::Good).expect(0);
        fleet.assert_live(version);
    }
    for (version, mode) in [("1.2", Mode::Crash), ("1.3", Mode::Flap(0.4))] {
        let run = fleet.deploy_app(version, mode).expect(5);
        assert!(run.stderr.contains("app.service"), "{mode:?}: {}", run.stderr);
        fleet.assert_live("1.1");
    }
    fleet.release(&["rollback"]).expect(0);
    fleet.assert_live("1.0");
}

#[test]
fn a_system_unit_is_restarted_and_seen_to_stay_up() {
    deployed_and_taken_back(false);
}

#[test]
fn a_user_unit_is_restarted_and_seen_to_stay_up() {
    deployed_and_taken_back(true);
}

#[test]
fn a_unit_that_is_not_there_is_refused() {
    if !systemd::possible() {
        return eprintln!("skipped: only root can boot a systemd in namespaces");
    }
    let fleet = fleet(false);
    fleet.toml("[service]\nsystemd = 'other.service'\n");
    let run = fleet.deploy("1").expect(3);
    assert!(run.stderr.contains("does not know the unit"), "{}", run.stderr);
}
