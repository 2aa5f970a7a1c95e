//! One operation on one simulated host with one mishap in a known step, to be compared with a real one.

use std::rc::Rc;

use release::agent::journal::End;
use release::model::{Step, Target};

use super::client::Client;
use super::disk::{Cached, Line, Ordering, Place};
use super::fixture::{Fixture, Want, Wish};
use super::history::furnished;
use super::host::{BAD, Host};
use super::shell::Shell;
use super::world::{Who, World};
use crate::campaign::chance::Chance;

/// What befalls a deploy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mishap {
    None,
    /// The new release does not answer.
    BadRelease,
    /// Ctrl-C.
    Interrupt,
    ClientKilled,
    /// With its client; then somebody calls `recover`.
    SupervisorKilled,
}

/// The journal of a deploy on a simulated host.
pub fn journal(target: &Target, mishap: Mishap, held: Option<&'static str>) -> Vec<String> {
    let mut host = Host::new(Cached::new(furnished(), Ordering::Names), 1000, true);
    host.held = held;
    let world = World::new(Chance::new(7), vec![host], 1, None, false);
    // What is held at its health check does not answer yet.
    let bad = mishap == Mishap::BadRelease || held == Some("health");
    let version = if bad { format!("{BAD}.1") } else { "1.4".into() };
    let want = Want::Deploy(Box::new(Fixture::new().artifact(&version)));
    let client = Client { world: world.clone(), id: 0 };
    world.add(Who::Client(0), client.run(Wish { target: Rc::new(target.clone()), want, skew: 0 }));
    let mut waits = held.is_some();
    while world.step() {
        world.tick();
        if waits && stands_in(&world, held) {
            waits = false;
            befall(&world, mishap);
        }
    }
    let pid = world.host(0).fork(None);
    let shell = Shell::new(&world, 0, pid, 0);
    world.spawn(0, pid, async move {
        super::recovery::recover_run(shell).await;
    });
    while world.step() {
        world.tick();
    }
    let host = world.host(0);
    let (_, op) = host.disk.now.at(Place::Logs).last().expect("it has ended");
    op.journal.iter().map(spoken).collect()
}

fn stands_in(world: &World, step: Option<&str>) -> bool {
    let host = world.host(0);
    let Some((_, op)) = host.disk.now.at(Place::Tx).last() else { return false };
    let (Some(Line::Do(k)), Some(plan)) = (op.journal.last(), &op.plan) else { return false };
    plan.steps.get(k - 1).map(Step::name) == step
}

fn befall(world: &World, mishap: Mishap) {
    if mishap == Mishap::Interrupt {
        world.fates.borrow_mut()[0].interrupts = 1;
        return;
    }
    world.end(|who| matches!(who, Who::Client(_)));
    world.hang_up(0);
    if mishap == Mishap::SupervisorKilled {
        let pids: Vec<u32> = world.host(0).processes.iter().map(|process| process.pid).collect();
        for pid in pids {
            world.host(0).kill(pid);
            world.end(|who| *who == Who::Process { host: 0, pid });
        }
    }
}

fn spoken(line: &Line) -> String {
    let outcome = |end: &End| format!("{end:?}").to_lowercase();
    match line {
        Line::Begin(_) => "begin".into(),
        Line::Do(k) => format!("do {k}"),
        Line::Ok(k) => format!("ok {k}"),
        Line::Fail(k) => format!("fail {k}"),
        Line::Undo(k) => format!("undo {k}"),
        Line::Undone(k) => format!("undone {k}"),
        Line::Stuck(k) => format!("stuck {k}"),
        Line::Confirmed => "confirmed".into(),
        Line::Recover => "recover".into(),
        Line::Close(end, _) => format!("close {}", outcome(end)),
        Line::End(end, _) => format!("end {}", outcome(end)),
    }
}
