//! What `schema diff` and `plan --sql` print is the plan: given to the client program as it is, it does what an upgrade does.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::{Postgres, Run, Tarball, World};

/// Runs a client program on this text; its exit code and what it complained of.
fn piped(mut command: Command, text: &str) -> (i32, String) {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A database of the shared server, made by this text.
struct Database {
    world: World,
    name: String,
}

impl Database {
    fn of(name: &str, schema: &str) -> Self {
        let name = format!("printed_{name}");
        Postgres::shared().create(&name);
        Postgres::shared().psql(&name, schema);
        Self { world: World::new(&[]), name }
    }

    fn diff(&self, wanted: &str, more: &[&str]) -> Run {
        self.world.write("wanted.sql", wanted);
        let url = Postgres::shared().url(&self.name);
        self.world.release(&[&["schema", "diff", "--from", &url, "--to", "wanted.sql"], more].concat())
    }

    /// `psql -1 -f -`.
    fn apply(&self, sql: &str) -> (i32, String) {
        let mut psql = Command::new("psql");
        psql.args(["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", "-", &Postgres::shared().url(&self.name)]);
        piped(psql, sql)
    }

    fn ask(&self, sql: &str) -> String {
        Postgres::shared().psql(&self.name, sql).trim().to_owned()
    }

    /// Prints the way to this schema, goes it by hand, and finds nothing left to do.
    fn goes_to(&self, wanted: &str) -> String {
        let sql = self.diff(wanted, &[]).expect(1).stdout;
        let (code, said) = self.apply(&sql);
        assert_eq!(code, 0, "{said}\n{sql}");
        self.diff(wanted, &[]).expect(0);
        sql
    }
}

/// A file of SQLite, made by this text.
struct File {
    world: World,
}

impl File {
    fn of(schema: &str) -> Self {
        let file = Self { world: World::new(&[]) };
        file.sql(schema);
        file
    }

    fn sqlite(&self, options: &[&str]) -> Command {
        let mut sqlite = Command::new("sqlite3");
        sqlite.args(options).arg(self.world.project().join("app.db"));
        sqlite
    }

    fn sql(&self, sql: &str) -> String {
        let mut sqlite = self.sqlite(&["-bail"]);
        sqlite.arg(sql);
        Run::of(sqlite).ok().trim().to_owned()
    }

    fn diff(&self, wanted: &str) -> Run {
        self.world.write("wanted.sql", wanted);
        self.world.release(&["schema", "diff", "--from", "sqlite:app.db", "--to", "wanted.sql"])
    }
}

/// Seen in the field: a table that becomes a partitioned one was printed without the statements that carry its rows.
#[test]
fn rows_are_carried_and_what_goes_is_kept() {
    let database = Database::of(
        "rows",
        "CREATE TABLE ev (id integer PRIMARY KEY, note text); INSERT INTO ev VALUES (1, 'a'), (2, 'b');
         CREATE TABLE gone (id integer); INSERT INTO gone VALUES (7);",
    );
    let wanted = "CREATE TABLE ev (id integer PRIMARY KEY, note text) PARTITION BY RANGE (id);
        CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM (0) TO (1000);";
    let run = database.diff(wanted, &[]).expect(1);
    assert!(run.stderr.contains("_release_trash"), "who goes it by hand hears where it is: {}", run.stderr);
    database.goes_to(wanted);
    assert_eq!(database.ask("SELECT string_agg(id || note, ' ' ORDER BY id) FROM ev"), "1a 2b");
    let kept = "SELECT obj_description(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname = '_release_trash' AND relkind = 'r'";
    assert_eq!(database.ask(kept), "rows of table public.gone");
}

/// Seen in the field: a procedure whose body names a column that comes later; `psql` checks bodies unless it is told not to.
#[test]
fn it_has_the_settings_that_it_was_proved_under() {
    let database = Database::of("settings", "CREATE TABLE u (name text);");
    database.goes_to(
        "CREATE TABLE u (name text, id integer);
         CREATE PROCEDURE add_u() LANGUAGE sql AS $$insert into u(id, name) values (1, 'x')$$;",
    );
}

/// Seen in the field: Lemmy's views, whose lines are longer than a screen is wide, were cut.
#[test]
fn lines_are_whole_and_bytes_are_themselves() {
    let (long, strange) = ("x".repeat(5000), "caf\u{e9} \u{202e}\u{200b}");
    let database = Database::of("lines", "");
    let sql = database.goes_to(&format!("CREATE VIEW v AS SELECT '{long}'::text AS a, '{strange}\t\u{7}'::text AS b;"));
    assert!(sql.contains(&long) && sql.contains(strange), "{sql}");
    assert_eq!(database.ask("SELECT a || b FROM v"), format!("{long}{strange}\t\u{7}"));
    let columns: Vec<String> = (0..300).map(|at| format!("c{at} text")).collect();
    let file = File::of(&format!("CREATE TABLE t({});", columns.join(",")));
    let wanted = format!("CREATE TABLE t({},last text NOT NULL DEFAULT '{long}');", columns.join(","));
    let sql = file.diff(&wanted).expect(1).stdout;
    assert_eq!(piped(file.sqlite(&[]), &sql), (0, String::new()), "{sql}");
    file.diff(&wanted).expect(0);
}

const FAMILY: &str = "CREATE TABLE parent(id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE child(id INTEGER REFERENCES parent ON DELETE CASCADE);
INSERT INTO parent VALUES (1, 'a'), (2, '');
INSERT INTO child VALUES (1), (2);";

/// Seen in the field (efcore, drizzle): where foreign keys are on, the drop of a table that is made anew takes the rows of others with it.
#[test]
fn foreign_keys_take_nothing_with_them() {
    let wanted = "CREATE TABLE parent(id INTEGER PRIMARY KEY, v TEXT DEFAULT 'm' CHECK (v <> 'x'));
        CREATE TABLE child(id INTEGER REFERENCES parent ON DELETE CASCADE);";
    let counted = "SELECT (SELECT count(*) FROM parent), (SELECT count(*) FROM child)";
    let file = File::of(FAMILY);
    let sql = file.diff(wanted).expect(1).stdout;
    assert_eq!(piped(file.sqlite(&[]), &format!("PRAGMA foreign_keys = ON;\n{sql}")), (0, String::new()), "{sql}");
    assert_eq!(file.sql(counted), "2|2");
    file.diff(wanted).expect(0);
    // Within a transaction they can't be switched off: it does not begin.
    let file = File::of(FAMILY);
    let (code, said) = piped(file.sqlite(&[]), &format!("PRAGMA foreign_keys = ON;\nBEGIN;\n{sql}"));
    assert!(code != 0 && said.contains("transaction"), "{code} {said}");
    assert_eq!(file.sql(counted), "2|2");
}

/// `sqlite3` goes on behind an error: the next statement would drop the table whose rows could not be copied.
#[test]
fn it_ends_at_the_first_error() {
    let file = File::of(FAMILY);
    let wanted = "CREATE TABLE parent(id INTEGER PRIMARY KEY, v TEXT CHECK (v <> ''));
        CREATE TABLE child(id INTEGER REFERENCES parent ON DELETE CASCADE);";
    let before = file.sql(".dump");
    let sql = file.diff(wanted).expect(1).stdout;
    let (code, said) = piped(file.sqlite(&[]), &sql);
    assert!(code != 0 && said.contains("CHECK"), "{code} {said}");
    assert_eq!(file.sql(".dump"), before);
}

/// The same text by `schema diff`, `plan --sql` and `--dry-run --sql`, also where leave is missing; guard, proof and ledger stand behind `--script`.
#[test]
fn a_plan_prints_the_statements_alone() {
    let world = World::new(&["h1"]);
    world.hosts_toml(
        "app = 'app'\n[schema]\nurl = 'sqlite:app.db'\ndesired = 'schema.sql'\n[targets.view]\nhosts = ['h1']\n",
    );
    let bring = |version: &str, schema: &str| {
        let tarball = Tarball::new("app", version).file("schema.sql", schema);
        tarball.write(&world.project());
        tarball.file_name()
    };
    let first = bring("1.0", "CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE gone(x);");
    world.release(&["view", &first]).expect(0);
    let second = bring("1.1", "CREATE TABLE a(id INTEGER PRIMARY KEY, name TEXT);");
    let host = world.host("h1");
    let mut sqlite = Command::new("sqlite3");
    sqlite.arg(host.path("app.db")).arg("INSERT INTO gone VALUES (1)");
    Run::of(sqlite).ok();
    let before = host.state();
    world.release(&["plan", "view", &second]).expect(3);
    let missing = world.release(&["plan", "view", &second, "--sql"]).expect(0);
    assert!(missing.stderr.contains("drops-data") && missing.stderr.contains("would be refused"), "{}", missing.stderr);
    let allowed = world.release(&["view", &second, "--dry-run", "--sql", "--allow", "drops-data"]).expect(0);
    assert!(!allowed.stderr.contains("would be refused"), "{}", allowed.stderr);
    // Only the names of what is kept differ: each carries its operation.
    let same = |sql: &str| {
        let words = sql.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
        words.filter(|word| !word.starts_with("_release_trash")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(same(&missing.stdout), same(&allowed.stdout));
    let diff = world.release(&["schema", "diff", "view", &second]).expect(1);
    assert_eq!(same(&missing.stdout), same(&diff.stdout));
    for inner in ["_release_ledger", "_release_guard", "_release_proof"] {
        assert!(!missing.stdout.contains(inner), "{}", missing.stdout);
        let script = world.release(&["plan", "view", &second, "--script", "--allow", "drops-data"]).expect(0).stdout;
        assert!(script.contains(inner), "{script}");
    }
    before.assert_same(&host.state());
}

/// `[schema] versions`: the files that are still to run, of an artifact or as they lie beside hosts.toml.
#[test]
fn files_of_versions_are_printed_and_run_alone() {
    let world = World::new(&["h1"]);
    world
        .hosts_toml("app = 'app'\n[schema]\nurl = 'sqlite:app.db'\nversions = 'sql'\n[targets.view]\nhosts = ['h1']\n");
    let release = |version: &str| {
        let tarball = Tarball::new("app", version).file("sql/1.0/01.sql", "CREATE TABLE a(id INTEGER PRIMARY KEY);\n");
        let tarball =
            if version == "1.0" { tarball } else { tarball.file("sql/1.1/01.sql", "ALTER TABLE a ADD name TEXT;\n") };
        tarball.write(&world.project());
        tarball.file_name()
    };
    let (first, second) = (release("1.0"), release("1.1"));
    world.release(&["view", &first]).expect(0);
    world.release(&["schema", "diff", "view", &first]).expect(0);
    let of_artifact = world.release(&["schema", "diff", "view", &second]).expect(1).stdout;
    assert!(
        of_artifact.contains("ALTER TABLE a ADD name TEXT;") && !of_artifact.contains("CREATE TABLE a"),
        "{of_artifact}"
    );
    fs::create_dir_all(world.project().join("sql/1.0")).unwrap();
    fs::create_dir_all(world.project().join("sql/1.1")).unwrap();
    world.write("sql/1.0/01.sql", "CREATE TABLE a(id INTEGER PRIMARY KEY);\n");
    world.write("sql/1.1/01.sql", "ALTER TABLE a ADD name TEXT;\n");
    let beside = world.release(&["schema", "diff", "view"]).expect(1).stdout;
    assert!(beside.contains("ALTER TABLE a ADD name TEXT;"), "{beside}");
    world.release(&["schema", "upgrade", "view"]).expect(0);
    world.release(&["schema", "diff", "view"]).expect(0);
    let run = world.release(&["view", &second]).expect(0);
    assert!(!run.stderr.contains("1 statement"), "it has run already: {}", run.stderr);
}
