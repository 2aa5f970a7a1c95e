//! Names as they are written, and what they mean.

use crate::schema::Engine;

/// A name without its quotes, as the catalog has it: PostgreSQL makes unquoted ones small.
pub fn bare(engine: Engine, written: &str) -> String {
    let inside = |close: &str| {
        let body = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
        body.replace(&close.repeat(2), close)
    };
    match (engine, written.chars().next()) {
        (_, Some('"')) => inside("\""),
        (Engine::Sqlite, Some('\'')) => inside("'"),
        (Engine::Sqlite, Some('`')) => inside("`"),
        (Engine::Sqlite, Some('[')) => written.trim_start_matches('[').trim_end_matches(']').to_owned(),
        (Engine::Postgresql, _) => written.to_ascii_lowercase(),
        (Engine::Sqlite, _) => written.to_owned(),
    }
}

/// Do two names without quotes mean the same? SQLite's ignore the case of ASCII letters.
pub fn same(engine: Engine, one: &str, other: &str) -> bool {
    match engine {
        Engine::Postgresql => one == other,
        Engine::Sqlite => one.eq_ignore_ascii_case(other),
    }
}
