//! A deploy is done, and the ledger takes no line: nothing begins until it is written down, or the two would change places.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

use super::site::{self, Site, UNDONE};
use crate::support::{Mode, eventually};

fn ledger(site: &Site, mode: u32) {
    set_permissions(site.host().path(".release/ledger"), Permissions::from_mode(mode)).unwrap();
}

#[test]
fn nothing_begins_before_what_was_done_is_in_the_ledger() {
    let site = Site::new(site::one());
    site.hold("health");
    let client = site.deploy();
    eventually("the health is held", || site.host().path("reached-health").exists());
    ledger(&site, 0o400);
    site.let_go("health");
    let run = client.finish(UNDONE);
    assert_eq!(run.code, 4, "{}\n{}", run.stdout, site.journals());
    let next = site.artifact("1.2", Mode::Good);
    let run = site.world.release(&["view", &next]).expect(3);
    assert!(run.stderr.contains("is done and not in the ledger"), "{}", run.stderr);
    assert!(run.stderr.contains("nothing was changed"), "{}", run.stderr);
    ledger(&site, 0o600);
    site.world.release(&["recover", "view"]).expect(0);
    site.assert_all("1.1");
    site.world.release(&["view", &next]).expect(0);
    site.world.release(&["rollback", "view"]).expect(0);
    site.assert_all("1.1");
}
