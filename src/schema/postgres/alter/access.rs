//! Who may do what.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Fact;
use crate::schema::postgres::make::access::{Entry, entries, target};

/// What takes one list of entries to another: revoked first, then granted.
pub fn steps(before: &BTreeSet<Entry>, after: &BTreeSet<Entry>) -> (Vec<Entry>, Vec<Entry>) {
    // A privilege whose grant option goes is revoked whole and granted again.
    let gone: Vec<Entry> = before.difference(after).cloned().collect();
    let come: Vec<Entry> = after.difference(before).cloned().collect();
    (gone, come)
}

/// From these entries to what the fact says.
pub fn grants(before: &Value, new: &Fact) -> Vec<String> {
    let (gone, come) = steps(&entries(before), &entries(&new.body["entries"]));
    let on = target(new);
    let mut statements = Vec::new();
    for entry in gone {
        statements.push(format!("REVOKE {} {on} FROM {};", privilege(&entry, new), role(&entry.role)));
    }
    for entry in come {
        let option = if entry.option { " WITH GRANT OPTION" } else { "" };
        statements.push(format!("GRANT {} {on} TO {}{option};", privilege(&entry, new), role(&entry.role)));
    }
    statements
}

fn privilege(entry: &Entry, fact: &Fact) -> String {
    match fact.x["column"].as_str() {
        Some(column) => format!("{} ({column})", entry.privilege),
        None => entry.privilege.clone(),
    }
}

/// The owner is whoever it is when the statement runs: the one who runs it, unless an `owner` fact says otherwise.
fn role(role: &str) -> &str {
    if role == "OWNER" { "CURRENT_USER" } else { role }
}

/// From what the old fact says (none: what the server does by itself) to what the new one says.
pub fn default_privileges(old: Option<&Fact>, new: &Fact) -> Vec<String> {
    let before = old.map_or(&new.x["usual"], |fact| &fact.body["entries"]);
    default_steps(new, &entries(before), &entries(&new.body["entries"]))
}

/// Back to what the server does by itself.
pub fn default_privileges_end(old: &Fact) -> Vec<String> {
    default_steps(old, &entries(&old.body["entries"]), &entries(&old.x["usual"]))
}

fn default_steps(fact: &Fact, before: &BTreeSet<Entry>, after: &BTreeSet<Entry>) -> Vec<String> {
    let (gone, come) = steps(before, after);
    let mut head = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}", fact.told("role"));
    if !fact.x["schema"].is_null() {
        head += &format!(" IN SCHEMA {}", fact.told("schema"));
    }
    let what = match fact.told("type") {
        "r" => "TABLES",
        "S" => "SEQUENCES",
        "f" => "FUNCTIONS",
        "T" => "TYPES",
        _ => "SCHEMAS",
    };
    let name = |entry: &Entry| if entry.role == "OWNER" { fact.told("role").to_owned() } else { entry.role.clone() };
    let revoked = gone.iter().map(|e| format!("{head} REVOKE {} ON {what} FROM {};", e.privilege, name(e)));
    let granted = come.iter().map(|e| {
        let option = if e.option { " WITH GRANT OPTION" } else { "" };
        format!("{head} GRANT {} ON {what} TO {}{option};", e.privilege, name(e))
    });
    revoked.chain(granted).collect()
}
