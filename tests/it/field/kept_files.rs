//! What users wrote into a release: filled in, kept aside or named, and never removed without a word.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{Fleet, Host, HostSpec, Tarball, Userland};

/// The files below `.release/kept`, without their end dates.
fn kept(host: &Host) -> Vec<String> {
    let state = crate::support::State::of(&host.path(".release/kept"));
    state.paths().into_iter().filter(|path| path.matches('/').count() > 0).collect()
}

fn name_of(host: &Host, version: &str) -> String {
    host.releases().into_iter().find(|name| name.ends_with(&format!("-{version}"))).unwrap()
}

/// Uploads that went into releases because nobody had listed the path yet (each first deploy of a PHP or Rails application).
#[test]
fn a_path_that_becomes_shared_is_filled_from_the_live_release() {
    for userland in [Userland::Gnu, Userland::BusyBox] {
        let fleet = Fleet::of(vec![HostSpec::new("h1").userland(userland)], "");
        let host = fleet.host();
        let app = |version: &str| Tarball::new("app", version).file("uploads/.keep", "").file("db/app.sqlite", "empty");
        fleet.deploy_tarball("1.0", &app("1.0")).expect(0);
        host.write("live/uploads/2024/p.jpg", "photo");
        host.write("live/db/app.sqlite", "rows");
        // What comes while the new release is prepared counts too.
        fleet.toml("shared = ['uploads', 'db/app.sqlite']\n[prepare]\nrun = ['echo late >~/live/uploads/late']\n");
        let run = fleet.deploy_tarball("1.1", &app("1.1")).expect(0);
        assert!(run.stderr.contains("shared/uploads is filled from"), "{}", run.stderr);
        for (path, text) in [("uploads/2024/p.jpg", "photo"), ("uploads/late", "late\n"), ("db/app.sqlite", "rows")] {
            assert_eq!(host.read(&format!("live/{path}")).as_deref(), Some(text), "{userland:?}: {path}");
        }
    }
}

/// A SQLite file, edited configuration and caches inside releases: a prune took them all.
#[test]
fn prune_keeps_what_a_release_did_not_bring_and_says_where_and_until_when() {
    for userland in [Userland::Gnu, Userland::BusyBox, Userland::Toybox] {
        let spec = HostSpec::new("h1").userland(userland);
        let more: &[&str] = if userland == Userland::Toybox { &["wget", "dd", "tr"] } else { &[] };
        let spec = more.iter().fold(spec, |spec, name| spec.program(name));
        let fleet = Fleet::of(vec![spec], "keep = 2\n");
        let host = fleet.host();
        let app = |version: &str| Tarball::new("app", version).file("lib/a", "a").file("lib/b", "b");
        fleet.deploy_tarball("1", &app("1")).expect(0);
        let one = name_of(host, "1");
        host.write("live/uploads/a b/p.jpg", "photo");
        let edited = host.write("live/lib/b", "edited");
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
        fs::File::options().write(true).open(edited).unwrap().set_modified(later).unwrap();
        let mut said = String::new();
        for version in ["2", "3", "4", "5"] {
            said += &fleet.deploy_tarball(version, &app(version)).expect(0).stderr;
        }
        assert!(!host.path(&format!("releases/{one}")).exists());
        assert!(
            said.contains(&format!("releases/{one} had 2 files that it did not bring (first: lib/b): kept in")),
            "{said}"
        );
        assert!(said.contains(&format!(".release/kept/{one} until 20")), "{said}");
        let all = kept(host);
        let has = |path: &str| all.iter().any(|name| *name == format!("{one}/{path}"));
        assert!(has("lib/b") && has("uploads/a b/p.jpg") && !has("lib/a"), "{userland:?}: {all:?}");
        // And when its time is over, it goes.
        host.write(&format!(".release/kept/{one}.until"), "1000\n");
        fleet.deploy_tarball("6", &app("6")).expect(0);
        assert!(!host.path(&format!(".release/kept/{one}")).exists());
    }
}

