//! What only a person can say: is it a new name, or does one thing go and another come?

use super::catalog::{Catalog, Fact};
use super::change::{Act, Changes};
use super::kind::Kind;
use super::make::relation::schema_of;
use super::make::table::columns;
use super::rename::local;
use crate::schema::sql::{Fresh, bare};
use crate::schema::{Engine, Refusal};

/// Asks if something goes while one like it comes, unless that one is said to be new.
pub fn ask(changes: &Changes<'_>, fresh: &[Fresh]) -> Result<(), Refusal> {
    let mut pairs: Vec<(&Fact, Vec<&str>)> = Vec::new();
    for (id, act) in changes.acts.iter().filter(|(_, act)| **act == Act::Drop) {
        debug_assert!(act.drops());
        let Some(old) = changes.from.facts.get(*id) else { continue };
        let like: Vec<&str> = match old.kind {
            Kind::Table => {
                let like = tables_like(changes, old).into_iter();
                like.filter(|table| !is_fresh(fresh, table, None)).collect()
            }
            Kind::Column => {
                let like = columns_like(changes, old).into_iter();
                like.filter(|column| !is_fresh(fresh, old.told("on"), Some(column))).collect()
            }
            _ => continue,
        };
        if !like.is_empty() {
            pairs.push((old, like));
        }
    }
    if pairs.is_empty() {
        return Ok(());
    }
    let told = pairs.iter().map(|(old, like)| format!("{} goes and {} comes", old.id(), like.join(" or ")));
    let old =
        pairs.first().map_or("", |(old, _)| if old.kind == Kind::Column { old.told("name") } else { local(&old.name) });
    Err(Refusal::Question(format!(
        "{}: is it a new name? Then write `-- @renamed from={old}` beside the new one; if it is another one, `-- @not-renamed`",
        told.collect::<Vec<_>>().join("; ")
    )))
}

fn is_fresh(fresh: &[Fresh], table: &str, column: Option<&str>) -> bool {
    let plain = |name: &str| bare(Engine::Postgresql, name);
    let (schema, name, column) = (plain(schema_of(table)), plain(local(table)), column.map(plain));
    fresh.iter().any(|note| note.means(Engine::Postgresql, &[&schema, &name], column.as_deref()))
}

fn columns_like<'a>(changes: &Changes<'a>, old: &Fact) -> Vec<&'a str> {
    if old.tells("inherited") || old.has("generated") {
        return Vec::new();
    }
    let new = columns(old.told("on"), changes.to).into_iter();
    let come = new.filter(|new| *changes.act(&new.id()) == Act::Create && !new.tells("inherited"));
    come.filter(|new| new.get("type") == old.get("type") && !new.has("generated")).map(|new| new.told("name")).collect()
}

fn tables_like<'a>(changes: &Changes<'a>, old: &Fact) -> Vec<&'a str> {
    let shape = |table: &str, catalog: &Catalog| {
        let mut list: Vec<(String, String)> = columns(table, catalog)
            .into_iter()
            .map(|column| (column.told("name").to_owned(), column.get("type").to_owned()))
            .collect();
        list.sort();
        list
    };
    let is_part = |fact: &Fact| fact.tells("partition");
    let before = shape(&old.name, changes.from);
    if before.is_empty() || is_part(old) {
        return Vec::new();
    }
    let come =
        changes.to.facts.values().filter(|fact| fact.kind == Kind::Table && *changes.act(&fact.id()) == Act::Create);
    come.filter(|new| !is_part(new) && shape(&new.name, changes.to) == before).map(|new| new.name.as_str()).collect()
}
