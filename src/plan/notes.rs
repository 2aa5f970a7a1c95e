//! What a plan tells of the notes for whoever deploys, and what its record keeps of them.

use crate::model::{Notes, Plan};

/// The most lines that a plan shows and a record keeps; what is left out, `release notes` shows.
const LINES_MAX: usize = 20;

/// The most bytes of them. A status is sent the last sixty records, so that each has to be small.
const BYTES_MAX: usize = 1500;

/// The same plan with the notes between what is live and what goes live; what is odd about the way becomes a warning.
#[must_use]
pub fn noted(mut plan: Plan, notes: &Notes) -> Plan {
    plan.warnings.extend(notes.course());
    plan.warnings.extend(notes.incomplete.iter().cloned());
    if notes.commits == 0 {
        return plan;
    }
    plan.notes = notes.brief(LINES_MAX, BYTES_MAX);
    let kept = plan.notes.as_ref().filter(|brief| brief.count > 0);
    if let Some(text) = kept.and_then(|brief| serde_json::to_string(brief).ok()) {
        for host in &mut plan.hosts {
            host.record.push_str(&format!(",\"notes\":{text}"));
        }
    }
    plan
}
