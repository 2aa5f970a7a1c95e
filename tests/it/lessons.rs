//! What other deploy tools get wrong, each seen to happen with them, and what `release` does instead.

use std::time::Duration;

use crate::support::{Fleet, Hammer, HostSpec, Tarball, Userland, eventually, version_of};

/// A prepare command that fails for versions that hold a file BAD.
const BAD: &str = "[prepare]\nrun = ['test ! -e BAD']\n";

/// A health command that fails for versions that hold a file ILL.
const ILL: &str = "[health]\ncommand = 'test ! -e live/ILL'\ntimeout = '1s'\n";

fn bad(version: &str) -> Tarball {
    Tarball::new("app", version).file("BAD", "")
}

fn ill(version: &str) -> Tarball {
    Tarball::new("app", version).file("ILL", "")
}

/// Capistrano: after a failed deploy a rollback "rolls back" to the bad release that is live.
#[test]
fn f01_a_rollback_goes_before_what_is_live_and_not_to_the_second_newest() {
    let fleet = Fleet::files(&["h1"], &format!("{BAD}{ILL}"));
    fleet.deploy("1").expect(0);
    fleet.deploy("2").expect(0);
    fleet.deploy_tarball("3", &bad("3")).expect(1);
    fleet.deploy_tarball("4", &ill("4")).expect(5);
    fleet.assert_live("2");
    fleet.release(&["rollback"]).expect(0);
    fleet.assert_live("1");
}

/// Capistrano: three failing deploys push every good release out.
#[test]
fn f02_failed_deploys_push_no_good_release_out() {
    let fleet = Fleet::files(&["h1"], &format!("keep = 2\n{BAD}{ILL}"));
    fleet.deploy("1").expect(0);
    fleet.deploy("2").expect(0);
    for version in ["3", "4"] {
        fleet.deploy_tarball(version, &bad(version)).expect(1);
    }
    fleet.deploy_tarball("5", &ill("5")).expect(5);
    let names: Vec<_> = fleet.host().releases().iter().map(|n| version_of(n).to_owned()).collect();
    assert_eq!(names, ["1", "2"], "and failed ones give their room back");
    fleet.deploy("6").expect(0);
    fleet.release(&["rollback", "--steps", "2"]).expect(0);
    fleet.assert_live("1");
}

/// Capistrano: one host's swap fails, the other stays on the new release, and the next deploy promotes a stale link.
#[test]
fn f03_a_swap_that_fails_on_one_host_is_undone_on_all() {
    let fleet = Fleet::files(&["h1", "h2"], "[activate]\nrun = ['test ! -e ~/stuck || chmod a-w ~']\n");
    fleet.deploy("1").expect(0);
    let stuck = fleet.world.host("h2").write("stuck", "");
    let run = fleet.deploy("2").expect(5);
    assert!(run.stderr.contains("h2"), "{}", run.stderr);
    fleet.assert_live("1");
    fleet.world.ssh("h2", "chmod u+w . && rm stuck").ok();
    assert!(!stuck.exists());
    fleet.deploy("3").expect(0);
    fleet.assert_live("3");
    let status = fleet.release(&["status", "--json"]).expect(0).json();
    let [a, b] = [0, 1].map(|at| status["targets"][0]["hosts"][at]["live"]["release"].clone());
    assert_eq!(a, b);
    assert!(fleet.world.hosts().iter().all(|h| !h.path("live/live").exists()), "no link inside a release");
}

/// Deployer: a rollback goes to a directory that a failed deploy had left unfinished.
#[test]
fn f04_a_rollback_never_goes_to_an_unfinished_release() {
    let fleet = Fleet::files(&["h1"], BAD);
    fleet.deploy("1").expect(0);
    fleet.deploy_tarball("2", &bad("2")).expect(1);
    fleet.deploy("3").expect(0);
    fleet.host().write("releases/20300101-000000-2.5/half", "made by nobody we know");
    fleet.release(&["rollback"]).expect(0);
    fleet.assert_live("1");
    let run = fleet.release(&["rollback", "--to", "20300101-000000-2.5"]).expect(3);
    assert!(run.stderr.contains("never live and good"), "{}", run.stderr);
    fleet.assert_live("1");
}

/// Deployer: a failed deploy leaves its lock.
#[test]
fn f05_a_failed_deploy_leaves_no_lock() {
    let fleet = Fleet::files(&["h1"], BAD);
    fleet.deploy_tarball("1", &bad("1")).expect(1);
    let status = fleet.release(&["status", "--json"]).expect(0).json();
    assert!(status["targets"][0]["hosts"][0]["lock"].is_null());
    fleet.deploy("2").expect(0);
    fleet.assert_live("2");
}

/// Mina: a client that is killed leaves its lock and half a release.
#[test]
fn f06_a_killed_client_leaves_neither_lock_nor_half_a_release() {
    let toml = "lease = '2s'\n[prepare]\nrun = ['test -e ~/calm || { touch ~/began; sleep 60; }']\n";
    let fleet = Fleet::files(&["h1"], toml);
    let host = fleet.host();
    host.write("calm", "");
    fleet.deploy("1").expect(0);
    std::fs::remove_file(host.path("calm")).unwrap();
    let client = fleet.deploy_bg("2");
    eventually("the prepare command runs", || host.path("began").exists());
    client.sigkill();
    eventually("the host gives up by itself", || {
        let entries = |dir: &str| std::fs::read_dir(host.path(dir)).map_or(0, Iterator::count);
        entries(".release/tx") + entries(".release/new") == 0
    });
    assert_eq!(host.releases().len(), 1);
    host.write("calm", "");
    fleet.deploy("2").expect(0);
    fleet.assert_live("2");
}

