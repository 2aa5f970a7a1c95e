//! Types and sequences.

use serde_json::Value;

use super::{Act, Fact, only};
use crate::schema::postgres::catalog::texts;
use crate::schema::postgres::make::types::sequence_options;
use crate::schema::postgres::quote;

/// Values can be added, in any place; nothing else.
pub fn enumeration(old: &Fact, new: &Fact) -> Act {
    let (before, after) = (texts(&old.body["labels"]), texts(&new.body["labels"]));
    let stay: Vec<&str> = after.iter().copied().filter(|label| before.contains(label)).collect();
    if stay != before {
        return Act::Replace;
    }
    let mut statements = Vec::new();
    for (at, label) in after.iter().enumerate().filter(|(_, label)| !before.contains(label)) {
        let place = match (at.checked_sub(1).map(|left| after[left]), before.first()) {
            (Some(left), _) => format!(" AFTER {}", quote(left)),
            (None, Some(first)) => format!(" BEFORE {}", quote(first)),
            (None, None) => String::new(),
        };
        statements.push(format!("ALTER TYPE {} ADD VALUE {}{place};", new.name, quote(label)));
    }
    Act::Alter(statements)
}

pub fn domain(old: &Fact, new: &Fact) -> Act {
    if !only(old, new, &["notnull", "default"]) {
        return Act::Replace;
    }
    let mut statements = Vec::new();
    if old.get("default") != new.get("default") {
        statements.push(match new.get("default") {
            "" => format!("ALTER DOMAIN {} DROP DEFAULT;", new.name),
            expr => format!("ALTER DOMAIN {} SET DEFAULT {expr};", new.name),
        });
    }
    if old.is("notnull") != new.is("notnull") {
        let verb = if new.is("notnull") { "SET" } else { "DROP" };
        statements.push(format!("ALTER DOMAIN {} {verb} NOT NULL;", new.name));
    }
    Act::Alter(statements)
}

/// Attributes can go, and new ones come at the end.
pub fn composite(old: &Fact, new: &Fact) -> Act {
    let list = |fact: &Fact| fact.body["attributes"].as_array().cloned().unwrap_or_default();
    let (before, after) = (list(old), list(new));
    let stay = after.iter().take_while(|one| before.contains(one)).count();
    let kept: Vec<_> = before.iter().filter(|one| after.contains(one)).collect();
    let named_anew = after[stay..].iter().any(|one| before.iter().any(|other| other[0] == one[0]));
    if kept.len() != stay || !kept.iter().zip(&after).all(|(a, b)| *a == b) || named_anew {
        return Act::Replace;
    }
    let mut parts = Vec::new();
    for gone in before.iter().filter(|one| !after.contains(one)) {
        parts.push(format!("DROP ATTRIBUTE {}", gone[0].as_str().unwrap_or_default()));
    }
    for come in &after[stay..] {
        parts.push(format!("ADD ATTRIBUTE {}", crate::schema::postgres::make::types::attribute(come)));
    }
    Act::Alter(vec![format!("ALTER TYPE {} {};", new.name, parts.join(", "))])
}

pub fn sequence(old: &Fact, new: &Fact) -> Act {
    let mut statements = Vec::new();
    if !only(old, new, &["persistence"]) {
        statements.push(options(&new.name, &old.body, &new.body));
    }
    if old.get("persistence") != new.get("persistence") {
        let verb = if new.get("persistence") == "u" { "UNLOGGED" } else { "LOGGED" };
        statements.push(format!("ALTER SEQUENCE {} SET {verb};", new.name));
    }
    Act::Alter(statements)
}

/// Do the bounds leave out what was inside?
pub fn narrows(old: &Value, new: &Value) -> bool {
    new["min"].as_i64() > old["min"].as_i64() || new["max"].as_i64() < old["max"].as_i64()
}

/// Other options of a sequence. One that stands outside of its new bounds starts anew.
pub fn options(name: &str, old: &Value, new: &Value) -> String {
    let alter = format!("ALTER SEQUENCE {name}{}", sequence_options(new));
    if !narrows(old, new) {
        return format!("{alter};");
    }
    format!(
        "DO $release$ BEGIN
  IF (SELECT last_value BETWEEN {} AND {} FROM {name}) THEN {alter};
  ELSE {alter} RESTART WITH {};
  END IF;
END $release$;",
        new["min"], new["max"], new["start"]
    )
}
