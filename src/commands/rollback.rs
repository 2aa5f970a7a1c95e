//! `release rollback` and `release forward`: the same path as a deploy, with a release that is there already.

use super::operate::{confirm, operate};
use super::{Context, plan};
use crate::cli;
use crate::config::Config;
use crate::fleet::{Fleet, Uploads};
use crate::model::target::Target;
use crate::model::{Exit, Failure, Plan};
use crate::plan::{Destination, Seen, back_to, forward_to, questions, switch};

pub async fn back(args: cli::Rollback, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let target = chosen(&config, args.target.as_deref())?;
    let destination = destination(&args)?;
    let operator = context.operator(args.message.clone());
    let make = |seen: &[Seen<'_>]| -> Result<Plan, Failure> {
        let release = back_to(target, &destination, seen)?;
        switch("rollback", target, &release, seen, &operator)
    };
    if args.dry_run {
        return show(context, target, make).await;
    }
    confirm(context, target, "roll back")?;
    operate(context, target, None, make).await
}

pub async fn forward(args: cli::TargetOnly, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let target = chosen(&config, args.target.as_deref())?;
    let operator = context.operator(None);
    confirm(context, target, "roll forward")?;
    operate(context, target, None, |seen| {
        let release = forward_to(target, seen)?;
        switch("forward", target, &release, seen, &operator)
    })
    .await
}

/// The named target, else the one that a command without a target means.
pub fn chosen<'a>(config: &'a Config, name: Option<&str>) -> Result<&'a Target, Failure> {
    match name {
        Some(name) => config.target(name),
        None => config.default_target(),
    }
}

fn destination(args: &cli::Rollback) -> Result<Destination, Failure> {
    let Some(to) = &args.to else { return Ok(Destination::Steps(usize::from(args.steps))) };
    if let Ok(release) = to.parse() {
        return Ok(Destination::Release(release));
    }
    to.parse().map(Destination::Version).map_err(|error: crate::model::release_id::InvalidVersion| {
        Failure::usage("", format!("{to:?} is neither a release nor a version")).why(error.to_string())
    })
}

async fn show(
    context: &Context,
    target: &Target,
    make: impl Fn(&[Seen<'_>]) -> Result<Plan, Failure>,
) -> Result<Exit, Failure> {
    let control = context.control()?;
    let fleet = Fleet::look(target, &questions(target), control.path(), Uploads::None).await?;
    let plan = make(&fleet.seen());
    fleet.close();
    plan::show(context, &plan?, None, false)
}
