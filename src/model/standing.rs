//! What a ledger says of one artifact's bytes: whether they were live and good there, and whether somebody took them back.

use super::Digest;
use super::ledger::{Record, RecordOutcome};

/// How some bytes stand with a host.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing<'a> {
    /// Its ledger knows nothing of them having been live.
    Unknown,
    /// They were live and good, and left, if they have left, for something newer.
    Good,
    /// They were live, and a rollback took them out of service: somebody found them bad.
    TakenBack(&'a Record),
}

/// Follows the records from the first to the last. What failed on its way counts for nothing, and the last word counts: what
/// was rolled back and then went live again is good.
pub fn standing(records: &[Record], bytes: Digest) -> Standing<'_> {
    let mut known = Standing::Unknown;
    for record in records.iter().filter(|record| record.goes_live()) {
        if record.sha256 == Some(bytes) {
            known = Standing::Good;
        } else if record.op == "rollback" && known != Standing::Unknown && left(record, records) == Some(bytes) {
            known = Standing::TakenBack(record);
        }
    }
    known
}

/// The bytes that a record took out of service.
fn left(record: &Record, records: &[Record]) -> Option<Digest> {
    let release = record.left()?;
    let made = |known: &&Record| known.outcome == RecordOutcome::Committed && known.release.as_ref() == Some(&release);
    records.iter().filter(made).find_map(|known| known.sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(version: &str) -> Digest {
        Digest::of(version.as_bytes())
    }

    /// `deploy 1`: version 1 went live after what the line before made live; `!` marks what was reverted.
    fn ledger(ops: &[&str]) -> Vec<Record> {
        let mut live: Option<String> = None;
        ops.iter()
            .map(|line| {
                let (op, version) = line.split_once(' ').unwrap();
                let release = format!("20140218-114503-{version}");
                let outcome = if op.starts_with('!') { "reverted" } else { "committed" };
                let record = serde_json::json!({"id": "x", "op": op.trim_start_matches('!'), "outcome": outcome,
                    "release": release, "sha256": bytes(version), "previous": live.as_ref().map(|l| format!("releases/{l}"))});
                if outcome == "committed" && op != "pin" {
                    live = Some(release);
                }
                serde_json::from_value(record).unwrap()
            })
            .collect()
    }

    fn word(ops: &[&str], version: &str) -> &'static str {
        match standing(&ledger(ops), bytes(version)) {
            Standing::Unknown => "unknown",
            Standing::Good => "good",
            Standing::TakenBack(_) => "taken back",
        }
    }

    #[test]
    fn the_last_word_counts() {
        for (ops, version, expected) in [
            (&[][..], "1", "unknown"),
            (&["deploy 1"], "1", "good"),
            (&["promote 1"], "1", "good"),
            (&["deploy 1"], "2", "unknown"),
            (&["deploy 1", "!deploy 2"], "2", "unknown"),
            (&["deploy 1", "!deploy 2"], "1", "good"),
            (&["pin 1"], "1", "unknown"),
            (&["deploy 1", "deploy 2"], "1", "good"),
            (&["deploy 1", "deploy 2", "rollback 1"], "2", "taken back"),
            (&["deploy 1", "deploy 2", "rollback 1"], "1", "good"),
            (&["deploy 1", "deploy 2", "!rollback 1"], "2", "good"),
            (&["deploy 1", "deploy 2", "rollback 1", "forward 2"], "2", "good"),
            (&["deploy 1", "deploy 2", "rollback 1", "deploy 2"], "2", "good"),
            (&["deploy 1", "deploy 2", "rollback 1", "deploy 3"], "2", "taken back"),
            (&["deploy 1", "deploy 2", "deploy 3", "rollback 1"], "2", "good"),
            (&["deploy 1", "deploy 2", "deploy 3", "rollback 1"], "3", "taken back"),
        ] {
            assert_eq!(word(ops, version), expected, "{ops:?}: {version}");
        }
    }

    #[test]
    fn a_second_build_of_a_release_that_was_taken_back_is_other_bytes() {
        let mut records = ledger(&["deploy 1", "deploy 2", "rollback 1", "deploy 3"]);
        records[3].sha256 = Some(bytes("2 again"));
        assert_eq!(standing(&records, bytes("2 again")), Standing::Good);
        assert!(matches!(standing(&records, bytes("2")), Standing::TakenBack(record) if record.op == "rollback"));
    }
}
