//! A target to break: real hosts with a real service, a flag, and commands that can be held in the middle.

use std::fs;
use std::time::Duration;

use crate::support::{
    App, Background, Host, HostSpec, Mode, Tarball, World, belonging_to, is_running, signal, wait_until,
};

/// The target's lease, and longer than what a busy machine takes to undo a deploy after it.
pub const LEASE: Duration = Duration::from_secs(3);
pub const UNDONE: Duration = Duration::from_secs(20);

/// Stops where a file `hold-NAME` is in BASE, once, for as long as it is there; a minute at most. Only within an operation, and
/// in the health of the new release: what is live is asked before, too.
const HOLD: &str = r#"#!/bin/sh
ls "$HOME"/.release/tx/*/journal >/dev/null 2>&1 || exit 0
[ "$1" != health ] || ! ls "$HOME"/.release/tx/*/swap/live >/dev/null 2>&1 || exit 0
[ -e "$HOME/hold-$1" ] && [ ! -e "$HOME/reached-$1" ] || exit 0
: >"$HOME/reached-$1"
n=0
while [ -e "$HOME/hold-$1" ] && [ "$n" -lt 1200 ]; do n=$((n + 1)); sleep 0.05; done
"#;

pub struct Site {
    pub world: World,
    pub apps: Vec<App>,
}

impl Site {
    /// Hosts with release 1.0 live and good, and 1.1 as an artifact beside hosts.toml.
    pub fn new(hosts: Vec<HostSpec>) -> Self {
        Self::with(hosts, "")
    }

    /// The same, with more lines at the top of hosts.toml.
    pub fn with(hosts: Vec<HostSpec>, more: &str) -> Self {
        let site = Self::bare(hosts, more);
        let path = site.artifact("1.0", Mode::Good);
        site.world.release(&["view", &path]).expect(0);
        site.artifact("1.1", Mode::Good);
        site
    }

    /// Before the first deploy.
    pub fn bare(hosts: Vec<HostSpec>, more: &str) -> Self {
        Self::in_world(World::of(hosts), more)
    }

    /// In a world that was changed before anything is put there.
    pub fn in_world(world: World, more: &str) -> Self {
        let mut apps = Vec::new();
        for host in world.hosts() {
            let app = App::install(host.base());
            host.write("bin/hold", HOLD);
            host.write("env.sh", "sh ~/bin/hold env\n");
            host.write("port", app.port().to_string());
            apps.push(app);
        }
        let names: Vec<_> = world.hosts().iter().map(Host::name).collect();
        world.hosts_toml(&format!(
            r#"app = "app"
lease = "{lease}s"
shared = ["uploads"]
{more}
[env]
files = ["env.sh"]

[prepare]
run = ["sh ~/bin/hold prepare"]

[maintenance]
flag = "ddgc_web_maintenance"
when = "always"

[service]
stop = "sh bin/hold stop && bin/stop"
start = "sh bin/hold start && bin/start"

[health]
command = 'sh bin/hold health; curl -sf "http://127.0.0.1:$(cat port)/"'
expect = "{{version}}"
timeout = "5s"

[targets.view]
hosts = {names:?}
"#,
            lease = LEASE.as_secs(),
        ));
        Self { world, apps }
    }

    pub fn artifact(&self, version: &str, mode: Mode) -> String {
        self.write(&App::artifact(version, mode))
    }

    pub fn write(&self, artifact: &Tarball) -> String {
        artifact.write(&self.world.project()).to_str().unwrap().to_owned()
    }

    /// Starts the deploy of 1.1, with its events on stdout.
    pub fn deploy(&self) -> Background {
        self.world.release_bg(&["view", "app-1.1.tar.gz", "--json"])
    }

    pub fn host(&self) -> &Host {
        &self.world.hosts()[0]
    }

    /// From now on this command stops in the middle, on every host.
    pub fn hold(&self, name: &str) {
        for host in self.world.hosts() {
            host.write(&format!("hold-{name}"), "");
            let _ = fs::remove_file(host.path(&format!("reached-{name}")));
        }
    }

    pub fn let_go(&self, name: &str) {
        for host in self.world.hosts() {
            let _ = fs::remove_file(host.path(&format!("hold-{name}")));
        }
    }

    /// Is every host at rest: nobody works, nothing is left over, the lock is free?
    pub fn is_at_rest(&self) -> bool {
        self.world.hosts().iter().all(|host| leftovers(host).is_empty())
    }

    /// Waits until every host is at rest.
    #[track_caller]
    pub fn await_rest(&self) {
        if !wait_until(UNDONE, || self.is_at_rest()) {
            let left: Vec<_> = self.world.hosts().iter().map(leftovers).collect();
            panic!("not at rest: {left:?}\n{}", self.journals());
        }
    }

