//! The notes for whoever deploys, between two commits.

use git2::{Commit, Oid, Repository};

use super::range::{between, commit_of, ends_early, incomplete, last_tag, unreadable};
use super::sections::{Section, sections};
use crate::model::Failure;
use crate::model::notes::{Note, Notes, Place};

/// The most bytes of text that are kept; what comes after is only counted.
const BYTES_MAX: usize = 1 << 20;

/// The most characters of a subject or a name that are kept.
const WORDS_MAX: usize = 200;

/// The `Deployment:` sections of the commits that `to` has and `from` has not, oldest first. Both are what git takes for a
/// commit: a tag, a branch, digits. Without `from`, it is the nearest tag before `to`, else nothing: all of history counts.
///
/// # Errors
/// git knows no such commit, or its history can't be read.
pub fn notes(repository: &Repository, from: Option<&str>, to: &str) -> Result<Notes, Failure> {
    let to = Known::new(repository, to)?;
    let from = match from {
        Some(from) => Some(Known::new(repository, from)?),
        None => last_tag(repository, to.id)?.map(|(name, id)| Known { name, id }),
    };
    let commits = between(repository, from.as_ref().map(|from| from.id), to.id)?;
    let lost = match &from {
        Some(from) => between(repository, Some(to.id), from.id)?,
        None => Vec::new(),
    };
    let unknown = from.is_some() && (ends_early(repository, &commits) || ends_early(repository, &lost));
    let mut found = Notes {
        from: from.map(Known::place),
        to: to.place(),
        commits: commits.len(),
        lost: lost.len(),
        unknown,
        count: 0,
        notes: Vec::new(),
        incomplete: incomplete(repository),
    };
    let odb = repository.odb().map_err(|error| unreadable(&error))?;
    let mut kept = 0;
    for commit in commits {
        // The raw object: what git2 gives of a message ends at its first NUL.
        let object = odb.read(commit).map_err(|error| unreadable(&error))?;
        for section in sections(message(object.data())) {
            found.count += 1;
            kept += section.lines.iter().map(String::len).sum::<usize>();
            if kept <= BYTES_MAX {
                found.notes.push(note(&repository.find_commit(commit).map_err(|error| unreadable(&error))?, section));
            }
        }
    }
    Ok(found)
}

/// Does the repository have this commit?
pub fn knows(repository: &Repository, commit: &str) -> bool {
    commit_of(repository, commit).is_ok()
}

/// Is a commit the other one, or one that it is built on?
pub fn is_within(repository: &Repository, older: &str, newer: &str) -> bool {
    match (commit_of(repository, older), commit_of(repository, newer)) {
        (Ok(older), Ok(newer)) => {
            older.id() == newer.id() || repository.graph_descendant_of(newer.id(), older.id()).unwrap_or(false)
        }
        _ => false,
    }
}

/// A commit and what it was called.
struct Known {
    name: String,
    id: Oid,
}

impl Known {
    fn new(repository: &Repository, name: &str) -> Result<Self, Failure> {
        Ok(Self { name: name.to_owned(), id: commit_of(repository, name)?.id() })
    }

    fn place(self) -> Place {
        Place { name: self.name, commit: self.id.to_string() }
    }
}

/// What follows the headers of a commit.
fn message(object: &[u8]) -> &[u8] {
    let end = object.windows(2).position(|pair| pair == b"\n\n");
    end.map_or(b"", |end| &object[end + 2..])
}

fn note(commit: &Commit<'_>, section: Section) -> Note {
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(WORDS_MAX).collect();
    let author = commit.author();
    Note {
        commit: commit.id().to_string(),
        subject: words(commit.summary_bytes().unwrap_or_default()),
        author: words(author.name_bytes()),
        at: jiff::Timestamp::from_second(author.when().seconds()).ok().map(|at| at.to_string()),
        lines: section.lines,
        cut: section.cut,
    }
}

#[cfg(test)]
mod tests;
