//! The names of what is dangerous about a schema upgrade.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The names of hazards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HazardName {
    /// A table, a column or values go away. They are kept for the way back, until their release is pruned.
    DropsData,
    /// Every row is written anew, under a lock that keeps readers out.
    RewritesTable,
    /// Writers wait while it runs: an index is built, a constraint is checked.
    BlocksWrites,
    /// Rows that are there may break it: NOT NULL, UNIQUE, CHECK, a foreign key, a cast.
    MayFailOnData,
    /// It can't be part of the transaction.
    NotTransactional,
    /// It runs a program, or reads or writes files of the database's host.
    RunsShell,
    /// Code that is running now may break: a rename, a narrower type, a NOT NULL without a default.
    BreaksRunningCode,
    /// Who may do what changes: grants, owners, row security.
    ChangesAccess,
    /// Hand-written steps that change data, which no reverse plan undoes.
    ChangesData,
}

impl HazardName {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::DropsData,
        Self::RewritesTable,
        Self::BlocksWrites,
        Self::MayFailOnData,
        Self::NotTransactional,
        Self::RunsShell,
        Self::BreaksRunningCode,
        Self::ChangesAccess,
        Self::ChangesData,
    ];

    /// As the operator writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DropsData => "drops-data",
            Self::RewritesTable => "rewrites-table",
            Self::BlocksWrites => "blocks-writes",
            Self::MayFailOnData => "may-fail-on-data",
            Self::NotTransactional => "not-transactional",
            Self::RunsShell => "runs-shell",
            Self::BreaksRunningCode => "breaks-running-code",
            Self::ChangesAccess => "changes-access",
            Self::ChangesData => "changes-data",
        }
    }

    /// Must the operator allow it? What only slows things down, or can only fail and be rolled back, is told and not asked.
    pub fn needs_leave(self) -> bool {
        matches!(self, Self::DropsData | Self::NotTransactional | Self::RunsShell)
    }
}

impl fmt::Display for HazardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
