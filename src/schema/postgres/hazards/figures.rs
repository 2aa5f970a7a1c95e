//! One look at the live rows for all dangers.

use std::collections::HashMap;

use serde_json::Value;

use super::{Danger, Rows};
use crate::schema::postgres::{info, quote};
use crate::schema::{Client, Error, Hazard};

/// Says whether a text can be read as one type and then be cast to another. It lives as long as the session.
const CASTS: &str = "CREATE FUNCTION pg_temp._release_casts(v text, a text, b text) RETURNS boolean LANGUAGE plpgsql SET search_path = '' AS $release$
BEGIN
  IF v IS NULL THEN RETURN true; END IF;
  EXECUTE pg_catalog.format('SELECT %L::%s::%s', v, a, b);
  RETURN true;
EXCEPTION WHEN OTHERS THEN RETURN false;
END $release$;\n";

fn query(at: usize, rows: &Rows) -> String {
    format!(
        "WITH bad AS MATERIALIZED (SELECT {} AS k FROM {} AS t WHERE {}) SELECT jsonb_build_array({at}, (SELECT count(*) FROM bad), (SELECT jsonb_agg(k) FROM (SELECT k FROM bad ORDER BY k LIMIT 5) AS first));\n",
        rows.key, rows.table, rows.condition
    )
}

/// Dangers with what the live rows say of them. `steps`: rows will be changed before, so nothing is sure to fail.
pub async fn figures<C: Client>(
    client: &mut C,
    dangers: Vec<Danger>,
    steps: bool,
) -> Result<Vec<Hazard>, Error<C::Error>> {
    let mut script = String::from(
        "\\o /dev/null\nSET client_min_messages = error;\nSET search_path = '';\nSET row_security = off;\nSET lock_timeout = '500ms';\nSET statement_timeout = '60s';\n\\set ON_ERROR_STOP off\n",
    );
    script += CASTS;
    script += "\\o\n\\echo @figures\n";
    let mut asked = false;
    for (at, danger) in dangers.iter().enumerate() {
        if let Some(rows) = &danger.rows {
            asked = true;
            script += &query(at, rows);
        }
    }
    let mut found: HashMap<usize, (u64, Vec<String>)> = HashMap::new();
    if asked {
        let output = client.run(&script).await.map_err(Error::Client)?;
        for line in info::section(&output.stdout, "figures") {
            let Ok(list) = serde_json::from_str::<Value>(line) else { continue };
            let at = list[0].as_u64().and_then(|at| usize::try_from(at).ok());
            let keys = super::super::catalog::texts(&list[2]).into_iter().map(str::to_owned).collect();
            if let Some(at) = at {
                found.insert(at, (list[1].as_u64().unwrap_or_default(), keys));
            }
        }
    }
    Ok(dangers.into_iter().enumerate().filter_map(|(at, danger)| told(danger, found.get(&at), steps)).collect())
}

fn told(danger: Danger, figure: Option<&(u64, Vec<String>)>, steps: bool) -> Option<Hazard> {
    let counted = danger.rows.is_some();
    let (count, keys) = match figure {
        Some((count, keys)) => (Some(*count), keys.as_slice()),
        None => (None, [].as_slice()),
    };
    if danger.needs_rows && count == Some(0) {
        return None;
    }
    let number = match count {
        Some(1) => "1 row".into(),
        Some(count) => format!("{count} rows"),
        None if counted => "an unknown number of rows".into(),
        None => String::new(),
    };
    let mut detail = danger.detail.replace("{}", &number);
    if danger.fails && count.is_some_and(|count| count > 0) {
        detail += &format!(": {}", shown(keys, count.unwrap_or_default()));
        if steps {
            detail += " (before the data steps)";
        }
    }
    let fails_now = danger.fails && !steps && count.is_some_and(|count| count > 0);
    Some(Hazard { name: danger.name, object: danger.object, detail, fails_now })
}

/// The first keys, on one line.
fn shown(keys: &[String], count: u64) -> String {
    let clean = |key: &String| key.chars().map(|c| if c.is_control() { ' ' } else { c }).take(80).collect::<String>();
    let more = if count > keys.len() as u64 { ", ..." } else { "" };
    keys.iter().map(clean).collect::<Vec<_>>().join("; ") + more
}

/// A condition: the value can't be cast.
pub fn cannot_cast(value: &str, from: &str, to: &str) -> String {
    format!("NOT pg_temp._release_casts(({value})::text, {}, {})", quote(from), quote(to))
}
