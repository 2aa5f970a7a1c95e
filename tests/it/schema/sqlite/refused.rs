//! What is refused, what is asked, what is dangerous: each by its name, and nothing is changed.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};

use release::schema::{Entry, HazardName, Refusal, Request, Wanted, sqlite};

use super::Database;
use super::database::wait;

const FIRST: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT, c INTEGER); CREATE TABLE d (e);";

fn filled() -> Database {
    let database = Database::new(FIRST);
    database.sql("INSERT INTO a VALUES (1, 'x', 1), (4, NULL, 1), (9, NULL, -1); INSERT INTO d VALUES (1), (2);");
    database
}

#[test]
fn a_schema_that_changed_since_the_plan() {
    let mut database = filled();
    let upgrade = database.ask("CREATE TABLE a (id INTEGER PRIMARY KEY);").unwrap();
    database.sql("CREATE INDEX late ON a (b);");
    let (texts, rows) = (database.texts(), database.rows());
    let ran = database.go(&upgrade.forward);
    assert!(!ran.ok() && ran.stderr.contains("the schema is not the one that the plan was made for"), "{ran:?}");
    assert_eq!((database.texts(), database.rows()), (texts, rows));
}

#[test]
fn a_way_that_ends_elsewhere_is_not_committed() {
    for lost in ["CREATE INDEX", "DROP TABLE"] {
        let mut database = filled();
        let mut upgrade = database
            .ask("CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT, c INTEGER); CREATE INDEX i ON a (b);")
            .unwrap();
        upgrade.forward.statements.retain(|statement| !statement.starts_with(lost));
        let (texts, rows) = (database.texts(), database.rows());
        let ran = database.go(&upgrade.forward);
        assert!(!ran.ok() && ran.stderr.contains("the schema did not become what it should be"), "{lost}: {ran:?}");
        assert_eq!((database.texts(), database.rows()), (texts, rows));
    }
}

#[test]
fn rows_that_a_way_would_lose_keep_it_from_being_committed() {
    let mut database = filled();
    let mut upgrade = database.ask("CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT); CREATE TABLE d (e);").unwrap();
    for statement in &mut upgrade.forward.statements {
        if statement.starts_with("INSERT INTO \"a\"") {
            *statement = statement.replace(" AS n;", " AS n WHERE n.id < 9;");
        }
    }
    let rows = database.rows();
    let ran = database.go(&upgrade.forward);
    assert!(!ran.ok() && ran.stderr.contains("rows would be lost"), "{ran:?}");
    assert_eq!(database.rows(), rows);
}

#[test]
fn an_operation_runs_once_and_the_ledger_knows() {
    let mut database = filled();
    let upgrade =
        database.ask("CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT, c INTEGER, f); CREATE TABLE d (e);").unwrap();
    let files = [("sql/1.1/00-a.sql".to_owned(), "abc".to_owned())];
    let entry = Entry { app: "", operation: "one", verb: "deploy", release: "1.1", who: "o'me@here", files: &files };
    let scripts = sqlite::scripts(&[&upgrade.forward], &entry);
    assert_eq!(database.sql(&scripts.ask), "absent");
    assert_eq!(database.sql("SELECT count(*) FROM sqlite_schema WHERE name = '_release_ledger';"), "0");
    assert_eq!(database.sql(&scripts.run), "");
    assert_eq!(database.sql(&scripts.ask), "present");
    let texts = database.texts();
    let again = database.shell(&scripts.run);
    assert!(!again.ok() && again.stderr.contains("this operation has run already"), "{again:?}");
    assert_eq!(database.texts(), texts);
    assert_eq!(wait(sqlite::state(&mut database)).unwrap().files, files);
    let back = Entry { app: "", operation: "two", verb: "rollback", release: "1.0", who: "me", files: &[] };
    let undone = sqlite::scripts(&[upgrade.backward.as_ref().unwrap()], &back);
    // It takes back what the operation of the plan's name did; this one ran under another.
    assert_eq!(database.sql(&undone.run.replace("[\"op-1\"]", "[\"one\"]")), "");
    assert_eq!(wait(sqlite::state(&mut database)).unwrap().files, []);
}

