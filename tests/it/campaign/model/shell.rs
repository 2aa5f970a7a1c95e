//! A shell of the agent on a host, as far as every part of it needs: `lib.sh`, and the journal of `supervise.sh`.

use std::cell::RefMut;
use std::rc::Rc;

use release::model::{HostPlan, Step};
use release::plan::machine::Signal;

use super::disk::{Line, Lock, Name, Op, Synced, Write};
use super::host::{Act, Command, Host, NOBODY, Noted};
use super::world::{Mutant, World};

pub struct Shell {
    pub world: Rc<World>,
    pub at: usize,
    pub pid: u32,
    pub session: u32,
    /// The number of the lock that it holds.
    pub number: u64,
    /// The operation that it works on.
    pub inode: usize,
    pub plan: Rc<HostPlan>,
    /// Nothing stops it any more.
    pub undoing: bool,
    /// What it runs now.
    pub noted: Noted,
    pub recovering: bool,
    /// A recovery that another one may follow: what it can't undo stays open.
    pub again: bool,
}

/// What came of the attempt to take the lock.
pub enum Taken {
    Yes,
    Held,
    NoRoom,
}

impl Shell {
    pub fn host(&self) -> RefMut<'_, Host> {
        self.world.host(self.at)
    }

    /// Others may come between, or death.
    pub async fn turn(&self) {
        if self.world.chance.below(3) == 0 {
            self.world.turn().await;
        }
    }

    pub fn unlucky(&self) -> bool {
        let host = self.host();
        self.world.chance.in_1000(host.unlucky)
    }

    /// Something that the shell does itself.
    pub async fn write(&self, write: Write) {
        self.turn().await;
        self.host().disk.write(write);
    }

    /// Something that a program does for it: it is done even if the shell dies meanwhile.
    pub async fn run(&self, act: Act) -> bool {
        if let Some(process) = self.host().processes.iter_mut().find(|process| process.pid == self.pid) {
            process.running = Some(act.clone());
        }
        self.turn().await;
        let mut host = self.host();
        if let Some(process) = host.processes.iter_mut().find(|process| process.pid == self.pid) {
            process.running = None;
        }
        host.act(&act, self.session)
    }

    pub async fn tool(&self, write: Write) {
        self.run(Act::Write(write)).await;
    }

    pub async fn service(&self, command: Command, step: usize) -> bool {
        let id = self.op().id.clone();
        self.run(Act::Service(command, id, step, self.noted)).await && !self.unlucky()
    }

    pub async fn fsync(&self, what: Synced) {
        self.turn().await;
        self.host().sync(what);
    }

    pub async fn sync(&self) {
        self.turn().await;
        self.host().disk.sync();
    }

    pub fn op(&self) -> RefMut<'_, Op> {
        RefMut::map(self.host(), |host| host.disk.op_mut(self.inode))
    }

    pub fn step(&self, number: usize) -> Option<&Step> {
        self.plan.steps.get(number.checked_sub(1)?)
    }

    pub fn release(&self) -> Option<Name> {
        self.plan.release.clone().map(Rc::new)
    }

    pub fn previous(&self) -> Option<Name> {
        self.plan.previous.clone().map(Rc::new)
    }

    pub fn live(&self) -> Option<Name> {
        self.host().disk.now.live.clone()
    }

    /// Does a line like this stand in the journal?
    pub fn noted(&self, is: impl Fn(&Line) -> bool) -> bool {
        self.op().journal.iter().any(is)
    }

    /// `note`: false when there is no room, which the ballast makes once.
    pub async fn note(&self, line: Line) -> bool {
        self.turn().await;
        if !self.room() {
            return false;
        }
        self.world.tell(|| format!("host {} {}: {line:?}", self.at, self.op().id));
        self.host().disk.write(Write::Journal(self.inode, line));
        true
    }

    /// A few bytes: there may be room in what was put by.
    pub fn room(&self) -> bool {
        let mut host = self.host();
        if host.full && host.disk.now.ballast {
            host.disk.write(Write::Ballast(false));
            return true;
        }
        !host.full || self.world.chance.below(2) == 0
    }

    pub async fn durable(&self) {
        if !self.world.has(Mutant::NotesAreNotSynced) {
            self.fsync(Synced::Journal(self.inode)).await;
        }
    }

    pub fn signalled(&self, signal: Signal) -> bool {
        self.op().signals.contains(&signal)
    }

    /// Has the client asked to stop, or been silent for a lease?
    pub fn give_up(&self) -> bool {
        if self.signalled(Signal::Abort) || self.signalled(Signal::Failed) {
            return true;
        }
        let up = self.host().uptime(self.world.now());
        up - self.op().heartbeat.min(up) >= self.plan.lease.as_secs() && !self.world.has(Mutant::NoLease)
    }

    pub async fn lock_take(&mut self, id: &Rc<str>) -> Taken {
        self.turn().await;
        if !self.room() {
            return Taken::NoRoom;
        }
        for _ in 0..20 {
            let top = self.host().top().cloned();
            self.turn().await;
            if let Some((number, lock)) = &top {
                if !self.host().disk.now.lock.iter().any(|(n, _)| n == number) {
                    continue;
                }
                if self.host().is_alive(lock) && !self.world.has(Mutant::LockIsIgnored) {
                    return Taken::Held;
                }
            }
            self.number = top.map_or(0, |(number, _)| number) + 1;
            self.turn().await;
            let boot = self.host().boot;
            if self.host().disk.now.lock.iter().any(|(number, _)| *number == self.number) {
                continue;
            }
            let held = Lock::Held { boot, pid: self.pid, op: id.clone() };
            self.host().disk.write(Write::Lock(self.number, Some(held)));
            self.turn().await;
            if self.host().top().is_some_and(|(number, _)| *number != self.number) {
                self.write(Write::Lock(self.number, None)).await;
                continue;
            }
            self.look_round().await;
            return Taken::Yes;
        }
        Taken::Held
    }

    /// The sessions of the dead that had the lock before.
    fn dead_holders(&self) -> Vec<u32> {
        let host = self.host();
        let earlier = host.disk.now.lock.iter().filter(|(number, lock)| *number < self.number && !host.is_alive(lock));
        let mut dead: Vec<(u64, u32)> = earlier
            .filter_map(|(number, lock)| match lock {
                Lock::Held { boot, pid, .. } if *boot == host.boot => Some((*number, *pid)),
                _ => None,
            })
            .collect();
        dead.sort_unstable();
        let all = if self.world.has(Mutant::OnlyTheLastIsEnded) { dead.len().saturating_sub(1) } else { 0 };
        dead[all..].iter().map(|(_, pid)| *pid).collect()
    }

    /// Ends what sessions of dead holders left, and tidies old numbers up.
    async fn look_round(&self) {
        if !self.world.has(Mutant::LeftoversGoOn) {
            for session in self.dead_holders() {
                self.turn().await;
                let ended = self.host().end_session(session);
                self.world.kill(self.at, &ended);
            }
        }
        self.host().commands_of = None;
        let session = self.session;
        self.host().settled = Some(session);
        let old: Vec<u64> = self.host().disk.now.lock.iter().map(|(n, _)| *n).filter(|n| *n < self.number).collect();
        for number in old {
            self.write(Write::Lock(number, None)).await;
        }
    }

    pub async fn lock_free(&self) {
        self.turn().await;
        let mut host = self.host();
        host.settled = None;
        host.commands_of = Some(NOBODY);
        host.disk.write(Write::Lock(self.number, Some(Lock::Free)));
    }
}