    /// Every host serves exactly this whole release, holds no part of another, and has its flag as before.
    #[track_caller]
    pub fn assert_all(&self, version: &str) {
        for (host, app) in self.world.hosts().iter().zip(&self.apps) {
            self.assert_host(host, app, version);
        }
    }

    #[track_caller]
    pub fn assert_host(&self, host: &Host, app: &App, version: &str) {
        let name = host.name();
        let live = host.live().unwrap_or_else(|| panic!("{name} has no live\n{}", self.journals()));
        assert!(live.ends_with(&format!("-{version}")), "{name} is on {live}, not {version}\n{}", self.journals());
        let answers = wait_until(Duration::from_secs(3), || app.version().as_deref() == Some(version));
        assert!(answers, "{name} answers {:?}, not {version}\n{}", app.version(), self.journals());
        for release in host.releases() {
            for file in ["VERSION", ".release.json", "bin/server", "www/page"] {
                let path = host.path(&format!("releases/{release}/{file}"));
                assert!(path.exists(), "{name}: {release} has no {file}\n{}", self.journals());
            }
        }
        assert!(host.read("ddgc_web_maintenance").is_none(), "{name}: the flag is up\n{}", self.journals());
        assert_eq!(leftovers(host), Vec::<String>::new(), "{name}\n{}", self.journals());
    }

    /// And after it a deploy of 1.2 goes well, without any help.
    #[track_caller]
    pub fn assert_next_deploy(&self) {
        let path = self.artifact("1.2", Mode::Good);
        let run = self.world.release(&["view", &path]);
        assert_eq!(run.code, 0, "{}\n{}", run.stderr, self.journals());
        self.assert_all("1.2");
    }

    /// What the hosts wrote down, for a test that fails.
    pub fn journals(&self) -> String {
        let mut text = String::new();
        for host in self.world.hosts() {
            for dir in [".release/tx", ".release/logs", ".release/new"] {
                for id in names(host, dir) {
                    for file in ["journal", "log"] {
                        let content = host.read(&format!("{dir}/{id}/{file}")).unwrap_or_default();
                        text += &format!("--- {} {dir}/{id}/{file}\n{content}", host.name());
                    }
                }
            }
            text += &format!("--- {} ledger\n{}", host.name(), host.read(".release/ledger").unwrap_or_default());
        }
        text
    }
}

/// The names in a directory below BASE.
pub fn names(host: &Host, dir: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(host.path(dir)) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|n| !n.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// What an operation in the middle has and one that is over has not.
pub fn leftovers(host: &Host) -> Vec<String> {
    let mut left: Vec<String> = [".release/tx", ".release/new"].iter().flat_map(|dir| names(host, dir)).collect();
    left.extend(holder(host).map(|pid| format!("lock of {pid}")));
    left
}

/// The process that the lock names, unless it is free.
pub fn holder(host: &Host) -> Option<u32> {
    let top = names(host, ".release/lock").into_iter().filter_map(|name| name.parse::<u64>().ok()).max()?;
    let text = host.read(&format!(".release/lock/{top}"))?;
    let mut words = text.split_whitespace();
    (words.next()? == "held").then_some(())?;
    words.nth(1)?.parse().ok()
}

/// Kills whoever would go on where the work on a host is killed; what is left then waits for the next command.
pub fn forsake(host: &Host) {
    let guards = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|word| matches!(word, b"supervise" | b"recover"))
    };
    let all: Vec<u32> = belonging_to(&host.path(".release")).into_iter().filter(guards).collect();
    signal("KILL", &all);
    assert!(wait_until(UNDONE, || !all.iter().any(|pid| is_running(*pid))), "a guard outlived its death");
}

/// One host, as most tests want it.
pub fn one() -> Vec<HostSpec> {
    vec![HostSpec::new("h1")]
}

pub fn two() -> Vec<HostSpec> {
    vec![HostSpec::new("h1"), HostSpec::new("h2")]
}

/// The newest journal of a host, wherever it is. Not by its name: of two operations of one second that says nothing.
pub fn journal(host: &Host) -> String {
    let began = |journal: &String| journal.split_whitespace().next().and_then(|up| up.parse().ok()).unwrap_or(0.0_f64);
    let newest = |dir: &str| {
        let all = names(host, dir).into_iter().filter_map(|id| host.read(&format!("{dir}/{id}/journal")));
        all.max_by(|a, b| began(a).total_cmp(&began(b)))
    };
    newest(".release/tx").or_else(|| newest(".release/logs")).unwrap_or_default()
}
