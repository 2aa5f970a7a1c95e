//! The steps of a plan: what a host is told to do, in order. Each has its `do_` and `undo_` in `agent/sh/`.

use std::time::Duration;

use super::target::{Asking, UrlPart};
use super::{Adoption, Digest, ReleaseId};

/// One step, with everything it needs to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Sources the files of `[env]` once, and keeps what they export for every later command.
    Env {
        /// Files, in order.
        files: Vec<String>,
        /// Variables, set after the files.
        vars: Vec<(String, String)>,
    },
    /// Waits for the artifact, and proves its length and sha256.
    Receive {
        /// Bytes.
        size: u64,
        /// What it must hash to.
        digest: Digest,
    },
    /// Unpacks to where the release will live, without the top directory.
    Unpack {
        /// The release's name.
        release: ReleaseId,
        /// The name of that directory.
        top: String,
    },
    /// Writes what will be `.release.json` into the release.
    Meta {
        /// The document, on one line.
        json: String,
    },
    /// Links `BASE/shared/PATH` into the release.
    Share {
        /// The paths; directories where they are made.
        paths: Vec<String>,
        /// Files, which are never made.
        files: Vec<String>,
    },
    /// Puts a shared file there: what came beside the plan.
    Seed {
        /// Its path below `shared`.
        path: String,
        /// Also where another one is.
        replace: bool,
    },
    /// A command of `[prepare]`, in the new release.
    Prepare {
        /// The command.
        command: String,
    },
    /// Writes the release to disk, so that a power cut can't make it a lie.
    Sync,
    /// Gives the release its `.release.json`: from then on it is complete.
    Complete,
    /// Sees that a release that is there already has lost none of its files.
    Verify,
    /// Makes the link for the swap, and the one for its undo, while there is room.
    Link,
    /// Waits until every host is ready.
    WaitGo,
    /// The host of the database waits until nobody uses the old schema any more; the others, until it is upgraded.
    WaitTurn,
    /// Backs the database up.
    Backup {
        /// Where it is.
        url: Vec<UrlPart>,
    },
    /// Runs the plan's `up.sql` in the database: one transaction. Its undo asks what came of it, and runs `down.sql`.
    Schema {
        /// Where it is.
        url: Vec<UrlPart>,
        /// What it does, in a few words.
        what: String,
    },
    /// The application's own tool upgrades the schema.
    Upgrade {
        /// The tool goes back, from the release that is live to an older one.
        back: bool,
        /// Exits 0 when there is nothing to do.
        check: String,
        /// The command.
        command: String,
        /// The undo.
        undo: Option<String>,
    },
    /// Makes the database what a backup holds.
    Restore {
        /// The backup's name.
        backup: String,
        /// Where the database is.
        url: Vec<UrlPart>,
    },
    /// Drops what is kept in the database for the way back to releases that are no longer there.
    Bury {
        /// Where it is.
        url: Vec<UrlPart>,
    },
    /// Its undo asks, last of all, whether the old release answers.
    Well(HealthCheck),
    /// Raises the maintenance flag, unless it is up already.
    Flag {
        /// The flag's path.
        path: String,
    },
    /// Switches the old release off; its undo switches it on again.
    Stop {
        /// The command.
        command: String,
        /// The undo.
        undo: Option<String>,
    },
    /// Empties a directory.
    Clear {
        /// Which, under the base.
        path: String,
    },
    /// Copies a directory of the release over one under the base.
    Copy {
        /// From the release.
        from: String,
        /// To the base.
        to: String,
    },
    /// A command of `[activate]`, in the new release.
    Run {
        /// The command.
        command: String,
    },
    /// Its undo, after the swap's, makes the old release run again.
    Again {
        /// The command that does.
        command: String,
        /// For a first deploy: the command that stops what was started.
        stop: Option<String>,
    },
    /// The same with a systemd unit.
    UnitAgain(Unit),
    /// Swaps `live` by one rename, if it still is what it was.
    Swap,
    /// Switches the new release on; its undo stops it.
    Start {
        /// The command.
        command: String,
        /// The undo.
        undo: Option<String>,
    },
    /// Restarts or reloads after the swap.
    Restart {
        /// The command.
        command: String,
    },
    /// Restarts a systemd unit, and sees that it stays up as a new process.
    UnitStart(Unit),
    /// Waits until the new release answers.
    Health(HealthCheck),
    /// Waits until every host is healthy.
    WaitConfirm,
    /// Lowers the flag, if this operation raised it.
    Unflag {
        /// The flag's path.
        path: String,
    },
    /// Writes the ledger's record.
    Record,
    /// Removes old releases.
    Prune {
        /// Their names.
        releases: Vec<ReleaseId>,
    },
    /// `release maintenance on`.
    Raise {
        /// The flag's path.
        path: String,
        /// Who and why.
        text: String,
    },
    /// `release maintenance off`.
    Lower {
        /// The flag's path.
        path: String,
    },
    /// `release lock`.
    Freeze {
        /// Who, when and why.
        text: String,
    },
    /// `release unlock`.
    Unfreeze,
    /// Nothing but its record: `release pin`.
    Mark,
    /// Makes the directories: `release setup`.
    Dirs,
    /// A step of `release adopt`.
    Adopt(Adoption),
    /// Puts the boot hook into the account's crontab, or takes it away.
    BootHook(BootHook),
}

