//! What most tests of operations begin with: hosts, a `hosts.toml`, artifacts in `dist/`, and perhaps the application.

use std::path::PathBuf;

use super::app::{App, Mode};
use super::background::Background;
use super::host::{Host, HostSpec};
use super::run::Run;
use super::state::State;
use super::tarball::Tarball;
use super::world::World;

/// `[service]` and `[health]` of the application, for hosts that each have their own port.
pub const SERVICE: &str = r#"
[service]
stop = "bin/stop"
start = "bin/start"

[health]
command = 'wget -qO- "http://127.0.0.1:$(cat port)/"'
expect = "{version}"
timeout = "5s"
"#;

/// Hosts of one target, `view`.
#[derive(Debug)]
pub struct Fleet {
    /// Everything beside the applications.
    pub world: World,
    apps: Vec<App>,
}

impl Fleet {
    /// Hosts without a service: a deploy is a link to files.
    pub fn files(hosts: &[&str], toml: &str) -> Self {
        Self::of(hosts.iter().map(|h| HostSpec::new(h)).collect(), toml)
    }

    /// Hosts that each run the application, with [`SERVICE`].
    pub fn served(hosts: &[&str], toml: &str) -> Self {
        Self::serving(hosts.iter().map(|h| HostSpec::new(h)).collect(), &format!("{toml}\n{SERVICE}"))
    }

    /// Such hosts without a service.
    pub fn of(hosts: Vec<HostSpec>, toml: &str) -> Self {
        let fleet = Self { world: World::of(hosts), apps: Vec::new() };
        fleet.toml(toml);
        fleet
    }

    /// Such hosts with the application on each; what starts and asks it is for `toml` to say.
    pub fn serving(hosts: Vec<HostSpec>, toml: &str) -> Self {
        let world = World::of(hosts);
        let apps = world.hosts().iter().map(|host| App::install(host.base())).collect();
        let fleet = Self { world, apps };
        fleet.toml(toml);
        fleet
    }

    /// Writes `hosts.toml`: the application `app`, `toml` (which begins at its top), and the target of all hosts.
    pub fn toml(&self, toml: &str) {
        let hosts: Vec<_> = self.world.hosts().iter().map(Host::name).collect();
        self.world.hosts_toml(&format!("app = \"app\"\n{toml}\n[targets.view]\nhosts = {hosts:?}\n"));
    }

    /// The first host.
    pub fn host(&self) -> &Host {
        &self.world.hosts()[0]
    }

    /// The first host's application.
    pub fn app(&self) -> &App {
        &self.apps[0]
    }

    /// Puts an artifact into `dist/`.
    pub fn dist(&self, tarball: &Tarball) -> PathBuf {
        tarball.write(&self.world.project().join("dist"))
    }

    /// Runs the binary.
    #[track_caller]
    pub fn release(&self, args: &[&str]) -> Run {
        self.world.release(args)
    }

    /// Deploys an artifact that holds only its VERSION.
    #[track_caller]
    pub fn deploy(&self, version: &str) -> Run {
        self.deploy_tarball(version, &Tarball::new("app", version))
    }

    /// Deploys the application.
    #[track_caller]
    pub fn deploy_app(&self, version: &str, mode: Mode) -> Run {
        self.deploy_tarball(version, &App::artifact(version, mode))
    }

    /// Deploys an artifact.
    #[track_caller]
    pub fn deploy_tarball(&self, version: &str, tarball: &Tarball) -> Run {
        self.dist(tarball);
        self.release(&["view", version])
    }

    /// Starts to deploy an artifact that holds only its VERSION.
    pub fn deploy_bg(&self, version: &str) -> Background {
        self.dist(&Tarball::new("app", version));
        self.world.release_bg(&["view", version])
    }

    /// Fails the test unless this version is live on every host, and served where there is an application.
    #[track_caller]
    pub fn assert_live(&self, version: &str) {
        for host in self.world.hosts() {
            let live = host.read("live/VERSION");
            assert_eq!(live.as_deref().map(str::trim), Some(version), "live on {}", host.name());
        }
        for app in &self.apps {
            assert_eq!(app.version().as_deref(), Some(version), "served");
        }
    }

    /// What users of the hosts can see: everything but the tool's own books.
    pub fn visible(&self) -> Vec<State> {
        let own = [".release", "app.log", "app.pid"];
        self.world.hosts().iter().map(|host| host.state().without(&own)).collect()
    }

    /// Fails the test unless every host is as it was.
    #[track_caller]
    pub fn assert_same(&self, before: &[State]) {
        for (old, new) in before.iter().zip(self.visible()) {
            old.assert_same(&new);
        }
    }
}

/// The version at the end of a release's name: `releases/20140218-114503-1.0` is `1.0`.
pub fn version_of(release: &str) -> &str {
    release.splitn(3, '-').nth(2).unwrap_or(release)
}
