//! `release setup --boot-hook`: one line in the account's crontab, and nobody else's touched.

use crate::campaign::reboot::{CRONTAB, hook};
use crate::faults::site::leftovers;
use crate::support::{Fleet, HostSpec, Login};

fn fleet() -> Fleet {
    let fleet = Fleet::of(vec![HostSpec::new("h1").own_bin()], "");
    let host = fleet.host();
    Login::get().program(&host.path("bin/crontab"), CRONTAB);
    fleet
}

#[test]
fn it_is_put_there_once_and_taken_away() {
    let fleet = fleet();
    let own = "MAILTO=''\n5 * * * * true\n";
    fleet.host().write("crontab.txt", own);
    for _ in 0..2 {
        fleet.release(&["setup", "view", "--boot-hook"]).expect(0);
        let line = format!("@reboot {}\n", hook(fleet.host()));
        assert_eq!(fleet.host().read("crontab.txt").unwrap(), format!("{own}{line}"));
    }
    fleet.deploy("1").expect(0);
    // Nothing is open, so it does nothing.
    let before = fleet.host().state();
    fleet.world.ssh("h1", &hook(fleet.host())).ok();
    before.assert_same(&fleet.host().state());
    for _ in 0..2 {
        fleet.release(&["setup", "view", "--no-boot-hook"]).expect(0);
        assert_eq!(fleet.host().read("crontab.txt").unwrap(), own);
        assert!(!fleet.host().path(".release/recover").exists());
    }
}

/// The host went down between two steps of no operation: while one had not yet the lock, or no longer anything but it.
#[test]
fn it_tidies_up_where_no_operation_is_open() {
    let fleet = fleet();
    fleet.release(&["setup", "view", "--boot-hook"]).expect(0);
    fleet.deploy("1").expect(0);
    let host = fleet.host();
    let boot = "00000000-0000-4000-8000-000000000000";
    let lock =
        || drop(host.write(".release/lock/90", format!("held {boot} 1 1 20260101-000000-deploy-x deploy - me\n")));
    let new = || {
        for (file, text) in [("plan", "op deploy\n"), ("journal", ""), ("sig", &format!("begin {boot}\n"))] {
            host.write(&format!(".release/new/20260101-000000-deploy-x/{file}"), text);
        }
    };
    for what in [&lock as &dyn Fn(), &new] {
        what();
        assert_ne!(leftovers(host), Vec::<String>::new());
        fleet.world.ssh("h1", &hook(host)).ok();
        assert_eq!(leftovers(host), Vec::<String>::new());
    }
    // What has begun since the boot is not touched.
    let now = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    host.write(".release/new/20260101-000000-deploy-y/sig", format!("begin {now}"));
    fleet.world.ssh("h1", &hook(host)).ok();
    assert_eq!(leftovers(host), ["20260101-000000-deploy-y"]);
}

#[test]
fn a_first_crontab_is_made() {
    let fleet = fleet();
    fleet.release(&["setup", "view", "--boot-hook"]).expect(0);
    assert_eq!(fleet.host().read("crontab.txt").unwrap().lines().count(), 1);
}

/// What can't be read is not written over, and where there is no cron that is said.
#[test]
fn a_crontab_that_can_not_be_read_stays() {
    let fleet = fleet();
    let broken = "#!/bin/sh\n[ \"$1\" = -l ] && { echo 'you may not use it' >&2; exit 1; }\n: >\"$HOME/written\"\n";
    Login::get().program(&fleet.host().path("bin/crontab"), broken);
    let run = fleet.release(&["setup", "view", "--boot-hook"]).expect(1);
    assert!(run.stderr.contains("can't read the crontab: you may not use it"), "{}", run.stderr);
    assert!(!fleet.host().path("written").exists());

    std::fs::remove_file(fleet.host().path("bin/crontab")).unwrap();
    if fleet.world.ssh("h1", "command -v crontab").code != 0 {
        let run = fleet.release(&["setup", "view", "--boot-hook"]).expect(1);
        assert!(run.stderr.contains("there is no crontab on this host"), "{}", run.stderr);
        fleet.release(&["setup", "view", "--no-boot-hook"]).expect(0);
    }
}
