//! A small host to crash: this machine, in a directory where a sync costs nothing, with a service that only notes what it
//! serves, beside what the crashes may hit.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use super::snapshot::Snapshot;
use crate::support::{Run, State, Tarball};

/// Behaves as services of old do: what runs is not started again, and keeps the release that it was started with.
const SERVICE: &str = r#"case $1 in
start) [ -e ../run/served ] || { cat live/VERSION >../run/served.new && mv ../run/served.new ../run/served; } ;;
stop) rm -f ../run/served ;;
esac
"#;

const HOSTS_TOML: &str = r#"app = "app"
lease = "3s"
shared = ["uploads", "log/app"]
[env]
vars = { GREETING = "it's" }
[prepare]
run = ["test -s VERSION"]
[maintenance]
flag = "maintenance"
when = "always"
[service]
stop = "sh ../../bin/service stop"
start = "sh ../../bin/service start"
[health]
command = "cat ../run/served"
expect = "{version}"
timeout = "5s"
[activate]
clear = ["cache"]
copy = [{ from = "share/docroot/", to = "docroot/" }]
"#;

/// ```text
/// project/    hosts.toml and the artifacts
/// bin/        the service's script
/// host/base   BASE
/// host/run    what the service serves
/// ```
pub struct Site {
    path: PathBuf,
    _root: TempDir,
}

impl Site {
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() { memory.into() } else { std::env::temp_dir() };
        let root = tempfile::Builder::new().prefix("rt-crash-").tempdir_in(place).unwrap();
        let path = root.path().canonicalize().unwrap();
        for dir in ["project", "home", "bin", "host", "host/run"] {
            fs::create_dir(path.join(dir)).unwrap();
        }
        fs::write(path.join("bin/service"), SERVICE).unwrap();
        let site = Self { path, _root: root };
        site.keep(2);
        for version in ["0.6", "0.7", "0.8", "0.9", "1.0", "1.1"] {
            artifact(version).write(&site.path.join("project"));
        }
        site
    }

    /// How many old releases hosts.toml lets stay.
    fn keep(&self, keep: u32) {
        let base = self.base();
        let host = format!("keep = {keep}\n{HOSTS_TOML}[targets.view]\nhosts = [\"local:{}\"]\n", base.display());
        fs::write(self.path.join("project/hosts.toml"), host).unwrap();
    }

    pub fn base(&self) -> PathBuf {
        self.path.join("host/base")
    }

    /// What the service says.
    pub fn served(&self) -> Option<String> {
        Some(fs::read_to_string(self.path.join("host/run/served")).ok()?.trim().to_owned())
    }

    /// Reads a file below BASE.
    pub fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.base().join(path)).ok()
    }

    /// The real binary, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_release"));
        command
            .args(args)
            .current_dir(self.path.join("project"))
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
            .env("HOME", self.path.join("home"))
            .env("USER", "operator")
            .env("RELEASE_TEST_ROOT", &self.path);
        command
    }

    /// Runs it to its end.
    pub fn release(&self, args: &[&str]) -> Run {
        Run::of(self.command(args))
    }

    pub fn save(&self) -> Snapshot {
        Snapshot::of(&self.path.join("host"))
    }

    pub fn restore(&self, snapshot: &Snapshot) {
        snapshot.restore(&self.path.join("host"));
    }

    /// Everything that no operation may touch, the operator's own files in BASE among it.
    pub fn outside(&self) -> State {
        State::of(&self.path).only(&["project", "bin", "host/base/docroot/own"])
    }

    /// What the host wrote down, for a test that fails.
    pub fn journals(&self) -> String {
        let mut text = String::new();
        for dir in ["tx", "new", "logs"] {
            // The earlier ones went well.
            for id in names(&self.base().join(".release").join(dir)).iter().rev().take(2) {
                for file in ["plan", "journal", "log"] {
                    let content = self.read(&format!(".release/{dir}/{id}/{file}")).unwrap_or_default();
                    text += &format!("--- {dir}/{id}/{file}\n{content}");
                }
            }
        }
        text + "--- ledger\n" + &self.read(".release/ledger").unwrap_or_default()
    }
}

/// The names in a directory, sorted; none when it is not there.
pub fn names(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn artifact(version: &str) -> Tarball {
    Tarball::new("app", version)
        .file("share/docroot/page", format!("page of {version}"))
        .file(&format!("share/docroot/of/{version}"), version)
        .file("uploads/hello", "from the first release")
        .link("current-page", "share/docroot/page")
}

/// What trials begin with, made once.
pub struct Fixture {
    /// There was never anything.
    pub empty: Snapshot,
    /// 1.0 is live, 0.6 to 0.9 are there.
    pub deployed: Snapshot,
    /// 1.1 is live, 1.0 was before.
    pub ahead: Snapshot,
    /// Each version as it is when complete.
    manifests: BTreeMap<String, State>,
}

impl Fixture {
    pub fn get() -> &'static Self {
        static FIXTURE: OnceLock<Fixture> = OnceLock::new();
        FIXTURE.get_or_init(Self::make)
    }

    fn make() -> Self {
        let site = Site::new();
        let empty = site.save();
        site.keep(9);
        let deploy = |version: &str| {
            site.release(&["view", &format!("app-{version}.tar.gz")]).expect(0);
        };
        ["0.6", "0.7", "0.8", "0.9", "1.0"].iter().for_each(|version| deploy(version));
        fs::create_dir_all(site.base().join("cache")).unwrap();
        fs::write(site.base().join("cache/x"), "warm").unwrap();
        fs::write(site.base().join("docroot/own"), "the operator's").unwrap();
        let deployed = site.save();
        deploy("1.1");
        let ahead = site.save();
        let releases = site.base().join("releases");
        let version = |name: &String| name.rsplit('-').next().unwrap().to_owned();
        let manifests = names(&releases).iter().map(|name| (version(name), State::of(&releases.join(name)))).collect();
        Self { empty, deployed, ahead, manifests }
    }

    /// The version of a release's name, and what it has to be.
    pub fn manifest(&self, name: &str) -> Option<(&str, &State)> {
        let (version, state) = self.manifests.get_key_value(name.rsplit('-').next()?)?;
        Some((version, state))
    }
}
