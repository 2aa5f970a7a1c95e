//! Which commit a word means.

use git2::{Commit, ErrorCode, ObjectType, Oid, Reference, Repository};

use super::repository::unreadable;
use crate::model::Failure;

/// A commit, and what it was called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    pub(super) id: Oid,
    /// When it was made, in seconds since 1970; what its committer's clock said.
    pub time: i64,
    /// The tag that was named, without `refs/tags/`.
    pub tag: Option<String>,
    /// `HEAD` was meant: what lies in the work tree matters.
    pub is_head: bool,
    /// A sentence about a word that could have meant something else.
    pub warning: Option<String>,
}

impl Revision {
    /// The commit's id, as hex digits.
    pub fn commit(&self) -> String {
        self.id.to_string()
    }

    fn of(commit: &Commit<'_>) -> Self {
        Self { id: commit.id(), time: commit.time().seconds(), tag: None, is_head: false, warning: None }
    }
}

/// The commit that a word means, in this order: `HEAD` (as no word does), a full name (`refs/...`), a tag of this name, the
/// tag of a version with or without its `v`, a branch, a remote's branch, and then whatever git understands (an id or the
/// beginning of one, `main~2`, what `git describe` prints).
///
/// # Errors
/// It means none.
pub fn resolve(repository: &Repository, word: Option<&str>) -> Result<Revision, Failure> {
    match word {
        None | Some("HEAD" | "@") => head(repository),
        Some(word) => {
            let named = if word.starts_with("refs/") {
                by_name(repository, word, word)?
            } else {
                tagged(repository, word)?.map_or_else(|| branch(repository, word), |tagged| Ok(Some(tagged)))?
            };
            named.map_or_else(|| by_git(repository, word), Ok)
        }
    }
}

fn head(repository: &Repository) -> Result<Revision, Failure> {
    let commit = repository.head().and_then(|head| head.peel_to_commit()).map_err(|error| match error.code() {
        ErrorCode::UnbornBranch | ErrorCode::NotFound => {
            Failure::usage("HEAD", "there is no commit yet").hint("git commit")
        }
        _ => unreadable("HEAD", &error),
    })?;
    Ok(Revision { is_head: true, ..Revision::of(&commit) })
}

fn tagged(repository: &Repository, word: &str) -> Result<Option<Revision>, Failure> {
    for name in spellings(word) {
        if let Some(found) = by_name(repository, &format!("refs/tags/{name}"), word)? {
            let also = repository.find_reference(&format!("refs/heads/{word}")).is_ok();
            let warning = also.then(|| format!("{word:?} is a tag and a branch; the tag is meant"));
            let warning = warning.or_else(|| spelled_twice(repository, &name, &found));
            return Ok(Some(Revision { tag: Some(name), warning, ..found }));
        }
    }
    Ok(None)
}

/// The commit that a version's tag is on, if there is such a tag.
///
/// # Errors
/// The tag is on no commit.
pub fn tag_of(repository: &Repository, version: &str) -> Result<Option<Revision>, Failure> {
    tagged(repository, version)
}

/// A sentence on the tag that differs by its `v` alone and is on another commit.
fn spelled_twice(repository: &Repository, name: &str, found: &Revision) -> Option<String> {
    let other = spellings(name).pop().filter(|other| other != name)?;
    let there = by_name(repository, &format!("refs/tags/{other}"), &other).ok()??;
    (there.id != found.id).then(|| {
        let (meant, not) = (&found.commit()[..12], &there.commit()[..12]);
        format!("there are two tags of this version: {name} on {meant}, which is meant, and {other} on {not}")
    })
}

/// The names of tags that a word may mean, best first: `0.940` is also `v0.940`, and the other way round.
fn spellings(word: &str) -> Vec<String> {
    let starts_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let other = match word.strip_prefix('v') {
        Some(rest) if starts_with_digit(rest) => Some(rest.to_owned()),
        _ if starts_with_digit(word) => Some(format!("v{word}")),
        _ => None,
    };
    std::iter::once(word.to_owned()).chain(other).collect()
}

fn branch(repository: &Repository, word: &str) -> Result<Option<Revision>, Failure> {
    match by_name(repository, &format!("refs/heads/{word}"), word)? {
        Some(found) => Ok(Some(found)),
        None => by_name(repository, &format!("refs/remotes/{word}"), word),
    }
}

/// The commit of a ref; `None` when there is no such ref, also because git takes no such name.
fn by_name(repository: &Repository, name: &str, word: &str) -> Result<Option<Revision>, Failure> {
    let Ok(reference) = repository.find_reference(name) else { return Ok(None) };
    let commit = reference.peel_to_commit().map_err(|error| on_no_commit(&reference, word, &error))?;
    Ok(Some(Revision::of(&commit)))
}

fn on_no_commit(reference: &Reference<'_>, word: &str, error: &git2::Error) -> Failure {
    let object = reference.peel(ObjectType::Any).ok();
    // A tag of a tag is peeled as far as it goes.
    let kind = object.and_then(|object| match object.as_tag() {
        Some(tag) => tag.peel().ok().and_then(|object| object.kind()),
        None => object.kind(),
    });
    match kind {
        Some(kind @ (ObjectType::Blob | ObjectType::Tree)) => {
            let kind = if kind == ObjectType::Blob { "file" } else { "directory" };
            Failure::usage(format!("{word:?}"), format!("is on a {kind}, not on a commit"))
                .hint("name a commit, a branch, or a tag of a commit")
        }
        _ => unreadable(word, error),
    }
}

fn by_git(repository: &Repository, word: &str) -> Result<Revision, Failure> {
    let failure = |what: &str| Failure::usage("", format!("{word:?} {what}"));
    let object = repository.revparse_single(word).map_err(|error| match error.code() {
        ErrorCode::Ambiguous => failure("is the beginning of several ids").hint("write more of it"),
        _ => failure("is no tag, branch or commit of this repository").hint("git tag --list, or git fetch --tags"),
    })?;
    match object.peel_to_commit() {
        Ok(commit) => Ok(Revision::of(&commit)),
        Err(_) => Err(failure("is not a commit").hint("name a commit, a branch, or a tag of a commit")),
    }
}

#[cfg(test)]
mod tests;
