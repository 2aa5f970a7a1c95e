//! A plan: everything that is going to happen, as a value that is shown, or handed over, or both.

use std::time::Duration;

use super::{Brief, Identity, Limits, ReleaseId, Step};

/// What an operation does, on every host.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// `deploy`, `rollback`, `forward`, ...
    pub verb: &'static str,
    /// The target's name.
    pub target: String,
    /// What it is about, in a word or two: a version.
    pub subject: String,
    /// One plan a host, in the order of hosts.toml.
    pub hosts: Vec<HostPlan>,
    /// How many hosts switch at a time; `None`: all of them.
    pub batch: Option<usize>,
    /// The pause between two batches.
    pub pause: Duration,
    /// What the operator should know before it runs.
    pub warnings: Vec<String>,
    /// Hosts of the target that are left out (`--without`).
    pub without: Vec<String>,
    /// What authors of commits left for whoever deploys them, from what is live on, where git knows it.
    pub notes: Option<Brief>,
    /// The statements of the schema's upgrade, as a text that stands for itself; empty: nothing changes, or a tool does it.
    pub sql: String,
}

/// What an operation does on one host.
#[derive(Debug, Clone, PartialEq)]
pub struct HostPlan {
    /// The host's name.
    pub host: String,
    /// The operation's id; the same on every host.
    pub operation: String,
    /// The verb, for lock and ledger.
    pub verb: &'static str,
    /// Whose base it is for, and the names that its recovery goes by.
    pub identity: Identity,
    /// It gives the base that identity: refused where another one is known, unless it is this that it is for.
    pub adopts: bool,
    /// Who does it: `user@machine`.
    pub who: String,
    /// When the client began, RFC 3339 in UTC.
    pub since: String,
    /// How long the host waits for a silent client.
    pub lease: Duration,
    /// How long each command may take.
    pub limits: Limits,
    /// The text of the link `live` when the client looked; the swap happens only over that.
    pub was: Option<String>,
    /// The release that `was` names.
    pub previous: Option<ReleaseId>,
    /// The release that goes live.
    pub release: Option<ReleaseId>,
    /// How many lines the ledger had when the client looked; the plan is void if it has another number.
    pub seen: Option<u64>,
    /// Refused while the target is locked with `release lock`.
    pub respects_freeze: bool,
    /// The middle of the ledger's record, which the host completes: JSON members without braces.
    pub record: String,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// Files that the steps read: `up.sql` and its like, with their content.
    pub files: Vec<(&'static str, String)>,
}

impl Plan {
    /// The plan of doing nothing, and why.
    #[must_use]
    pub fn with_nothing_to_do(mut self, why: String) -> Self {
        for host in &mut self.hosts {
            host.steps.clear();
            host.files.clear();
        }
        self.warnings.insert(0, why);
        self
    }

    /// Is there nothing to do on any host?
    pub fn is_empty(&self) -> bool {
        self.hosts.iter().all(|host| host.steps.is_empty())
    }

    /// The same, whose record says one thing more.
    #[must_use]
    pub fn recorded_with(mut self, key: &str, value: &str) -> Self {
        let value = serde_json::Value::from(value);
        for host in &mut self.hosts {
            host.record.push_str(&format!(",\"{key}\":{value}"));
        }
        self
    }
}

impl HostPlan {
    /// Does it wait for the others, and for a confirmation?
    pub fn is_two_phase(&self) -> bool {
        self.steps.contains(&Step::WaitConfirm)
    }

    /// Does it need the artifact's bytes?
    pub fn needs_upload(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Receive { .. }))
    }

    /// The same plan to be shown: variables of `[env]` keep their names and lose their values.
    #[must_use]
    pub fn without_values(&self) -> Self {
        let mut shown = self.clone();
        for step in &mut shown.steps {
            if let Step::Env { vars, .. } = step {
                vars.iter_mut().for_each(|(_, value)| *value = "...".into());
            }
        }
        shown
    }
}
