//! The manifest of a release: none is switched to that has lost some of its files on the host.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::support::{Fleet, Host, HostSpec, Run, State, Tarball, Userland};

const ALL: [Userland; 3] = [Userland::Gnu, Userland::BusyBox, Userland::Toybox];

/// Makes files of every kind of name, and an empty directory.
const PREPARE: &str = r#"
[prepare]
run = ['''mkdir -p built/empty && cd built && printf x > 'a b' && printf x > ./-rf && printf x > ' ' && printf x > '\' &&
  touch "$(printf 'two\nlines')" "$(printf '\nx')" "$(printf '\377\033[31m')" '*'
''']
"#;

fn fleet(userland: Userland, toml: &str) -> Fleet {
    let spec = HostSpec::new("h1").userland(userland);
    let more: &[&str] = if userland == Userland::Toybox { &["wget", "dd", "tr"] } else { &[] };
    Fleet::of(vec![more.iter().fold(spec, |spec, name| spec.program(name))], toml)
}

/// With these releases, the last of them live.
fn deployed(userland: Userland, toml: &str, versions: &[&str]) -> Fleet {
    let fleet = fleet(userland, toml);
    for version in versions {
        let tarball = Tarball::new("app", version).file("lib/deep/a", "a").file("lib/deep/b", "b").dir("empty");
        fleet.deploy_tarball(version, &tarball).expect(0);
    }
    fleet
}

fn release(host: &Host, version: &str) -> String {
    host.releases().into_iter().find(|name| name.ends_with(&format!("-{version}"))).unwrap()
}

fn manifests(host: &Host) -> Vec<String> {
    let Ok(found) = fs::read_dir(host.path(".release/manifests")) else { return Vec::new() };
    let mut all: Vec<_> = found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    all.sort();
    all
}

fn remove_manifest(host: &Host, name: &str) {
    fs::remove_dir_all(host.path(&format!(".release/manifests/{name}"))).unwrap();
}

/// BusyBox' find compares whole seconds: the edit is some later.
fn edit(path: &Path) {
    fs::write(path, "hot fix").unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    fs::File::options().write(true).open(path).unwrap().set_modified(later).unwrap();
}

/// What people and web servers see, with the times.
fn seen(fleet: &Fleet) -> State {
    State::exact(fleet.host().base()).without(&[".release"])
}

#[track_caller]
fn refused(fleet: &Fleet, args: &[&str], words: &[&str]) -> Run {
    // From the artifact what is missing would be restored: see `field::kept_files`.
    for name in manifests(fleet.host()) {
        let _ = fs::remove_file(fleet.host().path(&format!(".release/manifests/{name}/artifact")));
    }
    let before = seen(fleet);
    let run = fleet.release(args).expect(1);
    before.assert_same(&seen(fleet));
    for word in words {
        assert!(run.stderr.contains(word), "{word:?}: {}", run.stderr);
    }
    run
}

#[test]
fn what_has_lost_files_is_not_switched_to_and_another_is_offered() {
    for userland in ALL {
        let fleet = deployed(userland, "", &["1", "2", "3"]);
        let host = fleet.host();
        let (one, two) = (release(host, "1"), release(host, "2"));
        fs::remove_dir_all(host.path(&format!("releases/{two}/lib"))).unwrap();
        let said = format!("releases/{two} is incomplete: 4 of 7 files are missing (first: lib)");
        let other = format!("hint: release rollback view --to {one}");
        refused(&fleet, &["rollback"], &[&said, &other, "nothing was changed"]);
        fleet.release(&["rollback", "--to", &one]).expect(0);
        fleet.assert_live("1");
    }
}

#[test]
fn an_empty_directory_a_link_and_the_last_file_are_missed() {
    let fleet = deployed(Userland::Gnu, "shared = ['log']", &["1", "2"]);
    let host = fleet.host();
    let one = release(host, "1");
    let path = |path: &str| host.path(&format!("releases/{one}/{path}"));
    fs::remove_dir(path("empty")).unwrap();
    refused(&fleet, &["rollback"], &["1 of 8 files are missing (first: empty)", "hint: release view 1"]);
    fs::create_dir(path("empty")).unwrap();
    fs::remove_file(path("log")).unwrap();
    refused(&fleet, &["rollback"], &["1 of 8 files are missing (first: log)"]);
    fs::remove_dir_all(path("")).unwrap();
    fs::create_dir(path("")).unwrap();
    refused(&fleet, &["rollback"], &["8 of 8 files are missing (first: .release.json)"]);
}

