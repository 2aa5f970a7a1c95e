//! Versions in the names of tags, and the version of a commit.

use git2::{Oid, Repository, Sort};

use super::Revision;
use super::repository::unreadable;
use crate::model::{Failure, Version, sequence};

/// How many digits of its id stand in the version of a commit without a tag. Always as many: git's own count grows with the
/// repository, and the same commit must have the same name everywhere.
const DIGITS: usize = 10;

/// More lines of history that end in a version of their own are not looked at.
const CANDIDATES: usize = 32;

/// A tag that names a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionTag {
    /// `0.940` or `v0.940`.
    pub name: String,
    /// `0.940`
    pub version: Version,
    pub(super) commit: Oid,
    annotated: bool,
}

impl VersionTag {
    /// The commit that it is on, as hex digits.
    pub fn commit(&self) -> String {
        self.commit.to_string()
    }
}

/// The version in a tag's name: it begins with a digit, or with a `v` before one, which is left out.
pub fn version_in(name: &str) -> Option<Version> {
    let text = name.strip_prefix('v').unwrap_or(name);
    text.starts_with(|c: char| c.is_ascii_digit()).then(|| text.parse().ok())?
}

/// All tags that name a version and are on a commit.
///
/// # Errors
/// The refs can't be read.
pub fn version_tags(repository: &Repository) -> Result<Vec<VersionTag>, Failure> {
    let failed = |error: git2::Error| unreadable("refs/tags", &error);
    let mut tags = Vec::new();
    for reference in repository.references_glob("refs/tags/*").map_err(failed)? {
        let Ok(reference) = reference else { continue };
        let Some(name) = reference.name().ok().and_then(|name| name.strip_prefix("refs/tags/")) else { continue };
        let (Some(version), Ok(commit)) = (version_in(name), reference.peel_to_commit()) else { continue };
        let annotated = reference.target() != Some(commit.id());
        tags.push(VersionTag { name: name.to_owned(), version, commit: commit.id(), annotated });
    }
    Ok(tags)
}

/// The version that a commit comes after: of the tags in its history the one with the fewest commits in between, and how
/// many those are. Of several on one commit it is an annotated one, and the highest. Dates of commits don't matter.
///
/// # Errors
/// The history can't be read.
pub fn nearest(repository: &Repository, from: &Revision) -> Result<Option<(VersionTag, usize)>, Failure> {
    let failed = |error: git2::Error| unreadable("the history", &error);
    let tags = version_tags(repository)?;
    let mut found: Vec<(VersionTag, usize)> = Vec::new();
    while found.len() < CANDIDATES {
        let mut walk = repository.revwalk().map_err(failed)?;
        walk.push(from.id).map_err(failed)?;
        for (tag, _) in &found {
            walk.hide(tag.commit).map_err(failed)?;
        }
        let mut next = None;
        for id in walk {
            let id = id.map_err(failed)?;
            next = tags.iter().filter(|tag| tag.commit == id).max_by(|a, b| better(a, b));
            if next.is_some() {
                break;
            }
        }
        let Some(next) = next else { break };
        let (ahead, _) = repository.graph_ahead_behind(from.id, next.commit).map_err(failed)?;
        found.push((next.clone(), ahead));
    }
    Ok(found.into_iter().min_by(|(a, a_ahead), (b, b_ahead)| a_ahead.cmp(b_ahead).then_with(|| better(b, a))))
}

fn better(a: &VersionTag, b: &VersionTag) -> std::cmp::Ordering {
    a.annotated
        .cmp(&b.annotated)
        .then_with(|| sequence::compare(&a.version, &b.version))
        .then_with(|| b.name.cmp(&a.name))
}

/// The version of what is built from a commit: that of the tag that was named, else of the one on it, else the nearest one
/// with the number of commits since and the commit's id, as `git describe` has it: `0.940-14-g1234567890`.
///
/// # Errors
/// The history can't be read, or it is a shallow clone's, where that number would not be the same everywhere.
pub fn version_of(repository: &Repository, revision: &Revision) -> Result<Version, Failure> {
    if let Some(version) = revision.tag.as_deref().and_then(version_in) {
        return Ok(version);
    }
    let on_it = |tag: &VersionTag| tag.commit == revision.id;
    if let Some(tag) = version_tags(repository)?.into_iter().filter(on_it).max_by(better) {
        return Ok(tag.version);
    }
    if repository.is_shallow() {
        return Err(Failure::refused("HEAD", "this clone is shallow, and no version's tag is on the commit")
            .why("its version says how many commits it is after the last tag")
            .hint("git fetch --unshallow --tags"));
    }
    let (base, commits) = match nearest(repository, revision)? {
        Some((tag, ahead)) => (tag.version.to_string(), ahead),
        None => ("0".to_owned(), length(repository, revision)?),
    };
    let text = format!("{base}-{commits}-g{}", &revision.commit()[..DIGITS]);
    text.parse().map_err(|error: crate::model::release_id::InvalidVersion| {
        Failure::refused("HEAD", format!("{text:?} is no version")).why(error.to_string()).hint("git tag -a 1.0")
    })
}

/// A sentence on the tags of several versions on a commit that was named by none of them: one is taken.
pub fn choice(repository: &Repository, revision: &Revision) -> Option<String> {
    let on_it = |tag: &VersionTag| tag.commit == revision.id;
    let mut tags: Vec<VersionTag> = version_tags(repository).ok()?.into_iter().filter(on_it).collect();
    tags.sort_by(|a, b| better(b, a));
    let (taken, others) = tags.split_first()?;
    let others: Vec<&str> =
        others.iter().filter(|other| other.version != taken.version).map(|other| other.name.as_str()).collect();
    let named = revision.tag.as_deref().and_then(version_in).is_some();
    (!named && !others.is_empty())
        .then(|| format!("the commit has several versions' tags: {} is taken, not {}", taken.name, others.join(", ")))
}

/// Is a version's tag on the commit?
pub fn is_tagged(repository: &Repository, revision: &Revision) -> bool {
    version_tags(repository).is_ok_and(|tags| tags.iter().any(|tag| tag.commit == revision.id))
}

fn length(repository: &Repository, from: &Revision) -> Result<usize, Failure> {
    let failed = |error: git2::Error| unreadable("the history", &error);
    let mut walk = repository.revwalk().map_err(failed)?;
    walk.set_sorting(Sort::NONE).map_err(failed)?;
    walk.push(from.id).map_err(failed)?;
    Ok(walk.count())
}

#[cfg(test)]
mod tests;
