//! Whoever recovers is killed, too: what it had started is ended before anybody else changes anything.

use super::site::{self, Site, UNDONE, forsake, holder, names};
use crate::campaign::reboot::{CRONTAB, hook};
use crate::support::{Background, Host, HostSpec, Login, descendants, eventually, is_running, signal};

/// A deploy whose supervisor was killed, and a recovery that is held while it starts the old release.
fn held_recovery<T>(site: &Site, recover: impl FnOnce() -> T) -> (T, u32, u32) {
    site.hold("start");
    let client = site.deploy();
    await_start(site.host());
    let supervisor = holder(site.host()).unwrap();
    client.signal("STOP");
    forsake(site.host());
    signal("KILL", &[supervisor]);
    client.sigkill();
    eventually("the supervisor is gone", || !is_running(supervisor));
    site.hold("start");
    let recovery = recover();
    await_start(site.host());
    let pid = holder(site.host()).unwrap();
    let line = |pid: &u32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let is_one = |pid: &u32| line(pid).split(|b| *b == 0).any(|word| word == b"recover-one");
    let child = descendants(pid).into_iter().find(is_one).expect("a shell of its own");
    (recovery, pid, child)
}

fn await_start(host: &Host) {
    eventually("the start is held", || host.path("reached-start").exists());
}

fn by_a_client(site: &Site) -> (Background, u32, u32) {
    held_recovery(site, || site.world.release_bg(&["recover", "view"]))
}

/// Kills the holder, but not its child; whoever comes next has it ended.
fn the_child_is_ended(site: &Site, pid: u32, child: u32, between: impl FnOnce()) {
    signal("STOP", &[child]);
    forsake(site.host());
    signal("KILL", &[pid]);
    eventually("the holder is gone", || !is_running(pid));
    between();
    site.let_go("start");
    site.world.release(&["recover", "view"]).expect(0);
    assert!(!is_running(child), "the child of a dead holder still runs\n{}", site.journals());
    site.assert_all("1.0");
    site.assert_next_deploy();
}

/// The lock goes on naming a dead holder: by that the next one knows what to look for.
#[test]
fn a_holder_whose_child_was_killed_dies() {
    let site = Site::new(site::one());
    let (client, pid, child) = by_a_client(&site);
    forsake(site.host());
    signal("KILL", &[child]);
    eventually("the holder is gone", || !is_running(pid));
    assert_eq!(holder(site.host()), Some(pid), "the lock is free, and the start still runs");
    site.let_go("start");
    client.finish(UNDONE);
    site.world.release(&["recover", "view"]).expect(0);
    site.assert_all("1.0");
    site.assert_next_deploy();
}

/// The holder that took over was killed before it came to look round.
#[test]
fn leftovers_of_the_last_holder_but_one_are_ended() {
    let site = Site::new(site::one());
    let (client, pid, child) = by_a_client(&site);
    the_child_is_ended(&site, pid, child, || {
        client.finish(UNDONE);
        let top = names(site.host(), ".release/lock").iter().filter_map(|name| name.parse::<u64>().ok()).max().unwrap();
        let lock = site.host().read(&format!(".release/lock/{top}")).unwrap();
        // This very process: it does not have that start time.
        let words = lock.replacen(&format!(" {pid} "), &format!(" {} 1", std::process::id()), 1);
        site.host().write(&format!(".release/lock/{}", top + 1), &words);
    });
}

/// Cron starts the hook in a session that has another number.
#[test]
fn leftovers_of_the_boot_hook_are_ended() {
    let site = Site::new(vec![HostSpec::new("h1").own_bin()]);
    Login::get().program(&site.host().path("bin/crontab"), CRONTAB);
    site.world.release(&["setup", "view", "--boot-hook"]).expect(0);
    let line = format!("({} >/dev/null 2>&1 </dev/null &)", hook(site.host()));
    let ((), pid, child) = held_recovery(&site, || drop(site.world.ssh("h1", &line).ok()));
    the_child_is_ended(&site, pid, child, || {});
}
