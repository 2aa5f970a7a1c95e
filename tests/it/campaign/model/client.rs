//! A client: one command of `release`, as `commands/operate.rs` and `fleet/drive.rs` do it, with the real plans and the
//! real machine.

use std::collections::VecDeque;
use std::rc::Rc;

use release::agent::journal::{End, Said};
use release::model::{Exit, Failure, HostState, Observed, Plan, Step};
use release::plan::machine::{Effect, Input, Machine, Signal};
use release::plan::{Ending, judge};

use super::fixture::Wish;
use super::session::{Reply, Request};
use super::world::{Mutant, World};

/// How a command came out.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub client: usize,
    pub exit: Exit,
    /// It was driven this far; `None`: refused before anything was begun.
    pub driven: Option<(Rc<Plan>, Vec<Ending>)>,
}

/// What a drive knows of one host.
#[derive(Default)]
struct Link {
    /// Made for the look; nobody listens to it before the host has its plan.
    waits: Option<usize>,
    channel: Option<usize>,
    upload: Option<usize>,
    heard: u64,
    lines: usize,
    recovering: bool,
    killed: usize,
    /// It tries to come back until then.
    reattaches_until: Option<u64>,
}

pub struct Client {
    pub world: Rc<World>,
    pub id: usize,
}

struct Drive<'a> {
    client: &'a Client,
    plan: Rc<Plan>,
    machine: Machine,
    links: Vec<Link>,
    rests_until: Option<u64>,
    /// What the machine hears when everything it wanted is carried out.
    news: VecDeque<Input>,
}

impl Outcome {
    /// Does the plan ask whether the new release answers?
    pub fn tells_health(&self) -> bool {
        let asks = |step: &Step| matches!(step, Step::Health(_));
        self.driven.as_ref().is_some_and(|(plan, _)| plan.hosts[0].steps.iter().any(asks))
    }
}

impl Client {
    /// Runs a command to its end.
    pub async fn run(self, wish: Wish) {
        let outcome = self.operate(&wish).await;
        self.world.hang_up(self.id);
        self.world.tell(|| format!("client {}: exit {:?}", self.id, outcome.exit));
        super::promises::after_a_command(&self.world, &outcome);
        self.world.outcomes.borrow_mut().push(outcome);
    }

    fn ended(&self, exit: Exit, driven: Option<(Rc<Plan>, Vec<Ending>)>) -> Outcome {
        Outcome { client: self.id, exit, driven }
    }

    async fn operate(&self, wish: &Wish) -> Outcome {
        let operator = wish.operator(self.id, self.world.now());
        let Some(mut channels) = self.connect() else { return self.ended(Exit::Refused, None) };
        let Ok(()) = self.recover(&channels).await else { return self.ended(Exit::Refused, None) };
        for attempt in 1.. {
            let seen = self.look().await;
            let number = if self.world.has(Mutant::OneIdForAll) { 1 } else { attempt };
            let plan = match wish.plan(&operator.of_attempt(number), &seen) {
                Ok(plan) => Rc::new(plan),
                Err(Failure { exit, what, .. }) => {
                    self.world.tell(|| format!("client {}: {what}", self.id));
                    return self.ended(exit, None);
                }
            };
            self.world.tell(|| format!("client {}: {} {}", self.id, plan.verb, plan.subject));
            let mut drive = Drive::new(self, plan.clone(), std::mem::take(&mut channels));
            let left = drive.run().await;
            let endings = drive.machine.endings();
            let stale = endings.iter().any(|ending| ending.how == Some(End::Stale));
            if stale && attempt < 3 && endings.iter().all(|ending| ending.state() == HostState::Unchanged) {
                self.world.hang_up(self.id);
                channels = match self.connect() {
                    Some(channels) => channels,
                    None => return self.ended(Exit::Refused, None),
                };
                continue;
            }
            let exit = if left { Exit::Unknown } else { judge(&endings, drive.machine.was_interrupted()) };
            return self.ended(exit, Some((plan, endings)));
        }
        unreachable!()
    }

