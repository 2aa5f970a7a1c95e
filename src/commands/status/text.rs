//! A status for people at a terminal.

use super::document::{Document, HostStatus, TargetStatus};
use super::state::{State, states};
use crate::commands::Context;
use crate::ui;
use crate::ui::paint::{self, Paint};
use crate::ui::table::{Cell, Table};

/// What is wrong first, then the table, then how targets differ.
pub fn as_text(document: &Document, context: &Context) -> String {
    let width = context.ui.table_width();
    let mut text = String::new();
    for target in document.shown().into_iter().filter(|target| target.differ) {
        text.push_str(&sentence(Paint::Alarm, &differing(target), None, width));
    }
    text.push_str(if text.is_empty() { "" } else { "\n" });
    // A cell that is cut says too little: then it has a word, and the rest stands below.
    let fits = width.is_none_or(|width| table(document, context, whole).width() <= width);
    let state = if fits { whole } else { words };
    text.push_str(&table(document, context, state).render(width));
    if !fits {
        let details = details(document, width);
        text.push_str(&format!("{}{details}", if details.is_empty() { "" } else { "\n" }));
    }
    text.push_str(if document.behind.is_empty() { "" } else { "\n" });
    for behind in &document.behind {
        let look = match behind.diverged {
            None | Some(true) => Paint::Yellow,
            Some(false) => Paint::Plain,
        };
        text.push_str(&sentence(look, &behind.sentence(), behind.command().as_deref(), width));
        for why in &behind.incomplete {
            text.push_str(&sentence(Paint::Dim, why, None, width));
        }
    }
    text
}

fn differing(target: &TargetStatus) -> String {
    let serves = |host: &HostStatus| match &host.live {
        Some(live) => format!("{} serves {}", host.host, live.version.as_ref().unwrap_or(&live.release)),
        None => format!("{} serves nothing", host.host),
    };
    let each: Vec<String> = target.hosts.iter().filter(|host| host.reachable).map(serves).collect();
    format!("{}: its hosts serve different releases: {}", target.name, each.join(", "))
}

/// A sentence on lines of its own, with a command below it that is not broken.
fn sentence(look: Paint, text: &str, command: Option<&str>, width: Option<usize>) -> String {
    let text = ui::escape::line(text);
    let lines = match width {
        Some(width) => paint::wrap(&text, width),
        None => vec![text],
    };
    let mut shown: String = lines.iter().map(|line| format!("{}\n", look.on(line))).collect();
    if let Some(command) = command {
        shown.push_str(&format!("  {}\n", Paint::Cyan.on(&ui::escape::line(command))));
    }
    shown
}

fn table(document: &Document, context: &Context, state: fn(&[State]) -> String) -> Table {
    let mut table = Table::new(["TARGET", "HOST", "LIVE", "SINCE", "BY", "STATE"]);
    for target in document.shown() {
        for host in &target.hosts {
            table.row(row(target, host, context, state));
        }
    }
    table
}

fn row(target: &TargetStatus, host: &HostStatus, context: &Context, state: fn(&[State]) -> String) -> Vec<Cell> {
    let dash = || "-".to_owned();
    let (live, since, by) = match &host.live {
        Some(live) => (
            live.version.clone().unwrap_or_else(|| live.release.clone()),
            live.deployed_at.as_deref().map_or_else(dash, |at| age(at, context)),
            live.deployed_by.clone().unwrap_or_else(dash),
        ),
        None => (dash(), dash(), dash()),
    };
    let states = states(host);
    let look = match states.as_slice() {
        [] => Paint::Green,
        all if all.iter().all(|state| state.calm) => Paint::Yellow,
        _ => Paint::Red,
    };
    vec![
        Cell::from(&target.name),
        Cell::from(&host.host),
        Cell::painted(Paint::Bold, live),
        Cell::from(since),
        Cell::from(by),
        Cell::painted(look, if states.is_empty() { "ok".to_owned() } else { state(&states) }),
    ]
}

fn whole(states: &[State]) -> String {
    states.iter().map(|state| state.text.as_str()).collect::<Vec<_>>().join("; ")
}

fn words(states: &[State]) -> String {
    states.iter().map(|state| state.word).collect::<Vec<_>>().join(", ")
}

/// What the words in the table stand for.
fn details(document: &Document, width: Option<usize>) -> String {
    let mut text = String::new();
    for target in document.shown() {
        for host in &target.hosts {
            for state in states(host) {
                let look = if state.calm { Paint::Yellow } else { Paint::Red };
                text.push_str(&sentence(look, &format!("{} {}: {}", target.name, host.host, state.text), None, width));
            }
        }
    }
    text
}

fn age(at: &str, context: &Context) -> String {
    match at.parse::<jiff::Timestamp>() {
        Ok(then) => ui::time::age((context.clock)().duration_since(then).unsigned_abs()),
        Err(_) => at.to_owned(),
    }
}
