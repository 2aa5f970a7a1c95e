//! `release plan` and `--dry-run`: the very plan that a deploy would run, shown.

use std::time::Duration;

use serde_json::json;

use super::Context;
use super::deploy::{Deploying, prepare};
use super::find::Builds;
use super::operate::plan_only;
use crate::agent::{self, wire};
use crate::cli;
use crate::model::{Exit, Failure, HostPlan, Plan, Step, whole_seconds};
use crate::plan::Allowances;
use crate::ui;

pub async fn run(args: cli::Plan, context: &mut Context) -> Result<Exit, Failure> {
    let allow = Allowances {
        new_build: args.force_new_build,
        hazards: args.allow,
        again: args.again,
        shown: args.sql,
        ..Allowances::default()
    };
    let what = args.artifact.as_deref();
    let mut prepared = prepare(context, (&args.target, &args.without), what, Builds::ForNow, allow, args.force).await?;
    let operator = prepared.by(context.operator(args.message));
    prepared.target = prepared.target.without_health(args.no_health.then(|| "--no-health".into()));
    let plan = plan_only(context, &prepared.target, &operator, &Deploying(&prepared)).await?;
    if args.sql {
        return show_sql(context, &plan);
    }
    show(context, &plan, prepared.artifact.signed_by.as_deref(), args.script)
}

/// Where what a step does begins, in a plan that is shown.
const STEP_COLUMN: usize = 18;

/// Shows the statements of the schema's upgrade alone, and on stderr what should be known of them.
///
/// # Errors
/// stdout can't be written.
pub fn show_sql(context: &Context, plan: &Plan) -> Result<Exit, Failure> {
    for warning in &plan.warnings {
        ui::warn(&context.ui, warning);
    }
    if !plan.sql.is_empty() {
        ui::print_exact(&context.ui, &plan.sql)?;
    }
    Ok(Exit::Done)
}

/// Shows a plan, and who signed what it deploys: as JSON, as the shell text with its data, or for people.
///
/// # Errors
/// stdout can't be written.
pub fn show(context: &Context, plan: &Plan, signed_by: Option<&str>, script: bool) -> Result<Exit, Failure> {
    if context.global.json {
        ui::print_json(&as_json(plan, signed_by))?;
    } else if script {
        ui::print_text(&context.ui, &as_script(plan))?;
    } else {
        let text = ui::paint::flow_all(&as_text(plan, signed_by), context.ui.table_width(), STEP_COLUMN);
        ui::print_text(&context.ui, &text)?;
    }
    Ok(Exit::Done)
}

fn as_text(plan: &Plan, signed_by: Option<&str>) -> String {
    if plan.is_empty() {
        return plan.warnings.iter().map(|why| format!("{}\n", ui::escape::line(why))).collect();
    }
    let mut text = format!("{} {} to {}\n", plan.verb, plan.subject, plan.target);
    if let Some(signer) = signed_by {
        text.push_str(&format!("signed by {}\n", ui::escape::line(signer)));
    }
    for warning in &plan.warnings {
        text.push_str(&format!("warning: {}\n", ui::escape::line(warning)));
    }
    for line in plan.notes.iter().flat_map(ui::notes) {
        text.push_str(&format!("{line}\n"));
    }
    for host in &plan.hosts {
        let was = host.was.as_deref().unwrap_or("nothing");
        text.push_str(&format!("\n{}  (live now: {})\n", host.host, ui::escape::line(was)));
        let described = host.steps.iter().filter_map(|step| Some((step.title(), described(host, step)?)));
        for (number, (name, what)) in described.enumerate() {
            text.push_str(&format!("  {:>2}  {:<11} {}\n", number + 1, name, ui::escape::line(&what)));
        }
    }
    text.push_str("\nIf a step fails, or nobody confirms, each host undoes its steps in reverse.\n");
    text
}

/// What a step does, and how long it may take where somebody else's command runs.
fn described(host: &HostPlan, step: &Step) -> Option<String> {
    let what = step.describe()?;
    Some(match host.limits.of(step) {
        Some(limit) => format!("{what} ({} at most)", whole(limit)),
        None => what,
    })
}

/// A duration in the largest unit that it is a whole number of.
fn whole(time: Duration) -> String {
    match whole_seconds(time) {
        seconds if seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

fn as_json(plan: &Plan, signed_by: Option<&str>) -> serde_json::Value {
    let hosts: Vec<_> = plan
        .hosts
        .iter()
        .map(|host| {
            let steps: Vec<_> =
                host
                    .steps
                    .iter()
                    .map(|step| {
                        let limit = host.limits.of(step).map(whole_seconds);
                        json!({"step": step.title(), "does": step.describe(), "limit_seconds": limit})
                    })
                    .collect();
            json!({"host": host.host, "live": host.was, "release": host.release, "lease_seconds": host.lease.as_secs(), "steps": steps})
        })
        .collect();
    json!({
        "operation": plan.verb, "target": plan.target, "subject": plan.subject,
        "signed_by": signed_by, "warnings": plan.warnings, "without": plan.without, "notes": plan.notes, "hosts": hosts,
    })
}

/// The text that runs on the hosts, and for each of them the data that it is given; the values of `[env]` left out.
fn as_script(plan: &Plan) -> String {
    let mut text = agent::agent_text();
    for host in &plan.hosts {
        text.push_str(&format!(
            "\n# --- the plan of {}, as data: one step a line, \\0NNN stands for a byte ---\n",
            host.host
        ));
        for line in wire::plan_lines(&host.without_values()) {
            text.push_str(&format!("# {line}\n"));
        }
        for (name, content) in host.files.iter().filter(|(name, _)| name.ends_with(".sql")) {
            text.push_str(&format!(
                "\n# --- {name} of {}: what the database's client program is given ---\n",
                host.host
            ));
            for line in content.lines() {
                text.push_str(&format!("# {line}\n"));
            }
        }
    }
    text
}
