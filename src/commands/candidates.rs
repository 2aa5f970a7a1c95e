//! What the shell's completion is offered: read from hosts.toml, `dist/` and what was seen at the last look, never from
//! a host. The only reader of the process's directory, words and environment beside `main`, because the shell asks
//! without a [`super::Context`].

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Arg, Command, CommandFactory as _};
use clap_complete::engine::CompletionCandidate;

use super::memory;
use crate::cli::Cli;
use crate::config::{self, Config, VERBS};
use crate::environment;
use crate::git;

/// The hosts.toml that the words so far speak of.
fn here() -> Option<(PathBuf, Config)> {
    let directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from(config::NOWHERE));
    let path = config::find(&directory, named_config().as_deref()).ok()?;
    let config = config::load(&path).ok()?;
    Some((path.parent().unwrap_or(Path::new(".")).to_owned(), config))
}

fn named_config() -> Option<PathBuf> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let at = words.iter().position(|word| word == "--config")?;
    words.get(at + 1).map(PathBuf::from).filter(|path| path.is_file())
}

/// The command line as a shell completes it: each target is a verb, which takes what `deploy` takes behind it.
pub fn command_line() -> Command {
    let mut all = Cli::command();
    let deploy = all.find_subcommand("deploy").into_iter().flat_map(Command::get_arguments);
    let rest: Vec<Arg> = deploy.filter(|arg| arg.get_id() != "target").cloned().collect();
    for name in target_names().into_iter().filter(|name| !VERBS.contains(&name.as_str())) {
        // clap takes a name that lives as long as the process, which ends after this one answer.
        all = all.subcommand(Command::new(&*name.leak()).about("Deploy there").args(rest.clone()));
    }
    all
}

fn target_names() -> Vec<String> {
    here().map(|(_, config)| config.targets.into_iter().map(|target| target.name)).into_iter().flatten().collect()
}

/// The targets of hosts.toml.
pub fn targets() -> Vec<CompletionCandidate> {
    target_names().into_iter().map(CompletionCandidate::new).collect()
}

/// The hosts of its targets, for `--without`.
pub fn hosts() -> Vec<CompletionCandidate> {
    let mut names: Vec<String> = here()
        .into_iter()
        .flat_map(|(_, config)| config.targets)
        .flat_map(|target| target.hosts)
        .map(|host| host.name)
        .collect();
    names.sort();
    names.dedup();
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// The tags of the repository around hosts.toml.
pub fn tags() -> Vec<CompletionCandidate> {
    let Some(dir) = here().map(|(root, _)| root).or_else(|| std::env::current_dir().ok()) else { return Vec::new() };
    let root = if dir.as_os_str().is_empty() { Path::new(".") } else { &dir };
    let tags = git::open(root).and_then(|repository| git::version_tags(&repository)).unwrap_or_default();
    tags.into_iter().map(|tag| CompletionCandidate::new(tag.name)).collect()
}

/// The versions in `dist/`.
pub fn artifacts() -> Vec<CompletionCandidate> {
    let Some((root, config)) = here() else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir(root.join("dist")) else { return Vec::new() };
    let mut versions: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let name = name.to_str()?;
            config.targets.iter().find_map(|target| {
                let version = name.strip_prefix(&target.artifact.prefix)?.strip_suffix(&target.artifact.suffix)?;
                Some(version.to_owned())
            })
        })
        .collect();
    versions.sort();
    versions.dedup();
    versions.into_iter().map(CompletionCandidate::new).collect()
}

/// The releases of the target that the words so far name, else of the one that a command without a target means.
pub fn releases() -> Vec<CompletionCandidate> {
    let (Some((_, config)), Some(cache)) = (here(), environment::cache()) else { return Vec::new() };
    let words: Vec<OsString> = std::env::args_os().collect();
    let named = config.targets.iter().find(|target| words.iter().any(|word| *word == *target.name));
    let Some(target) = named.or(config.default_target().ok()) else { return Vec::new() };
    let known = memory::recall(&cache, &config.path, &target.name);
    known.into_iter().map(|id| CompletionCandidate::new(id.to_string())).collect()
}
