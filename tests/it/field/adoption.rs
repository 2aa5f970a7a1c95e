//! Adoption: directories of Capistrano, Deployer, Mina, Ansistrano and hand-written scripts.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::support::{Fleet, Host, HostSpec, Tarball, Userland, mode};

/// A directory as another tool has made it, with a VERSION in it, of the host's account.
fn made(host: &Host, path: &str, version: &str) {
    host.write(&format!("{path}/VERSION"), format!("{version}\n"));
    host.write(&format!("{path}/public/index.html"), version);
}

fn link(host: &Host, name: &str, to: impl AsRef<Path>) {
    symlink(to, host.path(name)).unwrap();
}

fn text(host: &Host, name: &str) -> String {
    fs::read_link(host.path(name)).map(|path| path.display().to_string()).unwrap_or_default()
}

/// Reads `NAME/VERSION` without a pause while `during` runs; how often it was not there.
fn missing_while<T>(host: &Host, name: &str, during: impl FnOnce() -> T) -> (u64, T) {
    let path = host.path(name).join("VERSION");
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut missing = 0;
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                missing += u64::from(fs::read(&path).is_err());
            }
            missing
        });
        let result = during();
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        (reader.join().unwrap(), result)
    })
}

#[track_caller]
fn live_is(host: &Host, name: &str, version: &str) {
    assert_eq!(host.read(&format!("{name}/VERSION")).as_deref().map(str::trim), Some(version), "{name}");
}

/// Capistrano 3: an absolute link, `revisions.log`, `repo/`, REVISION (peers.md 2; taken-over-release-no-way-back.sh).
#[test]
fn capistrano_directory_is_adopted_without_a_gap_and_rolled_back_to() {
    let fleet = Fleet::files(&["h1"], "keep = 2\n");
    let host = fleet.host();
    made(host, "releases/20200101120000", "old");
    made(host, "releases/20191231120000", "older");
    host.write("releases/20200101120000/REVISION", format!("{}\n", "a".repeat(40)));
    host.write("releases/20200101120000/log/production.log", "x");
    host.write("revisions.log", "Branch master deployed\n");
    host.write("repo/HEAD", "ref: refs/heads/master\n");
    link(host, "live", host.path("releases/20200101120000"));
    for args in [&["check", "view"][..], &["status"]] {
        let run = fleet.release(args);
        assert!(
            run.stdout.contains("leads to a release of another deploy tool"),
            "{args:?} {} {}",
            run.stdout,
            run.stderr
        );
        assert!(run.stdout.contains("to take over: release adopt view\n") || args[0] == "status", "{}", run.stdout);
    }
    fleet.dist(&Tarball::new("app", "1"));
    let refused = fleet.release(&["view", "1"]).expect(3);
    assert!(refused.stderr.contains("release adopt view"), "{}", refused.stderr);
    let before = fleet.visible();
    let plan = fleet.release(&["adopt", "view", "--dry-run"]).expect(0).stdout;
    for part in
        ["adopt 20200101120000 to view", "name what live leads to", "swap live", "revisions.log", "1 other directories"]
    {
        assert!(plan.contains(part), "{part}: {plan}");
    }
    fleet.assert_same(&before);
    let inode = |path: &str| std::os::unix::fs::MetadataExt::ino(&fs::metadata(host.path(path)).unwrap());
    let was = inode("releases/20200101120000");
    let (missing, run) = missing_while(host, "live", || fleet.release(&["adopt", "view", "-m", "at last"]));
    let run = run.expect(0);
    assert_eq!(missing, 0, "there was a gap");
    assert!(run.stderr.contains("was adopted on view"), "{}", run.stderr);
    assert_eq!(text(host, "live"), "releases/20200101-120000-20200101120000");
    assert_eq!(
        (inode("live"), text(host, "releases/20200101-120000-20200101120000").as_str()),
        (was, "20200101120000")
    );
    let again = fleet.release(&["adopt", "view"]).expect(0);
    assert!(again.stdout.contains("adopted already"), "{}", again.stdout);
    fleet.release(&["check", "view"]).expect(0);
    let status = fleet.release(&["status", "--json"]).expect(0).json();
    assert_eq!(status["targets"][0]["hosts"][0]["live"]["version"], "20200101120000", "{status}");
    let log = fleet.release(&["log", "view", "--json"]).expect(0).json();
    assert_eq!(log["operations"][0]["record"]["commit"], "a".repeat(40), "{log}");
    // An application's own log comes and goes, and is no reason against the way back.
    fs::remove_file(host.path("releases/20200101120000/log/production.log")).unwrap();
    fleet.deploy("1").expect(0);
    fleet.assert_live("1");
    fleet.release(&["rollback"]).expect(0);
    live_is(host, "live", "old");
    fleet.release(&["forward"]).expect(0);
    fleet.release(&["rollback", "--to", "20200101120000"]).expect(0);
    live_is(host, "live", "old");
    // What it has lost is seen before a switch.
    fleet.deploy("2").expect(0);
    fs::remove_file(host.path("releases/20200101120000/public/index.html")).unwrap();
    let broken = fleet.release(&["rollback", "--to", "20200101120000"]).expect(1);
    assert!(broken.stderr.contains("incomplete"), "{}", broken.stderr);
    // It is pruned by the same rules as any other: directory and name; what was never ours stays.
    for version in ["3", "4", "5"] {
        fleet.deploy(version).expect(0);
    }
    let names = host.releases();
    assert!(!names.iter().any(|name| name.contains("20200101")), "{names:?}");
    assert!(host.path("releases/20191231120000/VERSION").exists());
}

