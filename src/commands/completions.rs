//! `release completions SHELL`: a short script that asks `release` itself, so that it knows targets and versions.

use clap_complete::env::Shells;

use super::Context;
use crate::cli::{self, Shell};
use crate::model::{Exit, Failure};
use crate::ui;

pub fn run(args: &cli::Completions, context: &Context) -> Result<Exit, Failure> {
    ui::print_text(&context.ui, &script(args.shell)?)?;
    Ok(Exit::Done)
}

/// The script for a shell, as it also lies in `completions/`.
///
/// # Errors
/// clap can't write it.
pub fn script(shell: Shell) -> Result<String, Failure> {
    let name = match shell {
        Shell::Bash => "bash",
        Shell::Zsh => "zsh",
        Shell::Fish => "fish",
        Shell::Elvish => "elvish",
    };
    let mut text = Vec::new();
    let shells = Shells::builtins();
    let completer = shells.completer(name).ok_or_else(|| Failure::usage("", format!("no completions for {name}")))?;
    completer
        .write_registration("COMPLETE", "release", "release", "release", &mut text)
        .map_err(|error| Failure::usage("", "can't write the completions").why(error.to_string()))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
