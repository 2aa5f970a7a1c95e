//! `release check`: every reason for a deploy to fail that can be known beforehand, on all hosts, in one report.

use serde_json::json;

use super::Context;
use super::blocked::few;
use crate::cli;
use crate::config::Config;
use crate::fleet::{Fleet, Member, Uploads};
use crate::model::target::Target;
use crate::model::{Exit, Failure, Observed};
use crate::plan::{self, Seen, apart, check_host, oddities, questions, twins};
use crate::schema::Holder;
use crate::ui;

/// What was found out about one host.
struct Report {
    target: String,
    host: String,
    reasons: Vec<String>,
    /// What is no reason against it, and should be known.
    warnings: Vec<String>,
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
            .map(|report| json!({"target": report.target, "host": report.host, "ok": report.reasons.is_empty(), "reasons": report.reasons, "warnings": report.warnings}))
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
    let mut seen: Vec<(String, Observed)> = Vec::new();
    for (at, (result, host)) in survey.into_iter().zip(&target.hosts).enumerate() {
        let mut warnings = Vec::new();
        let reasons = match result {
            Ok(mut member) => {
                let tried = member.try_env(target).await.err().map(reason);
                let asked = tried.or(member.ask_health(target).await.err().map(reason));
                let placed = if target.hosts.len() > 1 { member.ask_database(target).await.err() } else { None };
                let mut reasons = check_host(target, &member.observed, None);
                warnings = oddities(target, &member.observed);
                warnings.extend(plan::shared::warnings(target, &member.observed));
                reasons.extend(plan::shared::reasons(target, &member.observed));
                let observed = &member.observed;
                reasons.extend(asked.into_iter().chain(placed.map(reason)));
                reasons.extend(
                    observed
                        .lock
                        .iter()
                        .map(|lock| format!("locked by {}: {} since {}", lock.who, lock.verb, lock.since)),
                );
                reasons.extend(observed.freeze.iter().map(|freeze| format!("locked by {freeze}")));
                if at == target.primary && observed.env_fails.is_none() {
                    match database(target, &member).await {
                        Ok(holders) => warnings.extend(holders),
                        Err(failure) => reasons.push(reason(failure)),
                    }
                }
                seen.push((host.name.clone(), member.observed.clone()));
                member.close();
                reasons
            }
            Err(failure) => vec![reason(failure)],
        };
        reports.push(Report { target: target.name.clone(), host: host.name.clone(), reasons, warnings });
    }
    let seen: Vec<Seen<'_>> = seen.iter().map(|(name, observed)| (name.as_str(), observed)).collect();
    for (host, why) in twins(&seen).into_iter().chain(apart(target, &seen)) {
        reports.iter_mut().filter(|report| report.host == host).for_each(|report| report.reasons.push(why.clone()));
    }
    Ok(reports)
}

/// Can the database be asked? Then by whom an upgrade of its schema would be blocked.
async fn database(target: &Target, member: &Member) -> Result<Vec<String>, Failure> {
    if target.schema.as_ref().is_none_or(|schema| schema.url.is_empty()) {
        return Ok(Vec::new());
    }
    let mut database = member.database(target).await?;
    database.state().await?;
    let told = |holder: Holder| {
        format!("schema: an upgrade would wait: {} is blocked by {}", few(&holder.tables), holder.said)
    };
    Ok(database.holders().await?.into_iter().map(told).collect())
}

fn reason(failure: Failure) -> String {
    let why = failure.why.map(|why| format!(" ({why})")).unwrap_or_default();
    let hint = failure.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("{}{why}{hint}", failure.what)
}

fn as_text(report: &Report) -> String {
    let head = format!("{} {}", report.target, report.host);
    let mut text = match report.reasons.len() {
        0 => format!("{head}: ok\n"),
        1 => format!("{head}: 1 reason against it\n"),
        _ => format!("{head}: reasons against it\n"),
    };
    report.reasons.iter().for_each(|reason| text.push_str(&format!("  - {}\n", ui::escape::line(reason))));
    report.warnings.iter().for_each(|warning| text.push_str(&format!("  warning: {}\n", ui::escape::line(warning))));
    text
}
