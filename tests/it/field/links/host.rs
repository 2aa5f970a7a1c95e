//! The host's half: steps and their undos walk real directories only, and move nothing by halves.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{Fleet, Login, Tarball, mode};

/// A directory of the account on another file system.
fn elsewhere() -> tempfile::TempDir {
    let dir = tempfile::Builder::new().prefix("rt-big-").tempdir_in("/dev/shm").unwrap();
    mode(dir.path(), 0o755);
    Login::get().own(dir.path());
    dir
}

/// An asset build that ships `log -> uploads` (Rails' `public/system` links do the like): `share` deleted users' files behind it.
#[test]
fn share_behind_a_link_of_the_release_is_refused_and_shared_files_stay() {
    let fleet =
        Fleet::files(&["h1"], "shared = ['uploads', 'log/app']\n[prepare]\nrun = ['test -e done || ln -s x done']\n");
    fleet.deploy("1.0").expect(0);
    fleet.host().write("shared/uploads/app/customer.txt", "precious");
    let run = fleet.deploy_tarball("1.1", &Tarball::new("app", "1.1").link("log", "uploads"));
    assert!(run.code == 1 || run.code == 2 || run.code == 3, "{run:?}");
    assert_eq!(fleet.host().read("shared/uploads/app/customer.txt").unwrap(), "precious");
    fleet.assert_live("1.0");
}

/// cache/ on a larger disk by a link (nginx' proxy_cache, Drupal's files): what can't be moved at once is not moved by halves.
#[test]
fn clear_of_a_directory_elsewhere_is_undone_whole() {
    let big = elsewhere();
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1.0").expect(0);
    let cache = big.path().join("cache");
    Login::get().write(&cache.join("deep/entry"), "kept");
    symlink(&cache, fleet.host().path("cache")).unwrap();
    fleet.toml("[activate]\nclear = ['cache']\nrun = ['test ! -e ~/cache/deep && echo new >~/cache/new && exit 7']\n");
    fleet.deploy("1.1").expect(5);
    assert_eq!(fs::read_to_string(cache.join("deep/entry")).unwrap(), "kept");
    assert!(!cache.join("new").exists());
    fleet.toml("[activate]\nclear = ['cache']\n");
    fleet.deploy("1.2").expect(0);
    let left: Vec<_> = fs::read_dir(big.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["cache"], "nothing waits beside it any more");
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 0);
}

/// A disk that fails for the log alone, when all is over: what was cleared goes all the same, and nobody's files are blamed.
#[test]
fn what_was_cleared_goes_where_the_log_can_not_be_opened() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1.0").expect(0);
    fleet.host().write("cache/deep/entry", "old");
    fleet.toml("[activate]\nclear = ['cache']\n[service]\nstop = 'true'\nstart = 'cd ~/.release/tx/* && rm log && mkdir log'\n");
    let run = fleet.deploy("1.1").expect(0);
    assert!(!run.stderr.contains("another account"), "{}", run.stderr);
    let left: Vec<_> = fs::read_dir(fleet.host().base()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".cache.")), "{left:?}");
}

/// /var/cache/app, which root made and gave to the account: its parent is not the account's, so it can't be renamed.
#[test]
fn clear_of_a_directory_in_a_foreign_parent_works_and_is_undone() {
    let big = elsewhere();
    let parent = big.path().join("var");
    let cache = parent.join("app");
    Login::get().write(&cache.join("a/entry"), "kept");
    Login::get().write(&cache.join(".hidden"), "kept");
    std::os::unix::fs::chown(&parent, Some(0), Some(0)).unwrap();
    let fleet = Fleet::files(&["h1"], "");
    symlink(&cache, fleet.host().path("cache")).unwrap();
    fleet.toml("[activate]\nclear = ['cache']\nrun = ['test ! -e ~/cache/a && echo new >~/cache/new && exit 7']\n");
    fleet.deploy("1.0").expect(5);
    let names = || {
        let mut names: Vec<_> = fs::read_dir(&cache).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(), [".hidden", "a"]);
    fleet.toml("[activate]\nclear = ['cache']\n");
    fleet.deploy("1.1").expect(0);
    assert!(names().is_empty(), "{:?}", names());
}

/// docroot/img -> /srv/img, put there by an administrator: a release that has files in img/ wrote them to /srv/img.
#[test]
fn copy_through_a_link_at_the_destination_is_refused_before_anything_changes() {
    let big = elsewhere();
    Login::get().write(&big.path().join("logo"), "theirs");
    let fleet = Fleet::files(&["h1"], "[activate]\ncopy = [{ from = 'share', to = 'docroot' }]\n");
    fleet.deploy_tarball("1.0", &Tarball::new("app", "1.0").file("share/index", "1.0")).expect(0);
    symlink(big.path(), fleet.host().path("docroot/img")).unwrap();
    let run = fleet.deploy_tarball("1.1", &Tarball::new("app", "1.1").file("share/img/logo", "ours")).expect(1);
    assert!(run.stderr.contains("nothing is written through it"), "{}", run.stderr);
    assert_eq!(fs::read_to_string(big.path().join("logo")).unwrap(), "theirs");
    assert_eq!(fleet.host().read("docroot/index").unwrap(), "1.0");
}

/// A theme that links `share/theme -> ../lib/theme`: right in the release, and dangling where it is copied to.
#[test]
fn copy_of_a_link_that_leads_out_of_what_is_copied_is_refused() {
    let fleet = Fleet::files(&["h1"], "[activate]\ncopy = [{ from = 'share', to = 'docroot' }]\n");
    let good = Tarball::new("app", "1.0").file("share/a/b", "b").link("share/c", "a/b").link("share/a/up", "../c");
    fleet.deploy_tarball("1.0", &good).expect(0);
    assert_eq!(fleet.host().read("docroot/a/up").unwrap(), "b");
    // Of the artifact's own links the client says so; this one comes of a build on the host.
    let copy = "[activate]\ncopy = [{ from = 'share', to = 'docroot' }]\n";
    fleet.toml(&format!("[prepare]\nrun = ['ln -s ../lib/theme share/theme']\n{copy}"));
    let run = fleet.deploy_tarball("1.1", &Tarball::new("app", "1.1").file("lib/theme", "t").dir("share")).expect(1);
    assert!(run.stderr.contains("theme is a link out of"), "{}", run.stderr);
    assert!(!fleet.host().path("docroot/theme").is_symlink());
    fleet.assert_live("1.0");
}

/// A home on NFS or a large volume: `shared` is itself a link, two levels deeper, and so are directories in it.
#[test]
fn shared_that_is_a_link_to_another_file_system_is_found_by_every_release() {
    let big = elsewhere();
    Login::get().write(&big.path().join("deep/shared/var/x"), "");
    let fleet = Fleet::files(&["h1"], "shared = ['uploads', 'var/lib/data']\n");
    symlink(big.path().join("deep/shared"), fleet.host().path("shared")).unwrap();
    let app = |version: &str| Tarball::new("app", version).file("uploads/logo", "seed");
    fleet.deploy_tarball("1.0", &app("1.0")).expect(0);
    fleet.host().write("live/var/lib/data/row", "1");
    fleet.deploy_tarball("1.1", &app("1.1")).expect(0);
    assert_eq!(fleet.host().read("live/uploads/logo").unwrap(), "seed");
    assert_eq!(fs::read_to_string(big.path().join("deep/shared/var/lib/data/row")).unwrap(), "1");
    let names: Vec<_> = fs::read_dir(big.path().join("deep/shared")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "no half of a seed is left: {names:?}");
}
