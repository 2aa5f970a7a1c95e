//! A deploy's plan with the notes between what is live and what goes live, where the repository knows both.

use super::Context;
use super::live::Serves;
use crate::artifact::Artifact;
use crate::git::{self, Repository};
use crate::model::notes::short;
use crate::model::target::Target;
use crate::model::{Notes, Plan};
use crate::plan::{self, Seen};

/// Adds them. A plan without them is as good: that there is no repository is no failure. That they can't be told is said where this
/// repository is the one that should know.
pub fn noted(
    context: &Context,
    target: &Target,
    mut plan: Plan,
    artifact: Option<&Artifact>,
    fleet: &[Seen<'_>],
) -> Plan {
    let Some((artifact, to)) = artifact.and_then(|artifact| Some((artifact, artifact.commit.as_deref()?))) else {
        return plan;
    };
    let Ok(repository) = git::open(&context.project()) else { return plan };
    let lives = lives(target, fleet);
    plan.warnings.extend(unknown(&repository, artifact, to, &lives));
    match between(&repository, artifact, to, lives) {
        Some(notes) => plan::noted(plan, &notes),
        None => plan,
    }
}

/// What is live, by its commit and its version.
type Live = (String, String);

fn lives(target: &Target, fleet: &[Seen<'_>]) -> Vec<Live> {
    let mut lives: Vec<Live> = fleet
        .iter()
        .filter_map(|(_, observed)| match Serves::of(target, observed) {
            Serves::Release { version, commit } => Some((commit?, version)),
            _ => None,
        })
        .collect();
    lives.sort();
    lives.dedup_by(|a, b| a.0 == b.0);
    lives
}

/// That the notes can't be told, for commits that are not here. A repository that knows none of them is another project's, unless
/// it is shallow.
fn unknown(repository: &Repository, artifact: &Artifact, to: &str, lives: &[Live]) -> Option<String> {
    let new = (to.to_owned(), artifact.version.to_string());
    let (known, missing): (Vec<&Live>, Vec<&Live>) =
        lives.iter().chain([&new]).partition(|(commit, _)| git::knows(repository, commit));
    if missing.is_empty() || lives.is_empty() || (known.is_empty() && !repository.is_shallow()) {
        return None;
    }
    let named = |(commit, version): &&Live| format!("{version} ({})", short(commit));
    let missing: Vec<String> = missing.iter().map(named).collect();
    let (here, way) = match repository.is_shallow() {
        true => ("this shallow clone", "git fetch --unshallow --tags"),
        false => ("this repository", "git fetch --tags"),
    };
    let (version, missing) = (&artifact.version, missing.join(", "));
    Some(format!("the notes up to {version} are not known: {here} does not have the commit of {missing}: {way}"))
}

/// From the host that is farthest behind: what is to be done for it is to be done.
fn between(repository: &Repository, artifact: &Artifact, to: &str, lives: Vec<Live>) -> Option<Notes> {
    let notes = lives.into_iter().filter_map(|(commit, version)| {
        let mut notes = git::notes(repository, Some(&commit), to).ok()?;
        notes.to.name = artifact.version.to_string();
        if let Some(from) = &mut notes.from {
            from.name = version;
        }
        Some(notes)
    });
    notes.max_by_key(|notes| (notes.commits, notes.lost))
}
