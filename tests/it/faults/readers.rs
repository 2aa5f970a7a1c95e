//! Readers that never stop, while real operations swap `live` under them.

use crate::support::{Hammer, HostSpec, Nginx, Serves, Tarball, Userland, World};

/// Goes back and forth until the readers have opened it this often, and four times at least.
fn swaps(world: &World, enough: impl Fn() -> bool) {
    let mut swaps = 0;
    while swaps < 4 || (swaps < 40 && !enough()) {
        world.release(&["rollback", "view"]).expect(0);
        world.release(&["forward", "view"]).expect(0);
        swaps += 2;
    }
}

fn two_releases(world: &World) {
    world.target("view");
    for version in ["1.0", "1.1"] {
        let artifact = Tarball::new("app", version).file("www/page", version).write(&world.project());
        world.release(&["view", artifact.to_str().unwrap()]).expect(0);
    }
}

#[test]
fn a_reader_never_misses_the_link() {
    let hosts = vec![HostSpec::new("gnu"), HostSpec::new("busybox").userland(Userland::BusyBox)];
    let world = World::of(hosts);
    two_releases(&world);
    let hammers: Vec<Hammer> = world.hosts().iter().map(|host| Hammer::file(host.path("live/VERSION"), 1)).collect();
    swaps(&world, || hammers.iter().all(|hammer| hammer.asked() > 200_000));
    for (hammer, host) in hammers.into_iter().zip(world.hosts()) {
        hammer.await_more(1000);
        let tally = hammer.stop();
        eprintln!("{}: {tally:?}", host.name());
        assert!(tally.ok() > 200_000, "{}: {tally:?}", host.name());
        assert!(tally.bad.is_empty(), "{}: {tally:?}", host.name());
        assert_eq!(tally.good.keys().collect::<Vec<_>>(), ["1.0", "1.1"], "both were seen");
    }
}

#[test]
fn nginx_never_misses_it_either() {
    let world = World::new(&["h1"]);
    two_releases(&world);
    let host = world.host("h1");
    let nginx = Nginx::start(&world.root().join("nginx"), host.base(), Serves::Files);
    let hammer = Hammer::http(nginx.port(), "/page", 2);
    swaps(&world, || hammer.asked() > 2000);
    hammer.await_more(100);
    let tally = hammer.stop();
    eprintln!("{tally:?}");
    assert!(tally.bad.is_empty(), "{tally:?}\n{}", nginx.log());
    assert_eq!(tally.good.keys().collect::<Vec<_>>(), ["1.0", "1.1"], "both were seen");
}
