//! A target, resolved: what `hosts.toml` says once the tables are merged and every value was checked.

use std::path::PathBuf;
use std::time::Duration;

use super::{HazardName, Version};

/// A named place to deploy to.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Its name: `view`, `prod`.
    pub name: String,
    /// The application's name.
    pub app: String,
    /// How artifacts are named.
    pub artifact: ArtifactName,
    /// How artifacts are built.
    pub build: Build,
    /// Its hosts, in the order of hosts.toml; never empty.
    pub hosts: Vec<Host>,
    /// Which of `hosts` runs what must run once (the schema upgrade).
    pub primary: usize,
    /// The directory on each host that everything lies under: absolute, or `~` or `~/...`.
    pub base: String,
    /// The directory of the releases, relative to `base`.
    pub releases: String,
    /// The name of the symlink in service, directly in `base`.
    pub live: String,
    /// How many good releases are kept, besides live, previous, pinned and in use; at least 1.
    pub keep: usize,
    /// Paths linked from `base/shared` into each release, relative.
    pub shared: Vec<String>,
    /// Files linked in the same way, which must be there: none is ever made.
    pub shared_files: Vec<String>,
    /// What is sourced and set before any command on the host.
    pub env: Env,
    /// Commands run in the new release before anything is switched off.
    pub prepare: Vec<String>,
    /// The maintenance flag, if there is one.
    pub maintenance: Option<Maintenance>,
    /// The service to restart.
    pub service: Service,
    /// The proof that the new release answers.
    pub health: Option<Health>,
    /// Why `[health]` is left out this time (`--no-health -m WHY`).
    pub no_health: Option<String>,
    /// What goes with the swap, and is undone with it.
    pub activate: Activate,
    /// Who must have signed what is deployed.
    pub signatures: Option<Signatures>,
    /// The database that moves with the code.
    pub schema: Option<Schema>,
    /// Only bytes that were live and good on this other target.
    pub requires: Option<String>,
    /// The branch that follows what is promoted here.
    pub git: Option<Branch>,
    /// What hears of each operation.
    pub notify: Option<Notify>,
    /// Asks before it changes anything, unless `--yes`.
    pub protected: bool,
    /// All hosts at once, or in batches.
    pub strategy: Strategy,
    /// How long a host waits for a silent client before it undoes by itself.
    pub lease: Duration,
    /// How long each command may take on a host.
    pub limits: super::Limits,
    /// The most bytes that an artifact may unpack to.
    pub max_unpacked: u64,
    /// How ssh is called.
    pub ssh: Ssh,
}

impl Target {
    /// Does the host of this name run what must run once?
    pub fn is_primary(&self, name: &str) -> bool {
        self.hosts.get(self.primary).is_some_and(|host| host.name == name)
    }

    /// The same target with only those hosts whose names are wanted. Where the primary is not among them the first takes its place:
    /// whoever leaves it out sees to it that there is nothing to do for it.
    #[must_use]
    pub fn only(&self, wanted: impl Fn(&str) -> bool) -> Self {
        let mut narrow = self.clone();
        narrow.hosts.retain(|host| wanted(&host.name));
        narrow.primary = narrow.hosts.iter().position(|host| self.is_primary(&host.name)).unwrap_or(0);
        narrow
    }

    /// The same, where `why` says so without `[health]`.
    pub fn without_health(self, why: Option<String>) -> Self {
        match why {
            Some(why) => Self { health: None, no_health: Some(why), ..self },
            None => self,
        }
    }
}

/// One host of a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Host {
    /// As hosts.toml writes it, and as every output names it: `ddgc@web2.duck.co:2222`, `local`.
    pub name: String,
    /// How it is reached.
    pub address: Address,
    /// Free text for the user's own grouping.
    pub role: Option<String>,
}

