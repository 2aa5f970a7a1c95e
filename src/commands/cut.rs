//! `release cut [VERSION]`: from a commit to a version that is live on the default target, tagged and pushed.
//!
//! Each step needs the one before it. Nothing is remembered about a cut that stopped: what is done is seen in what is there
//! (the files hold the version, `dist/` has the artifact of this commit, its bytes are live, the tag is on the commit), so
//! that the same command goes on from there.

mod plan;
mod remote;
mod version_files;

use serde_json::json;

use super::Context;
use super::ask::confirm;
use super::deploy::{Deploying, prepare};
use super::find::{Builds, Project, Wanted};
use super::operate::operate;
use crate::artifact::{self, Artifact, Limits};
use crate::build::{self, Destination, Other};
use crate::cli;
use crate::config::Config;
use crate::fleet::{Fleet, Uploads};
use crate::git::{self, OwnGit, Revision};
use crate::model::{Exit, Failure};
use crate::plan::Allowances;
use crate::ui;
use plan::Cut;
pub use version_files::version_held;

pub async fn run(args: cli::Cut, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let project = Project::open(context, &config)?;
    let cut = Cut::plan(&args, &config, &project)?;
    let git = OwnGit::of(&cut.work_tree);
    remote::would_take(&git, &cut).await?;
    if args.dry_run {
        return show(context, &cut);
    }
    confirm(context, cut.target, &format!("cut {} and deploy it", cut.version))?;
    // That was the question.
    context.global.yes = true;
    let mut done = Vec::new();
    let revision = version(context, &cut, &project, &git, &mut done).await.map_err(|f| stopped(f, &cut, &done))?;
    let artifact = built(context, &config, &cut, &project, &revision, &mut done).await;
    let artifact = artifact.map_err(|failure| stopped(failure, &cut, &done))?;
    deployed(&args, context, &cut, &artifact, &mut done).await.map_err(|f| stopped(f, &cut, &done))?;
    if let Err(failure) = published(context, &cut, &project, &git, &revision, &mut done).await {
        let way_out = match &cut.remote {
            Some(remote) => remote::way_out(&git, &cut, remote).await,
            None => None,
        };
        let stopped = stopped(failure, &cut, &done);
        return Err(Failure { hint: way_out.or(stopped.hint.clone()), ..stopped });
    }
    let pushed = cut.remote.as_ref().map(|remote| format!(", pushed to {remote}")).unwrap_or_default();
    let summary = format!("{} is live on {}, tagged {}{pushed}", cut.version, cut.target.name, cut.tag);
    if context.global.json {
        ui::print_json(&json!({
            "event": "cut", "version": cut.version, "tag": cut.tag, "commit": revision.commit(),
            "sha256": artifact.digest, "target": cut.target.name, "remote": cut.remote, "summary": summary,
        }))?;
    } else {
        ui::print_text(&context.ui, &format!("{summary}\n"))?;
    }
    Ok(Exit::Done)
}

/// The steps, for `--dry-run`.
fn show(context: &Context, cut: &Cut<'_>) -> Result<Exit, Failure> {
    let steps = cut.steps();
    if context.global.json {
        let steps: Vec<_> = steps.iter().map(|(step, does)| json!({"step": step, "does": does})).collect();
        ui::print_json(&json!({
            "operation": "cut", "version": cut.version, "after": cut.after.as_ref().map(|after| &after.version), "tag": cut.tag,
            "branch": cut.branch.name, "target": cut.target.name, "steps": steps,
        }))?;
        return Ok(Exit::Done);
    }
    let after = cut.after.as_ref().map(|after| format!(" after {}", after.version)).unwrap_or_default();
    let mut text = format!("cut {}{after}, on {}\n\n", cut.version, ui::escape::line(&cut.branch.name));
    for (number, (step, does)) in steps.iter().enumerate() {
        text.push_str(&format!("  {:>2}  {step:<9} {}\n", number + 1, ui::escape::line(does)));
    }
    text.push_str("\nEach step needs the one before it; nothing was changed.\n");
    ui::print_text(&context.ui, &text)?;
    Ok(Exit::Done)
}

/// Tells of a step.
fn tell(context: &Context, step: &str, what: &str) -> Result<(), Failure> {
    if context.global.json {
        return ui::print_json(&json!({"event": "cut_step", "step": step, "text": what}));
    }
    ui::say(&context.ui, &format!("{step}: {what}"));
    Ok(())
}

/// The failure of a step: what is done stays, and the same command goes on from there.
fn stopped(failure: Failure, cut: &Cut<'_>, done: &[String]) -> Failure {
    let again = format!("release cut {}", cut.version);
    let hint = match failure.hint {
        Some(hint) if !hint.starts_with("release cut") => format!("{hint}; then go on with: {again}"),
        _ => again,
    };
    let changed = match done {
        [] => failure.changed,
        done => format!("done so far: {}", done.join(", ")),
    };
    Failure { changed, hint: Some(hint), ..failure }
}

/// Writes the version into the project's files and commits them; gives the commit that is cut.
async fn version(
    context: &Context,
    cut: &Cut<'_>,
    project: &Project,
    git: &OwnGit,
    done: &mut Vec<String>,
) -> Result<Revision, Failure> {
    if cut.edits.is_empty() {
        return Ok(cut.head.clone());
    }
    let paths: Vec<&str> = cut.edits.iter().map(|edit| edit.path.as_str()).collect();
    tell(context, "version", &format!("{} in {}", cut.version, paths.join(", ")))?;
    let mut result = cut.edits.iter().try_for_each(|edit| edit.write(&cut.work_tree));
    if result.is_ok() {
        result = git.commit(&format!("Version {}\n", cut.version), &paths).await;
    }
    if let Err(failure) = result {
        // A hook that said no: the files are as they were.
        cut.edits.iter().try_for_each(|edit| edit.take_back(&cut.work_tree))?;
        return Err(failure);
    }
    let revision = project.resolve(None)?;
    done.push(format!("{} is committed as {} on {}", cut.version, &revision.commit()[..12], cut.branch.name));
    project.clean(&cut.target.build)?;
    Ok(revision)
}

