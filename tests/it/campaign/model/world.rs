//! Everything that there is in a history, and the one thread that lets each of its parts go on in turn.

use std::cell::{Cell, RefCell, RefMut};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use release::plan::machine::Signal;

use super::client::Outcome;
use super::host::Host;
use super::session::Channel;
use super::shell::Shell;
use crate::campaign::chance::Chance;

/// A bug put in on purpose, to see that it is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mutant {
    UndoneIsNotSynced,
    BootIsForgotten,
    EndIsSkipped,
    NotesAreNotSynced,
    PlanIsNotSynced,
    ConfirmedIsNotSynced,
    ReleaseIsNotSynced,
    SwapIsNotSynced,
    SwapIsNotUndone,
    HealthIsNotAsked,
    LockIsIgnored,
    LeftoversGoOn,
    CommandsGoOn,
    StaleIsFine,
    NoLease,
    /// No room for the note, and it counts all the same.
    BeginIsNotWritten,
    /// No room for the note, and it counts all the same.
    ConfirmedIsNotWritten,
    /// Who recovers goes on when its child was killed.
    ChildIsNotMissed,
    /// Of several dead holders only the last one's leftovers are ended.
    OnlyTheLastIsEnded,
    /// What stands on an undo that was made anew is left as it was.
    UndoneStaysUndone,
    /// An operation begins while an earlier one that was confirmed is not in the ledger.
    OrderIsFree,
    /// A plan that is made anew has the id of the one before it.
    OneIdForAll,
    /// The client confirms when the first host is healthy.
    ConfirmsEarly,
    /// The client does not say again what may have been lost.
    SaysNothingTwice,
    /// The client does not tell the others that one failed.
    LeavesTheOthers,
}

impl Mutant {
    /// Those first that are found soonest.
    pub const ALL: [Self; 25] = [
        Self::ConfirmsEarly,
        Self::NotesAreNotSynced,
        Self::NoLease,
        Self::LeavesTheOthers,
        Self::SwapIsNotUndone,
        Self::LockIsIgnored,
        Self::SaysNothingTwice,
        Self::UndoneIsNotSynced,
        Self::ReleaseIsNotSynced,
        Self::ConfirmedIsNotSynced,
        Self::SwapIsNotSynced,
        Self::PlanIsNotSynced,
        Self::OrderIsFree,
        Self::BootIsForgotten,
        Self::HealthIsNotAsked,
        Self::BeginIsNotWritten,
        Self::StaleIsFine,
        Self::EndIsSkipped,
        Self::OneIdForAll,
        Self::LeftoversGoOn,
        Self::ConfirmedIsNotWritten,
        Self::ChildIsNotMissed,
        Self::CommandsGoOn,
        Self::UndoneStaysUndone,
        Self::OnlyTheLastIsEnded,
    ];
}

/// Gives way once.
#[derive(Default)]
pub struct Turn(bool);

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Whose life it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Who {
    Process { host: usize, pid: u32 },
    Session { host: usize, channel: usize },
    Client(usize),
}

pub struct Task {
    pub who: Who,
    life: Pin<Box<dyn Future<Output = ()>>>,
}

/// What the world does to a client.
#[derive(Debug, Default)]
pub struct Fate {
    /// SIGSTOP until then.
    pub sleeps_until: u64,
    /// Ctrl-C, so many times.
    pub interrupts: usize,
    pub killed: bool,
    pub channels: Vec<usize>,
}

pub struct World {
    pub chance: Chance,
    now: Cell<u64>,
    hosts: Vec<RefCell<Host>>,
    channels: RefCell<Vec<Channel>>,
    pub tasks: RefCell<Vec<Task>>,
    spawned: RefCell<Vec<Task>>,
    killed: RefCell<Vec<Who>>,
    pub fates: RefCell<Vec<Fate>>,
    /// When the network to a host works again.
    pub network: RefCell<Vec<u64>>,
    pub outcomes: RefCell<Vec<Outcome>>,
    /// Which hosts have come to the first and to the second wait of an operation.
    pub waiting: RefCell<Vec<(Rc<str>, usize, Signal)>>,
    mutant: Option<Mutant>,
    told: bool,
    /// So many turns ago somebody did something.
    idle: Cell<usize>,
}

impl World {
    pub fn new(chance: Chance, hosts: Vec<Host>, clients: usize, mutant: Option<Mutant>, told: bool) -> Rc<Self> {
        Rc::new(Self {
            chance,
            now: Cell::new(0),
            network: RefCell::new(vec![0; hosts.len()]),
            hosts: hosts.into_iter().map(RefCell::new).collect(),
            channels: RefCell::default(),
            tasks: RefCell::default(),
            spawned: RefCell::default(),
            killed: RefCell::default(),
            fates: RefCell::new((0..clients).map(|_| Fate::default()).collect()),
            outcomes: RefCell::default(),
            waiting: RefCell::default(),
            mutant,
            told,
            idle: Cell::new(0),
        })
    }

    /// True time, in ms.
    pub fn now(&self) -> u64 {
        self.now.get()
    }

    pub fn pass(&self, ms: u64) {
        self.now.set(self.now.get() + ms);
    }