/// Deployer: `current -> releases/12`, `.dep/`, and a hosts.toml that says `live = "current"`.
#[test]
fn deployer_directory_is_adopted_where_its_current_is() {
    let fleet = Fleet::files(&["h1"], "live = 'current'\n");
    let host = fleet.host();
    made(host, "releases/12", "old");
    host.write(".dep/releases_log", "{}\n");
    link(host, "current", "releases/12");
    let (missing, run) = missing_while(host, "current", || fleet.release(&["adopt", "view"]));
    run.expect(0);
    assert_eq!(missing, 0);
    assert!(text(host, "current").ends_with("-12"), "{}", text(host, "current"));
    fleet.deploy("13").expect(0);
    live_is(host, "current", "13");
    fleet.release(&["rollback", "--to", "12"]).expect(0);
    live_is(host, "current", "old");
}

/// Mina: `current -> releases/3`, while hosts.toml has the default `live`: what the web server reads must follow.
#[test]
fn mina_current_follows_live_after_the_adoption() {
    let fleet = Fleet::files(&["h1"], "");
    let host = fleet.host();
    made(host, "releases/3", "old");
    link(host, "current", "releases/3");
    let plan = fleet.release(&["adopt", "view", "--dry-run"]).expect(0).stdout;
    assert!(plan.contains("let current lead to `live`"), "{plan}");
    let (missing, run) = missing_while(host, "current", || fleet.release(&["adopt", "view"]));
    run.expect(0);
    assert_eq!((missing, text(host, "current").as_str()), (0, "live"));
    fleet.deploy("4").expect(0);
    live_is(host, "current", "4");
    fleet.release(&["rollback"]).expect(0);
    live_is(host, "current", "old");
}

/// Ansistrano on two hosts: all of them or none, also when the last step fails on one.
#[test]
fn adoption_that_fails_on_one_host_is_undone_on_all() {
    let fleet = Fleet::files(&["h1", "h2"], "");
    for host in fleet.world.hosts() {
        made(host, "releases/20200101120000", "old");
        link(host, "current", "./releases/20200101120000");
    }
    let second = fleet.world.host("h2");
    second.write(".release/identity/in-the-way", "");
    mode(&second.path(".release"), 0o700);
    let before = fleet.visible();
    let run = fleet.release(&["adopt", "view"]).expect(5);
    assert!(run.stderr.contains("h2"), "{}", run.stderr);
    fleet.assert_same(&before);
    for host in fleet.world.hosts() {
        assert!(!host.path(".release/identity").is_file() && !host.path(".release/manifests").exists());
    }
    fs::remove_dir_all(second.path(".release/identity")).unwrap();
    fleet.release(&["adopt", "view"]).expect(0);
    let names: Vec<String> = fleet.world.hosts().iter().map(|host| text(host, "live")).collect();
    assert_eq!(names, ["releases/20200101-120000-20200101120000"; 2]);
    fleet.deploy("1").expect(0);
    fleet.release(&["rollback"]).expect(0);
    live_is(second, "current", "old");
}

/// A hand-written script (seed 004's kind): versions beside `releases/`, never moved and never removed by us.
#[test]
fn release_outside_of_releases_is_adopted_and_stays_where_it_is() {
    let fleet = Fleet::files(&["h1"], "keep = 2\n");
    let host = fleet.host();
    made(host, "versions/v3", "old");
    link(host, "live", "versions/v3");
    fleet.release(&["adopt", "view", "--version", "0.3"]).expect(0);
    assert!(text(host, "live").ends_with("-0.3"), "{}", text(host, "live"));
    for version in ["1", "2"] {
        fleet.deploy(version).expect(0);
    }
    fleet.release(&["rollback", "--to", "0.3"]).expect(0);
    live_is(host, "live", "old");
    for version in ["3", "4", "5", "6"] {
        fleet.deploy(version).expect(0);
    }
    let left = host.releases();
    assert!(!left.iter().any(|name| name.ends_with("-0.3")), "{left:?}");
    assert!(host.path("versions/v3/VERSION").exists());
}