/// An upload in the half minute in which a new release was live that did not turn out healthy.
#[test]
fn undo_of_a_deploy_keeps_what_users_wrote_while_it_was_live() {
    let health = "mkdir -p live/uploads; echo photo >live/uploads/p.jpg; grep -q 1.0 live/VERSION";
    let fleet = Fleet::files(&["h1"], &format!("[health]\ncommand = '{health}'\ntimeout = '1s'\n"));
    fleet.deploy("1.0").expect(0);
    let run = fleet.deploy("1.1").expect(5);
    assert!(run.stderr.contains("had 1 file that it did not bring (first: uploads/p.jpg): kept in"), "{}", run.stderr);
    assert_eq!(kept(fleet.host()).iter().filter(|path| path.ends_with("uploads/p.jpg")).count(), 1);
    assert_eq!(fleet.host().releases().len(), 1);
}

/// What was uploaded to the release that a rollback leaves: the old one does not show it, and nobody knew why.
#[test]
fn rollback_names_what_stays_behind_in_the_release_that_it_leaves() {
    let fleet = Fleet::files(&["h1"], "");
    ["1.0", "1.1"].iter().for_each(|version| drop(fleet.deploy(version).expect(0)));
    fleet.host().write("live/uploads/p.jpg", "photo");
    let two = name_of(fleet.host(), "1.1");
    let run = fleet.release(&["rollback"]).expect(0);
    let says = format!("releases/{two} has 1 file that it did not bring (first: uploads/p.jpg); it stays there");
    assert!(run.stderr.contains(&says), "{}", run.stderr);
    assert_eq!(fleet.host().read(&format!("releases/{two}/uploads/p.jpg")).unwrap(), "photo");
}

/// tmpwatch, `git clean`, a cache cleaner: `tmp/.keep` was gone, and the rollback was refused while the site was down.
#[test]
fn rollback_restores_what_a_cleaner_took_from_the_kept_artifact() {
    for userland in [Userland::Gnu, Userland::BusyBox] {
        let fleet = Fleet::of(vec![HostSpec::new("h1").userland(userland)], "shared = ['log']\n");
        let host = fleet.host();
        let app =
            |version: &str| Tarball::new("app", version).file("tmp/.keep", "").file("lib/a b/c", "c").dir("empty");
        ["1.0", "1.1"].iter().for_each(|version| drop(fleet.deploy_tarball(version, &app(version)).expect(0)));
        let one = name_of(host, "1.0");
        for path in ["tmp", "lib", "empty"] {
            fs::remove_dir_all(host.path(&format!("releases/{one}/{path}"))).unwrap();
        }
        let run = fleet.release(&["rollback"]).expect(0);
        assert!(
            run.stderr.contains("had lost 6 files that its artifact has: they are restored (first: empty)"),
            "{}",
            run.stderr
        );
        assert_eq!(host.read("live/lib/a b/c").unwrap(), "c");
        assert!(host.path("live/tmp/.keep").exists() && host.path("live/empty").is_dir());
        assert_eq!(host.releases().len(), 2, "{userland:?}: nothing of it is left beside");
    }
}

/// `live` was called `current` once, and nginx still has that: a prune left a dangling link and a 404.
#[test]
fn prune_leaves_a_release_that_another_link_of_base_leads_to() {
    let fleet = Fleet::files(&["h1"], "keep = 2\n");
    let host = fleet.host();
    fleet.deploy("1").expect(0);
    let one = name_of(host, "1");
    symlink(format!("releases/{one}"), host.path("current")).unwrap();
    let runs: Vec<_> = ["2", "3", "4", "5"].iter().map(|version| fleet.deploy(version).expect(0).stderr).collect();
    assert!(runs.concat().contains(&format!("releases/{one} stays: the link current leads there")), "{runs:?}");
    assert!(host.path("current/VERSION").exists());
}

