//! Tables with their columns.

use super::relation::{identity, replica_identity, with};
use crate::schema::postgres::alter::column::{parents, settings};
use crate::schema::postgres::catalog::{Catalog, Fact};

/// The columns of a table, in their order.
pub fn columns<'a>(table: &str, catalog: &'a Catalog) -> Vec<&'a Fact> {
    let first = format!("column {table}.");
    let end = format!("column {table}/");
    let mut found: Vec<&Fact> = catalog.facts.range(first..end).map(|(_, fact)| fact).collect();
    found.retain(|fact| fact.told("on") == table);
    found.sort_by_key(|fact| fact.x["place"].as_i64());
    found
}

/// `name type COLLATE ... DEFAULT ... NOT NULL`. `default`: only if it is to come along.
pub fn column(fact: &Fact, default: Option<&Fact>) -> String {
    let mut text = format!("{} {}", fact.told("name"), fact.get("type"));
    if fact.has("collation") {
        text += &format!(" COLLATE {}", fact.get("collation"));
    }
    if fact.has("generated") {
        text += &format!(" GENERATED ALWAYS AS ({}) STORED", fact.get("generated"));
    }
    if fact.has("identity") {
        text += &format!(" {}", identity(fact));
    }
    if let Some(default) = default {
        text += &format!(" DEFAULT {}", default.get("expr"));
    }
    if fact.is("notnull") {
        text += " NOT NULL";
    }
    text
}

/// CREATE TABLE, and what can't be said in it. `inherits`: its parents are named in it.
pub fn table(fact: &Fact, catalog: &Catalog, inherits: bool, default: impl Fn(&Fact) -> bool) -> Vec<String> {
    let given = |column: &Fact| {
        let default_fact = catalog.facts.get(&format!("default {}", column.name))?;
        default(default_fact).then_some(default_fact)
    };
    let all = columns(&fact.name, catalog);
    let own = all.iter().filter(|one| !inherits || !one.tells("inherited") || one.is("local"));
    let lines: Vec<String> = own.map(|one| format!("\n    {}", column(one, given(one)))).collect();
    let unlogged = if fact.get("persistence") == "u" { "UNLOGGED " } else { "" };
    let end = if lines.is_empty() { "" } else { "\n" };
    let mut text = format!("CREATE {unlogged}TABLE {} ({}{end})", fact.name, lines.join(","));
    if inherits {
        text += &format!(" INHERITS ({})", in_order(&fact.name, catalog).join(", "));
    }
    if fact.has("key") {
        text += &format!(" PARTITION BY {}", fact.get("key"));
    }
    if fact.has("access") && fact.get("access") != "heap" {
        text += &format!(" USING {}", fact.get("access"));
    }
    text += &with(fact);
    if fact.has("tablespace") {
        text += &format!(" TABLESPACE {}", fact.get("tablespace"));
    }
    let mut statements = vec![text + ";"];
    for one in &all {
        let bare = Fact { body: serde_json::json!({}), ..(*one).clone() };
        statements.extend(settings(&bare, one));
        if inherits && one.tells("inherited") && one.is("notnull") && !one.is("local") {
            statements.push(format!("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL;", fact.name, one.told("name")));
        }
        if inherits && one.tells("inherited") && !one.is("local") {
            statements.extend(own_default(&fact.name, one, given(one), catalog));
        }
    }
    statements.extend(security(fact));
    statements
}

/// The default of a column that comes from a parent, where it is not the parent's.
fn own_default(table: &str, column: &Fact, default: Option<&Fact>, catalog: &Catalog) -> Option<String> {
    let name = column.told("name");
    let mut inherited = parents(table, catalog)
        .filter_map(|parent| catalog.facts.get(&format!("default {parent}.{name}")))
        .map(|default| default.get("expr"));
    let own = catalog.facts.contains_key(&format!("default {}", column.name));
    let head = format!("ALTER TABLE {table} ALTER COLUMN {name}");
    match default.map(|default| default.get("expr")) {
        Some(expr) if inherited.all(|theirs| theirs != expr) => Some(format!("{head} SET DEFAULT {expr};")),
        None if !own && inherited.next().is_some() => Some(format!("{head} DROP DEFAULT;")),
        _ => None,
    }
}

fn security(fact: &Fact) -> Vec<String> {
    let head = format!("ALTER TABLE {}", fact.name);
    let rls = fact.is("rls").then(|| format!("{head} ENABLE ROW LEVEL SECURITY;"));
    let force = fact.is("force").then(|| format!("{head} FORCE ROW LEVEL SECURITY;"));
    let identity = matches!(fact.get("identity"), "n" | "f");
    let identity = identity.then(|| format!("{head} {};", replica_identity(fact.get("identity"))));
    rls.into_iter().chain(force).chain(identity).collect()
}

/// Its parents in the order of inheritance.
fn in_order<'a>(table: &str, catalog: &'a Catalog) -> Vec<&'a str> {
    let mut list: Vec<&str> = parents(table, catalog).collect();
    let place =
        |parent: &str| catalog.facts.get(&format!("inherit {table} {parent}")).map(|f| f.body["place"].as_i64());
    list.sort_by_key(|parent| place(parent));
    list
}
