//! A host's file system: what programs see, and what a power cut leaves of it.

use std::rc::Rc;

use release::agent::journal::End;
use release::model::{HostPlan, Record, ReleaseId};
use release::plan::machine::Signal;

use crate::campaign::chance::Chance;

pub type Name = Rc<ReleaseId>;

/// One line of a journal.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// In which boot.
    Begin(u32),
    Do(usize),
    Ok(usize),
    Fail(usize),
    Undo(usize),
    Undone(usize),
    Stuck(usize),
    Confirmed,
    Recover,
    Close(End, Option<Name>),
    End(End, Option<Name>),
}

/// Where an operation's directory is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    New,
    Tx,
    Logs,
    /// Removed; who has its files open still reads them.
    Gone,
}

/// An operation's directory. Its place in `Disk::ops` is its inode.
#[derive(Debug, Clone)]
pub struct Op {
    pub id: Rc<str>,
    pub place: Place,
    /// Nothing in it where a power cut took it.
    pub plan: Option<Rc<HostPlan>>,
    pub journal: Vec<Line>,
    /// The link for the swap waits in it.
    pub swap: bool,
    /// The upload: `Some(false)` came short.
    pub artifact: Option<bool>,
    pub signals: Vec<Signal>,
    pub heartbeat: u64,
}

impl Op {
    pub fn has_begun(&self) -> bool {
        self.journal.iter().any(|line| matches!(line, Line::Begin(_)))
    }
}

/// Whose the lock is: the process, by boot and pid.
#[derive(Debug, Clone, PartialEq)]
pub enum Lock {
    Free,
    Held { boot: u32, pid: u32, op: Rc<str> },
}

/// One change that a program makes.
#[derive(Debug, Clone)]
pub enum Write {
    Live(Option<Name>),
    /// A directory in releases/ without `.release.json`, its files not there yet.
    Stage(Name),
    /// The files of a release.
    Data(Name),
    Unstage(Name),
    /// It gets its `.release.json`, and loses it.
    Publish(Name),
    Unpublish(Name),
    /// A release's name goes for good.
    Remove(Name),
    Create(usize, Rc<Op>),
    Plan(usize, Rc<HostPlan>),
    Move(usize, Place),
    Journal(usize, Line),
    Links(usize, bool),
    Ledger(Rc<Record>),
    Flag(Option<Rc<str>>),
    Freeze(bool),
    Lock(u64, Option<Lock>),
    Ballast(bool),
}

/// What `fsync` was called for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Synced {
    Journal(usize),
    Ledger,
    /// The directory that holds `live`.
    Base,
    Releases,
    /// An operation's plan, and the names that lead to it.
    Operation(usize),
    Links(usize),
    /// The directory that holds the flag.
    Flag,
}

#[derive(Debug, Clone, Default)]
pub struct Disk {
    pub live: Option<Name>,
    /// Releases being made, without `.release.json`, and whether their files are all there.
    pub unfinished: Vec<(Name, bool)>,
    pub releases: Vec<(Name, bool)>,
    pub ops: Vec<Option<Op>>,
    pub ledger: Vec<Rc<Record>>,
    pub flag: Option<Rc<str>>,
    pub freeze: bool,
    pub lock: Vec<(u64, Lock)>,
    pub ballast: bool,
}

fn take(from: &mut Vec<(Name, bool)>, name: &Name) -> Option<(Name, bool)> {
    from.iter().position(|(n, _)| n == name).map(|at| from.remove(at))
}

impl Disk {
    /// Is there an operation that was confirmed and has no record?
    pub fn is_one_unwritten(&self) -> bool {
        self.at(Place::Tx).any(|(_, op)| {
            let has_record = |verb: &str| self.ledger.iter().any(|record| record.id == *op.id && record.op == verb);
            op.journal.contains(&Line::Confirmed) && op.plan.as_ref().is_some_and(|plan| !has_record(plan.verb))
        })
    }

    fn apply(&mut self, write: &Write) {
        match write {
            Write::Live(name) => self.live.clone_from(name),
            Write::Stage(name) => {
                take(&mut self.unfinished, name);
                self.unfinished.push((name.clone(), false));
            }
            Write::Data(name) => {
                let all = self.unfinished.iter_mut().chain(&mut self.releases);
                all.filter(|(n, _)| n == name).for_each(|(_, whole)| *whole = true);
            }
            Write::Unstage(name) => drop(take(&mut self.unfinished, name)),
            Write::Publish(name) => self.releases.extend(take(&mut self.unfinished, name)),
            Write::Unpublish(name) => self.unfinished.extend(take(&mut self.releases, name)),
            Write::Remove(name) => drop(take(&mut self.releases, name)),
            Write::Create(inode, op) => {
                self.ops.resize(self.ops.len().max(inode + 1), None);
                self.ops[*inode] = Some((**op).clone());
            }
            Write::Plan(inode, plan) => self.change(*inode, |op| op.plan = Some(plan.clone())),
            Write::Move(inode, place) => self.change(*inode, |op| op.place = *place),
            Write::Journal(inode, line) => self.change(*inode, |op| op.journal.push(line.clone())),
            Write::Links(inode, there) => self.change(*inode, |op| op.swap = *there),
            Write::Ledger(record) => self.ledger.push(record.clone()),
            Write::Flag(owner) => self.flag.clone_from(owner),
            Write::Freeze(on) => self.freeze = *on,
            Write::Lock(number, lock) => {
                self.lock.retain(|(n, _)| n != number);
                self.lock.extend(lock.clone().map(|lock| (*number, lock)));
            }
            Write::Ballast(there) => self.ballast = *there,
        }
    }

