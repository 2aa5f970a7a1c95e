//! What the server gives to a new object by itself, and what has to be said because that is not what is wanted.

use std::collections::BTreeMap;

use super::alter::access::grants;
use super::catalog::{Catalog, Fact};
use super::change::Changes;
use super::fold::parent_of;
use super::kind::Kind;

/// For a new object whose access is the usual one: what default privileges of the database have given it is taken back, and what they have
/// kept from it is given. Where its access is another one, a `grant` says so.
pub fn access(fact: &Fact, changes: &Changes<'_>) -> Vec<String> {
    let Some((letter, what)) = sort(fact.kind) else { return Vec::new() };
    if changes.to.facts.contains_key(&format!("grant {}", fact.id())) {
        return Vec::new();
    }
    let given = in_force(changes.from, changes.to, fact, letter);
    let usual = |given: &&Fact| Fact {
        body: serde_json::json!({ "entries": given.x["usual"] }),
        x: serde_json::json!({ "what": what, "on": fact.name }),
        ..fact.clone()
    };
    given.iter().flat_map(|given| grants(&given.body["entries"], &usual(given))).collect()
}

/// The letter that default privileges have for it, and what GRANT calls it.
fn sort(kind: Kind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        Kind::Table | Kind::View | Kind::Matview => ("r", "table"),
        Kind::Sequence => ("S", "sequence"),
        Kind::Function | Kind::Aggregate => ("f", "function"),
        Kind::Procedure => ("f", "procedure"),
        Kind::Enum | Kind::Domain | Kind::Type | Kind::Range => ("T", "type"),
        Kind::Schema => ("n", "schema"),
        _ => return None,
    })
}

/// Default privileges that may be in force when it is made: those of the beginning, and those of the end.
fn in_force<'a>(from: &'a Catalog, to: &'a Catalog, fact: &Fact, letter: &str) -> Vec<&'a Fact> {
    let schema = super::make::relation::schema_of(&fact.name);
    let all = from.facts.values().chain(to.facts.values()).filter(|one| one.kind == Kind::DefaultPrivileges);
    let here =
        all.filter(|one| one.told("type") == letter && (one.x["schema"].is_null() || one.told("schema") == schema));
    here.map(|one| (one.hash.as_str(), one)).collect::<BTreeMap<_, _>>().into_values().collect()
}

/// What a column that a parent's brings with it has for itself: NOT NULL, or another default.
pub fn of_child(fact: &Fact, changes: &Changes<'_>) -> Option<Vec<String>> {
    if fact.kind != Kind::Column || changes.makes(&format!("table {}", fact.told("on"))) {
        return None;
    }
    let to = changes.to;
    let parent = &to.facts[parent_of(fact, to)?];
    let default =
        |column: &Fact| to.facts.get(&format!("default {}", column.name)).map(|fact| fact.get("expr").to_owned());
    let head = format!("ALTER TABLE {} ALTER COLUMN {}", fact.told("on"), fact.told("name"));
    let mut statements = Vec::new();
    let (own, theirs) = (default(fact), default(parent));
    match own {
        Some(expr) if theirs.as_ref() != Some(&expr) => statements.push(format!("{head} SET DEFAULT {expr};")),
        None if theirs.is_some() => statements.push(format!("{head} DROP DEFAULT;")),
        _ => {}
    }
    if fact.is("notnull") && !parent.is("notnull") {
        statements.push(format!("{head} SET NOT NULL;"));
    }
    (!statements.is_empty()).then_some(statements)
}
