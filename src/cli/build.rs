//! `release build`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use clap_complete::engine::ArgValueCandidates;

use crate::commands::candidates;

/// `release build`
#[derive(Debug, Args)]
pub struct Build {
    /// A tag, version, branch or commit [default: HEAD, which must be clean]
    #[arg(value_name = "REF", add = ArgValueCandidates::new(candidates::tags))]
    pub reference: Option<String>,
    /// Where to put it [default: dist/, next to hosts.toml]
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output: Option<PathBuf>,
    /// Build as this target's tables say
    #[arg(long, value_name = "TARGET", add = ArgValueCandidates::new(candidates::targets))]
    pub target: Option<String>,
    /// Replace an artifact of this name that has other bytes
    #[arg(long)]
    pub force: bool,
}
