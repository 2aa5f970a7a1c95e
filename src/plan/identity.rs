//! Whose base it is: another application's is left alone, and so is one that goes by other names.

use super::Seen;
use crate::model::{Failure, History, Identity, Live, Observed, Target};

/// That this account can't read what is kept on a host, so that nobody can say what is there.
pub fn unreadable(observed: &Observed) -> Option<String> {
    let (owner, path) = observed.unreadable.as_ref()?;
    let whose = owner.map_or_else(|| "of another account".to_owned(), |uid| format!("of uid {uid}"));
    Some(format!(
        "{path}, {whose}, can't be read by {}: nobody can tell what is deployed here, or locked",
        observed.user
    ))
}

/// Refuses where the state of a host can't be read.
///
/// # Errors
/// The first host where it is so.
pub fn readable(target: &Target, fleet: &[Seen<'_>]) -> Result<(), Failure> {
    let found = fleet.iter().find_map(|(name, observed)| Some((*name, unreadable(observed)?)));
    let Some((host, what)) = found else { return Ok(()) };
    Err(Failure::refused(host, what)
        .hint(format!("log in as the account that deploys there, then: release check {}", target.name)))
}

/// Refuses a base that is another application's, or goes by other names than hosts.toml has now.
///
/// # Errors
/// The first host where it is so, with the way on.
pub fn of_another(target: &Target, fleet: &[Seen<'_>]) -> Result<(), Failure> {
    readable(target, fleet)?;
    let found = fleet.iter().find_map(|(name, observed)| Some((*name, other_names(target, observed)?)));
    let Some((host, what)) = found else { return Ok(()) };
    Err(Failure::refused(host, what).hint(way_on(target)))
}

/// What tells that another deploy tool may be at work here. Once what it had live was adopted, its files are remains; only a
/// `current` that leads elsewhere says that it goes on.
pub fn of_another_tool(observed: &Observed) -> Vec<&str> {
    let adopted = observed.ledger.iter().any(|record| record.op == "adopt" && record.goes_live());
    observed.foreign.iter().map(String::as_str).filter(|name| !adopted || *name == "current").collect()
}

fn way_on(target: &Target) -> String {
    format!(
        "give `{}` a `base` of its own in hosts.toml; or, if it was renamed: release adopt {} --dry-run",
        target.app, target.name
    )
}

/// What is wrong with the identity of a base, as a sentence; `None`: it is this target's, or nobody's.
pub fn other_names(target: &Target, observed: &Observed) -> Option<String> {
    let ours = Identity::of(target);
    let base = &observed.base;
    let Some(known) = &observed.identity else { return suspicion(target, observed) };
    let differences = known.differences(&ours);
    let list: Vec<String> = differences
        .iter()
        .map(|(key, here, there)| format!("{key} is `{here}` there and `{there}` in hosts.toml"))
        .collect();
    match differences.first()? {
        ("app", other, _) => {
            Some(format!("{base} is the base of another application, `{other}` ({})", list.join(", ")))
        }
        _ => Some(format!("{base} goes by other names: {}", list.join(", "))),
    }
}

/// A base of before they knew whose they are: what its ledger and its last plan tell must not speak against us.
fn suspicion(target: &Target, observed: &Observed) -> Option<String> {
    let base = &observed.base;
    let unpacked = observed.unpacked.as_deref();
    if let Some(top) = unpacked.filter(|top| !top.starts_with(&target.artifact.prefix)) {
        return Some(format!(
            "{base} seems to be the base of another application: what was deployed there last is `{top}`, and `{}` would be `{}`",
            target.app,
            target.artifact.file_name(&version_of(top)?)
        ));
    }
    let history = History::of(&observed.ledger);
    let live = history.live()?;
    // It is live there, by another name: the link was not removed, it is looked for in the wrong place.
    let named = observed.ledger.iter().rev().find_map(|record| record.previous.as_deref()?.rsplit_once('/'));
    let (releases, _) = named.filter(|(releases, _)| *releases != target.releases)?;
    (!observed.has(live)).then(|| {
        format!(
            "{base} goes by other names: releases is `{releases}` in its ledger and `{}` in hosts.toml",
            target.releases
        )
    })
}

/// The version in a top directory's name, as far as it can be told.
fn version_of(top: &str) -> Option<crate::model::Version> {
    top.rsplit_once('-').map_or(top, |(_, version)| version).parse().ok()
}

/// What is live by a link or directory that names no release of ours, as a sentence with the way on.
pub fn not_ours(target: &Target, observed: &Observed) -> Option<String> {
    let path = format!("{}/{}", observed.base, target.live);
    let way_on = format!("to take over: release adopt {}", target.name);
    match &observed.live {
        Live::Directory => Some(format!("{path} is a real directory, not a link; {way_on}")),
        Live::File => Some(format!("{path} is a file, not a link; move it away")),
        Live::Dangling(text) if observed.live_release(&target.releases).is_none() => {
            Some(format!("{path} leads out of {}/ to nowhere: {text}; remove the link", target.releases))
        }
        Live::Link(text) if observed.live_release(&target.releases).is_none() => {
            let what = if is_below(target, observed, text) {
                "leads to a release of another deploy tool".to_owned()
            } else {
                format!("leads out of {}/", target.releases)
            };
            Some(format!("{path} {what}: {text}; {way_on}"))
        }
        _ => None,
    }
}

/// Does a link's text name a directory right below the releases?
fn is_below(target: &Target, observed: &Observed, text: &str) -> bool {
    let text = text.strip_prefix(observed.base.as_str()).map_or(text, |rest| rest.trim_start_matches('/'));
    let text = text.strip_prefix("./").unwrap_or(text);
    let name = text.strip_prefix(target.releases.as_str()).and_then(|rest| rest.strip_prefix('/'));
    name.is_some_and(|name| !name.is_empty() && !name.contains('/') && !name.starts_with('.'))
}
