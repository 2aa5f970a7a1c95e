//! Databases that can't be upgraded right now, or not at all: who is in the way, or why.

use crate::support::{HostSpec, Postgres, Psql, Run, Tarball, World, mode};

const OLD: &str = "CREATE TABLE person (id integer PRIMARY KEY, name text);";
const NEW: &str = "CREATE TABLE person (id integer PRIMARY KEY, name text, email text);";

/// A disk that is nearly full, if it is asked about the directory of a server.
const DF: &str = r#"#!/bin/sh
case $* in
  *rt-pg-*) printf '%s\n' 'Filesystem 1024-blocks Used Available Capacity Mounted on' '/dev/x 1000000 999200 800 100% /' ;;
  *) PATH=/usr/bin:/bin exec df "$@" ;;
esac
"#;

fn world(app: &str, url: &str) -> World {
    let world = World::of(vec![HostSpec::new("h1").own_bin()]);
    world.hosts_toml(&format!(
        "app = '{app}'\n[env]\nvars = {{ DATABASE_URL = \"{url}\" }}\n[schema]\nurl = '$DATABASE_URL'\ndesired = 'schema.sql'\n\
         [targets.view]\nhosts = ['h1']\n"
    ));
    world
}

fn deploy(world: &World, app: &str, version: &str, schema: &str) -> Run {
    let tarball = Tarball::new(app, version).file("schema.sql", schema).write(&world.project());
    world.release(&["view", tarball.to_str().unwrap()])
}

fn columns(server: &Postgres, db: &str) -> String {
    server.psql(db, "SELECT count(*) FROM information_schema.columns WHERE table_name = 'person'")
}

#[test]
fn whoever_holds_what_an_upgrade_waits_for_is_named() {
    let (server, db) = (Postgres::shared(), "blocked");
    server.create(db);
    let world = world("app", &server.url(db));
    deploy(&world, "app", "1.0", OLD).expect(0);
    let mut nightly = server.client(db).session();
    nightly.ask("SET application_name = 'nightly'; BEGIN;");
    let pid = nightly.ask("SELECT pg_backend_pid() FROM (SELECT count(*) FROM person) AS ERROR_database_is_locked;");

    let run = deploy(&world, "app", "1.1", NEW).expect(5);
    let named = format!("pid {} (nightly), since ", pid.trim());
    assert!(run.stderr.contains(&named), "{}", run.stderr);
    assert!(run.stderr.contains("lock timeout"), "{}", run.stderr);
    assert!(run.stderr.contains("idle in transaction: SELECT pg_backend_pid()"), "{}", run.stderr);
    assert_eq!(columns(server, db), "2");

    nightly.ask("COMMIT;");
    deploy(&world, "app", "1.2", NEW).expect(0);
    assert_eq!(columns(server, db), "3");
}

#[test]
fn a_database_of_another_application_is_refused() {
    let (server, db) = (Postgres::shared(), "strangers");
    server.create(db);
    deploy(&world("app", &server.url(db)), "app", "1.0", OLD).expect(0);
    let run = deploy(&world("shop", &server.url(db)), "shop", "1.0", NEW).expect(3);
    assert!(run.stderr.contains("is that of `app`, and not of `shop`"), "{}", run.stderr);
    assert_eq!(columns(server, db), "2");
}

#[test]
fn a_database_that_is_read_only_by_setting_is_refused() {
    let (server, db) = (Postgres::shared(), "readonly");
    server.create(db);
    let world = world("app", &server.url(db));
    deploy(&world, "app", "1.0", OLD).expect(0);
    let second = deploy(&world, "app", "1.1", NEW).expect(0);
    assert!(second.stderr.contains("1.1"), "{}", second.stderr);
    server.psql("postgres", &format!("ALTER DATABASE {db} SET default_transaction_read_only = on"));
    for run in [deploy(&world, "app", "1.2", OLD), world.release(&["rollback"])] {
        let run = run.expect(3);
        assert!(run.stderr.contains("default_transaction_read_only is on"), "{}", run.stderr);
    }
    assert_eq!(columns(server, db), "3");
}

#[test]
fn a_standby_is_refused() {
    let primary = Postgres::start();
    primary.create("app");
    let world_of = |server: &Postgres| world("app", &server.url("app"));
    deploy(&world_of(&primary), "app", "1.0", OLD).expect(0);
    let standby = primary.standby();
    let run = deploy(&world_of(&standby), "app", "1.1", NEW).expect(3);
    assert!(run.stderr.contains("is a standby"), "{}", run.stderr);
    let status = world_of(&standby);
    status.release(&["schema", "status", "view"]).expect(0);
    assert_eq!(Psql::new(&standby.url("app")).script("SELECT 1").stdout.trim(), "1");
}

#[test]
fn a_table_that_can_not_be_written_anew_for_want_of_room_is_refused() {
    let (server, db) = (Postgres::shared(), "room");
    server.create(db);
    let world = world("app", &server.url(db));
    deploy(&world, "app", "1.0", OLD).expect(0);
    let host = world.host("h1");
    host.write("bin/df", DF);
    mode(&host.path("bin/df"), 0o755);
    let wider = OLD.replace("id integer", "id bigint");
    let fill = |rows: usize| format!("INSERT INTO person SELECT n, repeat('x', 100) FROM generate_series(1, {rows}) n");
    server.psql(db, &fill(10_000));
    let run = deploy(&world, "app", "1.1", &wider).expect(3);
    assert!(run.stderr.contains("table person is written anew, which takes twice its "), "{}", run.stderr);
    assert!(run.stderr.contains("800 KiB free"), "{}", run.stderr);
    // Not by DELETE: the room comes back only when no other session of the server can see the rows any more.
    server.psql(db, "TRUNCATE person CASCADE");
    server.psql(db, &fill(100));
    deploy(&world, "app", "1.2", &wider).expect(0);
}
