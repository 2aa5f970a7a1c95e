//! The small operations: maintenance, lock, unlock, pin, unpin, prune, recover.

use super::Context;
use super::ask::confirm;
use super::deploy::said;
use super::operate::operate;
use super::rollback::chosen;
use super::without::leave_out;
use crate::cli::{self, OnOff};
use crate::fleet::{Fleet, Uploads};
use crate::model::target::Target;
use crate::model::{Exit, Failure, ReleaseId};
use crate::plan::{Operator, Seen, Simple, expendable, simple};
use crate::ui;

async fn run(
    context: &mut Context,
    target: &Target,
    what: Simple,
    message: Option<String>,
    without: &cli::Without,
) -> Result<Exit, Failure> {
    // A flag or a freeze must not wait for a dead host either.
    let (target, left) = leave_out(target, without, None)?;
    let operator = Operator { without: left, ..context.operator(said(message, (false, false), without)?) };
    operate(context, &target, &operator, &|seen: &[Seen<'_>], by: &Operator| simple(&target, &what, seen, by)).await
}

pub async fn maintenance(args: cli::Maintenance, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let target = config.target(&args.target)?;
    let what = match args.state {
        OnOff::On => Simple::MaintenanceOn { long: args.long },
        OnOff::Off => Simple::MaintenanceOff,
    };
    confirm(context, target, if what == Simple::MaintenanceOff { "maintenance off" } else { "maintenance on" })?;
    run(context, target, what, args.message, &args.without).await
}

pub async fn lock(args: cli::Freeze, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let target = config.target(&args.target)?;
    confirm(context, target, "lock it")?;
    run(context, target, Simple::Lock, args.message, &args.without).await
}

pub async fn unlock(args: cli::Freeze, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let target = config.target(&args.target)?;
    confirm(context, target, "unlock it")?;
    run(context, target, Simple::Unlock, args.message, &args.without).await
}

pub async fn pin(args: cli::Pin, context: &mut Context) -> Result<Exit, Failure> {
    mark(args, context, Simple::Pin).await
}

pub async fn unpin(args: cli::Pin, context: &mut Context) -> Result<Exit, Failure> {
    mark(args, context, Simple::Unpin).await
}

async fn mark(args: cli::Pin, context: &mut Context, kind: fn(ReleaseId) -> Simple) -> Result<Exit, Failure> {
    let config = context.config()?;
    let target = config.target(&args.target)?;
    let operator = context.operator(args.message);
    operate(context, target, &operator, &|seen: &[Seen<'_>], by: &Operator| {
        let release = named(target, &args.release, seen)?;
        simple(target, &kind(release), seen, by)
    })
    .await
}

/// The release with this name, or the newest of this version, that every host has.
fn named(target: &Target, word: &str, seen: &[Seen<'_>]) -> Result<ReleaseId, Failure> {
    let fits = |id: &&ReleaseId| id.to_string() == word || id.version().as_str() == word;
    let on_all = |id: &&ReleaseId| seen.iter().all(|(_, observed)| observed.has(id));
    let first = seen.first().map(|(_, observed)| observed.releases.as_slice()).unwrap_or_default();
    let found = first.iter().map(|release| &release.id).filter(fits).filter(on_all).max();
    found.cloned().ok_or_else(|| {
        let known: Vec<String> = first.iter().map(|release| release.id.to_string()).collect();
        Failure::refused(&target.name, format!("no release {word:?} is on every host"))
            .why(format!("there are: {}", known.join(", ")))
            .hint(format!("release status {}", target.name))
    })
}

pub async fn prune(args: cli::Prune, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let target = config.target(&args.target)?;
    let keep = args.keep.unwrap_or(target.keep);
    let list = |seen: &[Seen<'_>]| -> Vec<Vec<ReleaseId>> {
        seen.iter().map(|(_, observed)| expendable(observed, &target.releases, keep, None)).collect()
    };
    if args.dry_run {
        let control = context.control()?;
        let fleet = Fleet::look(target, &[], control.path(), Uploads::None).await?;
        let seen = fleet.seen();
        crate::plan::of_another(target, &seen)?;
        if context.global.json {
            let hosts: Vec<_> = seen
                .iter()
                .zip(list(&seen))
                .map(|((host, _), releases)| serde_json::json!({"host": host, "remove": releases}))
                .collect();
            ui::print_json(&serde_json::json!({"target": target.name, "dry_run": true, "hosts": hosts}))?;
            fleet.close();
            return Ok(Exit::Done);
        }
        for ((host, _), releases) in seen.iter().zip(list(&seen)) {
            let names: Vec<String> = releases.iter().map(ToString::to_string).collect();
            let text = if names.is_empty() { "nothing to remove".to_owned() } else { names.join(" ") };
            ui::print_text(&context.ui, &format!("{host}: {text}\n"))?;
        }
        fleet.close();
        return Ok(Exit::Done);
    }
    confirm(context, target, "remove old releases")?;
    let operator = context.operator(None);
    operate(context, target, &operator, &|seen: &[Seen<'_>], by: &Operator| {
        simple(target, &Simple::Prune(list(seen)), seen, by)
    })
    .await
}

pub async fn recover(args: cli::TargetOnly, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let target = chosen(&config, args.target.as_deref())?;
    confirm(context, target, "finish or undo what was interrupted")?;
    let control = context.control()?;
    // What a dead host left it finishes by itself; the others need not wait for it.
    let (mut fleet, away) = Fleet::reached(target, &[], control.path()).await?;
    if let (true, Some(first)) = (fleet.members.is_empty(), away.first()) {
        return Err(first.clone());
    }
    crate::plan::of_another(target, &fleet.seen())?;
    let before: Vec<usize> = fleet.members.iter().map(|member| member.observed.leftovers().count()).collect();
    // What the hosts do now they do alone, and to the end.
    context.arm();
    let result = fleet.recover(target, false).await;
    if result.is_ok() {
        fleet.look_again(target, &[]).await?;
    }
    let differ = lives_differ(target, &fleet);
    let mut exit = Exit::Done;
    let mut lines = Vec::new();
    let is_broken = |host: &str| result.iter().flatten().any(|(name, what)| name == host && what == "broken");
    for (member, had) in fleet.members.iter().zip(before) {
        let live = member.observed.live_release(&target.releases).map_or("nothing".to_owned(), |id| id.to_string());
        let left = member.observed.leftovers().count();
        let broken = is_broken(&member.host.name);
        let what = match (had, left) {
            (_, 0) if broken => format!("not everything could be undone: release log {}", target.name),
            (0, 0) => "nothing to recover".to_owned(),
            (had, 0) => {
                format!("{had} interrupted {} finished or undone", if had == 1 { "operation" } else { "operations" })
            }
            (_, left) => format!("{left} left"),
        };
        if left > 0 || broken {
            exit = Exit::Differ;
        }
        lines.push((member.host.name.clone(), what, live));
    }
    fleet.close();
    result?;
    if context.global.json {
        let hosts: Vec<_> = lines
            .iter()
            .map(|(host, what, live)| serde_json::json!({"host": host, "recovered": what, "live": live}))
            .collect();
        ui::print_json(&serde_json::json!({"target": target.name, "hosts": hosts}))?;
    } else {
        for (host, what, live) in lines {
            ui::print_text(&context.ui, &format!("{host}: {what}; {live} is live\n"))?;
        }
    }
    if let (Exit::Done, None, Some(first)) = (exit, &differ, away.into_iter().next()) {
        return Err(first.changed("the other hosts have nothing open"));
    }
    if exit == Exit::Done { differ.map_or(Ok(exit), Err) } else { Ok(exit) }
}

/// Nothing is open, and still the hosts don't serve the same: one was not reached when all others were told to stay on
/// the new release. Which of them is right is the operator's to say.
fn lives_differ(target: &Target, fleet: &Fleet) -> Option<Failure> {
    let lives: Vec<_> = fleet.members.iter().map(|member| member.observed.live_release(&target.releases)).collect();
    let newest = lives.iter().flatten().max()?;
    let bytes = |member: &crate::fleet::Member| {
        let live = member.observed.live_release(&target.releases)?;
        Some(member.observed.meta(&live)?.sha256)
    };
    let same = bytes(fleet.members.first()?).is_some_and(|first| fleet.members.iter().all(|m| bytes(m) == Some(first)));
    if same || lives.iter().all(|live| live.as_ref() == Some(newest)) {
        return None;
    }
    Some(
        Failure::new(Exit::Differ, &target.name, "the hosts serve different releases")
            .changed("no operation is open")
            .hint(format!(
                "release catch-up {0}; or deploy the one that all are to serve, as in: release {0} {1}",
                target.name,
                newest.version()
            )),
    )
}
