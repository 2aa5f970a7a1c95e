//! Renames: by a note in the wanted text, or because nothing but the name of an index, a constraint or a serial's sequence is another.
//!
//! The differ never sees them. The scratch copy is named back, and compared under the old names; the way there ends with the renames, and
//! the way back begins with theirs. So the server itself says what a rename does to everything that uses the name.

use std::collections::BTreeMap;

use super::catalog::{Catalog, Fact};
use super::kind::Kind;
use super::make::relation::schema_of;
use crate::schema::sql::{Renamed, bare};
use crate::schema::{Engine, Refusal};

/// What is renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Sequence,
    Index,
    Constraint,
    Column,
    Table,
}

/// One rename; all names as SQL takes them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rename {
    what: What,
    /// The table under its old name; the schema of what is no part of a table.
    on: String,
    old: String,
    new: String,
}

impl Rename {
    fn statement(&self, from: &str, to: &str) -> String {
        let on = &self.on;
        match self.what {
            What::Sequence => format!("ALTER SEQUENCE {on}.{from} RENAME TO {to};"),
            What::Index => format!("ALTER INDEX {on}.{from} RENAME TO {to};"),
            What::Constraint => format!("ALTER TABLE {on} RENAME CONSTRAINT {from} TO {to};"),
            What::Column => format!("ALTER TABLE {on} RENAME COLUMN {from} TO {to};"),
            What::Table => format!("ALTER TABLE {on}.{from} RENAME TO {to};"),
        }
    }

    /// For the operator: `table blog.post`, what becomes of it.
    pub fn told(&self) -> Option<(String, String)> {
        let what = match self.what {
            What::Column => format!("column {}.{}", self.on, self.old),
            What::Table => format!("table {}.{}", self.on, self.old),
            _ => return None,
        };
        Some((what, format!("it is called {} from now on", self.new)))
    }
}

/// Does a query name something by a name that it has no more when the way is gone?
pub fn outdated(renames: &[Rename], query: &str) -> bool {
    renames.iter().any(|one| match one.what {
        What::Table => query.contains(&format!("{}.{}", one.on, one.old)),
        What::Column => query.contains(&one.on),
        _ => false,
    })
}

/// The way there: what stands on a table before the table itself.
pub fn there(renames: &[Rename]) -> Vec<String> {
    let mut sorted: Vec<&Rename> = renames.iter().collect();
    sorted.sort();
    sorted.iter().map(|one| one.statement(&one.old, &one.new)).collect()
}

/// The way back.
pub fn back(renames: &[Rename]) -> Vec<String> {
    let mut sorted: Vec<&Rename> = renames.iter().collect();
    sorted.sort();
    sorted.iter().rev().map(|one| one.statement(&one.new, &one.old)).collect()
}

/// The name without its schema.
pub fn local(name: &str) -> &str {
    name.get(schema_of(name).len() + 1..).unwrap_or(name)
}

/// What the notes of the wanted text ask for, as far as it is not done yet.
pub fn noted(notes: &[Renamed], file: &str, live: &Catalog, wanted: &Catalog) -> Result<Vec<Rename>, Refusal> {
    let mut tables = Vec::new();
    let mut columns = Vec::new();
    for note in notes {
        let wrong = |what: String| Refusal::Wanted { file: file.to_owned(), line: note.line, what };
        let table = find(&note.table, wanted).ok_or_else(|| wrong("no such table is made here".into()))?;
        match &note.column {
            None => {
                let Some(old) = old_table(note, table, live) else { continue };
                if wanted.facts.contains_key(&old.id()) {
                    return Err(wrong(format!("{} is renamed, and wanted, too", old.name)));
                }
                if live.facts.contains_key(&table.id()) {
                    return Err(wrong(format!("{} is renamed to {}, which is there already", old.name, table.name)));
                }
                let (old, new) = (local(&old.name).to_owned(), local(&table.name).to_owned());
                tables.push(Rename { what: What::Table, on: schema_of(&table.name).to_owned(), old, new });
            }
            Some(column) => columns.push((note, table, column)),
        }
    }
    for (note, table, column) in columns {
        let wrong = |what: String| Refusal::Wanted { file: file.to_owned(), line: note.line, what };
        let schema = schema_of(&table.name);
        let renamed = tables.iter().find(|one| one.on == schema && one.new == local(&table.name));
        let on = renamed.map_or_else(|| table.name.clone(), |one| format!("{schema}.{}", one.old));
        let Some(old) = column_of(live, &on, &bare(Engine::Postgresql, &note.from)) else { continue };
        let Some(new) = column_of(wanted, &table.name, &bare(Engine::Postgresql, column)) else {
            return Err(wrong("no such column is made here".into()));
        };
        if column_of(wanted, &table.name, &bare(Engine::Postgresql, old.told("name"))).is_some() {
            return Err(wrong(format!("{} is renamed, and wanted, too", old.name)));
        }
        if live.facts.contains_key(&format!("column {on}.{}", new.told("name"))) {
            return Err(wrong(format!("{} is renamed to {}, which is there already", old.name, new.told("name"))));
        }
        let (old, new) = (old.told("name").to_owned(), new.told("name").to_owned());
        tables.push(Rename { what: What::Column, on, old, new });
    }
    Ok(tables)
}

