//! What arrives is what was promised, or it never becomes a release.

use std::fs;

use super::clients::await_step;
use super::site::{self, Site, names};
use crate::support::{App, HostSpec, Mode, eventually, mode};

/// Killed after a part of the artifact went up: what arrived is no release, and takes no room.
#[test]
fn a_killed_client_leaves_no_part_of_it() {
    let site = Site::new(vec![HostSpec::new("h1").relay(), HostSpec::new("h2").relay()]);
    site.write(&App::artifact("1.1", Mode::Good).noise("big", 16 << 20));
    let up: Vec<u64> = site.world.hosts().iter().map(|host| host.relay().up()).collect();
    for host in site.world.hosts() {
        host.relay().trickle(4 << 20);
    }
    let mut client = site.deploy();
    await_step(&mut client, "h1", "upload");
    await_step(&mut client, "h2", "upload");
    eventually("a good part went up", || {
        site.world.hosts().iter().zip(&up).all(|(host, up)| host.relay().up() > up + (2 << 20))
    });
    client.sigkill();
    for host in site.world.hosts() {
        host.relay().trickle(0);
    }
    site.await_rest();
    site.assert_all("1.0");
    for host in site.world.hosts() {
        assert_eq!(host.releases().len(), 1);
        for log in names(host, ".release/logs") {
            assert!(!names(host, &format!(".release/logs/{log}")).iter().any(|name| name.starts_with("artifact")));
        }
    }
    site.assert_next_deploy();
}

/// Changed on this side after it was checked: as long as it was, longer, and shorter.
#[test]
fn a_changed_artifact_is_found_out() {
    let good = App::artifact("1.1", Mode::Good).noise("big", 1 << 20).bytes();
    let mut other = good.clone();
    let at = other.len() / 2;
    other[at] ^= 1;
    let longer = [good.clone(), vec![0; 100]].concat();
    let shorter = good[..good.len() - 1].to_vec();
    std::thread::scope(|scope| {
        for changed in [other, longer, shorter] {
            scope.spawn(|| {
                let site = Site::new(vec![HostSpec::new("h1").relay()]);
                let path = site.write(&App::artifact("1.1", Mode::Good).noise("big", 1 << 20));
                let relay = site.host().relay();
                let before = relay.connections();
                relay.freeze();
                let client = site.deploy();
                eventually("it was checked, and the client connects", || relay.connections() > before);
                fs::write(&path, changed).unwrap();
                relay.thaw();
                let run = client.finish(site::UNDONE);
                assert_eq!(run.code, 1, "{}\n{}", run.stdout, site.journals());
                site.await_rest();
                site.assert_all("1.0");
            });
        }
    });
}

/// It arrives, and the last step that makes an artifact of it fails.
#[test]
fn what_cannot_be_put_in_its_place_is_not_waited_for() {
    let site = Site::new(vec![HostSpec::new("h1").own_bin()]);
    let mv = "#!/bin/sh\ncase $2 in */artifact) exit 1 ;; esac\nPATH=/usr/bin:/bin exec mv \"$@\"\n";
    site.host().write("bin/mv", mv);
    mode(&site.host().path("bin/mv"), 0o755);
    let run = site.world.release(&["view", "app-1.1.tar.gz"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("could not be sent"), "{}", run.stderr);
    site.await_rest();
    site.assert_all("1.0");
}
