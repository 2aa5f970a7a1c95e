//! Other ways to say what is wanted, hand-written steps, and who may not make databases.

use release::schema::{HazardName, Refusal, Request, Step, Wanted};

use super::{engine, server};

const OLD: &str = "CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE t (id serial PRIMARY KEY, m mood NOT NULL DEFAULT 'sad', n int, CHECK (n > 0));
CREATE VIEW v AS SELECT id, m FROM t WHERE m = 'glad';
INSERT INTO t (n) VALUES (1), (2);";
const NEW: &str = "CREATE TYPE mood AS ENUM ('sad', 'fair', 'glad');
CREATE TABLE t (id serial PRIMARY KEY, m mood NOT NULL DEFAULT 'fair', body text, CHECK (id > 0));
CREATE VIEW v AS SELECT id, m FROM t WHERE m = 'glad';
CREATE INDEX t_m ON t (m);";

/// Goes there and back, and gives what a dump says before, there and after.
fn there_and_back(db: &str, request: &Request<'_>) -> [String; 3] {
    let server = server();
    let mut client = server.client(db);
    let dump = || server.dump_text(db);
    let before = dump();
    let upgrade = engine::plan_request(&mut client, request).unwrap();
    let run = |script: &str| {
        let out = server.client(db).script(script);
        assert!(out.ok(), "{}\n{script}", out.stderr);
    };
    run(&engine::scripts(&upgrade.forward, request.operation, "deploy").run);
    let there = dump();
    let back = upgrade.backward.unwrap();
    run(&engine::scripts(&back, &engine::operation(), "rollback").run);
    [before, there, dump()]
}

