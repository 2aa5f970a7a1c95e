//! Routines, triggers, rules, extensions, statistics.

use crate::schema::postgres::catalog::{Fact, texts};
use crate::schema::postgres::kind::Kind;
use crate::schema::postgres::quote;

pub fn extension(fact: &Fact) -> String {
    let (name, schema) = (&fact.name, fact.get("schema"));
    format!("CREATE EXTENSION {name} WITH SCHEMA {schema} VERSION {};", quote(fact.get("version")))
}

pub fn routine(fact: &Fact) -> String {
    format!("{};", fact.get("def").trim_end())
}

/// A trigger or a rule. One of a partition comes with its parent's, and only stands otherwise.
pub fn on_relation(fact: &Fact) -> Vec<String> {
    if fact.has("parent") {
        return vec![enabled(fact)];
    }
    let mut statements = vec![format!("{};", fact.get("def").trim_end().trim_end_matches(';'))];
    if fact.get("enabled") != "O" {
        statements.push(enabled(fact));
    }
    statements
}

/// How it stands: enabled, disabled, for replicas, always.
pub fn enabled(fact: &Fact) -> String {
    let verb = match fact.get("enabled") {
        "D" => "DISABLE",
        "R" => "ENABLE REPLICA",
        "A" => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    if fact.kind == Kind::EventTrigger {
        return format!("ALTER EVENT TRIGGER {} {verb};", fact.name);
    }
    let what = fact.kind.as_str().to_uppercase();
    format!("ALTER TABLE {} {verb} {what} {};", fact.told("on"), fact.told("name"))
}

pub fn event_trigger(fact: &Fact) -> Vec<String> {
    let tags: Vec<String> = texts(&fact.body["tags"]).into_iter().map(quote).collect();
    let when = if tags.is_empty() { String::new() } else { format!(" WHEN TAG IN ({})", tags.join(", ")) };
    let (event, function) = (fact.get("event"), fact.get("function"));
    let mut statements =
        vec![format!("CREATE EVENT TRIGGER {} ON {event}{when} EXECUTE FUNCTION {function}();", fact.name)];
    if fact.get("enabled") != "O" {
        statements.push(enabled(fact));
    }
    statements
}

pub fn statistics(fact: &Fact) -> Vec<String> {
    let mut statements = vec![format!("{};", fact.get("def"))];
    if let Some(target) = fact.body["target"].as_i64() {
        statements.push(format!("ALTER STATISTICS {} SET STATISTICS {target};", fact.name));
    }
    statements
}

pub fn aggregate(fact: &Fact) -> String {
    let mut parts = vec![format!("SFUNC = {}", fact.get("aggtransfn")), format!("STYPE = {}", fact.get("stype"))];
    let functions = [
        ("aggfinalfn", "FINALFUNC"),
        ("aggcombinefn", "COMBINEFUNC"),
        ("aggserialfn", "SERIALFUNC"),
        ("aggdeserialfn", "DESERIALFUNC"),
        ("aggmtransfn", "MSFUNC"),
        ("aggminvtransfn", "MINVFUNC"),
        ("aggmfinalfn", "MFINALFUNC"),
        ("mstype", "MSTYPE"),
        ("sortop", "SORTOP"),
    ];
    let there = functions.iter().filter(|(key, _)| fact.has(key) && fact.get(key) != "-");
    parts.extend(there.map(|(key, word)| format!("{word} = {}", fact.get(key))));
    for (key, word) in [("agginitval", "INITCOND"), ("aggminitval", "MINITCOND")] {
        if fact.has(key) {
            parts.push(format!("{word} = {}", quote(fact.get(key))));
        }
    }
    for (key, word) in [("aggtransspace", "SSPACE"), ("aggmtransspace", "MSSPACE")] {
        if fact.body[key].as_i64().unwrap_or_default() > 0 {
            parts.push(format!("{word} = {}", fact.body[key]));
        }
    }
    for (key, word) in [("aggfinalextra", "FINALFUNC_EXTRA"), ("aggmfinalextra", "MFINALFUNC_EXTRA")] {
        if fact.is(key) {
            parts.push(word.into());
        }
    }
    parts.extend(modify(fact));
    match fact.get("parallel") {
        "s" => parts.push("PARALLEL = SAFE".into()),
        "r" => parts.push("PARALLEL = RESTRICTED".into()),
        _ => {}
    }
    if fact.get("aggkind") == "h" {
        parts.push("HYPOTHETICAL".into());
    }
    let name = fact.name.split('(').next().unwrap_or_default();
    let args = if fact.get("args").is_empty() { "*" } else { fact.get("args") };
    format!("CREATE AGGREGATE {name}({args}) ({});", parts.join(", "))
}

/// Whether the final functions may write into the state; what is usual depends on the kind of aggregate.
fn modify(fact: &Fact) -> Vec<String> {
    let word = |key: &str| match fact.get(key) {
        "s" => "SHAREABLE",
        "w" => "READ_WRITE",
        _ => "READ_ONLY",
    };
    let has = |key: &str| fact.get(key) != "-";
    let one = has("aggfinalfn").then(|| format!("FINALFUNC_MODIFY = {}", word("aggfinalmodify")));
    let other = has("aggmfinalfn").then(|| format!("MFINALFUNC_MODIFY = {}", word("aggmfinalmodify")));
    one.into_iter().chain(other).collect()
}
