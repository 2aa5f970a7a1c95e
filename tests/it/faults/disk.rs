//! A full disk: nothing is left half done, the room is given back, and a rollback needs none.

use super::site::{self, Site, UNDONE};
use crate::support::{App, Mode, SmallFs, World, eventually};

fn small() -> Option<(Site, SmallFs)> {
    let world = World::of(site::one());
    let small = SmallFs::over(world.hosts()[0].base(), 24, 2000)?;
    let site = Site::in_world(world, "");
    let path = site.artifact("1.0", Mode::Good);
    site.world.release(&["view", &path]).expect(0);
    Some((site, small))
}

#[test]
fn a_rollback_needs_no_room() {
    let Some((site, small)) = small() else { return };
    let path = site.artifact("1.1", Mode::Good);
    site.world.release(&["view", &path]).expect(0);
    small.fill();
    assert_eq!(small.free().1, 0, "no inode is left");
    let run = site.world.release(&["rollback", "view"]);
    assert_eq!(run.code, 0, "{}\n{}", run.stderr, site.journals());
    site.assert_all("1.0");
    let run = site.world.release(&["forward", "view"]);
    assert_eq!(run.code, 0, "a second one on the same full disk: {}\n{}", run.stderr, site.journals());
    site.assert_all("1.1");
    small.make_room();
    site.assert_next_deploy();
}

#[test]
fn no_room_is_seen_beforehand() {
    let Some((site, small)) = small() else { return };
    site.write(&App::artifact("1.1", Mode::Good).noise("big", 23 << 20));
    let before = small.free();
    let run = site.deploy().finish(UNDONE);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert_eq!(small.free(), before);
    site.assert_all("1.0");
}

/// The disk fills up while the deploy is at this point.
fn filled(held: &str, codes: &[i32]) {
    let Some((site, small)) = small() else { return };
    site.write(&App::artifact("1.1", Mode::Good).noise("big", 3 << 20));
    let before = small.free();
    site.hold(held);
    let client = site.deploy();
    eventually("it is held", || site.host().path(&format!("reached-{held}")).exists());
    small.fill();
    if held == "stop" {
        small.leave_a_little();
    }
    site.let_go(held);
    let run = client.finish(UNDONE);
    assert!(codes.contains(&run.code), "{held}: {}\n{}\n{}", run.code, run.stdout, site.journals());
    small.make_room();
    site.await_rest();
    site.assert_all(if run.code == 0 { "1.1" } else { "1.0" });
    if run.code != 0 {
        let after = small.free();
        // What stays is its log and its line in the ledger, the new ballast, and what the test itself wrote.
        assert!(before.0 - after.0 < 256 && before.1.saturating_sub(after.1) < 80, "{held}: {before:?} {after:?}");
    }
    site.assert_next_deploy();
}

#[test]
fn it_fills_up_before_the_upload() {
    filled("env", &[1]);
}

#[test]
fn it_fills_up_while_preparing() {
    filled("prepare", &[1]);
}

/// From here on it needs next to nothing: it may well succeed.
#[test]
fn it_fills_up_while_switching() {
    filled("stop", &[0, 5]);
    filled("health", &[0, 5]);
}