/// Without the tokens that each dump has anew, and without order.
fn lines(dump: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = dump.lines().filter(|line| !line.contains("restrict")).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn a_catalog_is_as_good_as_a_text() {
    let server = server();
    let (a, b) = ("wanted_catalog_a", "wanted_catalog_b");
    for (db, text) in [(a, OLD), (b, NEW)] {
        server.create(db);
        server.psql(db, text);
    }
    let catalog = engine::read(&mut server.client(b));
    let operation = engine::operation();
    let request = Request { wanted: Wanted::Catalog(&catalog), before: &[], after: &[], operation: &operation };
    let [before, there, after] = there_and_back(a, &request);
    assert!(there.contains("'fair'") && there.contains("t_m"), "{there}");
    assert_eq!(lines(&before), lines(&after));
    server.drop(a);
    server.drop(b);
}

#[test]
fn files_of_a_version_have_a_way_back() {
    let server = server();
    let db = "wanted_after";
    server.create(db);
    server.psql(db, OLD);
    let sql = "BEGIN; ALTER TABLE t ADD COLUMN body text; UPDATE t SET n = n + 1; ALTER TABLE t DROP COLUMN m CASCADE; COMMIT;";
    let files = [Step { name: "sql/1.1/00-body.sql".into(), sql: sql.into() }];
    let operation = engine::operation();
    let request = Request { wanted: Wanted::After(&files), before: &[], after: &[], operation: &operation };
    let [before, there, after] = there_and_back(db, &request);
    assert!(there.contains("body text") && !there.contains("VIEW"), "{there}");
    assert_eq!(lines(&before), lines(&after));
    let rows = server.psql(db, "SELECT string_agg(format('%s:%s:%s', id, m, n), ' ' ORDER BY id) FROM t");
    assert_eq!(rows.trim(), "1:sad:2 2:sad:3", "what the file wrote stays, what it dropped is back");
    server.drop(db);
}

#[test]
fn steps_run_around_the_diff_and_clear_its_way() {
    let server = server();
    let db = "wanted_steps";
    server.create(db);
    server.psql(db, "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, NULL), (2, 'x')");
    let text = "CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL, b int);";
    let before = [Step { name: "sql/2/before/1.sql".into(), sql: "UPDATE t SET a = 'none' WHERE a IS NULL".into() }];
    let after = [Step { name: "sql/2/after/1.sql".into(), sql: "UPDATE t SET b = length(a);".into() }];
    let operation = engine::operation();
    let wanted = Wanted::Text { file: "schema.sql", text };
    let bare = Request { wanted: wanted.clone(), before: &[], after: &[], operation: &operation };
    let upgrade = engine::plan_request(&mut server.client(db), &bare).unwrap();
    let failing = upgrade.hazards.iter().find(|hazard| hazard.fails_now).unwrap();
    assert_eq!((failing.name, failing.object.as_str()), (HazardName::MayFailOnData, "column public.t.a"));
    assert!(failing.detail.contains("1 row") && failing.detail.contains("id=1"), "{failing:?}");
    let operation = engine::operation();
    let request = Request { wanted, before: &before, after: &after, operation: &operation };
    let upgrade = engine::plan_request(&mut server.client(db), &request).unwrap();
    assert!(upgrade.hazards.iter().all(|hazard| !hazard.fails_now), "{:?}", upgrade.hazards);
    assert!(upgrade.hazards.iter().any(|hazard| hazard.name == HazardName::ChangesData));
    let out = server.client(db).script(&engine::scripts(&upgrade.forward, &operation, "deploy").run);
    assert!(out.ok(), "{}", out.stderr);
    let rows = server.psql(db, "SELECT string_agg(format('%s:%s:%s', id, a, b), ' ' ORDER BY id) FROM t");
    assert_eq!(rows.trim(), "1:none:4 2:x:1");
    server.drop(db);
}

#[test]
fn a_wrong_line_is_named() {
    let server = server();
    let db = "wanted_line";
    server.create(db);
    let text = "CREATE TABLE a (id int);\n\nCREATE TABLE b (\n  id int,\n  x nothing\n);\nCREATE TABLE c (id int);\n";
    let refusal = engine::plan(&mut server.client(db), text, &engine::operation()).unwrap_err();
    let Refusal::Wanted { file, line, what } = refusal else { panic!("{refusal:?}") };
    assert_eq!((file.as_str(), line), ("schema.sql", 5), "{what}");
    assert!(what.contains("nothing"), "{what}");
    server.drop(db);
}

#[test]
fn a_schema_that_was_changed_since_is_not_touched() {
    let server = server();
    let db = "wanted_drift";
    server.create(db);
    server.psql(db, OLD);
    let operation = engine::operation();
    let upgrade = engine::plan(&mut server.client(db), NEW, &operation).unwrap();
    server.psql(db, "ALTER TABLE t ADD COLUMN since int");
    let out = server.client(db).script(&engine::scripts(&upgrade.forward, &operation, "deploy").run);
    assert!(!out.ok() && out.stderr.contains("somebody changed it"), "{}", out.stderr);
    server.psql(db, "ALTER TABLE t DROP COLUMN since");
    let run = engine::scripts(&upgrade.forward, &operation, "deploy").run;
    for _ in 0..2 {
        let out = server.client(db).script(&run);
        assert!(out.ok() && out.stdout.is_empty(), "{}{}", out.stdout, out.stderr);
    }
    assert_eq!(server.psql(db, "SELECT count(*) FROM _release.ledger").trim(), "1");
    server.drop(db);
}

#[test]
fn who_may_not_make_a_database_gets_the_same_plan() {
    let server = server();
    let (db, role) = ("wanted_no_createdb", "no_createdb");
    server.psql("postgres", &format!("CREATE ROLE {role} LOGIN"));
    server.create(db);
    server.psql(db, &format!("ALTER DATABASE {db} OWNER TO {role}"));
    let url = server.url_as(db, role);
    let client = || crate::support::Psql::new(&url);
    assert!(client().script(OLD).ok());
    let before = server.dump_text(db);
    let operation = engine::operation();
    let upgrade = engine::plan(&mut client(), NEW, &operation).unwrap();
    assert_eq!(lines(&before), lines(&server.dump_text(db)), "planning changed something");
    let out = client().script(&engine::scripts(&upgrade.forward, &operation, "deploy").run);
    assert!(out.ok(), "{}", out.stderr);
    assert!(engine::plan(&mut client(), NEW, &engine::operation()).unwrap().is_empty());
    let (there, catalog) = (server.dump_text(db), engine::read(&mut client()));
    let files = [Step { name: "sql/2/1.sql".into(), sql: "ALTER TABLE t ADD COLUMN more int;".into() }];
    for (wanted, statements) in [(Wanted::Catalog(&catalog), false), (Wanted::After(&files), true)] {
        let operation = engine::operation();
        let request = Request { wanted, before: &[], after: &[], operation: &operation };
        let upgrade = engine::plan_request(&mut client(), &request).unwrap();
        assert_eq!(!upgrade.is_empty(), statements, "{upgrade:?}");
        assert_eq!(lines(&there), lines(&server.dump_text(db)), "planning changed something");
    }
    server.psql(db, "CREATE EXTENSION hstore");
    let refusal = engine::plan(&mut client(), NEW, &engine::operation()).unwrap_err();
    let Refusal::Database(what) = &refusal else { panic!("{refusal:?}") };
    assert!(what.contains("ALTER ROLE no_createdb CREATEDB"), "{what}");
    server.drop(db);
}

#[test]
fn a_text_that_the_schema_has_come_to_is_not_loaded_again() {
    let (server, db) = (server(), "wanted_known");
    server.create(db);
    let deploy = |text: &str| {
        let operation = engine::operation();
        let upgrade = engine::plan(&mut server.client(db), text, &operation).unwrap();
        server.psql(db, &engine::scripts(&upgrade.forward, &operation, "deploy").run);
    };
    let asked = |text: &str| {
        let mut client = server.client(db);
        let upgrade = engine::plan(&mut client, text, &engine::operation()).unwrap();
        (upgrade.is_empty(), client.runs == 1)
    };
    deploy(NEW);
    assert_eq!(asked(NEW), (true, true), "known");
    assert_eq!(asked(&format!("{NEW} -- more")), (true, false), "another text");
    server.psql(db, "ALTER TABLE t ADD COLUMN since int");
    assert_eq!(asked(NEW), (false, false), "changed by hand");
    server.psql(db, "ALTER TABLE t DROP COLUMN since; ALTER TABLE _release.ledger DROP COLUMN app, DROP COLUMN wanted");
    assert_eq!(asked(NEW), (true, false), "a ledger of an earlier version");
    deploy(NEW);
    assert_eq!(asked(NEW), (true, true), "known again");
    server.drop(db);
}

#[test]
fn what_looks_like_a_rename_may_be_said_to_be_none() {
    let (server, db) = (server(), "wanted_fresh");
    server.create(db);
    server.psql(
        db,
        "CREATE TABLE t (id int PRIMARY KEY, a text); CREATE TABLE gone (x int); INSERT INTO t VALUES (1, 'x')",
    );
    let text = |note: &str| {
        format!("CREATE TABLE t (id int PRIMARY KEY,\n{note}\nb text);\n{note}\nCREATE TABLE come (x int);")
    };
    let plan = |note: &str| engine::plan(&mut server.client(db), &text(note), &engine::operation());
    let asked = plan("").unwrap_err();
    assert!(matches!(&asked, Refusal::Question(what) if what.contains("@not-renamed")), "{asked:?}");
    let upgrade = plan("-- @not-renamed").unwrap();
    let sql = upgrade.forward.statements.join("\n");
    assert!(sql.contains("DROP COLUMN a") && sql.contains("DROP TABLE public.gone"), "{sql}");
    server.drop(db);
}

/// Seen in the field: the usual wrapper around `unaccent`, which an index stands on.
#[test]
fn a_body_that_names_something_without_its_schema_is_named() {
    let server = server();
    server.create("unqualified");
    let live = "CREATE FUNCTION inner_f(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'select lower(t)';
        CREATE FUNCTION plain(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'select inner_f(t)';
        CREATE TABLE t (n text);";
    server.psql("unqualified", &format!("{live} INSERT INTO t VALUES ('A');"));
    let wanted = format!("{live} CREATE INDEX t_plain ON t (plain(n));");
    let refusal = engine::plan(&mut server.client("unqualified"), &wanted, &engine::operation());
    let Err(Refusal::Database(what)) = refusal else { panic!("{refusal:?}") };
    assert!(what.contains("the body of public.plain(text) names it without its schema"), "{what}");
    let qualified = wanted.replace("select inner_f", "select public.inner_f");
    engine::plan(&mut server.client("unqualified"), &qualified, &engine::operation()).unwrap();
    server.drop("unqualified");
}
