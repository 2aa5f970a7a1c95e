//! Texts that do not run, each with its line and its words.

use super::{BOTH, refused, step};
use crate::schema::Engine::{Postgresql, Sqlite};
use crate::schema::sql::{Purpose, check, split};

#[track_caller]
fn postgres(text: &str, line: usize, words: &str) {
    for purpose in [Purpose::Step, Purpose::Wanted] {
        let (found, what) = refused(Postgresql, purpose, text);
        assert!(found == line && what.contains(words), "{found}: {what}");
    }
}

#[track_caller]
fn sqlite(text: &str, line: usize, words: &str) {
    for purpose in [Purpose::Step, Purpose::Wanted] {
        let (found, what) = refused(Sqlite, purpose, text);
        assert!(found == line && what.contains(words), "{found}: {what}");
    }
}

#[test]
fn what_is_never_closed() {
    for both in [postgres, sqlite] {
        both("SELECT 1;\nSELECT 'a", 2, "the quote ' is never closed");
        both("SELECT 1;\n\nSELECT \"a", 3, "the quote \" is never closed");
        both("SELECT 1; /* a", 1, "the comment /* is never closed");
        both("SELECT\0 1", 1, "a NUL byte (is the file UTF-16?");
    }
    postgres("SELECT 1 /* /* */", 1, "the comment /* is never closed");
    postgres("DO $a$ BEGIN END $$", 1, "the dollar quote is never closed");
    postgres("\nSELECT E'a\\'", 2, "the quote ' is never closed");
    sqlite("SELECT [a", 1, "the bracket [ is never closed");
    sqlite("SELECT `a``", 1, "the quote ` is never closed");
}

#[test]
fn commands_of_the_client_program() {
    for command in
        ["\\! touch /tmp/x", "\\i x.sql", "\\copy t from x", "\\connect other", "SELECT 1 \\g out", "\\set a `id`"]
    {
        let name: String = command.split('\\').nth(1).unwrap().chars().take_while(|c| *c != ' ').collect();
        postgres(&format!("SELECT '\\!';\n{command}\n"), 2, &format!("\\{name}: commands of the program psql"));
    }
    postgres("SELECT :'DBNAME'", 1, "a variable of the program psql");
    assert!(check(Postgresql, Purpose::Step, "x", "SELECT a::USER, b[1:n], 'x\\y'").is_ok());
    sqlite("SELECT 1;\n.shell touch /tmp/x", 2, ".shell: commands of the program sqlite3");
    sqlite("\n  .read other", 2, ".read: commands of the program sqlite3");
    sqlite("SELECT 1\n/\n2", 2, "a line with only `/`");
    sqlite("SELECT 1\n GO \n", 2, "a line with only `GO`");
    assert!(check(Sqlite, Purpose::Step, "x", "SELECT 4 / 2, go\n,1").is_ok());
}

#[test]
fn transactions_inside_the_transaction() {
    for engine in BOTH {
        let both = |text: &str, line: usize, words: &str| {
            let (found, what) = refused(engine, Purpose::Step, text);
            assert!(found == line && what.contains(words), "{found}: {what}");
        };
        both("SELECT 1;\nCOMMIT;\nSELECT 2;", 2, "COMMIT: remove it");
        both("BEGIN;\nSELECT 1;\nROLLBACK;", 1, "BEGIN: remove it");
        both("BEGIN;\nSELECT 1;\nCOMMIT; SELECT 2", 1, "BEGIN: remove it");
        both("BEGIN;\nCOMMIT;\nBEGIN;\nCOMMIT;", 2, "COMMIT: remove it");
        both("SELECT 1;\nEND;", 2, "END: remove it");
    }
    for both in [postgres, sqlite] {
        both("SAVEPOINT a;", 1, "SAVEPOINT: remove it");
        both("SELECT 1;\nROLLBACK;", 2, "ROLLBACK: remove it");
    }
    let (_, what) =
        refused(Postgresql, Purpose::Step, "START TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT");
    assert!(what.contains("START: remove it"), "{what}");
    let (_, what) = refused(Postgresql, Purpose::Step, "BEGIN; SELECT 1; COMMIT AND CHAIN");
    assert!(what.contains("BEGIN: remove it"), "{what}");
    postgres("PREPARE TRANSACTION 'a'", 1, "PREPARE: remove it");
}

