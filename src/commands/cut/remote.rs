//! What the other side of the push says: beforehand, and when it did not take it.

use super::plan::Cut;
use crate::git::OwnGit;
use crate::model::notes::short;
use crate::model::sequence::{self, Part};
use crate::model::{Exit, Failure};

/// Refuses a version that could not be pushed once it is live: its branch would not be taken, or its tag is there already.
///
/// # Errors
/// So it is, or the remote can't be reached.
pub async fn would_take(git: &OwnGit, cut: &Cut<'_>) -> Result<(), Failure> {
    let Some(remote) = &cut.remote else { return Ok(()) };
    if let Some(taken) = taken(git, cut, remote).await? {
        return Err(taken);
    }
    git.could_push(remote, &[&cut.branch_ref()]).await.map_err(|failure| {
        let hint = format!("git pull --rebase {remote} {}, or --no-push to keep it here", cut.branch.name);
        Failure { exit: Exit::Refused, ..failure.hint(hint) }
    })
}

/// Why a push was not taken, as the commands that lead out of it; `None`: the same cut may be tried again.
pub async fn way_out(git: &OwnGit, cut: &Cut<'_>, remote: &str) -> Option<String> {
    if let Ok(Some(taken)) = taken(git, cut, remote).await {
        let tag = &cut.tag;
        return taken.hint.map(|hint| format!("git tag -d {tag}, for somebody else has it now; {hint}"));
    }
    let (branch, tag) = (&cut.branch.name, &cut.tag);
    let moved = git.could_push(remote, &[&cut.branch_ref()]).await.is_err();
    // The tag stays on the commit that was tested and is live.
    moved.then(|| format!("git pull --no-rebase {remote} {branch}, then: git push --atomic {remote} {branch} {tag}"))
}

/// The refusal, where the other side has a tag of this version on another commit.
async fn taken(git: &OwnGit, cut: &Cut<'_>, remote: &str) -> Result<Option<Failure>, Failure> {
    let names = [cut.version.to_string(), format!("v{}", cut.version)];
    let there = git.remote_tags(remote, &names).await.map_err(|failure| {
        let hint = format!("git ls-remote {remote}, or --no-push to keep it here");
        Failure { exit: Exit::Refused, ..failure.hint(hint) }
    })?;
    let ours = cut.head.commit();
    let Some((tag, commit)) = there.into_iter().find(|(_, commit)| *commit != ours) else { return Ok(None) };
    let next = sequence::next(&cut.version, Part::Last).map_or("VERSION".to_owned(), |next| next.to_string());
    Ok(Some(
        Failure::refused(remote, format!("has a tag {tag} already, on another commit: {}", short(&commit)))
            .why(format!("somebody else cut that version; HEAD is {}", short(&ours)))
            .hint(format!("git fetch --tags {remote}, then: release cut {next}")),
    ))
}
