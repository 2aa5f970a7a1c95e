//! All rows of a database, with nothing of the order of rows or columns in them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::support::Postgres;

/// One query for each relation, which prints its rows as JSON, each after what it is of.
const ASK: &str = r"
SELECT format('SELECT %L || E''\t'' || (to_jsonb(t) - %L::text[])::text FROM ONLY %I.%I t', 'r ' || n.nspname || '.' || c.relname,
  ARRAY(SELECT attname::text FROM pg_attribute a WHERE attrelid = c.oid AND attgenerated <> '' AND NOT attisdropped), n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind = 'r' AND n.nspname !~ '^(pg_|_release|information_schema)' \gexec
SELECT format('SELECT %L || E''\t'' || to_jsonb(t) FROM (SELECT last_value, is_called FROM %I.%I) t', 'S ' || n.nspname || '.' || c.relname, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind = 'S' AND n.nspname !~ '^(pg_|_release|information_schema)' \gexec
SELECT 'm ' || oid::regclass || E'\t' || jsonb_build_object('populated', relispopulated) FROM pg_class WHERE relkind = 'm';
SELECT 'type ' || n.nspname || '.' || c.relname || E'\t' || jsonb_build_object(attname, format_type(atttypid, atttypmod))
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
WHERE relkind = 'r' AND attgenerated = '' AND n.nspname !~ '^(pg_|_release|information_schema)';
";

type Row = Map<String, Value>;

/// The rows of each table, the state of each sequence, the types of columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows(BTreeMap<String, Vec<Row>>);

impl Rows {
    /// Reads them all.
    #[track_caller]
    pub fn of(server: &Postgres, db: &str) -> Self {
        let mut all: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for line in server.psql(db, ASK).lines() {
            let (of, row) = line.split_once('\t').unwrap_or_else(|| panic!("{line}"));
            all.entry(of.to_owned()).or_default().push(serde_json::from_str(row).unwrap());
        }
        all.values_mut().for_each(|rows| rows.sort_by_key(|row| Value::Object(row.clone()).to_string()));
        Self(all)
    }

    /// What the other has that this has not, and the other way round; empty when they are equal.
    pub fn diff(&self, other: &Self) -> String {
        let of: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        let unequal = of.into_iter().filter(|of| self.0.get(*of) != other.0.get(*of));
        unequal.map(|of| lines(of, self.0.get(of), other.0.get(of))).collect()
    }

    /// The same without sequences that these statements draw from: a number that was given out is gone.
    pub fn without_drawn(mut self, statements: &[String]) -> Self {
        let drawn = |name: &str| statements.iter().any(|sql| sql.contains(&format!("nextval('{name}'")));
        self.0.retain(|of, _| !of.strip_prefix("S ").is_some_and(drawn));
        self
    }

    /// What is missing in the other of what both have room for: tables of the same name, columns of the same name and type.
    pub fn lost(&self, other: &Self) -> String {
        let mut text = String::new();
        for (of, rows) in self.0.iter().filter(|(of, _)| of.starts_with("r ")) {
            let types = of.replacen("r ", "type ", 1);
            let (Some(was), Some(is)) = (self.0.get(&types), other.0.get(&types)) else { continue };
            let same: BTreeSet<&String> =
                was.iter().filter(|column| is.contains(column)).flat_map(|column| column.keys()).collect();
            let of_same = |rows: Option<&Vec<Row>>| -> Vec<Row> {
                let of_row = |row: &Row| {
                    let kept = row.clone().into_iter().filter(|(name, _)| same.contains(name));
                    kept.map(|(name, value)| (name, without_nulls(value))).collect()
                };
                let mut rows: Vec<Row> = rows.into_iter().flatten().map(of_row).collect();
                rows.sort_by_key(|row| Value::Object(row.clone()).to_string());
                rows
            };
            let (before, after) = (of_same(Some(rows)), of_same(other.0.get(of)));
            if before != after {
                text += &lines(of, Some(&before), Some(&after));
            }
        }
        text
    }
}

/// A value of a composite type that has got an attribute is still the same.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(fields.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        other => other,
    }
}

fn lines(of: &str, before: Option<&Vec<Row>>, after: Option<&Vec<Row>>) -> String {
    let side = |sign: &str, rows: Option<&Vec<Row>>, other: Option<&Vec<Row>>| -> String {
        let only = rows.into_iter().flatten().filter(|row| !other.is_some_and(|other| other.contains(row)));
        only.take(6).map(|row| format!("{sign} {}\n", Value::Object(row.clone()))).collect()
    };
    let count = |rows: Option<&Vec<Row>>| rows.map_or(0, Vec::len);
    let head = format!("-- {of}: {} rows, now {}\n", count(before), count(after));
    head + &side("-", before, after) + &side("+", after, before)
}