/// How a host is reached.
#[derive(Debug, Clone, PartialEq)]
pub enum Address {
    /// This machine, without ssh; the directory replaces `base`.
    Local {
        /// The directory that stands for `base`, absolute; `None`: the target's `base`.
        base: Option<PathBuf>,
    },
    /// Over ssh.
    Ssh {
        /// Host name, alias of the user's ssh config, or address.
        host: String,
        /// The user to log in as; else what ssh would take.
        user: Option<String>,
        /// The port; else what ssh would take.
        port: Option<u16>,
        /// A private key file, and then only that one.
        identity: Option<PathBuf>,
        /// Jump hosts, as `ssh -J` takes them.
        jump: Option<String>,
        /// The pinned host key, `SHA256:...`: this one and no other, whatever known_hosts says.
        host_key: Option<String>,
    },
}

/// `DDGC-{version}.tar.gz`: what stands before and after the version in an artifact's file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactName {
    /// `DDGC-`
    pub prefix: String,
    /// `.tar.gz`
    pub suffix: String,
}

impl ArtifactName {
    /// The file name for a version.
    pub fn file_name(&self, version: &Version) -> String {
        format!("{}{version}{}", self.prefix, self.suffix)
    }

    /// The one top-level directory that an artifact of this version must hold: `DDGC-0.940`.
    pub fn top_directory(&self, version: &Version) -> String {
        format!("{}{version}", self.prefix)
    }
}

/// How an artifact is made of a commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Build {
    /// A command that must pass in a clean checkout before anything is built.
    pub test: Option<String>,
    /// What git does not track and the artifact holds: paths from the top of the repository, or patterns.
    pub include: Vec<String>,
    /// What the artifact does not hold: the same.
    pub exclude: Vec<String>,
    /// Where the version stands in the repository.
    pub version_files: Vec<VersionFile>,
}

/// A file of the repository that holds the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFile {
    /// Its path from the top of the repository.
    pub path: String,
    /// The line that the version stands in; `None`: the version is all that is in the file.
    pub line: Option<VersionLine>,
}

/// `our $VERSION = '{version}';`: what stands before the version, from the beginning of the line, and right behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionLine {
    /// `our $VERSION = '`
    pub before: String,
    /// `';`
    pub after: String,
}

/// What is sourced and set on the host before any command of hosts.toml runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Env {
    /// Files to source, in order; absolute, `~/...`, or relative to `base`.
    pub files: Vec<String>,
    /// Variables to set, in order of name.
    pub vars: Vec<(String, String)>,
}

/// The maintenance flag file.
#[derive(Debug, Clone, PartialEq)]
pub struct Maintenance {
    /// Its path; relative to `base` unless absolute or `~/...`.
    pub flag: String,
    /// The second flag, for long maintenance.
    pub long_flag: Option<String>,
    /// When a deploy raises it.
    pub when: MaintenanceWhen,
}

/// When a deploy raises the flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaintenanceWhen {
    /// In each deploy and rollback.
    Always,
    /// Only when the schema changes.
    Schema,
    /// Never by itself.
    Never,
}

/// What serves the release.
#[derive(Debug, Clone, PartialEq)]
pub enum Service {
    /// Nothing to restart: static files, or a server that follows the link.
    None,
    /// A systemd unit, of the system (through `sudo -n` unless root) or of the user's own manager.
    Systemd {
        /// `ddgc.service`
        unit: String,
        /// A unit of `systemctl --user`.
        user: bool,
    },
    /// The user's own commands.
    Commands {
        /// Switches the old release off.
        stop: Option<String>,
        /// Switches the new one on.
        start: Option<String>,
        /// Does both; preferred when there is no reason to stop first.
        restart: Option<String>,
        /// Makes a running server take up what `live` names now; preferred over `restart`.
        reload: Option<String>,
    },
}

/// The proof that the new release answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// What is asked.
    pub probe: Probe,
    /// What the body or the `X-Release` header must hold; `{version}` and `{release}` are filled in.
    pub expect: Option<String>,
    /// How long the release has, from its start.
    pub timeout: Duration,
    /// How a url is asked.
    pub how: Asking,
}

