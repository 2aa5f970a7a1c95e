//! Playing scripted operations against a clock that a test moves.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::model::{Brief, Event, Exit, HostEnd, HostState, StepResult};

use super::{Reporter, demo};

/// Plays the demo: each event with the time since the start.
pub(super) fn play(each: impl FnMut(&Event, Duration)) {
    struct Player<F>(F, Rc<Cell<Duration>>);
    impl<F: FnMut(&Event, Duration)> Reporter for Player<F> {
        fn event(&mut self, event: &Event) {
            (self.0)(event, self.1.get());
        }
    }
    let clock = Rc::new(Cell::new(Duration::ZERO));
    let sleep = |time| clock.set(clock.get() + time);
    demo(&mut Player(each, Rc::clone(&clock)), sleep);
}

/// A deploy begins on these hosts.
pub(super) fn started(hosts: &[&str]) -> Event {
    Event::Started {
        operation: "deploy".into(),
        target: "view".into(),
        subject: "0.941".into(),
        switches: true,
        hosts: hosts.iter().map(ToString::to_string).collect(),
    }
}

/// A small operation begins on these hosts.
pub(super) fn small(hosts: &[&str]) -> Event {
    let hosts = hosts.iter().map(ToString::to_string).collect();
    Event::Started { operation: "lock".into(), target: "view".into(), subject: String::new(), switches: false, hosts }
}

/// A step that is called what it is begins.
pub(super) fn step(host: &str, step: &str) -> Event {
    Event::StepStarted { host: host.into(), step: step.into(), label: step.into() }
}

/// A step ends after a second.
pub(super) fn step_ended(host: &str, step: &str, result: StepResult) -> Event {
    Event::StepEnded { host: host.into(), step: step.into(), result, took: Duration::from_secs(1) }
}

/// A host says something.
pub(super) fn output(host: &str, bytes: &[u8]) -> Event {
    Event::Output { host: host.into(), bytes: bytes.into() }
}

/// A host ends.
pub(super) fn host_ended(host: &str, state: HostState) -> Event {
    let end = HostEnd { state, live: Some("20261122-070000-0.941".into()), detail: None };
    Event::HostEnded { host: host.into(), end }
}

/// All ends.
pub(super) fn ended(exit: Exit) -> Event {
    Event::Ended { exit, summary: "0.941 is live on view".into(), hint: Some("release rollback view".into()) }
}

/// One of every kind, with what strangers write in every place.
pub(super) fn hostile() -> Vec<Event> {
    let bad = "a\x1b[2J\x07\r\n\u{202e}b\u{9b}31m";
    let end = HostEnd { state: HostState::Broken, live: Some(bad.into()), detail: Some(bad.into()) };
    let (operation, target, subject) = (bad.into(), bad.into(), bad.into());
    let lines = vec![bad.into(), format!("\t{bad}")];
    let brief = Brief { from: bad.into(), to: bad.into(), commits: 2, count: 1, lines, more: 1, unknown: false };
    let (exit, summary, hint) = (Exit::Unknown, bad.into(), Some(bad.into()));
    vec![
        Event::Started { operation, target, subject, switches: true, hosts: vec![bad.into(), "b".into()] },
        Event::StepStarted { host: bad.into(), step: bad.into(), label: bad.into() },
        Event::Uploaded { host: bad.into(), sent: u64::MAX, total: 1 },
        output(bad, b"\x1b[2J\x9b\xff\x07 \xe2\x80\xae\r\rx\n\x1b]0;title\x07\nopen\x1b"),
        Event::StepEnded { host: bad.into(), step: bad.into(), result: StepResult::Done, took: Duration::MAX },
        step(bad, bad),
        step_ended(bad, bad, StepResult::Undone),
        step_ended(bad, bad, StepResult::Failed(bad.into())),
        Event::Warning { host: Some(bad.into()), text: bad.into() },
        Event::Notes(brief),
        Event::HostEnded { host: bad.into(), end },
        Event::Ended { exit, summary, hint },
    ]
}
