//! How a database is reached: by the host's own client, with credentials that stay on the host.

use crate::support::{Host, HostSpec, Postgres, Run, Tarball, World, mode};

const SECRET: &str = "hunter2%2Fx";
const DECODED: &str = "hunter2/x";

/// Notes what it is called with, and is then the real one.
const NOTES: &str = r#"#!/bin/sh
printf '%s\n' "$0 $*" "PGPASSWORD=$PGPASSWORD" >>"$HOME/argv"
PATH=/usr/bin:/bin exec "${0##*/}" "$@"
"#;

fn world(url: &str) -> World {
    let world = World::of(vec![HostSpec::new("h1").own_bin()]);
    world.hosts_toml(
        "app = 'app'\n[env]\nfiles = ['db.sh']\n[schema]\nurl = '$DATABASE_URL'\ndesired = 'schema.sql'\n\
         [targets.view]\nhosts = ['h1']\n",
    );
    host(&world).write("db.sh", format!("echo chatter\n{url}\n"));
    world
}

fn host(world: &World) -> &Host {
    world.host("h1")
}

fn deploy(world: &World) -> Run {
    let tarball = Tarball::new("app", "1.0").file("schema.sql", "CREATE TABLE a (id integer);");
    tarball.write(&world.project());
    world.release(&["view", "app-1.0.tar.gz", "-v"])
}

#[test]
fn a_password_is_seen_by_nobody() {
    let server = Postgres::shared();
    server.create("secrets");
    let url = server
        .url("secrets")
        .replace("postgresql://", &format!("postgresql://postgres:{SECRET}@"))
        .replace("&user=postgres", "");
    let world = world(&format!("export DATABASE_URL='{url}'"));
    for program in ["psql", "pg_dump"] {
        host(&world).write(&format!("bin/{program}"), NOTES);
        mode(&host(&world).path(&format!("bin/{program}")), 0o755);
    }
    let mut said = String::new();
    let mut note = |run: Run| said += &format!("{}{}", run.stdout, run.stderr);
    note(deploy(&world).expect(0));
    for args in [
        &["schema", "status", "view"][..],
        &["schema", "status", "view", "--json"],
        &["status", "--json"],
        &["check", "view"],
        &["plan", "view", "app-1.0.tar.gz", "--sql"],
        &["plan", "view", "app-1.0.tar.gz", "--script"],
        &["log", "view", "--json"],
    ] {
        note(world.release(args));
    }
    assert!(said.contains("postgres:xxxx@"), "{said}");
    let argv = host(&world).read("argv").unwrap();
    let (passwords, calls): (Vec<&str>, Vec<&str>) = argv.lines().partition(|line| line.starts_with("PGPASSWORD="));
    assert!(
        calls.iter().any(|line| line.contains("psql")) && calls.iter().any(|line| line.contains("pg_dump")),
        "{argv}"
    );
    assert!(passwords.iter().all(|line| *line == format!("PGPASSWORD={DECODED}")), "{argv}");
    let kept = std::process::Command::new("grep")
        .args(["-rl", "-e", "hunter2"])
        .arg(host(&world).path(".release"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(kept.stdout).unwrap(), "", "files that hold it");
    for text in [said, calls.join("\n")] {
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn what_can_not_be_reached_is_refused_and_says_why() {
    let cases = [
        ("", "DATABASE_URL is not set"),
        ("export DATABASE_URL=oracle://x", "neither postgresql: nor sqlite:"),
        ("export DATABASE_URL='postgresql://h/d?password=hunter2'", "would be seen by all"),
        ("export DATABASE_URL='postgresql://me:hunter2/x@h/d'", "must be written %2F"),
        ("export DATABASE_URL='postgresql://me:1hunter2?x@h:5/d'", "must be written %2F"),
        ("export DATABASE_URL='postgresql://me:12345/hunter2@h/d'", "must be written %2F"),
        ("export DATABASE_URL='postgresql:///none?host=/nowhere'", "does not answer"),
        ("export DATABASE_URL=sqlite:nowhere/a.db", "directory"),
        ("exit 3", "[env] file failed"),
    ];
    let world = world("");
    for (line, expected) in cases {
        host(&world).write("db.sh", format!("{line}\n"));
        let before = host(&world).state();
        let run = deploy(&world).expect(3);
        assert!(run.stderr.contains(expected), "{line}: {}", run.stderr);
        assert!(
            run.stderr.contains("nothing was changed") && !run.stderr.contains("hunter2"),
            "{line}: {}",
            run.stderr
        );
        before.assert_same(&host(&world).state());
        let check = world.release(&["check", "view"]).expect(3);
        assert!(check.stdout.contains(expected), "{line}: {}", check.stdout);
    }
}
