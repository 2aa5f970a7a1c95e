//! That `live` is not what the ledger says.

use crate::model::{History, Live, Observed, RecordOutcome, Target};

/// That somebody has led `live` elsewhere, or has taken it away, and the way back to what was deployed.
///
/// Nothing is said while an operation is under way or has to be recovered: until its record is there, the two may differ. Nor where
/// the record may be the one that can't be read.
pub fn by_hand(target: &Target, observed: &Observed) -> Option<String> {
    if observed.lock.is_some() || !observed.open.is_empty() || observed.ledger_doubt {
        return None;
    }
    let history = History::of(&observed.ledger);
    let recorded = history.live()?;
    let real = observed.live_release(&target.releases);
    let what = match (&observed.live, &real) {
        (Live::None, _) => "taken away",
        // A release of another tool has a message of its own.
        (_, None) => return None,
        (_, Some(real)) if real == recorded => return None,
        _ if left_broken(observed) => {
            return Some(format!(
                "an operation that could not be undone has left {} as it is: release log {}",
                target.live, target.name
            ));
        }
        _ => "changed",
    };
    let way = if observed.has(recorded) {
        format!("release rollback {} --to {recorded}", target.name)
    } else {
        format!("release {} {}", target.name, recorded.version())
    };
    Some(format!(
        "{} was {what} by hand: the ledger says {}; to go back to that: {way}",
        target.live,
        recorded.version()
    ))
}

/// Is the last that was done to `live` something that broke on the way?
fn left_broken(observed: &Observed) -> bool {
    let moves = |op: &str| matches!(op, "deploy" | "promote" | "adopt" | "rollback" | "forward" | "catch-up");
    let last = observed.ledger.iter().rev().find(|record| moves(&record.op));
    last.is_some_and(|record| record.outcome == RecordOutcome::Broken)
}
