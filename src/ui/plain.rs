//! The display for logs and pipes: whole lines, each about one thing that is over, and one now and then about what takes long.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::model::{Event, Exit, HostState, StepResult};

use super::hosts::Hosts;
use super::paint::{self, Paint};
use super::ticker::{Ticker, lock};
use super::{Reporter, escape, time, words};

/// How often a running step is looked at.
const TICK: Duration = Duration::from_secs(1);

/// After how long a step says that it is still running; an upload again after the same.
const LONG: Duration = Duration::from_secs(10);

/// How long another step is then quiet; less than what makes a CI service give up.
const QUIET: Duration = Duration::from_secs(60);

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Volume {
    /// Failures, warnings, and the end.
    Quiet,
    /// Also each step.
    Normal,
    /// Also what commands print.
    Verbose,
}

pub(super) struct Plain<W: Write + Send + 'static> {
    desk: Arc<Mutex<Desk<W>>>,
    ticker: Option<Ticker>,
}

impl<W: Write + Send> Plain<W> {
    pub(super) fn new(out: W, volume: Volume, width: Option<usize>) -> Self {
        let desk = Desk { width, ..Desk::new(out, volume, Instant::now()) };
        let desk = Arc::new(Mutex::new(desk));
        let ticker = Ticker::start(&desk, TICK, |desk| desk.tick(Instant::now()));
        Self { desk, ticker: Some(ticker) }
    }
}

impl<W: Write + Send> Reporter for Plain<W> {
    fn event(&mut self, event: &Event) {
        lock(&self.desk).event(event, Instant::now());
        if matches!(event, Event::Ended { .. }) {
            self.ticker = None;
        }
    }
}

struct Desk<W> {
    hosts: Hosts,
    out: W,
    volume: Volume,
    /// Of the terminal, where it is one.
    width: Option<usize>,
}

impl<W: Write> Desk<W> {
    fn new(out: W, volume: Volume, now: Instant) -> Self {
        Self { hosts: Hosts::new(now), out, volume, width: None }
    }

    fn event(&mut self, event: &Event, now: Instant) {
        self.hosts.note(event, now);
        if !self.hosts.switches && self.volume == Volume::Normal {
            self.volume = Volume::Quiet;
        }
        let normal = self.volume != Volume::Quiet;
        match event {
            Event::Started { .. } if normal => {
                let names: Vec<&str> = self.hosts.all.iter().map(|host| host.name.as_str()).collect();
                let title = Paint::Bold.on(&words::title(event).unwrap_or_default());
                let hosts = escape::line(&names.join(", "));
                self.line(&format!("{title}: {hosts}"));
            }
            Event::StepEnded { host, result, .. } => self.step_ended(host, result),
            Event::Output { host, bytes } => self.output(host, bytes),
            Event::Warning { host, text } => {
                let host = host.as_deref().map(|host| tag(&escape::line(host))).unwrap_or_default();
                self.line(&format!("{host}{} {}", Paint::Yellow.on("warning:"), escape::line(text)));
            }
            Event::Notes(brief) if normal => words::notes(brief).iter().for_each(|line| self.line(line)),
            Event::HostEnded { host, end } if normal || end.state != HostState::Committed => {
                let host = self.hosts.host(host);
                let (paint, _) = words::glyph(end.state);
                let text = paint.on(&words::host_end(end, host.failed.as_ref()));
                let line = format!("{}{text}", tag(&host.name));
                self.line(&line);
            }
            Event::Ended { exit, summary, hint } => self.ended(*exit, summary, hint.as_deref()),
            _ => {}
        }
    }

