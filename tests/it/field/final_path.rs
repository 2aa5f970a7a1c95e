//! The final path: a release is unpacked and prepared where it will live.

use std::fs;
use std::process::Command;

use crate::support::{Fleet, Login, Tarball};

const LATER: &str = "[health]\ncommand = 'live/bin/app'\n";

fn sh(fleet: &Fleet, line: &str) -> String {
    let out = Command::new("sh").args(["-c", line]).current_dir(fleet.host().base()).output().unwrap();
    assert!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// Python: `venv/bin/gunicorn` begins with the absolute path of its interpreter (deployments of Django, Treeherder's among them).
#[test]
fn a_venv_made_by_prepare_runs_after_the_swap_and_after_a_rollback() {
    let toml = format!(
        "{LATER}[prepare]\nrun = ['python3 -m venv --without-pip venv', \
         '''printf '#!%s/venv/bin/python3\\nprint(\"served\")\\n' \"$PWD\" >bin/app; chmod +x bin/app''']\n"
    );
    let fleet = Fleet::files(&["h1"], &toml);
    for version in ["1.0", "1.1"] {
        fleet.deploy_tarball(version, &Tarball::new("app", version).dir("bin")).expect(0);
    }
    fleet.release(&["rollback"]).expect(0);
    assert_eq!(sh(&fleet, "live/bin/app"), "served\n");
}

/// Bundler: `bundle install --path vendor --binstubs` writes absolute paths, and so does node-gyp into its Makefiles.
#[test]
fn absolute_links_and_scripts_of_prepare_lead_into_the_release_itself() {
    let toml = format!(
        "{LATER}[prepare]\nrun = ['mkdir vendor && cp tool vendor/ && ln -s \"$PWD/vendor/tool\" bin/app', \
         'test \"$PWD\" = \"$RELEASE_DIR\"']\n"
    );
    let fleet = Fleet::files(&["h1"], &toml);
    let app = Tarball::new("app", "1.0").dir("bin").program("tool", "#!/bin/sh\necho tool\n");
    fleet.deploy_tarball("1.0", &app).expect(0);
    let to = fs::read_link(fleet.host().path("live/bin/app")).unwrap();
    assert_eq!(to, fleet.host().path(&fleet.host().live().unwrap()).join("vendor/tool"));
}

/// `setfacl -d -m u:www-data:rwX releases`, so that the web server reads (and the deployers' group writes) what comes later.
#[test]
fn default_acls_of_releases_are_inherited_by_a_release() {
    let fleet = Fleet::files(&["h1"], "[prepare]\nrun = ['echo built >built', 'mkdir -p lib/cache']\n");
    fs::create_dir(fleet.host().path("releases")).unwrap();
    Login::get().own(&fleet.host().path("releases"));
    sh(&fleet, "setfacl -d -m u:nobody:rwX,g::rwX releases");
    fleet.deploy_tarball("1.0", &Tarball::new("app", "1.0").file("lib/a", "a")).expect(0);
    for path in ["", "built", "lib", "lib/a", "lib/cache"] {
        let acl = sh(&fleet, &format!("getfacl -p live/{path} 2>/dev/null"));
        let entry = acl.lines().find(|line| line.starts_with("user:nobody:")).unwrap_or_default();
        assert!(entry.starts_with("user:nobody:rw"), "live/{path}: {acl}");
    }
    let built = sh(&fleet, "getfacl -p live/built");
    assert!(built.contains("mask::rw-"), "{built}");
}

/// `.release.json` is what application pages and other tools go by: half a release has none, whoever made it.
#[test]
fn what_has_no_release_json_is_listed_nowhere_and_left_alone() {
    let fleet = Fleet::files(&["h1"], "keep = 2\n");
    let host = fleet.host();
    host.write("releases/20200101-000000-9.9/half", "");
    host.write("releases/.20200101-000000-9.8.part/half", "");
    for version in ["1.0", "1.1", "1.2", "1.3"] {
        // An artifact may bring one of its own, which means nothing.
        fleet.deploy_tarball(version, &Tarball::new("app", version).file(".release.json", "{}")).expect(0);
    }
    let status = fleet.release(&["status", "--json"]).expect(0).stdout;
    assert!(!status.contains("9.9") && !status.contains("9.8"), "{status}");
    fleet.release(&["rollback", "--to", "9.9"]).expect(3);
    fleet.release(&["prune", "view", "--keep", "0"]).expect(0);
    assert!(host.path("releases/20200101-000000-9.9/half").exists() && host.path("live/VERSION").exists());
    let json = host.read("live/.release.json").unwrap();
    assert!(json.contains(r#""version":"1.3""#), "{json}");
}

/// A `[prepare]` that fails half way: Capistrano leaves such directories, and its rollback goes to them.
#[test]
fn a_failed_prepare_leaves_no_name_in_releases() {
    let fleet = Fleet::files(
        &["h1"],
        "[prepare]\nrun = ['mkdir -p deep/er && chmod 500 deep && echo {} >.release.json && exit 7']\n",
    );
    fleet.deploy("1.0").expect(1);
    assert!(!fleet.host().path("releases").exists(), "it was not there before");
    fleet.toml("");
    fleet.deploy("1.1").expect(0);
    fleet.toml("[prepare]\nrun = ['exit 7']\n");
    fleet.deploy("1.2").expect(1);
    assert_eq!(fleet.host().releases().len(), 1);
}

/// releases/ on its own volume (a large disk mounted or linked there) while the home is on the root file system.
#[test]
fn releases_on_another_file_system_by_a_link_work_and_prune() {
    let big = tempfile::Builder::new().prefix("rt-big-").tempdir_in("/dev/shm").unwrap();
    crate::support::mode(big.path(), 0o755);
    fs::create_dir_all(big.path().join("a/b/releases")).unwrap();
    Login::get().own(&big.path().join("a/b/releases"));
    let fleet = Fleet::files(&["h1"], "keep = 2\nshared = ['log/app']\n");
    std::os::unix::fs::symlink(big.path().join("a/b/releases"), fleet.host().path("releases")).unwrap();
    fleet.release(&["check", "view"]).expect(0);
    for version in ["1.0", "1.1", "1.2", "1.3", "1.4"] {
        fleet.deploy(version).expect(0);
        fleet.host().write(&format!("live/log/app/{version}"), "");
    }
    fleet.release(&["rollback"]).expect(0);
    assert_eq!(fs::read_dir(fleet.host().path("shared/log/app")).unwrap().count(), 5);
    assert_eq!(fleet.host().releases().len(), 4, "pruned, and nothing half removed");
}
