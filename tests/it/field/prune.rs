//! A prune says what it did, and names what it could not do for as long as that is so.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::PathBuf;
use std::process::{Child, Command};

use crate::support::{Fleet, Mount, Tarball, World, is_root, version_of};

/// One host on this machine with releases 1 to 3, of which 1 may go with the next deploy but one.
fn world() -> (World, PathBuf) {
    let world = World::new(&[]);
    let base = world.root().join("base");
    world.hosts_toml(&format!("app = \"app\"\nkeep = 2\n[targets.t]\nhosts = [\"local:{}\"]\n", base.display()));
    ["1", "2", "3"].iter().for_each(|version| drop(deploy(&world, version)));
    (world, base)
}

fn deploy(world: &World, version: &str) -> String {
    Tarball::new("app", version).dir("data").write(&world.project().join("dist"));
    world.release(&["t", version]).expect(0).stderr
}

fn named(base: &std::path::Path, version: &str) -> String {
    let mut names = fs::read_dir(base.join("releases")).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
    names.find(|name| version_of(name) == version).unwrap()
}

/// A worker that was started from a release, and has not been restarted since.
struct Works(Child);

impl Drop for Works {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Deploys until 1 and 2 may go; what keeps 1 is named by the deploys and by a prune, and the count is that of what went.
#[track_caller]
fn stays_and_is_not_counted(world: &World, base: &std::path::Path, why: &str) {
    let said = format!("releases/{} stays: {why}", named(base, "1"));
    let deploys = deploy(world, "4") + &deploy(world, "5");
    assert!(deploys.contains(&said) && !deploys.contains("remove 1 old"), "{deploys}");
    for (keep, counted) in
        [("2", "nothing was removed on t"), ("1", "removed 1 old release on t"), ("1", "nothing was removed on t")]
    {
        let run = world.release(&["prune", "t", "--keep", keep]).expect(0);
        assert!(run.stderr.contains(&said) && run.stderr.contains(counted), "{counted}: {}", run.stderr);
    }
    assert_eq!(fs::read_dir(base.join("releases")).unwrap().count(), 4);
    let log = world.release(&["log", "t", "--json"]).expect(0).stdout;
    assert!(!log.contains(&format!("\"pruned\":[\"{}", named(base, "1"))), "{log}");
}

/// Sidekiq and a shell that somebody left open: Capistrano's cleanup takes the directory away beneath them.
#[test]
fn release_that_a_process_works_in_is_named_and_not_counted() {
    let (world, base) = world();
    let _works = Works(
        Command::new("sleep").arg("300").current_dir(base.join("releases").join(named(&base, "1"))).spawn().unwrap(),
    );
    stays_and_is_not_counted(&world, &base, "a process runs in it");
}

/// A bind mount of uploads within a release (roadie-rails 62, Deployer 1014).
#[test]
fn release_that_something_is_mounted_in_is_named_and_not_counted() {
    let (world, base) = world();
    let Some(_mount) = Mount::tmpfs(&base.join("releases").join(named(&base, "1")).join("data"), "size=1m") else {
        return;
    };
    stays_and_is_not_counted(&world, &base, "something is mounted in it");
}

/// Another name that nginx has.
#[test]
fn release_that_a_link_leads_to_is_named_and_not_counted() {
    let (world, base) = world();
    symlink(format!("releases/{}", named(&base, "1")), base.join("current")).unwrap();
    stays_and_is_not_counted(&world, &base, "the link current leads there");
}

/// `sudo release prod` once, and files of a container's root: what the account can't remove was named in one deploy, and never again.
#[test]
fn what_can_not_be_removed_is_named_until_it_is_gone() {
    if !is_root() {
        return;
    }
    let fleet = Fleet::files(&["h1"], "keep = 2\n");
    let host = fleet.host();
    let app = |version: &str| Tarball::new("app", version).file("lib/a", "a");
    ["1", "2", "3", "4"].iter().for_each(|version| drop(fleet.deploy_tarball(version, &app(version)).expect(0)));
    let one = host.releases().into_iter().find(|name| version_of(name) == "1").unwrap();
    let gone = host.path(&format!("releases/.{one}.gone")).display().to_string();
    let lib = host.path(&format!("releases/{one}/lib"));
    let account = std::os::unix::fs::MetadataExt::uid(&fs::metadata(&lib).unwrap());
    chown(&lib, Some(0), Some(0)).unwrap();
    let why = format!("{gone} can't be removed: another account's files are in it; as root: rm -rf {gone}");
    let first = fleet.deploy_tarball("5", &app("5")).expect(0).stderr;
    assert_eq!(first.matches(&why).count(), 1, "{first}");
    let left = format!("a prune could not remove {gone}; to try again, and hear why: release prune view");
    for _ in 0..2 {
        let run = fleet.release(&["prune", "view"]).expect(0);
        assert_eq!(run.stderr.matches(&why).count(), 1, "{}", run.stderr);
        assert!(fleet.release(&["check", "view"]).expect(0).stdout.contains(&left));
        assert!(fleet.release(&["status", "view"]).expect(0).stdout.contains(&left));
    }
    chown(format!("{gone}/lib"), Some(account), None).unwrap();
    let run = fleet.release(&["prune", "view"]).expect(0);
    assert!(!run.stderr.contains("can't be removed"), "{}", run.stderr);
    assert!(!fs::exists(&gone).unwrap());
    assert!(!fleet.release(&["status", "view"]).expect(0).stdout.contains("could not remove"));
}
