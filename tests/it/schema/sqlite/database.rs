//! A database file, and what is in it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use release::schema::sql::{Kind, bare, tokens};
use release::schema::{Client, Direction, Engine, Entry, Error, Output, Refusal, Request, Upgrade, Wanted, sqlite};
use tempfile::TempDir;

/// A database in a directory of its own, and the client that reaches it.
pub struct Database {
    dir: TempDir,
    operations: usize,
    /// So many scripts were run for the engine.
    pub scripts: usize,
}

impl Client for Database {
    type Error = String;

    async fn run(&mut self, script: &str) -> Result<Output, String> {
        self.scripts += 1;
        Ok(self.shell(script))
    }
}

/// Runs what the engine asks for to its end.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

impl Database {
    pub fn empty() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), operations: 0, scripts: 0 }
    }

    pub fn new(sql: &str) -> Self {
        let database = Self::empty();
        database.sql(sql);
        database
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("app.db")
    }

    /// As the engine's scripts are run on a host.
    pub fn shell(&self, script: &str) -> Output {
        let mut command = Command::new("sqlite3");
        command.args(["-batch", "-bail", "-init", "/dev/null"]).arg(self.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            // A script that ends early leaves the rest of its text unread.
            scope.spawn(move || _ = stdin.write_all(script.as_bytes()));
            let output = child.wait_with_output().unwrap();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            Output {
                code: output.status.code().unwrap_or(-1),
                stdout: text(&output.stdout),
                stderr: text(&output.stderr),
            }
        })
    }

    #[track_caller]
    pub fn sql(&self, sql: &str) -> String {
        let output = self.shell(sql);
        assert!(output.ok(), "{sql}\n{output:?}");
        output.stdout.trim_end().to_owned()
    }

    fn operation(&mut self) -> String {
        self.operations += 1;
        format!("op-{}", self.operations)
    }

    pub fn ask(&mut self, wanted: &str) -> Result<Upgrade, Refusal> {
        let operation = self.operation();
        let wanted = Wanted::Text { file: "schema.sql", text: wanted };
        self.plan(&Request { wanted, before: &[], after: &[], operation: &operation })
    }

    pub fn plan(&mut self, request: &Request<'_>) -> Result<Upgrade, Refusal> {
        wait(sqlite::plan(self, request)).map_err(|error| match error {
            Error::Refused(refusal) => *refusal,
            Error::Client(what) => panic!("{what}"),
        })
    }

    /// Runs a way as a host does.
    pub fn go(&mut self, way: &Direction) -> Output {
        let operation = self.operation();
        self.go_as(&[way], &operation)
    }

    pub fn go_as(&mut self, ways: &[&Direction], operation: &str) -> Output {
        let entry = Entry { app: "", operation, verb: "deploy", release: "1.1", who: "me@here", files: &[] };
        self.shell(&sqlite::scripts(ways, &entry).run)
    }

    /// What speaks against a way.
    pub fn objections(&self, way: &Direction) -> Vec<String> {
        let all = way.objections.iter().map(|query| format!("{query};\n")).collect::<String>();
        self.sql(&all).lines().map(str::to_owned).collect()
    }

    /// The texts of all objects as they are kept; without ours.
    pub fn texts(&self) -> String {
        self.sql(&format!("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE {OTHERS} ORDER BY 1, 2;"))
    }

    /// All rows of all tables, the last numbers, and what an upgrade leaves alone.
    pub fn rows(&self) -> String {
        let tables = self.sql(&format!(
            "SELECT name, (SELECT count(*) FROM pragma_index_list(s.name)) = 0 FROM sqlite_schema s WHERE type = 'table' \
             AND {OTHERS} ORDER BY name; SELECT '|' FROM sqlite_schema WHERE name = 'sqlite_sequence';"
        ));
        let mut script =
            String::from(".mode quote\nPRAGMA user_version;\nPRAGMA application_id;\nPRAGMA journal_mode;\n");
        for line in tables.lines() {
            let (table, keyless) = line.rsplit_once('|').unwrap();
            if table.is_empty() {
                script += "SELECT 'sequence', name, seq FROM sqlite_sequence;\n";
                continue;
            }
            let quoted = table.replace('"', "\"\"");
            let rowid = if keyless == "1" { "_rowid_ AS _row, " } else { "" };
            writeln!(script, "SELECT '{table}', {rowid}* FROM \"{quoted}\";").unwrap();
        }
        let printed = self.sql(&script);
        let mut lines: Vec<_> = printed.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    }

    /// What the schema means, by SQLite's own word: columns in the order of their names.
    pub fn meaning(&self) -> String {
        let tables = self.sql(&format!(
            "CREATE TEMP TABLE tables AS SELECT name AS t, type, wr, strict FROM pragma_table_list WHERE schema = 'main' AND {OTHERS};
             SELECT 'table', * FROM temp.tables;
             SELECT 'column', t, x.name, x.type, x.\"notnull\", x.dflt_value, x.pk, x.hidden FROM temp.tables, pragma_table_xinfo(t) x;
             SELECT 'foreign', t, f.\"table\", f.seq, f.\"from\", f.\"to\", f.on_update, f.on_delete FROM temp.tables, pragma_foreign_key_list(t) f;
             SELECT 'key', t, i.\"unique\", i.origin, i.partial, (SELECT group_concat(coalesce(x.name, '?') || x.coll || x.\"desc\")
                FROM pragma_index_xinfo(i.name) x WHERE x.key) FROM temp.tables, pragma_index_list(t) i;"
        ));
        let mut lines: Vec<_> = tables.lines().map(str::to_owned).collect();
        let texts = self.sql(&format!("SELECT json_quote(sql) FROM sqlite_schema WHERE {OTHERS};"));
        lines.extend(texts.lines().map(|text| normal(&serde_json::from_str::<String>(text).unwrap())));
        lines.sort_unstable();
        lines.join("\n")
    }
}

const OTHERS: &str = "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_release\\_%' ESCAPE '\\'";

/// A statement without what does not count; what stands between the commas of a table in the order of the alphabet.
fn normal(sql: &str) -> String {
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for token in tokens(Engine::Sqlite, sql).unwrap().into_iter().filter(|token| token.is_code()) {
        depth += usize::from(token.is_mark("("));
        depth -= usize::from(token.is_mark(")"));
        if (depth == 1 && (token.is_mark(",") || token.is_mark("("))) || (depth == 0 && token.is_mark(")")) {
            parts.push(String::new());
            continue;
        }
        let text = if token.kind == Kind::Name { bare(Engine::Sqlite, token.text) } else { token.text.to_owned() };
        write!(parts.last_mut().unwrap(), "{} ", text.to_lowercase()).unwrap();
    }
    if parts[0].starts_with("create table") {
        parts[1..].sort_unstable();
    }
    parts.join("| ")
}