    fn change(&mut self, inode: usize, change: impl FnOnce(&mut Op)) {
        if let Some(Some(op)) = self.ops.get_mut(inode) {
            change(op);
        }
    }

    /// Is a release there with all its files?
    pub fn is_whole(&self, name: &Name) -> bool {
        self.releases.iter().any(|(n, whole)| n == name && *whole)
    }

    pub fn has(&self, name: &Name) -> bool {
        self.releases.iter().any(|(n, _)| n == name)
    }

    /// The inode of an operation's directory in one of these places.
    pub fn find(&self, id: &str, places: &[Place]) -> Option<usize> {
        self.ops.iter().rposition(|op| op.as_ref().is_some_and(|op| &*op.id == id && places.contains(&op.place)))
    }

    /// The directories that are in a place now.
    pub fn at(&self, place: Place) -> impl Iterator<Item = (usize, &Op)> {
        let there =
            move |(inode, op): (usize, &'_ Option<Op>)| op.as_ref().filter(|op| op.place == place).map(|_| inode);
        let inodes: Vec<usize> = self.ops.iter().enumerate().filter_map(there).collect();
        inodes.into_iter().map(|inode| (inode, self.op(inode)))
    }

    pub fn op(&self, inode: usize) -> &Op {
        self.ops[inode].as_ref().expect("an inode is never given out again")
    }
}

/// What order the file system keeps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ordering {
    /// As ext4 and XFS: names change in order, and any fsync brings all earlier names along.
    Names,
    /// As POSIX: nothing is sure but what was synced itself.
    Nothing,
}

/// A disk with a cache.
pub struct Cached {
    pub now: Disk,
    durable: Disk,
    pending: Vec<Write>,
    ordering: Ordering,
}

impl Cached {
    pub fn new(disk: Disk, ordering: Ordering) -> Self {
        Self { now: disk.clone(), durable: disk, pending: Vec::new(), ordering }
    }

    pub fn write(&mut self, write: Write) {
        self.now.apply(&write);
        self.pending.push(write);
    }

    /// The client's words are in files too, but nobody reads them after a crash.
    pub fn op_mut(&mut self, inode: usize) -> &mut Op {
        self.now.ops[inode].as_mut().expect("an inode is never given out again")
    }

    /// `sync -f`: everything.
    pub fn sync(&mut self) {
        let now = std::mem::take(&mut self.pending);
        now.iter().for_each(|write| self.durable.apply(write));
    }

    pub fn fsync(&mut self, what: Synced) {
        let names_too = self.ordering == Ordering::Names;
        let (now, later) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition::<Vec<_>, _>(|write| covers(what, write) || (names_too && !is_content(write)));
        now.iter().for_each(|write| self.durable.apply(write));
        self.pending = later;
    }

    /// The power goes: of what was not synced, anything may be there and anything may be lost.
    pub fn crash(&mut self, chance: &Chance) {
        let pending = std::mem::take(&mut self.pending);
        let cut = chance.below(pending.len() + 1);
        // A file's end is lost from some place on.
        let mut torn: Vec<usize> = Vec::new();
        let mut ledger_torn = false;
        for (at, write) in pending.iter().enumerate() {
            let survives = match self.ordering {
                Ordering::Names if !is_content(write) => at < cut,
                _ => chance.below(2) == 0,
            };
            let survives = match write {
                Write::Journal(inode, _) => {
                    if !survives {
                        torn.push(*inode);
                    }
                    !torn.contains(inode)
                }
                Write::Ledger(_) => {
                    ledger_torn |= !survives;
                    !ledger_torn
                }
                _ => survives,
            };
            if survives {
                self.durable.apply(write);
            }
        }
        self.now = self.durable.clone();
    }
}

fn is_content(write: &Write) -> bool {
    matches!(write, Write::Data(_) | Write::Plan(..) | Write::Journal(..) | Write::Ledger(_))
}

fn covers(what: Synced, write: &Write) -> bool {
    match (what, write) {
        (Synced::Journal(inode), Write::Journal(other, _)) | (Synced::Links(inode), Write::Links(other, _)) => {
            inode == *other
        }
        (Synced::Operation(inode), Write::Create(other, _) | Write::Plan(other, _) | Write::Move(other, _)) => {
            inode == *other
        }
        (Synced::Ledger, Write::Ledger(_)) | (Synced::Base, Write::Live(_)) | (Synced::Flag, Write::Flag(_)) => true,
        (Synced::Releases, Write::Publish(_) | Write::Unpublish(_) | Write::Unstage(_) | Write::Remove(_)) => true,
        _ => false,
    }
}
