//! What is known of an operation while it runs: events go in, the displays that are drawn again and again read it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::model::{Event, HostEnd, HostState, StepResult};

use super::escape;
use super::tail::Tail;

/// What the names of steps begin with that undo another one.
pub(super) const UNDO: &str = "undo ";

/// All hosts of the operation.
#[derive(Debug)]
pub(super) struct Hosts {
    pub(super) all: Vec<Host>,
    pub(super) since: Instant,
    /// Another release goes live; of an operation where none does, only failures and the end are told.
    pub(super) switches: bool,
}

/// One host. All its text is escaped already.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) name: String,
    /// The steps that are over, in order.
    pub(super) past: Vec<Past>,
    /// The steps that run; mostly one, but unpacking may begin while bytes still come.
    pub(super) running: Vec<Running>,
    pub(super) output: Tail,
    /// The first step that failed, and why: from then on the host undoes.
    pub(super) failed: Option<Failed>,
    pub(super) end: Option<HostEnd>,
    began: Option<Instant>,
    took: Option<Duration>,
}

/// Why a host undoes.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) step: String,
    pub(super) why: String,
}

/// A step that is over.
#[derive(Debug)]
pub(super) struct Past {
    pub(super) step: String,
    pub(super) label: String,
    pub(super) result: StepResult,
    pub(super) took: Duration,
    /// What the upload has sent.
    pub(super) sent: Option<u64>,
}

/// A step that runs.
#[derive(Debug)]
pub(super) struct Running {
    step: String,
    pub(super) label: String,
    /// It takes back what was done before.
    pub(super) undoes: bool,
    pub(super) since: Instant,
    pub(super) upload: Option<Upload>,
    /// How long it had run when the plain display last said so.
    pub(super) told: Duration,
}

/// How far an upload is.
#[derive(Debug, Default)]
pub(super) struct Upload {
    pub(super) sent: u64,
    pub(super) total: u64,
    recent: VecDeque<(Instant, u64)>,
}

impl Hosts {
    pub(super) fn new(now: Instant) -> Self {
        Self { all: Vec::new(), since: now, switches: true }
    }

    /// The host of this (unescaped) name; one that was not announced is added.
    pub(super) fn host(&mut self, name: &str) -> &mut Host {
        let name = escape::line(name);
        let at = self.all.iter().position(|host| host.name == name).unwrap_or_else(|| {
            self.all.push(Host::new(name));
            self.all.len() - 1
        });
        &mut self.all[at]
    }

    /// Takes note of an event; output is fed by the displays, which want its lines.
    pub(super) fn note(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Started { hosts, switches, .. } => {
                // An operation that was planned anew begins anew.
                *self = Self { switches: *switches, ..Self::new(now) };
                hosts.iter().for_each(|name| _ = self.host(name));
            }
            Event::StepStarted { host, step, label } => {
                let host = self.host(host);
                host.began.get_or_insert(now);
                let step = escape::line(step);
                let label = if label.is_empty() { step.clone() } else { escape::line(label) };
                // By its name alone: a plan may have a step twice, and the second is no undo of the first.
                let undoes = step.starts_with(UNDO);
                let (upload, told) = (None, Duration::ZERO);
                host.running.push(Running { step, label, undoes, since: now, upload, told });
            }
            Event::StepEnded { host, step, result, took } => self.host(host).end_step(step, result, *took),
            Event::Uploaded { host, sent, total } => {
                if let Some(step) = self.host(host).uploading() {
                    step.upload.get_or_insert_default().note(*sent, *total, now);
                }
            }
            Event::HostEnded { host, end } => {
                let host = self.host(host);
                host.running.clear();
                host.took = host.began.map(|began| now - began);
                host.end = Some(end.clone());
            }
            Event::Output { .. } | Event::Warning { .. } | Event::Notes(_) | Event::Ended { .. } => {}
        }
    }
}

impl Host {
    fn new(name: String) -> Self {
        let (past, running, output) = Default::default();
        Self { name, past, running, output, failed: None, end: None, began: None, took: None }
    }

    /// The step to show: the one that began last.
    pub(super) fn current(&self) -> Option<&Running> {
        self.running.last()
    }

    /// How long the host has been at it, or was.
    pub(super) fn took(&self, now: Instant) -> Option<Duration> {
        self.took.or(self.began.map(|began| now.saturating_duration_since(began)))
    }

    /// Whether it ended, and as it should.
    pub(super) fn is_good(&self) -> bool {
        self.end.as_ref().is_some_and(|end| end.state == HostState::Committed)
    }