/// Mina: one rollback too many removes what was live.
#[test]
fn f07_one_rollback_too_many_is_refused() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1").expect(0);
    fleet.deploy("2").expect(0);
    fleet.release(&["rollback"]).expect(0);
    let before = fleet.visible();
    let run = fleet.release(&["rollback"]).expect(3);
    assert!(run.stderr.contains("no release to go back to"), "{}", run.stderr);
    fleet.assert_same(&before);
    fleet.assert_live("1");
}

/// Ansistrano: a rollback to the newest release links to it and then deletes it.
#[test]
fn f08_a_rollback_to_a_newer_release_keeps_it() {
    let fleet = Fleet::files(&["h1"], "keep = 2\n");
    ["1", "2", "3"].iter().for_each(|version| drop(fleet.deploy(version).expect(0)));
    fleet.release(&["rollback", "--steps", "2"]).expect(0);
    fleet.release(&["rollback", "--to", "3"]).expect(0);
    fleet.assert_live("3");
    assert_eq!(fleet.host().releases().len(), 3);
}

/// deptool, pyinfra, BusyBox' `ln -sfn`: for a moment there is no `live`.
#[test]
fn f09_no_reader_ever_finds_nothing() {
    for userland in [Userland::Gnu, Userland::BusyBox] {
        let fleet = Fleet::of(vec![HostSpec::new("h1").userland(userland)], "");
        fleet.deploy("1").expect(0);
        let readers = Hammer::file(fleet.host().path("live/VERSION"), 2);
        fleet.deploy("2").expect(0);
        readers.await_more(100);
        fleet.release(&["rollback"]).expect(0);
        readers.await_more(100);
        let tally = readers.stop();
        assert!(tally.bad.is_empty() && tally.good.keys().eq(["1", "2"]), "{userland:?}: {tally:?}");
    }
}

/// Deployer: two deploys pass the lock together, or each holds half of the fleet.
#[test]
fn f10_of_two_deploys_exactly_one_gets_the_fleet() {
    let hold = "[prepare]\nrun = ['n=0; while [ ! -e ~/go ] && [ $n -lt 300 ]; do n=$((n + 1)); sleep 0.1; done']\n";
    let fleet = Fleet::files(&["h1", "h2"], hold);
    let mut clients = vec![fleet.deploy_bg("1"), fleet.deploy_bg("2")];
    let mut turned_away = None;
    eventually("one of them is turned away", || {
        turned_away = clients.iter_mut().position(|client| !client.is_running());
        turned_away.is_some()
    });
    let loser = clients.remove(turned_away.unwrap()).finish(Duration::from_secs(1)).expect(75);
    assert!(loser.stderr.contains("operator@") && loser.stderr.contains("deploy"), "{}", loser.stderr);
    let winner = clients.remove(0);
    fleet.world.hosts().iter().for_each(|host| drop(host.write("go", "")));
    winner.finish(Duration::from_secs(20)).expect(0);
    fleet.assert_live(if turned_away == Some(0) { "2" } else { "1" });
    assert!(fleet.world.hosts().iter().all(|host| host.releases().len() == 1));
}

/// Capistrano: each deploy leaves a file in /tmp.
#[test]
fn f11_nothing_is_left_in_tmp_nor_beside_the_base() {
    let fleet = Fleet::files(&["h1"], "shared = ['log']\n[env]\nvars = { A = '1' }\n");
    let list = || {
        let mine = "find /tmp -maxdepth 1 -user $(id -un) ! -name 'rt-*' | sort";
        (fleet.world.ssh("h1", mine).ok(), std::fs::read_dir(fleet.world.root().join("tmp")).unwrap().count())
    };
    std::fs::create_dir(fleet.world.root().join("tmp")).unwrap();
    let before = list();
    for version in ["1", "2"] {
        fleet.dist(&Tarball::new("app", version));
        let mut command = fleet.world.release_command(&["view", version]);
        command.env("TMPDIR", fleet.world.root().join("tmp"));
        crate::support::Run::of(command).expect(0);
    }
    assert_eq!(list(), before, "on the host, and on the operator's machine");
    let mut top: Vec<_> = std::fs::read_dir(fleet.host().base()).unwrap().map(|e| e.unwrap().file_name()).collect();
    top.sort();
    assert_eq!(top, [".release", "live", "releases", "shared"]);
}

/// shipit: `live` is a real directory; a warning, exit 0, and nothing published.
#[test]
fn f12_a_live_that_is_a_real_directory_is_refused() {
    let fleet = Fleet::files(&["h1", "h2"], "");
    fleet.world.host("h2").write("live/index.html", "by hand");
    let before = fleet.visible();
    let run = fleet.deploy("1").expect(3);
    assert!(run.stderr.contains("h2") && run.stderr.contains("real directory"), "{}", run.stderr);
    fleet.assert_same(&before);
}