    fn step_ended(&mut self, host: &str, result: &StepResult) {
        let host = self.hosts.host(host);
        let tag = tag(&host.name);
        let Some(past) = host.past.last() else { return };
        let took = took(past.took);
        let line = match result {
            StepResult::Failed(why) => {
                let what = format!("{}: {}", past.label, escape::line(why));
                Some(format!("{tag}{} {what}{took}", Paint::Alarm.on("FAILED")))
            }
            _ if self.volume == Volume::Quiet => None,
            StepResult::Undone => Some(format!("{tag}{} {}{took}", Paint::Yellow.on("undo:"), past.label)),
            StepResult::Done => {
                let sent = past.sent.map(|sent| format!(" {}", time::bytes(sent))).unwrap_or_default();
                Some(format!("{tag}{}{sent}{took}", past.label))
            }
        };
        let mut lines = Vec::new();
        host.output.flush(|line| lines.extend((self.volume == Volume::Verbose).then(|| quoted(&tag, line))));
        lines.extend(line);
        if let StepResult::Failed(why) = result {
            let replay = host.output.replay(why);
            // Whoever sees all output has seen it.
            let replay = replay.iter().filter(|_| self.volume != Volume::Verbose);
            lines.extend(replay.map(|line| quoted(&tag, line)));
        }
        lines.iter().for_each(|line| self.line(line));
    }

    fn output(&mut self, host: &str, bytes: &[u8]) {
        let host = self.hosts.host(host);
        let tag = tag(&host.name);
        let (verbose, out) = (self.volume == Volume::Verbose, &mut self.out);
        host.output.feed(bytes, |line| {
            if verbose {
                say(out, &quoted(&tag, line));
            }
        });
    }

    fn ended(&mut self, exit: Exit, summary: &str, hint: Option<&str>) {
        let head = if exit == Exit::Done { "" } else { "release: " };
        let text = format!("{head}{}", escape::line(summary));
        for (at, text) in paint::flow(&text, self.width).into_iter().enumerate() {
            match text.strip_prefix(head).filter(|_| at == 0) {
                Some(rest) if !head.is_empty() => {
                    self.line(&format!("{} {}", Paint::Alarm.on(head.trim_end()), Paint::Bold.on(rest)));
                }
                _ => self.line(&Paint::Bold.on(&text)),
            }
        }
        if let Some(hint) = hint {
            self.line(&format!("{} {}", Paint::Cyan.on("hint:"), escape::line(hint)));
        }
    }

    /// Says of each step that takes long that it does.
    fn tick(&mut self, now: Instant) {
        let mut lines = Vec::new();
        for host in &mut self.hosts.all {
            for step in &mut host.running {
                let took = now.saturating_duration_since(step.since);
                let pause = if step.upload.is_some() || step.told.is_zero() { LONG } else { QUIET };
                if took < step.told + pause {
                    continue;
                }
                step.told = took;
                let sent = step.upload.as_ref().map(|upload| time::bytes_of(upload.sent, upload.total));
                let sent = sent.map(|sent| format!(" {sent}")).unwrap_or_default();
                let took = Paint::Dim.on(&time::duration(took));
                let undo = if step.undoes { "undo: " } else { "" };
                lines.push(format!("{}{undo}{}{sent} ...  {took}", tag(&host.name), step.label));
            }
        }
        if self.volume != Volume::Quiet {
            lines.iter().for_each(|line| self.line(line));
        }
    }

    fn line(&mut self, text: &str) {
        say(&mut self.out, text);
    }
}

/// How long something took, where that says anything.
fn took(took: Duration) -> String {
    let told = took >= Duration::from_millis(100);
    if told { format!("  {}", Paint::Dim.on(&time::duration(took))) } else { String::new() }
}

/// A log that can't be written is no reason to stop a deploy.
fn say(out: &mut impl Write, text: &str) {
    let _ = out.write_all(format!("{text}\n").as_bytes()).and_then(|()| out.flush());
}

fn tag(host: &str) -> String {
    Paint::Dim.on(&format!("[{host}]")) + " "
}

fn quoted(tag: &str, line: &str) -> String {
    format!("{tag}{} {line}", Paint::Dim.on("|"))
}

#[cfg(test)]
mod tests;