    /// Gives way while there is nothing to do.
    pub fn wait(&self) -> Turn {
        self.idle.set(self.idle.get() + 1);
        Turn::default()
    }

    /// Gives way between two things.
    pub fn turn(&self) -> Turn {
        self.busy();
        Turn::default()
    }

    /// Somebody has something to do.
    pub fn busy(&self) {
        self.idle.set(0);
    }

    /// Time goes on: a little at a time while there is something to do.
    pub fn tick(&self) {
        let waits = self.idle.get() > 6 * self.tasks.borrow().len();
        self.pass(if waits { 200 } else { 1 } + self.chance.below(8) as u64);
    }

    pub fn has(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// For whoever plays one history again.
    pub fn tell(&self, what: impl FnOnce() -> String) {
        if self.told {
            eprintln!("{:>8} {}", self.now(), what());
        }
    }

    pub fn count(&self) -> usize {
        self.hosts.len()
    }

    pub fn host(&self, at: usize) -> RefMut<'_, Host> {
        self.hosts[at].borrow_mut()
    }

    pub fn channel(&self, at: usize) -> RefMut<'_, Channel> {
        RefMut::map(self.channels.borrow_mut(), |channels| &mut channels[at])
    }

    /// Can a client reach a host?
    pub fn reaches(&self, host: usize) -> bool {
        self.network.borrow()[host] <= self.now()
    }

    /// A new channel of a client to a host, with a session at its end; `None` when the network is down.
    pub fn connect(self: &Rc<Self>, client: usize, host: usize) -> Option<usize> {
        if !self.reaches(host) {
            return None;
        }
        let channel = Channel {
            host,
            to_host: <_>::default(),
            to_client: <_>::default(),
            cut: false,
            closed: false,
            known_from: 0,
        };
        let at = {
            let mut channels = self.channels.borrow_mut();
            channels.push(channel);
            channels.len() - 1
        };
        self.fates.borrow_mut()[client].channels.push(at);
        self.add(Who::Session { host, channel: at }, super::session::session(self.clone(), host, at));
        Some(at)
    }

    pub fn add(&self, who: Who, life: impl Future<Output = ()> + 'static) {
        self.spawned.borrow_mut().push(Task { who, life: Box::pin(life) });
    }

    /// Starts a process; it is gone when its life is over.
    pub fn spawn(self: &Rc<Self>, host: usize, pid: u32, life: impl Future<Output = ()> + 'static) {
        let world = self.clone();
        let life = async move {
            life.await;
            world.host(host).exit(pid);
        };
        self.add(Who::Process { host, pid }, life);
    }

    /// Ends the lives of processes that a host has killed.
    pub fn kill(&self, host: usize, pids: &[u32]) {
        self.killed.borrow_mut().extend(pids.iter().map(|pid| Who::Process { host, pid: *pid }));
    }

    pub fn end(&self, is: impl Fn(&Who) -> bool) {
        self.tasks.borrow_mut().retain(|task| !is(&task.who));
        self.spawned.borrow_mut().retain(|task| !is(&task.who));
    }

    /// Lets one part of it go on. False: there is nobody who could.
    pub fn step(&self) -> bool {
        let mut task = {
            let mut tasks = self.tasks.borrow_mut();
            tasks.append(&mut self.spawned.borrow_mut());
            if tasks.is_empty() {
                return false;
            }
            let at = self.chance.below(tasks.len());
            if let Who::Client(id) = tasks[at].who
                && self.fates.borrow()[id].sleeps_until > self.now()
            {
                return true;
            }
            tasks.swap_remove(at)
        };
        let over = task.life.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        if !over {
            self.tasks.borrow_mut().push(task);
        }
        if !self.killed.borrow().is_empty() {
            let killed = std::mem::take(&mut *self.killed.borrow_mut());
            self.end(|who| killed.contains(who));
        }
        true
    }

    pub fn channels(&self) -> usize {
        self.channels.borrow().len()
    }

    pub fn lives(&self, client: usize) -> bool {
        self.tasks.borrow().iter().any(|task| task.who == Who::Client(client))
    }

    pub fn clients_live(&self) -> bool {
        let is_client = |task: &Task| matches!(task.who, Who::Client(_));
        self.tasks.borrow().iter().any(is_client) || self.spawned.borrow().iter().any(is_client)
    }

    /// The client's end is closed: what is on its way still arrives.
    pub fn hang_up(&self, client: usize) {
        let channels = std::mem::take(&mut self.fates.borrow_mut()[client].channels);
        for channel in channels {
            self.channel(channel).cut = true;
        }
    }
}

impl Shell {
    pub fn new(world: &Rc<World>, at: usize, pid: u32, inode: usize) -> Self {
        let plan = world.host(at).disk.now.ops.get(inode).and_then(|op| op.as_ref()?.plan.clone());
        Self {
            world: world.clone(),
            at,
            pid,
            session: pid,
            number: 0,
            inode,
            plan: plan.unwrap_or_else(super::fixture::no_plan),
            undoing: false,
            noted: super::host::Noted::Yes,
            recovering: false,
            again: false,
        }
    }
}
