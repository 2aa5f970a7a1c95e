//! What a file for PostgreSQL may not hold.

use super::check::{Case, Fate, Purpose};
use super::{Kind, Token, Wrong, beyond};

/// Refuses what must not run.
pub(super) fn check(case: &Case<'_, '_>) -> Result<Fate, Wrong> {
    of_the_client(case)?;
    other_dialect(case)?;
    beyond::check(case)?;
    if let Some(what) = outside_transactions(case).filter(|_| case.in_transaction) {
        return case.wrong(not_in_transaction(what));
    }
    if case.begins(&["copy"]) && case.has_row(&["from", "stdin"]) {
        return case.wrong("COPY FROM STDIN: its rows are no SQL; use INSERT, or a file of the server");
    }
    match case.code.first() {
        Some(first) if first.is("set") => set(case),
        // pg_dump and people write it; in the transaction the default is what was there before.
        Some(_) if case.begins(&["reset", "search_path"]) => Ok(Fate::Begun(2, "SET LOCAL search_path TO DEFAULT")),
        Some(first) if first.is_any(&["reset", "discard"]) => {
            let word = first.text.to_ascii_uppercase();
            case.wrong(format!("{word} changes the whole session, and with it what comes after"))
        }
        Some(first) if first.is("select") && case.has("set_config") => set_config(case),
        Some(first) if first.is_any(&["insert", "update", "delete", "merge", "truncate"]) => {
            let word = first.text.to_ascii_uppercase();
            match case.purpose {
                Purpose::Wanted => {
                    Ok(Fate::Dropped(format!("{word} says nothing of the schema: put data into a step")))
                }
                Purpose::Step => Ok(Fate::Kept),
            }
        }
        _ => Ok(Fate::Kept),
    }
}

/// What every error about it says.
pub(super) fn not_in_transaction(what: &str) -> String {
    format!(
        "{what} cannot be in a transaction: put it into a file of its own marked `-- release: no-transaction`, which runs \
         before the others and must be able to run twice"
    )
}

/// Variables that psql sets by itself, and would put in place of `:NAME`.
const VARIABLES: [&str; 12] = [
    "AUTOCOMMIT",
    "DBNAME",
    "USER",
    "HOST",
    "PORT",
    "ENCODING",
    "ERROR",
    "LASTOID",
    "ROW_COUNT",
    "SQLSTATE",
    "ON_ERROR_STOP",
    "VERSION",
];

/// What the program `psql` takes for itself.
fn of_the_client(case: &Case<'_, '_>) -> Result<(), Wrong> {
    let tokens = &case.statement.tokens;
    if let Some(at) = tokens.iter().position(|token| token.is_mark("\\")) {
        let name = tokens.get(at + 1).filter(|token| token.is_code()).map(|token| token.text).unwrap_or_default();
        return Err(Wrong::new(tokens[at].line, format!("\\{name}: commands of the program psql are not run")));
    }
    let variable = |token: &Token<'_>| VARIABLES.contains(&token.text.trim_matches(['\'', '"']));
    let found = tokens.windows(2).enumerate().find(|(at, pair)| {
        let cast = at.checked_sub(1).is_some_and(|before| tokens[before].is_mark(":"));
        pair[0].is_mark(":") && !cast && variable(&pair[1])
    });
    match found {
        Some((_, pair)) => {
            Err(Wrong::new(pair[0].line, format!(":{} is a variable of the program psql", pair[1].text)))
        }
        None => Ok(()),
    }
}

/// Words that only another engine knows.
pub(super) fn other_dialect(case: &Case<'_, '_>) -> Result<(), Wrong> {
    let quote = case.code.iter().find(|token| token.is_mark("`")).map(|token| (token, "a name in backquotes"));
    let pairs = case.code.windows(2);
    let engine = pairs.filter(|pair| pair[0].is("engine") && pair[1].is_mark("=")).map(|pair| (&pair[0], "ENGINE="));
    let is_table = case.has("table");
    let words = case.code.iter().filter_map(|token| match token {
        token if token.is("auto_increment") => Some((token, "AUTO_INCREMENT")),
        token if token.is("delimiter") && token.at == case.code[0].at => Some((token, "DELIMITER")),
        _ => None,
    });
    match quote
        .into_iter()
        .chain(engine)
        .chain(words)
        .find(|(token, _)| is_table || token.kind != Kind::Word || token.is("delimiter"))
    {
        Some((token, what)) => {
            Err(Wrong::new(token.line, format!("{what} is MySQL's: this file is for another database engine")))
        }
        None => Ok(()),
    }
}

