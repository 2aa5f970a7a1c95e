//! What the live display shows at one moment, as lines. Pure, so that it can be looked at without a terminal.
//!
//! One host shows its current step and the last line of its output; what it has done is printed above, for good. Several
//! hosts have two lines each: the current step, and dim what is done. Where that does not fit, a host has one line, and
//! where even that does not, hosts that run come first and the others are counted.

use std::time::Instant;

use crate::model::{HostState, StepResult};

use super::hosts::{Host, Hosts, Past, Running, UNDO};
use super::paint::{self, Line, Paint};
use super::{bar, time, words};

/// The room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Size {
    /// The columns to use: not the last one, which makes some terminals wrap, nor so many that the seconds at the right
    /// lose their line.
    pub(super) fn columns(self) -> usize {
        self.width.saturating_sub(1).clamp(1, 100)
    }
}

/// The hosts as they are now.
pub(super) fn running(hosts: &Hosts, now: Instant, size: Size) -> Vec<Line> {
    match hosts.all.as_slice() {
        [] => Vec::new(),
        [host] => single(host, hosts, now, size),
        all if all.len() <= 8 && 2 * all.len() + 3 <= size.height => blocks(hosts, now, size),
        all => rows(all, hosts, now, size),
    }
}

/// The hosts as they are in the end, briefly only where they are not as they should be; may be longer than the terminal is
/// high.
pub(super) fn ended(hosts: &Hosts, now: Instant, size: Size, brief: bool) -> Vec<Line> {
    match hosts.all.len() {
        // What a single host did is above, and the summary says how it ended.
        0 | 1 => Vec::new(),
        _ if brief && hosts.all.iter().all(Host::is_good) => Vec::new(),
        2..=8 if !brief => blocks(hosts, now, size),
        _ => {
            let names = name_columns(hosts, size);
            let odd = hosts.all.iter().filter(|host| !host.is_good());
            let odd = odd.map(|host| row(host, hosts, names, now, size));
            let mut lines: Vec<Line> = std::iter::once(Line::new()).chain(odd).collect();
            let good = hosts.all.iter().filter(|host| host.is_good()).count();
            if good > 0 {
                let s = if good == 1 { "" } else { "s" };
                lines.push(Line::new().put(Paint::Green, "  ✓ ").put(Paint::Plain, format!("{good} host{s} done")));
            }
            lines
        }
    }
}

fn single(host: &Host, hosts: &Hosts, now: Instant, size: Size) -> Vec<Line> {
    let Some(step) = host.current() else { return Vec::new() };
    let line = Line::new().put(Paint::Plain, "  ").put(busy(host), spinner(hosts, now)).put(Paint::Plain, " ");
    let mut lines = vec![step_line(line, step, now, size)];
    if let Some(output) = host.output.last() {
        lines.push(Line::new().put(Paint::Dim, format!("    │ {output}")).fit(size.columns()));
    }
    lines
}

fn blocks(hosts: &Hosts, now: Instant, size: Size) -> Vec<Line> {
    let names = name_columns(hosts, size);
    let block = |host| [row(host, hosts, names, now, size), trail(host, names, size)];
    std::iter::once(Line::new()).chain(hosts.all.iter().flat_map(block)).collect()
}

fn rows(all: &[Host], hosts: &Hosts, now: Instant, size: Size) -> Vec<Line> {
    let names = name_columns(hosts, size);
    let room = size.height.saturating_sub(4).max(1);
    let mut shown: Vec<usize> = (0..all.len()).collect();
    // The ones worth looking at first, then back to the order that the hosts have.
    shown.sort_by_key(|at| match &all[*at] {
        host if host.failed.is_some() && !host.is_good() => 0,
        host if host.current().is_some() => 1,
        host if host.end.is_none() => 2,
        _ => 3,
    });
    shown.truncate(room);
    shown.sort_unstable();
    let shown_rows = shown.iter().map(|at| row(&all[*at], hosts, names, now, size));
    let mut lines: Vec<Line> = std::iter::once(Line::new()).chain(shown_rows).collect();
    let count = |test: &dyn Fn(&Host) -> bool| all.iter().filter(|host| test(host)).count();
    let done = count(&|host| host.is_good());
    let failed = count(&|host| host.failed.is_some() || (host.end.is_some() && !host.is_good()));
    let mut footer = Line::new().put(Paint::Bold, format!("  {done} of {} hosts done", all.len()));
    if failed > 0 {
        footer = footer.put(Paint::Alarm, format!(" · {failed} failed"));
    }
    if shown.len() < all.len() {
        footer = footer.put(Paint::Dim, format!(" · {} not shown", all.len() - shown.len()));
    }
    lines.push(footer.right(size.columns(), Paint::Dim, time::duration(now - hosts.since)));
    lines
}

