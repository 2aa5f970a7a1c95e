//! `release notes`

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use crate::commands::candidates;

/// Show what commits say under `Deployment:`, oldest first
///
/// Each end is a tag, a branch, a commit, or a target, which means the commit that is live on it (a branch of that name is
/// refs/heads/NAME). `FROM` alone goes up to HEAD. Without any, it is from what is live on the target of a command given
/// none up to HEAD, else from the last tag.
///
/// A section begins at a line `Deployment:` of a commit's message (or `Deployment notes:`, or a heading `## Deployment`) and
/// ends before the trailers (`Signed-off-by:`), at the next such line, or with the message.
#[derive(Debug, Args)]
pub struct Notes {
    /// From where to where, as `0.940..0.941` or `prod..view`
    #[arg(value_name = "FROM..TO", add = ArgValueCandidates::new(candidates::targets))]
    pub range: Option<String>,
}
