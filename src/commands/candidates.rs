//! What the shell's completion is offered: read from hosts.toml and `dist/`, never from a host. The only reader of the
//! process's directory beside `main`, because the shell asks without one.

use std::path::{Path, PathBuf};

use clap_complete::engine::CompletionCandidate;

use crate::config::{self, Config};

fn here() -> Option<(PathBuf, Config)> {
    let directory = std::env::current_dir().ok()?;
    let path = config::find(&directory, None).ok()?;
    let config = config::load(&path).ok()?;
    Some((path.parent().unwrap_or(Path::new(".")).to_owned(), config))
}

/// The targets of hosts.toml.
pub fn targets() -> Vec<CompletionCandidate> {
    let names = here().map(|(_, config)| config.targets.into_iter().map(|target| target.name)).into_iter().flatten();
    names.map(CompletionCandidate::new).collect()
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