#[test]
fn forward_and_the_plan_have_the_step_too() {
    let fleet = deployed(Userland::Gnu, "", &["1", "2"]);
    let plan = fleet.release(&["rollback", "--dry-run"]).expect(0);
    assert!(plan.stdout.contains("verify that none of its files is missing"), "{}", plan.stdout);
    fleet.release(&["rollback"]).expect(0);
    let two = release(fleet.host(), "2");
    fs::remove_file(fleet.host().path(&format!("releases/{two}/VERSION"))).unwrap();
    refused(&fleet, &["forward"], &["1 of 7 files are missing (first: VERSION)"]);
}

#[test]
fn what_was_edited_is_said_and_goes_live() {
    for userland in ALL {
        let fleet = deployed(userland, "", &["1", "2"]);
        let host = fleet.host();
        let one = release(host, "1");
        // What is new, like a cache, is nobody's concern; what is only looked at as well.
        host.write(&format!("releases/{one}/lib/cache"), "new");
        let quiet = fleet.release(&["rollback"]).expect(0);
        assert!(!quiet.stderr.contains("was changed"), "{}", quiet.stderr);
        fleet.release(&["forward"]).expect(0);
        edit(&host.path(&format!("releases/{one}/lib/deep/b")));
        let run = fleet.release(&["rollback"]).expect(0);
        let said = format!("releases/{one} was changed since it was deployed: 1 of 7 files (first: lib/deep/b)");
        assert!(run.stderr.contains(&said), "{userland:?}: {}", run.stderr);
        fleet.assert_live("1");
    }
}

#[test]
fn times_ahead_of_the_hosts_clock_are_no_edit() {
    let fleet = fleet(Userland::Gnu, "[prepare]\nrun = ['touch -d 2037-01-01T00:00:00 VERSION']\n");
    ["1", "2"].iter().for_each(|version| drop(fleet.deploy(version).expect(0)));
    let run = fleet.release(&["rollback"]).expect(0);
    assert!(!run.stderr.contains("was changed"), "{}", run.stderr);
}

#[test]
fn a_release_without_a_manifest_is_taken_as_it_is() {
    let fleet = deployed(Userland::Gnu, "", &["1", "2"]);
    let host = fleet.host();
    let one = release(host, "1");
    fs::remove_file(host.path(&format!("releases/{one}/lib/deep/a"))).unwrap();
    refused(&fleet, &["rollback"], &["is incomplete"]);
    remove_manifest(host, &one);
    fleet.release(&["rollback"]).expect(0);
    fleet.assert_live("1");
}

#[test]
fn manifests_go_with_their_releases() {
    let fleet = deployed(Userland::Gnu, "keep = 2", &["1", "2", "3", "4", "5"]);
    let host = fleet.host();
    assert_eq!(manifests(host), host.releases(), "after a prune");
    fleet.dist(&Tarball::new("app", "6"));
    fleet.toml("keep = 2\n[activate]\nrun = ['false']");
    fleet.release(&["view", "6"]).expect(5);
    assert_eq!(manifests(host), host.releases(), "after an undo");
    // A release that was removed by hand.
    fs::remove_dir_all(host.path(&format!("releases/{}", release(host, "2")))).unwrap();
    fleet.toml("keep = 2");
    fleet.release(&["prune", "view", "--keep", "1"]).expect(0);
    assert_eq!(manifests(host), host.releases(), "after a removal by hand");
}

#[test]
fn any_name_that_prepare_makes_is_counted() {
    for userland in ALL {
        let fleet = deployed(userland, PREPARE, &["1", "2"]);
        let built = fleet.host().path(&format!("releases/{}/built", release(fleet.host(), "1")));
        let names = [&b"-rf"[..], b" ", b"\\", b"two\nlines", b"\nx", b"\xff\x1b[31m", b"*"];
        let paths = names.map(|name| built.join(OsStr::from_bytes(name)));
        paths.iter().for_each(|path| fs::remove_file(path).unwrap());
        // Those with a newline are two lines.
        let run = refused(&fleet, &["rollback"], &["9 of 19 files are missing (first: "]);
        assert!(!run.stderr.contains('\x1b'), "{userland:?}: {:?}", run.stderr);
        paths.iter().for_each(|path| fs::write(path, "").unwrap());
        edit(&built.join("a b"));
        let run = fleet.release(&["rollback"]).expect(0);
        assert!(run.stderr.contains("was changed since it was deployed: "), "{userland:?}: {}", run.stderr);
        fleet.assert_live("1");
    }
}

#[test]
fn the_bytes_that_came_stay_with_the_release() {
    for userland in ALL {
        let fleet = deployed(userland, "", &["1", "2"]);
        let host = fleet.host();
        for version in ["1", "2"] {
            let kept = host.path(&format!(".release/manifests/{}/artifact", release(host, version)));
            let sent = fleet.world.project().join(format!("dist/app-{version}.tar.gz"));
            assert_eq!(fs::read(kept).unwrap(), fs::read(sent).unwrap(), "{userland:?}: {version}");
        }
    }
}
