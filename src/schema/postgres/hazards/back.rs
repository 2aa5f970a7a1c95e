//! What would speak against a way when it is gone later: rows written since, which the old schema can't hold.

use super::super::kind::Kind;
use super::{Danger, Rows, one};
use crate::schema::HazardName;
use crate::schema::postgres::catalog::Fact;
use crate::schema::postgres::change::{Act, Changes};
use crate::schema::postgres::quote;

/// Queries for a way that will be gone later, each with one row of text for what is in the way.
pub fn objections(changes: &Changes<'_>) -> Vec<String> {
    let mut dangers = Vec::new();
    for (id, act) in &changes.acts {
        if *act == Act::Keep {
            continue;
        }
        let (old, new) = (changes.from.facts.get(*id), changes.to.facts.get(*id));
        // The rows that it refers to come back with their table.
        let target = new.map_or("", |fact| fact.told("references"));
        if (target.is_empty() || changes.from.facts.contains_key(target)) && !changes.leans_on_new(id) {
            one(changes, act, old, new, &mut dangers);
        }
    }
    super::rows::partitions(changes, &mut dangers);
    super::cast::domains(changes, &mut dangers);
    let mut queries: Vec<String> = dangers.iter().filter_map(failing).collect();
    for (id, act) in &changes.acts {
        let Some(fact) = changes.from.facts.get(*id).filter(|_| *act == Act::Drop) else { continue };
        if fact.kind == Kind::Table && !fact.has("key") && !changes.is_carried(fact) {
            let text = format!(" of table {}, which would go", fact.name);
            queries.push(counted(&format!("FROM ONLY {} AS t", fact.name), &text));
        }
        queries.extend(values(changes, fact));
    }
    queries
}

/// Values of a column that would go, as far as they are not just its default.
fn values(changes: &Changes<'_>, column: &Fact) -> Option<String> {
    let (on, name) = (column.told("on"), column.told("name"));
    let computed = column.has("generated") || column.has("identity") || column.tells("inherited");
    if column.kind != Kind::Column || computed || !changes.to.facts.contains_key(&format!("table {on}")) {
        return None;
    }
    let default = changes.from.facts.get(&format!("default {}", column.name)).map(|fact| fact.get("expr"));
    let other = match default {
        None => format!("t.{name} IS NOT NULL"),
        // What is computed anew for each row can't be told from what was written.
        Some(expr) if expr.contains('(') => return None,
        Some(expr) => format!("t.{name}::text IS DISTINCT FROM ({expr})::{}::text", column.get("type")),
    };
    let text = format!(" with a value in column {name} of table {on}, which would go");
    Some(counted(&format!("FROM {on} AS t WHERE {other}"), &text))
}

/// Rows that would make it fail. What needs a function of the session can't be asked here.
fn failing(danger: &Danger) -> Option<String> {
    let rows = danger.rows.as_ref().filter(|_| danger.fails && danger.name == HazardName::MayFailOnData)?;
    // Columns that come back have their values from the trash then, and not their defaults.
    let made_up = rows.table.starts_with('(') || rows.condition.contains("(SELECT s.ctid");
    if made_up || rows.condition.contains("pg_temp.") || rows.condition == "true" {
        return None;
    }
    let Rows { table, condition, .. } = rows;
    let text = danger.detail.replace("{}", "");
    Some(counted(&format!("FROM {table} AS t WHERE {condition}"), &format!(" for {}:{text}", danger.object)))
}

fn counted(from: &str, text: &str) -> String {
    format!(
        "SELECT count(*) || CASE count(*) WHEN 1 THEN ' row' ELSE ' rows' END || {} {from} HAVING count(*) > 0",
        quote(text)
    )
}
