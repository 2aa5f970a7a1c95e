//! A small host to crash: this machine, in a directory where a sync costs nothing, with a service that only notes what it
//! serves, beside what the crashes may hit.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use super::snapshot::Snapshot;
use crate::support::{Login, Run, State, Tarball, World, belonging_to};

/// Behaves as services of old do: what runs is not started again, and keeps the release that it was started with.
const SERVICE: &str = r#"case $1 in
start) [ -e ../run/served ] || { cat live/VERSION >../run/served.new && mv ../run/served.new ../run/served; } ;;
stop) rm -f ../run/served ;;
esac
"#;

const HOSTS_TOML: &str = r#"app = "app"
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

/// What a site with a database has besides, in a file of its own.
const SCHEMA_TOML: &str = r#"[schema]
url = "sqlite:shared/app.db"
desired = "schema.sql"
allow = ["drops-data"]
"#;

/// The schema of all versions before 1.1, and of that.
const SCHEMAS: [&str; 2] = [
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);\nCREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);\n",
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, email TEXT);\nCREATE INDEX person_name ON person (name);\n",
];

/// ```text
/// project/    hosts.toml, schema.toml and the artifacts
/// bin/        the service's script
/// host/base   BASE
/// host/run    what the service serves
/// ```
pub struct Site {
    path: PathBuf,
    base: PathBuf,
    _root: Option<TempDir>,
}

/// The versions that there are artifacts of.
const VERSIONS: [&str; 5] = ["0.7", "0.8", "0.9", "1.0", "1.1"];

impl Site {
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() { memory.into() } else { std::env::temp_dir() };
        let root = tempfile::Builder::new().prefix("rt-crash-").tempdir_in(place).unwrap();
        let path = root.path().canonicalize().unwrap();
        for dir in ["project", "home", "host"] {
            fs::create_dir(path.join(dir)).unwrap();
        }
        let site = Self { base: path.join("host/base"), path, _root: Some(root) };
        site.furnish();
        site.keep(2);
        site
    }

    /// The first host of a world, behind its sshd; with two releases to go back to.
    pub fn in_world(world: &World) -> Self {
        let host = &world.hosts()[0];
        let site = Self { path: world.root().into(), base: host.base().into(), _root: None };
        site.furnish();
        Login::get().own_tree(&site.run());
        world.hosts_toml(&format!(
            "keep = 2\nlease = \"3s\"\n{HOSTS_TOML}[targets.view]\nhosts = [{:?}]\n",
            host.name()
        ));
        ["0.9", "1.0"].iter().for_each(|version| site.deploy(version));
        site.warm();
        Login::get().own_tree(&site.base);
        site
    }

    /// The service's places, and the artifacts.
    fn furnish(&self) {
        fs::create_dir_all(self.path.join("bin")).unwrap();
        fs::create_dir_all(self.run()).unwrap();
        fs::write(self.path.join("bin/service"), SERVICE).unwrap();
        for version in VERSIONS {
            artifact(version).write(&self.path.join("project"));
        }
    }

    fn deploy(&self, version: &str) {
        self.release(&["view", &format!("app-{version}.tar.gz")]).expect(0);
    }

    /// What an operator and a running application have left in BASE.
    fn warm(&self) {
        fs::create_dir_all(self.base.join("cache")).unwrap();
        fs::write(self.base.join("cache/x"), "warm").unwrap();
        fs::write(self.base.join("docroot/own"), "the operator's").unwrap();
    }

    /// Where the service notes what it serves.
    fn run(&self) -> PathBuf {
        self.base.with_file_name("run")
    }

    /// How many old releases hosts.toml lets stay.
    fn keep(&self, keep: u32) {
        let base = self.base();
        let host = format!(
            "keep = {keep}\nlease = \"15s\"\n{HOSTS_TOML}[targets.view]\nhosts = [\"local:{}\"]\n",
            base.display()
        );
        fs::write(self.path.join("project/hosts.toml"), &host).unwrap();
        fs::write(self.path.join("project/schema.toml"), host.replace("[service]", &format!("{SCHEMA_TOML}[service]")))
            .unwrap();
    }

    fn database(&self) -> PathBuf {
        self.base().join("shared/app.db")
    }

    /// Has it a database?
    pub fn has_database(&self) -> bool {
        self.database().exists()
    }

    /// What its database answers.
    pub fn sql(&self, sql: &str) -> String {
        let mut sqlite = Command::new("sqlite3");
        sqlite.args(["-batch", "-bail"]).arg(self.database()).arg(sql);
        Run::of(sqlite).ok().trim().to_owned()
    }

    pub fn base(&self) -> PathBuf {
        self.base.clone()
    }

    /// What the service says.
    pub fn served(&self) -> Option<String> {
        Some(fs::read_to_string(self.run().join("served")).ok()?.trim().to_owned())
    }

    /// Reads a file below BASE.
    pub fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.base().join(path)).ok()
    }

    /// The real binary, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_release"));
        if self.has_database() {
            command.args(["--config", "schema.toml"]);
        }
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

    /// Does no supervisor of an operation run?
    pub fn is_idle(&self) -> bool {
        !belonging_to(&self.base.join(".release")).iter().any(|pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.windows(9).any(|word| word == b"supervise")
        })
    }

    pub fn save(&self) -> Snapshot {
        Snapshot::of(self.base.parent().unwrap(), &[self.base.file_name().unwrap(), OsStr::new("run")])
    }

    pub fn restore(&self, snapshot: &Snapshot) {
        snapshot.restore(self.base.parent().unwrap());
        if self._root.is_none() {
            Login::get().own_tree(&self.base);
            Login::get().own_tree(&self.run());
        }
    }

    /// Everything that no operation may touch, the operator's own files in BASE among it.
    pub fn outside(&self) -> State {
        let own = self.base.strip_prefix(&self.path).unwrap().join("docroot/own");
        State::of(&self.path).only(&["project", "bin", own.to_str().unwrap()])
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
        .file(&format!("share/docroot/of-{version}"), version)
        .file("uploads/hello", "from the first release")
        .file("schema.sql", SCHEMAS[usize::from(version == "1.1")])
}

