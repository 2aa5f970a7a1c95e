//! Shared files are files, and whoever has them puts them there.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Fleet, Tarball};

#[track_caller]
fn refused(fleet: &Fleet, words: &[&str]) {
    let before = fleet.visible();
    let run = fleet.deploy("1.0").expect(3);
    for word in words.iter().chain(&["nothing was changed"]) {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
    fleet.assert_same(&before);
}

/// Capistrano's `linked_files`, Deployer's `shared_files`: they refuse as well, and leave the user to find out how to go on.
#[test]
fn shared_file_that_is_missing_is_refused_with_the_way_on() {
    let fleet = Fleet::files(&["h1", "h2"], "shared_files = ['.env', 'config/master.key']\n");
    fleet.world.write("prod.env", "KEY=1\nSECRET='it''s'\n");
    fleet.world.write("config/master.key", "0123\n");
    refused(&fleet, &["shared/.env is not there", "release setup view --seed .env"]);
    assert_eq!(fleet.release(&["check", "view"]).code, 3);
    fleet.release(&["setup", "view", "--seed", "prod.env:.env"]).expect(0);
    refused(&fleet, &["shared/config/master.key is not there"]);
    fleet.release(&["setup", "view", "--seed", "config/master.key"]).expect(0);
    fleet.deploy("1.0").expect(0);
    for host in fleet.world.hosts() {
        assert_eq!(host.read("live/.env").unwrap(), "KEY=1\nSECRET='it''s'\n");
        assert_eq!(host.path("shared/.env").metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(host.path("live/config/master.key").is_file() && host.path("live/.env").is_symlink());
    }
    // Its content is nowhere else, also not in the books.
    assert_eq!(fleet.world.ssh("h1", "grep -rl SECRET= .release; true").ok(), "");
}

/// An editor's copy on the laptop is older than what an administrator changed on the host.
#[test]
fn seed_leaves_what_is_there_unless_asked() {
    let fleet = Fleet::files(&["h1", "h2"], "shared_files = ['.env']\n");
    fleet.world.write(".env", "new\n");
    fleet.host().write("shared/.env", "edited\n");
    fleet.release(&["setup", "view", "--seed", ".env"]).expect(0);
    let read = |host: &str| fleet.world.host(host).read("shared/.env").unwrap();
    assert_eq!((read("h1"), read("h2")), ("edited\n".into(), "new\n".into()));
    let run = fleet.release(&["setup", "view", "--seed", ".env"]).expect(3);
    assert!(run.stderr.contains("is there already") && run.stderr.contains("--replace"), "{}", run.stderr);
    fleet.release(&["setup", "view", "--seed", ".env", "--replace"]).expect(0);
    assert_eq!(read("h1"), "new\n");
    for (word, said) in [("nope.env", "no shared path is called"), (".env:other", "\"other\" is not shared")] {
        let run = fleet.release(&["setup", "view", "--seed", word]).expect(2);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
}

/// Rails' and Symfony's `.env` under `shared`: a directory of that name was made, and the application started without it.
#[test]
fn shared_path_that_looks_like_a_file_is_refused_while_nobody_has_it() {
    let fleet = Fleet::files(&["h1"], "shared = ['log', 'conf.d', 'config/database.yml']\n");
    refused(
        &fleet,
        &["shared/config/database.yml is not there, and looks like a file", "--seed database.yml:config/database.yml"],
    );
    // The release brings one: that is what it begins with.
    fleet.deploy_tarball("1.1", &Tarball::new("app", "1.1").file("config/database.yml", "of the release")).expect(0);
    assert_eq!(fleet.host().read("shared/config/database.yml").unwrap(), "of the release");
    assert!(fleet.host().path("shared/conf.d").is_dir());
}

/// Somebody made it with `mkdir -p shared/.env`: a link to a directory is no `.env`.
#[test]
fn shared_file_that_is_a_directory_is_refused() {
    let fleet = Fleet::files(&["h1"], "shared_files = ['.env']\n");
    fleet.host().write("shared/.env/x", "");
    refused(&fleet, &["shared/.env is a directory"]);
}
