//! What a host runs: one transaction with guard, proof and ledger.

use serde_json::Value;

use super::{info, quote};
use crate::schema::{Direction, Entry, Scripts};

/// Two numbers that nobody else is likely to lock in this database.
const LOCK: &str = "1919249509, 1634956576";

/// Settings of every transaction that changes something. Row security off means that a query fails instead of seeing less;
/// constraints are checked at once, because a table with pending checks can't be altered.
pub const SETTINGS: &str = "SET LOCAL client_min_messages = warning;
SET LOCAL search_path = '';
SET LOCAL standard_conforming_strings = on;
SET LOCAL check_function_bodies = off;
SET LOCAL row_security = off;
SET LOCAL jit = off;
SET LOCAL lock_timeout = '500ms';
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = '60s';
SET CONSTRAINTS ALL IMMEDIATE;
";

/// What a hand-written step may have set is set back.
pub const AGAIN: &str = "SET LOCAL search_path = ''; SET LOCAL check_function_bodies = off; SET LOCAL row_security = off; SET CONSTRAINTS ALL IMMEDIATE;";

const LEDGER: &str = "CREATE SCHEMA IF NOT EXISTS _release;
CREATE TABLE IF NOT EXISTS _release.ledger (operation text PRIMARY KEY, seq bigint GENERATED ALWAYS AS IDENTITY, verb text NOT NULL,
  release text NOT NULL, who text NOT NULL, from_fingerprint text NOT NULL, to_fingerprint text NOT NULL, files jsonb NOT NULL,
  undoes text[] NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(), began timestamptz NOT NULL DEFAULT transaction_timestamp(),
  app text, wanted text);
DO $release$ BEGIN
  -- A ledger of an earlier version has not all columns; to look is not to lock.
  IF (SELECT count(*) FROM pg_attribute WHERE attrelid = '_release.ledger'::regclass AND attname IN ('app', 'wanted')) < 2 THEN
    ALTER TABLE _release.ledger ADD COLUMN IF NOT EXISTS app text, ADD COLUMN IF NOT EXISTS wanted text;
  END IF;
END $release$;
";

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n";

/// One way as a script of its own: what `psql` does by it is what an operation does, without guard, proof and ledger.
pub fn by_hand(way: &Direction) -> String {
    let statements: String = way.statements.iter().map(|statement| format!("{statement}\n")).collect();
    format!("{BEGIN}{SETTINGS}{statements}{END}COMMIT;\n")
}

/// What stands behind the last statement: constraints that wait for COMMIT would fail there, behind the ledger's row.
const END: &str = "SET LOCAL search_path = '';\nSET CONSTRAINTS ALL IMMEDIATE;\n";

/// The scripts of an operation.
pub fn scripts(parts: &[&Direction], entry: &Entry<'_>) -> Scripts {
    Scripts { run: run(parts, entry), ask: ask(entry.operation) }
}

fn run(parts: &[&Direction], entry: &Entry<'_>) -> String {
    let (from, to) = match (parts.first(), parts.last()) {
        (Some(first), Some(last)) => (first.from.as_str(), last.to.as_str()),
        _ => ("", ""),
    };
    let mut text = String::from("\\set VERBOSITY verbose\n\\o /dev/null\n");
    text += "SELECT count(set_config(name, '1000', false)) FROM pg_settings WHERE name = 'client_connection_check_interval';\n";
    text += BEGIN;
    text += SETTINGS;
    text += &locked();
    text += LEDGER;
    text += &format!(
        "SELECT EXISTS (SELECT FROM _release.ledger WHERE operation = {}) AS _release_done \\gset\n\\if :_release_done\nROLLBACK;\n\\quit\n\\endif\n",
        quote(entry.operation)
    );
    text += &compared(from, "the schema is not the one that the plan was made for: somebody changed it", &Value::Null);
    for part in parts {
        for statement in &part.statements {
            text += statement;
            text += "\n";
        }
    }
    text += END;
    let proof = parts.last().map(|part| part.proof["touched"].clone()).unwrap_or_default();
    text += &compared(to, "the schema did not become what was planned, nothing was changed", &proof);
    text + &row(parts, entry, from, to) + "COMMIT;\n"
}

