//! Commands that ask no host: `release init`, `completions`, `man`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

/// `release init`
#[derive(Debug, Args)]
pub struct Init {
    /// Where to write it
    #[arg(value_name = "FILE", default_value = "hosts.toml", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
}

/// `release completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}

/// The shells that have completions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// Elvish
    Elvish,
}

/// `release man`
#[derive(Debug, Args)]
pub struct Man {
    /// Write release.1 and a page for each command here
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub directory: Option<PathBuf>,
}