/// The web server's own cache files in a release (mode 2775, uid www-data): a prune could not remove them and left half a release.
#[test]
fn what_another_account_wrote_is_kept_or_named_and_no_release_any_more() {
    if !crate::support::is_root() {
        return;
    }
    let fleet = Fleet::files(&["h1"], "keep = 2\n");
    let host = fleet.host();
    fleet.deploy("1").expect(0);
    let one = name_of(host, "1");
    let theirs = host.path("live/cache/theirs");
    fs::create_dir_all(&theirs).unwrap();
    fs::write(theirs.join("entry"), "").unwrap();
    let said: String = ["2", "3", "4", "5"].iter().map(|version| fleet.deploy(version).expect(0).stderr).collect();
    assert!(
        said.contains(&format!("releases/{one} had 1 file that it did not bring (first: cache/theirs/entry)")),
        "{said}"
    );
    assert!(!host.path(&format!("releases/{one}")).exists() && !host.path(&format!("releases/.{one}.gone")).exists());
    host.write(&format!(".release/kept/{one}.until"), "1000\n");
    let run = fleet.deploy("6").expect(0);
    assert!(
        run.stderr.contains(&format!("kept/{one} can't be removed: another account's files are in it")),
        "{}",
        run.stderr
    );
}

/// Capistrano 2's flat shared/system, and uploads that a script of one's own linked to another disk: a new empty directory took their place.
#[test]
fn path_that_is_a_link_in_the_live_release_leads_on_where_it_led() {
    for userland in [Userland::Gnu, Userland::BusyBox] {
        let fleet = Fleet::of(vec![HostSpec::new("h1").userland(userland)], "");
        let host = fleet.host();
        let app = |version: &str| Tarball::new("app", version).file("public/x", "").file("data/own/a", "brought");
        fleet.deploy_tarball("1.0", &app("1.0")).expect(0);
        host.write("shared/system/pic", "pic");
        host.write("mnt/env", "secret");
        symlink("../../../shared/system", host.path("live/public/system")).unwrap();
        symlink(host.path("mnt/env"), host.path("live/.env")).unwrap();
        // By a link within the release, which a prune takes: what users wrote there is copied.
        symlink("data/own", host.path("live/uploads")).unwrap();
        host.write("live/data/own/u", "user");
        fleet.toml("shared = ['public/system', 'uploads']\nshared_files = ['.env']\n");
        let run = fleet.deploy_tarball("1.1", &app("1.1")).expect(0);
        assert!(run.stderr.contains("public/system in the live release leads to /"), "{}", run.stderr);
        for (path, text) in [("public/system/pic", "pic"), (".env", "secret"), ("uploads/u", "user")] {
            assert_eq!(host.read(&format!("live/{path}")).as_deref(), Some(text), "{userland:?}: {path}");
        }
        assert_eq!(fs::read_link(host.path("shared/public/system")).unwrap().to_str(), Some("../system"));
        assert!(host.path("shared/uploads").is_dir() && !host.path("shared/uploads").is_symlink());
    }
}

/// A disk that was not mounted when the operator deployed, seen from the release that still serves it.
#[test]
fn path_that_leads_nowhere_is_refused_by_check_and_deploy_and_named_by_a_rollback() {
    let fleet = Fleet::files(&["h1"], "");
    let host = fleet.host();
    fleet.deploy("1.0").expect(0);
    symlink("/nowhere/uploads", host.path("live/uploads")).unwrap();
    fleet.toml("shared = ['uploads']\n");
    let run = fleet.deploy("1.1").expect(3);
    assert!(run.stderr.contains("uploads is a link in the live release that leads nowhere"), "{}", run.stderr);
    host.write("shared/uploads/u", "user");
    fs::remove_file(host.path("live/uploads")).unwrap();
    ["1.1", "1.2"].iter().for_each(|version| drop(fleet.deploy(version).expect(0)));
    fs::rename(host.path("shared/uploads"), host.path("away")).unwrap();
    let run = fleet.release(&["rollback"]).expect(0);
    assert!(run.stderr.contains("links to shared/uploads, which is not there"), "{}", run.stderr);
    symlink("/nowhere/uploads", host.path("shared/uploads")).unwrap();
    let said = "shared/uploads is a link that leads nowhere: /nowhere/uploads";
    assert!(fleet.release(&["check"]).expect(3).stdout.contains(said));
    assert!(fleet.deploy("1.3").expect(3).stderr.contains(said));
    let run = fleet.release(&["forward"]).expect(0);
    assert!(run.stderr.contains(said), "{}", run.stderr);
}

