//! `release promote`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use super::Without;
use super::schema::hazard;
use crate::commands::candidates;
use crate::model::HazardName;

/// `release promote`
///
/// The bytes are taken from dist/ if they are there, else from a host of FROM. Everything else is as in a deploy.
#[derive(Debug, Clone, Args)]
pub struct Promote {
    /// Where they are live
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub from: String,
    /// Where they are to go
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub to: String,
    /// Refuse if something else is live there: a version, or a commit of at least 7 digits
    #[arg(long, value_name = "VERSION|COMMIT")]
    pub expect: Option<String>,
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
    /// Promote although a host has this version with other bytes
    #[arg(long)]
    pub force_new_build: bool,
    /// Promote although the bytes were not good where `requires` wants them; the ledger says so, and why
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
