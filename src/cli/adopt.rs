//! `release adopt`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use crate::commands::candidates;
use crate::model::Version;

/// `release adopt`
///
/// What is live stays where it is and goes on: it gets a name among the releases, and can be rolled back to.
#[derive(Debug, Clone, Args)]
pub struct Adopt {
    /// Which target
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: String,
    /// Show the plan and stop
    #[arg(long)]
    pub dry_run: bool,
    /// With --dry-run: print the shell text that would run
    #[arg(long, requires = "dry_run")]
    pub script: bool,
    /// The version of what is live [default: the name of its directory]
    #[arg(long, value_name = "VERSION")]
    pub version: Option<Version>,
    /// Where `live` is a real directory and the host can't exchange it at once: it may be missing for the time of two renames
    #[arg(long)]
    pub allow_gap: bool,
    /// Why, for the ledger
    #[arg(short, long, value_name = "WHY")]
    pub message: Option<String>,
}
