//! A host: its disk, its clock, its processes and its service.

use std::rc::Rc;

use release::model::{Digest, Installed, Live, LockHolder, Meta, Observed, ReleaseId};

use super::disk::Name;
use super::disk::{Cached, Lock, Place, Synced, Write};
use crate::campaign::chance::Chance;

/// What a program that a supervisor started is about to do.
#[derive(Debug, Clone)]
pub enum Act {
    Write(Write),
    /// A command of the service, in a session of its own, marked with operation and step, and whether the journal has it.
    Service(Command, Rc<str>, usize, Noted),
}

/// What the service's commands do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Command {
    Stop,
    Start,
    Restart,
}

/// Was there room for the note of what runs?
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Noted {
    Yes,
    No,
}

/// A shell of ours.
#[derive(Debug)]
pub struct Process {
    pub pid: u32,
    /// Whose child it is; its own pid if it leads.
    pub session: u32,
    /// The program that runs for it just now: that survives it.
    pub running: Option<Act>,
}

/// A program whose shell was killed.
#[derive(Debug)]
pub struct Orphan {
    pub session: u32,
    pub act: Act,
}

pub struct Host {
    pub disk: Cached,
    pub boot: u32,
    /// True time at the last boot, in ms.
    booted: u64,
    /// Its clock's speed, in thousandths.
    rate: u64,
    pub processes: Vec<Process>,
    pub orphans: Vec<Orphan>,
    /// Which process was started for which operation.
    pub supervisors: Vec<(u32, usize)>,
    last_pid: u32,
    has_service: bool,
    /// The release that the service runs.
    pub serves: Option<Name>,
    /// There is no room.
    pub full: bool,
    /// Commands of steps with this name do not end.
    pub held: Option<&'static str>,
    /// How many in a thousand things go wrong.
    pub unlucky: usize,
    /// The holder of the lock has looked round: from now on nobody else may change anything.
    pub settled: Option<u32>,
    /// The session whose commands alone may run: it has ended those of the dead. `None`: it has not come to that yet.
    pub commands_of: Option<u32>,
    /// The first promise that was broken here.
    pub broken: Option<String>,
}

impl Host {
    pub fn new(disk: Cached, rate: u64, has_service: bool) -> Self {
        let serves = disk.now.live.clone().filter(|_| has_service);
        Self {
            disk,
            boot: 1,
            booted: 0,
            rate,
            processes: Vec::new(),
            orphans: Vec::new(),
            supervisors: Vec::new(),
            last_pid: 100,
            has_service,
            serves,
            full: false,
            held: None,
            unlucky: 0,
            settled: None,
            commands_of: Some(NOBODY),
            broken: None,
        }
    }

    /// /proc/uptime, in whole seconds.
    pub fn uptime(&self, now: u64) -> u64 {
        (now - self.booted) * self.rate / 1_000_000
    }

    pub fn fork(&mut self, session: Option<u32>) -> u32 {
        self.last_pid += 1;
        let pid = self.last_pid;
        self.processes.push(Process { pid, session: session.unwrap_or(pid), running: None });
        pid
    }

    /// The process that was started for an operation; 0 if none was.
    pub fn supervisor_of(&self, inode: usize) -> u32 {
        self.supervisors.iter().find(|(_, i)| *i == inode).map_or(0, |(pid, _)| *pid)
    }

    pub fn exit(&mut self, pid: u32) {
        self.processes.retain(|process| process.pid != pid);
    }

    pub fn runs(&self, pid: u32) -> bool {
        self.processes.iter().any(|process| process.pid == pid)
    }

    /// SIGKILL of one shell. What it had started goes on, as children do.
    pub fn kill(&mut self, pid: u32) {
        let Some(at) = self.processes.iter().position(|process| process.pid == pid) else { return };
        let process = self.processes.remove(at);
        self.orphans.extend(process.running.map(|act| Orphan { session: process.session, act }));
    }

    /// `end_marked RELEASE_OPERATION= SESSION`: what a dead holder's session left; the shells that were ended.
    pub fn end_session(&mut self, session: u32) -> Vec<u32> {
        let theirs = |act: &Act| matches!(act, Act::Write(_));
        self.orphans.retain(|orphan| orphan.session != session || !theirs(&orphan.act));
        let (ended, others) = std::mem::take(&mut self.processes).into_iter().partition(|p| p.session == session);
        self.processes = others;
        let ended: Vec<Process> = ended;
        // Its commands have sessions of their own.
        for process in &ended {
            let act = process.running.clone().filter(|act| !theirs(act));
            self.orphans.extend(act.map(|act| Orphan { session, act }));
        }
        ended.into_iter().map(|process| process.pid).collect()
    }

    /// `end_marked RELEASE_STEP=`
    pub fn end_step(&mut self, id: &str, step: usize) {
        self.orphans.retain(|o| !matches!(&o.act, Act::Service(_, op, k, _) if &**op == id && *k == step));
    }

