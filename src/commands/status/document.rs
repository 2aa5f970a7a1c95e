//! What a status says, as `--json` prints it.

use std::rc::Rc;

use serde::Serialize;

use crate::model::{LockHolder, Notes, ReleaseId};

/// Everything.
#[derive(Serialize)]
pub struct Document {
    /// The application.
    pub app: String,
    /// When the hosts were asked.
    pub at: String,
    /// The targets, in the order of hosts.toml.
    pub targets: Vec<TargetStatus>,
    /// How far each target is behind the one that it requires.
    pub behind: Vec<Behind>,
}

/// A target.
#[derive(Serialize)]
pub struct TargetStatus {
    pub name: String,
    /// Its hosts serve different releases.
    pub differ: bool,
    pub hosts: Vec<HostStatus>,
}

/// A host.
#[derive(Serialize)]
pub struct HostStatus {
    pub host: String,
    /// What hosts.toml calls it beside its name; every host of a target gets and runs the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    pub reachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whose base it is, or by which names it goes, where hosts.toml says otherwise; or that what is live is another tool's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// That its state can't be read: what is said beside that may be untrue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// That `live` is not what the ledger says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<String>,
    /// That lines of its ledger can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
    /// What prunes could not remove.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remains: Option<String>,
    pub live: Option<LiveStatus>,
    pub previous: Option<Named>,
    pub schema: Option<serde_json::Value>,
    pub maintenance: Option<Raised>,
    pub lock: Option<Lock>,
    pub operation: Option<Operation>,
    /// Its user unit runs only while somebody is logged in, for one as long as this status looks.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_linger: bool,
    pub releases: Vec<ReleaseId>,
    /// The host serves something else than the others, whose last operation was without it.
    pub behind: bool,
    /// It was left out, and has not caught up.
    pub left_out: Option<LeftOut>,
}

/// Since when a host is left out, and why.
#[derive(Serialize)]
pub struct LeftOut {
    pub since: String,
    pub why: Option<String>,
    pub who: String,
    pub operation: String,
}

/// What is live.
#[derive(Default, Serialize)]
pub struct LiveStatus {
    pub release: String,
    pub version: Option<String>,
    pub commit: Option<String>,
    pub sha256: Option<String>,
    pub deployed_at: Option<String>,
    pub deployed_by: Option<String>,
    /// Why nothing proved that it answers, where `[health]` was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_health: Option<String>,
}

/// What a rollback goes to.
#[derive(Serialize)]
pub struct Named {
    pub release: ReleaseId,
    pub version: String,
}

/// A maintenance flag that is up.
#[derive(Serialize)]
pub struct Raised {
    pub flag: &'static str,
    pub by: String,
}

/// What `release lock` left.
#[derive(Serialize)]
pub struct Lock {
    pub by: String,
}

/// An operation under way, or left behind.
#[derive(Serialize)]
pub struct Operation {
    pub id: String,
    pub running: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<LockHolder>,
}

/// How far a target is behind the one that it requires. What is not known is null, and `reason` says why.
#[derive(Clone, Serialize)]
pub struct Behind {
    pub target: String,
    pub of: String,
    /// Commits that `of` serves and `target` does not.
    pub commits: Option<usize>,
    /// How many of them touch the schema.
    pub schema_changes: Option<usize>,
    /// How many notes for whoever deploys are in them.
    pub notes: Option<usize>,
    /// Commits that `target` serves and `of` does not.
    pub ahead: Option<usize>,
    /// What `target` serves is no ancestor of what `of` serves.
    pub diverged: Option<bool>,
    /// The commit live on `target`.
    pub from: Option<String>,
    /// The commit live on `of`.
    pub to: Option<String>,
    pub reason: Option<String>,
    /// Why these numbers may be too small.
    pub incomplete: Vec<String>,
    /// The notes themselves.
    #[serde(skip)]
    pub found: Option<Rc<Notes>>,
}

impl Document {
    /// The targets as they are shown: those whose hosts differ first.
    pub fn shown(&self) -> Vec<&TargetStatus> {
        let mut targets: Vec<_> = self.targets.iter().collect();
        targets.sort_by_key(|target| !target.differ);
        targets
    }
}
