//! `--without HOST -m WHY`: hosts that an operation leaves out.

use crate::cli;
use crate::model::Failure;
use crate::model::target::{Address, Host, Target};

/// The target without the named hosts, and their names as hosts.toml has them.
///
/// # Errors
/// A name is none of a host, or of several; there would be no host left, or nobody to upgrade the schema (`for_schema`: what to do
/// about that).
pub fn leave_out(
    target: &Target,
    without: &cli::Without,
    for_schema: Option<&str>,
) -> Result<(Target, Vec<String>), Failure> {
    let mut names: Vec<String> = Vec::new();
    for word in &without.hosts {
        let host = named(target, word)?;
        if !names.contains(&host.name) {
            names.push(host.name.clone());
        }
    }
    let narrow = target.only(|name| !names.iter().any(|left| left == name));
    if narrow.hosts.is_empty() {
        return Err(Failure::usage("", format!("no host of {} would be left", target.name))
            .why("--without leaves out some of the hosts, and the others go on"));
    }
    let primary = names.iter().find(|name| target.is_primary(name));
    if let (Some(primary), Some(way)) = (primary.filter(|_| target.schema.is_some()), for_schema) {
        return Err(Failure::refused(primary, format!("the schema of {} is upgraded from there", target.name))
            .why("whether the database is as the release wants it can't be asked without its primary")
            .hint(way));
    }
    Ok((narrow, names))
}

/// The way on where the primary can't be had.
pub fn other_primary(target: &Target) -> String {
    format!("if another host reaches the database: primary = \"HOST\" under [targets.{}] in hosts.toml", target.name)
}

/// Is it a host of this target, by any of its names?
pub fn is_of(target: &Target, word: &str) -> bool {
    target.hosts.iter().any(|host| is_called(host, word))
}

/// The host with this name, or the only one with this address.
fn named<'t>(target: &'t Target, word: &str) -> Result<&'t Host, Failure> {
    if let Some(host) = target.hosts.iter().find(|host| host.name == word) {
        return Ok(host);
    }
    let all = || target.hosts.iter().map(|host| host.name.as_str()).collect::<Vec<_>>().join(", ");
    let found: Vec<&Host> = target.hosts.iter().filter(|host| is_called(host, word)).collect();
    match found[..] {
        [host] => Ok(host),
        [] => Err(Failure::usage("", format!("--without: {} has no host {word:?}", target.name))
            .why(format!("its hosts are {}", all()))),
        _ => Err(Failure::usage("", format!("--without: {} has several hosts {word:?}", target.name))
            .why(format!("its hosts are {}", all()))),
    }
}

/// By its whole name, by its address alone, or with the user or the port before or behind it.
fn is_called(host: &Host, word: &str) -> bool {
    if host.name == word {
        return true;
    }
    let Address::Ssh { host: address, user, port, .. } = &host.address else { return false };
    let with_user = user.as_ref().map(|user| format!("{user}@{address}"));
    let with_port = port.map(|port| format!("{address}:{port}"));
    word == address || with_user.as_deref() == Some(word) || with_port.as_deref() == Some(word)
}
