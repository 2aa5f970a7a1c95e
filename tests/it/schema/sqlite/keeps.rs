//! What the way back brings back when the application has written meanwhile, and what it says before it is gone.

use release::schema::{Direction, Upgrade, sqlite};

use super::Database;
use super::database::wait;

#[track_caller]
fn upgraded(database: &mut Database, wanted: &str) -> Upgrade {
    let upgrade = database.ask(wanted).unwrap();
    let ran = database.go(&upgrade.forward);
    assert!(ran.ok(), "{ran:?}");
    upgrade
}

#[track_caller]
fn back(database: &mut Database, upgrade: &Upgrade) {
    let ran = database.go(upgrade.backward.as_ref().unwrap());
    assert!(ran.ok(), "{ran:?}");
}

const POSTS: &str =
    "CREATE TABLE post (id INTEGER PRIMARY KEY, title TEXT, mood TEXT NOT NULL DEFAULT 'calm', code TEXT);";

#[test]
fn rows_written_since_stay_and_old_values_come_back() {
    let mut database = Database::new(POSTS);
    database.sql("INSERT INTO post VALUES (1, 'a', 'glad', '007'), (2, 'b', 'sad', '008'), (3, 'c', 'mad', '009');");
    let upgrade = upgraded(&mut database, "CREATE TABLE post (id INTEGER PRIMARY KEY, title TEXT, code INTEGER);");
    assert_eq!(database.sql("SELECT * FROM post;"), "1|a|7\n2|b|8\n3|c|9");
    database.sql("UPDATE post SET title = 'B', code = 80 WHERE id = 2; DELETE FROM post WHERE id = 3; INSERT INTO post VALUES (4, 'd', 10);");
    assert_eq!(database.objections(upgrade.backward.as_ref().unwrap()), [""; 0]);
    back(&mut database, &upgrade);
    assert_eq!(
        database.sql("SELECT *, typeof(code) FROM post;"),
        "1|a|glad|007|text\n2|B|sad|80|text\n4|d|calm|10|text"
    );
}

#[test]
fn a_dropped_table_comes_back_until_it_is_buried() {
    let mut database = Database::new("CREATE TABLE keep (a); CREATE TABLE gone (b, c);");
    database.sql("INSERT INTO gone(rowid, b, c) VALUES (5, x'00', 1.5), (7, NULL, 'x');");
    let (rows, wanted) = (database.rows(), "CREATE TABLE keep (a);");
    let upgrade = upgraded(&mut database, wanted);
    assert!(!database.texts().contains("gone") && database.ask(wanted).unwrap().is_empty());
    back(&mut database, &upgrade);
    assert_eq!(database.rows(), rows);
    let upgrade = upgraded(&mut database, wanted);
    for _ in 0..2 {
        assert_eq!(database.sql(&sqlite::bury(&upgrade.operation)), "");
    }
    assert_eq!(
        database.sql("SELECT count(*) FROM sqlite_schema WHERE name LIKE '\\_release\\_trash%' ESCAPE '\\';"),
        "0"
    );
    let (texts, ran) = (database.texts(), database.go(upgrade.backward.as_ref().unwrap()));
    assert!(!ran.ok() && ran.stderr.contains("no such table"), "{ran:?}");
    assert_eq!(database.texts(), texts);
}

#[test]
fn what_cannot_be_carried_back_is_said_with_its_keys() {
    let mut database = Database::new(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT NOT NULL CHECK (b <> 'no'), c UNIQUE, d INTEGER NOT NULL);",
    );
    database.sql("INSERT INTO a VALUES (1, 'x', 1, 1);");
    let wanted = "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT, c, e TEXT DEFAULT 'none'); CREATE TABLE f (g);";
    let upgrade = upgraded(&mut database, wanted);
    let way = upgrade.backward.as_ref().unwrap();
    assert_eq!(database.objections(way), [""; 0]);
    database.sql("INSERT INTO a VALUES (2, NULL, 1, 'none'), (3, 'no', 3, 'some'); INSERT INTO f VALUES (1), (2);");
    assert_eq!(
        database.objections(way),
        [
            "2 rows of table f, which was not there before",
            "1 values of column a.e, which was not there before: id 3",
            "1 rows where b would be NULL in table a as it was before: id 2",
            "2 rows where d would be NULL in table a as it was before: id 2, id 3",
            "1 rows that break CHECK (b <> 'no') in table a as it was before: id 3",
            "2 rows with the same c in table a as it was before: id 1, id 2",
        ]
    );
    let (rows, ran) = (database.rows(), database.go(way));
    assert!(!ran.ok() && ran.stderr.contains("NOT NULL constraint failed"), "{ran:?}");
    assert_eq!(database.rows(), rows);
}

