//! Columns.

use super::{Act, Catalog, Fact};
use crate::schema::postgres::catalog::texts;
use crate::schema::postgres::kind::Kind;
use crate::schema::postgres::make::relation::identity;

/// Is a column's name among the words of a partition key?
pub fn in_key(name: &str, key: &str) -> bool {
    key.split(['(', ')', ',', ' ']).any(|word| word == name)
}

/// `recast`: the type has the same name and is another one.
pub fn alter(old: &Fact, new: &Fact, from: &Catalog, to: &Catalog, recast: bool) -> Act {
    let typed = recast || old.get("type") != new.get("type") || old.get("collation") != new.get("collation");
    let becomes_generated = new.has("generated") && old.body["generated"] != new.body["generated"];
    let regenerated = typed && old.has("generated") && new.has("generated");
    let reparented = old.body["local"] != new.body["local"] && old.has("local") && new.has("local");
    if becomes_generated || regenerated || reparented {
        return Act::Replace;
    }
    let head = format!("ALTER TABLE {} ALTER COLUMN {}", new.told("on"), new.told("name"));
    let follows = inherits(new, to) && inherits(old, from);
    let mut statements = Vec::new();
    if old.has("generated") && !new.has("generated") && !follows {
        statements.push(format!("{head} DROP EXPRESSION;"));
    }
    if old.has("identity") && !new.has("identity") {
        statements.push(format!("{head} DROP IDENTITY;"));
    }
    if typed && !follows {
        statements.push(format!("{head} TYPE {};", typing(old, new, recast)));
    }
    if old.is("notnull") != new.is("notnull") {
        statements.push(format!("{head} {} NOT NULL;", if new.is("notnull") { "SET" } else { "DROP" }));
    }
    statements.extend(identities(old, new, &head));
    statements.extend(settings(old, new));
    Act::Alter(statements)
}

/// Does a parent's column tell what its type is?
pub fn inherits(column: &Fact, catalog: &Catalog) -> bool {
    column.tells("inherited") && parent(column, catalog).is_some()
}

/// The columns of the same name in the tables that its own inherits from.
pub fn parent<'a>(column: &Fact, catalog: &'a Catalog) -> Option<&'a Fact> {
    parents(column.told("on"), catalog)
        .find_map(|table| catalog.facts.get(&format!("column {table}.{}", column.told("name"))))
}

/// The names of the tables that one inherits from or is a partition of.
pub fn parents<'a>(table: &str, catalog: &'a Catalog) -> impl Iterator<Item = &'a str> {
    let partition = catalog.facts.get(&format!("partition {table}"));
    let first = format!("inherit {table} ");
    let end = format!("inherit {table}!");
    let inherits = catalog.facts.range(first..end).map(|(_, fact)| fact);
    partition.into_iter().chain(inherits).map(|fact| fact.get("parent"))
}

/// `type COLLATE c USING ...`
fn typing(old: &Fact, new: &Fact, recast: bool) -> String {
    let mut text = new.get("type").to_owned();
    if new.has("collation") {
        text += &format!(" COLLATE {}", new.get("collation"));
    }
    let name = new.told("name");
    text + &match cast(old, new, recast) {
        Cast::Assigned => String::new(),
        Cast::Direct => format!(" USING {name}::{}", new.get("type")),
        Cast::ByText => format!(" USING {}::{}", as_text(name, old.get("type")), new.get("type")),
    }
}

/// How values of one type become values of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cast {
    /// As an assignment would: a text that is too long is an error, and not cut.
    Assigned,
    Direct,
    /// Written and read again.
    ByText,
}

/// The text of a value, for another type to read: of bytes what they stand for, and not the digits that they are shown in.
pub fn as_text(value: &str, kind: &str) -> String {
    if kind == "bytea" { format!("encode({value}, 'escape')") } else { format!("{value}::text") }
}

