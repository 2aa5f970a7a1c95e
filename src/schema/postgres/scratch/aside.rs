//! The live schemas under other names, for the time of a transaction.

use std::fmt::Write as _;

use crate::schema::Refusal;
use crate::schema::postgres::info::Live;
use crate::schema::postgres::kind::Kind;
use crate::schema::postgres::{make, refused};

/// The statements that begin such a transaction.
pub fn aside(live: &Live) -> Result<String, Refusal> {
    let user = live.about["user"].as_str().unwrap_or_default();
    let facts = &live.catalog.facts;
    // These belong to the database and not to a schema: there can't be two sets of them.
    let whole = facts.values().find(|fact| matches!(fact.kind, Kind::Extension | Kind::EventTrigger));
    if let Some(fact) = whole {
        return Err(refused(format!(
            "{user} may not create the scratch database that a plan is tried on, and {} can't be set aside: ALTER ROLE {user} CREATEDB",
            fact.id()
        )));
    }
    let mut script = String::from(
        "SET client_min_messages = warning;\nBEGIN ISOLATION LEVEL READ COMMITTED;\nSET LOCAL lock_timeout = '500ms';\n",
    );
    for fact in facts.values().filter(|fact| fact.kind == Kind::DefaultPrivileges && fact.x["schema"].is_null()) {
        for statement in make::unmake(fact) {
            script += &statement;
            script.push('\n');
        }
    }
    for (at, fact) in facts.values().filter(|fact| fact.kind == Kind::Schema).enumerate() {
        let _ = writeln!(script, "ALTER SCHEMA {} RENAME TO _release_aside_{at};", fact.name);
    }
    let create = if live.about["version"].as_i64().unwrap_or_default() < 150_000 { ", CREATE" } else { "" };
    let _ = writeln!(
        script,
        "CREATE SCHEMA public;\nGRANT USAGE{create} ON SCHEMA public TO PUBLIC;\nCOMMENT ON SCHEMA public IS 'standard public schema';"
    );
    Ok(script)
}
