//! What makes it fast, as counts: connections, channels, memory. Times are `cargo bench`'s.

use std::time::Duration;

use crate::support::{Tarball, World, wait_until};

/// What a command costs on a host: new connections, and commands started over them.
fn cost(world: &World, args: &[&str]) -> (usize, usize) {
    let sshd = world.hosts().iter().map(|host| host.sshd()).collect::<Vec<_>>();
    let now = || sshd.iter().map(|s| (s.connections(), s.exec_channels())).collect::<Vec<_>>();
    let before = now();
    world.release(args).expect(0);
    let each = now().into_iter().zip(before).map(|(now, before)| (now.0 - before.0, now.1 - before.1));
    each.reduce(|a, b| (a.0.max(b.0), a.1.max(b.1))).unwrap()
}

#[test]
fn one_connection_and_few_channels() {
    let world = World::new(&["h1", "h2"]);
    let shared: Vec<String> = (1..=9).map(|n| format!("shared-{n}")).collect();
    world.hosts_toml(&format!("app = \"app\"\nshared = {shared:?}\n[targets.view]\nhosts = [\"h1\", \"h2\"]\n"));
    for version in ["1.0", "1.1"] {
        let artifact = Tarball::new("app", version).write(&world.project());
        let (connections, channels) = cost(&world, &["view", artifact.to_str().unwrap()]);
        assert_eq!(connections, 1);
        assert!(channels <= 2, "a deploy started {channels} commands on a host: the session and the upload are two");
    }
    for args in [&["rollback"][..], &["forward"], &["status"], &["log"], &["lock", "view"], &["unlock", "view"]] {
        assert_eq!(cost(&world, args), (1, 1), "{args:?}");
    }
    // These find out whether a deploy would have its two.
    for args in [&["check", "view"][..], &["plan", "view", "app-1.1.tar.gz"]] {
        let (connections, channels) = cost(&world, args);
        assert!(connections == 1 && channels <= 2, "{args:?}: {connections}, {channels}");
    }
}

/// A release is never in memory: neither when it is checked nor when it is sent.
#[test]
fn a_large_release_takes_little_memory() {
    let world = World::new(&["h1"]);
    world.target("view");
    let artifact = Tarball::write_large(&world.project(), "1.0", 100 << 20);
    let mut deploy = world.release_bg(&["view", artifact.to_str().unwrap()]);
    let mut peak = 0;
    let ended = wait_until(Duration::from_secs(60), || {
        peak = peak.max(deploy.peak_kib().unwrap_or(0));
        !deploy.is_running()
    });
    assert!(ended, "100 MB take less than a minute");
    deploy.finish(Duration::from_secs(1)).expect(0);
    assert_eq!(world.host("h1").path("live/noise").metadata().unwrap().len(), 100 << 20);
    assert!((1024..64 * 1024).contains(&peak), "{peak} KiB");
}
