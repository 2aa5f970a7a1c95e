//! SQLite, through the program `sqlite3` (3.37 or newer).
//!
//! SQLite keeps each object's own text, so that is what a schema is: two objects are equal if their words are, and the
//! columns of a table may be in any order. The fingerprint is of the texts as they are kept, and a way ends with exactly
//! those that it ended with when it was tried on an empty database in memory.

mod build;
mod catalog;
mod chunks;
mod copy;
mod diff;
mod hazards;
mod keep;
mod plan;
mod scratch;
mod script;
mod steps;
mod table;
mod words;

use serde_json::Value;

use super::{Client, Direction, Entry, Error, Refusal, Request, Scripts, State, Upgrade};
use scratch::Script;

/// The catalog of a database, as JSON.
///
/// # Errors
/// The client can't be run, or the database can't be read.
pub async fn read<C: Client>(client: &mut C) -> Result<String, Error<C::Error>> {
    let mut script = Script::live();
    script.part("live");
    script.add(&catalog::objects_sql());
    let live = script.run(client).await?.catalog("live")?;
    Ok(serde_json::json!({ "objects": live.objects }).to_string())
}

/// The way to a schema, and back.
///
/// # Errors
/// The client can't be run, or there is no such way: [`Refusal`].
pub async fn plan<C: Client>(client: &mut C, request: &Request<'_>) -> Result<Upgrade, Error<C::Error>> {
    plan::plan(client, request).await
}

/// What a database says of itself.
///
/// # Errors
/// As [`read`].
pub async fn state<C: Client>(client: &mut C) -> Result<State, Error<C::Error>> {
    let mut script = Script::live();
    script.part("server");
    script.add("SELECT 'SQLite ' || sqlite_version();\nSELECT count(*) FROM main.sqlite_schema WHERE name = '_release_ledger';\n");
    script.part("live");
    script.add(&catalog::objects_sql());
    let printed = script.run(client).await?;
    let live = printed.catalog("live")?;
    let mut server = printed.part("server").map(str::to_owned);
    let mut found = State {
        server: server.next().unwrap_or_default(),
        fingerprint: catalog::fingerprint(&live.objects),
        ..State::default()
    };
    if server.next().as_deref() != Some("1") {
        return Ok(found);
    }
    let mut script = Script::live();
    script.part("rows");
    script.add(
        "SELECT json_array(operation, release, to_fingerprint, json(files), json(undoes)) FROM main._release_ledger ORDER BY seq;\n",
    );
    let rows: Vec<Value> =
        script.run(client).await?.part("rows").filter_map(|row| serde_json::from_str(row).ok()).collect();
    remembered(&rows, &mut found);
    Ok(found)
}

/// What the rows of the ledger say.
fn remembered(rows: &[Value], state: &mut State) {
    let text = |row: &Value, at: usize| row[at].as_str().map(str::to_owned);
    if let Some(last) = rows.last() {
        (state.operation, state.release, state.expected) = (text(last, 0), text(last, 1), text(last, 2));
    }
    let undone = |at: usize| {
        rows[at + 1..].iter().any(|later| later[4].as_array().is_some_and(|undoes| undoes.contains(&rows[at][0])))
    };
    let done = (0..rows.len()).filter(|at| !undone(*at));
    let files = done.flat_map(|at| rows[at][3].as_array().into_iter().flatten());
    state.files = files.filter_map(|file| Some((text(file, 0)?, text(file, 1)?))).collect();
}

/// What a host runs: these ways in one transaction, one after the other.
pub fn scripts(parts: &[&Direction], entry: &Entry<'_>) -> Scripts {
    script::scripts(parts, entry)
}

/// The bytes that a way takes on disk while it runs, about.
pub fn room(way: &Direction) -> u64 {
    script::Proof::room_of(&way.proof)
}

/// One way as a script of its own, for `sqlite3`.
pub fn by_hand(way: &Direction) -> String {
    script::by_hand(way)
}

/// Drops for good what an operation put into the trash. May run again.
pub fn bury(operation: &str) -> String {
    // The version in the ledger tells whether something else has changed the file's schema since.
    let last = "seq = (SELECT max(seq) FROM main._release_ledger)";
    format!(
        ".timeout 5000\nBEGIN IMMEDIATE;\n{}CREATE TEMP TABLE _release_version AS SELECT schema_version AS was FROM \
         pragma_schema_version;\nDROP TABLE IF EXISTS main.{};\nUPDATE main._release_ledger SET version = (SELECT \
         schema_version FROM pragma_schema_version) WHERE {last} AND version = (SELECT was FROM temp._release_version);\n\
         COMMIT;\n",
        script::LEDGER,
        keep::trash(operation)
    )
}

fn unknown(catalogs: &[&catalog::Catalog]) -> Result<(), Refusal> {
    let mut names: Vec<_> = catalogs.iter().flat_map(|catalog| catalog.unknown.clone()).collect();
    names.sort();
    names.dedup();
    if names.is_empty() { Ok(()) } else { Err(Refusal::Unmodelled(names)) }
}
