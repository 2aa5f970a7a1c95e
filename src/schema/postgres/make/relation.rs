//! Views, indexes, constraints, defaults, and columns' parts.

use super::types::sequence_options;
use crate::schema::postgres::alter::column::option;
use crate::schema::postgres::catalog::{Fact, texts};

/// `ONLY`: what a child has for itself is told by the child.
pub fn one(fact: &Fact) -> &'static str {
    if fact.told("of").starts_with("view") { "" } else { "ONLY " }
}

pub fn default(fact: &Fact) -> String {
    let (on, name) = (fact.told("on"), fact.told("name"));
    format!("ALTER TABLE {}{on} ALTER COLUMN {name} SET DEFAULT {};", one(fact), fact.get("expr"))
}

pub fn owned(fact: &Fact) -> String {
    format!("ALTER SEQUENCE {} OWNED BY {};", fact.told("on"), fact.get("by"))
}

/// `GENERATED ... AS IDENTITY (...)`
pub fn identity(column: &Fact) -> String {
    let when = if column.get("identity") == "a" { "ALWAYS" } else { "BY DEFAULT" };
    // The type of an identity's sequence is its column's.
    let options = sequence_options(&column.body["options"]);
    let options = options.find(" INCREMENT").map_or("", |at| &options[at..]);
    format!("GENERATED {when} AS IDENTITY (SEQUENCE NAME {}{options})", column.get("sequence"))
}

/// `WITH (...)`, with a space before it.
pub fn with(fact: &Fact) -> String {
    let options: Vec<String> = texts(&fact.body["options"]).into_iter().map(option).collect();
    if options.is_empty() { String::new() } else { format!(" WITH ({})", options.join(", ")) }
}

pub fn view(fact: &Fact) -> String {
    let def = fact.get("def").trim().trim_end_matches(';');
    format!("CREATE OR REPLACE VIEW {}{} AS\n {def};", fact.name, with(fact))
}

pub fn matview(fact: &Fact, populated: bool) -> String {
    let def = fact.get("def").trim().trim_end_matches(';');
    let data = if populated { "WITH DATA" } else { "WITH NO DATA" };
    let using = if fact.get("access") == "heap" { String::new() } else { format!(" USING {}", fact.get("access")) };
    let space = if fact.has("tablespace") { format!(" TABLESPACE {}", fact.get("tablespace")) } else { String::new() };
    format!("CREATE MATERIALIZED VIEW {}{using}{}{space} AS\n {def}\n {data};", fact.name, with(fact))
}

/// The index under a constraint: in its table's schema, with its name.
pub fn index_of(constraint: &Fact) -> String {
    let (on, name) = (constraint.told("on"), constraint.told("name"));
    format!("{}.{name}", schema_of(on))
}

/// The part before the dot that is not inside of quotes.
pub fn schema_of(name: &str) -> &str {
    let mut quoted = false;
    for (at, letter) in name.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '.' if !quoted => return &name[..at],
            _ => {}
        }
    }
    name
}

pub fn constraint(fact: &Fact) -> Vec<String> {
    let (on, name, mut def) = (fact.told("on"), fact.told("name"), fact.get("def").to_owned());
    if fact.has("options") || fact.has("tablespace") {
        let mut extra = with(fact);
        if fact.has("tablespace") {
            extra += &format!(" USING INDEX TABLESPACE {}", fact.get("tablespace"));
        }
        // Behind the columns and before WHERE and DEFERRABLE.
        let at = [" WHERE (", " DEFERRABLE", " INITIALLY"].iter().filter_map(|word| def.rfind(word)).min();
        def.insert_str(at.unwrap_or(def.len()), &extra);
    }
    let mut statements = vec![format!("ALTER TABLE {on} ADD CONSTRAINT {name} {def};")];
    statements.extend(flags(fact));
    statements
}

/// What an index is to its table.
pub fn flags(fact: &Fact) -> Vec<String> {
    let name = fact.told("name");
    let what = if fact.tells("mat") { "MATERIALIZED VIEW" } else { "TABLE" };
    let head = format!("ALTER {what} {}", fact.told("on"));
    let cluster = fact.is("clustered").then(|| format!("{head} CLUSTER ON {name};"));
    let identity = fact.is("replident").then(|| format!("{head} REPLICA IDENTITY USING INDEX {name};"));
    cluster.into_iter().chain(identity).collect()
}

pub fn targets(fact: &Fact) -> Vec<String> {
    let list = fact.body["targets"].as_array().into_iter().flatten();
    list.map(|one| format!("ALTER INDEX {} ALTER COLUMN {} SET STATISTICS {};", fact.name, one[0], one[1])).collect()
}

pub fn index(fact: &Fact) -> Vec<String> {
    let def = fact.get("def");
    // One that is not valid has none on each partition: made on all of them it would be another one.
    let mut def = if fact.has("invalid") { def.to_owned() } else { def.replacen(" ON ONLY ", " ON ", 1) };
    if fact.has("tablespace") {
        let at = if fact.told("where").is_empty() { None } else { def.rfind(" WHERE ") };
        def.insert_str(at.unwrap_or(def.len()), &format!(" TABLESPACE {}", fact.get("tablespace")));
    }
    let mut statements = vec![format!("{def};")];
    statements.extend(flags(fact));
    statements.extend(targets(fact));
    statements
}

pub fn replica_identity(letter: &str) -> &'static str {
    match letter {
        "n" => "REPLICA IDENTITY NOTHING",
        "f" => "REPLICA IDENTITY FULL",
        _ => "REPLICA IDENTITY DEFAULT",
    }
}
