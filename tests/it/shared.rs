//! `shared`: what outlives a release, linked into each.

use crate::support::{Fleet, Tarball};

const SHARED: &str = r#"shared = ["uploads", "log", "etc/app.conf", "var/lib/data"]"#;

fn artifact(version: &str) -> Tarball {
    Tarball::new("app", version)
        .file("uploads/logo", "from 1.0")
        .file("etc/app.conf", format!("conf of {version}"))
        .file("etc/other", "own")
}

#[test]
fn the_first_deploy_seeds_it_and_every_release_sees_the_same() {
    let fleet = Fleet::files(&["h1"], SHARED);
    let host = fleet.host();
    fleet.deploy_tarball("1.0", &artifact("1.0")).expect(0);
    assert_eq!(host.read("shared/uploads/logo").unwrap(), "from 1.0", "a directory is seeded");
    assert_eq!(host.read("shared/etc/app.conf").unwrap(), "conf of 1.0", "a file is seeded");
    assert!(host.path("shared/log").is_dir() && host.path("shared/var/lib/data").is_dir(), "else it is empty");
    host.write("live/uploads/new", "a user's");
    host.write("live/var/lib/data/db", "rows");
    host.write("live/etc/app.conf", "edited");

    fleet.deploy_tarball("1.1", &artifact("1.1")).expect(0);
    assert_eq!(host.read("live/uploads/new").unwrap(), "a user's");
    assert_eq!(host.read("live/var/lib/data/db").unwrap(), "rows");
    assert_eq!(host.read("live/etc/app.conf").unwrap(), "edited");
    assert_eq!(host.read("live/etc/other").unwrap(), "own", "what is beside it belongs to the release");
    fleet.release(&["rollback"]).expect(0);
    assert_eq!(host.read("live/uploads/new").unwrap(), "a user's");
    for (path, to) in [("uploads", "../../shared/uploads"), ("etc/app.conf", "../../../shared/etc/app.conf")] {
        let link = std::fs::read_link(host.path("live").join(path)).unwrap();
        assert_eq!(link.to_str().unwrap(), to, "relative, so that the base can be moved");
    }
}

#[test]
fn it_is_there_while_the_release_is_prepared() {
    let toml =
        format!("{SHARED}\n[prepare]\nrun = ['echo prepared >>log/build && cat etc/app.conf >var/lib/data/seen']");
    let fleet = Fleet::files(&["h1"], &toml);
    fleet.deploy_tarball("1.0", &artifact("1.0")).expect(0);
    fleet.deploy_tarball("1.1", &artifact("1.1")).expect(0);
    assert_eq!(fleet.host().read("shared/log/build").unwrap(), "prepared\nprepared\n");
    assert_eq!(fleet.host().read("shared/var/lib/data/seen").unwrap(), "conf of 1.0");
}

#[test]
fn a_first_deploy_that_fails_leaves_nothing_shared() {
    let fleet = Fleet::files(&["h1"], &format!("{SHARED}\n[prepare]\nrun = ['exit 3']"));
    fleet.host().write("shared/log/old", "kept");
    let before = fleet.visible();
    fleet.deploy_tarball("1.0", &artifact("1.0")).expect(1);
    assert_eq!(before[0].clone().only(&["shared/log"]), fleet.visible()[0].clone().only(&["shared/log"]));
    assert!(!fleet.host().path("shared/uploads").exists());
    assert_eq!(fleet.host().read("shared/log/old").unwrap(), "kept");
}
