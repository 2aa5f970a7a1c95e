//! A deploy's plan with the notes between what is live and what goes live, where the repository knows both.

use super::Context;
use super::live::Serves;
use crate::artifact::Artifact;
use crate::git;
use crate::model::target::Target;
use crate::model::{Notes, Plan};
use crate::plan::{self, Seen};

/// Adds them. A plan without them is as good: that there is no repository, or that it knows no such commits, is no failure.
pub fn noted(context: &Context, target: &Target, plan: Plan, artifact: Option<&Artifact>, fleet: &[Seen<'_>]) -> Plan {
    match artifact.and_then(|artifact| between(context, target, artifact, fleet)) {
        Some(notes) => plan::noted(plan, &notes),
        None => plan,
    }
}

/// From the host that is farthest behind: what is to be done for it is to be done.
fn between(context: &Context, target: &Target, artifact: &Artifact, fleet: &[Seen<'_>]) -> Option<Notes> {
    let to = artifact.commit.as_deref()?;
    let mut lives: Vec<(String, String)> = fleet
        .iter()
        .filter_map(|(_, observed)| match Serves::of(target, observed) {
            Serves::Release { version, commit } => Some((commit?, version)),
            _ => None,
        })
        .collect();
    lives.sort();
    lives.dedup_by(|a, b| a.0 == b.0);
    let repository = git::open(&context.project()).ok()?;
    let notes = lives.into_iter().filter_map(|(commit, version)| {
        let mut notes = git::notes(&repository, Some(&commit), to).ok()?;
        notes.to.name = artifact.version.to_string();
        if let Some(from) = &mut notes.from {
            from.name = version;
        }
        Some(notes)
    });
    notes.max_by_key(|notes| (notes.commits, notes.lost))
}
