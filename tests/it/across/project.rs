//! A project with a real history: a target `view` of one host, and `prod` of two, which requires it.

use std::path::Path;

use crate::support::{HostSpec, Run, World};

/// How the project's hosts.toml begins.
pub const TOML: &str = "app = \"app\"\ndefault = \"prod\"\n[targets.view]\nhosts = [\"h1\"]\n\
                        [targets.prod]\nhosts = [\"h2\", \"h3\"]\nrequires = \"view\"\n";

/// A world whose project is a git repository.
pub struct Project {
    pub world: World,
}

impl Project {
    /// Three hosts, and a first commit, tagged v1.0.
    pub fn new() -> Self {
        let world = World::of(["h1", "h2", "h3"].into_iter().map(HostSpec::new).collect());
        let project = Self { world };
        project.world.hosts_toml(TOML);
        project.git(&["init", "-q", "-b", "main"]);
        project.world.write(".git/info/exclude", "dist/\nssh_config\nhosts.toml\n*.html\n");
        project.file("VERSION", "1");
        project.git(&["tag", "v1.0"]);
        project
    }

    /// Runs git in the project; gives what it prints.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.world.project(), args)
    }

    /// Runs git elsewhere.
    #[track_caller]
    pub fn git_in(&self, dir: &Path, args: &[&str]) -> String {
        let mut git = self.world.command("git");
        git.current_dir(dir).args(["-c", "user.name=A U Thor", "-c", "user.email=a@example.org", "-c", "gc.auto=0"]);
        git.args(args);
        Run::of(git).ok()
    }

    /// Commits what is there, if only a message; gives the commit.
    #[track_caller]
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Commits a note for whoever deploys.
    #[track_caller]
    pub fn note(&self, note: &str) -> String {
        self.commit(&format!("about {note}\n\nDeployment:\n\n- {note}\n\nSigned-off-by: A <a@example.org>"))
    }

    /// Commits a file.
    #[track_caller]
    pub fn file(&self, path: &str, content: &str) -> String {
        self.world.write(path, content);
        self.commit(&format!("write {path}"))
    }

    /// Builds HEAD as this version into `dist/`.
    #[track_caller]
    pub fn build(&self, version: &str) {
        std::fs::create_dir_all(self.world.project().join("dist")).unwrap();
        let prefix = format!("--prefix=app-{version}/");
        self.git(&["archive", &prefix, "-o", &format!("dist/app-{version}.tar.gz"), "HEAD"]);
    }

    /// Builds HEAD and deploys it to each of these targets.
    #[track_caller]
    pub fn ship(&self, version: &str, targets: &[&str]) {
        self.build(version);
        for target in targets {
            self.release(&[target, version]).expect(0);
        }
    }

    /// Runs the binary.
    #[track_caller]
    pub fn release(&self, args: &[&str]) -> Run {
        self.world.release(args)
    }

    /// The one pair of `status --json`.
    #[track_caller]
    pub fn behind(&self) -> serde_json::Value {
        let document = self.release(&["status", "--json"]).json();
        assert_eq!(document["behind"].as_array().unwrap().len(), 1, "{document}");
        document["behind"][0].clone()
    }
}
