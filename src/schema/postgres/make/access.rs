//! Policies, grants, owners, comments.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::schema::postgres::catalog::{Fact, texts};
use crate::schema::postgres::quote;

/// One line of an access list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Quoted; `OWNER` and `PUBLIC` are these two.
    pub role: String,
    pub privilege: String,
    /// May it be passed on?
    pub option: bool,
}

/// From `[[role, privilege, option], ...]`.
pub fn entries(list: &Value) -> BTreeSet<Entry> {
    let one = |entry: &Value| {
        let text = |at: usize| entry[at].as_str().unwrap_or_default().to_owned();
        Entry { role: text(0), privilege: text(1), option: entry[2].as_bool().unwrap_or_default() }
    };
    list.as_array().into_iter().flatten().map(one).collect()
}

/// `ON TABLE blog.post`
pub fn target(fact: &Fact) -> String {
    let what = match fact.told("what") {
        "sequence" => "SEQUENCE",
        "schema" => "SCHEMA",
        "function" => "FUNCTION",
        "procedure" => "PROCEDURE",
        "type" => "TYPE",
        _ => "TABLE",
    };
    format!("ON {what} {}", fact.told("on"))
}

pub fn owner(fact: &Fact) -> String {
    let (what, on) = (fact.told("what").to_uppercase(), fact.told("on"));
    format!("ALTER {what} {on} OWNER TO {};", fact.get("role"))
}

/// Whoever runs it.
pub fn no_owner(fact: &Fact) -> String {
    format!("ALTER {} {} OWNER TO CURRENT_USER;", fact.told("what").to_uppercase(), fact.told("on"))
}

pub fn policy(fact: &Fact) -> String {
    let kind = if fact.is("permissive") { "PERMISSIVE" } else { "RESTRICTIVE" };
    let command = match fact.get("command") {
        "r" => "SELECT",
        "a" => "INSERT",
        "w" => "UPDATE",
        "d" => "DELETE",
        _ => "ALL",
    };
    let roles = texts(&fact.body["roles"]).join(", ");
    let mut text =
        format!("CREATE POLICY {} ON {} AS {kind} FOR {command} TO {roles}", fact.told("name"), fact.told("on"));
    if fact.has("using") {
        text += &format!(" USING ({})", fact.get("using"));
    }
    if fact.has("check") {
        text += &format!(" WITH CHECK ({})", fact.get("check"));
    }
    text + ";"
}

/// The comment, or none in its place.
pub fn comment(fact: &Fact, there: bool) -> String {
    let text = match there {
        true => quote(fact.get("text")),
        // What every new database says; it is no fact.
        false if fact.name == "schema public" => quote("standard public schema"),
        false => "NULL".into(),
    };
    let (kind, name) = commented(fact);
    format!("COMMENT ON {kind} {name} IS {text};")
}

fn commented(fact: &Fact) -> (&'static str, String) {
    let on = || format!("{} ON {}", fact.told("name"), fact.told("on"));
    let whole = |prefix: &str| fact.name.strip_prefix(prefix).map(str::to_owned);
    // A constraint tells the number of its index, too.
    if fact.name.starts_with("index of constraint ") {
        return ("INDEX", fact.told("index").to_owned());
    }
    if let Some(sequence) = whole("identity sequence ") {
        return ("SEQUENCE", sequence);
    }
    let plain: [(&str, &'static str); 18] = [
        ("schema ", "SCHEMA"),
        ("extension ", "EXTENSION"),
        ("collation ", "COLLATION"),
        ("enum ", "TYPE"),
        ("domain ", "DOMAIN"),
        ("type ", "TYPE"),
        ("range ", "TYPE"),
        ("sequence ", "SEQUENCE"),
        ("table ", "TABLE"),
        ("function ", "FUNCTION"),
        ("procedure ", "PROCEDURE"),
        ("aggregate ", "AGGREGATE"),
        ("index ", "INDEX"),
        ("statistics ", "STATISTICS"),
        ("view ", "VIEW"),
        ("matview ", "MATERIALIZED VIEW"),
        ("event trigger ", "EVENT TRIGGER"),
        ("column ", "COLUMN"),
    ];
    for prefix in ["attribute ", "view column "] {
        if let Some(name) = whole(prefix) {
            return ("COLUMN", name);
        }
    }
    for (prefix, kind) in
        [("constraint ", "CONSTRAINT"), ("trigger ", "TRIGGER"), ("rule ", "RULE"), ("policy ", "POLICY")]
    {
        if fact.name.starts_with(prefix) {
            return (kind, on());
        }
    }
    if fact.name.starts_with("domain constraint ") {
        return ("CONSTRAINT", format!("{} ON DOMAIN {}", fact.told("name"), fact.told("on")));
    }
    plain.iter().find_map(|(prefix, kind)| Some((*kind, whole(prefix)?))).unwrap_or(("TABLE", fact.name.clone()))
}
