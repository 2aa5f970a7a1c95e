//! Statements of PostgreSQL that reach beyond the database: roles, databases, tablespaces and settings are one set for the whole server, so what a plan
//! only tries on a scratch copy would be done for good.

use super::check::Case;
use super::{Kind, Wrong};

/// By the words that they begin with.
const BEGINNINGS: [(&[&str], &str); 18] = [
    (&["create", "role"], "CREATE ROLE"),
    (&["alter", "role"], "ALTER ROLE"),
    (&["drop", "role"], "DROP ROLE"),
    (&["create", "user"], "CREATE USER"),
    (&["alter", "user"], "ALTER USER"),
    (&["drop", "user"], "DROP USER"),
    (&["create", "group"], "CREATE GROUP"),
    (&["alter", "group"], "ALTER GROUP"),
    (&["drop", "group"], "DROP GROUP"),
    (&["reassign", "owned"], "REASSIGN OWNED"),
    (&["drop", "owned"], "DROP OWNED"),
    (&["create", "database"], "CREATE DATABASE"),
    (&["alter", "database"], "ALTER DATABASE"),
    (&["drop", "database"], "DROP DATABASE"),
    (&["create", "tablespace"], "CREATE TABLESPACE"),
    (&["alter", "tablespace"], "ALTER TABLESPACE"),
    (&["drop", "tablespace"], "DROP TABLESPACE"),
    (&["alter", "system"], "ALTER SYSTEM"),
];

/// What grants, comments and labels may be on.
const OBJECTS: [(&[&str], &str); 4] = [
    (&["on", "database"], "DATABASE"),
    (&["on", "role"], "ROLE"),
    (&["on", "tablespace"], "TABLESPACE"),
    (&["on", "parameter"], "PARAMETER"),
];

/// Refuses them by name, also in a block that is run at once.
pub(super) fn check(case: &Case<'_, '_>) -> Result<(), Wrong> {
    let found = named(case).or_else(|| in_block(case));
    match found {
        Some(what) => case.wrong(format!(
            "{what} is a matter of the whole server, and not of this database: leave it to whoever looks after the server"
        )),
        None => Ok(()),
    }
}

fn named(case: &Case<'_, '_>) -> Option<String> {
    // CREATE USER MAPPING belongs to the database.
    let mapping = case.code.get(2).is_some_and(|word| word.is("mapping"));
    if let Some((_, what)) = BEGINNINGS.iter().find(|(words, _)| case.begins(words) && !mapping) {
        return Some((*what).to_owned());
    }
    let first = case.code.first()?;
    if !first.is_any(&["grant", "revoke", "comment", "security"]) {
        return None;
    }
    let word = if first.is("security") { "SECURITY LABEL".into() } else { first.text.to_ascii_uppercase() };
    match OBJECTS.iter().find(|(words, _)| case.has_row(words)) {
        Some((_, what)) => Some(format!("{word} ON {what}")),
        // Without ON it is a membership.
        None if first.is_any(&["grant", "revoke"]) && !case.has("on") => Some(format!("{word} of a role")),
        None => None,
    }
}

/// `DO` runs its text at once. What hides better is found by what it locks: see `postgres/fence.rs`.
fn in_block(case: &Case<'_, '_>) -> Option<String> {
    if !case.begins(&["do"]) {
        return None;
    }
    let texts = case.code.iter().filter(|token| matches!(token.kind, Kind::Dollar | Kind::Text));
    texts.map(|token| token.text).find_map(|text| {
        let words: Vec<&str> =
            text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
        let at = |at: usize, row: &[&str]| {
            words.len() >= at + row.len() && row.iter().zip(&words[at..]).all(|(a, b)| a.eq_ignore_ascii_case(b))
        };
        let found = (0..words.len()).find_map(|from| BEGINNINGS.iter().find(|(row, _)| at(from, row)));
        found.map(|(_, what)| (*what).to_owned())
    })
}
