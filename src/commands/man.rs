//! `release man [DIR]`

use clap::CommandFactory as _;

use super::Context;
use crate::cli::{self, Cli};
use crate::model::{Exit, Failure};
use crate::ui;

pub fn run(args: &cli::Man, context: &Context) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| Failure::usage("", "can't write the manual").why(error.to_string());
    match &args.directory {
        Some(directory) => {
            let directory = context.directory.join(directory);
            std::fs::create_dir_all(&directory).map_err(failed)?;
            clap_mangen::generate_to(Cli::command(), &directory).map_err(failed)?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(failed)?;
            ui::print_text(&context.ui, &String::from_utf8_lossy(&page))?;
        }
    }
    Ok(Exit::Done)
}
