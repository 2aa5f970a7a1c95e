//! `release build [REF]`: an artifact from git.

use std::path::Path;

use serde_json::json;

use super::Context;
use super::find::{Project, Wanted};
use crate::artifact::Limits;
use crate::build::{self, Built, Destination, Other};
use crate::cli;
use crate::model::{Exit, Failure};
use crate::ui;

pub async fn run(args: cli::Build, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let wanted = match &args.target {
        Some(name) => Wanted::of(config.target(name)?),
        None => Wanted { naming: &config.artifact, build: &config.build, max_unpacked: Limits::default().max_unpacked },
    };
    let dist = build::dist(&context.directory.join(&config.path));
    let dir = args.output.as_ref().map_or(dist, |dir| context.directory.join(dir));
    let project = Project::open(context, &config)?;
    let revision = project.resolve(args.reference.as_deref())?;
    let other = if args.force { Other::Goes } else { Other::Stays };
    let built = project.build(wanted, &revision, None, &Destination::Kept(dir, other)).await?;
    show(context, &built, revision.tag.as_deref())
}

fn show(context: &Context, built: &Built, tag: Option<&str>) -> Result<Exit, Failure> {
    let Built { artifact, was_there, .. } = built;
    let warnings: Vec<&String> = built.warnings.iter().chain(&artifact.warnings).collect();
    let path = artifact.path.strip_prefix(&context.directory).unwrap_or(&artifact.path);
    let commit = artifact.commit.as_deref().unwrap_or_default();
    if context.global.json {
        ui::print_json(&json!({
            "artifact": path.to_string_lossy(), "version": artifact.version, "commit": commit, "ref": tag,
            "sha256": artifact.digest, "size": artifact.size, "unpacked": artifact.unpacked,
            "files": artifact.entries, "already_built": was_there, "warnings": warnings,
        }))?;
        return Ok(Exit::Done);
    }
    warnings.iter().for_each(|warning| ui::warn(&context.ui, warning));
    ui::print_text(&context.ui, &text(path, built, commit, tag))?;
    Ok(Exit::Done)
}

fn text(path: &Path, built: &Built, commit: &str, tag: Option<&str>) -> String {
    let Built { artifact, was_there, .. } = built;
    let line = ui::escape::line;
    let tag = tag.map(|tag| format!(" ({})", line(tag))).unwrap_or_default();
    format!(
        "{} {}\n  version  {}\n  commit   {commit}{tag}\n  sha256   {}\n  size     {}; unpacked {} in {} files and directories\n",
        if *was_there { "already built:" } else { "built" },
        line(&path.to_string_lossy()),
        artifact.version,
        artifact.digest,
        ui::time::bytes(artifact.size),
        ui::time::bytes(artifact.unpacked),
        artifact.entries,
    )
}
