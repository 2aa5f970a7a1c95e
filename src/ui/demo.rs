//! A deploy that never happens, to look at the display.

use std::time::Duration;

use crate::model::{Event, Exit, HostEnd, HostState, StepResult};

use super::Reporter;

const HOSTS: [&str; 3] = ["duck.co", "web2.duck.co", "web3.duck.co"];
const OLD: &str = "20261101-090000-0.940";
const SIZE: u64 = 2_560_000;

/// Plays a deploy on three hosts, where the new release of one does not answer and all go back.
pub fn demo(reporter: &mut dyn Reporter, sleep: impl Fn(Duration)) {
    let mut script: Vec<(u64, Event)> = HOSTS.iter().enumerate().flat_map(|(at, host)| play(host, at)).collect();
    // Stable: what a host does at one moment stays in order.
    script.sort_by_key(|(at, _)| *at);
    let (mut now, last) = (0, script.last().map_or(0, |(at, _)| *at));
    reporter.event(&Event::Started {
        operation: "deploy".into(),
        target: "prod".into(),
        subject: "0.941".into(),
        switches: true,
        hosts: HOSTS.map(String::from).to_vec(),
    });
    for (at, event) in script {
        sleep(Duration::from_millis(at - now));
        now = at;
        reporter.event(&event);
    }
    sleep(Duration::from_millis(last + 300 - now));
    reporter.event(&Event::Ended {
        exit: Exit::RolledBack,
        summary: "0.941 does not answer on web2.duck.co; prod is back at 0.940 on 3 of 3 hosts".into(),
        hint: Some("release log prod".into()),
    });
}

/// What happens on one host, with the milliseconds when it does.
fn play(name: &str, at: usize) -> Vec<(u64, Event)> {
    let slow = at as u64;
    let mut host = Play { name, now: 120 * slow, events: Vec::new() };
    host.step("look", "look", 300, StepResult::Done);
    host.upload(1400 + 700 * slow);
    host.step("unpack", "unpack", 350, StepResult::Done);
    host.say(
        "prepare",
        "cpanm -n --installdeps .",
        2200 + 500 * slow,
        &[
            "--> Working on .",
            "Configuring DDGC-0.941 ... OK",
            "==> Found dependencies: Moose, DBIx::Class",
            "Successfully installed Moose-2.2207",
            "Successfully installed DBIx-Class-0.082844",
        ],
    );
    // All go on together, when the slowest is prepared.
    host.now = 7600;
    host.step("swap", "swap", 40, StepResult::Done);
    host.step("restart", "systemctl restart ddgc", 1100 + 200 * slow, StepResult::Done);
    if at == 1 {
        host.events.push((host.now, host.warning("http://127.0.0.1:8989/ answers with 0.940 still")));
        host.output("Can't locate Data/Printer.pm in @INC (you may need to install\n\tthe Data::Printer module) ");
        host.output(
            "at lib/DDGC.pm line 14.\nBEGIN failed--compilation aborted at \x1b[1mlib/DDGC.pm\x1b[0m line 14.\n",
        );
        let why = "no answer from http://127.0.0.1:8989/ within 3s: connection refused";
        host.step("health", "health", 3000, StepResult::Failed(why.into()));
    } else {
        host.step("health", "health", 600, StepResult::Done);
    }
    host.now = host.now.max(13_000) + 200 * slow;
    host.step("undo restart", "systemctl restart ddgc", 1200, StepResult::Undone);
    host.step("undo swap", "swap back", 40, StepResult::Undone);
    let end = HostEnd { state: HostState::RolledBack, live: Some(OLD.into()), detail: None };
    host.events.push((host.now, Event::HostEnded { host: name.into(), end }));
    host.events
}

struct Play<'a> {
    name: &'a str,
    now: u64,
    events: Vec<(u64, Event)>,
}

impl Play<'_> {
    fn begin(&mut self, step: &str, label: &str) {
        let (host, step, label) = (self.name.into(), step.into(), label.into());
        self.events.push((self.now, Event::StepStarted { host, step, label }));
    }

    fn end(&mut self, step: &str, result: StepResult, took: u64) {
        self.now += took;
        let (host, step, took) = (self.name.into(), step.into(), Duration::from_millis(took));
        self.events.push((self.now, Event::StepEnded { host, step, result, took }));
    }

    fn step(&mut self, step: &str, label: &str, took: u64, result: StepResult) {
        self.begin(step, label);
        self.end(step, result, took);
    }

    fn upload(&mut self, took: u64) {
        self.begin("upload", "upload");
        for percent in (0..=100).step_by(2) {
            let event = Event::Uploaded { host: self.name.into(), sent: SIZE * percent / 100, total: SIZE };
            self.events.push((self.now + took * percent / 100, event));
        }
        self.end("upload", StepResult::Done, took);
    }

    fn say(&mut self, step: &str, label: &str, took: u64, lines: &[&str]) {
        self.begin(step, label);
        let start = self.now;
        for (at, line) in lines.iter().enumerate() {
            self.now = start + took * at as u64 / lines.len() as u64;
            self.output(&format!("{line}\n"));
        }
        self.now = start;
        self.end(step, StepResult::Done, took);
    }

    fn output(&mut self, text: &str) {
        let event = Event::Output { host: self.name.into(), bytes: text.into() };
        self.events.push((self.now, event));
    }

    fn warning(&self, text: &str) -> Event {
        Event::Warning { host: Some(self.name.into()), text: text.into() }
    }
}
