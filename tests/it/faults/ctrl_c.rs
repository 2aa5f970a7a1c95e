//! Ctrl-C, and a laptop that slept.

use super::clients::await_step;
use super::site::{self, Site, UNDONE, journal};
use std::time::Duration;

use crate::support::{Background, HostSpec, Tarball, World, eventually};

fn held(step: &str) -> (Site, Background) {
    let site = Site::new(site::two());
    site.hold(step);
    let mut client = site.deploy();
    for host in site.world.hosts() {
        await_step(&mut client, host.name(), step);
        eventually("the command is held", || host.path(&format!("reached-{step}")).exists());
    }
    (site, client)
}

#[test]
fn once_undoes() {
    std::thread::scope(|scope| {
        for step in ["prepare", "start", "health"] {
            scope.spawn(move || {
                let (site, client) = held(step);
                client.ctrl_c();
                let run = client.finish(UNDONE);
                assert_eq!(run.code, 130, "{step}: {}\n{}", run.stdout, site.journals());
                site.await_rest();
                site.assert_all("1.0");
            });
        }
    });
}

/// The second one leaves at once; the hosts undo by themselves.
#[test]
fn twice_leaves() {
    let (site, mut client) = held("start");
    site.hold("stop"); // which is how the start is undone
    client.ctrl_c();
    for host in site.world.hosts() {
        eventually("it is being undone", || host.path("reached-stop").exists());
    }
    client.await_text("interrupted");
    client.ctrl_c();
    let run = client.finish(UNDONE);
    assert_eq!(run.code, 6, "{}", run.stdout);
    assert!(run.stdout.contains("release status view"), "{}", run.stdout);
    assert!(!site.is_at_rest());
    site.let_go("stop");
    site.await_rest();
    site.assert_all("1.0");
}

/// Stopped for longer than its lease, the client finds the work undone, and says that it was itself to blame.
#[test]
fn a_frozen_client_is_fenced() {
    let (site, client) = held("health");
    client.signal("STOP");
    site.await_rest();
    site.let_go("health");
    client.signal("CONT");
    let run = client.finish(UNDONE);
    assert_eq!(run.code, 5, "{}\n{}", run.stdout, site.journals());
    assert!(run.stdout.contains("the client was silent for 3 s"), "{}", run.stdout);
    site.assert_all("1.0");
    for host in site.world.hosts() {
        assert!(!journal(host).contains("confirmed"));
    }
    site.assert_next_deploy();
}

/// After the confirmation there is no way back: it finishes.
#[test]
fn too_late() {
    let site = Site::new(site::one());
    let client = site.deploy();
    let h1 = site.host();
    eventually("it is confirmed", || {
        h1.live().is_some_and(|live| live.ends_with("1.1")) && journal(h1).contains(" confirmed")
    });
    client.ctrl_c();
    let run = client.finish(UNDONE);
    assert_eq!(run.code, 0, "{}", run.stdout);
    site.await_rest();
    site.assert_all("1.1");
}

#[test]
fn before_anything_began_it_just_ends() {
    let world = World::of(vec![HostSpec::new("h1").relay()]);
    world.target("view");
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    let relay = world.host("h1").relay();
    relay.freeze();
    for args in [&["view", artifact.to_str().unwrap()][..], &["status"]] {
        let before = relay.connections();
        let client = world.release_bg(args);
        eventually("the client to wait for the host", || relay.connections() > before);
        client.ctrl_c();
        let run = client.finish(Duration::from_secs(5)).expect(130);
        assert!(run.stderr.contains("interrupted; nothing was changed"), "{}", run.stderr);
    }
}