#[test]
fn a_writer_that_does_not_end() {
    let mut database = filled();
    let upgrade = database.ask(FIRST.replace("b TEXT", "b BLOB").as_str()).unwrap();
    let path = database.sql("SELECT file FROM pragma_database_list;");
    let mut writer =
        Command::new("sqlite3").args(["-batch", &path]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = writer.stdin.take().unwrap();
    stdin.write_all(b"BEGIN IMMEDIATE;\nSELECT 'begun';\n").unwrap();
    let mut line = String::new();
    BufReader::new(writer.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "begun\n");
    let ran = database.go(&upgrade.forward);
    assert!(!ran.ok() && ran.stderr.contains("database is locked"), "{ran:?}");
    drop(stdin);
    writer.wait().unwrap();
    assert!(database.go(&upgrade.forward).ok());
}

#[test]
fn a_column_or_a_table_that_may_be_renamed_is_a_question() {
    let mut database = filled();
    let question = |refusal: Result<_, Refusal>| match refusal {
        Err(Refusal::Question(question)) => question,
        other => panic!("{other:?}"),
    };
    let asked =
        question(database.ask("CREATE TABLE a (id INTEGER PRIMARY KEY, f TEXT, c INTEGER); CREATE TABLE d (e);"));
    assert!(
        asked.starts_with("column a.b goes while a.f of the same shape comes") && asked.contains("-- @renamed from=b"),
        "{asked}"
    );
    let asked =
        question(database.ask("CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT, c INTEGER); CREATE TABLE g (e);"));
    assert!(asked.starts_with("table d goes while g of the same shape comes"), "{asked}");
    let other = "CREATE TABLE a (id INTEGER PRIMARY KEY,\nf TEXT, -- @not-renamed\nc INTEGER);\nCREATE TABLE g (e); -- @not-renamed";
    assert!(!database.ask(other).unwrap().is_empty(), "what is said to be another one is no question");
    let kept = "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT, c INTEGER);\nCREATE TABLE g (e); -- @renamed from=d";
    let upgrade = database.ask(kept).unwrap();
    assert!(database.go(&upgrade.forward).ok());
    assert_eq!(database.sql("SELECT e FROM g;"), "1\n2");
    assert!(database.ask(kept).unwrap().is_empty(), "a note that was done stays harmless");
}

#[test]
fn what_is_not_modelled_is_named() {
    let mut database = Database::new("CREATE TABLE a (b); CREATE VIRTUAL TABLE words USING fts5(w);");
    let (texts, refusal) = (database.texts(), database.ask("CREATE TABLE a (b, c);"));
    let Err(Refusal::Unmodelled(names)) = refusal else { panic!("{refusal:?}") };
    assert!(
        names.contains(&"virtual table words".to_owned()) && names.contains(&"shadow table words_data".to_owned()),
        "{names:?}"
    );
    assert_eq!(database.texts(), texts);
}

#[test]
fn a_wanted_text_that_sqlite_does_not_take() {
    let mut database = filled();
    let mut wrong = |text: &str| match database.ask(text) {
        Err(Refusal::Wanted { file, line, what }) => format!("{file}:{line}: {what}"),
        other => panic!("{other:?}"),
    };
    assert_eq!(wrong("CREATE TABLE a (b);\n\n-- it\nCREATE TABLE a (c);"), "schema.sql:4: table a already exists");
    assert_eq!(wrong("CREATE TABLE a (b);\nCREATE TABL c (d);\n"), "schema.sql:2: near \"TABL\": syntax error");
    assert!(wrong("CREATE TABLE a (b); ROLLBACK;").starts_with("schema.sql:1: ROLLBACK: remove it"));
}

#[test]
fn dangers_have_figures_and_keys() {
    let mut database = filled();
    let wanted = "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT NOT NULL, c INTEGER UNIQUE CHECK (c > 0) REFERENCES d (e), f TEXT NOT NULL);
        CREATE TABLE d (e PRIMARY KEY);";
    let upgrade = database.ask(wanted).unwrap();
    let found: Vec<_> =
        upgrade.hazards.iter().map(|h| (h.name.as_str(), h.object.as_str(), h.detail.as_str(), h.fails_now)).collect();
    let expected = [
        ("rewrites-table", "table a", "3 rows", false),
        ("breaks-running-code", "column a.f", "NOT NULL without a default", false),
        ("rewrites-table", "table d", "2 rows", false),
        ("may-fail-on-data", "table a", "2 rows where b would be NULL: id 4, id 9", true),
        ("may-fail-on-data", "table a", "3 rows where f would be NULL: id 1, id 4, id 9", true),
        ("may-fail-on-data", "table a", "1 rows that break CHECK (c > 0): id 9", true),
        ("may-fail-on-data", "table a", "2 rows with the same c: id 1, id 4", true),
        ("may-fail-on-data", "table a", "1 rows whose c would name no row of d: id 9", true),
    ];
    for one in expected {
        assert!(found.contains(&one), "{one:?} is not in {found:#?}");
    }
    let upgrade = database.ask("CREATE TABLE a (id INTEGER PRIMARY KEY, c TEXT);").unwrap();
    let drops = upgrade.hazards.iter().filter(|hazard| hazard.name == HazardName::DropsData);
    let drops: Vec<_> = drops.map(|hazard| (hazard.object.as_str(), hazard.detail.as_str())).collect();
    assert_eq!(drops, [("table d", "2 rows"), ("column a.b", "1 values"), ("column a.c", "3 values become TEXT")]);
}

#[test]
fn a_row_without_its_parent_is_not_committed() {
    let mut database = filled();
    let wanted =
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT, c INTEGER REFERENCES d (e)); CREATE TABLE d (e PRIMARY KEY);";
    let upgrade = database.ask(wanted).unwrap();
    let rows = database.rows();
    let ran = database.go(&upgrade.forward);
    assert!(!ran.ok() && ran.stderr.contains("a row would be without the row that its foreign key names"), "{ran:?}");
    assert_eq!(database.rows(), rows);
}

#[test]
fn no_row_no_danger() {
    let mut database = Database::new(FIRST);
    let upgrade = database.ask("CREATE TABLE a (id INTEGER PRIMARY KEY, c TEXT);").unwrap();
    let asked: Vec<_> = upgrade.hazards.iter().filter(|hazard| hazard.name.needs_leave()).collect();
    assert!(asked.is_empty(), "{asked:?}");
}

#[test]
fn another_database_can_be_the_wish() {
    let (mut database, mut other) = (
        filled(),
        Database::new(
            "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT NOT NULL DEFAULT ';'); CREATE VIEW v AS SELECT 1;",
        ),
    );
    database.sql("DELETE FROM a WHERE b IS NULL;");
    let catalog = wait(sqlite::read(&mut other)).unwrap();
    let request = Request { wanted: Wanted::Catalog(&catalog), before: &[], after: &[], operation: "copy" };
    let upgrade = database.plan(&request).unwrap();
    assert!(database.go(&upgrade.forward).ok());
    assert_eq!(database.meaning(), other.meaning());
}

#[test]
fn a_plan_is_few_scripts() {
    let mut database = filled();
    database.ask("CREATE TABLE a (id INTEGER PRIMARY KEY);").unwrap();
    assert_eq!(database.scripts, 2);
}