/// The cast of a type change.
pub fn cast(old: &Fact, new: &Fact, recast: bool) -> Cast {
    let (a, b) = (old.told("category"), new.told("category"));
    if recast || old.tells("owntype") || new.tells("owntype") {
        if b == "S" && !new.tells("owntype") { Cast::Assigned } else { Cast::ByText }
    } else if b == "S" || (a == "V" && b == "V") {
        Cast::Assigned
    } else if (a == b && !matches!(a, "U" | "A")) || a == "S" || is_truth_of(old, new) || is_truth_of(new, old) {
        Cast::Direct
    } else {
        Cast::ByText
    }
}

/// Of all numbers only an integer is cast to a truth value, or from one.
fn is_truth_of(number: &Fact, truth: &Fact) -> bool {
    number.get("type") == "integer" && truth.told("category") == "B"
}

fn identities(old: &Fact, new: &Fact, head: &str) -> Vec<String> {
    let mut statements = Vec::new();
    match (old.get("identity"), new.get("identity")) {
        (_, "") => {}
        ("", _) => statements.push(format!("{head} ADD {};", identity(new))),
        (before, after) => {
            if before != after {
                let when = if after == "a" { "ALWAYS" } else { "BY DEFAULT" };
                statements.push(format!("{head} SET GENERATED {when};"));
            }
            if old.get("sequence") != new.get("sequence") {
                statements.extend(renamed(old.get("sequence"), new.get("sequence")));
            }
            if old.body["options"] != new.body["options"] {
                let (before, after) = (&old.body["options"], &new.body["options"]);
                statements.push(super::types::options(new.get("sequence"), before, after));
            }
        }
    }
    statements
}

fn renamed(old: &str, new: &str) -> Option<String> {
    let name = new.rsplit_once('.').map_or(new, |(_, name)| name);
    Some(format!("ALTER SEQUENCE {old} RENAME TO {name};"))
}

/// Storage, compression, statistics, options: of a column or of a materialised view's.
pub fn settings(old: &Fact, new: &Fact) -> Vec<String> {
    let what = if new.kind == Kind::Setting { "MATERIALIZED VIEW" } else { "TABLE" };
    let head = format!("ALTER {what} {} ALTER COLUMN {}", new.told("on"), new.told("name"));
    let mut statements = Vec::new();
    if old.body["storage"] != new.body["storage"] {
        let wanted = if new.has("storage") { new.get("storage") } else { new.told("storage") };
        let storage = match wanted {
            "p" => "PLAIN",
            "e" => "EXTERNAL",
            "m" => "MAIN",
            _ => "EXTENDED",
        };
        statements.push(format!("{head} SET STORAGE {storage};"));
    }
    if old.body["compression"] != new.body["compression"] {
        let method = match new.get("compression") {
            "p" => "pglz",
            "l" => "lz4",
            _ => "default",
        };
        statements.push(format!("{head} SET COMPRESSION {method};"));
    }
    if old.body["target"] != new.body["target"] {
        statements.push(format!("{head} SET STATISTICS {};", new.body["target"].as_i64().unwrap_or(-1)));
    }
    let (before, after) = (texts(&old.body["settings"]), texts(&new.body["settings"]));
    if let Some(lost) = lost(&before, &after) {
        statements.push(format!("{head} RESET ({lost});"));
    }
    if let Some(won) = won(&before, &after) {
        statements.push(format!("{head} SET ({won});"));
    }
    statements
}

/// The names of options that are no more.
pub fn lost(before: &[&str], after: &[&str]) -> Option<String> {
    let key = |option: &str| option.split('=').next().unwrap_or_default().to_owned();
    let still: Vec<String> = after.iter().map(|option| key(option)).collect();
    let lost: Vec<String> = before.iter().map(|option| key(option)).filter(|name| !still.contains(name)).collect();
    (!lost.is_empty()).then(|| lost.join(", "))
}

/// The options that are new or other.
pub fn won(before: &[&str], after: &[&str]) -> Option<String> {
    let won: Vec<String> = after.iter().filter(|o| !before.contains(o)).map(|o| option(o)).collect();
    (!won.is_empty()).then(|| won.join(", "))
}

/// `name='value'`
pub fn option(option: &str) -> String {
    let (name, value) = option.split_once('=').unwrap_or((option, "true"));
    format!("{name}={}", crate::schema::postgres::quote(value))
}