/// DDGC: `~/live` is the checkout itself, a real directory that a process works in.
#[test]
fn real_directory_is_exchanged_for_a_link_at_once() {
    let fleet = Fleet::files(&["h1"], "");
    let host = fleet.host();
    made(host, "live", "old");
    let check = fleet.release(&["check", "view"]).expect(3).stdout;
    assert!(check.contains("is a real directory") && check.contains("to take over: release adopt view\n"), "{check}");
    let mut inside = Command::new("sleep").arg("60").current_dir(host.path("live")).spawn().unwrap();
    let (missing, run) = missing_while(host, "live", || fleet.release(&["adopt", "view", "--version", "0.939"]));
    run.expect(0);
    assert_eq!(missing, 0, "there was a gap");
    assert!(inside.try_wait().unwrap().is_none());
    inside.kill().unwrap();
    inside.wait().unwrap();
    let name = text(host, "live");
    assert!(name.starts_with("releases/") && name.ends_with("-0.939") && !host.path(&name).is_symlink(), "{name}");
    fleet.deploy("0.940").expect(0);
    fleet.release(&["rollback"]).expect(0);
    live_is(host, "live", "old");
}

/// BusyBox alone has no rename that exchanges: nothing is changed there before the gap was asked for.
#[test]
fn real_directory_on_a_host_that_can_not_exchange_is_left_alone_unless_a_gap_is_allowed() {
    let fleet = Fleet::of(vec![HostSpec::new("h1").userland(Userland::BusyBox)], "");
    let host = fleet.host();
    made(host, "live", "old");
    let before = fleet.visible();
    let run = fleet.release(&["adopt", "view"]).expect(1);
    assert!(run.stderr.contains("--allow-gap") && run.stderr.contains("nothing was changed"), "{}", run.stderr);
    fleet.assert_same(&before);
    let plan = fleet.release(&["adopt", "view", "--dry-run", "--allow-gap"]).expect(0).stdout;
    assert!(plan.contains("else it is missing for the time of two"), "{plan}");
    fleet.release(&["adopt", "view", "--allow-gap"]).expect(0);
    live_is(host, "live", "old");
    assert!(host.path("live").is_symlink());
}

/// A power cut or `kill -9` in the middle: the next command puts the real directory back where it was.
#[test]
fn adoption_that_was_killed_is_undone_by_the_next_command() {
    let fleet = Fleet::files(&["h1"], "lease = '20s'\n");
    let host = fleet.host();
    made(host, "live", "old");
    // As it is in the middle of the exchange of a host with a gap: the directory has its new name, and no link is there.
    let plan = fleet.release(&["adopt", "view", "--dry-run", "--script"]).expect(0).stdout;
    let lines: Vec<&str> = plan.lines().filter_map(|line| line.strip_prefix("# ")).collect();
    let from = lines.iter().rposition(|line| line.starts_with("op adopt")).unwrap();
    let steps = lines[from..].join("\n");
    let name = steps.split("\nrelease ").nth(1).unwrap().split('\n').next().unwrap().to_owned();
    let exchange = steps.lines().filter(|line| line.starts_with("step ")).position(|line| line.contains("exchange"));
    let done: String = (1..=exchange.unwrap()).map(|step| format!("1.0 do {step}\n1.1 ok {step}\n")).collect();
    let id = "20140218-114503-adopt-x";
    host.write(&format!(".release/tx/{id}/plan"), format!("{steps}\n"));
    host.write(
        &format!(".release/tx/{id}/journal"),
        format!("1.0 begin b 1\n{done}1.2 do {}\n", exchange.unwrap() + 1),
    );
    for file in ["log", "sig", "hb"] {
        host.write(&format!(".release/tx/{id}/{file}"), "");
    }
    host.write("releases/x", "");
    fs::rename(host.path("live"), host.path(&format!("releases/{name}"))).unwrap();
    fleet.release(&["recover", "view"]).expect(0);
    live_is(host, "live", "old");
    assert!(!host.path("live").is_symlink() && !host.path(&format!("releases/{name}")).exists());
}

