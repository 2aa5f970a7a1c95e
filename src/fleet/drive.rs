//! Drives an operation on all hosts: carries what they say to the machine, and what it wants to them.

mod tasks;

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Fleet;
use super::link::HostLink;
use super::narrate::Narrated;
use crate::agent::journal::{self, Said};
use crate::agent::wire;
use crate::artifact::Artifact;
use crate::host::{Channel, Line, LinkLost};
use crate::model::target::Target;
use crate::model::{Event, Plan};
use crate::plan::machine::{Effect, Input, Machine, Signal};
use crate::plan::{Ending, judge};

/// How often a host is asked to finish or undo what was killed there.
const RECOVERIES: usize = 3;

/// So many lines of all hosts wait at most to be heard.
const WAITING_MAX: usize = 256;

/// What a host may say in one operation, in bytes and in lines of its journal: many times what any has.
const SAID_MAX: usize = 64 << 20;
const JOURNAL_MAX: usize = 100_000;

/// The operator's Ctrl-C presses, as they come.
pub type Interrupts = mpsc::UnboundedReceiver<()>;

/// How an operation came out.
pub struct Ended {
    /// How each host ended, in order.
    pub endings: Vec<Ending>,
    /// The exit code that follows.
    pub exit: crate::model::Exit,
    /// The host whose failure took back the others.
    pub first_failed: Option<usize>,
    /// The operator pressed Ctrl-C twice and left.
    pub left: bool,
    /// Releases that were removed, on all hosts together.
    pub pruned: usize,
}

/// What the tasks of a host tell the loop.
enum News {
    Closed(usize, u64),
    Sent(usize, u64, u64),
    NoUpload(usize),
    NoChannel(usize),
    Attached(usize, Result<Channel, ()>),
    PauseOver,
}

/// A line of a host, over the channel of a generation; `None`: it was the last.
type Heard = (usize, u64, Option<Line>);

/// Runs a plan to its end. Every host ends by itself, whatever becomes of this client. `everything` reports each step of
/// the plan, and not only those that tell people something.
pub async fn drive(
    plan: &Plan,
    target: &Target,
    fleet: &mut Fleet,
    artifact: Option<&Artifact>,
    everything: bool,
    report: &mut dyn FnMut(&Event),
    interrupts: &mut Interrupts,
) -> Ended {
    let (news, inbox) = mpsc::unbounded_channel();
    // Bounded: a host that talks faster than it is heard is held back, at its end of the line.
    let (heard, lines) = mpsc::channel(WAITING_MAX);
    let links = plan
        .hosts
        .iter()
        .map(|host| HostLink::new(host, Narrated { everything, waits: plan.hosts.len() > 1 }))
        .collect();
    let mut driver = Driver {
        plan,
        target,
        fleet,
        artifact,
        report,
        news,
        heard,
        machine: Machine::new(plan),
        links,
        tasks: JoinSet::new(),
    };
    driver.run(inbox, lines, interrupts).await
}

struct Driver<'a> {
    plan: &'a Plan,
    target: &'a Target,
    fleet: &'a mut Fleet,
    artifact: Option<&'a Artifact>,
    report: &'a mut dyn FnMut(&Event),
    news: mpsc::UnboundedSender<News>,
    heard: mpsc::Sender<Heard>,
    machine: Machine,
    links: Vec<HostLink>,
    /// What listens, sends and waits. It ends with the operation, and lets go of the connections.
    tasks: JoinSet<()>,
}

