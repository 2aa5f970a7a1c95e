//! How long the commands of hosts.toml may take on a host, by the table that they stand in.

use std::time::Duration;

use super::Step;

/// A limit for each table that has commands: its key `timeout`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// All files of `[env]` together.
    pub env: Duration,
    /// Each command of `[prepare]`.
    pub prepare: Duration,
    /// Each command of `[service]`, or each call of systemctl.
    pub service: Duration,
    /// Each command of `[activate]`.
    pub activate: Duration,
    /// Each script, backup or command of `[schema]`.
    pub schema: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(60 * count);
        Self {
            env: Duration::from_secs(30),
            prepare: minutes(30),
            // systemd itself allows 90 s for a stop and 90 s for a start.
            service: minutes(3),
            activate: minutes(10),
            schema: minutes(60),
        }
    }
}

impl Limits {
    /// What a step may take, where it runs something that hosts.toml names.
    pub fn of(&self, step: &Step) -> Option<Duration> {
        match step {
            Step::Env { files, .. } if !files.is_empty() => Some(self.env),
            Step::Prepare { .. } => Some(self.prepare),
            Step::Stop { .. } | Step::Start { .. } | Step::Restart { .. } | Step::UnitStart(_) => Some(self.service),
            Step::Run { .. } => Some(self.activate),
            Step::Backup { .. }
            | Step::Schema { .. }
            | Step::Upgrade { .. }
            | Step::Restore { .. }
            | Step::Bury { .. } => Some(self.schema),
            _ => None,
        }
    }

    /// The table and the seconds of each, as a host takes them: whole ones, and at least one.
    pub fn seconds(&self) -> [(&'static str, u64); 5] {
        [
            ("env", self.env),
            ("prepare", self.prepare),
            ("service", self.service),
            ("activate", self.activate),
            ("schema", self.schema),
        ]
        .map(|(table, limit)| (table, whole_seconds(limit)))
    }
}

/// A host counts whole seconds, and at least one.
pub fn whole_seconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1)
}
