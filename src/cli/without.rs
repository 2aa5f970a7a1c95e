//! What leaves hosts out, and what brings them back.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use crate::commands::candidates;

/// Hosts that an operation leaves out.
#[derive(Debug, Clone, Default, Args)]
pub struct Without {
    /// Leave this host out, and say why with -m; more than once for several. `release catch-up` brings it to what the others serve
    #[arg(
        long = "without",
        value_name = "HOST",
        requires = "message",
        add = ArgValueCandidates::new(candidates::hosts)
    )]
    pub hosts: Vec<String>,
}

/// `release catch-up`
///
/// Hosts that were left out, were away or are new get the very bytes that the others serve, under the same name. Nothing happens on
/// hosts that serve them already, and the schema, which is upgraded, stays as it is.
#[derive(Debug, Args)]
pub struct CatchUp {
    /// Which target [default: the only one, or `default` in hosts.toml]
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: Option<String>,
    /// Show the plan and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Why, for the ledger
    #[arg(short, long, value_name = "WHY")]
    pub message: Option<String>,
}
