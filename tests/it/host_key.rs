//! `host_key` in hosts.toml: one key and no other, whatever known_hosts says.

use std::fs;

use crate::support::{Run, Tarball, World};

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
