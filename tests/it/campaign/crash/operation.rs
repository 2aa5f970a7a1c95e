//! The operations that are crashed: from where, to where.

use super::site::{Fixture, Site, names};
use super::snapshot::Snapshot;
use crate::support::crash::{Crash, Fault, Scope};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `release setup` where nothing is.
    Setup,
    /// The first deploy, where nothing is.
    First,
    /// 1.0 to 1.1, with everything that hosts.toml can ask for; 0.7 goes.
    Deploy,
    /// 1.1 to 1.0.
    Rollback,
    /// The same two, with a database whose schema moves along.
    DeployWithSchema,
    RollbackWithSchema,
    Prune,
    /// Of a deploy that was killed when the new release was live and nobody had confirmed it.
    RecoverBack,
    /// Of a deploy that was killed when it had been confirmed.
    RecoverForward,
}

impl Operation {
    pub fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::First => "first deploy",
            Self::Deploy => "deploy",
            Self::Rollback => "rollback",
            Self::DeployWithSchema => "deploy with a schema",
            Self::RollbackWithSchema => "rollback with a schema",
            Self::Prune => "prune",
            Self::RecoverBack => "recover, back",
            Self::RecoverForward => "recover, forward",
        }
    }

    /// The command line.
    pub fn args(self) -> &'static [&'static str] {
        match self {
            Self::Setup => &["setup", "view"],
            Self::First => &["view", "app-1.0.tar.gz"],
            Self::Deploy | Self::DeployWithSchema => &["view", "app-1.1.tar.gz"],
            Self::Rollback | Self::RollbackWithSchema => &["rollback", "view"],
            Self::Prune => &["prune", "view", "--keep", "1"],
            Self::RecoverBack | Self::RecoverForward => &["recover", "view"],
        }
    }

    /// The same once more, whatever became of the first one.
    pub fn repeated(self) -> &'static [&'static str] {
        match self {
            // A step further back is another thing to ask for.
            _ if self.goes_back() => &["rollback", "view", "--to", "1.0"],
            other => other.args(),
        }
    }

    /// The version that is live when it is undone.
    pub fn undone(self) -> Option<&'static str> {
        match self {
            Self::Setup | Self::First => None,
            Self::Deploy | Self::DeployWithSchema | Self::Prune | Self::RecoverBack => Some("1.0"),
            Self::Rollback | Self::RollbackWithSchema | Self::RecoverForward => Some("1.1"),
        }
    }

    /// The version that is live when it is done.
    pub fn done(self) -> Option<&'static str> {
        match self {
            Self::First | Self::Rollback | Self::RollbackWithSchema => Some("1.0"),
            Self::Deploy | Self::DeployWithSchema => Some("1.1"),
            other => other.undone(),
        }
    }

    /// The version that is live in the middle of what somebody else began.
    pub fn in_between(self) -> Option<&'static str> {
        if self == Self::RecoverBack { Some("1.1") } else { self.undone() }
    }

    /// Done once, it has nothing to go back to.
    pub fn goes_back(self) -> bool {
        matches!(self, Self::Rollback | Self::RollbackWithSchema)
    }

    /// Those begin in the middle, with a flag of their own.
    pub fn is_recovery(self) -> bool {
        matches!(self, Self::RecoverBack | Self::RecoverForward)
    }

    /// What it begins with.
    pub fn start(self) -> Snapshot {
        let fixture = Fixture::get();
        match self {
            Self::Setup | Self::First => fixture.empty.clone(),
            Self::Deploy | Self::Prune => fixture.deployed.clone(),
            Self::Rollback => fixture.ahead.clone(),
            Self::DeployWithSchema => fixture.deployed_with_schema.clone(),
            Self::RollbackWithSchema => fixture.ahead_with_schema.clone(),
            Self::RecoverBack => interrupted(false),
            Self::RecoverForward => interrupted(true),
        }
    }
}

/// A deploy of 1.1 that was killed while it was asked for its health, or when it had been confirmed.
fn interrupted(confirmed: bool) -> Snapshot {
    let site = Site::new();
    let deploy = |at| {
        site.restore(&Fixture::get().deployed);
        Crash::at(Scope::Below(site.base()), at, Fault::Kill).run(site.command(Operation::Deploy.args()))
    };
    let trail = deploy(0).trail;
    let is = |file: &'static str| move |point: &String| point.contains(file);
    let found = if confirmed {
        trail.iter().rposition(is("/base/maintenance"))
    } else {
        // Behind the swap: what is live has been asked before it.
        let swap = trail.iter().rposition(is("/swap/live")).unwrap();
        trail[swap..].iter().position(is("/probe-head")).map(|at| swap + at)
    };
    deploy(found.unwrap() + 1);
    let journal: String = names(&site.base().join(".release/tx"))
        .iter()
        .filter_map(|id| site.read(&format!(".release/tx/{id}/journal")))
        .collect();
    assert_eq!((journal.contains("confirmed"), site.served().as_deref()), (confirmed, Some("1.1")), "{journal}");
    site.save()
}