/// How a url is asked for health, beyond a plain GET.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asking {
    /// Headers of the request, in order of name.
    pub headers: Vec<(String, String)>,
    /// The unix socket that is asked, instead of the URL's host and port.
    pub socket: Option<String>,
    /// A certificate that nobody has signed will do.
    pub insecure: bool,
}

/// What is asked for health.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    /// A GET from the host itself.
    Url(String),
    /// A command that must exit 0 (and print what `expect` says, if it says anything).
    Command(String),
}

/// What goes with the swap, and is undone with it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Activate {
    /// Directories under `base` that are emptied.
    pub clear: Vec<String>,
    /// Directories of the release that are copied over directories under `base`.
    pub copy: Vec<CopyTree>,
    /// Commands, run in the new release just before the swap.
    pub run: Vec<String>,
}

/// One `{ from = "share/docroot/", to = "docroot/" }`.
#[derive(Debug, Clone, PartialEq)]
pub struct CopyTree {
    /// A directory of the release.
    pub from: String,
    /// A directory under `base`.
    pub to: String,
}

/// The database that moves with the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Where it is, as the host is to put it together.
    pub url: Vec<UrlPart>,
    /// The file of the release that says what the schema is.
    pub desired: Option<String>,
    /// The directory of the release with `VERSION/NN-name.sql`; beside `desired`, with its data steps.
    pub versions: Option<String>,
    /// The application's own tool.
    pub command: Option<SchemaCommand>,
    /// When a backup is made.
    pub backup: BackupWhen,
    /// Hazards that need not be allowed each time.
    pub allow: Vec<HazardName>,
}

/// A piece of a database's URL. Variables are the host's: what they hold never comes to this side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UrlPart {
    /// Literal text.
    Text(String),
    /// A variable of the environment that `[env]` makes on the host.
    Variable(String),
}

/// The application's own tool for its schema: each a command, run in the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaCommand {
    /// Exits 0 when the schema is the one that the release wants.
    pub check: String,
    /// Upgrades.
    pub up: String,
    /// Goes back to what was before; without it, only a restored backup does.
    pub down: Option<String>,
}

/// When a backup is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupWhen {
    /// In each operation that may touch the schema.
    Always,
    /// Before the schema changes.
    BeforeChange,
    /// Never.
    Never,
}

/// What the signature of an artifact is judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signatures {
    /// The signers and their keys, as `ssh-keygen -Y verify -f` takes them: absolute, or below `~`.
    pub allowed_signers: PathBuf,
    /// Keys that count no more, as `ssh-keygen -r` takes them.
    pub revoked: Option<PathBuf>,
    /// Nothing without a signature is deployed.
    pub required: bool,
}

/// A branch of a remote: fast-forwarded to the commit that was promoted, and never anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its name, without `refs/heads/`.
    pub branch: String,
    /// The remote's name.
    pub remote: String,
}

/// The command that hears of each operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notify {
    /// For `sh`, on this side.
    pub command: String,
    /// How long it may take.
    pub timeout: Duration,
}

/// All hosts at once, or in batches.
#[derive(Debug, Clone, PartialEq)]
pub enum Strategy {
    /// All hosts switch at once.
    Together,
    /// Batch after batch; each is healthy before the next starts.
    Rolling {
        /// How many hosts switch at a time; at least 1.
        batch: usize,
        /// The pause between two batches.
        wait: Duration,
    },
}

/// How ssh is called.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ssh {
    /// An ssh config file to read instead of the user's own (as `ssh -F`).
    pub config: Option<PathBuf>,
    /// How long a connection may take; default 10 s.
    pub connect_timeout: Option<Duration>,
    /// `--accept-new`: a host key that known_hosts does not have is added to it; one that has changed is refused all the same.
    pub accept_new: bool,
    /// There is somebody at a terminal whom ssh may ask for the passphrase of a key.
    pub ask: bool,
}
