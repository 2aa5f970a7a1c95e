//! The branch that one is on, and where it is pushed to.

use git2::Repository;

use super::repository::unreadable;
use crate::model::Failure;

/// A local branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// `main`
    pub name: String,
    /// The remote that it follows, and the name that it has there.
    pub upstream: Option<(String, String)>,
}

impl Branch {
    /// The branch that HEAD is on.
    ///
    /// # Errors
    /// It is on none.
    pub fn current(repository: &Repository) -> Result<Self, Failure> {
        let head = repository.head().map_err(|error| unreadable("HEAD", &error))?;
        let name = head.shorthand().ok().filter(|_| head.is_branch()).map(str::to_owned);
        let Some(name) = name else {
            return Err(Failure::refused("HEAD", "is on no branch (detached)")
                .why("the new version's commit would belong to none")
                .hint("git switch BRANCH"));
        };
        let upstream = upstream(repository, &name);
        Ok(Self { name, upstream })
    }
}

fn upstream(repository: &Repository, name: &str) -> Option<(String, String)> {
    let config = repository.config().ok()?.snapshot().ok()?;
    let remote = config.get_str(&format!("branch.{name}.remote")).ok()?;
    let merge = config.get_str(&format!("branch.{name}.merge")).ok()?;
    let there = merge.strip_prefix("refs/heads/")?;
    (remote != ".").then(|| (remote.to_owned(), there.to_owned()))
}

/// The names of all remotes.
pub fn remotes(repository: &Repository) -> Vec<String> {
    let names = repository.remotes().ok();
    names.iter().flat_map(|names| names.iter()).filter_map(|name| name.ok().flatten()).map(str::to_owned).collect()
}
