//! `host_key` in hosts.toml: one key and no other, whatever known_hosts says.

use std::fs;
use std::path::PathBuf;

use crate::support::{Run, Tarball, World, key_pair};

fn fingerprint(world: &World) -> String {
    let known = fs::read_to_string(world.home().join("ssh/known_hosts")).unwrap();
    let public = known.split_once(' ').unwrap().1;
    let file = world.write("host.pub", public);
    let mut keygen = world.command("ssh-keygen");
    keygen.args(["-lf", file.to_str().unwrap()]);
    Run::of(keygen).ok().split(' ').nth(1).unwrap().to_owned()
}

fn with_key(world: &World, key: &str) {
    world.hosts_toml(&format!("app = \"app\"\n[[targets.view.hosts]]\naddress = \"h1\"\nhost_key = \"{key}\"\n"));
}

#[test]
fn the_pinned_key_is_enough() {
    let world = World::new(&["h1"]);
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    let key = fingerprint(&world);
    fs::remove_file(world.home().join("ssh/known_hosts")).unwrap();
    with_key(&world, &key);
    world.release(&["view", artifact.to_str().unwrap()]).expect(0);
}

#[test]
fn another_key_is_refused_although_known_hosts_has_it() {
    let world = World::new(&["h1"]);
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    with_key(&world, &format!("SHA256:{}", "A".repeat(43)));
    let run = world.release(&["view", artifact.to_str().unwrap()]).expect(3);
    assert!(run.stderr.contains("another host key than `host_key`"), "{}", run.stderr);
    assert_eq!(world.host("h1").live(), None);
}

fn known_hosts(world: &World, text: &str) -> PathBuf {
    let path = world.home().join("ssh/known_hosts");
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn an_unknown_key_is_refused_and_recorded_only_where_the_flag_says_so() {
    let world = World::new(&["h1"]);
    world.target("view");
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    let path = artifact.to_str().unwrap();
    let file = known_hosts(&world, "");
    let run = world.release(&["view", path]).expect(3);
    assert!(
        run.stderr.contains("its host key is not known here") && run.stderr.contains("--accept-new"),
        "{}",
        run.stderr
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "");
    assert_eq!((world.host("h1").sshd().connections(), world.host("h1").live()), (0, None));

    world.release(&["--accept-new", "view", path]).expect(0);
    let known = fs::read_to_string(&file).unwrap();
    world.write_known_hosts();
    let right = fs::read_to_string(&file).unwrap();
    let words = |text: &str| text.split_whitespace().take(3).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&known), words(&right));
    fs::write(&file, known).unwrap();
    world.release(&["rollback", "view"]).expect(3); // in, without the flag: there is just nothing before 1.0
    assert_eq!(world.host("h1").sshd().connections(), 2);
}

#[test]
fn a_changed_key_is_refused_whatever_the_flag_says() {
    let world = World::new(&["h1"]);
    world.target("view");
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    let (_, somebody_elses) = key_pair();
    let text = format!("[127.0.0.1]:{} {somebody_elses}\n", world.host("h1").port());
    let file = known_hosts(&world, &text);
    let run = world.release(&["--accept-new", "view", artifact.to_str().unwrap()]).expect(3);
    assert!(run.stderr.contains("its host key has changed") && run.stderr.contains("ssh-keygen -f"), "{}", run.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    assert_eq!((world.host("h1").sshd().connections(), world.host("h1").live()), (0, None));
}

#[test]
fn a_pin_holds_whatever_the_flag_says() {
    let world = World::new(&["h1"]);
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    let file = known_hosts(&world, "");
    with_key(&world, &format!("SHA256:{}", "A".repeat(43)));
    let run = world.release(&["--accept-new", "view", artifact.to_str().unwrap()]).expect(3);
    assert!(run.stderr.contains("another host key than `host_key`"), "{}", run.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), "");
    assert_eq!(world.host("h1").sshd().connections(), 0);
}

/// The ssh of a jump host hears nothing of our command line.
#[test]
fn the_key_of_a_jump_host_is_checked_as_strictly() {
    let world = World::new(&["gate", "h1"]);
    world.hosts_toml("app = \"app\"\n[[targets.view.hosts]]\naddress = \"h1\"\njump = \"gate\"\n");
    let config = fs::read_to_string(world.project().join("ssh_config")).unwrap();
    world.write("ssh_config", config.replace("StrictHostKeyChecking yes", "StrictHostKeyChecking no"));
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    let known = fs::read_to_string(world.home().join("ssh/known_hosts")).unwrap();
    let of_h1: String = known.lines().skip(1).map(|line| format!("{line}\n")).collect();
    let file = known_hosts(&world, &of_h1);
    world.release(&["view", artifact.to_str().unwrap()]).expect(3);
    assert_eq!(fs::read_to_string(&file).unwrap(), of_h1);
    assert_eq!(world.host("gate").sshd().connections(), 0);
    world.release(&["--accept-new", "view", artifact.to_str().unwrap()]).expect(0);
}