impl Driver<'_> {
    async fn run(
        &mut self,
        mut inbox: mpsc::UnboundedReceiver<News>,
        mut lines: mpsc::Receiver<Heard>,
        interrupts: &mut Interrupts,
    ) -> Ended {
        let lease = self.target.lease;
        let beat = (lease / 6).clamp(Duration::from_millis(200), Duration::from_secs(5));
        let mut beats = tokio::time::interval(beat);
        let (mut left, mut late) = (false, false);
        let first = self.machine.start();
        self.carry_out(first).await;
        while !self.machine.is_over() {
            tokio::select! {
                Some(news) = inbox.recv() => self.hear(news).await,
                Some(heard) = lines.recv() => self.hear_line(heard).await,
                _ = beats.tick() => self.beat(lease).await,
                Some(()) = interrupts.recv() => {
                    if self.machine.was_interrupted() || late {
                        left = true;
                        break;
                    } else if self.machine.is_confirmed() {
                        late = true;
                        self.warn(None, "every host has confirmed: it is too late to undo, finishing; Ctrl-C again leaves the hosts to it");
                    } else {
                        self.warn(None, "interrupted: the hosts undo what they did; Ctrl-C again leaves them to it");
                        let effects = self.machine.on(Input::Interrupt);
                        self.carry_out(effects).await;
                    }
                }
            }
        }
        self.tasks.shutdown().await;
        let endings = self.machine.endings();
        let exit = judge(&endings, self.machine.was_interrupted());
        let pruned = self.links.iter().map(|link| link.pruned).sum();
        Ended { endings, exit, first_failed: self.machine.first_failed(), left, pruned }
    }

    async fn hear(&mut self, news: News) {
        let effects = match news {
            News::Closed(host, generation) if generation == self.links[host].generation => self.lost(host),
            News::Closed(..) => Vec::new(),
            News::NoUpload(host) => {
                // The hosts only know that they were told to stop.
                if self.machine.is_open(host) {
                    let name = self.links[host].name.clone();
                    self.warn(Some(name), "the artifact could not be sent");
                }
                self.machine.on(Input::Said(host, Said::Fail(0, "the artifact could not be sent".into())))
            }
            News::NoChannel(host) => self.machine.on(Input::Refused(host, "the connection was lost".into())),
            News::Sent(host, sent, total) => {
                self.links[host].progress = Instant::now();
                let name = self.links[host].name.clone();
                (self.report)(&Event::Uploaded { host: name, sent, total });
                Vec::new()
            }
            News::Attached(host, Ok(channel)) => {
                self.adopt(host, channel);
                self.machine.on(Input::Back(host))
            }
            News::Attached(host, Err(())) => self.machine.on(Input::Unreachable(host)),
            News::PauseOver => self.machine.on(Input::PauseOver),
        };
        self.carry_out(effects).await;
    }

    async fn hear_line(&mut self, (host, generation, line): Heard) {
        if generation != self.links[host].generation {
            return;
        }
        let effects = match line {
            Some(line) => {
                let link = &mut self.links[host];
                link.said += line.len() + 1;
                let endless = link.said > SAID_MAX || link.lines > JOURNAL_MAX;
                if endless { self.endless(host) } else { self.line(host, &line).await }
            }
            None => self.lost(host),
        };
        self.carry_out(effects).await;
    }

    /// The host says more than any operation has to say: it is one host whose end nobody knows, and the others go on.
    fn endless(&mut self, host: usize) -> Vec<Effect> {
        self.not_waited_for(host, "it talks without end, and is not listened to any more")
    }

    fn not_waited_for(&mut self, host: usize, why: &str) -> Vec<Effect> {
        let name = self.links[host].name.clone();
        self.warn(Some(name), why);
        self.links[host].sender = None;
        self.links[host].generation += 1;
        self.machine.on(Input::Unreachable(host))
    }

    /// The line is dead: what still comes from it is no longer heard.
    fn lost(&mut self, host: usize) -> Vec<Effect> {
        self.links[host].sender = None;
        self.links[host].generation += 1;
        self.machine.on(Input::Lost(host))
    }

    async fn line(&mut self, host: usize, line: &[u8]) -> Vec<Effect> {
        self.links[host].heard = Instant::now();
        self.links[host].mute = 0;
        let (key, rest) = match line.iter().position(|b| *b == b' ') {
            Some(at) => (&line[..at], &line[at + 1..]),
            None => (line, &line[..0]),
        };
        match key {
            b"journal" => self.journal(host, &String::from_utf8_lossy(rest)),
            b"log" => {
                let bytes = rest.iter().map(|b| if *b == 1 { b'\n' } else { *b }).collect();
                let name = self.links[host].name.clone();
                (self.report)(&Event::Output { host: name, bytes });
                Vec::new()
            }
            b"refused" => self.machine.on(Input::Refused(host, String::from_utf8_lossy(rest).into_owned())),
            b"gone" => self.recover(host).await,
            b"recovered" => self.ask_again(host).await,
            b"unknown" => self.machine.on(Input::Unknown(host)),
            _ => Vec::new(),
        }
    }

    fn journal(&mut self, host: usize, text: &str) -> Vec<Effect> {
        let link = &mut self.links[host];
        link.lines += 1;
        let Some(entry) = journal::parse(text) else { return Vec::new() };
        let event = link.narrator.tell(&entry);
        if let Some(event) = event {
            (self.report)(&event);
        }
        link.came_on(&entry.said);
        if let Said::Pruned(count) = entry.said {
            link.pruned = count;
        }
        let ends = matches!(entry.said, Said::End { .. });
        let effects = self.machine.on(Input::Said(host, entry.said));
        if ends {
            self.say_end(host);
        }
        effects
    }

    fn say_end(&mut self, host: usize) {
        let Some(ending) = self.machine.endings().into_iter().nth(host) else { return };
        let live = ending.live.as_ref().map(ToString::to_string);
        let detail = Some(ending.text.clone()).filter(|text| !text.is_empty());
        let end = crate::model::HostEnd { state: ending.state(), live, detail };
        (self.report)(&Event::HostEnded { host: self.links[host].name.clone(), end });
    }

    /// The supervisor on the host was killed: have the host finish or undo, then read on.
    async fn recover(&mut self, host: usize) -> Vec<Effect> {
        let effects = if self.machine.is_confirmed() {
            Vec::new()
        } else {
            self.machine.on(Input::Said(host, Said::Fail(0, "the work on the host was killed".into())))
        };
        self.links[host].killed += 1;
        if self.links[host].killed > RECOVERIES {
            return self.machine.on(Input::Unreachable(host));
        }
        self.links[host].recovering = true;
        self.links[host].is_recovered();
        let name = self.links[host].name.clone();
        self.warn(Some(name), "the work there was killed; having it undone or finished");
        let request = wire::agent() + &wire::recover(self.target);
        self.tell(host, &request).await;
        effects
    }

    async fn ask_again(&mut self, host: usize) -> Vec<Effect> {
        if self.links[host].recovering {
            self.links[host].recovering = false;
            let request = format!("attach {} {}", self.plan.hosts[host].operation, self.links[host].lines);
            self.tell(host, &request).await;
        }
        Vec::new()
    }

    async fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Begin(host) => self.begin(host).await,
                Effect::Upload(host) => self.upload(host),
                Effect::Signal(host, signal) => self.signal(host, signal).await,
                Effect::Reattach(host) => self.reattach(host),
                Effect::Pause => {
                    let (news, pause) = (self.news.clone(), self.plan.pause);
                    self.tasks.spawn(async move {
                        tokio::time::sleep(pause).await;
                        // The loop may be over by then.
                        let _ = news.send(News::PauseOver);
                    });
                }
            }
        }
    }

    async fn begin(&mut self, host: usize) {
        let mut request = String::new();
        if !self.fleet.members[host].observed.agent {
            request = wire::agent();
        }
        request.push_str(&wire::begin(&self.plan.hosts[host]));
        match self.fleet.members[host].channel.take() {
            Some(channel) => {
                self.adopt(host, channel);
                self.tell(host, &request).await;
            }
            // Not at once: what follows from it must not overtake a plan that is yet to be handed over.
            None => drop(self.news.send(News::NoChannel(host))),
        }
    }

    /// Listens to a channel from now on.
    fn adopt(&mut self, host: usize, channel: Channel) {
        let (sender, mut receiver) = channel.split();
        let link = &mut self.links[host];
        link.generation += 1;
        link.sender = Some(sender);
        link.heard = Instant::now();
        link.progress = Instant::now();
        let (heard, generation) = (self.heard.clone(), link.generation);
        self.tasks.spawn(async move {
            loop {
                let line = receiver.line().await;
                let last = line.is_none();
                // Nobody listens any more when the operation is over.
                if heard.send((host, generation, line)).await.is_err() || last {
                    return;
                }
            }
        });
    }

    async fn tell(&mut self, host: usize, text: &str) {
        let sent = match self.links[host].sender.as_mut() {
            Some(sender) => sender.send(text).await,
            None => Err(LinkLost),
        };
        if sent.is_err() {
            // The loop takes it up, whether or not the other direction has ended too.
            let _ = self.news.send(News::Closed(host, self.links[host].generation));
        }
    }

    async fn signal(&mut self, host: usize, signal: Signal) {
        self.tell(host, signal.word()).await;
    }

    /// Tells every host that we are here, and notices those that no longer answer.
    async fn beat(&mut self, lease: Duration) {
        // Shorter than the host's: there must be time to come back in.
        let patience = (lease / 2).clamp(Duration::from_secs(3), Duration::from_secs(20)).min(lease * 3 / 4);
        for host in 0..self.links.len() {
            if !self.machine.is_open(host) || self.links[host].sender.is_none() {
                continue;
            }
            if self.machine.waits(host) {
                self.links[host].progress = Instant::now();
            }
            let silent = self.links[host].heard.elapsed() > patience;
            if self.links[host].progress.elapsed() > self.links[host].patience(&self.plan.hosts[host]) {
                let effects = self.not_waited_for(
                    host,
                    "it says that it is there, and does not come on: it is not waited for any more",
                );
                self.carry_out(effects).await;
            } else if silent {
                let effects = self.lost(host);
                self.carry_out(effects).await;
            } else {
                self.tell(host, "hb").await;
            }
        }
    }

    fn warn(&mut self, host: Option<String>, text: &str) {
        (self.report)(&Event::Warning { host, text: text.to_owned() });
    }
}
