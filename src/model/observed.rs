//! What a host looks like, as its one look says.

use super::{Adoptable, Digest, Identity, Record, ReleaseId, Sharing, Version};
use serde::{Deserialize, Serialize};

/// A host at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// The login's name.
    pub user: String,
    /// Its number; 0 is root.
    pub uid: Option<u32>,
    /// The base directory, absolute.
    pub base: String,
    /// What stands at the base.
    pub base_state: BaseState,
    /// Anyone may write to the base.
    pub base_world_writable: bool,
    /// The number of the base's owner, when that is somebody else.
    pub base_owner: Option<u32>,
    /// The type of the base's file system.
    pub file_system: String,
    /// It is mounted without the right to run programs.
    pub noexec: bool,
    /// Whose base it is, where an operation has said so.
    pub identity: Option<Identity>,
    /// The top directory that the newest operation has unpacked, of a base that does not know whose it is.
    pub unpacked: Option<String>,
    /// What is served here and names no release of ours.
    pub adoptable: Vec<Adoptable>,
    /// Names under the base that other deploy tools use.
    pub foreign: Vec<String>,
    /// `.release` is there and can't be written.
    pub state_readonly: bool,
    /// What of our own can't be read, after the number of its owner: then what is told of the host is not all there is.
    pub unreadable: Option<(Option<u32>, String)>,
    /// The kernel's id of this boot.
    pub boot: String,
    /// The host's clock, in seconds since 1970.
    pub time: Option<i64>,
    /// There is no /proc to tell the living from the dead.
    pub no_proc: bool,
    /// The programs that were found, of those that are asked for.
    pub tools: Vec<String>,
    /// Free space for the base, in KiB.
    pub disk_kib: Option<u64>,
    /// Free inodes for the base; `None` where the file system does not count them.
    pub inodes: Option<u64>,
    /// What stands at `live`.
    pub live: Live,
    /// The complete releases, by name.
    pub releases: Vec<Installed>,
    /// What prunes could not remove: directories that are no release any more.
    pub gone: Vec<String>,
    /// Who holds the lock, if somebody does.
    pub lock: Option<LockHolder>,
    /// Operations that are under way or were left behind: their ids.
    pub open: Vec<String>,
    /// What `release lock` left: who, since when, why.
    pub freeze: Option<String>,
    /// The ledger, oldest first, as far as it matters.
    pub ledger: Vec<Record>,
    /// How many lines it has in all.
    pub ledger_lines: u64,
    /// How many of the lines that came are no records.
    pub ledger_unread: u64,
    /// One of those stands behind all records of what went live: it may have been the last of them.
    pub ledger_doubt: bool,
    /// The maintenance flag.
    pub flag: Flag,
    /// The flag for long maintenance.
    pub long_flag: Flag,
    /// Shared paths that are not there yet, and not in the live release either.
    pub shared_missing: Vec<String>,
    /// Shared paths that are directories.
    pub shared_directories: Vec<String>,
    /// How what is shared and what is live stand to each other.
    pub sharing: Sharing,
    /// What systemd says of the unit: `ActiveState=active`, ...
    pub unit: Vec<(String, String)>,
    /// Reasons against what hosts.toml asks for, each as a sentence.
    pub complaints: Vec<String>,
    /// The host has the agent's script already.
    pub agent: bool,
    /// What the account may do beside its files.
    pub rights: Rights,
    /// What is live, asked as `[health]` asks; `None`: it was not.
    pub health: Option<LiveHealth>,
    /// Why the files of `[env]` do not come to their end; `None`: they do, or were not tried.
    pub env_fails: Option<String>,
    /// Where the application's database is, as this host sees it; `None`: it was not asked, or can't say.
    pub database: Option<DatabaseAt>,
}

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseAt {
    /// A file of SQLite.
    File {
        /// The same on two hosts, if it is one file: boot id, device and inode, and what is not there yet.
        place: String,
        /// Its URL.
        shown: String,
    },
    /// A server, which may be anywhere.
    Server,
}

