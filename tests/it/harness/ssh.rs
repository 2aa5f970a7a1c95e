//! The door to a host, and who ends what.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use crate::support::{Background, HostSpec, World, eventually, is_running};

#[test]
fn commands_run_at_home_as_the_account_and_are_counted() {
    let world = World::new(&["h1", "h2"]);
    let h1 = world.host("h1");
    assert_eq!(world.ssh("h1", "pwd; echo $HOME").ok(), format!("{0}\n{0}", h1.base().display()));
    world.ssh("h2", "touch mine").ok();
    assert!(world.host("h2").path("mine").exists() && !h1.path("mine").exists());
    assert_eq!(world.ssh("h1", "exit 7").code, 7);
    world.ssh("h1", "cat >copy").ok();
    assert_eq!(h1.read("copy").as_deref(), Some(""), "nothing comes on standard input");
    assert_eq!((h1.sshd().connections(), h1.sshd().exec_channels()), (3, 3));
}

#[test]
fn a_master_carries_many_channels_on_one_connection() {
    let spec = HostSpec::new("h1").ssh_option("ControlMaster auto").ssh_option("ControlPath m-%C");
    let world = World::of(vec![spec]);
    let master = Background::start(world.ssh_command("h1", &["sleep 30"]), Stdio::null());
    let sshd = world.host("h1").sshd();
    eventually("the master runs its command", || sshd.exec_channels() == 1);
    assert_eq!(world.ssh("h1", "echo hi").ok(), "hi");
    assert_eq!((sshd.connections(), sshd.exec_channels()), (1, 2));
    sshd.kill_sessions();
    assert_eq!(master.finish(Duration::from_secs(5)).code, 255);
}

#[test]
fn a_wrong_host_key_a_refused_key_and_a_closed_door_stop_ssh() {
    let mut world = World::new(&["h1"]);
    fs::write(world.home().join("ssh/known_hosts"), "").unwrap();
    assert!(world.ssh("h1", "true").expect(255).stderr.contains("Host key verification failed"));
    world.write_known_hosts();
    world.host("h1").sshd().accept_key(false);
    assert!(world.ssh("h1", "true").expect(255).stderr.contains("Permission denied (publickey)"));
    world.host("h1").sshd().accept_key(true);
    world.host_mut("h1").sshd_mut().stop();
    assert!(world.ssh("h1", "true").expect(255).stderr.contains("Connection refused"));
    world.host_mut("h1").sshd_mut().start();
    world.ssh("h1", "true").ok();
}

#[test]
fn a_session_outlives_a_stopped_door_and_dies_when_killed() {
    let mut world = World::new(&["h1"]);
    let session = Background::start(world.ssh_command("h1", &["touch began; sleep 30"]), Stdio::null());
    eventually("the command runs", || world.host("h1").path("began").exists());
    world.host_mut("h1").sshd_mut().stop();
    assert!(!world.host("h1").sshd().sessions().is_empty());
    world.host("h1").sshd().kill_sessions();
    assert_eq!(session.finish(Duration::from_secs(5)).code, 255);
}

#[test]
fn what_a_session_leaves_behind_ends_with_the_world() {
    let world = World::new(&["h1"]);
    let pid = world.ssh("h1", "cd /; setsid sleep 60 >/dev/null 2>&1 </dev/null & echo $!").ok().parse().unwrap();
    assert!(is_running(pid));
    drop(world);
    assert!(!is_running(pid));
}

#[test]
fn the_binary_runs_in_the_operators_bare_world() {
    let world = World::new(&["h1"]);
    world.target("view");
    assert!(fs::read_to_string(world.project().join("hosts.toml")).unwrap().contains("hosts = [\"h1\"]"));
    assert_eq!(world.release(&["--version"]).stderr.matches("panicked").count(), 0);
    let env = crate::support::Run::of(world.command("env")).ok();
    assert!(!env.contains("SSH_AUTH_SOCK") && !env.contains("CARGO"), "{env}");
}
