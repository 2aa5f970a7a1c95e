//! Hand-written files: those of `versions` make the schema, `before` and `after` go with the diff.

use release::schema::{Refusal, Request, Step, Upgrade, Wanted};

use super::Database;

const FIRST: &str = "CREATE TABLE blog (id INTEGER PRIMARY KEY, title TEXT, old TEXT); CREATE TABLE tmp (a); CREATE INDEX i ON blog (title);";

fn filled() -> Database {
    let database = Database::new(FIRST);
    database.sql("INSERT INTO blog VALUES (1, 'a', 'x'), (2, NULL, 'y'); INSERT INTO tmp(rowid, a) VALUES (3, 'z');");
    database
}

fn step(name: &str, sql: &str) -> Step {
    Step { name: name.into(), sql: sql.into() }
}

fn after(database: &mut Database, steps: &[Step]) -> Result<Upgrade, Refusal> {
    database.plan(&Request { wanted: Wanted::After(steps), before: &[], after: &[], operation: "after" })
}

#[test]
fn files_make_the_schema_and_there_is_a_way_back() {
    let mut database = filled();
    let (texts, rows) = (database.texts(), database.rows());
    let steps = [
        step(
            "sql/1.1/00-cols.sql",
            "BEGIN;\nALTER TABLE blog ADD COLUMN slug TEXT;\nUPDATE blog SET slug = lower(title);\nCOMMIT;\n",
        ),
        step(
            "sql/1.1/01-names.sql",
            "ALTER TABLE blog RENAME COLUMN title TO name; SELECT 'printed';\nALTER TABLE blog DROP COLUMN old;",
        ),
        step("sql/1.1/02-drop.sql", "DROP TABLE tmp; -- gone"),
    ];
    let upgrade = after(&mut database, &steps).unwrap();
    let names: Vec<_> = upgrade.hazards.iter().map(|hazard| hazard.name.as_str()).collect();
    assert!(names.contains(&"changes-data") && names.contains(&"drops-data"), "{names:?}");
    let ran = database.go(&upgrade.forward);
    assert!(ran.ok() && ran.stdout.is_empty(), "{ran:?}");
    assert_eq!(database.sql("SELECT id, name, slug FROM blog;"), "1|a|a\n2||");
    database.sql("UPDATE blog SET name = 'B' WHERE id = 2;");
    let back = upgrade.backward.as_ref().unwrap();
    assert_eq!(database.objections(back), ["1 values of column blog.slug, which was not there before: id 1"]);
    let ran = database.go(back);
    assert!(ran.ok(), "{ran:?}");
    assert_eq!(database.texts(), texts);
    database.sql("UPDATE blog SET title = NULL WHERE id = 2;");
    assert_eq!(database.rows(), rows);
}

#[test]
fn a_file_with_a_mistake_is_named_with_its_line() {
    let mut database = filled();
    let steps = [
        step("sql/1.1/00-a.sql", "ALTER TABLE blog ADD COLUMN a;"),
        step("sql/1.1/01-b.sql", "\n\nALTER TABLE missing ADD COLUMN a;"),
    ];
    let refusal = after(&mut database, &steps).unwrap_err();
    let Refusal::Wanted { file, line, what } = refusal else { panic!("{refusal:?}") };
    assert_eq!((file.as_str(), line, what.as_str()), ("sql/1.1/01-b.sql", 3, "no such table: missing"));
    let refusal = after(&mut database, &[step("c.sql", "SELECT 1;\n.shell id")]).unwrap_err();
    assert!(matches!(refusal, Refusal::Wanted { line: 2, .. }), "{refusal:?}");
}

#[test]
fn steps_before_and_after_the_diff_are_in_the_transaction() {
    let mut database = filled();
    let wanted = "CREATE TABLE blog (id INTEGER PRIMARY KEY, title TEXT NOT NULL, slug TEXT DEFAULT ''); CREATE INDEX i ON blog (title);";
    let before = [step("sql/1.1/before/a.sql", "UPDATE blog SET title = 'none' WHERE title IS NULL;")];
    let last = [step("sql/1.1/after/b.sql", "UPDATE blog SET slug = title || '!';")];
    let request = |after| Request {
        wanted: Wanted::Text { file: "schema.sql", text: wanted },
        before: &before,
        after,
        operation: "steps",
    };
    let upgrade = database.plan(&request(&last)).unwrap();
    let hazard = upgrade.hazards.iter().find(|hazard| hazard.detail.contains("title would be NULL")).unwrap();
    assert!(!hazard.fails_now && hazard.detail.starts_with("0 rows"), "the step before has seen to it: {hazard:?}");
    assert_eq!(database.sql("SELECT count(*) FROM blog WHERE title IS NULL;"), "1", "a plan changes nothing");
    assert!(database.go(&upgrade.forward).ok());
    assert_eq!(database.sql("SELECT * FROM blog;"), "1|a|a!\n2|none|none!");
    let mut database = filled();
    let rows = database.rows();
    let broken = [step("sql/1.1/after/b.sql", "INSERT INTO blog VALUES (1, 'twice', NULL);")];
    let upgrade = database.plan(&request(&broken)).unwrap();
    let ran = database.go(&upgrade.forward);
    assert!(!ran.ok() && ran.stderr.contains("UNIQUE constraint failed"), "{ran:?}");
    assert_eq!(database.rows(), rows);
}
