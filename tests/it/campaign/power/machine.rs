//! A machine that deploys to itself, on a disk of its own: what is on it before each cut, and what may be there after.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::crash::{Crash, Scope};
use crate::support::{FileSystem, LoopFs, Run, State, Tarball, World, end_all};

/// What is under way when the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// From 1.0 to 1.1, with files copied, a directory cleared, the flag, and an old release pruned.
    Deploy,
    /// From 1.0 to a release whose service does not start: it is undone.
    BadDeploy,
    /// From 1.0 back to 0.9.
    Rollback,
    /// Of old releases.
    Prune,
}

impl Operation {
    pub const ALL: [Self; 4] = [Self::Deploy, Self::BadDeploy, Self::Rollback, Self::Prune];

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Deploy => &["view", "app-1.1.tar.gz", "--yes"],
            Self::BadDeploy => &["view", "app-1.2.tar.gz", "--yes"],
            Self::Rollback => &["rollback", "view", "--yes"],
            Self::Prune => &["prune", "view", "--yes"],
        }
    }

    /// The version that is live when it went well.
    pub fn leads_to(self) -> &'static str {
        match self {
            Self::Deploy => "1.1",
            Self::BadDeploy | Self::Prune => "1.0",
            Self::Rollback => "0.9",
        }
    }

    /// The version that is live for a while when it does not go well.
    pub fn leads_through(self) -> Option<&'static str> {
        (self == Self::BadDeploy).then_some("1.2")
    }

    /// What the client ends with when nothing disturbs it.
    pub fn exit(self) -> i32 {
        if self == Self::BadDeploy { 5 } else { 0 }
    }
}

/// Where the template of each trial is kept.
const BEFORE: &str = "before";
/// What is live there.
pub const LIVE_BEFORE: &str = "1.0";
/// Directories of BASE that a deploy changes with the swap.
pub const ACTIVATED: &[&str] = &["docroot", "cache"];

pub struct Machine {
    pub disk: LoopFs,
    world: World,
    /// What a whole release holds, by version.
    pub whole: BTreeMap<String, State>,
    /// `docroot` and `cache` before each operation.
    pub activated: State,
    /// The versions that are there after each operation.
    pub left: BTreeMap<Operation, Vec<String>>,
    calls: BTreeMap<Operation, Vec<String>>,
}

impl Machine {
    /// With 1.0 live, 0.9 before it, and older ones to prune; `None` where nothing can be mounted.
    pub fn new(kind: FileSystem) -> Option<Self> {
        let world = World::new(&[]);
        let at = world.root().join("disk");
        fs::create_dir(&at).unwrap();
        let disk = LoopFs::mount(kind, &at)?;
        let activated = State::of(&at);
        let (whole, left, calls) = Default::default();
        let mut machine = Self { disk, world, whole, activated, left, calls };
        machine.furnish();
        machine.rehearse();
        Some(machine)
    }

    fn furnish(&mut self) {
        for version in ["0.6", "0.7", "0.8", "0.9", "1.0", "1.1", "1.2", "1.3"] {
            let artifact = artifact(version);
            artifact.write(&self.world.project());
            let unpacked = tempfile::tempdir().unwrap();
            artifact.unpack(unpacked.path());
            self.whole.insert(version.into(), State::of(unpacked.path()));
        }
        for (path, text) in [("docroot/own", "the operator's"), ("docroot/page", "by hand"), ("cache/entry", "old")] {
            let path = self.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        self.hosts_toml(9);
        for version in ["0.6", "0.7", "0.8", "0.9", "1.0"] {
            self.release(&["view", &format!("app-{version}.tar.gz"), "--yes"]).expect(0);
        }
        fs::write(self.path("cache/entry"), "old").unwrap();
        self.hosts_toml(2);
        self.activated = self.state().only(ACTIVATED);
        self.disk.save(BEFORE);
    }

    /// Each operation once with the power on: how often it changes a file, and what is there after it.
    fn rehearse(&mut self) {
        for operation in Operation::ALL {
            self.fresh();
            let traced = Crash::never(self.scope()).run(self.command(operation));
            traced.run.expect(operation.exit());

            self.calls.insert(operation, traced.trail);
            self.left.insert(operation, self.versions());
        }
    }

    fn hosts_toml(&self, keep: u32) {
        self.world.hosts_toml(&format!(
            r#"app = "app"
shared = ["uploads"]
keep = {keep}
[maintenance]
flag = "flag"
when = "always"
[service]
stop = "true"
start = "test ! -e live/bad"
[activate]
clear = ["cache"]
copy = [{{ from = "share", to = "docroot" }}]
[targets.view]
hosts = ["local:{}"]
"#,
            self.base().display()
        ));
    }

    fn base(&self) -> PathBuf {
        self.disk.path().join("base")
    }

    /// A path below BASE.
    pub fn path(&self, path: &str) -> PathBuf {
        self.base().join(path)
    }

    /// Everything below BASE.
    pub fn state(&self) -> State {
        State::of(&self.base())
    }

    /// The disk as it is before each operation.
    pub fn fresh(&self) {
        self.disk.restore(BEFORE);
    }

    /// The client of an operation.
    pub fn command(&self, operation: Operation) -> Command {
        self.world.release_command(operation.arguments())
    }

    /// What counts as a call that changes something.
    pub fn scope(&self) -> Scope {
        Scope::Below(self.base())
    }

    pub fn release(&self, args: &[&str]) -> Run {
        self.world.release(args)
    }

    /// Ends everything that runs on this machine.
    pub fn end_all(&self) {
        end_all(self.world.root());
    }

    /// The names in a directory below BASE, without hidden ones.
    pub fn names(&self, dir: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(dir)).into_iter().flatten();
        let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
    }

    pub fn releases(&self) -> Vec<String> {
        let complete = |name: &String| self.path(&format!("releases/{name}/.release.json")).exists();
        self.names("releases").into_iter().filter(complete).collect()
    }

    /// The versions of all releases, sorted.
    pub fn versions(&self) -> Vec<String> {
        self.releases().iter().map(|release| version_of(release).to_owned()).collect()
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    /// The calls that change a file which this operation makes when nothing disturbs it.
    pub fn calls(&self, operation: Operation) -> &[String] {
        &self.calls[&operation]
    }

    /// What the machine wrote down, for a trial that went wrong.
    pub fn notes_left(&self) -> String {
        let mut text = String::new();
        for dir in [".release/tx", ".release/logs"] {
            for id in self.names(dir).iter().rev().take(2) {
                text += &format!("--- {dir}/{id}/journal\n{}", self.read(&format!("{dir}/{id}/journal")));
            }
        }
        text + "--- ledger\n" + &self.read(".release/ledger")
    }
}

/// The version of a release by its name.
pub fn version_of(release: &str) -> &str {
    release.splitn(3, '-').nth(2).unwrap_or_default()
}

/// Files of several sizes and depths: enough that some are on disk and some are not when the power goes.
fn artifact(version: &str) -> Tarball {
    let page = format!("page of {version}");
    let mut artifact = Tarball::new("app", version)
        .file("share/page", &page)
        .file(&format!("share/only-{version}"), &page)
        .file(&format!("share/dir-{version}/page"), &page)
        .file("share/deep/er/page", page.repeat(2000))
        .link("current", "share/page")
        .noise("noise", 40_000);
    if version == "1.2" {
        artifact = artifact.file("bad", "");
    }
    (0..12).fold(artifact, |all, n| all.file(&format!("lib/{n}/module"), page.repeat(n * 30)))
}