/// Uploads became shared, a rollback went to where they were not, and users went on: two halves, and each release served one.
#[test]
fn what_users_wrote_after_a_rollback_to_an_unshared_path_joins_what_is_shared() {
    for way in ["deploy", "forward"] {
        let fleet = Fleet::files(&["h1"], "");
        let host = fleet.host();
        let app = |version: &str| Tarball::new("app", version).file("uploads/.keep", "");
        fleet.deploy_tarball("1", &app("1")).expect(0);
        host.write("live/uploads/u1", "u1");
        fleet.toml("shared = ['uploads']\n");
        fleet.deploy_tarball("2", &app("2")).expect(0);
        host.write("live/uploads/u2", "u2");
        let run = fleet.release(&["rollback"]).expect(0);
        let says = "which does not serve 3 files of shared/uploads (first: uploads/.keep)";
        assert!(run.stderr.contains(says), "{}", run.stderr);
        host.write("live/uploads/a/u3", "u3");
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
        let edited = host.write("live/uploads/u1", "edited");
        fs::File::options().write(true).open(edited).unwrap().set_modified(later).unwrap();
        let run = match way {
            "deploy" => fleet.deploy_tarball("3", &app("3")).expect(0),
            _ => fleet.release(&["forward"]).expect(0),
        };
        assert!(run.stderr.contains("what shared/uploads lacks of it is copied there"), "{}", run.stderr);
        for (path, text) in [("u1", "edited"), ("u2", "u2"), ("a/u3", "u3")] {
            assert_eq!(host.read(&format!("live/uploads/{path}")).as_deref(), Some(text), "{way}: {path}");
        }
        // The newer one wins, and the other is not lost.
        assert!(kept(host).iter().any(|path| path.ends_with("uploads/u1")), "{way}: {:?}", kept(host));
    }
}

/// An entry of `shared` lost in a merge, and a release with a new directory below one that is there already (deployer's `storage`).
#[test]
fn path_that_is_shared_no_more_and_files_that_a_shared_one_hides_are_named() {
    let fleet = Fleet::files(&["h1"], "shared = ['storage', 'a/b']\n");
    let app = |version: &str| Tarball::new("app", version).file("storage/.gitkeep", "");
    fleet.deploy_tarball("1", &app("1")).expect(0);
    fs::remove_file(fleet.host().path("shared/storage/.gitkeep")).unwrap();
    assert!(!fleet.deploy_tarball("2", &app("2")).expect(0).stderr.contains("storage"));
    let run = fleet.deploy_tarball("3", &app("3").file("storage/foo/.keep", "")).expect(0);
    assert!(
        run.stderr.contains("lacks 1 file that the release brings there: not served (first: storage/foo/.keep)"),
        "{}",
        run.stderr
    );
    fleet.toml("shared = ['storage']\n");
    fleet.dist(&app("4"));
    let run = fleet.release(&["view", "4", "--dry-run"]).expect(0);
    assert!(
        (run.stdout.clone() + &run.stderr)
            .contains("a/b is shared in the live release, and hosts.toml does not list it any more"),
        "{}",
        (run.stdout.clone() + &run.stderr)
    );
    assert!(
        !(run.stdout.clone() + &run.stderr).contains("storage is shared in"),
        "{}",
        (run.stdout.clone() + &run.stderr)
    );
}
