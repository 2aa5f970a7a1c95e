//! What a file for SQLite may not hold.

use super::check::{Case, Fate, Purpose};
use super::{Kind, Token, Wrong, bare, postgres};
use crate::schema::Engine;

/// Refuses what must not run.
pub(super) fn check(case: &Case<'_, '_>) -> Result<Fate, Wrong> {
    of_the_client(case)?;
    postgres::other_dialect(case)?;
    let first = case.code.first().map(|token| token.text.to_ascii_uppercase()).unwrap_or_default();
    if matches!(first.as_str(), "ATTACH" | "DETACH") {
        return case.wrong(format!("{first}: a step sees one database file only"));
    }
    inside_of_the_database(case)?;
    match first.as_str() {
        "VACUUM" if case.in_transaction => case.wrong(postgres::not_in_transaction("VACUUM")),
        "VACUUM" if case.purpose == Purpose::Wanted => {
            case.wrong("VACUUM says nothing of the schema, and with INTO it writes another file")
        }
        "PRAGMA" => pragma(case),
        "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "SELECT" | "WITH" if case.purpose == Purpose::Wanted => {
            Ok(Fate::Dropped(format!("{first} says nothing of the schema: put data into a step")))
        }
        _ => Ok(Fate::Kept),
    }
}

/// Functions of the program `sqlite3`, and one of SQLite, that run programs or have to do with other files.
const OUTWARD: [&str; 8] =
    ["load_extension", "edit", "readfile", "writefile", "fsdir", "zipfile", "zipfile_cds", "fts3_tokenizer"];

/// What a table is called by, and not a function.
const TABLE_BEFORE: [&str; 6] = ["table", "exists", "into", "references", "view", "update"];

/// Modules that stand where a table does, and read or write files; and one that writes the pages of the database's own.
const OUTWARD_TABLES: [&str; 3] = ["fsdir", "zipfile", "sqlite_dbpage"];

/// Refuses what reaches out of the database, and what would write to the rows that `release` keeps in it. Neither is any
/// use in a schema, so that there is nothing to allow: even to try a plan would be to do it.
fn inside_of_the_database(case: &Case<'_, '_>) -> Result<(), Wrong> {
    let code = case.code;
    let names: Vec<Option<String>> = code.iter().map(name).collect();
    for (at, called) in names.iter().enumerate() {
        let Some(called) = called.as_deref() else { continue };
        let next = code.get(at + 1);
        if OUTWARD.contains(&called) && next.is_some_and(|next| next.is_mark("(")) && !is_table(code, at) {
            return Err(Wrong::new(code[at].line, format!("{called}() reaches out of the database, and is not run")));
        }
        let before = at.checked_sub(1).map(|before| &code[before]);
        if OUTWARD_TABLES.contains(&called)
            && before.is_some_and(|word| word.is_any(&["from", "join", "using", "into", "update"]) || word.is_mark("."))
        {
            return Err(Wrong::new(code[at].line, format!("{called} reaches out of the tables, and is not used")));
        }
        if called.starts_with("_release_") {
            let what = format!("{}: names that begin with _release_ are those of what release keeps", code[at].text);
            return Err(Wrong::new(code[at].line, what));
        }
    }
    Ok(())
}

/// A word or a name in quotes, bare and in small letters.
fn name(token: &Token<'_>) -> Option<String> {
    matches!(token.kind, Kind::Word | Kind::Name).then(|| bare(Engine::Sqlite, token.text).to_ascii_lowercase())
}

/// Is the name at this place that of a table with its columns behind it: `CREATE TABLE edit(`, `REFERENCES edit(`?
fn is_table(code: &[Token<'_>], at: usize) -> bool {
    let qualified = at >= 2 && code[at - 1].is_mark(".");
    let Some(before) = at.checked_sub(if qualified { 3 } else { 1 }).map(|before| &code[before]) else { return false };
    let makes_index = code.first().is_some_and(|first| first.is("create"))
        && code.iter().take(3).any(|word| word.is("index"))
        && code.iter().position(|word| word.is("on")).is_some_and(|on| code[on] == *before);
    before.is_any(&TABLE_BEFORE) || makes_index
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