/// Seen in the field: bareos and baikal have several pairs in a file that says what is wanted.
#[test]
fn what_is_wanted_is_one_transaction_whatever_it_says() {
    for engine in BOTH {
        let text = "CREATE TABLE a (b int);\nBEGIN;\nCREATE TABLE c (d int);\nCOMMIT;\nBEGIN TRANSACTION; CREATE TABLE e (f int); END;\n";
        let found = check(engine, Purpose::Wanted, "x.sql", text).unwrap();
        assert_eq!(found.text(), "CREATE TABLE a (b int);\nCREATE TABLE c (d int);\nCREATE TABLE e (f int);\n");
        assert_eq!(found.notes, ["x.sql:2: BEGIN and COMMIT are left out: all of it is one transaction"]);
    }
}

/// Seen in the field: a diff that made a role, and one that dropped one, on the server that it only asked.
#[test]
fn what_belongs_to_the_whole_server() {
    for (text, word) in [
        ("CREATE ROLE r", "CREATE ROLE"),
        ("create user u with password 'x'", "CREATE USER"),
        ("/* a */ DROP\n ROLE IF EXISTS r", "DROP ROLE"),
        ("ALTER ROLE r SET search_path = x", "ALTER ROLE"),
        ("GRANT a TO b WITH ADMIN OPTION", "GRANT of a role"),
        ("REVOKE ADMIN OPTION FOR a FROM b", "REVOKE of a role"),
        ("GRANT CONNECT ON DATABASE d TO r", "GRANT ON DATABASE"),
        ("GRANT SET ON PARAMETER log_min_messages TO r", "GRANT ON PARAMETER"),
        ("COMMENT ON DATABASE d IS 'x'", "COMMENT ON DATABASE"),
        ("COMMENT ON ROLE r IS 'x'", "COMMENT ON ROLE"),
        ("SECURITY LABEL ON ROLE r IS 'x'", "SECURITY LABEL ON ROLE"),
        ("ALTER DATABASE d SET a = b", "ALTER DATABASE"),
        ("CREATE DATABASE d", "CREATE DATABASE"),
        ("DROP DATABASE d", "DROP DATABASE"),
        ("ALTER SYSTEM SET a = b", "ALTER SYSTEM"),
        ("CREATE TABLESPACE s LOCATION '/'", "CREATE TABLESPACE"),
        ("REASSIGN OWNED BY a TO b", "REASSIGN OWNED"),
        ("DO $$ BEGIN IF true THEN CREATE ROLE r; END IF; END $$", "CREATE ROLE"),
        ("DO $$ BEGIN EXECUTE 'alter  role r login'; END $$", "ALTER ROLE"),
    ] {
        postgres(&format!("SELECT 1;\n{text}"), 2, &format!("{word} is a matter of the whole server"));
    }
    for text in [
        "GRANT SELECT ON t TO r",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "COMMENT ON TABLE t IS 'on database'",
        "CREATE USER MAPPING FOR u SERVER s",
        "DROP USER MAPPING IF EXISTS FOR u SERVER s",
        "ALTER DEFAULT PRIVILEGES FOR ROLE r GRANT SELECT ON TABLES TO s",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$BEGIN EXECUTE 'CREATE ROLE r'; END$$",
    ] {
        assert!(check(Postgresql, Purpose::Wanted, "x.sql", text).is_ok(), "{text}");
    }
}

#[test]
fn one_outer_pair_is_taken_off() {
    for engine in BOTH {
        let found =
            step(engine, "-- 1.051\nBEGIN TRANSACTION;\nINSERT INTO a VALUES (1);\nDELETE FROM b;\nCOMMIT;\n-- end\n");
        assert_eq!(found.text(), "INSERT INTO a VALUES (1);\nDELETE FROM b;\n");
        assert_eq!(found.statements.iter().map(|one| one.line).collect::<Vec<_>>(), [3, 4]);
    }
    assert_eq!(step(Postgresql, "START TRANSACTION; CREATE TABLE a (); END WORK").text(), "CREATE TABLE a ();\n");
    assert_eq!(step(Sqlite, "BEGIN IMMEDIATE; SELECT 1; COMMIT").text(), "SELECT 1;\n");
}