    fn connect(&self) -> Option<Vec<usize>> {
        (0..self.world.count()).map(|host| self.world.connect(self.id, host)).collect()
    }

    async fn look(&self) -> Vec<Observed> {
        let mut seen = Vec::new();
        for host in 0..self.world.count() {
            self.world.wait().await;
            seen.push(self.world.host(host).observed(self.world.now() as i64 / 1000));
        }
        seen
    }

    /// Has hosts with leftovers finish or undo them first.
    async fn recover(&self, channels: &[usize]) -> Result<(), ()> {
        for (seen, channel) in self.look().await.iter().zip(channels) {
            if seen.lock.is_some() || seen.leftovers().next().is_none() {
                continue;
            }
            self.world.channel(*channel).to_host.push_back(Request::Recover);
            loop {
                self.world.wait().await;
                let reply = self.world.channel(*channel).to_client.pop_front();
                match reply {
                    Some(Reply::Recovered(true)) => break,
                    Some(Reply::Recovered(false)) => return Err(()),
                    _ if self.world.channel(*channel).cut => return Err(()),
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

impl<'a> Drive<'a> {
    fn new(client: &'a Client, plan: Rc<Plan>, channels: Vec<usize>) -> Self {
        let links = channels.into_iter().map(|c| Link { waits: Some(c), ..Link::default() }).collect();
        Self { client, machine: Machine::new(&plan), plan, links, rests_until: None, news: VecDeque::new() }
    }

    fn world(&self) -> &Rc<World> {
        &self.client.world
    }

    /// True: the operator pressed Ctrl-C twice and left.
    async fn run(&mut self) -> bool {
        let lease = self.plan.hosts[0].lease.as_millis() as u64;
        let beat = (lease / 6).clamp(200, 5000);
        let mut next_beat = 0;
        let first = self.machine.start();
        self.carry_out(first);
        while !self.machine.is_over() {
            if let Some(input) = self.news.pop_front() {
                self.feed(input);
                continue;
            }
            self.world().wait().await;
            let now = self.world().now();
            let interrupts = std::mem::take(&mut self.world().fates.borrow_mut()[self.client.id].interrupts);
            for _ in 0..interrupts {
                if self.machine.was_interrupted() {
                    return true;
                }
                self.feed(Input::Interrupt);
            }
            if now >= next_beat {
                next_beat = now + beat;
                self.beat((lease / 2).clamp(3000, 20_000));
            }
            if self.rests_until.is_some_and(|until| until <= now) {
                self.rests_until = None;
                self.feed(Input::PauseOver);
            }
            let host = self.world().chance.below(self.links.len());
            self.hear(host);
        }
        false
    }

    /// The next news of a host.
    fn hear(&mut self, host: usize) {
        let now = self.world().now();
        if let Some(until) = self.links[host].reattaches_until {
            return self.reattach(host, until);
        }
        if let Some(upload) = self.links[host].upload
            && self.world().channel(upload).cut
        {
            self.links[host].upload = None;
            self.feed(Input::Said(host, Said::Fail(0, String::new())));
        }
        let Some(at) = self.links[host].channel else { return };
        let (reply, dead) = {
            let mut channel = self.world().channel(at);
            (channel.to_client.pop_front(), channel.cut && now >= channel.known_from)
        };
        match reply {
            Some(reply) => {
                self.world().busy();
                self.links[host].heard = now;
                self.line(host, reply);
            }
            None if dead => self.lost(host),
            None => {}
        }
    }

    fn line(&mut self, host: usize, reply: Reply) {
        match reply {
            Reply::Journal(said) => {
                self.links[host].lines += 1;
                if said != Said::Other {
                    self.feed(Input::Said(host, said));
                }
            }
            Reply::Refused => self.feed(Input::Refused(host, String::new())),
            Reply::Unknown => self.feed(Input::Unknown(host)),
            Reply::Gone => {
                if !self.machine.is_confirmed() {
                    self.feed(Input::Said(host, Said::Fail(0, String::new())));
                }
                self.links[host].killed += 1;
                if self.links[host].killed > 3 {
                    return self.feed(Input::Unreachable(host));
                }
                self.links[host].recovering = true;
                self.send(host, Request::Recover);
            }
            Reply::Recovered(_) => {
                if std::mem::take(&mut self.links[host].recovering) {
                    let request = self.attach(host);
                    self.send(host, request);
                }
            }
            Reply::Alive | Reply::Attached => {}
        }
    }

    fn attach(&self, host: usize) -> Request {
        Request::Attach(self.plan.hosts[host].operation.as_str().into(), self.links[host].lines)
    }

    fn send(&mut self, host: usize, request: Request) {
        let Some(at) = self.links[host].channel else { return };
        let mut channel = self.world().channel(at);
        if !channel.cut {
            channel.to_host.push_back(request);
        }
    }

    fn lost(&mut self, host: usize) {
        self.links[host].channel = None;
        self.feed(Input::Lost(host));
    }

    fn reattach(&mut self, host: usize, until: u64) {
        let id = self.client.id;
        match self.world().connect(id, host) {
            Some(channel) => {
                self.links[host].channel = Some(channel);
                self.links[host].heard = self.world().now();
                self.links[host].reattaches_until = None;
                let request = self.attach(host);
                self.send(host, request);
                self.feed(Input::Back(host));
            }
            None if self.world().now() > until => {
                self.links[host].reattaches_until = None;
                self.feed(Input::Unreachable(host));
            }
            None => {}
        }
    }

    fn beat(&mut self, patience: u64) {
        for host in 0..self.links.len() {
            if !self.machine.is_open(host) || self.links[host].channel.is_none() {
                continue;
            }
            let silent = self.world().now() - self.links[host].heard > patience && !self.links[host].recovering;
            if silent { self.lost(host) } else { self.send(host, Request::Heartbeat) }
        }
    }

    fn feed(&mut self, input: Input) {
        let mutant = match &input {
            Input::Back(_) => self.world().has(Mutant::SaysNothingTwice),
            _ => false,
        };
        let early = self.world().has(Mutant::ConfirmsEarly) && self.is_switched(&input);
        let effects = self.machine.on(input);
        if early {
            self.carry_out((0..self.links.len()).map(|host| Effect::Signal(host, Signal::Confirm)).collect());
        }
        let effects = effects.into_iter().filter(|effect| match effect {
            Effect::Signal(_, Signal::Abort | Signal::Failed) if self.world().has(Mutant::LeavesTheOthers) => false,
            Effect::Signal(..) => !mutant,
            _ => true,
        });
        self.carry_out(effects.collect());
    }

    /// Does a host wait for the confirmation now?
    fn is_switched(&self, input: &Input) -> bool {
        let Input::Said(host, Said::Do(k)) = input else { return false };
        self.plan.hosts[*host].steps.get(k - 1) == Some(&Step::WaitConfirm)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Begin(host) => {
                    let plan = Rc::new(self.plan.hosts[host].clone());
                    self.links[host].channel = self.links[host].waits.take();
                    self.links[host].heard = self.world().now();
                    self.send(host, Request::Begin(plan.operation.as_str().into(), plan));
                }
                Effect::Upload(host) => {
                    let channel = self.world().connect(self.client.id, host);
                    self.links[host].upload = channel;
                    match channel {
                        Some(channel) => {
                            let id = self.plan.hosts[host].operation.as_str().into();
                            self.world().channel(channel).to_host.push_back(Request::Put(id));
                        }
                        None => self.news.push_back(Input::Said(host, Said::Fail(0, String::new()))),
                    }
                }
                Effect::Signal(host, signal) => self.send(host, Request::Tell(signal)),
                Effect::Reattach(host) => {
                    let patience = self.plan.hosts[host].lease.as_millis() as u64 + 10_000;
                    self.links[host].reattaches_until = Some(self.world().now() + patience);
                }
                Effect::Pause => self.rests_until = Some(self.world().now() + self.plan.pause.as_millis() as u64),
            }
        }
    }
}
