//! Who holds tables for longer than a moment, and would block an upgrade until it gives up.

use serde_json::Value;

use super::catalog::texts;
use super::complaint;
use crate::schema::{Client, Error, Holder, Output, Refusal};

/// Locks of the database's tables that others hold. An autovacuum lets go of them when somebody waits.
const HELD: &str = "pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_stat_activity a ON a.pid = l.pid
  LEFT JOIN pg_locks t ON l.pid IS NULL AND t.pid IS NULL AND t.locktype = 'transactionid' AND t.virtualtransaction = l.virtualtransaction
  LEFT JOIN pg_prepared_xacts x ON x.transaction = t.transactionid
WHERE l.locktype = 'relation' AND l.granted AND c.relkind IN ('r', 'p', 'm', 'v', 'f') AND n.nspname !~ '^(pg_|_release|information_schema$)'
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.pid IS DISTINCT FROM pg_backend_pid() AND to_jsonb(a) ->> 'leader_pid' IS NULL
  AND (l.pid IS NULL OR a.usename IS NOT NULL OR a.query LIKE '%to prevent wraparound%')
  AND coalesce(a.application_name, '') NOT IN ('release', 'release-watch')";

/// Two looks, a second apart: what is the same transaction in both is none of those that come and go. Not by its age, which an
/// account sees of its own sessions alone.
fn script() -> String {
    format!(
        "SET client_min_messages = warning;
SET search_path = '';
SELECT coalesce(string_agg(DISTINCT l.virtualtransaction, ','), '') AS release_held FROM {HELD} \\gset
SELECT :'release_held' <> '' AS release_any \\gset
\\if :release_any
SELECT count(pg_sleep(1)) AS release_slept \\gset
SELECT jsonb_build_object('pid', max(l.pid), 'gid', max(x.gid), 'app', max(a.application_name), 'user', max(coalesce(a.usename, x.owner)),
  'age', max(extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, x.prepared)))::bigint, 'state', max(a.state),
  'query', left(regexp_replace(max(a.query), '\\s+', ' ', 'g'), 120), 'tables', jsonb_agg(DISTINCT c.relname))
FROM {HELD} AND l.virtualtransaction = ANY (string_to_array(:'release_held', ',')) GROUP BY l.virtualtransaction ORDER BY max(l.pid);
\\endif
"
    )
}

/// Who they are.
///
/// # Errors
/// The client could not be run, or the database said no.
pub async fn holders<C: Client>(client: &mut C) -> Result<Vec<Holder>, Error<C::Error>> {
    let output = client.run(&script()).await.map_err(Error::Client)?;
    Ok(read(&output)?)
}

fn read(output: &Output) -> Result<Vec<Holder>, Refusal> {
    if !output.ok() {
        return Err(Refusal::Database(complaint(&output.stderr)));
    }
    let rows = output.stdout.lines().filter_map(|line| serde_json::from_str(line).ok());
    Ok(rows.map(|row: Value| holder(&row)).collect())
}

fn holder(row: &Value) -> Holder {
    let text = |key: &str| row[key].as_str().filter(|text| !text.is_empty());
    let who = match (row["pid"].as_i64(), text("app"), text("user")) {
        (Some(pid), app, user) => {
            let app = app.map(|app| format!("{app}, ")).unwrap_or_default();
            format!("pid {pid} ({app}user {})", user.unwrap_or("unknown"))
        }
        (None, _, user) => format!(
            "the prepared transaction {} (user {})",
            text("gid").unwrap_or("of another database"),
            user.unwrap_or("unknown")
        ),
    };
    let age = row["age"].as_i64().map(|age| format!(", since {age} s")).unwrap_or_default();
    let state = text("state").map(|state| format!(", {state}")).unwrap_or_default();
    let query = text("query").map(|query| format!(": {query}")).unwrap_or_default();
    Holder {
        said: format!("{who}{age}{state}{query}"),
        tables: texts(&row["tables"]).into_iter().map(str::to_owned).collect(),
    }
}
