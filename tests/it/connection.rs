//! The connection: what is left of it when a command is over.

use std::fs;
use std::process::Stdio;

use crate::support::{Background, Run, Tarball, World, belonging_to, eventually, is_called};

#[test]
fn no_ssh_stays_behind() {
    let world = World::new(&["h1", "h2"]);
    world.target("view");
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    for args in [&["view", artifact.to_str().unwrap()][..], &["status"], &["log"], &["lock", "view"], &["check"]] {
        world.release(args).expect(0);
        let masters: Vec<u32> = belonging_to(world.root()).into_iter().filter(|pid| is_called(*pid, "ssh")).collect();
        assert!(masters.is_empty(), "{args:?} left {masters:?}");
        if args[0] == "lock" {
            world.release(&["unlock", "view"]).expect(0);
        }
    }
}

#[test]
fn a_jump_host_is_jumped_over() {
    let world = World::new(&["gate", "h1"]);
    world.hosts_toml("app = \"app\"\n[[targets.view.hosts]]\naddress = \"h1\"\njump = \"gate\"\n");
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    world.release(&["view", artifact.to_str().unwrap()]).expect(0);
    assert!(world.host("h1").live().is_some());
    assert_eq!(world.host("gate").sshd().connections(), 1);
    assert_eq!(world.host("gate").live(), None);
}

/// The key is nowhere but in the agent, as it often is on a laptop.
#[test]
fn the_operators_agent_opens_the_door() {
    let world = World::new(&["h1"]);
    world.target("view");
    let socket = world.root().join("agent");
    let mut agent = world.command("ssh-agent");
    agent.args(["-D", "-a", socket.to_str().unwrap()]);
    let _agent = Background::start(agent, Stdio::null());
    eventually("the agent to listen", || socket.exists());
    let key = world.home().join("ssh/key");
    let mut add = world.command("ssh-add");
    add.arg(&key).env("SSH_AUTH_SOCK", &socket);
    Run::of(add).ok();
    fs::remove_file(&key).unwrap();
    let config = fs::read_to_string(world.project().join("ssh_config")).unwrap();
    world.write(
        "ssh_config",
        config
            .replace("IdentityAgent none", "IdentityAgent SSH_AUTH_SOCK")
            .replace("IdentitiesOnly yes", "IdentitiesOnly no"),
    );
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    let path = artifact.to_str().unwrap();
    world.release(&["view", path]).expect(3);
    let mut release = world.release_command(&["view", path]);
    release.env("SSH_AUTH_SOCK", &socket);
    Run::of(release).expect(0);
}