fn locked() -> String {
    format!(
        "DO $release$ BEGIN
  IF NOT pg_try_advisory_xact_lock({LOCK}) THEN
    RAISE EXCEPTION 'release: another upgrade of this database is under way' USING ERRCODE = 'lock_not_available';
  END IF;
END $release$;\n"
    )
}

/// Fails unless the fingerprint is this one. `touched`: the hashes that those facts should have, to say which are other.
fn compared(fingerprint: &str, what: &str, touched: &Value) -> String {
    let query = info::fingerprint_query();
    let facts = info::facts();
    let detail = if touched.is_null() {
        "other := '';".to_owned()
    } else {
        format!(
            "SELECT string_agg(coalesce(w.id, f.id), ', ' ORDER BY coalesce(w.id, f.id)) INTO other FROM (
      SELECT key AS id, value AS hash FROM jsonb_each_text({}::jsonb)) AS w
    FULL JOIN ({facts} SELECT kind || ' ' || name AS id, hash FROM fact) AS f ON f.id = w.id
    WHERE w.id IS NOT NULL AND w.hash IS DISTINCT FROM coalesce(f.hash, '-');",
            quote(&touched.to_string())
        )
    };
    format!(
        "DO $release$ DECLARE found text; other text; BEGIN
  SELECT ({query}) INTO found;
  IF found <> {} THEN
    {detail}
    RAISE EXCEPTION 'release: {what} (%) %', left(found, 12), coalesce(other, '');
  END IF;
END $release$;\n",
        quote(fingerprint)
    )
}

fn row(parts: &[&Direction], entry: &Entry<'_>, from: &str, to: &str) -> String {
    let files: Vec<Value> = entry.files.iter().map(|(path, hash)| serde_json::json!([path, hash])).collect();
    let undoes: Vec<String> = parts.iter().filter_map(|part| part.proof["undoes"].as_str()).map(quote).collect();
    let wanted = parts.last().and_then(|part| part.proof["wanted"].as_str()).unwrap_or_default();
    let known = |text: &str| if text.is_empty() { "NULL".to_owned() } else { quote(text) };
    format!(
        "INSERT INTO _release.ledger (operation, verb, release, who, from_fingerprint, to_fingerprint, files, undoes, app, wanted) VALUES ({}, {}, {}, {}, {}, {}, {}::jsonb, ARRAY[{}]::text[], {}, {});\n",
        quote(entry.operation),
        quote(entry.verb),
        quote(entry.release),
        quote(entry.who),
        quote(from),
        quote(to),
        quote(&Value::from(files).to_string()),
        undoes.join(", "),
        known(entry.app),
        known(wanted),
    )
}

fn ask(operation: &str) -> String {
    format!(
        "\\o /dev/null
BEGIN;
SELECT pg_advisory_xact_lock({LOCK});
COMMIT;
\\o
SELECT to_regclass('_release.ledger') IS NOT NULL AS _release_there \\gset
\\if :_release_there
SELECT CASE WHEN EXISTS (SELECT FROM _release.ledger WHERE operation = {}) THEN 'present' ELSE 'absent' END;
\\else
\\echo absent
\\endif\n",
        quote(operation)
    )
}

/// Drops for good what an operation put into the trash.
pub fn bury(operation: &str) -> String {
    let head = super::keep::heap(operation);
    format!(
        "SET client_min_messages = warning;
DO $release$ DECLARE one record; BEGIN
  FOR one IN SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = '_release_trash' AND c.relkind = 'r' AND left(c.relname, {}) = {} LOOP
    EXECUTE pg_catalog.format('DROP TABLE IF EXISTS _release_trash.%I', one.relname);
  END LOOP;
END $release$;\n",
        head.len(),
        quote(&head)
    )
}