/// A host's line: state, name, and what it is at.
fn row(host: &Host, hosts: &Hosts, names: usize, now: Instant, size: Size) -> Line {
    let (paint, glyph) = state(host, hosts, now);
    let name = paint::clip_middle(&host.name, names);
    let line = Line::new().put(paint, format!("  {glyph} ")).put(Paint::Bold, name).to(names + 6);
    let took = || host.took(now).map(time::duration).unwrap_or_default();
    match (&host.end, host.current()) {
        (None, Some(step)) => step_line(line, step, now, size),
        (None, None) => {
            let failed = host.failed.as_ref().map(|failed| line.clone().put(Paint::Red, &failed.why));
            failed.unwrap_or_else(|| line.put(Paint::Dim, waiting(host))).fit(size.columns())
        }
        (Some(end), _) => {
            let paint = if end.state == HostState::Committed { Paint::Plain } else { paint };
            let text = words::host_end(end, host.failed.as_ref());
            line.put(paint, text).right(size.columns(), Paint::Dim, took())
        }
    }
}

/// What a host that does nothing waits with: hosts wait for each other before the dangerous half.
fn waiting(host: &Host) -> String {
    match host.past.last() {
        Some(Past { result: StepResult::Done, step, .. }) => format!("waiting after {}", words::step(step)),
        _ => "waiting".into(),
    }
}

/// What a host has done, with seconds; the oldest go first when there is no room.
fn trail(host: &Host, names: usize, size: Size) -> Line {
    let indent = names + 6;
    let room = size.columns().saturating_sub(indent);
    let told: Vec<String> = host.past.iter().map(summary).collect();
    let widths = told.iter().rev().scan(0, |sum, text| {
        *sum += paint::width(text) + 3;
        Some(*sum)
    });
    let fit = widths.take_while(|sum| *sum <= room).count();
    let mut text = told[told.len() - fit..].join(" · ");
    // Where none of them has room, that there were some says nothing.
    if fit < told.len() && fit > 0 {
        text.insert_str(0, "… ");
    }
    Line::new().to(indent).put(Paint::Dim, text).fit(size.columns())
}

fn summary(past: &Past) -> String {
    let took = time::duration(past.took);
    // Not the label: a whole command would leave no room for the others.
    let step = paint::clip(words::step(past.step.strip_prefix(UNDO).unwrap_or(&past.step)), 18);
    match &past.result {
        StepResult::Done => format!("{step} {took}"),
        StepResult::Failed(_) => format!("✗ {step} {took}"),
        StepResult::Undone => format!("↺ {step} {took}"),
    }
}

/// The rest of a line whose step runs: label, upload bar, seconds.
fn step_line(line: Line, step: &Running, now: Instant, size: Size) -> Line {
    let columns = size.columns();
    let took = time::duration(now.saturating_duration_since(step.since));
    let undo = if step.undoes { "undo: " } else { "" };
    let line = line.put(Paint::Plain, format!("{undo}{}", step.label));
    let line = match &step.upload {
        Some(upload) => {
            // The seconds get a column of their own width, or the bar would twitch when they grow.
            let room = columns.saturating_sub(line.width() + 2 + paint::width(&took).max(6) + 1);
            bar::put(line.put(Paint::Plain, "  "), upload, now, room)
        }
        None => line,
    };
    line.right(columns, Paint::Dim, took)
}

fn state(host: &Host, hosts: &Hosts, now: Instant) -> (Paint, &'static str) {
    match host.end.as_ref().map(|end| end.state) {
        Some(state) => words::glyph(state),
        None if host.current().is_some() => (busy(host), spinner(hosts, now)),
        None if host.failed.is_some() => (Paint::Alarm, "✗"),
        None => (Paint::Dim, "·"),
    }
}

/// A host that works after a failure is undoing, and is yellow.
fn busy(host: &Host) -> Paint {
    let undoes = host.failed.is_some() || host.past.last().is_some_and(|past| past.result == StepResult::Undone);
    if undoes { Paint::Yellow } else { Paint::Cyan }
}

fn spinner(hosts: &Hosts, now: Instant) -> &'static str {
    const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
    let turns = now.saturating_duration_since(hosts.since).as_millis() / 100;
    FRAMES[(turns % 10) as usize]
}

/// The names' column: as wide as the longest, but never more than a third of the line.
fn name_columns(hosts: &Hosts, size: Size) -> usize {
    let longest = hosts.all.iter().map(|host| paint::width(&host.name)).max().unwrap_or(0);
    longest.min((size.columns() / 3).max(8))
}
