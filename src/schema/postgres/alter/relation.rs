//! Tables, views, and what stands on them.

use super::column::{lost, won};
use super::{Act, Fact, only};
use crate::schema::postgres::catalog::texts;
use crate::schema::postgres::make;

pub fn table(old: &Fact, new: &Fact) -> Act {
    if old.body["key"] != new.body["key"] {
        return Act::Replace;
    }
    let head = format!("ALTER TABLE {}", new.name);
    let mut parts: Vec<String> = Vec::new();
    if old.is("rls") != new.is("rls") {
        parts.push(format!("{} ROW LEVEL SECURITY", if new.is("rls") { "ENABLE" } else { "DISABLE" }));
    }
    if old.is("force") != new.is("force") {
        parts.push(format!("{}FORCE ROW LEVEL SECURITY", if new.is("force") { "" } else { "NO " }));
    }
    if old.get("persistence") != new.get("persistence") {
        parts.push(format!("SET {}", if new.get("persistence") == "u" { "UNLOGGED" } else { "LOGGED" }));
    }
    if old.body["access"] != new.body["access"] {
        parts.push(format!("SET ACCESS METHOD {}", new.get("access")));
    }
    if old.body["tablespace"] != new.body["tablespace"] {
        parts.push(format!("SET TABLESPACE {}", tablespace(new)));
    }
    if old.body["identity"] != new.body["identity"] && new.has("identity") {
        parts.push(make::relation::replica_identity(new.get("identity")).into());
    }
    parts.extend(options(old, new));
    Act::Alter(parts.into_iter().map(|part| format!("{head} {part};")).collect())
}

fn tablespace(fact: &Fact) -> &str {
    if fact.has("tablespace") { fact.get("tablespace") } else { "pg_default" }
}

fn options(old: &Fact, new: &Fact) -> Vec<String> {
    let (before, after) = (texts(&old.body["options"]), texts(&new.body["options"]));
    if before == after {
        return Vec::new();
    }
    // All of them anew: their order is seen in a dump.
    let gone = lost(&before, &[]).map(|names| format!("RESET ({names})"));
    gone.into_iter().chain(won(&[], &after).map(|list| format!("SET ({list})"))).collect()
}

/// Flags of an index, whether it stands alone or under a constraint.
fn flags(old: &Fact, new: &Fact, index: &str) -> Vec<String> {
    let table = new.told("on");
    let kind = if new.tells("mat") { "MATERIALIZED VIEW" } else { "TABLE" };
    let mut statements: Vec<String> =
        options(old, new).into_iter().map(|part| format!("ALTER INDEX {index} {part};")).collect();
    if old.is("clustered") && !new.is("clustered") {
        statements.push(format!("ALTER {kind} {table} SET WITHOUT CLUSTER;"));
    }
    if old.body["tablespace"] != new.body["tablespace"] {
        statements.push(format!("ALTER INDEX {index} SET TABLESPACE {};", tablespace(new)));
    }
    if new.is("clustered") && !old.is("clustered") || new.is("replident") && !old.is("replident") {
        statements.extend(make::relation::flags(new));
    }
    statements
}

pub fn constraint(old: &Fact, new: &Fact) -> Act {
    let (table, name) = (new.told("on"), new.told("name"));
    let index = make::relation::index_of(new);
    if only(old, new, &["parent", "clustered", "replident", "options", "tablespace"]) {
        return Act::Alter(flags(old, new, &index));
    }
    let (before, after) = (old.get("def"), new.get("def"));
    if only(old, new, &["def", "validated"]) && before.strip_suffix(" NOT VALID") == Some(after) {
        return Act::Alter(vec![format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name};")]);
    }
    let bare = |def: &str| def.replace(" DEFERRABLE", "").replace(" INITIALLY DEFERRED", "");
    if new.get("type") == "f" && only(old, new, &["def"]) && bare(before) == bare(after) && !new.has("parent") {
        let when = after.strip_prefix(&bare(after)).unwrap_or_default();
        let when = if when.is_empty() { " NOT DEFERRABLE" } else { when };
        let tail_only = after == format!("{}{}", bare(after), after.strip_prefix(&bare(after)).unwrap_or_default());
        if tail_only {
            return Act::Alter(vec![format!("ALTER TABLE {table} ALTER CONSTRAINT {name}{when};")]);
        }
    }
    Act::Replace
}

pub fn index(old: &Fact, new: &Fact) -> Act {
    if !only(old, new, &["parent", "clustered", "replident", "tablespace", "targets"]) {
        return Act::Replace;
    }
    let mut statements = flags(old, new, &new.name);
    if old.body["targets"] != new.body["targets"] {
        let list = |fact: &Fact| fact.body["targets"].as_array().cloned().unwrap_or_default();
        for gone in list(old).iter().filter(|one| !list(new).iter().any(|other| other[0] == one[0])) {
            statements.push(format!("ALTER INDEX {} ALTER COLUMN {} SET STATISTICS -1;", new.name, gone[0]));
        }
        statements.extend(make::relation::targets(new));
    }
    Act::Alter(statements)
}

/// Columns may only come at the end; else the view is made anew.
pub fn view(old: &Fact, new: &Fact) -> Act {
    let columns = |fact: &Fact| fact.body["columns"].as_array().cloned().unwrap_or_default();
    if columns(new).starts_with(&columns(old)) {
        return Act::Alter(vec![make::relation::view(new)]);
    }
    Act::Replace
}

pub fn matview(old: &Fact, new: &Fact) -> Act {
    if !only(old, new, &["options", "access", "tablespace"]) {
        return Act::Replace;
    }
    let head = format!("ALTER MATERIALIZED VIEW {}", new.name);
    let mut parts = options(old, new);
    if old.body["access"] != new.body["access"] {
        parts.push(format!("SET ACCESS METHOD {}", new.get("access")));
    }
    if old.body["tablespace"] != new.body["tablespace"] {
        parts.push(format!("SET TABLESPACE {}", tablespace(new)));
    }
    Act::Alter(parts.into_iter().map(|part| format!("{head} {part};")).collect())
}