/// A colleague renames `live` and `releases` in hosts.toml: what reads the old link goes on, and follows.
#[test]
fn names_of_before_are_taken_up_and_the_old_link_follows() {
    let fleet = Fleet::files(&["h1"], "");
    let host = fleet.host();
    fleet.deploy("1").expect(0);
    fleet.deploy("2").expect(0);
    fleet.toml("live = 'current'\nreleases = 'versions'\n");
    let plan = fleet.release(&["adopt", "view", "--dry-run"]).expect(0).stdout;
    for part in ["app, versions, current", "let live lead to `live`", "find the releases of releases"] {
        assert!(plan.contains(part), "{part}: {plan}");
    }
    let (missing, run) = missing_while(host, "live", || fleet.release(&["adopt", "view"]));
    run.expect(0);
    assert_eq!((missing, text(host, "live").as_str()), (0, "current"));
    assert!(text(host, "current").starts_with("versions/"), "{}", text(host, "current"));
    fleet.deploy("3").expect(0);
    live_is(host, "live", "3");
    fleet.release(&["rollback", "--steps", "2"]).expect(0);
    live_is(host, "current", "1");
    live_is(host, "live", "1");
}

/// An application was renamed: with a yes and no sooner, because `base` may as well be a mistake.
#[test]
fn base_of_another_application_is_taken_only_with_a_yes() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1").expect(0);
    let toml = fs::read_to_string(fleet.world.project().join("hosts.toml")).unwrap();
    fleet.world.write("hosts.toml", toml.replace("app = \"app\"", "app = \"shop\""));
    let run = fleet.release(&["adopt", "view"]).expect(2);
    assert!(run.stdout.contains("taken from another application, `app`"), "{}", run.stdout);
    assert!(run.stderr.contains("--yes"), "{}", run.stderr);
    assert_eq!(fleet.host().read(".release/identity").as_deref(), Some("app releases live\n"));
    fleet.release(&["adopt", "view", "--yes"]).expect(0);
    assert_eq!(fleet.host().read(".release/identity").as_deref(), Some("shop releases live\n"));
    fleet.assert_live("1");
    fleet.deploy_tarball("2", &Tarball::new("shop", "2")).expect(0);
    fleet.release(&["rollback"]).expect(0);
    fleet.assert_live("1");
}

/// Hosts of Mina count for themselves: 12 here may be 15 there, and nobody can tell that they are the same.
#[test]
fn hosts_that_serve_different_releases_are_not_adopted_without_a_version() {
    let fleet = Fleet::files(&["h1", "h2"], "");
    for (host, number) in fleet.world.hosts().iter().zip(["12", "15"]) {
        made(host, &format!("releases/{number}"), "old");
        link(host, "live", format!("releases/{number}"));
    }
    let run = fleet.release(&["adopt", "view"]).expect(3);
    for part in ["different releases", "h1: 12", "h2: 15", "--version"] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    fleet.release(&["adopt", "view", "--version", "1.4"]).expect(0);
    fleet.deploy("2").expect(0);
    fleet.release(&["rollback", "--to", "1.4"]).expect(0);
    fleet.world.hosts().iter().for_each(|host| live_is(host, "live", "old"));
}

/// Nothing there, a file, a link to nowhere: told, and nothing made of it.
#[test]
fn base_with_nothing_to_adopt_is_refused_with_what_is_there() {
    let fleet = Fleet::files(&["h1"], "");
    let host = fleet.host();
    let run = fleet.release(&["adopt", "view"]).expect(3);
    assert!(run.stderr.contains("there is nothing to adopt"), "{}", run.stderr);
    link(host, "live", "releases/gone");
    let run = fleet.release(&["adopt", "view"]).expect(3);
    assert!(run.stderr.contains("leads nowhere: releases/gone"), "{}", run.stderr);
    fs::remove_file(host.path("live")).unwrap();
    host.write("live", "x");
    let run = fleet.release(&["adopt", "view"]).expect(3);
    assert!(run.stderr.contains("is a file"), "{}", run.stderr);
}

/// Whoever moves over reads each warning for weeks: once adopted, what the old tool left is no news; that it is at work again is.
#[test]
fn adopted_base_warns_of_the_other_tool_only_when_that_is_at_work_again() {
    let fleet = Fleet::files(&["h1"], "");
    let host = fleet.host();
    made(host, "releases/20140101000000", "old");
    host.write("revisions.log", "Branch master deployed\n");
    link(host, "current", host.path("releases/20140101000000"));
    let warned = |fleet: &Fleet| fleet.release(&["check", "view"]).stdout.contains("of another deploy tool");
    assert!(warned(&fleet));
    fleet.release(&["adopt", "view"]).expect(0);
    assert_eq!(text(host, "current"), "live");
    let run = fleet.deploy("1").expect(0);
    assert!(!warned(&fleet) && !run.stderr.contains("another deploy tool"), "{}", run.stderr);
    // Absolute, as an operator may write it.
    fs::remove_file(host.path("current")).unwrap();
    link(host, "current", host.path("live"));
    assert!(!warned(&fleet));
    fs::remove_file(host.path("current")).unwrap();
    link(host, "current", host.path("releases/20140101000000"));
    assert!(warned(&fleet));
}
