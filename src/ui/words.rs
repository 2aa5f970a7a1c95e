//! The words and glyphs that the displays share.

use crate::model::notes::counted;
use crate::model::{Brief, Event, HostEnd, HostState};

use super::escape;
use super::hosts::Failed;
use super::paint::Paint;

/// What begins: `deploy 0.941 to prod`.
pub(super) fn title(event: &Event) -> Option<String> {
    let Event::Started { operation, target, subject, .. } = event else { return None };
    if let ("rollback" | "forward", false) = (operation.as_str(), subject.is_empty()) {
        let way = if operation == "rollback" { "back" } else { "forward" };
        return Some(escape::line(&format!("roll {way} {target} to {subject}")));
    }
    let join = if operation == "deploy" || operation == "promote" { "to" } else { "on" };
    let subject = if subject.is_empty() { String::new() } else { format!(" {subject}") };
    Some(escape::line(&format!("{operation}{subject} {join} {target}")))
}

/// A step's name as people say it, where the plan's own name is a word of the program.
pub(super) fn step(name: &str) -> &str {
    match name {
        "env" => "environment",
        "share" => "shared links",
        "meta" => "metadata",
        "name" => "release directory",
        "link" => "links",
        "ready" | "healthy" => "wait for others",
        "turn" => "wait for schema",
        "bury" => "archive cleanup",
        "well" => "old health",
        "again" | "unit_again" => "restart of old",
        "flag" | "raise" => "maintenance on",
        "unflag" | "lower" => "maintenance off",
        "run" => "command",
        "record" | "mark" => "ledger",
        "freeze" => "lock",
        "unfreeze" => "unlock",
        "dirs" => "directories",
        "boot_hook" => "boot hook",
        other => other,
    }
}

/// A state's glyph; each is one column wide, and none that terminals may draw as an emoji.
pub(super) fn glyph(state: HostState) -> (Paint, &'static str) {
    match state {
        HostState::Committed => (Paint::Green, "✓"),
        HostState::Unchanged => (Paint::Dim, "="),
        HostState::RolledBack => (Paint::Yellow, "↺"),
        HostState::Broken => (Paint::Alarm, "✗"),
        HostState::Unknown => (Paint::Yellow, "?"),
    }
}

/// Notes for whoever deploys, as lines, the first of them a heading; where some are left out, the last says how to see them.
pub fn notes(brief: &Brief) -> Vec<String> {
    let mut lines = vec![escape::line(&brief.amount())];
    lines.extend(brief.lines.iter().map(|line| format!("  {}", escape::written(line)).trim_end().to_owned()));
    lines.extend(brief.rest().map(|rest| format!("  … {} more: {}", counted(brief.more, "line"), escape::line(&rest))));
    lines
}

/// How a host ended: `rolled back to 20261101-090000-0.940 (health failed)`.
pub(super) fn host_end(end: &HostEnd, failed: Option<&Failed>) -> String {
    let live = end.live.as_deref().map(escape::line);
    let mut text = match (end.state, live) {
        (HostState::Committed, Some(live)) => format!("{live} is live"),
        (HostState::Committed, None) => "done".into(),
        (HostState::Unchanged, Some(live)) => format!("unchanged, {live} is live"),
        (HostState::Unchanged, None) => "unchanged".into(),
        (HostState::RolledBack, Some(live)) => format!("rolled back to {live}"),
        (HostState::RolledBack, None) => "rolled back".into(),
        (HostState::Broken, Some(live)) => format!("BROKEN, {live} is live"),
        (HostState::Broken, None) => "BROKEN".into(),
        (HostState::Unknown, Some(live)) => format!("outcome unknown, {live} was live"),
        (HostState::Unknown, None) => "outcome unknown".into(),
    };
    if let Some(more) = end
        .detail
        .as_deref()
        .map(escape::line)
        .or_else(|| failed.map(|failed| format!("{} failed", step(&failed.step))))
    {
        text.push_str(&format!(" ({more})"));
    }
    text
}
