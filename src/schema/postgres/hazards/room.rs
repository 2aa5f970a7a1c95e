//! Is there room for what is written anew? Known only where the server is on the host that asks, and says where its data is.

use serde_json::Value;

use super::Danger;
use crate::schema::postgres::{info, quote, refused};
use crate::schema::{Client, Error, HazardName};

/// Prints the name of the largest table and its bytes, then the KiB that are free. Over TCP the server may be anywhere.
const ASK: &str = "SELECT coalesce((SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory' AND inet_server_addr() IS NULL), '') AS dir \\gset
\\setenv RELEASE_DATA :dir
\\echo @room
SELECT jsonb_build_array(c::text, pg_total_relation_size(c)) FROM {tables} ORDER BY pg_total_relation_size(c) DESC LIMIT 1;
\\! [ ! -d \"$RELEASE_DATA\" ] || df -Pk -- \"$RELEASE_DATA\" 2>/dev/null | while read -r _ _ _ free _; do case $free in *[!0-9]* | '') ;; *) echo \"$free\" ;; esac; done
";

/// Refuses if less is free than twice the largest of the tables that are written anew: the old one is there until COMMIT, and so is
/// what the log says of the new one.
pub async fn refuse_little<C: Client>(client: &mut C, dangers: &[Danger]) -> Result<(), Error<C::Error>> {
    let rewritten = dangers.iter().filter(|danger| danger.name == HazardName::RewritesTable);
    let tables: Vec<String> =
        rewritten.filter_map(|danger| danger.rows.as_ref()).map(|rows| quote(&rows.table)).collect();
    if tables.is_empty() {
        return Ok(());
    }
    let list = format!("unnest(ARRAY[{}]::regclass[]) AS c", tables.join(", "));
    let output = client.run(&ASK.replace("{tables}", &list)).await.map_err(Error::Client)?;
    let mut lines = info::section(&output.stdout, "room");
    let largest: Value = lines.next().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    let free = lines.next().and_then(|line| line.trim().parse::<u64>().ok());
    let (Some(table), Some(bytes), Some(free)) = (largest[0].as_str(), largest[1].as_u64(), free) else {
        return Ok(());
    };
    let (size, free) = (bytes >> 10, free);
    if free >= size.saturating_mul(2) {
        return Ok(());
    }
    Err(refused(format!(
        "table {table} is written anew, which takes twice its {} for a while, and the disk of the database has {} free",
        shown(size),
        shown(free)
    ))
    .into())
}

fn shown(kib: u64) -> String {
    if kib < 10 << 10 { format!("{kib} KiB") } else { format!("{} MiB", kib >> 10) }
}
