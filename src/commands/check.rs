//! `release check`: every reason for a deploy to fail that can be known beforehand, on all hosts, in one report.

use serde_json::json;

use super::Context;
use crate::cli;
use crate::config::Config;
use crate::fleet::{Fleet, Member, Uploads};
use crate::model::target::Target;
use crate::model::{Exit, Failure};
use crate::plan::{check_host, questions};
use crate::ui;

/// What was found out about one host.
struct Report {
    target: String,
    host: String,
    reasons: Vec<String>,
}

pub async fn run(args: cli::Check, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    for warning in &config.warnings {
        ui::warn(&context.ui, warning);
    }
    let targets: Vec<&Target> = match &args.target {
        Some(name) => vec![config.target(name)?],
        None => config.targets.iter().collect(),
    };
    if args.config_only {
        return said_well(context, &config, &targets);
    }
    let mut reports = Vec::new();
    for target in targets {
        reports.extend(target_reports(target, context).await?);
    }
    let bad = reports.iter().any(|report| !report.reasons.is_empty());
    if context.global.json {
        let all: Vec<_> = reports
            .iter()
            .map(|report| json!({"target": report.target, "host": report.host, "ok": report.reasons.is_empty(), "reasons": report.reasons}))
            .collect();
        ui::print_json(&json!({"ok": !bad, "hosts": all}))?;
    } else {
        let text: String = reports.iter().map(as_text).collect();
        ui::print_text(&context.ui, &text)?;
    }
    Ok(if bad { Exit::Refused } else { Exit::Done })
}

fn said_well(context: &Context, config: &Config, targets: &[&Target]) -> Result<Exit, Failure> {
    let path = config.path.display().to_string();
    let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    if context.global.json {
        ui::print_json(&json!({"ok": true, "config": path, "targets": names}))?;
    } else {
        ui::print_text(&context.ui, &format!("{}: ok ({})\n", ui::escape::line(&path), names.join(", ")))?;
    }
    Ok(Exit::Done)
}

async fn target_reports(target: &Target, context: &Context) -> Result<Vec<Report>, Failure> {
    let control = context.control()?;
    let mut reports = Vec::new();
    let survey = Fleet::survey(target, &questions(target), control.path(), Uploads::Follow).await?;
    for (at, (result, host)) in survey.into_iter().zip(&target.hosts).enumerate() {
        let reasons = match result {
            Ok(member) => {
                let mut reasons = check_host(target, &member.observed, None);
                let seen = &member.observed;
                reasons.extend(
                    seen.lock.iter().map(|lock| format!("locked by {}: {} since {}", lock.who, lock.verb, lock.since)),
                );
                reasons.extend(seen.freeze.iter().map(|freeze| format!("locked by {freeze}")));
                if at == target.primary {
                    reasons.extend(database(target, &member).await);
                }
                member.close();
                reasons
            }
            Err(failure) => vec![reason(failure)],
        };
        reports.push(Report { target: target.name.clone(), host: host.name.clone(), reasons });
    }
    Ok(reports)
}

/// What keeps the database from being asked.
async fn database(target: &Target, member: &Member) -> Option<String> {
    target.schema.as_ref().filter(|schema| !schema.url.is_empty())?;
    match member.database(target).await {
        Ok(mut database) => database.state().await.err().map(reason),
        Err(failure) => Some(reason(failure)),
    }
}

fn reason(failure: Failure) -> String {
    let why = failure.why.map(|why| format!(" ({why})")).unwrap_or_default();
    let hint = failure.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("{}{why}{hint}", failure.what)
}

fn as_text(report: &Report) -> String {
    let head = format!("{} {}", report.target, report.host);
    if report.reasons.is_empty() {
        return format!("{head}: ok\n");
    }
    let mut text = format!("{head}: {} against it\n", if report.reasons.len() == 1 { "1 reason" } else { "reasons" });
    report.reasons.iter().for_each(|reason| text.push_str(&format!("  - {}\n", ui::escape::line(reason))));
    text
}