/// The table that a note means, among those that are made.
fn find<'a>(parts: &[String], catalog: &'a Catalog) -> Option<&'a Fact> {
    let parts: Vec<String> = parts.iter().map(|part| bare(Engine::Postgresql, part)).collect();
    let means = |fact: &&Fact| {
        let names = [schema_of(&fact.name), local(&fact.name)].map(|name| bare(Engine::Postgresql, name));
        names.ends_with(&parts)
    };
    let mut found: Vec<&Fact> = catalog.facts.values().filter(|fact| fact.kind == Kind::Table).filter(means).collect();
    found.sort_by_key(|fact| (schema_of(&fact.name) != "public", fact.name.clone()));
    found.first().copied()
}

fn old_table<'a>(note: &Renamed, table: &Fact, live: &'a Catalog) -> Option<&'a Fact> {
    let schema = bare(Engine::Postgresql, schema_of(&table.name));
    let from = bare(Engine::Postgresql, &note.from);
    live.facts.values().filter(|fact| fact.kind == Kind::Table).find(|fact| {
        bare(Engine::Postgresql, schema_of(&fact.name)) == schema && bare(Engine::Postgresql, local(&fact.name)) == from
    })
}

fn column_of<'a>(catalog: &'a Catalog, table: &str, name: &str) -> Option<&'a Fact> {
    super::make::table::columns(table, catalog)
        .into_iter()
        .find(|fact| bare(Engine::Postgresql, fact.told("name")) == name)
}

/// Indexes, constraints and sequences of serials that differ in nothing but their names.
pub fn implied(live: &Catalog, wanted: &Catalog) -> Vec<Rename> {
    let mut found = Vec::new();
    let gone = alike(live, wanted);
    let mut come = alike(wanted, live);
    for (key, old) in gone {
        let Some(new) = come.remove(&key) else { continue };
        // Two that are alike can't be told apart: these are made anew.
        let ([old], [new]) = (&old[..], &new[..]) else { continue };
        let (what, on, names) = match old.kind {
            Kind::Constraint => (What::Constraint, old.told("on").to_owned(), (old.told("name"), new.told("name"))),
            Kind::Index => (What::Index, old.told("schema").to_owned(), (old.told("name"), new.told("name"))),
            _ => (What::Sequence, schema_of(old.told("on")).to_owned(), (local(old.told("on")), local(new.told("on")))),
        };
        found.push(Rename { what, on, old: names.0.to_owned(), new: names.1.to_owned() });
    }
    found
}

/// What is in the one catalog only, by what it is but for its name.
fn alike<'a>(one: &'a Catalog, other: &Catalog) -> BTreeMap<String, Vec<&'a Fact>> {
    let mut found: BTreeMap<String, Vec<&Fact>> = BTreeMap::new();
    for (id, fact) in &one.facts {
        // A check of a child is called what its parent's is.
        let checked = fact.kind == Kind::Constraint && !matches!(fact.get("type"), "p" | "u");
        if other.facts.contains_key(id) || (checked && (fact.has("parent") || fact.tells("inherited"))) {
            continue;
        }
        let key = match fact.kind {
            Kind::Constraint => format!("constraint {} {}", fact.told("on"), fact.body),
            Kind::Index => {
                let def = fact.get("def").replacen(&format!(" INDEX {} ON ", fact.told("name")), " INDEX ON ", 1);
                let mut body = fact.body.clone();
                body["def"] = def.into();
                format!("index {} {body}", fact.told("schema"))
            }
            Kind::Owned if !other.facts.contains_key(fact.told("sequence")) => {
                format!("sequence {} {}", schema_of(fact.told("on")), fact.get("by"))
            }
            _ => continue,
        };
        found.entry(key).or_default().push(fact);
    }
    found
}
