//! Before the first deploy: `init`, `check` and `setup`; and `recover` where nothing has happened.

use crate::support::{Fleet, World};

#[test]
fn init_writes_a_configuration_that_checks() {
    let world = World::new(&[]);
    let run = world.release(&["init"]).expect(0);
    assert!(run.stdout.contains("hosts.toml"), "{}", run.stdout);
    world.release(&["check", "--config"]).expect(0);
    let written = std::fs::read(world.project().join("hosts.toml")).unwrap();
    let run = world.release(&["init"]).expect(2);
    assert!(run.stderr.contains("there already"), "{}", run.stderr);
    assert_eq!(std::fs::read(world.project().join("hosts.toml")).unwrap(), written);
}

#[test]
fn check_config_reads_the_file_and_asks_no_host() {
    let world = World::new(&[]);
    world.hosts_toml("app = 'app'\n[targets.view]\nhosts = ['nowhere.invalid']\n");
    let run = world.release(&["check", "--config"]).expect(0);
    assert!(run.stdout.contains("view"), "{}", run.stdout);
    world.hosts_toml("app = 'app'\nkepp = 3\n[targets.view]\nhosts = ['nowhere.invalid']\n");
    let run = world.release(&["check", "--config"]).expect(2);
    assert!(run.stderr.contains("hosts.toml:2") && run.stderr.contains("keep"), "{}", run.stderr);
}

#[test]
fn check_tells_every_reason_on_every_host() {
    let mut fleet = Fleet::files(&["h1", "h2", "h3"], "[env]\nfiles = ['~/env.sh']\n");
    fleet.world.host("h1").write("env.sh", "");
    fleet.world.host("h2").write("live/file", "");
    fleet.world.host_mut("h3").sshd_mut().stop();
    let before = fleet.visible();
    let run = fleet.release(&["check", "view"]).expect(3);
    let said = |words: &[&str]| words.iter().all(|word| run.stdout.contains(word));
    assert!(said(&["h1: ok", "real directory", "env.sh", "h3", "can't connect"]), "{}", run.stdout);
    let json = fleet.release(&["check", "view", "--json"]).expect(3).json();
    let ok: Vec<_> = json["hosts"].as_array().unwrap().iter().map(|host| host["ok"].as_bool().unwrap()).collect();
    assert_eq!(ok, [true, false, false]);
    assert_eq!(json["hosts"][1]["reasons"].as_array().unwrap().len(), 2);
    fleet.assert_same(&before);
    assert!(!fleet.world.host("h1").path(".release").exists(), "asking leaves nothing");
}

#[test]
fn setup_makes_the_directories_and_says_what_root_has_to_add() {
    let fleet = Fleet::files(
        &["h1"],
        "base = '~/site'\n[maintenance]\nflag = 'down'\n[service]\nstop = 'sudo /sbin/stop-it'\nstart = 'sudo /sbin/start-it'\n",
    );
    // sudo would ask: that is what setup is there to tell.
    let run = fleet.release(&["setup", "view"]).expect(0);
    for text in ["NOPASSWD: /sbin/stop-it", "NOPASSWD: /sbin/start-it", "/site/down", "release setup view --boot-hook"]
    {
        assert!(run.stdout.contains(text), "{text}: {}", run.stdout);
    }
    let host = fleet.host();
    assert!(host.path("site/releases").is_dir() && host.path("site/shared").is_dir());
    let mode = std::fs::metadata(host.path("site/.release")).map(|meta| std::os::unix::fs::MetadataExt::mode(&meta));
    assert_eq!(mode.unwrap() & 0o777, 0o700);
    fleet.release(&["setup", "view"]).expect(0);
}

#[test]
fn recover_where_nothing_has_happened() {
    let fleet = Fleet::files(&["h1", "h2"], "");
    let run = fleet.release(&["recover", "view"]).expect(0);
    assert_eq!(run.stdout.matches("nothing to recover").count(), 2, "{}", run.stdout);
    assert!(fleet.world.hosts().iter().all(|host| !host.path(".release").exists()));
    fleet.deploy("1").expect(0);
    let before = fleet.visible();
    fleet.release(&["recover"]).expect(0);
    fleet.assert_same(&before);
    fleet.release(&["recover", "--json"]).expect(0).json();
}