#[test]
fn what_no_transaction_can_hold() {
    let alone = [
        "CREATE INDEX CONCURRENTLY i ON t (a)",
        "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
        "DROP INDEX CONCURRENTLY i",
        "REINDEX TABLE CONCURRENTLY t",
        "REINDEX (CONCURRENTLY) TABLE t",
        "VACUUM FULL t",
        "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
        "CLUSTER",
    ];
    for statement in alone {
        postgres(&format!("SELECT 1;\n{statement}"), 2, "mark");
        postgres(
            statement,
            1,
            "cannot be in a transaction: put it into a file of its own marked `-- release: no-transaction`",
        );
        let marked = step(Postgresql, &format!("-- release: no-transaction\n{statement};"));
        assert!(marked.no_transaction && marked.hazards[0].name.as_str() == "not-transactional", "{marked:?}");
    }
    sqlite("VACUUM", 1, "VACUUM cannot be in a transaction");
    assert!(!step(Postgresql, "REFRESH MATERIALIZED VIEW CONCURRENTLY v; -- release: no-transaction").no_transaction);
}

#[test]
fn settings_that_outlive_their_file() {
    for text in ["SET ROLE admin", "SET SESSION AUTHORIZATION x", "SET LOCAL ROLE x", "SET SESSION ROLE x"] {
        postgres(text, 1, "it changes what comes after");
    }
    postgres("RESET ALL", 1, "RESET changes the whole session");
    postgres("DISCARD PLANS", 1, "DISCARD changes the whole session");
    postgres("SET standard_conforming_strings = off", 1, "changes what the rest of the file means");
    postgres("SELECT set_config('search_path', 'x', false)", 1, "its last argument must be true");
}

#[test]
fn settings_are_made_local() {
    let text = "SET search_path TO blog, public;\nSET SESSION x.y = 'z';\nSET LOCAL a = 1;\nSET lock_timeout = 0;\nSET CONSTRAINTS ALL DEFERRED;\
        \nSELECT pg_catalog.set_config('search_path', '', false);";
    let found = step(Postgresql, text);
    let local = "SET LOCAL search_path TO blog, public;\nSET LOCAL x.y = 'z';\nSET LOCAL a = 1;\nSET CONSTRAINTS ALL DEFERRED;\n\
        SELECT pg_catalog.set_config('search_path', '', true);";
    assert_eq!(found.text().split_whitespace().collect::<Vec<_>>(), local.split_whitespace().collect::<Vec<_>>());
    assert_eq!(found.notes, ["x.sql:4: SET lock_timeout is left out: the release has its own"]);
}

/// Found by the fuzzer: without its `;` it ran into the next statement.
#[test]
fn a_setting_of_nothing_keeps_its_end() {
    for text in ["SET ; SELECT 1;", "SET /* what? */ ; SELECT 1;"] {
        let left = step(Postgresql, text).text();
        let again = split(Postgresql, &left).unwrap();
        assert_eq!(again.iter().filter(|one| !one.is_empty()).count(), 2, "{left:?}");
    }
}

#[test]
fn a_file_for_another_engine() {
    postgres("CREATE TABLE `t` (a int)", 1, "a name in backquotes is MySQL's");
    postgres("CREATE TABLE t (\na int AUTO_INCREMENT)", 2, "AUTO_INCREMENT is MySQL's");
    postgres("CREATE TABLE t (a int) ENGINE=InnoDB", 1, "ENGINE= is MySQL's");
    postgres("DELIMITER //", 1, "DELIMITER is MySQL's");
    sqlite("CREATE TABLE `t` (a int) ENGINE = MyISAM", 1, "ENGINE= is MySQL's");
    assert!(check(Sqlite, Purpose::Wanted, "x", "CREATE TABLE `t` (a)").is_ok());
    assert!(check(Postgresql, Purpose::Wanted, "x", "SELECT engine = 'V8' FROM car").is_ok());
}