/// What an account may do beside its files, as far as it matters to a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// Its own systemd outlives its logins; `None`: not asked, or nobody knows.
    pub linger: Option<bool>,
    /// Why systemd says nothing of the unit.
    pub unit_unasked: Option<String>,
    /// What a unit of the system prints can't be read.
    pub journal_closed: bool,
    /// logind ends what a login leaves behind; false: unless it is in a scope of the account's own systemd.
    pub killed: Option<bool>,
    /// Directories on the way to the base that no other account can pass.
    pub way_closed: Vec<String>,
    /// What tells the base apart from any other on this machine.
    pub place: Option<String>,
}

/// How healthy the live release is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveHealth {
    /// It answers as `[health]` asks.
    Healthy,
    /// It does not.
    Unhealthy {
        /// The status of HTTP, if it answered at all.
        status: Option<u16>,
        /// What came, and what was expected.
        said: String,
    },
    /// It could not be asked, and why.
    Unasked(String),
}

/// What stands at the base.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BaseState {
    /// A directory that we can write to.
    #[default]
    Writable,
    /// A directory that we can't write to.
    ReadOnly,
    /// Nothing yet, and we can make it.
    Missing,
    /// Nothing, and we can't make it.
    Uncreatable,
    /// Something that is no directory.
    NotDirectory,
}

/// What stands at `live`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Live {
    /// Nothing: no release was ever put in service.
    #[default]
    None,
    /// A link with this text, that leads to a directory.
    Link(String),
    /// A link with this text, that leads nowhere.
    Dangling(String),
    /// A real directory.
    Directory,
    /// A file.
    File,
}

impl Live {
    /// The link's text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Link(text) | Self::Dangling(text) => Some(text),
            _ => None,
        }
    }

    /// The release it names, if it is one of ours.
    pub fn release(&self, releases: &str) -> Option<ReleaseId> {
        self.text()?.strip_prefix(releases)?.strip_prefix('/')?.parse().ok()
    }
}

/// A release on a host.
#[derive(Debug, Clone, PartialEq)]
pub struct Installed {
    /// Its name.
    pub id: ReleaseId,
    /// What its `.release.json` says, if it has one that can be read.
    pub meta: Option<Meta>,
}

/// `.release.json`: what a release says of itself, so that the application can show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// The version.
    pub version: Version,
    /// The commit, where that is known.
    #[serde(default)]
    pub commit: Option<String>,
    /// The tag or branch.
    #[serde(default, rename = "ref")]
    pub reference: Option<String>,
    /// The artifact's sha256.
    pub sha256: Digest,
    /// When the artifact was built.
    #[serde(default)]
    pub built_at: Option<String>,
    /// By whom.
    #[serde(default)]
    pub built_by: Option<String>,
}

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockHolder {
    /// The process on the host.
    pub pid: u32,
    /// The operation's id.
    pub operation: String,
    /// Its verb.
    pub verb: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// Who.
    pub who: String,
}

/// A maintenance flag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Flag {
    /// Not asked for.
    #[default]
    Unknown,
    /// Down.
    Down,
    /// Up, with this first line.
    Up(String),
    /// Down, and we could not raise it.
    Unwritable,
    /// A directory stands there.
    Directory,
}

impl Observed {
    /// The release that is live, if `live` names one of ours.
    pub fn live_release(&self, releases: &str) -> Option<ReleaseId> {
        self.live.release(releases)
    }

    /// Is a release there?
    pub fn has(&self, id: &ReleaseId) -> bool {
        self.releases.iter().any(|release| release.id == *id)
    }

    /// What a release says of itself.
    pub fn meta(&self, id: &ReleaseId) -> Option<&Meta> {
        self.releases.iter().find(|release| release.id == *id)?.meta.as_ref()
    }

    /// Was a program found?
    pub fn has_tool(&self, name: &str) -> bool {
        self.tools.iter().any(|tool| tool == name)
    }

    /// Operations that nobody works on any more.
    pub fn leftovers(&self) -> impl Iterator<Item = &String> {
        self.open.iter().filter(|id| self.lock.as_ref().is_none_or(|lock| lock.operation != **id))
    }
}
