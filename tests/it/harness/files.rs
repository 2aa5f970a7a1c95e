//! Artifacts, trees, and readers of files.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::Duration;

use crate::support::{Hammer, Login, RawEntry, Run, State, Tarball, World, raw_tar};

#[test]
fn artifacts_are_what_tar_makes_and_always_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let artifact =
        Tarball::new("app", "1.0").program("bin/run", "#!/bin/sh\n").link("now", "bin").dir("var").noise("n", 9);
    assert_eq!(artifact.bytes(), artifact.clone().bytes());
    let path = artifact.write(dir.path());
    let mut list = Command::new("tar");
    list.arg("-tzf").arg(&path);
    let listed = Run::of(list).ok();
    assert_eq!(
        listed.lines().collect::<Vec<_>>(),
        ["app-1.0/", "app-1.0/VERSION", "app-1.0/bin/run", "app-1.0/now", "app-1.0/var/", "app-1.0/n"]
    );
    artifact.unpack(&dir.path().join("out"));
    let out = State::of(&dir.path().join("out"));
    assert_eq!(out.paths(), ["", "VERSION", "bin", "bin/run", "n", "now", "var"]);
}

#[test]
fn hostile_artifacts_say_what_they_were_told_to() {
    let lie = RawEntry { size: Some(1), ..RawEntry::file("a/b", "xy") };
    let bytes = raw_tar(&[RawEntry::dir("a/"), lie.clone(), RawEntry::symlink("a/../../l", "/etc")]);
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
    let seen: Vec<_> = tar
        .entries()
        .unwrap()
        .map(|e| e.unwrap())
        .map(|e| (String::from_utf8(e.path_bytes().into_owned()).unwrap(), e.header().entry_type().as_byte(), e.size()))
        .collect();
    assert_eq!(seen, [("a/".into(), b'5', 0), ("a/b".into(), b'0', 1), ("a/../../l".into(), b'2', 0)]);
}

#[test]
fn a_state_tells_what_changed() {
    let world = World::new(&["h1"]);
    let host = world.host("h1");
    let artifact = Tarball::new("app", "1");
    artifact.unpack(&host.path("releases/r1"));
    world.ssh("h1", "ln -s releases/r1 live; echo a >x").ok();
    assert_eq!((host.live().as_deref(), host.releases()), (Some("releases/r1"), vec!["r1".to_owned()]));
    let before = host.state();
    before.assert_same(&host.state());
    world.ssh("h1", "ln -sfn releases/r2 live; echo b >x; mkdir .release; chmod 700 .release").ok();
    let diff = before.diff(&host.state());
    assert!(diff.contains("live: link to releases/r1 -> link to releases/r2\n"), "{diff}");
    assert!(diff.contains(".release: - -> directory 0700\n") && diff.contains("x: file 0644, 2 bytes, "), "{diff}");
    let same = |s: State| s.without(&["live", "x", ".release"]);
    same(before).assert_same(&same(host.state()));
}

/// The two swaps, as users see them.
#[test]
fn a_hammer_sees_the_gap_of_a_bad_swap_and_none_in_a_good_one() {
    let dir = tempfile::tempdir().unwrap();
    let live = dir.path().join("live");
    for release in ["r1", "r2"] {
        Tarball::new("app", release).unpack(&dir.path().join(release));
    }
    symlink("r1", &live).unwrap();
    let swaps = |swap: &dyn Fn(&str)| {
        let hammer = Hammer::file(live.join("VERSION"), 2);
        hammer.await_more(100);
        for i in 0..200 {
            swap(["r1", "r2"][i % 2]);
            if i % 25 == 0 {
                hammer.await_more(4);
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        hammer.stop()
    };
    let bad = swaps(&|to| {
        fs::remove_file(&live).unwrap();
        std::thread::sleep(Duration::from_millis(1)); // what a shell takes for two commands
        symlink(to, &live).unwrap();
    });
    assert!(bad.bad("ENOENT") > 0, "{bad:?}");
    let good = swaps(&|to| {
        symlink(to, dir.path().join("next")).unwrap();
        fs::rename(dir.path().join("next"), &live).unwrap();
    });
    assert!(good.bad.is_empty() && good.ok() > 0 && good.good.len() == 2, "{good:?}");
}

#[test]
fn files_that_tests_make_on_a_host_are_the_accounts() {
    use std::os::unix::fs::MetadataExt;
    let world = World::new(&["h1"]);
    let path = world.host("h1").write("shared/log/a", "x");
    for p in [&path, path.parent().unwrap(), world.host("h1").base()] {
        assert_eq!(fs::metadata(p).unwrap().uid(), Login::get().uid, "{}", p.display());
    }
}
