//! `release status`: what is live on every host of every target, and how targets differ. Looks, and never plans.

mod behind;
mod document;
mod page;
mod state;
mod survey;
#[cfg(test)]
mod testing;
mod text;

use std::time::Duration;

use super::Context;
use crate::cli;
use crate::config::Config;
use crate::model::target::Target;
use crate::model::{Exit, Failure};
use crate::ui;
use behind::Known;
use document::Document;

/// How long `--watch` waits between two looks.
const PAUSE: Duration = Duration::from_secs(2);

pub async fn run(args: cli::Status, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let targets = chosen(&config, &args.targets)?;
    let file = args.html.as_ref().map(|file| page::Place::new(&context.directory.join(file))).transpose()?;
    let project = context.project();
    let settings = context.ui.clone();
    let mut screen = ui::Repeated::new(&settings);
    let mut known = Known::new();
    if args.watch {
        context.arm();
    }
    // Not through the context, which the survey reads at the same time.
    let (_, none) = tokio::sync::mpsc::unbounded_channel();
    let mut interrupts = std::mem::replace(&mut context.interrupts, none);
    loop {
        let mut document = tokio::select! {
            document = survey::survey(&config, &targets, context) => document?,
            Some(()) = interrupts.recv() => return Ok(Exit::Done),
        };
        document.behind = behind::behind(&targets, &document.targets, &project, &mut known);
        for target in document.targets.iter().filter(|target| target.hosts.iter().all(|host| host.reachable)) {
            context.remember(&target.name, target.hosts.iter().flat_map(|host| &host.releases));
        }
        let exit = exit(&document);
        if let Some(file) = &file {
            file.write(&page::page(&document))?;
        }
        match (context.global.json, args.watch) {
            (true, _) => ui::print_json(&document)?,
            // The page is the result then.
            (false, _) if file.is_some() && context.global.quiet => {}
            (false, true) => screen.print(&shown(&document, context))?,
            (false, false) => ui::print_text(&context.ui, &shown(&document, context))?,
        }
        if !args.watch {
            return Ok(exit);
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = interrupts.recv() => {
                // Wipes the `^C` that the terminal showed.
                screen.wipe();
                return Ok(exit);
            }
        }
    }
}

fn shown(document: &Document, context: &Context) -> String {
    text::as_text(document, (context.clock)(), context.ui.table_width())
}

fn chosen<'a>(config: &'a Config, names: &[String]) -> Result<Vec<&'a Target>, Failure> {
    if names.is_empty() {
        return Ok(config.targets.iter().collect());
    }
    names.iter().map(|name| config.target(name)).collect()
}

/// 0 when each target's hosts agree; 4 when they differ; 3 when one could not be asked.
fn exit(document: &Document) -> Exit {
    let differ = document.targets.iter().any(|target| target.differ);
    let unreachable = document.targets.iter().flat_map(|target| &target.hosts).any(|host| !host.reachable);
    match (differ, unreachable) {
        (true, _) => Exit::Differ,
        (false, true) => Exit::Refused,
        (false, false) => Exit::Done,
    }
}
