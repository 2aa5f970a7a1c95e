//! That a ledger, or lines of it, are no records: cut short by a full disk, torn by one that lost power, or gone.

use crate::model::Observed;

/// What is said of such lines, as far as they were seen.
pub fn damage(observed: &Observed) -> Option<String> {
    if observed.ledger_unread > 0 {
        return Some(damage_of(&observed.base, observed.ledger_unread));
    }
    let is_gone = observed.ledger_lines == 0 && observed.releases.iter().any(|release| release.meta.is_some());
    // While the first operation is under way, its release is there before its record.
    let is_at_rest = observed.lock.is_none() && observed.open.is_empty();
    (is_gone && is_at_rest).then(|| {
        let base = &observed.base;
        format!("there are releases, and {base}/.release/ledger is empty or gone: which of them were live and good is not known, nor what was pinned")
    })
}

/// The same of so many lines.
pub fn damage_of(base: &str, lines: u64) -> String {
    format!(
        "{lines} line{} of {base}/.release/ledger can't be read: what they recorded, as a release to roll back to, is not known",
        if lines == 1 { "" } else { "s" }
    )
}
