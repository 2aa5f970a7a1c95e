//! What the live display prints for good when something happens, above the frame that moves.

use std::time::Instant;

use crate::model::{Event, Exit, HostState, StepResult};

use super::frame::{self, Size};
use super::hosts::{Host, Hosts, Past};
use super::paint::{self, Line, Paint};
use super::{escape, time, words};

/// The lines for an event that the hosts have taken note of already.
pub(super) fn lines(event: &Event, hosts: &mut Hosts, now: Instant, size: Size, verbose: bool) -> Vec<Line> {
    let alone = hosts.all.len() == 1;
    let brief = !hosts.switches && !verbose;
    match event {
        Event::Started { .. } if brief => Vec::new(),
        Event::Started { target, .. } => {
            let title = Line::new().put(Paint::Bold, words::title(event).unwrap_or_default());
            let of = match hosts.all.as_slice() {
                [host] if host.name == *target => String::new(),
                [host] => format!(" ({})", host.name),
                all => format!(" ({} hosts)", all.len()),
            };
            vec![title.put(Paint::Dim, of).fit(size.columns())]
        }
        Event::StepEnded { host, .. } => {
            let host = hosts.host(host);
            let mut lines = Vec::new();
            let prefix = said(alone, host);
            host.output.flush(|line| lines.extend(quoted(&prefix, line, size).filter(|_| verbose)));
            // The next step is not to have this one's output below it.
            host.output.fade();
            match host.past.last() {
                Some(past @ Past { result: StepResult::Failed(why), .. }) => {
                    let name = if alone { String::new() } else { format!("{} ", host.name) };
                    lines.extend(failed(&name, past, why, size));
                    // Whoever sees all output has seen it.
                    let replay = host.output.replay(why);
                    let replay = replay.iter().filter(|_| !verbose);
                    lines.extend(replay.flat_map(|line| quoted("      │ ", line, size)));
                }
                Some(past) if alone && !brief => lines.push(over(past, size)),
                _ => {}
            }
            lines
        }
        Event::Output { host, bytes } => {
            let host = hosts.host(host);
            let mut lines = Vec::new();
            let prefix = said(alone, host);
            host.output.feed(bytes, |line| lines.extend(quoted(&prefix, line, size).filter(|_| verbose)));
            if verbose {
                host.output.fade();
            }
            lines
        }
        Event::Warning { host, text } => {
            let host = host.as_deref().filter(|_| !alone).map(|host| format!("{}: ", escape::line(host)));
            let text = format!("{}{}", host.unwrap_or_default(), escape::line(text));
            hanging(Paint::Yellow, "  ! ", Paint::Plain, &text, size)
        }
        Event::Notes(brief) => {
            let mut all = words::notes(brief).into_iter();
            let title = all.next().unwrap_or_default();
            let mut lines = hanging(Paint::Cyan, "  # ", Paint::Bold, &title, size);
            lines.extend(all.flat_map(|line| hanging(Paint::Plain, "    ", Paint::Plain, &line, size)));
            lines
        }
        Event::HostEnded { host, end } if alone => {
            if end.state == HostState::Committed && end.detail.is_none() {
                return Vec::new();
            }
            let (paint, glyph) = words::glyph(end.state);
            hosts.host(host).running.clear();
            hanging(paint, &format!("  {glyph} "), Paint::Plain, &words::host_end(end, None), size)
        }
        Event::Ended { exit, summary, hint } => {
            let mut lines = frame::ended(hosts, now, size, brief);
            if !lines.is_empty() {
                lines.push(Line::new());
            }
            lines.extend(end(*exit, summary, hint.as_deref(), now, hosts, size));
            lines
        }
        Event::HostEnded { .. } | Event::StepStarted { .. } | Event::Uploaded { .. } => Vec::new(),
    }
}

/// A step that is over, dim; the glyph says how.
fn over(past: &Past, size: Size) -> Line {
    let (paint, glyph, undo) = match past.result {
        StepResult::Undone => (Paint::Yellow, "  ↺ ", "undo: "),
        _ => (Paint::Green, "  ✓ ", ""),
    };
    let sent = past.sent.map(|sent| format!("  {}", time::bytes(sent))).unwrap_or_default();
    let line = Line::new().put(paint, glyph).put(Paint::Dim, format!("{undo}{}{sent}", past.label));
    line.right(size.columns(), Paint::Dim, time::duration(past.took))
}

/// A step that failed: its reason is told in full, on as many lines as it takes.
fn failed(host: &str, past: &Past, why: &str, size: Size) -> Vec<Line> {
    let took = time::duration(past.took);
    let text = format!("{host}{}: {}", past.label, escape::line(why));
    let narrower = Size { width: size.columns().saturating_sub(paint::width(&took)), ..size };
    let mut lines = hanging(Paint::Alarm, "  ✗ ", Paint::Red, &text, narrower);
    let first = std::mem::take(&mut lines[0]);
    lines[0] = first.right(size.columns(), Paint::Dim, took);
    lines
}

/// What stands before the lines that a host says.
fn said(alone: bool, host: &Host) -> String {
    if alone { "    │ ".into() } else { format!("    {} │ ", host.name) }
}

/// What a host said: behind a bar, so that it can't pass for something that we say.
fn quoted<'a>(prefix: &'a str, text: &str, size: Size) -> impl Iterator<Item = Line> + use<'a> {
    let room = size.columns().saturating_sub(paint::width(prefix));
    paint::wrap(text, room).into_iter().map(move |text| Line::new().put(Paint::Dim, prefix).put(Paint::Plain, text))
}

/// A text behind a glyph, its further lines indented like the first.
fn hanging(glyph_paint: Paint, glyph: &str, paint: Paint, text: &str, size: Size) -> Vec<Line> {
    let indent = paint::width(glyph);
    let texts = paint::wrap(text, size.columns().saturating_sub(indent));
    let line = |(at, text)| {
        let start = if at == 0 { Line::new().put(glyph_paint, glyph) } else { Line::new().to(indent) };
        start.put(paint, text)
    };
    texts.into_iter().enumerate().map(line).collect()
}

/// The last lines. The hint is neither cut nor broken: it is there to be copied.
fn end(exit: Exit, summary: &str, hint: Option<&str>, now: Instant, hosts: &Hosts, size: Size) -> Vec<Line> {
    let took = time::duration(now.saturating_duration_since(hosts.since));
    let (paint, glyph) = if exit == Exit::Done { (Paint::Green, "✓ ") } else { (Paint::Alarm, "release: ") };
    let room = size.columns().saturating_sub(paint::width(glyph));
    let mut lines: Vec<Line> = paint::wrap(&escape::line(summary), room)
        .into_iter()
        .enumerate()
        .map(|(at, text)| Line::new().put(paint, if at == 0 { glyph } else { "" }).put(Paint::Bold, text))
        .collect();
    if let [line] = lines.as_mut_slice()
        && line.width() + paint::width(&took) < size.columns()
    {
        *line = std::mem::take(line).right(size.columns(), Paint::Dim, took);
    }
    if let Some(hint) = hint {
        lines.push(Line::new().put(Paint::Cyan, "hint:").put(Paint::Plain, format!(" {}", escape::line(hint))));
    }
    lines
}
