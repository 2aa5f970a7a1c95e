//! Finding the repository.

use std::path::{Path, PathBuf};

use git2::{ErrorCode, Repository};

use crate::model::Failure;

/// The repository around a directory.
///
/// # Errors
/// There is none, it can't be read, or another user owns it (what git calls `safe.directory`).
pub fn open(dir: &Path) -> Result<Repository, Failure> {
    Repository::discover(dir).map_err(|error| {
        let place = dir.display().to_string();
        match error.code() {
            ErrorCode::NotFound => Failure::usage(place, "there is no git repository here").hint("git init"),
            ErrorCode::Owner => Failure::usage(place, "the git repository belongs to another user")
                .why("its configuration is not trusted")
                .hint("git config --global --add safe.directory DIR"),
            _ => Failure::usage(place, "the git repository can't be read").why(error.message().to_owned()),
        }
    })
}

/// Where the files of the repository around a directory are; `None` when there is none, or when it has no files of its own (bare).
pub fn work_tree(dir: &Path) -> Option<PathBuf> {
    Repository::discover(dir).ok().and_then(|found| Some(found.workdir()?.to_owned()))
}

/// The refusal of a repository, or of something in it, that libgit2 can't read.
pub(super) fn unreadable(place: &str, error: &git2::Error) -> Failure {
    Failure::refused(place, "git can't read it").why(error.message().to_owned()).hint("git fsck")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_it_from_below_and_says_when_there_is_none() {
        let home = tempfile::tempdir().unwrap();
        let failure = open(home.path()).err().unwrap();
        assert_eq!(failure.what, "there is no git repository here");
        Repository::init(home.path()).unwrap();
        let below = home.path().join("a/b");
        std::fs::create_dir_all(&below).unwrap();
        open(&below).unwrap();
    }
}
