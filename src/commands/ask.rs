//! The question before a protected target is changed.

use super::Context;
use crate::model::target::Target;
use crate::model::{Failure, ReleaseId};
use crate::plan::Seen;
use crate::ui;

/// What is asked about an operation that puts another version in service.
pub struct Question<'a> {
    /// What it does, up to the target's name: `deploy to`.
    pub what: &'a str,
    /// The version that would be live, as what was seen says.
    pub to: &'a dyn Fn(&[Seen<'_>]) -> Result<String, Failure>,
}

impl Question<'_> {
    /// Asks `deploy to prod: 1.3 -> 1.4?`, where hosts.toml wants it.
    ///
    /// # Errors
    /// The answer was no, there was nobody to ask, or there is no such version.
    pub fn ask(&self, context: &Context, target: &Target, seen: &[Seen<'_>]) -> Result<(), Failure> {
        if !target.protected || context.global.yes {
            return Ok(());
        }
        let left = seen.iter().any(|(_, observed)| observed.leftovers().count() > 0);
        let to = match (self.to)(seen) {
            // What was interrupted is finished or undone first, and then it may be another one.
            Err(_) if left => "what is to be seen then".to_owned(),
            to => to?,
        };
        ask(target, &format!("{} {}: {} -> {to}?", self.what, target.name, live(target, seen)))
    }
}

/// What is live, of each host that has something else.
fn live(target: &Target, seen: &[Seen<'_>]) -> String {
    let version =
        |release: Option<ReleaseId>| release.map_or("nothing".into(), |release| release.version().to_string());
    let mut lives: Vec<String> =
        seen.iter().map(|(_, observed)| version(observed.live_release(&target.releases))).collect();
    lives.sort();
    lives.dedup();
    lives.join(" and ")
}

/// Asks about something that changes no version: `prod: lock it?`
///
/// # Errors
/// The answer was no, or there was nobody to ask.
pub fn confirm(context: &Context, target: &Target, what: &str) -> Result<(), Failure> {
    possible(context, target)?;
    if !target.protected || context.global.yes {
        return Ok(());
    }
    ask(target, &format!("{}: {what}?", target.name))
}

/// Refuses where something would have to be asked and there is nobody.
///
/// # Errors
/// So it is.
pub fn possible(context: &Context, target: &Target) -> Result<(), Failure> {
    let nobody = !(context.ui.stderr_is_terminal && context.ui.stdin_is_terminal) || context.global.json;
    if target.protected && !context.global.yes && nobody {
        return Err(protected(target).why("there is no terminal to ask on").hint("say --yes"));
    }
    Ok(())
}

fn ask(target: &Target, question: &str) -> Result<(), Failure> {
    if ui::confirm::ask(question) { Ok(()) } else { Err(protected(target).why("you said no")) }
}

fn protected(target: &Target) -> Failure {
    Failure::usage("hosts.toml", format!("target `{}` is protected", target.name))
}
