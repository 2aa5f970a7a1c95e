//! The command line: types only. Help, man pages and completions come from here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::engine::ArgValueCandidates;

mod adopt;
mod build;
mod cut;
mod here;
mod notes;
mod promote;
mod rollback;
mod schema;
mod setup;
mod small;
mod without;

pub use adopt::Adopt;
pub use build::Build;
pub use cut::Cut;
pub use here::{Completions, Init, Man, Shell};
pub use notes::Notes;
pub use promote::Promote;
pub use rollback::Rollback;
use schema::hazard;
pub use schema::{Schema, SchemaAction, SchemaDiff, SchemaRestore, SchemaUpgrade};
pub use setup::Setup;
pub use small::{Log, Pin};
pub use without::{CatchUp, Without};

use crate::commands::candidates;
use crate::model::HazardName;

/// Deploy release tarballs over SSH, prove that they answer, go back in one step
///
/// `release TARGET [ARTIFACT]` deploys: it uploads the artifact to every host of the target, prepares it there, swaps
/// the `live` link in one rename, restarts the service and waits until the new release answers. If anything fails, or
/// this machine vanishes, the hosts put everything back by themselves.
#[derive(Debug, Parser)]
#[command(
    name = "release",
    version,
    override_usage = "release [OPTIONS] TARGET [ARTIFACT]\n       release [OPTIONS] COMMAND",
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 done, 1 failed and nothing changed, 2 usage, 3 refused beforehand, 4 hosts differ,\n\
                  5 rolled back, 6 unknown, 75 locked, 130 interrupted and undone"
)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The configuration [default: hosts.toml, searched upwards]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// JSON on stdout: one document for a question, one event a line for an operation
    #[arg(long, global = true)]
    pub json: bool,
    /// Only failures and the result
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Show the output of commands while they run
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Don't ask before a protected target is changed
    #[arg(short, long, global = true)]
    pub yes: bool,
    /// Add host keys that known_hosts does not have; one that has changed is still refused
    #[arg(long, global = true)]
    pub accept_new: bool,
    /// Plain lines instead of a live display
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Deploy an artifact to a target; the same as `release TARGET [ARTIFACT]`
    Deploy(Deploy),
    /// Deploy the very bytes that are live on another target
    Promote(Promote),
    /// Bring hosts that were left out, were away or are new to what the others serve
    CatchUp(CatchUp),
    /// Go one step back, to the release that was live and good before
    Rollback(Rollback),
    /// Take a rollback back
    Forward(TargetOnly),
    /// Show what is live on every host, and how targets differ
    Status(Status),
    /// Show exactly what a deploy would do; changes nothing
    Plan(Plan),
    /// Show what commits say under `Deployment:`, oldest first
    Notes(Notes),
    /// Build an artifact from git, the same bytes on any machine
    ///
    /// `[build] test` is run in a clean checkout of the commit. The artifact then holds what git has, without `exclude`, and what
    /// `include` names: files that the test made there, or else (when HEAD is built) those of the work tree. Its version is that of
    /// the tag on the commit, without a `v` in front; without a tag it is what `git describe` would say: 0.940-14-g1234567890.
    Build(Build),
    /// The whole chain: version up, test, build, deploy to the default target, tag, push
    ///
    /// The version is written into `[build] version_files` and committed, the commit is tested and built and deployed, and once it is
    /// healthy the annotated tag, with the notes since the last one, and the branch are pushed. Each step needs the one before. What is
    /// done already is not done again: `release cut VERSION` goes on where it stopped.
    Cut(Cut),
    /// Show the ledger: who did what, when, and how it ended
    Log(Log),
    /// The database alone: its state, what would change, upgrade, backup, restore
    Schema(Schema),
    /// Raise or lower the maintenance flag by hand
    Maintenance(Maintenance),
    /// Freeze a target: nobody deploys to it until it is unlocked
    Lock(Freeze),
    /// Take the freeze away
    Unlock(Freeze),
    /// Finish or undo an interrupted operation now
    Recover(TargetOnly),
    /// Remove old releases
    Prune(Prune),
    /// Keep a release from being removed
    Pin(Pin),
    /// No longer keep it
    Unpin(Pin),
    /// Report every reason for a deploy to fail that can be known beforehand
    Check(Check),
    /// Write a commented hosts.toml
    Init(Init),
    /// Take over what another deploy tool has put live, or what goes by other names, without moving it
    Adopt(Adopt),
    /// Prepare the hosts of a target, and print what an administrator has to add
    Setup(Setup),
    /// Print the completions for a shell
    Completions(Completions),
    /// Print the manual page, or write all of them to a directory
    Man(Man),
    /// Play a made-up deploy, to look at the display
    #[command(hide = true)]
    UiDemo,
    /// A target's name: a deploy
    #[command(external_subcommand)]
    Target(Vec<String>),
}

