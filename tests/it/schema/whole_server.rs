//! A question changes nothing on the server either: roles, databases and settings are one set for all of its databases.

use crate::support::{Postgres, Run, World};

struct Site {
    world: World,
    name: String,
}

impl Site {
    fn of(name: &str) -> Self {
        let name = format!("server_{name}");
        Postgres::shared().create(&name);
        Postgres::shared().psql(&name, "CREATE TABLE t (a integer)");
        Self { world: World::new(&[]), name }
    }

    fn diff(&self, wanted: &str) -> Run {
        self.world.write("wanted.sql", wanted);
        let url = Postgres::shared().url(&self.name);
        self.world.release(&["schema", "diff", "--from", &url, "--to", "wanted.sql"])
    }

    fn ask(&self, sql: &str) -> String {
        Postgres::shared().psql(&self.name, sql).trim().to_owned()
    }
}

/// Seen in the field: a dump with a CREATE ROLE on top made that role on the server that was only asked, and the second diff failed; another one dropped one.
#[test]
fn roles_are_neither_made_nor_dropped() {
    let site = Site::of("roles");
    site.ask("CREATE ROLE server_victim");
    for (statement, named) in [
        ("CREATE ROLE server_made LOGIN;", "CREATE ROLE"),
        ("DROP ROLE server_victim;", "DROP ROLE"),
        ("GRANT server_victim TO CURRENT_USER;", "GRANT of a role"),
        ("COMMENT ON ROLE server_victim IS 'x';", "COMMENT ON ROLE"),
        ("DO $$ BEGIN CREATE ROLE server_made; END $$;", "CREATE ROLE"),
    ] {
        let run = site.diff(&format!("CREATE TABLE t (a integer, b integer);\n{statement}\n")).expect(3);
        assert!(run.stderr.contains("wanted.sql:2: ") && run.stderr.contains(named), "{statement}: {}", run.stderr);
    }
    site.ask("DROP ROLE server_victim");
}

/// What a text says in no way that can be read is found by what it did, and taken back.
#[test]
fn what_is_put_together_is_found_and_taken_back() {
    let site = Site::of("hidden");
    let roles = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'server_hidden%'";
    for act in [
        "EXECUTE 'CREATE' || ' ROLE ' || 'server_hidden'",
        "EXECUTE format('ALTER %s server_other SET work_mem = %L', 'ROLE', '1MB')",
        "EXECUTE 'COMMENT ON DATA' || 'BASE server_hidden IS ''x'''",
        "EXECUTE 'ALTER DATA' || 'BASE server_hidden SET work_mem = ''1MB'''",
    ] {
        site.ask("DO $$ BEGIN CREATE ROLE server_other; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        let before = site.ask("SELECT count(*) FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole WHERE rolname = 'server_other'");
        let wanted = format!(
            "CREATE TABLE t (a integer, b integer);
             CREATE FUNCTION act() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {act}; END $$;
             SELECT act();"
        );
        let run = site.diff(&wanted).expect(3);
        assert!(run.stderr.contains("belongs to the whole server"), "{act}: {}", run.stderr);
        assert_eq!(site.ask(roles), "0", "{act}");
        let after = site.ask("SELECT count(*) FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole WHERE rolname = 'server_other'");
        assert_eq!(after, before, "{act}");
        assert_eq!(site.ask("SELECT count(*) FROM pg_shdescription WHERE description = 'x'"), "0", "{act}");
    }
    site.ask("DROP ROLE server_other");
    // What only belongs to the database is no trouble.
    site.diff("CREATE TABLE t (a integer, b integer); GRANT SELECT ON t TO PUBLIC; COMMENT ON TABLE t IS 'x';")
        .expect(1);
}
