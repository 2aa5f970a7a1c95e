//! What a way would lose is put into the schema `_release_trash` first, under the operation's name, and the way back takes it from there.

mod carry;
mod columns;
mod counter;
mod key;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

pub use carry::carry;
pub use columns::{back, round, widens};

use super::catalog::{Catalog, Fact};
use super::change::{Act, Changes};
use super::kind::Kind;
use super::make::table::columns as columns_of;
use super::path::Fill;
use super::{quote, quote_name};
use columns::Column;

/// What is put aside on the way there, and taken back on the way back.
#[derive(Debug, Default)]
pub struct Keeping {
    /// Makes the tables of the trash; the scratch copy needs them before it can try the way back.
    pub tables: Vec<String>,
    /// Fills them, before anything else is done.
    pub saves: Vec<String>,
    pub fills_back: Vec<Fill>,
    /// After everything is done on the way back.
    pub end_back: Vec<String>,
    /// What the way back can't do, or would lose.
    pub objections: Vec<String>,
}

/// The beginning of the names of an operation's tables in the trash.
pub fn heap(operation: &str) -> String {
    if operation.len() <= 45 {
        return format!("{operation}/");
    }
    let mut short = String::new();
    for byte in &Sha256::digest(operation.as_bytes())[..4] {
        let _ = write!(short, "{byte:02x}");
    }
    format!("{}~{short}/", operation.chars().take(36).collect::<String>())
}

/// The columns of a table that have values of their own.
fn own_columns<'a>(changes: &Changes<'a>, table: &str) -> Vec<&'a Fact> {
    columns_of(table, changes.from).into_iter().filter(|column| !column.has("generated")).collect()
}

impl Keeping {
    /// For the way `changes` and its reverse.
    pub fn of(changes: &Changes<'_>, operation: &str) -> Self {
        let mut keeping = Self::default();
        let mut count = 0;
        let mut next = || {
            count += 1;
            format!("_release_trash.{}", quote_name(&format!("{}{count}", heap(operation))))
        };
        let mut lost: BTreeMap<&str, Vec<&Fact>> = BTreeMap::new();
        for (id, act) in &changes.acts {
            let Some(fact) = changes.from.facts.get(*id) else { continue };
            match fact.kind {
                Kind::Table if *act == Act::Drop && !fact.has("key") && !changes.is_carried(fact) => {
                    keeping.rows(changes, fact, &next());
                }
                Kind::Column => {
                    keeping.identity(changes, fact, act, &mut next);
                    if columns::is_lost(changes, fact, act) {
                        lost.entry(fact.told("on")).or_default().push(fact);
                    }
                }
                Kind::Sequence => keeping.sequence(changes, fact, act, &mut next),
                _ => {}
            }
        }
        for (table, columns) in lost {
            keeping.values(changes, table, &columns, &next());
        }
        if !keeping.tables.is_empty() {
            keeping.tables.insert(0, "CREATE SCHEMA IF NOT EXISTS _release_trash;".into());
        }
        keeping
    }

    /// All statements that come before the first one of the diff.
    pub fn first(&self) -> Vec<String> {
        self.tables.iter().chain(&self.saves).cloned().collect()
    }

    fn table(&mut self, name: &str, about: &str, columns: &str) {
        self.tables.push(format!("CREATE TABLE {name} ({columns});"));
        self.tables.push(format!("COMMENT ON TABLE {name} IS {};", quote(about)));
        self.end_back.push(format!("DROP TABLE {name};"));
    }

    /// A table that goes.
    fn rows(&mut self, changes: &Changes<'_>, table: &Fact, name: &str) {
        let columns: Vec<Column<'_>> = own_columns(changes, &table.name).into_iter().map(Column).collect();
        let numbered: Vec<String> =
            columns.iter().enumerate().map(|(at, c)| format!("c{at} {}", c.kept_type())).collect();
        self.table(name, &format!("rows of table {}", table.name), &numbered.join(", "));
        if columns.is_empty() {
            return;
        }
        let list: Vec<String> = columns.iter().map(Column::kept).collect();
        self.saves.push(format!("INSERT INTO {name} SELECT {} FROM ONLY {};", list.join(", "), table.name));
        let names: Vec<&str> = columns.iter().map(|c| c.0.told("name")).collect();
        let values: Vec<String> = columns.iter().enumerate().map(|(at, c)| c.back(&format!("c{at}"))).collect();
        let sql = format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {name};",
            table.name,
            names.join(", "),
            values.join(", ")
        );
        self.fills_back.push(Fill { ids: vec![table.id()], table: table.name.clone(), sql: vec![sql] });
    }

    /// The values of columns of a table that stays: all together, so that each row gets its own back.
    fn values(&mut self, changes: &Changes<'_>, table: &str, lost: &[&Fact], name: &str) {
        let key = key::key(changes, table, lost);
        let values = columns::Values::of(changes, lost);
        let names: Vec<&str> = lost.iter().map(|column| column.told("name")).collect();
        let about = format!("values of {} of table {table}", names.join(", "));
        self.table(name, &about, &format!("{}, {}", key.declared(), values.declared()));
        self.saves.push(format!(
            "INSERT INTO {name} SELECT {}, {} FROM {} AS t{};",
            key.selected(),
            values.selected(),
            key.source_then(table, changes, lost),
            values.condition()
        ));
        self.objections.extend(columns::missing(changes, lost, &key, name));
        let mut sql = quiet(changes, table, false);
        sql.extend(values.given_back(table, &key, name));
        for column in lost.iter().filter(|column| changes.drops(&column.id())) {
            if below_required(column.get("type"), changes.from).is_some() {
                let (name, domain) = (column.told("name"), column.get("type"));
                sql.push(format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE {domain};"));
            }
        }
        sql.extend(quiet(changes, table, true));
        self.fills_back.push(Fill {
            ids: lost.iter().map(|column| column.id()).collect(),
            table: table.to_owned(),
            sql,
        });
    }
}

/// The type below a domain that must have a value: a column has it until its values are back.
pub fn below_required(domain: &str, catalog: &Catalog) -> Option<String> {
    let fact = |name: &str| catalog.facts.get(&format!("domain {name}"));
    let (mut below, mut required) = (domain, false);
    while let Some(domain) = fact(below) {
        required |= domain.is("notnull");
        below = domain.get("type");
    }
    required.then(|| below.to_owned())
}

/// Triggers sleep while values are put back; each wakes as it was.
fn quiet(changes: &Changes<'_>, table: &str, wake: bool) -> Vec<String> {
    let (first, end) = (format!("trigger {table}."), format!("trigger {table}/"));
    let triggers = changes.from.facts.range(first..end).map(|(_, fact)| fact);
    let stay = triggers
        .filter(|fact| fact.told("on") == table && *changes.act(&fact.id()) == Act::Keep && fact.get("enabled") != "D");
    stay.map(|fact| {
        let asleep = format!("ALTER TABLE {table} DISABLE TRIGGER {};", fact.told("name"));
        if wake { super::make::misc::enabled(fact) } else { asleep }
    })
    .collect()
}
