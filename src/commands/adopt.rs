//! `release adopt`: takes over what is live from another deploy tool, or by other names, without moving it.

use super::ask::confirm;
use super::operate::{Operation, operate, plan_only};
use super::{Context, plan};
use crate::cli;
use crate::fleet::{Fleet, Uploads};
use crate::model::target::Target;
use crate::model::{Exit, Failure, Plan};
use crate::plan::{Adopt, Operator, SchemaPart, Seen, adopt, taken_from};
use crate::ui;

/// An adoption, as an operation.
struct Adopting<'a> {
    target: &'a Target,
    asked: Adopt,
    said: Vec<String>,
}

impl Operation for Adopting<'_> {
    fn adopts(&self) -> bool {
        true
    }

    fn already_said(&self) -> &[String] {
        &self.said
    }

    fn plan(&self, seen: &[Seen<'_>], _schema: Option<&SchemaPart>, operator: &Operator) -> Result<Plan, Failure> {
        let mut plan = adopt(self.target, &self.asked, seen, operator)?;
        if let Some(app) = taken_from(self.target, seen) {
            plan.warnings.insert(0, format!("the base is taken from another application, `{app}`"));
        }
        Ok(plan)
    }
}

pub async fn run(args: cli::Adopt, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let mut target = config.target(&args.target)?.clone();
    let operator = context.operator(args.message.clone());
    let asked = Adopt { version: args.version.clone(), gap: args.allow_gap };
    let adopting = Adopting { target: &target, asked: asked.clone(), said: Vec::new() };
    let mut plan = plan_only(context, &target, &operator, &adopting).await?;
    if args.dry_run {
        return plan::show(context, &plan, None, args.script);
    }
    if plan.hosts.iter().all(|host| host.steps.is_empty()) && ends_what_was_left(context, &target).await? {
        plan = plan_only(context, &target, &operator, &adopting).await?;
    }
    if plan.hosts.iter().all(|host| host.steps.is_empty()) {
        return nothing_left(context, &plan);
    }
    if !context.global.json {
        plan::show(context, &plan, None, false)?;
    }
    // Whoever takes a base from another application may mean it, and may have made a mistake in `base`.
    target.protected |= plan.warnings.iter().any(|warning| warning.starts_with("the base is taken from"));
    confirm(context, &target, &format!("adopt {}", plan.subject))?;
    let said = if context.global.json { Vec::new() } else { plan.warnings };
    operate(context, &target, &operator, &Adopting { target: &target, asked, said }).await
}

/// What looks adopted may be so by an adoption that died: it is finished or undone first, as before each operation. Was there any?
async fn ends_what_was_left(context: &Context, target: &Target) -> Result<bool, Failure> {
    let control = context.control()?;
    let mut fleet = Fleet::look(target, &[], control.path(), Uploads::None).await?;
    let is_left = fleet.members.iter().any(|member| member.observed.leftovers().next().is_some());
    if is_left {
        confirm(context, target, "finish or undo what was interrupted")?;
        fleet.recover(target, true).await?;
    }
    fleet.close();
    Ok(is_left)
}

fn nothing_left(context: &Context, plan: &Plan) -> Result<Exit, Failure> {
    if context.global.json {
        ui::print_json(&serde_json::json!({"operation": "adopt", "target": plan.target, "adopted": true}))?;
    } else {
        let text = format!("{} is adopted already: {} is live\n", plan.target, plan.subject);
        ui::print_text(&context.ui, &text)?;
    }
    Ok(Exit::Done)
}
