//! An account that can't read what is kept on a host says so, and nothing untrue.

use std::os::unix::fs::chown;

use crate::support::Fleet;

/// Capistrano with several deploy users; and a ledger of root's, because somebody ran it with sudo once.
#[test]
fn state_of_another_account_is_told_as_unreadable_and_nothing_is_done() {
    for closed in [".release", ".release/ledger"] {
        let fleet = Fleet::files(&["h1"], "");
        fleet.deploy("1").expect(0);
        fleet.deploy("2").expect(0);
        let path = fleet.host().path(closed);
        chown(&path, Some(0), Some(0)).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        let said = format!("{}, of uid 0, can't be read by", path.display());
        let status = fleet.release(&["status"]).expect(0).stdout;
        assert!(status.contains(&said) && !status.contains(" ok\n"), "{status}");
        let check = fleet.release(&["check", "view"]).expect(3).stdout;
        assert!(check.contains(&said), "{check}");
        for args in [
            &["log", "view"][..],
            &["rollback"],
            &["prune", "view", "--dry-run"],
            &["recover", "view"],
            &["adopt", "view"],
        ] {
            let run = fleet.release(args).expect(3);
            assert!(run.stderr.contains(&said), "{args:?} {} {}", run.stdout, run.stderr);
        }
        fleet.assert_live("2");
    }
}
