//! What a file for SQLite may not hold.

use super::check::{Case, Fate, Purpose};
use super::{Wrong, postgres};

/// Refuses what must not run.
pub(super) fn check(case: &Case<'_, '_>) -> Result<Fate, Wrong> {
    of_the_client(case)?;
    postgres::other_dialect(case)?;
    let first = case.code.first().map(|token| token.text.to_ascii_uppercase()).unwrap_or_default();
    if matches!(first.as_str(), "ATTACH" | "DETACH") {
        return case.wrong(format!("{first}: a step sees one database file only"));
    }
    let calls = |name: &str| case.code.windows(2).any(|pair| pair[0].is(name) && pair[1].is_mark("("));
    if calls("load_extension") {
        return case.wrong("load_extension runs a program's code in the database's process");
    }
    match first.as_str() {
        "VACUUM" if case.in_transaction => case.wrong(postgres::not_in_transaction("VACUUM")),
        "PRAGMA" => pragma(case),
        "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "SELECT" | "WITH" if case.purpose == Purpose::Wanted => {
            Ok(Fate::Dropped(format!("{first} says nothing of the schema: put data into a step")))
        }
        _ => Ok(Fate::Kept),
    }
}

/// What the program `sqlite3` takes for itself.
fn of_the_client(case: &Case<'_, '_>) -> Result<(), Wrong> {
    match case.code.first() {
        Some(first) if first.is_mark(".") => {
            let name = case.code.get(1).map(|token| token.text).unwrap_or_default();
            return case.wrong(format!(".{name}: commands of the program sqlite3 are not run"));
        }
        Some(first) if first.is_mark("#") => return case.wrong("# does not begin a comment: use --"),
        _ => {}
    }
    // The program takes a line with nothing else for the end of a statement.
    let ends = |token: &&super::Token<'_>| token.is_mark("/") || token.is("go");
    for token in case.code.iter().filter(ends) {
        let at = token.at - case.statement.tokens.first().map_or(token.at, |first| first.at);
        let (before, after) = case.statement.text.split_at(at);
        let line = before.rsplit('\n').next().unwrap_or(before);
        let rest = after[token.text.len()..].split('\n').next().unwrap_or_default();
        if line.trim().is_empty() && rest.trim().is_empty() {
            return Err(Wrong::new(
                token.line,
                format!("a line with only `{}` ends a statement in sqlite3", token.text),
            ));
        }
    }
    Ok(())
}

fn pragma(case: &Case<'_, '_>) -> Result<Fate, Wrong> {
    let names = case.code.iter().skip(1).take_while(|token| !token.is_mark("=") && !token.is_mark("("));
    let name = names.last().map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
    let in_transaction = ["user_version", "application_id"].contains(&name.as_str());
    match case.purpose {
        _ if ["writable_schema", "trusted_schema"].contains(&name.as_str()) => {
            case.wrong(format!("PRAGMA {name} lets a file write what no check has seen"))
        }
        Purpose::Wanted => Ok(Fate::Dropped(format!("PRAGMA {name} is left as it is in the database"))),
        // A dump begins with it, and ours have it off while they run.
        Purpose::Step if name == "foreign_keys" => {
            Ok(Fate::Dropped("PRAGMA foreign_keys is off in an upgrade, and all keys are checked at its end".into()))
        }
        Purpose::Step if in_transaction || !case.in_transaction => Ok(Fate::Kept),
        Purpose::Step => case.wrong(format!("PRAGMA {name} is no part of a transaction")),
    }
}