#[test]
fn rows_in_a_file_of_psql() {
    postgres("COPY t (a) FROM stdin;\n1\n", 1, "COPY FROM STDIN");
}

#[test]
fn other_databases_and_pragmas_of_sqlite() {
    sqlite("ATTACH 'x' AS y", 1, "ATTACH: a step sees one database file only");
    sqlite("DETACH y", 1, "DETACH");
    sqlite("SELECT load_extension('x')", 1, "load_extension");
    sqlite("PRAGMA writable_schema = ON", 1, "PRAGMA writable_schema");
    let (_, what) = refused(Sqlite, Purpose::Step, "PRAGMA journal_mode = wal");
    assert!(what.contains("PRAGMA journal_mode is no part of a transaction"), "{what}");
    let wanted =
        check(Sqlite, Purpose::Wanted, "x", "PRAGMA user_version = 3; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
            .unwrap();
    assert_eq!(wanted.text(), "CREATE TABLE t (a);\n");
    assert_eq!(wanted.notes.len(), 2);
    assert_eq!(
        step(Sqlite, "PRAGMA foreign_keys=OFF; PRAGMA main.user_version(3);").text(),
        "PRAGMA main.user_version(3);\n"
    );
}

#[test]
fn a_byte_order_mark_is_taken_off() {
    for engine in BOTH {
        assert_eq!(step(engine, "\u{feff}SELECT 1").text(), "SELECT 1\n;\n");
    }
}

#[test]
fn the_fence_of_pg_dump_is_no_command() {
    let dump = "\\restrict Ab1\nSELECT 1;\n\\unrestrict Ab1\n";
    let checked = check(Postgresql, Purpose::Wanted, "x.sql", dump).unwrap();
    assert_eq!((checked.statements.len(), checked.statements[0].line), (1, 2));
    postgres("\\restrict a b\n", 1, "restrict");
}

#[test]
fn what_reaches_out_of_a_sqlite_database() {
    // Each of them is there without any extension in the program sqlite3 of Debian, and runs as the one who deploys.
    for (text, words) in [
        ("create table t as select edit('x', 'touch /tmp/ran #') as a", "edit() reaches out"),
        ("create table t as select \"WriteFile\"('/x', 'y') as a", "writefile() reaches out"),
        ("create view v as select [readfile] /* a */ ('/etc/passwd')", "readfile() reaches out"),
        ("create table t(a default (load_extension('/x')))", "load_extension() reaches out"),
        ("create trigger g after insert on t begin select fts3_tokenizer('a', x'00'); end", "fts3_tokenizer() reaches"),
        ("create table t as select * from fsdir('/')", "fsdir() reaches out"),
        ("create table t as select * from fsdir where path = '/'", "fsdir reaches out"),
        ("create virtual table z using zipfile('/x.zip')", "zipfile() reaches out"),
        ("create table t as select 1 from a join b on edit('x', 'id')", "edit() reaches out"),
        ("attach '/x' as other", "ATTACH: a step sees one database"),
        ("pragma writable_schema = on", "PRAGMA writable_schema"),
        ("insert into \"_release_ledger\" values (1)", "_release_"),
        ("create table _release_next(a)", "_release_next: names that begin with _release_"),
    ] {
        let line = 1 + text.matches('\n').count();
        sqlite(text, line, words);
    }
    let vacuum = "-- release: no-transaction\nvacuum into '/x'";
    assert!(refused(Sqlite, Purpose::Wanted, vacuum).1.contains("with INTO it writes another file"));
    // Names of tables and columns that only look like it.
    for text in [
        "create table edit(id integer, zipfile text, readfile text)",
        "create table if not exists main.edit(id references edit(id))",
        "create index i on edit(id)",
        "create table t(a text default 'edit(')",
    ] {
        assert!(check(Sqlite, Purpose::Wanted, "x", text).is_ok(), "{text}");
    }
    assert!(check(Sqlite, Purpose::Step, "x", "insert into edit(id) values (1)").is_ok());
}