/// The statement's words, if the server runs it only by itself.
fn outside_transactions(case: &Case<'_, '_>) -> Option<&'static str> {
    let concurrently = case.has("concurrently");
    let pairs: [(&[&str], &'static str); 12] = [
        (&["vacuum"], "VACUUM"),
        (&["alter", "system"], "ALTER SYSTEM"),
        (&["create", "database"], "CREATE DATABASE"),
        (&["drop", "database"], "DROP DATABASE"),
        (&["create", "tablespace"], "CREATE TABLESPACE"),
        (&["drop", "tablespace"], "DROP TABLESPACE"),
        (&["create", "subscription"], "CREATE SUBSCRIPTION"),
        (&["drop", "subscription"], "DROP SUBSCRIPTION"),
        (&["reindex", "database"], "REINDEX DATABASE"),
        (&["reindex", "schema"], "REINDEX SCHEMA"),
        (&["reindex", "system"], "REINDEX SYSTEM"),
        (&["discard", "all"], "DISCARD ALL"),
    ];
    let by_index: [(&[&str], &'static str); 5] = [
        (&["create", "index"], "CREATE INDEX CONCURRENTLY"),
        (&["create", "unique", "index"], "CREATE UNIQUE INDEX CONCURRENTLY"),
        (&["drop", "index"], "DROP INDEX CONCURRENTLY"),
        (&["reindex"], "REINDEX CONCURRENTLY"),
        (&["alter", "table"], "DETACH PARTITION CONCURRENTLY"),
    ];
    let known = pairs.iter().find(|(words, _)| case.begins(words));
    let by_index = by_index.iter().find(|(words, _)| concurrently && case.begins(words));
    let whole_cluster = || (case.code.len() == 1 && case.begins(&["cluster"])).then_some("CLUSTER of every table");
    known.or(by_index).map(|(_, what)| *what).or_else(whole_cluster)
}

/// `SET` lasts to the end of the transaction and no longer. What the release itself sets stays as it is.
fn set(case: &Case<'_, '_>) -> Result<Fate, Wrong> {
    let scoped = case.code.get(1).is_some_and(|token| token.is_any(&["local", "session"]));
    // `SET SESSION AUTHORIZATION` and `CHARACTERISTICS` are no scope.
    let name_at = if scoped { 2 } else { 1 };
    let name =
        case.code.get(name_at).map(|token| token.text.trim_matches('"').to_ascii_lowercase()).unwrap_or_default();
    match name.as_str() {
        "constraints" => Ok(Fate::Kept),
        "role" | "authorization" | "characteristics" | "transaction" => {
            case.wrong(format!("SET {} is not for a file: it changes what comes after", name.to_ascii_uppercase()))
        }
        "standard_conforming_strings" if !case.code.last().is_some_and(|value| is_on(value)) => {
            case.wrong("SET standard_conforming_strings changes what the rest of the file means")
        }
        "lock_timeout" | "statement_timeout" | "idle_in_transaction_session_timeout" | "transaction_timeout" => {
            Ok(Fate::Dropped(format!("SET {name} is left out: the release has its own")))
        }
        _ if !case.in_transaction || case.code.get(1).is_some_and(|token| token.is("local")) => Ok(Fate::Kept),
        _ => Ok(Fate::Begun(name_at, "SET LOCAL")),
    }
}

fn is_on(value: &Token<'_>) -> bool {
    let word = value.text.trim_matches('\'').to_ascii_lowercase();
    ["on", "true", "yes", "1"].contains(&word.as_str())
}

/// A dump of `pg_dump` has `SELECT pg_catalog.set_config('search_path', '', false)`.
fn set_config(case: &Case<'_, '_>) -> Result<Fate, Wrong> {
    let local = case.code.windows(2).any(|pair| pair[0].is("true") && pair[1].is_mark(")"));
    let dumped = "SELECT pg_catalog.set_config('search_path', '', false)";
    let text: String = case.code.iter().map(|token| token.text).collect();
    if text == dumped.replace(' ', "") {
        return Ok(Fate::Begun(case.code.len(), "SELECT pg_catalog.set_config('search_path', '', true)"));
    }
    match local {
        true => Ok(Fate::Kept),
        false => {
            case.wrong("set_config for the whole session changes what comes after: its last argument must be true")
        }
    }
}
