//! What is asked before, what is said after, and what the ledger has of it.

use std::fs;

use serde_json::Value;

use crate::support::{Run, Tarball, World};

/// One host on this machine, with these lines for the application and for `prod`.
fn site(app: &str, prod: &str) -> World {
    let world = World::new(&[]);
    let home = world.root().join("home-of-app").display().to_string();
    world.hosts_toml(&format!("app = \"app\"\n{app}\n[targets.prod]\nhosts = [\"local:{home}\"]\n{prod}\n"));
    world
}

fn dist(world: &World, version: &str) {
    Tarball::new("app", version).file("page", version).write(&world.project().join("dist"));
}

/// The same on a terminal, where somebody types an answer.
#[track_caller]
fn on_terminal(world: &World, args: &str, answer: &str) -> Run {
    let mut command = world.command("sh");
    let line = format!(
        "(sleep 0.3; echo {answer}) | script -qec '{} --no-progress {args}' /dev/null",
        env!("CARGO_BIN_EXE_release")
    );
    command.env("TERM", "xterm").args(["-c", &line]);
    Run::of(command)
}

/// The records of the ledger, newest first.
fn records(world: &World) -> Vec<Value> {
    let log = world.release(&["log", "prod", "--json"]).expect(0).json();
    log["operations"].as_array().unwrap().iter().map(|entry| entry["record"].clone()).collect()
}

/// Kamal's `proxy maintenance`, Laravel's `artisan down`: whoever comes back up wants all of it up, not one of two flags.
#[test]
fn maintenance_off_lowers_every_flag_and_says_so() {
    let world = site("[maintenance]\nflag = 'down'\nlong_flag = 'down_long'", "");
    let base = world.root().join("home-of-app");
    for (args, flags, said) in [
        (&["maintenance", "on", "prod"][..], &["down"][..], "/down"),
        (&["maintenance", "on", "prod", "--long"], &["down", "down_long"], "/down_long"),
        (&["maintenance", "off", "prod"], &[], "down_long removed"),
        (&["maintenance", "off", "prod"], &[], "down_long removed"),
    ] {
        let run = world.release(args).expect(0);
        assert!(run.stderr.contains(said), "{said}: {}", run.stderr);
        for flag in ["down", "down_long"] {
            assert_eq!(base.join(flag).exists(), flags.contains(&flag), "{args:?} {flag}");
        }
    }
    let states: Vec<Value> = records(&world).iter().map(|record| record["state"].clone()).collect();
    assert_eq!(states, ["off", "off", "on, for long", "on"]);
    let log = world.release(&["log", "prod"]).expect(0).stdout;
    assert!(log.contains("on, for long") && log.contains("maintenance  off"), "{log}");
}

/// On a Friday evening the wrong terminal is in front: what changes what users see asks, whichever verb it is.
#[test]
fn protected_target_asks_for_each_verb_that_users_see() {
    let world = site("[maintenance]\nflag = 'down'", "protected = true");
    for args in [
        &["maintenance", "on", "prod"][..],
        &["maintenance", "off", "prod"],
        &["lock", "prod"],
        &["unlock", "prod"],
        &["recover", "prod"],
    ] {
        let run = world.release(args).expect(2);
        assert!(run.stderr.contains("target `prod` is protected") && run.stderr.contains("--yes"), "{}", run.stderr);
        assert!(!world.root().join("home-of-app/.release").exists(), "{args:?}");
        world.release(&[args, &["--yes"]].concat()).expect(0);
        let _ = fs::remove_dir_all(world.root().join("home-of-app"));
    }
    let run = on_terminal(&world, "maintenance on prod", "n").expect(2);
    assert!(run.stdout.contains("prod: maintenance on? [y/N]"), "{}", run.stdout);
    assert!(!world.root().join("home-of-app/down").exists());
}

/// psql's and Terraform's users know: "are you sure?" is answered by habit, a version is read.
#[test]
fn question_names_the_version_that_is_live_and_the_one_to_be() {
    let world = site("", "protected = true");
    for version in ["1.2", "1.3"] {
        dist(&world, version);
        world.release(&["prod", version, "--yes"]).expect(0);
    }
    let live = || fs::read_to_string(world.root().join("home-of-app/live/VERSION")).unwrap();
    let run = on_terminal(&world, "rollback prod", "n").expect(2);
    assert!(run.stdout.contains("roll back prod: 1.3 -> 1.2? [y/N]"), "{}", run.stdout);
    assert_eq!(live().trim(), "1.3");
    on_terminal(&world, "rollback prod", "y").expect(0);
    let run = on_terminal(&world, "forward prod", "n").expect(2);
    assert!(run.stdout.contains("roll forward prod: 1.2 -> 1.3? [y/N]"), "{}", run.stdout);
    dist(&world, "1.4");
    let run = on_terminal(&world, "prod 1.4", "n").expect(2);
    assert!(run.stdout.contains("deploy to prod: 1.2 -> 1.4? [y/N]"), "{}", run.stdout);
    assert_eq!(live().trim(), "1.2");
}

/// An incident review reads the ledger: back from which version, and which backup.
#[test]
fn ledger_says_from_what_and_which_backup() {
    let world = site("[schema]\nurl = 'sqlite:shared/app.db'\ndesired = 'schema.sql'", "");
    for version in ["1.0", "1.1"] {
        Tarball::new("app", version)
            .file("schema.sql", "CREATE TABLE t (a int);\n")
            .write(&world.project().join("dist"));
        world.release(&["prod", version]).expect(0);
    }
    world.release(&["rollback", "prod"]).expect(0);
    let log = world.release(&["log", "prod"]).expect(0).stdout;
    let line = log.lines().find(|line| line.contains("-rollback-")).unwrap();
    assert!(line.contains("from 1.1"), "{log}");
    world.release(&["schema", "backup", "prod"]).expect(0);
    let backup = records(&world)[0]["id"].as_str().unwrap().to_owned();
    world.release(&["schema", "restore", "prod", &backup]).expect(0);
    assert_eq!(records(&world)[0]["backup"], backup.as_str());
    let log = world.release(&["log", "prod"]).expect(0).stdout;
    assert!(log.contains(&format!("from the backup {backup}")), "{log}");
}
