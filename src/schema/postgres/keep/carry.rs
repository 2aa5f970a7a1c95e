//! Rows of a table that has to be made anew go with it, in both ways.

use super::columns::Column;
use super::{heap, own_columns};
use crate::schema::postgres::alter::column::{Cast, as_text, cast};
use crate::schema::postgres::catalog::Fact;
use crate::schema::postgres::change::{Act, Changes};
use crate::schema::postgres::kind::Kind;
use crate::schema::postgres::path::Fill;
use crate::schema::postgres::{quote, quote_name};

/// What is needed around the statements of one way, so that rows and positions go along.
#[derive(Debug, Default)]
pub struct Carried {
    pub first: Vec<String>,
    pub fills: Vec<Fill>,
    pub last: Vec<String>,
}

/// Of a way; `way` keeps the names of the two ways apart.
pub fn carry(changes: &Changes<'_>, operation: &str, way: &str) -> Carried {
    let mut carried = Carried::default();
    let mut count = 0;
    for (id, act) in &changes.acts {
        let (Some(old), Some(new)) = (changes.from.facts.get(*id), changes.to.facts.get(*id)) else { continue };
        match new.kind {
            Kind::Table if *act == Act::Replace && !(old.has("key") && new.has("key")) => {
                count += 1;
                let name = quote_name(&format!("{}{way}{count}", heap(operation)));
                rows(changes, old, &format!("_release_trash.{name}"), &mut carried);
            }
            Kind::Column if new.has("sequence") && !old.has("sequence") && !changes.makes(id) => {
                carried.last.extend(counted(new));
            }
            _ => {}
        }
    }
    if !carried.first.is_empty() {
        carried.first.insert(0, "CREATE SCHEMA IF NOT EXISTS _release_trash;".into());
    }
    carried
}

fn rows(changes: &Changes<'_>, old: &Fact, name: &str, carried: &mut Carried) {
    let pairs: Vec<(&Fact, &Fact)> = own_columns(changes, &old.name)
        .into_iter()
        .filter_map(|column| Some((column, changes.to.facts.get(&column.id())?)))
        .filter(|(_, new)| !new.has("generated"))
        .collect();
    let only = if old.has("key") { "" } else { "ONLY " };
    let kept: Vec<String> =
        pairs.iter().enumerate().map(|(at, (old, _))| format!("{} AS c{at}", Column(old).kept())).collect();
    carried.first.push(format!("CREATE TABLE {name} AS SELECT {} FROM {only}{};", kept.join(", "), old.name));
    let names: Vec<&str> = pairs.iter().map(|(old, _)| old.told("name")).collect();
    let values: Vec<String> = pairs.iter().enumerate().map(|(at, pair)| value(pair, at)).collect();
    let sql = format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {name};",
        old.name,
        names.join(", "),
        values.join(", ")
    );
    if !pairs.is_empty() {
        carried.fills.push(Fill { ids: vec![old.id()], table: old.name.clone(), sql: vec![sql] });
    }
    carried.last.push(format!("DROP TABLE {name};"));
    for (_, new) in pairs.iter().filter(|(_, new)| new.has("sequence")) {
        carried.last.extend(counted(new));
    }
}

fn value((old, new): &(&Fact, &Fact), at: usize) -> String {
    let same = old.get("type") == new.get("type");
    if same {
        return Column(new).back(&format!("c{at}"));
    }
    match cast(old, new, false) {
        Cast::Assigned => format!("c{at}"),
        Cast::Direct => format!("c{at}::{}", new.get("type")),
        Cast::ByText => format!("{}::{}", as_text(&format!("c{at}"), old.get("type")), new.get("type")),
    }
}

/// A sequence that is new to a column with values begins behind them.
fn counted(column: &Fact) -> Option<String> {
    let up = column.body["options"]["increment"].as_i64().unwrap_or_default() > 0;
    up.then(|| {
        format!(
            "SELECT pg_catalog.setval({}, m) FROM (SELECT max({}) AS m FROM {}) AS t WHERE m >= {};",
            quote(column.get("sequence")),
            column.told("name"),
            column.told("on"),
            column.body["options"]["min"]
        )
    })
}
