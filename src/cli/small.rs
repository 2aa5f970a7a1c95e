//! The log, and pins.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use crate::commands::candidates;

/// `release log`
#[derive(Debug, Args)]
pub struct Log {
    /// Which target [default: the only one, or `default` in hosts.toml]
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: Option<String>,
    /// Show this operation's full output
    pub operation: Option<String>,
    /// At most so many entries
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub lines: usize,
}

/// `release pin` and `release unpin`
#[derive(Debug, Args)]
pub struct Pin {
    /// Which target
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: String,
    /// A release's name, or its version
    #[arg(add = ArgValueCandidates::new(candidates::releases))]
    pub release: String,
    /// Why
    #[arg(short, long, value_name = "WHY")]
    pub message: Option<String>,
}