    /// `end_marked RELEASE_UNNOTED=`, for each step that is not noted as undone.
    pub fn end_unnoted(&mut self, id: &str, undone: &[usize]) {
        self.orphans
            .retain(|o| !matches!(&o.act, Act::Service(_, op, k, Noted::No) if &**op == id && !undone.contains(k)));
    }

    pub fn top(&self) -> Option<&(u64, Lock)> {
        self.disk.now.lock.iter().max_by_key(|(number, _)| *number)
    }

    pub fn is_alive(&self, lock: &Lock) -> bool {
        matches!(lock, Lock::Held { boot, pid, .. } if *boot == self.boot && self.runs(*pid))
    }

    /// The holder of the lock, while dead ones are left behind it whom it has not looked for yet.
    pub fn newcomer(&self) -> Option<u32> {
        let (top, lock) = self.top()?;
        let Lock::Held { pid, .. } = lock else { return None };
        let left = |(number, lock): &(u64, Lock)| number < top && matches!(lock, Lock::Held { .. });
        let waits = self.is_alive(lock) && self.settled != Some(*pid) && self.disk.now.lock.iter().any(left);
        waits.then_some(*pid)
    }

    /// Does what a program does; `who` is its session. True if it went well.
    pub fn act(&mut self, act: &Act, who: u32) -> bool {
        let allowed = match act {
            Act::Service(..) => self.commands_of.is_none_or(|session| session == who),
            Act::Write(Write::Live(_) | Write::Publish(_) | Write::Unpublish(_) | Write::Remove(_)) => {
                self.settled == Some(who)
            }
            Act::Write(_) => true,
        };
        if !allowed {
            self.complain(format!("{act:?} by {who}, which does not have the lock: {:?}", self.settled));
        }
        match act {
            Act::Write(write) => {
                self.disk.write(write.clone());
                true
            }
            Act::Service(command, ..) => self.command(*command),
        }
    }

    fn command(&mut self, command: Command) -> bool {
        let live = self.disk.now.live.clone();
        let is_there = live.as_ref().is_some_and(|name| self.disk.now.is_whole(name));
        match command {
            Command::Stop => self.serves = None,
            // It may be started again, but only as what it is.
            Command::Start if self.serves.is_some() => return self.serves == live,
            Command::Start | Command::Restart => self.serves = live.filter(|_| is_there),
        }
        command == Command::Stop || is_there
    }

    pub fn answers(&self, name: &Name) -> bool {
        self.serves.as_ref() == Some(name) && !name.version().as_str().starts_with(BAD)
    }

    /// Something happened that must not.
    pub fn complain(&mut self, what: String) {
        self.broken.get_or_insert(what);
    }

    /// The power goes, and comes back: the service is started by the boot, nothing else is.
    pub fn lose_power(&mut self, now: u64, chance: &Chance) {
        self.disk.crash(chance);
        self.processes.clear();
        self.orphans.clear();
        self.settled = None;
        self.commands_of = Some(NOBODY);
        self.full = false;
        self.boot += 1;
        self.booted = now;
        self.serves = None;
        if self.has_service {
            self.command(Command::Start);
        }
    }

    pub fn sync(&mut self, what: Synced) {
        self.disk.fsync(what);
    }

    /// What a look says of it.
    pub fn observed(&self, now: i64) -> Observed {
        let disk = &self.disk.now;
        let text = disk.live.as_ref().map(|name| format!("releases/{name}"));
        let top = self.top().filter(|(_, lock)| self.is_alive(lock));
        Observed {
            user: "app".into(),
            uid: Some(0),
            base: "/srv".into(),
            time: Some(now),
            tools: TOOLS.iter().map(ToString::to_string).collect(),
            live: text.map_or(Live::None, Live::Link),
            releases: disk.releases.iter().map(|(name, _)| installed(name)).collect(),
            lock: top.and_then(|(_, lock)| holder(lock)),
            open: disk.at(Place::Tx).map(|(_, op)| op.id.to_string()).collect(),
            freeze: disk.freeze.then(|| "me since now".into()),
            ledger: disk.ledger.iter().map(|record| (**record).clone()).collect(),
            ledger_lines: disk.ledger.len() as u64,
            agent: true,
            ..Observed::default()
        }
    }
}

/// No session has this number.
pub const NOBODY: u32 = 0;

/// Versions that begin like this never answer.
pub const BAD: &str = "bad";

const TOOLS: [&str; 10] = ["sha256sum", "tar", "gzip", "setsid", "readlink", "dd", "tr", "stat", "curl", "systemctl"];

fn installed(name: &ReleaseId) -> Installed {
    let meta = Meta {
        version: name.version().clone(),
        commit: None,
        reference: None,
        sha256: Digest::from_bytes([1; 32]),
        built_at: None,
        built_by: None,
    };
    Installed { id: name.clone(), meta: Some(meta) }
}

fn holder(lock: &Lock) -> Option<LockHolder> {
    let Lock::Held { pid, op, .. } = lock else { return None };
    Some(LockHolder {
        pid: *pid,
        operation: op.to_string(),
        verb: "deploy".into(),
        since: "2026-11-22T07:00:00Z".into(),
        who: "somebody".into(),
    })
}
