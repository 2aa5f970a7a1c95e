//! What histories are about: targets from hosts.toml, an artifact that was really read, and wishes of operators.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use release::artifact::{self, Artifact, Limits};
use release::model::{Digest, Failure, HostPlan, Identity, Observed, Plan, Target};
use release::plan::{self, Allowances, Destination, Operator, Simple};

/// The second in which every history begins.
pub const BEGIN: i64 = 1_795_330_800;

/// One `[targets]` table for each shape of a plan.
const HOSTS_TOML: &str = r#"
app = "hello"
keep = 2

[targets.around]
hosts = ["host0"]
[targets.around.maintenance]
flag = "flag"
when = "always"
[targets.around.service]
stop = "stop"
start = "start"
[targets.around.health]
command = "probe"
timeout = "20s"

[targets.restart]
hosts = ["host1"]
[targets.restart.service]
stop = "stop"
start = "start"
restart = "restart"
[targets.restart.health]
command = "probe"
timeout = "20s"

[targets.rolling]
hosts = ["host2", "host3"]
strategy = "rolling"
batch = 1
wait = "1s"
[targets.rolling.maintenance]
flag = "flag"
when = "always"
[targets.rolling.service]
systemd = "hello.service"
[targets.rolling.health]
command = "probe"
timeout = "20s"

[targets.static]
hosts = ["host4"]
[targets.static.maintenance]
flag = "flag"
when = "always"
"#;

pub struct Fixture {
    pub targets: Vec<Rc<Target>>,
    artifact: Artifact,
}

impl Fixture {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("hosts.toml");
        std::fs::write(&path, HOSTS_TOML).unwrap();
        let config = release::config::load(&path).unwrap_or_else(|failure| panic!("{failure:?}"));
        let names = ["around", "restart", "rolling", "static"];
        let targets: Vec<_> = names.iter().map(|name| Rc::new(config.target(name).unwrap().clone())).collect();
        let sample: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample/hello-1.0.tar.gz");
        let mut artifact = artifact::inspect(&sample, &targets[0].artifact, &Limits::default()).unwrap();
        artifact.digest = Digest::from_bytes([1; 32]);
        Self { targets, artifact }
    }

    pub fn artifact(&self, version: &str) -> Artifact {
        Artifact { version: version.parse().unwrap(), ..self.artifact.clone() }
    }
}

/// What an operator wants.
#[derive(Debug, Clone)]
pub enum Want {
    Deploy(Box<Artifact>),
    Rollback,
    Forward,
    Prune,
    Small(Simple),
}

#[derive(Clone)]
pub struct Wish {
    pub target: Rc<Target>,
    pub want: Want,
    /// The client's clock is wrong by so many seconds.
    pub skew: i64,
}

impl Wish {
    /// Who wants it, from `now` on.
    pub fn operator(&self, client: usize, now: u64) -> Operator {
        Operator {
            who: format!("op{client}@laptop"),
            now: Timestamp::from_second(BEGIN + self.skew + now as i64 / 1000).unwrap(),
            salt: format!("c{client}"),
            message: None,
            without: Vec::new(),
        }
    }

    /// The plan that `release` makes of it.
    pub fn plan(&self, operator: &Operator, seen: &[Observed]) -> Result<Plan, Failure> {
        let names: Vec<String> = (0..seen.len()).map(|host| format!("h{host}")).collect();
        let fleet: Vec<_> = names.iter().map(String::as_str).zip(seen).collect();
        let target = &*self.target;
        let switch = |verb, to| {
            let plan = plan::switch(verb, target, &to, &fleet, operator, None)?;
            // Here a host has the number that it has in the plan.
            if plan.hosts.len() == seen.len() {
                Ok(plan)
            } else {
                Err(Failure::refused("t", "a host is where the others are to go"))
            }
        };
        match &self.want {
            Want::Deploy(artifact) => {
                plan::deploy(target, artifact, None, &fleet, operator, &Allowances::default(), None)
            }
            Want::Rollback => switch("rollback", plan::back_to(target, &Destination::Steps(1), &fleet)?),
            Want::Forward => switch("forward", plan::forward_to(target, &fleet)?),
            Want::Prune => {
                let old = seen.iter().map(|o| plan::expendable(o, &target.releases, 0, None)).collect();
                plan::simple(target, &Simple::Prune(old), &fleet, operator)
            }
            Want::Small(small) => plan::simple(target, small, &fleet, operator),
        }
    }
}

/// The plan of a shell that has none yet: the one that recovers.
pub fn no_plan() -> Rc<HostPlan> {
    Rc::new(HostPlan {
        host: String::new(),
        operation: "recover".into(),
        verb: "recover",
        who: String::new(),
        since: String::new(),
        lease: Duration::from_secs(60),
        limits: release::model::Limits::default(),
        was: None,
        previous: None,
        release: None,
        seen: None,
        respects_freeze: true,
        identity: Identity::default(),
        adopts: false,
        record: String::new(),
        steps: Vec::new(),
        files: Vec::new(),
    })
}
