//! An undo that found no room for its note is killed in the middle: what it had started is ended before it is undone again.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

use super::site::{self, Site, forsake, holder, names};
use super::supervisor::held;
use crate::support::{eventually, is_running, signal};

/// A journal that takes no line, as on a full disk.
fn writable(site: &Site, mode: u32) {
    let id = names(site.host(), ".release/tx").pop().expect("an operation is under way");
    set_permissions(site.host().path(&format!(".release/tx/{id}/journal")), Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_an_undo_without_a_note_started_is_ended() {
    let site = Site::new(site::one());
    site.hold("health");
    let client = site.deploy();
    eventually("the health is held", || site.host().path("reached-health").exists());
    writable(&site, 0o400);
    site.hold("start");
    client.signal("INT");
    eventually("the undo is held", || site.host().path("reached-start").exists());
    let supervisor = holder(site.host()).unwrap();
    client.signal("STOP");
    forsake(site.host());
    signal("KILL", &[supervisor]);
    client.sigkill();
    eventually("the supervisor is gone", || !is_running(supervisor));
    writable(&site, 0o600);
    assert_eq!(held(&site), 1, "the start of the undo goes on");
    site.world.release(&["recover", "view"]).expect(0);
    assert_eq!(held(&site), 0, "the start of a dead undo still runs\n{}", site.journals());
    site.assert_all("1.0");
    site.assert_next_deploy();
}
