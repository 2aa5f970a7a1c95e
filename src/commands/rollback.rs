//! `release rollback` and `release forward`: the same path as a deploy, with a release that is there already.

use super::ask::Question;
use super::deploy::said;
use super::operate::{Operation, operate_asked, plan_only};
use super::upgrade::{self, Terms};
use super::without::{leave_out, other_primary};
use super::{Context, plan};
use crate::cli;
use crate::config::Config;
use crate::fleet::Fleet;
use crate::model::target::Target;
use crate::model::{Exit, Failure, Plan, ReleaseId};
use crate::plan::{Destination, Operator, SchemaPart, Seen, back_to, forward_to, switch};

pub async fn back(args: cli::Rollback, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let target = chosen(&config, args.target.as_deref())?;
    let destination = destination(&args)?;
    let schema_too =
        format!("{}; or, where the older code can run on the schema: --keep-schema", other_primary(target));
    let (narrow, without) = leave_out(target, &args.without, (!args.keep_schema).then_some(&*schema_too))?;
    let message = said(args.message.clone(), (false, args.no_health), &args.without)?;
    let target = &narrow.without_health(message.clone().filter(|_| args.no_health));
    let operator = Operator { without, ..context.operator(message) };
    let where_to = |seen: &[Seen<'_>]| back_to(target, &destination, seen);
    let switching = Switching {
        verb: "rollback",
        target,
        where_to: &where_to,
        terms: Terms { allow: args.allow.clone(), keep_schema: args.keep_schema },
    };
    if args.dry_run {
        let plan = plan_only(context, target, &operator, &switching).await?;
        return plan::show(context, &plan, None, false);
    }
    let to = |seen: &[Seen<'_>]| where_to(seen).map(|release| release.version().to_string());
    operate_asked(context, target, &operator, &switching, Question { what: "roll back", to: &to }).await
}

pub async fn forward(args: cli::TargetOnly, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let target = chosen(&config, args.target.as_deref())?;
    let operator = context.operator(None);
    let where_to = |seen: &[Seen<'_>]| forward_to(target, seen);
    let switching = Switching { verb: "forward", target, where_to: &where_to, terms: Terms::default() };
    let to = |seen: &[Seen<'_>]| where_to(seen).map(|release| release.version().to_string());
    operate_asked(context, target, &operator, &switching, Question { what: "roll forward", to: &to }).await
}

/// A rollback or a roll forward.
struct Switching<'a> {
    verb: &'static str,
    target: &'a Target,
    where_to: &'a dyn Fn(&[Seen<'_>]) -> Result<ReleaseId, Failure>,
    terms: Terms,
}

impl Operation for Switching<'_> {
    fn may_leave_out(&self) -> bool {
        self.verb == "rollback"
    }

    fn switches(&self) -> bool {
        true
    }

    async fn database(&self, fleet: &mut Fleet, operator: &Operator) -> Result<Option<SchemaPart>, Failure> {
        let Some(schema) = &self.target.schema else { return Ok(None) };
        self.plan(&fleet.seen(), None, operator)?;
        let release = (self.where_to)(&fleet.seen())?;
        upgrade::of_switch(self.verb, self.target, schema, &release, fleet, operator, &self.terms).await
    }

    fn plan(&self, seen: &[Seen<'_>], schema: Option<&SchemaPart>, operator: &Operator) -> Result<Plan, Failure> {
        let release = (self.where_to)(seen)?;
        switch(self.verb, self.target, &release, seen, operator, schema)
    }
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
