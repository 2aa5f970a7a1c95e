//! That lines of a ledger are no records: cut short by a full disk, or torn by one that lost power.

use crate::model::Observed;

/// What is said of such lines, as far as they were seen.
pub fn damage(observed: &Observed) -> Option<String> {
    (observed.ledger_unread > 0).then(|| damage_of(&observed.base, observed.ledger_unread))
}

/// The same of so many lines.
pub fn damage_of(base: &str, lines: u64) -> String {
    format!(
        "{lines} line{} of {base}/.release/ledger can't be read: what they recorded, as a release to roll back to, is not known",
        if lines == 1 { "" } else { "s" }
    )
}