/// What trials begin with, made once.
pub struct Fixture {
    /// There was never anything.
    pub empty: Snapshot,
    /// 1.0 is live, 0.7 to 0.9 are there.
    pub deployed: Snapshot,
    /// 1.1 is live, 1.0 was before.
    pub ahead: Snapshot,
    /// The same with a database, of which 1.1 wants another schema.
    pub deployed_with_schema: Snapshot,
    /// The same.
    pub ahead_with_schema: Snapshot,
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
        ["0.7", "0.8", "0.9", "1.0"].iter().for_each(|version| site.deploy(version));
        site.warm();
        let deployed = site.save();
        site.deploy("1.1");
        let ahead = site.save();
        let releases = site.base().join("releases");
        let version = |name: &String| name.rsplit('-').next().unwrap().to_owned();
        let manifests = names(&releases).iter().map(|name| (version(name), State::of(&releases.join(name)))).collect();
        let [deployed_with_schema, ahead_with_schema] = Self::with_schema();
        Self { empty, deployed, ahead, deployed_with_schema, ahead_with_schema, manifests }
    }

    fn with_schema() -> [Snapshot; 2] {
        let site = Site::new();
        site.keep(9);
        site.release(&["--config", "schema.toml", "view", "app-0.9.tar.gz"]).expect(0);
        assert!(site.has_database());
        site.deploy("1.0");
        site.sql("INSERT INTO person VALUES (1, 'ann'); INSERT INTO note VALUES (7, 'hi')");
        site.warm();
        let deployed = site.save();
        site.deploy("1.1");
        [deployed, site.save()]
    }

    /// The version of a release's name, and what it has to be.
    pub fn manifest(&self, name: &str) -> Option<(&str, &State)> {
        let (version, state) = self.manifests.get_key_value(name.rsplit('-').next()?)?;
        Some((version, state))
    }
}
