//! What the `.gitignore` files of a checkout leave out.

use std::path::Path;

use git2::{Repository, RepositoryInitOptions};

use super::repository::unreadable;
use crate::model::Failure;

/// The rules of a directory that is no repository of its own.
pub struct Ignores(Repository);

impl Ignores {
    /// Those of the files in `work_tree`; `scratch` is an empty directory that is given up for it.
    ///
    /// # Errors
    /// Nothing can be written to `scratch`.
    pub fn of(work_tree: &Path, scratch: &Path) -> Result<Self, Failure> {
        let mut options = RepositoryInitOptions::new();
        options.no_dotgit_dir(true).external_template(false).workdir_path(work_tree);
        let repository = Repository::init_opts(scratch, &options);
        repository.map(Self).map_err(|error| unreadable(&scratch.display().to_string(), &error))
    }

    /// Whether they leave out this path, from the top.
    pub fn ignores(&self, path: &str) -> bool {
        self.0.is_path_ignored(path).unwrap_or(false)
    }
}
