//! Routines, triggers, rules, extensions.

use super::{Act, Fact, only};
use crate::schema::postgres::catalog::texts;
use crate::schema::postgres::make;

pub fn extension(old: &Fact, new: &Fact) -> Act {
    let mut statements = Vec::new();
    if old.get("schema") != new.get("schema") {
        statements.push(format!("ALTER EXTENSION {} SET SCHEMA {};", new.name, new.get("schema")));
    }
    if old.get("version") != new.get("version") {
        let version = crate::schema::postgres::quote(new.get("version"));
        statements.push(format!("ALTER EXTENSION {} UPDATE TO {version};", new.name));
    }
    Act::Alter(statements)
}

/// `OR REPLACE` may not rename or lose parameters, nor change what comes out.
pub fn routine(old: &Fact, new: &Fact) -> Act {
    let same = ["returns", "modes", "alltypes", "kind"].iter().all(|key| old.x[key] == new.x[key]);
    let (before, after) = (texts(&old.x["args"]), texts(&new.x["args"]));
    let named = before.is_empty() || (after.len() >= before.len() && before.iter().zip(&after).all(|(a, b)| a == b));
    let more = new.x["defaults"].as_i64() >= old.x["defaults"].as_i64();
    if same && named && more { Act::Alter(vec![make::misc::routine(new)]) } else { Act::Replace }
}

pub fn statistics(old: &Fact, new: &Fact) -> Act {
    if !only(old, new, &["target"]) {
        return Act::Replace;
    }
    let target = new.body["target"].as_i64().unwrap_or(-1);
    Act::Alter(vec![format!("ALTER STATISTICS {} SET STATISTICS {target};", new.name)])
}

pub fn enabled(old: &Fact, new: &Fact) -> Act {
    if !only(old, new, &["enabled"]) {
        return Act::Replace;
    }
    Act::Alter(vec![make::misc::enabled(new)])
}
