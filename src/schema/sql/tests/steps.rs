//! What is dangerous about hand-written steps.

use super::step;
use crate::schema::Engine::{self, Postgresql, Sqlite};
use crate::schema::sql::{Purpose, check};

#[track_caller]
fn hazards(engine: Engine, text: &str, expected: &[&str]) {
    let found: Vec<_> = step(engine, text).hazards.iter().map(|hazard| hazard.name.as_str()).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn what_reaches_out_of_the_database() {
    let outward = [
        "COPY t TO PROGRAM 'id'",
        "COPY t FROM '/etc/passwd'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/x')",
        "SELECT * FROM dblink_connect('x')",
        "DO $$ BEGIN PERFORM dblink('x', 'y'); END $$",
        "DO $$ BEGIN EXECUTE 'copy t to program ''id'''; END $$",
        "CREATE FUNCTION f() RETURNS int AS '' LANGUAGE 'plperlu'",
    ];
    for text in outward {
        let found = check(Postgresql, Purpose::Wanted, "x.sql", &format!("\n{text}")).unwrap().hazards;
        assert!(
            found.len() == 1 && found[0].name.as_str() == "runs-shell" && found[0].object == "x.sql:2",
            "{text}: {found:?}"
        );
    }
    hazards(Sqlite, "SELECT edit FROM page", &[]);
    hazards(Postgresql, "SELECT 1 -- dblink", &[]);
}

#[test]
fn what_goes_away() {
    for text in [
        "DROP TABLE a",
        "DROP SCHEMA a",
        "ALTER TABLE a DROP COLUMN b",
        "ALTER TABLE a DROP b",
        "DELETE FROM a",
        "DROP VIEW a CASCADE",
    ] {
        hazards(Postgresql, text, &["drops-data"]);
        hazards(Sqlite, text, &["drops-data"]);
    }
    hazards(Postgresql, "TRUNCATE a", &["drops-data"]);
    for text in
        ["DROP INDEX a", "DROP VIEW a", "ALTER TABLE a ALTER b DROP NOT NULL", "ALTER TABLE a DROP CONSTRAINT b"]
    {
        hazards(Postgresql, text, &[]);
    }
}

#[test]
fn what_changes() {
    for text in ["INSERT INTO a VALUES (1)", "UPDATE a SET b = 1"] {
        hazards(Postgresql, text, &["changes-data"]);
        hazards(Sqlite, text, &["changes-data"]);
    }
    hazards(Postgresql, "ALTER TABLE a ALTER b TYPE int", &["rewrites-table", "may-fail-on-data"]);
    hazards(Postgresql, "ALTER TABLE a RENAME b TO c", &["breaks-running-code"]);
    hazards(Postgresql, "ALTER TABLE a ADD b int NOT NULL", &["may-fail-on-data"]);
    hazards(Postgresql, "ALTER TABLE a ADD b int NOT NULL DEFAULT 1", &[]);
    hazards(Postgresql, "GRANT SELECT ON a TO b", &["changes-access"]);
    hazards(Postgresql, "ALTER TABLE a OWNER TO b", &["changes-access"]);
    hazards(Postgresql, "CREATE INDEX i ON a (b)", &["blocks-writes"]);
    hazards(Postgresql, "ALTER TABLE a ADD b int", &[]);
}

#[test]
fn no_value_is_shown() {
    let found = step(Postgresql, "UPDATE account SET password = 'secret'; DELETE FROM account WHERE name = 'secret'");
    assert_eq!(found.hazards[0].detail, "UPDATE account SET password");
    assert!(found.hazards.iter().all(|hazard| !hazard.detail.contains("secret")), "{found:?}");
}
