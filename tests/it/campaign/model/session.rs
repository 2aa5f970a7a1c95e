//! A channel, and the session at its far end: `session.sh`.

use std::collections::VecDeque;
use std::rc::Rc;

use release::agent::journal::{End, Said};
use release::model::HostPlan;
use release::plan::machine::Signal;

use super::disk::{Line, Lock, Op, Place, Write};
use super::shell::Shell;
use super::world::{Mutant, World};

/// What a client sends.
#[derive(Debug, Clone)]
pub enum Request {
    Begin(Rc<str>, Rc<HostPlan>),
    Attach(Rc<str>, usize),
    Tell(Signal),
    Heartbeat,
    Recover,
    /// The artifact; it arrives whole or not.
    Put(Rc<str>),
}

/// What it hears.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Journal(Said),
    Refused,
    Gone,
    Unknown,
    Alive,
    Attached,
    Recovered(bool),
}

/// A channel between a client and a host.
#[derive(Debug)]
pub struct Channel {
    pub host: usize,
    pub to_host: VecDeque<Request>,
    pub to_client: VecDeque<Reply>,
    /// Nothing more comes through, in either direction.
    pub cut: bool,
    /// When ssh notices: at once where something answers, else when nothing does for long.
    pub known_from: u64,
    /// The session was killed.
    pub closed: bool,
}

/// What the session has open: sig and hb of an operation, and its journal, read so far.
#[derive(Default)]
struct Open {
    op: Option<usize>,
    follows: Option<(usize, usize, u32)>,
    skip: usize,
    closed: Option<Line>,
}

/// Reads requests until the client goes.
pub async fn session(world: Rc<World>, at: usize, channel: usize) {
    let mut open = Open::default();
    loop {
        world.wait().await;
        if world.channel(channel).closed {
            return;
        }
        let request = world.channel(channel).to_host.pop_front();
        match request {
            Some(request) => {
                world.turn().await;
                handle(&world, at, channel, &mut open, request).await;
            }
            None if world.channel(channel).cut => return,
            None => follow(&world, at, channel, &mut open),
        }
    }
}

fn reply(world: &World, channel: usize, reply: Reply) {
    let mut channel = world.channel(channel);
    if !channel.cut {
        channel.to_client.push_back(reply);
    }
}

async fn handle(world: &Rc<World>, at: usize, channel: usize, open: &mut Open, request: Request) {
    match request {
        Request::Begin(id, plan) => begin(world, at, channel, open, id, plan),
        Request::Attach(id, lines) => attach(world, at, channel, open, &id, lines),
        Request::Tell(signal) => {
            if let Some(inode) = open.op {
                world.host(at).disk.op_mut(inode).signals.push(signal);
            }
        }
        Request::Heartbeat => {
            beat(world, at, open);
            reply(world, channel, Reply::Alive);
        }
        Request::Recover => {
            let pid = world.host(at).fork(None);
            let done = Rc::new(std::cell::Cell::new(false));
            let (told, shell) = (done.clone(), Shell::new(world, at, pid, 0));
            world.spawn(at, pid, async move { told.set(super::recovery::recover_run(shell).await) });
            while world.host(at).runs(pid) {
                world.wait().await;
            }
            reply(world, channel, Reply::Recovered(done.get()));
        }
        Request::Put(id) => put(world, at, channel, &id).await,
    }
}

fn beat(world: &World, at: usize, open: &Open) {
    let up = world.host(at).uptime(world.now());
    if let Some(inode) = open.op {
        world.host(at).disk.op_mut(inode).heartbeat = up;
    }
}

