//! Which commits touch some paths.

use std::collections::HashMap;

use git2::{Error, Oid, Repository};

use super::range::{between, commit_of, unreadable};
use crate::model::Failure;

/// What stands at each path in a commit.
type Stand = Vec<Option<Oid>>;

/// How many of the commits that `to` has and `from` has not change what stands at one of the paths, files or directories. A
/// merge that takes over what one of its parents has changes nothing.
///
/// # Errors
/// git knows no such commit, or its history can't be read.
pub fn touching(repository: &Repository, from: &str, to: &str, paths: &[&str]) -> Result<usize, Failure> {
    let (from, to) = (commit_of(repository, from)?.id(), commit_of(repository, to)?.id());
    let commits = between(repository, Some(from), to)?;
    let mut seen = Seen { repository, paths, known: HashMap::new() };
    let touched = commits.into_iter().map(|commit| seen.is_touched(commit));
    touched
        .filter(|touched| !matches!(touched, Ok(false)))
        .collect::<Result<Vec<_>, _>>()
        .map(|all| all.len())
        .map_err(|error| unreadable(&error))
}

/// Each commit is looked at once, though it may be the parent of many.
struct Seen<'r> {
    repository: &'r Repository,
    paths: &'r [&'r str],
    known: HashMap<Oid, Stand>,
}

impl Seen<'_> {
    fn is_touched(&mut self, commit: Oid) -> Result<bool, Error> {
        let own = self.stand(commit)?;
        let parents: Vec<Oid> = self.repository.find_commit(commit)?.parent_ids().collect();
        if parents.is_empty() {
            return Ok(own.iter().any(Option::is_some));
        }
        for parent in parents {
            if self.stand(parent)? == own {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn stand(&mut self, commit: Oid) -> Result<Stand, Error> {
        if let Some(known) = self.known.get(&commit) {
            return Ok(known.clone());
        }
        let tree = self.repository.find_commit(commit)?.tree()?;
        let paths = self.paths.iter().map(|path| path.trim_matches('/'));
        let stand: Stand = paths.map(|path| tree.get_path(path.as_ref()).ok().map(|entry| entry.id())).collect();
        self.known.insert(commit, stand.clone());
        Ok(stand)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::History;
    use super::*;

    #[test]
    fn counts_commits_that_change_what_stands_there() {
        let history = History::new();
        let file = |parents: &[Oid], files: &[(&str, &str)]| history.tree(parents, files);
        let root = file(&[], &[("schema.sql", "1"), ("sql/1/a.sql", "x")]);
        let same = file(&[root], &[("schema.sql", "1"), ("sql/1/a.sql", "x"), ("other", "y")]);
        let edited = file(&[same], &[("schema.sql", "2"), ("sql/1/a.sql", "x")]);
        let added = file(&[edited], &[("schema.sql", "2"), ("sql/1/a.sql", "x"), ("sql/2/b.sql", "z")]);
        let side = file(&[root], &[("schema.sql", "1"), ("sql/1/a.sql", "x"), ("side", "s")]);
        let merge = file(&[added, side], &[("schema.sql", "2"), ("sql/1/a.sql", "x"), ("sql/2/b.sql", "z")]);
        let gone = file(&[merge], &[("other", "y")]);
        let count = |from: Oid, to: Oid, paths: &[&str]| {
            touching(&history.repository, &from.to_string(), &to.to_string(), paths).unwrap()
        };
        assert_eq!(count(root, same, &["schema.sql"]), 0);
        assert_eq!(count(root, merge, &["schema.sql"]), 1);
        assert_eq!(count(root, merge, &["schema.sql", "sql/"]), 2);
        assert_eq!(count(root, gone, &["sql"]), 2);
        assert_eq!(count(root, gone, &["not-there"]), 0);
        assert_eq!(count(side, merge, &["schema.sql", "sql"]), 2);
    }
}
