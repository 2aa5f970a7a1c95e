//! A full disk: nothing is left half done, the room is given back, and a rollback needs none.

use crate::campaign::{Tally, caught, trials};
use crate::faults::site::{self, Site, UNDONE};
use crate::support::{App, Mode, Room, SmallFs, World, eventually};

/// What a deploy of 1.1 brings, in bytes that no compression makes smaller.
const NOISE: usize = 300 << 10;

/// A host with 1.0 live on a disk of 24 MiB.
fn small() -> Option<(Site, SmallFs)> {
    let world = World::of(site::one());
    let small = SmallFs::over(world.hosts()[0].base(), 24, 2000)?;
    let site = Site::in_world(world, "");
    let path = site.artifact("1.0", Mode::Good);
    site.world.release(&["view", &path]).expect(0);
    site.write(&App::artifact("1.1", Mode::Good).noise("noise", NOISE));
    Some((site, small))
}

/// Two rollbacks a time: the second on a disk that the first has left full.
#[test]
fn a_rollback_needs_no_room() {
    let Some((site, small)) = small() else { return };
    site.deploy().finish(UNDONE).expect(0);
    let mut tally = Tally::new("disk: rollback with 0 bytes and 0 inodes free");
    let versions = [("rollback", "1.0"), ("forward", "1.1")];
    for turn in 0..trials(2, 50) {
        // What the operation before had open may come free a moment later.
        eventually("nothing is left", || {
            small.fill();
            small.free() == (0, 0)
        });
        for step in 0..2 {
            let (verb, version) = versions[(turn + step) % 2];
            let outcome = caught(|| {
                let run = site.world.release(&[verb, "view"]);
                assert_eq!(run.code, 0, "{}\n{}", run.stderr, site.journals());
                site.assert_all(version);
            });
            tally.trial(outcome.map_err(|broken| format!("{verb}, turn {turn}: {broken}")));
        }
        // One that has room puts some by for the next ones.
        small.make_room();
        site.world.release(&[versions[turn % 2].0, "view"]).expect(0);
    }
    site.assert_next_deploy();
    tally.finish();
}

/// Fills the disk up to `room` while a deploy is held at this point: then it runs full wherever it gets to.
fn runs_full(site: &Site, small: &SmallFs, held: &str, room: Room, codes: &[i32]) {
    let before = small.free();
    site.hold(held);
    let client = site.deploy();
    eventually("it is held", || site.host().path(&format!("reached-{held}")).exists());
    small.leave(room);
    site.let_go(held);
    let run = client.finish(UNDONE);
    assert!(codes.contains(&run.code), "{}\n{}\n{}", run.code, run.stdout, site.journals());
    small.make_room();
    site.await_rest();
    if run.code == 0 {
        site.assert_all("1.1");
        site.world.release(&["rollback", "view"]).expect(0);
    } else {
        site.assert_all("1.0");
        let after = small.free();
        // What stays is its log and its line in the ledger, the new ballast, and what the test itself wrote.
        let (blocks, inodes) = (before.0.saturating_sub(after.0), before.1.saturating_sub(after.1));
        assert!(blocks < 256 && inodes < 80, "not given back: {before:?} {after:?}");
    }
}

/// From `from` to `to` in so many steps.
fn sweep(from: u64, to: u64, steps: usize) -> impl Iterator<Item = u64> {
    (0..steps as u64).map(move |n| from + (to - from) * n / steps as u64)
}

#[test]
fn it_runs_full_at_every_stage() {
    let Some((site, small)) = small() else { return };
    let mut tally = Tally::new("disk: full or out of inodes at every stage of a deploy");
    let mut each = |held: &str, rooms: &mut dyn Iterator<Item = Room>, codes: &[i32]| {
        for room in rooms {
            let outcome = caught(|| runs_full(&site, &small, held, room, codes));
            tally.trial(outcome.map_err(|broken| format!("{room:?} left at {held}: {broken}")));
        }
    };
    // Before the upload: it runs full there, or while unpacking, preparing, switching.
    each("env", &mut sweep(0, 760, trials(2, 38)).map(Room::Kib), &[0, 1, 5]);
    each("env", &mut sweep(0, 60, trials(1, 30)).map(Room::Inodes), &[0, 1, 5]);
    each("prepare", &mut sweep(0, 64, trials(1, 16)).map(Room::Kib), &[0, 1, 5]);
    each("prepare", &mut sweep(0, 32, trials(1, 16)).map(Room::Inodes), &[0, 1, 5]);
    // The sample application cannot start without a little for its pid.
    each("stop", &mut sweep(16, 64, trials(1, 12)).map(Room::Kib), &[0, 5]);
    each("stop", &mut sweep(4, 16, trials(1, 12)).map(Room::Inodes), &[0, 5]);
    each("health", &mut sweep(16, 64, trials(1, 6)).map(Room::Kib), &[0, 5]);
    site.assert_next_deploy();
    tally.finish();
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
