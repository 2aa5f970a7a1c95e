//! `release schema`, and the names of hazards.

use clap::{Args, Subcommand, ValueHint};
use clap_complete::engine::ArgValueCandidates;

use super::TargetOnly;
use crate::commands::candidates;
use crate::model::HazardName;

/// `release schema`
#[derive(Debug, Args)]
pub struct Schema {
    /// What
    #[command(subcommand)]
    pub action: SchemaAction,
}

/// What `release schema` does.
#[derive(Debug, Subcommand)]
pub enum SchemaAction {
    /// Show which schema the database has, and whether it is the one that the last operation left
    Status(TargetOnly),
    /// Print the SQL that leads from the live schema to the wanted one; exit 0 when they are equal, 1 when not
    #[command(
        override_usage = "release schema diff [OPTIONS] TARGET [ARTIFACT|FILE.sql]\n       release schema diff --from URL --to FILE.sql|URL"
    )]
    Diff(SchemaDiff),
    /// Upgrade the schema, and leave the code as it is
    Upgrade(SchemaUpgrade),
    /// Back the database up on its host
    Backup(TargetOnly),
    /// Make the database what a backup holds; what is there now is backed up before
    Restore(SchemaRestore),
}

/// `release schema diff`
#[derive(Debug, Args)]
pub struct SchemaDiff {
    /// Which target's database
    #[arg(add = ArgValueCandidates::new(candidates::targets), required_unless_present = "from", conflicts_with = "from")]
    pub target: Option<String>,
    /// What says the wanted schema [default: the file that `desired` in hosts.toml names, beside it]
    #[arg(value_hint = ValueHint::FilePath, requires = "target")]
    pub wanted: Option<String>,
    /// A database, without any target
    #[arg(long, value_name = "URL", requires = "to")]
    pub from: Option<String>,
    /// A file, or another database
    #[arg(long, value_name = "FILE.sql|URL", requires = "from", value_hint = ValueHint::FilePath)]
    pub to: Option<String>,
    /// A hazard that would be allowed, so that no leave is asked for it; more than once for several
    #[arg(long, value_name = "HAZARD", value_parser = hazard)]
    pub allow: Vec<HazardName>,
}

/// `release schema upgrade`
#[derive(Debug, Args)]
pub struct SchemaUpgrade {
    /// Which target's database
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: String,
    /// What says the wanted schema [default: the file that `desired` in hosts.toml names, beside it]
    #[arg(value_name = "ARTIFACT|FILE.sql", value_hint = ValueHint::FilePath)]
    pub wanted: Option<String>,
    /// Allow a hazard, by its name; more than once for several
    #[arg(long, value_name = "HAZARD", value_parser = hazard)]
    pub allow: Vec<HazardName>,
    /// Why, for the ledger
    #[arg(short, long, value_name = "WHY")]
    pub message: Option<String>,
}

/// `release schema restore`
#[derive(Debug, Args)]
pub struct SchemaRestore {
    /// Which target's database
    #[arg(add = ArgValueCandidates::new(candidates::targets))]
    pub target: String,
    /// A backup, as `release schema status` names it
    pub backup: Option<String>,
    /// Why, for the ledger
    #[arg(short, long, value_name = "WHY")]
    pub message: Option<String>,
}

/// A hazard by its name.
pub(super) fn hazard(text: &str) -> Result<HazardName, String> {
    HazardName::ALL
        .into_iter()
        .find(|name| name.as_str() == text)
        .ok_or_else(|| format!("known hazards: {}", HazardName::ALL.map(HazardName::as_str).join(", ")))
}
