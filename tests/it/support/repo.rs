//! A real git repository in a world's project, made by the real `git`.

use std::path::{Path, PathBuf};

use super::run::Run;
use super::world::World;

/// The repository around the project's hosts.toml.
#[derive(Debug, Clone, Copy)]
pub struct Repo<'a> {
    world: &'a World,
}

impl<'a> Repo<'a> {
    /// An empty one, on `main`; the operator has a name.
    pub fn init(world: &'a World) -> Self {
        let identity = "[user]\n\tname = Operator\n\temail = operator@example.org\n[init]\n\tdefaultBranch = main\n";
        std::fs::write(world.home().join(".gitconfig"), identity).unwrap();
        let repo = Self { world };
        repo.git(&["init", "-q", "."]);
        world.write(".gitignore", "/ssh_config\n/dist/\n*.log\n");
        repo
    }

    /// The one that is there.
    pub fn of(world: &'a World) -> Self {
        Self { world }
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.world.project()
    }

    /// Runs git here, to its end; gives what it printed.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.path(), args).ok()
    }

    /// Runs git in another directory.
    #[track_caller]
    pub fn git_in(&self, dir: &Path, args: &[&str]) -> Run {
        let mut git = self.world.command("git");
        git.current_dir(dir).args(args);
        Run::of(git)
    }

    /// Writes files and commits everything; gives the commit.
    #[track_caller]
    pub fn commit(&self, message: &str, files: &[(&str, &str)]) -> String {
        for (path, content) in files {
            self.world.write(path, content);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.head()
    }

    /// What HEAD is.
    #[track_caller]
    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// An annotated tag on HEAD.
    #[track_caller]
    pub fn tag(&self, name: &str) {
        self.git(&["tag", "-a", "-m", "about it", name]);
    }

    /// A bare repository beside the project, as its `origin`, with what is here so far.
    #[track_caller]
    pub fn origin(&self) -> PathBuf {
        let path = self.world.root().join("origin.git");
        self.git_in(self.world.root(), &["init", "-q", "--bare", path.to_str().unwrap()]).ok();
        self.git(&["remote", "add", "origin", path.to_str().unwrap()]);
        self.git(&["push", "-q", "-u", "origin", "main", "--tags"]);
        path
    }
}
