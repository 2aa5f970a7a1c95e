//! `release setup`

use clap::{Args, ValueHint};
use clap_complete::engine::ArgValueCandidates;

use crate::commands::candidates;
use crate::model::BootHook;

/// `release setup`
#[derive(Debug, Args)]
pub struct Setup {
    /// Which target [default: the only one, or `default` in hosts.toml]
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: Option<String>,
    /// Add a line to each host's crontab: what was interrupted when it went down is finished or undone when it boots
    #[arg(long, overrides_with = "no_boot_hook")]
    pub boot_hook: bool,
    /// Take that line away
    #[arg(long)]
    pub no_boot_hook: bool,
    /// Put this file where a path of `shared_files` or `shared` is to be, for its owner alone; one that is there stays
    #[arg(long, value_name = "FILE[:PATH]", value_hint = ValueHint::FilePath, conflicts_with_all = ["boot_hook", "no_boot_hook"])]
    pub seed: Option<String>,
    /// With --seed: in place of one that is there
    #[arg(long, requires = "seed")]
    pub replace: bool,
    /// Why, for the ledger
    #[arg(short, long, value_name = "WHY", requires = "seed")]
    pub message: Option<String>,
}

impl Setup {
    /// What is to become of the boot hook; `None`: it stays as it is.
    pub fn hook(&self) -> Option<BootHook> {
        match (self.boot_hook, self.no_boot_hook) {
            (true, _) => Some(BootHook::Installed),
            (false, true) => Some(BootHook::Removed),
            (false, false) => None,
        }
    }
}
