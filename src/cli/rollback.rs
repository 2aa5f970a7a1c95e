//! `release rollback`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use super::Without;
use super::schema::hazard;
use crate::commands::candidates;
use crate::model::HazardName;

/// `release rollback`
#[derive(Debug, Args)]
pub struct Rollback {
    /// Which target [default: the only one, or `default` in hosts.toml]
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: Option<String>,
    /// To this release or version
    #[arg(long, value_name = "RELEASE|VERSION", conflicts_with = "steps", add = ArgValueCandidates::new(candidates::releases))]
    pub to: Option<String>,
    /// So many steps back
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub steps: u16,
    /// Leave the database's schema as it is, where the older code can run on it
    #[arg(long)]
    pub keep_schema: bool,
    /// Leave `[health]` out, in an emergency; plan, ledger and status say so, and why
    #[arg(long, requires = "message")]
    pub no_health: bool,
    /// Allow a hazard of the schema's upgrade, by its name; more than once for several
    #[arg(long, value_name = "HAZARD", value_parser = hazard)]
    pub allow: Vec<HazardName>,
    /// Show the plan and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Hosts that are left out.
    #[command(flatten)]
    pub without: Without,
    /// Why, for the ledger
    #[arg(short, long, value_name = "WHY")]
    pub message: Option<String>,
}
