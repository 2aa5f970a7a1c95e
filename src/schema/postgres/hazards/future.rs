//! The rows of a table as they will be.

use crate::schema::postgres::alter::column::{Cast, as_text, cast};
use crate::schema::postgres::catalog::Fact;
use crate::schema::postgres::change::{Act, Changes};
use crate::schema::postgres::make::table::columns;

/// What stands in a FROM for them, if these columns can be told from what is there: the table, or what casts and defaults make of it.
pub fn source(changes: &Changes<'_>, table: &str, needed: &[&str]) -> Option<String> {
    changes.from.facts.get(&format!("table {table}"))?;
    let mut list = Vec::new();
    let mut same = true;
    for new in columns(table, changes.to) {
        let old = changes.from.facts.get(&new.id());
        let name = new.told("name");
        let value = match old {
            Some(old) if old.get("type") == new.get("type") && !new.has("generated") => Some(format!("s.{name}")),
            _ => {
                same &= !needed.contains(&name);
                other(changes, old, new)
            }
        };
        match value {
            Some(value) => list.push(format!("{value} AS {name}")),
            None if needed.contains(&name) => return None,
            None => {}
        }
    }
    if same {
        return Some(table.to_owned());
    }
    let gone = columns(table, changes.from).into_iter().filter(|old| !changes.to.facts.contains_key(&old.id()));
    list.extend(gone.map(|old| format!("s.{}", old.told("name"))));
    Some(format!("(SELECT s.ctid, {} FROM {table} AS s)", list.join(", ")))
}

/// A value that is cast, or the default of a column that comes.
fn other(changes: &Changes<'_>, old: Option<&Fact>, new: &Fact) -> Option<String> {
    let kind = new.get("type");
    let there = |name: &str| {
        let id = |word: &str| format!("{word} {}", name.trim_end_matches("[]"));
        let made = ["enum", "domain", "type", "range"].iter().find(|word| changes.to.facts.contains_key(&id(word)));
        made.is_none_or(|word| *changes.act(&id(word)) == Act::Keep)
    };
    if new.has("generated") || !there(kind) {
        return None;
    }
    let Some(old) = old else {
        let default = changes.to.facts.get(&format!("default {}", new.name)).map_or("NULL", |fact| fact.get("expr"));
        return (!new.has("identity") && !default.contains("nextval(")).then(|| format!("({default})::{kind}"));
    };
    let name = new.told("name");
    Some(match cast(old, new, false) {
        Cast::ByText => format!("{}::{kind}", as_text(&format!("s.{name}"), old.get("type"))),
        Cast::Assigned | Cast::Direct => format!("s.{name}::{kind}"),
    })
}
