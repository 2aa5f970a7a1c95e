//! `release cut`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use crate::commands::candidates;
use crate::model::{HazardName, Version};

/// `release cut`
#[derive(Debug, Args)]
pub struct Cut {
    /// Which version [default: the last number of the latest one goes up: 0.940, 0.941]
    #[arg(value_name = "VERSION", conflicts_with_all = ["minor", "major"])]
    pub version: Option<Version>,
    /// The second number goes up: 1.2.3, 1.3.0
    #[arg(long, conflicts_with = "major")]
    pub minor: bool,
    /// The first number goes up: 1.2.3, 2.0.0
    #[arg(long)]
    pub major: bool,
    /// Which target is deployed to [default: the only one, or `default` in hosts.toml]
    #[arg(long, value_name = "TARGET", add = ArgValueCandidates::new(candidates::targets))]
    pub target: Option<String>,
    /// Which remote is pushed to [default: the branch's own, else origin]
    #[arg(long, value_name = "REMOTE", conflicts_with = "no_push")]
    pub remote: Option<String>,
    /// Keep branch and tag here
    #[arg(long)]
    pub no_push: bool,
    /// Allow a hazard of the schema's upgrade, by its name; more than once for several
    #[arg(long, value_name = "HAZARD", value_parser = super::hazard)]
    pub allow: Vec<HazardName>,
    /// Show the steps and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Why, for the ledger
    #[arg(short, long, value_name = "WHY")]
    pub message: Option<String>,
}
