//! Types, collations, sequences.

use serde_json::Value;

use crate::schema::postgres::catalog::{Fact, texts};
use crate::schema::postgres::quote;

pub fn enumeration(fact: &Fact) -> String {
    let labels: Vec<String> = texts(&fact.body["labels"]).into_iter().map(quote).collect();
    format!("CREATE TYPE {} AS ENUM ({});", fact.name, labels.join(", "))
}

pub fn domain(fact: &Fact) -> String {
    let mut text = format!("CREATE DOMAIN {} AS {}", fact.name, fact.get("type"));
    if fact.has("collation") {
        text += &format!(" COLLATE {}", fact.get("collation"));
    }
    if fact.has("default") {
        text += &format!(" DEFAULT {}", fact.get("default"));
    }
    if fact.is("notnull") {
        text += " NOT NULL";
    }
    text + ";"
}

/// `name type COLLATE c`, from `[name, type, collation]`.
pub fn attribute(list: &Value) -> String {
    let part = |at: usize| list[at].as_str().unwrap_or_default();
    let collation = if list[2].is_null() { String::new() } else { format!(" COLLATE {}", part(2)) };
    format!("{} {}{collation}", part(0), part(1))
}

pub fn composite(fact: &Fact) -> String {
    let attributes: Vec<String> = fact.body["attributes"].as_array().into_iter().flatten().map(attribute).collect();
    format!("CREATE TYPE {} AS ({});", fact.name, attributes.join(", "))
}

pub fn range(fact: &Fact) -> String {
    let keys = [
        ("subtype", "SUBTYPE"),
        ("opclass", "SUBTYPE_OPCLASS"),
        ("collation", "COLLATION"),
        ("canonical", "CANONICAL"),
        ("diff", "SUBTYPE_DIFF"),
        ("multirange", "MULTIRANGE_TYPE_NAME"),
    ];
    let parts: Vec<String> =
        keys.iter().filter(|(key, _)| fact.has(key)).map(|(key, word)| format!("{word} = {}", fact.get(key))).collect();
    format!("CREATE TYPE {} AS RANGE ({});", fact.name, parts.join(", "))
}

pub fn collation(fact: &Fact) -> String {
    let mut parts = Vec::new();
    let provider = match fact.get("provider") {
        "i" => "icu",
        "b" => "builtin",
        _ => "libc",
    };
    parts.push(format!("provider = {provider}"));
    if fact.has("locale") {
        parts.push(format!("locale = {}", quote(fact.get("locale"))));
    } else if fact.get("provider") == "i" && fact.get("collate") == fact.get("ctype") {
        parts.push(format!("locale = {}", quote(fact.get("collate"))));
    } else {
        parts.push(format!("lc_collate = {}", quote(fact.get("collate"))));
        parts.push(format!("lc_ctype = {}", quote(fact.get("ctype"))));
    }
    if !fact.is("deterministic") {
        parts.push("deterministic = false".into());
    }
    if fact.has("rules") {
        parts.push(format!("rules = {}", quote(fact.get("rules"))));
    }
    format!("CREATE COLLATION {} ({});", fact.name, parts.join(", "))
}

pub fn sequence(fact: &Fact) -> String {
    let unlogged = if fact.get("persistence") == "u" { "UNLOGGED " } else { "" };
    format!("CREATE {unlogged}SEQUENCE {}{};", fact.name, sequence_options(&fact.body))
}

/// All of them: what is usual depends on the type and the sign of the increment.
pub fn sequence_options(body: &Value) -> String {
    let cycle = if body["cycle"].as_bool().unwrap_or_default() { "CYCLE" } else { "NO CYCLE" };
    format!(
        " AS {} INCREMENT BY {} MINVALUE {} MAXVALUE {} START WITH {} CACHE {} {cycle}",
        body["type"].as_str().unwrap_or("bigint"),
        body["increment"],
        body["min"],
        body["max"],
        body["start"],
        body["cache"]
    )
}
