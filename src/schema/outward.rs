//! What a request would do outside of its database if it were only tried: asked before any of it runs.

use super::sql::{self, Purpose};
use super::{Engine, Hazard, HazardName, Refusal, Request, Wanted};

/// The hazards of its texts that reach out of the database. A plan runs these texts on a scratch database, where they would
/// do outside what they say.
///
/// # Errors
/// A text may not run at all.
pub fn outward(engine: Engine, request: &Request<'_>) -> Result<Vec<Hazard>, Refusal> {
    let steps = request.before.iter().chain(request.after);
    let files = if let Wanted::After(files) = request.wanted { files } else { &[] };
    let mut found = Vec::new();
    for step in steps.chain(files) {
        found.extend(sql::check(engine, Purpose::Step, &step.name, &step.sql)?.hazards);
    }
    if let Wanted::Text { file, text } = request.wanted {
        found.extend(sql::check(engine, Purpose::Wanted, file, text)?.hazards);
    }
    found.retain(|hazard| hazard.name == HazardName::RunsShell);
    Ok(found)
}
