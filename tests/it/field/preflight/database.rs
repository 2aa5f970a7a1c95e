//! The database: is it one for all hosts, and would somebody be waited for?

use crate::support::{Fleet, HostSpec, Postgres, Tarball};

const SCHEMA: &str = "CREATE TABLE t (a integer);\n";

fn deploy(fleet: &Fleet, version: &str) -> crate::support::Run {
    fleet.deploy_tarball(version, &Tarball::new("app", version).file("schema.sql", SCHEMA))
}

#[test]
fn file_of_sqlite_on_several_hosts_is_refused_and_one_file_is_not() {
    // Rails 8 and Django begin with SQLite, and then the application gets a second host.
    let toml = |url: &str| format!("[schema]\nurl = '{url}'\ndesired = 'schema.sql'\n");
    let fleet = Fleet::files(&["h1", "h2"], &toml("sqlite:shared/app.db"));
    let before = fleet.visible();
    for run in [deploy(&fleet, "1.0").expect(3), fleet.release(&["check", "view"]).expect(3)] {
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains("has a database of its own, sqlite:/"), "{said}");
        assert!(said.contains("the schema is upgraded on h1 alone (sqlite:/"), "{said}");
        assert!(said.contains("one database server"), "{said}");
    }
    fleet.assert_same(&before);
    // Two bases of one machine that share it.
    let file = fleet.host().path("the app.db");
    fleet.toml(&toml(&format!("sqlite:{}", file.display())));
    fleet.release(&["check", "view"]).expect(0);
    deploy(&fleet, "1.0").expect(0);
    fleet.assert_live("1.0");
    assert!(file.exists());
}

#[test]
fn databases_that_variables_of_hosts_name_are_compared() {
    // `DATABASE_URL` in an .env of each host: one has still that of a laptop. One without it has nothing to do with the database.
    let fleet = Fleet::of(
        vec![HostSpec::new("h1"), HostSpec::new("h2")],
        "[env]\nfiles = ['env']\n[schema]\nurl = '$DATABASE_URL'\ndesired = 'schema.sql'\n",
    );
    let file = fleet.host().path("app.db");
    let env = |host: usize, text: &str| {
        fleet.world.hosts()[host].write("env", text);
    };
    env(0, &format!("DATABASE_URL=sqlite:{}\n", file.display()));
    env(1, "DATABASE_URL=postgresql://localhost/app\n");
    let run = deploy(&fleet, "1.0").expect(3);
    assert!(run.stderr.contains("h2") && run.stderr.contains("of its own, a database server,"), "{}", run.stderr);
    env(1, "DATABASE_URL=sqlite:app.db\n");
    deploy(&fleet, "1.0").expect(3);
    env(1, "OTHER=x\n");
    deploy(&fleet, "1.0").expect(0);
    fleet.assert_live("1.0");
}

/// A project with one PostgreSQL database, whose 1.0 is live.
fn postgres(db: &str) -> Fleet {
    let server = Postgres::shared();
    server.create(db);
    let fleet = Fleet::files(&["h1"], &format!("[schema]\nurl = '{}'\ndesired = 'schema.sql'\n", server.url(db)));
    let first = "CREATE TABLE person (id integer PRIMARY KEY);\nCREATE TABLE other (id integer PRIMARY KEY);\n";
    fleet.deploy_tarball("1.0", &Tarball::new("app", "1.0").file("schema.sql", first)).expect(0);
    let wider = first.replacen("integer PRIMARY KEY", "integer PRIMARY KEY, name text", 1);
    fleet.dist(&Tarball::new("app", "1.1").file("schema.sql", wider));
    fleet.dist(&Tarball::new("app", "1.2").file("schema.sql", first));
    fleet
}

#[test]
fn dump_that_an_upgrade_would_wait_for_is_told_beforehand() {
    // The nightly pg_dump of a big database, and an ALTER TABLE that queues behind it, with every query of the site behind that.
    let (server, db) = (Postgres::shared(), "dumped");
    let fleet = postgres(db);
    let quiet = fleet.release(&["check", "view"]).expect(0);
    assert!(!quiet.stdout.contains("blocked by"), "{}", quiet.stdout);
    let mut dump = server.client(db).session();
    dump.ask("SET application_name = 'pg_dump'; BEGIN ISOLATION LEVEL REPEATABLE READ;");
    let pid = dump.ask("SELECT pg_backend_pid() FROM (SELECT count(*) FROM person) AS n;");
    let who = format!("pid {} (pg_dump, user postgres), since ", pid.trim());
    let check = fleet.release(&["check", "view"]).expect(0).stdout;
    assert!(check.contains(&format!("warning: schema: an upgrade would wait: person is blocked by {who}")), "{check}");
    let plan = fleet.release(&["plan", "view", "1.1"]).expect(0);
    let said = format!("{}{}", plan.stdout, plan.stderr);
    assert!(said.contains(&format!("the upgrade fails unless this ends soon: person is blocked by {who}")), "{said}");
    assert!(said.contains("idle in transaction: SELECT pg_backend_pid()"), "{said}");
    // One that leaves the schema alone waits for nobody.
    let plan = fleet.release(&["plan", "view", "1.2"]).expect(0);
    assert!(!format!("{}{}", plan.stdout, plan.stderr).contains("blocked by"), "{}", plan.stdout);
    dump.ask("COMMIT;");
    let run = fleet.release(&["view", "1.1"]).expect(0);
    assert!(!run.stderr.contains("blocked by"), "{}", run.stderr);
}

#[test]
fn transaction_on_other_tables_and_of_others_is_judged_by_what_it_holds() {
    // A worker that sleeps in a transaction; an account without pg_monitor sees neither its age nor its query.
    let (server, db) = (Postgres::shared(), "workers");
    let fleet = postgres(db);
    let mut worker = server.client(db).session();
    worker.ask("SET application_name = 'worker'; BEGIN; LOCK TABLE other IN ROW EXCLUSIVE MODE;");
    let plan = |fleet: &Fleet| {
        let plan = fleet.release(&["plan", "view", "1.1"]).expect(0);
        format!("{}{}", plan.stdout, plan.stderr)
    };
    assert!(!plan(&fleet).contains("blocked by"), "{}", plan(&fleet));
    server.psql(db, "CREATE ROLE narrow LOGIN CREATEDB; GRANT pg_read_all_data TO narrow");
    worker.ask("SELECT count(*) FROM person;");
    fleet.toml(&format!("[schema]\nurl = '{}'\ndesired = 'schema.sql'\n", server.url_as(db, "narrow")));
    let said = fleet.release(&["check", "view"]).expect(0).stdout;
    assert!(
        said.contains("an upgrade would wait: other, person is blocked by pid ")
            && said.contains("(worker, user postgres)"),
        "{said}"
    );
}
