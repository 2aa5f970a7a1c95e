//! What a database has: its objects as SQLite keeps them, and what SQLite says of its tables.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::script::create;
use super::table::Table;
use super::words;
use crate::schema::Refusal;

/// An object, as a row of `sqlite_schema`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Object {
    /// `table`, `index`, `view`, `trigger`.
    pub kind: String,
    pub name: String,
    /// The table that it is on, or its own name.
    pub table: String,
    /// Its statement, as SQLite keeps it: run again it is kept the same.
    pub sql: String,
}

impl Object {
    /// Do two mean the same? Comments, white space and the case of words don't count.
    pub fn same(&self, other: &Self) -> bool {
        self.sql == other.sql || words::same(&words::read(&self.sql), &words::read(&other.sql))
    }
}

/// A schema.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    /// All objects, sorted; without ours and SQLite's own.
    pub objects: Vec<Object>,
    pub tables: Vec<Table>,
    /// Objects that the model does not know.
    pub unknown: Vec<String>,
    /// Where an object is, by its kind and its name in small letters.
    places: HashMap<(String, String), usize>,
}

/// What is neither ours nor SQLite's own in `sqlite_schema`: whatever is called `_release_` is of some version of `release`, be it a
/// later one, and so is what is on it.
pub(super) const THEIRS: &str =
    "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name NOT LIKE '\\_release\\_%' ESCAPE '\\'";

/// Prints all objects, one a line.
pub(super) fn objects_sql() -> String {
    format!("SELECT json_object('o', json_array(type, name, tbl_name, sql)) FROM main.sqlite_schema WHERE {THEIRS};\n")
}

/// Prints all of a catalog, a line an object and a line a table.
pub(super) fn sql() -> String {
    let tables = "SELECT json_object('t', l.name, 'type', l.type, 'wr', l.wr, 'strict', l.strict, \
        'columns', json((SELECT json_group_array(json_array(name, type, \"notnull\", dflt_value, pk, hidden)) \
            FROM (SELECT * FROM pragma_table_xinfo(l.name) ORDER BY cid))), \
        'keys', json((SELECT json_group_array(json_array(i.origin, i.\"unique\", i.partial, \
            json((SELECT json_group_array(json_array(name, coll)) \
                FROM (SELECT name, coll FROM pragma_index_xinfo(i.name) WHERE key ORDER BY seqno))))) \
            FROM pragma_index_list(l.name) i)), \
        'foreign', json((SELECT json_group_array(json_array(id, \"table\", \"from\", \"to\")) \
            FROM (SELECT * FROM pragma_foreign_key_list(l.name) ORDER BY id, seq)))) \
        FROM pragma_table_list l JOIN main.sqlite_schema s ON s.type = 'table' AND s.name = l.name \
        WHERE l.schema = 'main' AND l.type <> 'view'";
    format!(
        "{}{tables} AND {};\n",
        objects_sql(),
        THEIRS.replace("name ", "s.name ").replace("tbl_s.name", "s.tbl_name")
    )
}

/// Reads the lines of [`sql`].
pub(super) fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Catalog, Refusal> {
    let mut found = Catalog::default();
    let mut tables = Vec::new();
    for line in lines {
        let value: Value = serde_json::from_str(line).map_err(|_| odd("it printed what is no catalog"))?;
        if let Some(row) = value.get("o") {
            let text = |at: usize| row.get(at).and_then(Value::as_str).unwrap_or_default().to_owned();
            found.objects.push(Object { kind: text(0), name: text(1), table: text(2), sql: text(3) });
        } else {
            tables.push(value);
        }
    }
    found = Catalog::new(found.objects);
    for value in &tables {
        let name = value["t"].as_str().unwrap_or_default();
        match value["type"].as_str() {
            Some("table") => {
                let sql = found.of("table", name).map(|object| object.sql.clone()).unwrap_or_default();
                found.tables.push(Table::read(name, &sql, value).ok_or_else(|| odd("a table that can't be read"))?);
            }
            Some(kind) => found.unknown.push(format!("{kind} table {name}")),
            None => return Err(odd("it printed what is no catalog")),
        }
    }
    found.tables.sort_by_key(|table| table.name.to_ascii_lowercase());
    Ok(found)
}

fn odd(what: &str) -> Refusal {
    Refusal::Database(format!("sqlite3: {what}"))
}

impl Catalog {
    /// Objects, without what SQLite says of the tables.
    pub fn new(mut objects: Vec<Object>) -> Self {
        objects.sort();
        let place = |(at, object): (usize, &Object)| ((object.kind.clone(), object.name.to_ascii_lowercase()), at);
        let places = objects.iter().enumerate().map(place).collect();
        Self { objects, places, ..Self::default() }
    }

    /// An object by its name, whose case does not count.
    pub fn of(&self, kind: &str, name: &str) -> Option<&Object> {
        let place = self.places.get(&(kind.to_owned(), name.to_ascii_lowercase()))?;
        self.objects.get(*place)
    }

    pub fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Object> + use<'a> {
        self.objects.iter().filter(move |object| object.kind == kind)
    }

    pub fn table(&self, name: &str) -> Option<&Table> {
        let name = name.to_ascii_lowercase();
        let place = self.tables.binary_search_by(|table| table.name.to_ascii_lowercase().cmp(&name)).ok()?;
        self.tables.get(place)
    }

    /// What of it is on these tables and views, whose names are in small letters; and the rest.
    pub fn parted(&self, names: &HashSet<String>) -> (Self, Self) {
        let is_in = |name: &str| names.contains(&name.to_ascii_lowercase());
        let (part, rest) = self.objects.iter().cloned().partition(|object| is_in(&object.table));
        let (mut part, mut rest) = (Self::new(part), Self::new(rest));
        (part.tables, rest.tables) = self.tables.iter().cloned().partition(|table| is_in(&table.name));
        (part, rest)
    }

    /// With what another one has besides.
    pub fn with(self, rest: &Self) -> Self {
        let mut found = Self::new([self.objects, rest.objects.clone()].concat());
        found.tables = [self.tables, rest.tables.clone()].concat();
        found.tables.sort_by_key(|table| table.name.to_ascii_lowercase());
        found
    }

    /// Its objects in an order in which they can be made.
    pub fn in_order(&self) -> impl Iterator<Item = &Object> {
        ["table", "index", "view", "trigger"].into_iter().flat_map(|kind| self.all(kind))
    }

    /// The statements that make it from nothing.
    pub fn text(&self) -> String {
        self.in_order().map(|object| create(&object.sql) + "\n").collect()
    }
}

/// The fingerprint of a schema.
pub(super) fn fingerprint(objects: &[Object]) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for object in objects {
        for part in [&object.kind, &object.name, &object.table, &object.sql] {
            hash.update(part.len().to_le_bytes());
            hash.update(part.as_bytes());
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