fn begin(world: &Rc<World>, at: usize, channel: usize, open: &mut Open, id: Rc<str>, plan: Rc<HostPlan>) {
    let mut host = world.host(at);
    if host.full && !host.disk.now.ballast {
        return reply(world, channel, Reply::Refused);
    }
    let inode = host.disk.now.ops.len();
    let op = Op {
        id,
        place: Place::New,
        plan: None,
        journal: Vec::new(),
        swap: false,
        artifact: None,
        signals: Vec::new(),
        heartbeat: host.uptime(world.now()),
    };
    host.disk.write(Write::Create(inode, Rc::new(op)));
    host.disk.write(Write::Plan(inode, plan));
    let pid = host.fork(None);
    host.supervisors.push((pid, inode));
    drop(host);
    let shell = Shell::new(world, at, pid, inode);
    world.spawn(at, pid, super::supervisor::supervise(shell));
    *open = Open { op: Some(inode), follows: Some((inode, 0, pid)), ..Open::default() };
}

fn attach(world: &World, at: usize, channel: usize, open: &mut Open, id: &str, lines: usize) {
    let host = world.host(at);
    let found = [Place::Tx, Place::Logs, Place::New].iter().find_map(|place| host.disk.now.find(id, &[*place]));
    let Some(inode) = found else { return reply(world, channel, Reply::Unknown) };
    let place = host.disk.now.op(inode).place;
    let pid = match host.top() {
        _ if place == Place::New => host.supervisor_of(inode),
        Some((_, Lock::Held { pid, .. })) => *pid,
        _ => 0,
    };
    drop(host);
    let op = (place != Place::Logs).then_some(inode);
    *open = Open { op, follows: Some((inode, 0, pid)), skip: lines, closed: None };
    beat(world, at, open);
    reply(world, channel, Reply::Attached);
}

/// Sends the next line of the journal, or notices that nobody writes it any more.
fn follow(world: &World, at: usize, channel: usize, open: &mut Open) {
    let Some((inode, line, pid)) = open.follows else { return };
    let host = world.host(at);
    let op = host.disk.now.op(inode);
    if let Some(said) = op.journal.get(line) {
        let said = said.clone();
        drop(host);
        open.follows = Some((inode, line + 1, pid));
        world.busy();
        if let Line::Close(..) = said {
            open.closed = Some(said.clone());
        }
        // After a power cut the journal may be shorter than what was read of it: the end is always told.
        let ends = matches!(said, Line::End(..)) && !world.has(Mutant::EndIsSkipped);
        if ends || line >= open.skip {
            reply(world, channel, Reply::Journal(spoken(&said)));
        }
        if let Line::End(..) = said {
            open.follows = None;
        }
        return;
    }
    if host.runs(pid) {
        return;
    }
    let place = op.place;
    drop(host);
    open.follows = None;
    match open.closed.take() {
        _ if place == Place::New => {
            world.host(at).disk.write(Write::Move(inode, Place::Gone));
            reply(world, channel, Reply::Journal(spoken(&Line::End(End::Refused, None))));
        }
        Some(Line::Close(how, live)) if place != Place::Tx => {
            reply(world, channel, Reply::Journal(spoken(&Line::End(how, live))));
        }
        _ => reply(world, channel, Reply::Gone),
    }
}

fn spoken(line: &Line) -> Said {
    match line {
        Line::Begin(_) => Said::Begin,
        Line::Do(k) => Said::Do(*k),
        Line::Ok(k) => Said::Ok(*k),
        Line::Fail(k) => Said::Fail(*k, String::new()),
        Line::Undo(k) => Said::Undo(*k),
        Line::Undone(k) => Said::Undone(*k),
        Line::Stuck(k) => Said::Stuck(*k, String::new()),
        Line::Confirmed => Said::Confirmed,
        Line::Recover | Line::Close(..) => Said::Other,
        Line::End(how, live) => Said::End { how: *how, live: live.as_deref().cloned(), text: String::new() },
    }
}

async fn put(world: &World, at: usize, channel: usize, id: &str) {
    loop {
        let found = world.host(at).disk.now.find(id, &[Place::Tx]);
        if let Some(inode) = found {
            world.wait().await;
            // What was cut short has an end like everything else: only its length tells.
            let whole = !world.channel(channel).cut;
            world.host(at).disk.op_mut(inode).artifact = Some(whole);
            return;
        }
        if world.channel(channel).cut || world.channel(channel).closed {
            return;
        }
        world.wait().await;
    }
}
