//! The database: is it one for all hosts, and would somebody be waited for?

use crate::support::{Fleet, HostSpec, Tarball};

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
