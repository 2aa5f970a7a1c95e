//! What lies between two commits.

use std::collections::HashSet;

use git2::{Commit, Error, ErrorCode, ObjectType, Oid, Repository, Sort};

use crate::model::Failure;

/// The commit that a text means: a tag, a branch, digits, `HEAD~3`.
///
/// # Errors
/// git does not know it, or it is no commit.
pub(super) fn commit_of<'r>(repository: &'r Repository, text: &str) -> Result<Commit<'r>, Failure> {
    let unknown = |error: &Error| match error.code() {
        ErrorCode::Ambiguous => Failure::usage("", format!("{text:?} may be several things in git")),
        _ if is_id(text) => Failure::usage("", format!("this repository does not have the commit {text}"))
            .why("it was made elsewhere, or is not fetched yet")
            .hint("git fetch --tags"),
        _ => Failure::usage("", format!("git knows no tag, branch or commit {text:?}")).hint("git fetch --tags"),
    };
    let object = repository.revparse_single(text).map_err(|error| unknown(&error))?;
    let kind = object.kind().map_or("thing", |kind| kind.str());
    let commit = object.peel(ObjectType::Commit).ok().and_then(|object| object.into_commit().ok());
    commit.ok_or_else(|| {
        let what = if kind == "tag" { "a tag of something else".to_owned() } else { format!("a {kind}") };
        Failure::usage("", format!("{text:?} is no commit")).why(format!("it is {what}")).hint("git tag --list")
    })
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The commits that `tip` has and `known` has not, oldest first. Parents come before their children, whatever their dates
/// say; of what is not related, dates decide.
pub(super) fn between(repository: &Repository, known: Option<Oid>, tip: Oid) -> Result<Vec<Oid>, Failure> {
    walk(repository, known, tip).map_err(|error| unreadable(&error))
}

fn walk(repository: &Repository, known: Option<Oid>, tip: Oid) -> Result<Vec<Oid>, Error> {
    let mut walk = repository.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME | Sort::REVERSE)?;
    walk.push(tip)?;
    if let Some(known) = known {
        walk.hide(known)?;
    }
    let mut found = walk.collect::<Result<Vec<_>, _>>()?;
    // libgit2 stops to look for what is known when dates make it seem far away. If they lie it misses some of it, and with
    // that all that came before, down to the beginning.
    if let (Some(known), Some(oldest)) = (known, found.first())
        && repository.find_commit(*oldest)?.parent_count() == 0
    {
        let known = ancestors(repository, known)?;
        found.retain(|commit| !known.contains(commit));
    }
    Ok(found)
}

/// The commit and all that it is built on.
fn ancestors(repository: &Repository, of: Oid) -> Result<HashSet<Oid>, Error> {
    let mut walk = repository.revwalk()?;
    walk.push(of)?;
    walk.collect()
}

/// The nearest tag before a commit, and not on it: its name, and the commit that it is on.
pub(super) fn last_tag(repository: &Repository, before: Oid) -> Result<Option<(String, Oid)>, Failure> {
    nearest_tag(repository, before).map_err(|error| unreadable(&error))
}

fn nearest_tag(repository: &Repository, before: Oid) -> Result<Option<(String, Oid)>, Error> {
    let mut tagged = HashSet::new();
    for reference in repository.references_glob("refs/tags/*")? {
        tagged.extend(reference?.peel(ObjectType::Commit).map(|object| object.id()));
    }
    tagged.remove(&before);
    if tagged.is_empty() {
        return Ok(None);
    }
    let mut walk = repository.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME)?;
    walk.push(before)?;
    for commit in walk {
        let commit = commit?;
        if tagged.contains(&commit) {
            let name = super::refs_of(repository.path(), &commit.to_string());
            return Ok(Some((name.unwrap_or_else(|| commit.to_string()), commit)));
        }
    }
    Ok(None)
}

/// Why the history that this repository shows may not be all of it.
pub(super) fn incomplete(repository: &Repository) -> Vec<String> {
    let mut all = Vec::new();
    let grafts = std::fs::metadata(repository.commondir().join("info/grafts"));
    let replaced = repository.references_glob("refs/replace/*").is_ok_and(|mut found| found.next().is_some());
    if repository.is_shallow() {
        all.push("this is a shallow clone, so the history may be incomplete: git fetch --unshallow".to_owned());
    }
    if grafts.is_ok_and(|file| file.len() > 0) {
        all.push("info/grafts changes the history, which may be incomplete".to_owned());
    }
    if replaced {
        all.push("there are replace refs, which are not followed, so the history may be incomplete".to_owned());
    }
    all
}

/// Is one of these commits where a shallow clone ends? What lies behind it, and would count as well, nobody can say here.
pub(super) fn ends_early(repository: &Repository, commits: &[Oid]) -> bool {
    let Ok(text) = std::fs::read_to_string(repository.commondir().join("shallow")) else { return false };
    let ends: HashSet<Oid> = text.lines().filter_map(|line| Oid::from_str(line.trim()).ok()).collect();
    commits.iter().any(|commit| ends.contains(commit))
}

/// The repository itself is at fault.
pub(super) fn unreadable(error: &Error) -> Failure {
    Failure::refused("git", "the history can't be read").why(error.message().to_owned()).hint("git fsck")
}

#[cfg(test)]
mod tests;