/// Tests and builds, unless `dist/` has the artifact of this commit: it is there only because its tests have passed.
async fn built(
    context: &Context,
    config: &Config,
    cut: &Cut<'_>,
    project: &Project,
    revision: &Revision,
    done: &mut Vec<String>,
) -> Result<Artifact, Failure> {
    let target = cut.target;
    let dist = build::dist(&context.directory.join(&config.path));
    let path = dist.join(target.artifact.file_name(&cut.version));
    let limits = Limits { max_unpacked: target.max_unpacked, ..Limits::default() };
    let there = path.is_file().then(|| artifact::inspect(&path, &target.artifact, &limits));
    let artifact = match there {
        Some(Ok(artifact)) if artifact.commit == Some(revision.commit()) => {
            tell(context, "build", &format!("done already: {}", path.display()))?;
            artifact
        }
        _ => {
            tell(context, "build", &format!("{} from {}", cut.version, &revision.commit()[..12]))?;
            // An artifact of a version without a tag is one of an attempt that went no further.
            let other = if cut.is_tagged { Other::Stays } else { Other::Goes };
            let to = Destination::Kept(dist, other);
            let built = project.build(Wanted::of(target), revision, Some(cut.version.clone()), &to).await?;
            built.warnings.iter().for_each(|warning| ui::warn(&context.ui, warning));
            built.artifact
        }
    };
    done.push(format!("sha256 {} is built", artifact.digest.short()));
    Ok(artifact)
}

/// Deploys, unless these bytes are live on every host.
async fn deployed(
    args: &cli::Cut,
    context: &mut Context,
    cut: &Cut<'_>,
    artifact: &Artifact,
    done: &mut Vec<String>,
) -> Result<(), Failure> {
    let name = &cut.target.name;
    if is_live(context, cut, artifact).await? {
        tell(context, "deploy", &format!("done already: {} is live on {name}", cut.version))?;
    } else {
        tell(context, "deploy", &format!("{} to {name}", cut.version))?;
        // Until it is tagged, a version may still become another one.
        let allow = Allowances { new_build: !cut.is_tagged, hazards: args.allow.clone(), ..Allowances::default() };
        let path = artifact.path.to_string_lossy();
        let mut prepared =
            prepare(context, (name, &cli::Without::default()), Some(&path), Builds::Kept, allow, false).await?;
        if prepared.artifact.digest != artifact.digest {
            return Err(Failure::refused(path, "was changed while it was in use"));
        }
        prepared.reference = Some(cut.tag.clone());
        let operator = context.operator(args.message.clone());
        let target = prepared.target.clone();
        let exit = operate(context, &target, &operator, &Deploying(&prepared)).await?;
        if exit != Exit::Done {
            let what = format!("{} did not go live", cut.version);
            return Err(Failure::new(exit, name, what).changed("see above"));
        }
    }
    done.push(format!("it is live on {name}"));
    Ok(())
}

async fn is_live(context: &Context, cut: &Cut<'_>, artifact: &Artifact) -> Result<bool, Failure> {
    let control = context.control()?;
    let fleet = Fleet::look(cut.target, &[], control.path(), Uploads::None).await?;
    let live = fleet.members.iter().all(|member| {
        let release = member.observed.live_release(&cut.target.releases);
        let meta = release.as_ref().and_then(|release| member.observed.meta(release));
        meta.is_some_and(|meta| meta.sha256 == artifact.digest) && member.observed.leftovers().count() == 0
    });
    fleet.close();
    Ok(live)
}

/// Tags and pushes.
async fn published(
    context: &Context,
    cut: &Cut<'_>,
    project: &Project,
    git: &OwnGit,
    revision: &Revision,
    done: &mut Vec<String>,
) -> Result<(), Failure> {
    if !cut.is_tagged {
        tell(context, "tag", &format!("{} on {}", cut.tag, &revision.commit()[..12]))?;
        git.tag(&cut.tag, &revision.commit(), &message(cut, project, &revision.commit())).await?;
    }
    done.push(format!("tag {} is made", cut.tag));
    if let Some(remote) = &cut.remote {
        tell(context, "push", &format!("{} and {} to {remote}", cut.branch.name, cut.tag))?;
        let refs = cut.refs();
        git.push(remote, &[&refs[0], &refs[1]]).await?;
    }
    Ok(())
}

/// What the tag says: which version it is, and what commits since the last one say to whoever deploys them. What can't be
/// read of them is no reason to leave a live version without its tag.
fn message(cut: &Cut<'_>, project: &Project, commit: &str) -> String {
    let title = format!("{} {}\n", cut.target.app, cut.version);
    let after = cut.after.as_ref().map(|after| after.commit());
    let text = git::notes(&project.repository, after.as_deref(), commit).map(|mut notes| {
        notes.to.name.clone_from(&cut.tag);
        if let (Some(from), Some(after)) = (&mut notes.from, &cut.after) {
            from.name.clone_from(&after.name);
        }
        notes.message()
    });
    match text {
        Ok(text) if !text.is_empty() => format!("{title}\n{text}"),
        _ => title,
    }
}