#[test]
fn rows_without_a_key_and_a_vacuum() {
    let mut database = Database::new("CREATE TABLE log (a, b);");
    database.sql("INSERT INTO log VALUES (1, 'x'), (2, 'y'), (3, 'z'); DELETE FROM log WHERE a = 2;");
    let upgrade = upgraded(&mut database, "CREATE TABLE log (a);");
    let way = upgrade.backward.as_ref().unwrap();
    database.sql(&sqlite::bury("another"));
    assert_eq!(database.objections(way), [""; 0]);
    database.sql("VACUUM;");
    let said = database.objections(way);
    assert!(said.len() == 1 && said[0].contains("table log may have got other numbers by a VACUUM"), "{said:?}");
}

#[test]
fn two_releases_go_back_in_one_transaction() {
    let mut database = Database::new(POSTS);
    database.sql("INSERT INTO post VALUES (1, 'a', 'glad', '007');");
    let (texts, rows) = (database.texts(), database.rows());
    let one =
        upgraded(&mut database, "CREATE TABLE post (id INTEGER PRIMARY KEY, title TEXT, code INTEGER, slug TEXT);");
    let two = upgraded(
        &mut database,
        "CREATE TABLE post (id INTEGER PRIMARY KEY, code INTEGER); CREATE VIEW v AS SELECT * FROM post;",
    );
    let ways: Vec<&Direction> = [&two, &one].map(|upgrade| upgrade.backward.as_ref().unwrap()).into();
    let ran = database.go_as(&ways, "back");
    assert!(ran.ok(), "{ran:?}");
    assert_eq!((database.texts(), database.rows()), (texts, rows));
}

#[test]
fn what_the_file_itself_says_is_left_alone() {
    let mut database = Database::new(&format!(
        "PRAGMA journal_mode = wal; PRAGMA user_version = 42; PRAGMA application_id = 7; {POSTS}"
    ));
    let upgrade = upgraded(&mut database, "CREATE TABLE post (id INTEGER PRIMARY KEY); PRAGMA user_version = 3;");
    assert_eq!(upgrade.notes, ["schema.sql:1: PRAGMA user_version is left as it is in the database"]);
    assert_eq!(database.sql("PRAGMA journal_mode; PRAGMA user_version; PRAGMA application_id;"), "wal\n42\n7");
    back(&mut database, &upgrade);
    assert_eq!(database.sql("PRAGMA journal_mode; PRAGMA user_version; PRAGMA application_id;"), "wal\n42\n7");
}

#[test]
fn the_ledger_says_what_the_schema_is() {
    let mut database = Database::new(POSTS);
    let before = wait(sqlite::state(&mut database)).unwrap();
    assert!(
        before.server.starts_with("SQLite 3.") && before.expected.is_none() && before.release.is_none(),
        "{before:?}"
    );
    let upgrade = upgraded(&mut database, "CREATE TABLE post (id INTEGER PRIMARY KEY);");
    let after = wait(sqlite::state(&mut database)).unwrap();
    assert_eq!((upgrade.forward.from, upgrade.forward.to), (before.fingerprint, after.fingerprint.clone()));
    assert_eq!((after.expected.as_ref(), after.release.as_deref()), (Some(&after.fingerprint), Some("1.1")));
    database.sql("CREATE TABLE drift (a);");
    let drifted = wait(sqlite::state(&mut database)).unwrap();
    assert!(drifted.fingerprint != after.fingerprint && drifted.expected == after.expected, "{drifted:?}");
}