/// What `release setup` makes of the boot hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BootHook {
    /// It is there.
    Installed,
    /// It is not.
    Removed,
}

/// A systemd unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// Of the user's own manager.
    pub user: bool,
}

/// What is asked of a release, and what it must answer.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthCheck {
    /// `url` or `command`.
    pub kind: &'static str,
    /// The address or the command.
    pub probe: String,
    /// An extended regular expression that the answer must match; empty: any answer will do.
    pub pattern: String,
    /// What `pattern` stands for, as people write it.
    pub wanted: String,
    /// How a url is asked.
    pub how: Asking,
    /// A flag is raised before it: it is asked there what is live, too.
    pub behind_flag: bool,
    /// How long it may take.
    pub timeout: Duration,
}

impl Step {
    /// The step's name in plans and events, for people and machines.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Receive { .. } => "upload",
            Self::UnitStart(_) => "start",
            Self::WaitGo => "ready",
            Self::WaitTurn => "turn",
            Self::Upgrade { .. } => "schema",
            Self::WaitConfirm => "healthy",
            Self::Adopt(_) => "adopt",
            Self::Well(_) => "flag check",
            other => other.name(),
        }
    }

    /// The step's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Env { .. } => "env",
            Self::Receive { .. } => "receive",
            Self::Unpack { .. } => "unpack",
            Self::Meta { .. } => "meta",
            Self::Share { .. } => "share",
            Self::Seed { .. } => "seed",
            Self::Prepare { .. } => "prepare",
            Self::Sync => "sync",
            Self::Complete => "complete",
            Self::Verify => "verify",
            Self::Link => "link",
            Self::WaitGo | Self::WaitTurn | Self::WaitConfirm => "wait",
            Self::Backup { .. } => "backup",
            Self::Schema { .. } => "schema",
            Self::Upgrade { .. } => "upgrade",
            Self::Restore { .. } => "restore",
            Self::Bury { .. } => "bury",
            Self::Well(_) => "well",
            Self::Flag { .. } => "flag",
            Self::Stop { .. } => "stop",
            Self::Clear { .. } => "clear",
            Self::Copy { .. } => "copy",
            Self::Run { .. } => "run",
            Self::Again { .. } => "again",
            Self::UnitAgain(_) => "unit_again",
            Self::Swap => "swap",
            Self::Start { .. } => "start",
            Self::Restart { .. } => "restart",
            Self::UnitStart(_) => "unit_start",
            Self::Health(_) => "health",
            Self::Unflag { .. } => "unflag",
            Self::Record => "record",
            Self::Prune { .. } => "prune",
            Self::Raise { .. } => "raise",
            Self::Lower { .. } => "lower",
            Self::Freeze { .. } => "freeze",
            Self::Unfreeze => "unfreeze",
            Self::Mark => "mark",
            Self::Dirs => "dirs",
            Self::Adopt(adoption) => adoption.name(),
            Self::BootHook(_) => "boot_hook",
        }
    }

    /// The step in a plan that is shown to people; `None` for what only keeps the books.
    pub fn describe(&self) -> Option<String> {
        let text = match self {
            Self::Env { files, vars } => {
                let mut parts = files.clone();
                parts.extend(vars.iter().map(|(name, _)| format!("{name}=...")));
                format!("source {}", parts.join(", "))
            }
            Self::Receive { size, digest } => {
                format!("upload {size} bytes, check length and sha256 {}", digest.short())
            }
            Self::Unpack { release, .. } => format!("unpack into its final directory, {release}"),
            Self::Share { paths, files } => {
                let all: Vec<&str> = paths.iter().chain(files).map(String::as_str).collect();
                format!("link from shared/: {}; what is not there yet is filled from the live release", all.join(", "))
            }
            Self::Seed { path, replace: false } => format!("write shared/{path}, unless it is there"),
            Self::Seed { path, replace: true } => format!("write shared/{path}, in place of what is there"),
            Self::Prepare { command } | Self::Run { command } | Self::Upgrade { command, .. } => command.clone(),
            Self::Sync => "sync to disk".into(),
            Self::Complete => "write .release.json, which makes it complete".into(),
            Self::Verify => "verify that none of its files is missing".into(),
            Self::Link => "make the links for the swap and for its undo".into(),
            Self::WaitGo => "wait until every host is ready".into(),
            Self::WaitTurn => "wait for the schema".into(),
            Self::Backup { .. } => "back the database up".into(),
            Self::Schema { what, .. } => format!("{what}, in one transaction"),
            Self::Restore { backup, .. } => format!("restore the backup {backup}"),
            Self::Bury { .. } => "drop what was kept for releases that are gone".into(),
            Self::Flag { path } => format!("raise {path}"),
            Self::Stop { command, .. } | Self::Start { command, .. } | Self::Restart { command } => command.clone(),
            Self::Clear { path } => format!("empty {path}"),
            Self::Copy { from, to } => format!("copy {from} to {to}"),
            Self::Swap => "swap live, in one rename".into(),
            Self::UnitStart(unit) => {
                format!("systemctl{} restart {}", if unit.user { " --user" } else { "" }, unit.name)
            }
            Self::Health(check) => {
                format!("{} until the new release answers, for {:?} at most", check.probe, check.timeout)
            }
            Self::WaitConfirm => "wait until every host is healthy".into(),
            Self::Unflag { path } => format!("lower {path}, if it was raised here"),
            Self::Record => "write the ledger".into(),
            Self::Prune { releases } => {
                let names: Vec<_> = releases.iter().map(ReleaseId::to_string).collect();
                format!("remove {}", names.join(", "))
            }
            Self::Raise { path, .. } => format!("raise {path}"),
            Self::Lower { path } => format!("lower {path}"),
            Self::Freeze { .. } => "lock".into(),
            Self::Unfreeze => "unlock".into(),
            Self::Dirs => "make releases/ and shared/".into(),
            Self::Adopt(adoption) => adoption.describe(),
            Self::BootHook(BootHook::Installed) => "add the boot hook to the crontab".into(),
            Self::BootHook(BootHook::Removed) => "take the boot hook out of the crontab".into(),
            Self::Well(check) if check.behind_flag => {
                format!("{}: what is live is still healthy behind the flag", check.probe)
            }
            Self::Meta { .. } | Self::Well(_) | Self::Again { .. } | Self::UnitAgain(_) | Self::Mark => return None,
        };
        Some(text)
    }
}