/// `release deploy`
#[derive(Debug, Clone, Args)]
pub struct Deploy {
    /// Where to
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: String,
    /// A tarball; a version: its tarball in dist/, else built from its tag [default: built from HEAD]
    #[arg(value_hint = ValueHint::FilePath, add = ArgValueCandidates::new(candidates::artifacts))]
    pub artifact: Option<String>,
    /// Show the plan and stop
    #[arg(long)]
    pub dry_run: bool,
    /// With --dry-run: print the shell text that would run
    #[arg(long, requires = "dry_run")]
    pub script: bool,
    /// With --dry-run: print the schema upgrade that would run
    #[arg(long, requires = "dry_run", conflicts_with = "script")]
    pub sql: bool,
    /// Allow a hazard of the schema's upgrade, by its name; more than once for several
    #[arg(long, value_name = "HAZARD", value_parser = hazard)]
    pub allow: Vec<HazardName>,
    /// Deploy although every host serves these very bytes already
    #[arg(long)]
    pub again: bool,
    /// Deploy although a host has this version with other bytes
    #[arg(long)]
    pub force_new_build: bool,
    /// Deploy although the bytes were not good where `requires` wants them; the ledger says so, and why
    #[arg(long, requires = "message")]
    pub force: bool,
    /// Leave `[health]` out, in an emergency; plan, ledger and status say so, and why
    #[arg(long, requires = "message")]
    pub no_health: bool,
    /// Hosts that are left out.
    #[command(flatten)]
    pub without: Without,
    /// Why, for the ledger
    #[arg(short, long, value_name = "WHY")]
    pub message: Option<String>,
}

/// A command that takes a target and nothing else.
#[derive(Debug, Args)]
pub struct TargetOnly {
    /// Which target [default: the only one, or `default` in hosts.toml]
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: Option<String>,
}

/// `release status`
#[derive(Debug, Args)]
pub struct Status {
    /// Which targets [default: all]
    #[arg(value_name = "TARGET", add = ArgValueCandidates::new(candidates::targets))]
    pub targets: Vec<String>,
    /// Look again every two seconds, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// Write it as one page for browsers too, in one rename; with -q only that, as a cron job wants it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub html: Option<PathBuf>,
}

/// `release plan`
#[derive(Debug, Args)]
pub struct Plan {
    /// Where to
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: String,
    /// A tarball; a version: its tarball in dist/, else built from its tag [default: built from HEAD]
    #[arg(value_hint = ValueHint::FilePath, add = ArgValueCandidates::new(candidates::artifacts))]
    pub artifact: Option<String>,
    /// Print the shell text that would run
    #[arg(long)]
    pub script: bool,
    /// Print the schema upgrade that would run
    #[arg(long, conflicts_with = "script")]
    pub sql: bool,
    /// Allow a hazard of the schema's upgrade, by its name; more than once for several
    #[arg(long, value_name = "HAZARD", value_parser = hazard)]
    pub allow: Vec<HazardName>,
    /// Plan although every host serves these very bytes already
    #[arg(long)]
    pub again: bool,
    /// Plan although a host has this version with other bytes
    #[arg(long)]
    pub force_new_build: bool,
    /// Plan although the bytes were not good where `requires` wants them
    #[arg(long)]
    pub force: bool,
    /// Plan without `[health]`
    #[arg(long)]
    pub no_health: bool,
    /// Hosts that are left out.
    #[command(flatten)]
    pub without: Without,
    /// Why hosts are left out
    #[arg(short, long, value_name = "WHY", requires = "hosts")]
    pub message: Option<String>,
}

/// `release maintenance`
#[derive(Debug, Args)]
pub struct Maintenance {
    /// Up or down
    pub state: OnOff,
    /// Which target
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: String,
    /// The flag for long maintenance; `off` lowers both
    #[arg(long)]
    pub long: bool,
    /// Hosts that are left out.
    #[command(flatten)]
    pub without: Without,
    /// Why
    #[arg(short, long, value_name = "WHY")]
    pub message: Option<String>,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnOff {
    /// Raise it.
    On,
    /// Lower it.
    Off,
}

/// `release lock` and `release unlock`
#[derive(Debug, Args)]
pub struct Freeze {
    /// Which target
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: String,
    /// Hosts that are left out.
    #[command(flatten)]
    pub without: Without,
    /// Why
    #[arg(short, long, value_name = "WHY")]
    pub message: Option<String>,
}

/// `release prune`
#[derive(Debug, Args)]
pub struct Prune {
    /// Which target
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: String,
    /// Keep so many good releases [default: `keep` in hosts.toml]
    #[arg(long, value_name = "N")]
    pub keep: Option<usize>,
    /// Show what would go and stop
    #[arg(long)]
    pub dry_run: bool,
}

/// `release check`
#[derive(Debug, Args)]
pub struct Check {
    /// Which target [default: all]
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: Option<String>,
    /// Read hosts.toml only
    #[arg(long = "config-only", visible_alias = "offline")]
    pub config_only: bool,
}

/// The verbs, for suggestions: what a mistyped target may have been meant as.
pub fn verbs() -> Vec<String> {
    use clap::CommandFactory as _;
    Cli::command().get_subcommands().filter(|c| !c.is_hide_set()).map(|c| c.get_name().to_owned()).collect()
}
