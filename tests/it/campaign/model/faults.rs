//! What befalls hosts, lines and clients.

use std::rc::Rc;

use super::disk::Place;
use super::promises;
use super::world::{Who, World};
use crate::campaign::chance::Chance;

/// Programs whose shell was killed end what they do, sooner or later.
pub fn orphans(world: &World) {
    for at in 0..world.count() {
        let mut host = world.host(at);
        if !host.orphans.is_empty() && world.chance.below(20) == 0 {
            let orphan = host.orphans.remove(0);
            world.tell(|| format!("host {at}: an orphan does {:?}", orphan.act));
            host.act(&orphan.act, orphan.session);
        }
    }
}

/// When ssh gives a silent line up, in ms: `ServerAliveInterval` times `ServerAliveCountMax`.
const SSH_NOTICES: u64 = 20_000;

/// One fault, somewhere.
pub fn strike(world: &Rc<World>) {
    let chance = &world.chance;
    let at = chance.below(world.count());
    let client = chance.below(world.fates.borrow().len() - 1);
    match chance.below(14) {
        0 | 1 => lose_power(world, at),
        2..=4 => kill_a_shell(world, at),
        5 | 6 => cut_a_line(world),
        7 => {
            let until = world.now() + chance.below(90_000) as u64;
            world.tell(|| format!("host {at} can't be reached until {until}"));
            world.network.borrow_mut()[at] = until;
            cut_lines_to(world, at);
        }
        8 => kill_a_client(world, client),
        9 => {
            let until = world.now() + chance.below(150_000) as u64;
            world.tell(|| format!("client {client} sleeps until {until}"));
            world.fates.borrow_mut()[client].sleeps_until = until;
        }
        10 => {
            world.tell(|| format!("client {client}: Ctrl-C"));
            world.fates.borrow_mut()[client].interrupts += 1 + chance.below(2);
        }
        11 => {
            world.tell(|| "nothing happens for a while".into());
            world.pass(chance.below(100_000) as u64);
        }
        12 => {
            let full = chance.below(3) != 0;
            world.tell(|| format!("host {at}: full: {full}"));
            world.host(at).full = full;
        }
        _ => kill_a_session(world),
    }
}

fn lose_power(world: &World, at: usize) {
    world.tell(|| format!("host {at} loses power"));
    let mut host = world.host(at);
    host.lose_power(world.now(), &world.chance);
    promises::after_a_power_cut(&mut host);
    drop(host);
    world.end(|who| matches!(who, Who::Process { host, .. } | Who::Session { host, .. } if *host == at));
    cut_lines_to(world, at);
}

fn kill_a_shell(world: &World, at: usize) {
    let pids: Vec<u32> = world.host(at).processes.iter().map(|process| process.pid).collect();
    if pids.is_empty() {
        return;
    }
    kill(world, at, pids[world.chance.below(pids.len())]);
}

fn kill(world: &World, at: usize, pid: u32) {
    world.tell(|| format!("host {at}: {pid} is killed, doing {:?}", world.host(at).processes));
    world.host(at).kill(pid);
    world.end(|who| *who == Who::Process { host: at, pid });
}

/// Kills whoever takes the lock of a dead one, before it has looked round. What the dead have started takes its time.
pub struct Hunter {
    chance: Chance,
    kills_left: usize,
}

impl Hunter {
    pub fn new(seed: usize) -> Self {
        let chance = Chance::new(!seed);
        let kills_left = 1 + chance.below(3);
        Self { chance, kills_left }
    }

    pub fn strike(&mut self, world: &World) {
        if self.chance.below(20) == 0 {
            orphans(world);
        }
        for at in 0..world.count() {
            let prey = world.host(at).newcomer();
            if let Some(pid) = prey.filter(|_| self.kills_left > 0 && self.chance.below(2) == 0) {
                self.kills_left -= 1;
                kill(world, at, pid);
            }
        }
    }
}

/// How many in a thousand things go wrong on a host where a confirmed operation has no record yet.
const UNWRITABLE: usize = 700;

/// Makes the ledger hard to write from the confirmation on, for its own operation and for whoever recovers it. What begins all
/// the same has luck again: it would stand before the other.
#[derive(Default)]
pub struct Blot {
    luck_before: Vec<(usize, usize)>,
}

impl Blot {
    pub fn fall(&mut self, world: &World) {
        for at in 0..world.count() {
            let mut host = world.host(at);
            let fallen = self.luck_before.iter().position(|(place, _)| *place == at);
            let begun = host.disk.now.at(Place::Tx).filter(|(_, op)| op.has_begun()).count();
            match (host.disk.now.is_one_unwritten() && begun == 1, fallen) {
                (true, None) => {
                    self.luck_before.push((at, host.unlucky));
                    host.unlucky = UNWRITABLE;
                }
                (false, Some(known)) => host.unlucky = self.luck_before.remove(known).1,
                _ => {}
            }
        }
    }
}

/// Only what came through before is still heard, in either direction.
fn cut(world: &World, at: usize) {
    let (silent, keep) = (world.chance.below(2) == 0, world.chance.below(4));
    let mut channel = world.channel(at);
    channel.cut = true;
    channel.known_from = if silent { world.now() + SSH_NOTICES } else { 0 };
    let keep = keep.min(channel.to_host.len());
    channel.to_host.truncate(keep);
    channel.to_client.clear();
}

fn cut_lines_to(world: &World, host: usize) {
    (0..world.channels()).filter(|at| world.channel(*at).host == host).for_each(|at| cut(world, at));
}

fn some_line(world: &World) -> Option<usize> {
    let open: Vec<usize> = (0..world.channels()).filter(|at| !world.channel(*at).cut).collect();
    (!open.is_empty()).then(|| open[world.chance.below(open.len())])
}

fn cut_a_line(world: &World) {
    if let Some(line) = some_line(world) {
        world.tell(|| format!("the line {line} to host {} is cut", world.channel(line).host));
        cut(world, line);
    }
}

fn kill_a_session(world: &World) {
    if let Some(line) = some_line(world) {
        world.tell(|| format!("the session of line {line} is killed"));
        cut(world, line);
        world.channel(line).closed = true;
    }
}

fn kill_a_client(world: &World, client: usize) {
    if !world.lives(client) {
        return;
    }
    world.tell(|| format!("client {client} is killed"));
    world.fates.borrow_mut()[client].killed = true;
    world.end(|who| *who == Who::Client(client));
    world.hang_up(client);
}
