//! How a row is found again.

use super::columns::{Column, back, is_lost, widens};
use super::own_columns;
use crate::schema::postgres::catalog::{Fact, texts};
use crate::schema::postgres::change::{Act, Changes};

/// What a row is known by.
pub enum Key<'a> {
    /// Columns that are unique together and stay.
    Columns(Vec<Column<'a>>),
    /// All columns that stay, as one text, and a number among the rows that are alike.
    Whole(Vec<&'a Fact>),
}

/// The key of a table that outlives the change; `lost` are the columns whose values are kept.
pub fn key<'a>(changes: &Changes<'a>, table: &str, lost: &[&Fact]) -> Key<'a> {
    let (first, end) = (format!("constraint {table}."), format!("constraint {table}/"));
    let constraints = changes.from.facts.range(first..end).map(|(_, fact)| fact);
    let mut unique: Vec<&Fact> = constraints
        .filter(|fact| fact.told("on") == table && matches!(fact.get("type"), "p" | "u"))
        .filter(|fact| !fact.get("def").contains("DEFERRABLE"))
        .collect();
    unique.sort_by_key(|fact| fact.get("type") != "p");
    for constraint in unique {
        let names = texts(&constraint.x["columns"]);
        let facts: Option<Vec<&'a Fact>> = names.iter().map(|name| steady(changes, table, name, lost)).collect();
        if let Some(facts) = facts.filter(|facts| facts.iter().all(|fact| fact.is("notnull"))) {
            return Key::Columns(facts.into_iter().map(Column).collect());
        }
    }
    let stays = |one: &&Fact| {
        let id = one.id();
        changes.to.facts.get(&id).is_some_and(|new| !new.has("generated")) && !lost_whole(changes, one)
    };
    Key::Whole(own_columns(changes, table).into_iter().filter(stays).collect())
}

fn lost_whole(changes: &Changes<'_>, column: &Fact) -> bool {
    is_lost(changes, column, changes.act(&column.id())) && back(changes, column).is_none()
}

/// A column that is in both schemas, with values that compare the same.
fn steady<'a>(changes: &Changes<'a>, table: &str, name: &str, lost: &[&Fact]) -> Option<&'a Fact> {
    let fact = changes.from.facts.get(&format!("column {table}.{name}"))?;
    let new = changes.to.facts.get(&fact.id())?;
    let (a, b) = (fact.get("type"), new.get("type"));
    let same = a == b || (widens(a, b) && (b == "bigint" || b == "integer" || b.starts_with("character varying")));
    let free = !lost.iter().any(|other| other.name == fact.name);
    let remade = *changes.act(&fact.id()) == Act::Replace && !changes.makes(&format!("table {table}"));
    (same && free && !remade && !fact.has("generated")).then_some(fact)
}

impl Key<'_> {
    /// Its columns in the trash.
    pub fn declared(&self) -> String {
        match self {
            Self::Columns(columns) => {
                let list = columns.iter().enumerate().map(|(at, c)| format!("k{at} {}", c.kept_type()));
                list.collect::<Vec<_>>().join(", ")
            }
            Self::Whole(_) => "k text, n bigint".into(),
        }
    }

    /// What stands in a FROM for the table before anything is changed: values that a cast will change are keyed as they
    /// will come back.
    pub fn source_then(&self, table: &str, changes: &Changes<'_>, lost: &[&Fact]) -> String {
        let value = |column: &Fact| {
            let is = lost.iter().any(|other| other.name == column.name);
            let cast = if is { back(changes, column) } else { None };
            cast.unwrap_or_else(|| column.told("name").to_owned())
        };
        self.source_of(table, value)
    }

    /// What stands in a FROM for the table when it is back.
    pub fn source_now(&self, table: &str) -> String {
        self.source_of(table, |column| column.told("name").to_owned())
    }

    fn source_of(&self, table: &str, value: impl Fn(&Fact) -> String) -> String {
        let Self::Whole(columns) = self else { return table.to_owned() };
        let list: Vec<String> = columns.iter().map(|column| value(column)).collect();
        let row = if list.is_empty() { "''::text".into() } else { format!("ROW({})::text", list.join(", ")) };
        format!(
            "(SELECT t.*, t.ctid AS _at, t.tableoid AS _in, {row} AS _k, row_number() OVER (PARTITION BY {row}) AS _n FROM {table} AS t)"
        )
    }

    /// Its values, of `t`.
    pub fn selected(&self) -> String {
        match self {
            Self::Columns(columns) => columns.iter().map(|c| format!("t.{}", c.kept())).collect::<Vec<_>>().join(", "),
            Self::Whole(_) => "t._k, t._n".into(),
        }
    }

    /// Where `t` and the trash's `s` are the same row.
    pub fn joined(&self) -> String {
        match self {
            Self::Columns(columns) => {
                let pairs = columns.iter().enumerate().map(|(at, c)| format!("t.{} = s.k{at}", c.kept()));
                pairs.collect::<Vec<_>>().join(" AND ")
            }
            Self::Whole(_) => "t._k = s.k AND t._n = s.n".into(),
        }
    }
}
