//! What a host runs: one transaction with guard, proof and ledger.

use serde_json::{Value, json};

use super::catalog::{Object, THEIRS};
use crate::schema::{Direction, Entry, Scripts};

/// A name in quotes.
pub(super) fn name(bare: &str) -> String {
    format!("\"{}\"", bare.replace('"', "\"\""))
}

/// A text in quotes.
pub(super) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// A statement as SQLite keeps it, closed so that it is kept the same again: what stands before the `;` may count.
pub(super) fn create(sql: &str) -> String {
    let last = sql.rsplit('\n').next().unwrap_or(sql);
    if last.contains("--") { format!("{sql}\n;") } else { format!("{sql};") }
}

/// Rows of checks: a statement that puts a 0 into one ends the script, and with it the transaction.
pub(super) const CHECKS: &str = "\
CREATE TEMP TABLE _release_once(ok CONSTRAINT \"this operation has run already\" CHECK (ok));
CREATE TEMP TABLE _release_guard(ok CONSTRAINT \"the schema is not the one that the plan was made for\" CHECK (ok));
CREATE TEMP TABLE _release_proof(ok CONSTRAINT \"the schema did not become what it should be\" CHECK (ok));
";

/// The same for what the statements themselves note and check, and for foreign keys.
pub(super) const ROWS: &str = "\
CREATE TEMP TABLE _release_rows(ok CONSTRAINT \"rows would be lost\" CHECK (ok));
CREATE TEMP TABLE _release_keys(ok CONSTRAINT \"a row would be without the row that its foreign key names\" CHECK (ok));
CREATE TEMP TABLE _release_broken(side, child, row, parent, own);
";

/// One way as a script of its own: what `sqlite3` does by it is what an operation does, without guard, proof and ledger. It ends at the first
/// error, or a table would be dropped whose rows could not be copied; and it does not begin within a transaction, where foreign keys can't be switched off.
pub(super) fn by_hand(way: &Direction) -> String {
    let proof = Proof::read(&way.proof);
    let before: String = proof.keys_from.iter().map(|(now, then)| broken("before", now, then)).collect();
    let after: String = proof.keys_to.iter().map(|table| broken("after", table, table)).collect();
    let statements: String = way.statements.iter().map(|statement| format!("{statement}\n")).collect();
    let (rows, keys) = if [&before, &after, &statements].iter().any(|part| part.contains("_release_")) {
        (ROWS, KEYS)
    } else {
        ("", "")
    };
    format!(
        ".bail on\n.timeout 2000\nPRAGMA foreign_keys = OFF;\n{rows}BEGIN IMMEDIATE;\n{before}{statements}{after}{keys}COMMIT;\n"
    )
}

pub(super) const LEDGER: &str = "CREATE TABLE IF NOT EXISTS main._release_ledger(seq INTEGER PRIMARY KEY, \
    operation TEXT NOT NULL UNIQUE, verb TEXT NOT NULL, release TEXT NOT NULL, who TEXT NOT NULL, \
    at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, from_fingerprint TEXT NOT NULL, to_fingerprint TEXT NOT NULL, \
    files TEXT NOT NULL, undoes TEXT NOT NULL, version INTEGER NOT NULL);\n";

/// Notes whose the database is, as the default of a column: that can be asked for without an error where there is no such table.
fn app(app: &str) -> String {
    format!(
        "DROP TABLE IF EXISTS main._release_app;\nCREATE TABLE main._release_app(app TEXT DEFAULT {});\n",
        text(app)
    )
}

/// Prints whose it is, in quotes, or nothing.
pub(super) const APP_SQL: &str = "SELECT dflt_value FROM pragma_table_info('_release_app') WHERE name = 'app';\n";

/// Complaints that were not there before. A row of a table WITHOUT ROWID has no number to know it by.
const KEYS: &str = "INSERT INTO _release_keys SELECT NOT EXISTS (SELECT 1 FROM _release_broken AS a WHERE a.side = 'after' \
    AND NOT EXISTS (SELECT 1 FROM _release_broken AS b WHERE b.side = 'before' AND b.child = a.child \
    AND b.parent = a.parent AND (b.row IS a.row OR b.row IS NULL OR a.row IS NULL)));\n";

/// What an engine must know to prove a way's end: see [`Direction::proof`].
#[derive(Debug, Default)]
pub(super) struct Proof {
    /// The objects at its beginning, and at its end.
    pub from: Vec<Object>,
    pub to: Vec<Object>,
    /// Tables whose foreign keys can be checked at its beginning (with the name that they have at its end), and at its end.
    pub keys_from: Vec<(String, String)>,
    pub keys_to: Vec<String>,
    /// The operation that it takes back.
    pub undoes: Option<String>,
    /// The bytes that it takes on disk, about.
    pub room: u64,
}

impl Proof {
    pub fn value(&self) -> Value {
        json!({
            "from": self.from, "to": self.to, "keys_from": self.keys_from, "keys_to": self.keys_to, "undoes": self.undoes,
            "room": self.room,
        })
    }

    pub fn room_of(value: &Value) -> u64 {
        value.get("room").and_then(Value::as_u64).unwrap_or_default()
    }

    fn read(value: &Value) -> Self {
        let of = |key: &str| value.get(key).cloned().unwrap_or_default();
        Self {
            from: serde_json::from_value(of("from")).unwrap_or_default(),
            to: serde_json::from_value(of("to")).unwrap_or_default(),
            keys_from: serde_json::from_value(of("keys_from")).unwrap_or_default(),
            keys_to: serde_json::from_value(of("keys_to")).unwrap_or_default(),
            undoes: serde_json::from_value(of("undoes")).unwrap_or_default(),
            room: Self::room_of(value),
        }
    }
}

/// Several ways in one transaction, one after the other.
pub(super) fn scripts(parts: &[&Direction], entry: &Entry<'_>) -> Scripts {
    let proofs: Vec<_> = parts.iter().map(|part| Proof::read(&part.proof)).collect();
    let operation = text(entry.operation);
    let mut run = format!(
        ".timeout 2000\n.output /dev/null\nPRAGMA foreign_keys = OFF;\n{CHECKS}{ROWS}\
         CREATE TEMP TABLE _release_facts(side, type, name, tbl_name, sql);\n\
 "
    );
    if let (Some(first), Some(last)) = (proofs.first(), proofs.last()) {
        run += &facts("from", &first.from);
        run += &facts("to", &last.to);
    }
    run += "BEGIN IMMEDIATE;\n";
    run += LEDGER;
    run += &format!(
        "INSERT INTO _release_once SELECT NOT EXISTS (SELECT 1 FROM main._release_ledger WHERE operation = {operation});\n"
    );
    run += &compared("_release_guard", "from");
    let keys = proofs.first().map(|proof| proof.keys_from.as_slice()).unwrap_or_default();
    run.extend(keys.iter().map(|(now, then)| broken("before", now, then)));
    for statement in parts.iter().flat_map(|part| &part.statements) {
        run += statement;
        run.push('\n');
    }
    let keys = proofs.last().map(|proof| proof.keys_to.as_slice()).unwrap_or_default();
    run.extend(keys.iter().map(|table| broken("after", table, table)));
    run += KEYS;
    run += &compared("_release_proof", "to");
    if !entry.app.is_empty() {
        run += &app(entry.app);
    }
    run += &ledger(parts, &proofs, entry);
    run += "COMMIT;\n";
    let ask = format!(
        ".timeout 60000\nBEGIN IMMEDIATE;\n{LEDGER}SELECT iif(EXISTS (SELECT 1 FROM main._release_ledger WHERE operation = \
         {operation}), 'present', 'absent');\nROLLBACK;\n"
    );
    Scripts { run, ask }
}

fn facts(side: &str, objects: &[Object]) -> String {
    let row = |object: &Object| {
        let [kind, own, table, sql] = [&object.kind, &object.name, &object.table, &object.sql].map(|part| text(part));
        format!("INSERT INTO _release_facts VALUES ('{side}', {kind}, {own}, {table}, {sql});\n")
    };
    objects.iter().map(row).collect()
}

/// Is the schema exactly what is expected?
fn compared(check: &str, side: &str) -> String {
    let real = format!("SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE {THEIRS}");
    let expected = format!("SELECT type, name, tbl_name, sql FROM _release_facts WHERE side = '{side}'");
    format!(
        "INSERT INTO {check} SELECT NOT EXISTS ({real} EXCEPT {expected}) AND NOT EXISTS ({expected} EXCEPT {real});\n"
    )
}

fn broken(side: &str, table: &str, then: &str) -> String {
    let (then, table) = (text(then), text(table));
    format!(
        "INSERT INTO _release_broken SELECT '{side}', {then}, rowid, parent, {table} FROM pragma_foreign_key_check({table});\n"
    )
}

fn ledger(parts: &[&Direction], proofs: &[Proof], entry: &Entry<'_>) -> String {
    let files: Vec<Value> = entry.files.iter().map(|(path, hash)| json!([path, hash])).collect();
    let undoes: Vec<_> = proofs.iter().filter_map(|proof| proof.undoes.clone()).collect();
    let ends = [parts.first().map(|part| &part.from), parts.last().map(|part| &part.to)];
    let [from, to] = ends.map(|fingerprint| text(fingerprint.map(String::as_str).unwrap_or_default()));
    let [operation, verb, release, who] = [entry.operation, entry.verb, entry.release, entry.who].map(text);
    let [files, undoes] = [Value::from(files), Value::from(undoes)].map(|list| text(&list.to_string()));
    format!(
        "INSERT INTO main._release_ledger(operation, verb, release, who, from_fingerprint, to_fingerprint, files, undoes, \
         version) SELECT {operation}, {verb}, {release}, {who}, {from}, {to}, {files}, {undoes}, schema_version \
         FROM pragma_schema_version;\n"
    )
}