    fn end_step(&mut self, step: &str, result: &StepResult, took: Duration) {
        let step = escape::line(step);
        let running = self.running.iter().rposition(|running| running.step == step);
        let running = running.map(|at| self.running.remove(at));
        // An undo that is named like the step has the step's label, too.
        let known = || self.past.iter().rev().find(|past| past.step == step).map(|past| past.label.clone());
        let sent = running.as_ref().and_then(|running| running.upload.as_ref()).map(|upload| upload.sent);
        let undoes = *result == StepResult::Undone;
        let label = running.map(|running| running.label);
        let label = if undoes { known().or(label) } else { label.or_else(known) }.unwrap_or_else(|| step.clone());
        if let StepResult::Failed(why) = result {
            let why = format!("{label}: {}", escape::line(why));
            self.failed.get_or_insert_with(|| Failed { step: step.clone(), why });
        }
        self.past.push(Past { step, label, result: result.clone(), took, sent });
    }

    /// The step that uploads: the one that has begun to, else the oldest.
    fn uploading(&mut self) -> Option<&mut Running> {
        let at = self.running.iter().position(|running| running.upload.is_some()).unwrap_or(0);
        self.running.get_mut(at)
    }
}

impl Upload {
    /// The rate is that of the last three seconds, so that it shows a link that stalls.
    const WINDOW: Duration = Duration::from_secs(3);

    fn note(&mut self, sent: u64, total: u64, now: Instant) {
        (self.sent, self.total) = (sent, total);
        // Ten samples a second are enough, and bound what is kept.
        if self.recent.back().is_none_or(|(at, _)| now.saturating_duration_since(*at) >= Duration::from_millis(100)) {
            self.recent.push_back((now, sent));
        }
        while self.recent.get(1).is_some_and(|(at, _)| now.saturating_duration_since(*at) >= Self::WINDOW) {
            self.recent.pop_front();
        }
    }

    /// Bytes a second, as soon as there is something to tell it from.
    pub(super) fn rate(&self, now: Instant) -> Option<f64> {
        let (since, sent) = self.recent.front()?;
        let seconds = now.saturating_duration_since(*since).as_secs_f64();
        (seconds >= 0.2).then(|| self.sent.saturating_sub(*sent) as f64 / seconds)
    }

    /// The part that is sent, from 0 to 1.
    pub(super) fn fraction(&self) -> f64 {
        if self.total == 0 { 1.0 } else { (self.sent as f64 / self.total as f64).min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{step, step_ended};
    use super::*;

    #[test]
    fn steps_may_overlap_and_are_undone_under_the_label_they_had() {
        let now = Instant::now();
        let mut hosts = Hosts::new(now);
        for event in [
            step("a", "upload"),
            Event::StepStarted { host: "a".into(), step: "unpack".into(), label: "unpack here".into() },
            Event::Uploaded { host: "a".into(), sent: 5, total: 10 },
        ] {
            hosts.note(&event, now);
        }
        assert_eq!(hosts.host("a").running[0].upload.as_ref().map(Upload::fraction), Some(0.5));
        hosts.note(&step_ended("a", "upload", StepResult::Done), now);
        assert_eq!(hosts.host("a").current().map(|step| step.label.as_str()), Some("unpack here"));
        hosts.note(&step_ended("a", "unpack", StepResult::Failed("disk\nfull".into())), now);
        hosts.note(&step_ended("a", "unpack", StepResult::Undone), now);
        let host = hosts.host("a");
        assert_eq!(
            host.past.iter().map(|past| (past.label.as_str(), past.sent)).collect::<Vec<_>>(),
            [("upload", Some(5)), ("unpack here", None), ("unpack here", None)]
        );
        assert_eq!(host.failed.as_ref().map(|failed| failed.why.as_str()), Some(r"unpack here: disk\nfull"));
    }

    #[test]
    fn the_rate_is_of_the_last_seconds_and_what_is_kept_is_bounded() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut upload = Upload::default();
        upload.note(0, 100_000, at(0));
        assert_eq!(upload.rate(at(0)), None);
        (1..=10_000).for_each(|ms| upload.note(ms * 10, 100_000, at(ms)));
        assert!(upload.recent.len() <= 40);
        let rate = upload.rate(at(10_000)).unwrap();
        assert!((9_500.0..10_500.0).contains(&rate), "{rate}");
        // Stalled: nothing more comes, and the rate falls.
        assert!(upload.rate(at(20_000)).unwrap() < 3_000.0);
    }
}
