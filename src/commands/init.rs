//! `release init`: a commented hosts.toml.

use std::io::Write as _;

use super::Context;
use crate::cli;
use crate::config;
use crate::model::{Exit, Failure};
use crate::ui;

pub fn run(args: &cli::Init, context: &Context) -> Result<Exit, Failure> {
    let path = context.directory.join(&args.file);
    let place = args.file.display().to_string();
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            Failure::usage(&place, "it is there already").hint("release check --config")
        } else {
            Failure::usage(&place, "can't be written").why(error.to_string())
        }
    })?;
    file.write_all(config::TEMPLATE.as_bytes()).map_err(|error| {
        Failure::usage(&place, "can't be written").why(error.to_string()).changed("a part of it may be there")
    })?;
    ui::print_text(&context.ui, &format!("wrote {}; edit it, then: release check\n", ui::escape::line(&place)))?;
    Ok(Exit::Done)
}
