//! `[activate]`: what goes with the swap, and is undone with it.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

use crate::support::{App, Fleet, HostSpec, Mode, SERVICE, State, Tarball, Userland};

const ACTIVATE: &str = r#"
[activate]
clear = ["cache", "tmp/made"]
copy = [{ from = "share/docroot/", to = "docroot/" }]
run = ["echo run >>../../ran"]
"#;

fn artifact(version: &str, mode: Mode) -> Tarball {
    App::artifact(version, mode)
        .file("share/docroot/index.html", format!("index of {version}"))
        .file(&format!("share/docroot/css/{version}/style.css"), "style")
        .program("share/docroot/cgi", "#!/bin/sh")
        .link("share/docroot/link", version)
        .dir("share/docroot/empty")
}

/// A host with things in the way, with modes that are not the usual ones.
fn furnished(userland: Userland) -> Fleet {
    let spec = HostSpec::new("h1").userland(userland);
    let fleet = Fleet::serving(vec![spec], &format!("{ACTIVATE}{SERVICE}"));
    let host = fleet.host();
    for (path, content, mode) in [
        ("cache/pages/1", "cached", 0o600),
        ("docroot/index.html", "by hand", 0o664),
        ("docroot/cgi", "old cgi", 0o640),
        ("docroot/robots.txt", "others'", 0o604),
        ("docroot/css/old.css", "others'", 0o644),
    ] {
        set_permissions(host.write(path, content), Permissions::from_mode(mode)).unwrap();
    }
    for (path, mode) in [("cache", 0o2770), ("cache/pages", 0o700), ("docroot", 0o775), ("docroot/css", 0o711)] {
        set_permissions(host.path(path), Permissions::from_mode(mode)).unwrap();
    }
    fleet
}

fn state(fleet: &Fleet) -> State {
    fleet.visible().remove(0).without(&["ran"])
}

fn copied_and_undone(userland: Userland) {
    let fleet = furnished(userland);
    let host = fleet.host();
    let before = state(&fleet);
    fleet.deploy_tarball("1.0", &artifact("1.0", Mode::Good)).expect(0);
    fleet.assert_live("1.0");
    assert_eq!(host.read("docroot/index.html").unwrap(), "index of 1.0");
    assert_eq!(host.read("docroot/robots.txt").unwrap(), "others'");
    assert!(host.path("docroot/empty").is_dir() && host.path("docroot/css/1.0/style.css").is_file());
    assert_eq!(std::fs::read_link(host.path("docroot/link")).unwrap().to_str(), Some("1.0"));
    assert_eq!(std::fs::read_dir(host.path("cache")).unwrap().count(), 0);
    assert!(host.path("tmp/made").is_dir());
    let kept = |s: State| s.only(&["cache", "docroot", "docroot/css"]);
    for path in ["cache", "docroot", "docroot/css"] {
        let mode = |s: &State| s.clone().only(&[path]).diff(&State::of(std::path::Path::new("/nonexistent")));
        let first = |s: &State| mode(s).lines().next().unwrap_or_default().to_owned();
        assert_eq!(first(&before), first(&kept(state(&fleet))), "the directory itself stays as it was");
    }

    // Everything comes back when the next one is not healthy, to the mode.
    host.write("cache/pages/2", "cached by 1.0");
    let served = state(&fleet);
    fleet.deploy_tarball("1.1", &artifact("1.1", Mode::Wrong)).expect(5);
    served.assert_same(&state(&fleet));
    fleet.assert_live("1.0");
    assert_eq!(host.read("ran").unwrap(), "run\nrun\n");
}

#[test]
fn is_done_and_undone_to_the_mode() {
    copied_and_undone(Userland::Gnu);
}

#[test]
fn is_done_and_undone_to_the_mode_with_busybox() {
    copied_and_undone(Userland::BusyBox);
}

#[test]
fn a_first_deploy_that_fails_leaves_what_it_found() {
    let fleet = furnished(Userland::Gnu);
    let before = state(&fleet);
    fleet.deploy_tarball("1.0", &artifact("1.0", Mode::Crash)).expect(5);
    let after = state(&fleet).without(&["releases", "live"]);
    before.assert_same(&after);
    assert!(fleet.host().live().is_none() && fleet.host().releases().is_empty());
}

#[test]
fn a_copy_that_can_not_be_done_is_undone() {
    let fleet = furnished(Userland::Gnu);
    fleet.deploy_tarball("1.0", &artifact("1.0", Mode::Good)).expect(0);
    let before = state(&fleet);
    // A directory where the release has a file: nothing may be half copied.
    let bad = artifact("1.1", Mode::Good).file("share/docroot/css", "a file");
    let bad = bad.file("share/docroot/a-new-one", "x");
    let run = fleet.deploy_tarball("1.1", &bad);
    assert!([3, 5].contains(&run.code), "{run:?}");
    before.assert_same(&state(&fleet));
    fleet.assert_live("1.0");
}
