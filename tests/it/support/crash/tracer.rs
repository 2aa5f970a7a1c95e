//! The loop that follows a tree of processes from stop to stop.
#![allow(unsafe_code)] // `pre_exec`, between fork and exec.

use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::calls;
use super::kernel::{self, Stop};
use super::places::paths;
use super::{Crash, Fault, Moment, Point, Scope, Traced};
use crate::support::run::Run;

/// When a run is over.
#[derive(Debug, Clone, Copy)]
pub enum Ending<'a> {
    /// When the last process of the tree has ended; the test fails when that takes longer.
    Within(Duration),
    /// When this becomes true, for what serves without end: then the rest is killed.
    When(&'a AtomicBool),
}

/// The tree as far as it is known.
struct Tracer<'a> {
    crash: Crash<'a>,
    root: i32,
    /// Has the program begun?
    begun: bool,
    alive: BTreeSet<i32>,
    /// Who was heard of from its parent and not from itself yet, and the other way round.
    unborn: BTreeSet<i32>,
    unannounced: BTreeSet<i32>,
    trail: Vec<String>,
    hit: Option<Point>,
    /// The point that a film is at, and who waits until it is passed.
    passing: Option<(i32, Point)>,
    held: VecDeque<i32>,
    /// Everything is to die: each process that still shows up is killed.
    dying: bool,
    status: Option<ExitStatus>,
}

impl Crash<'_> {
    /// Runs the command with nothing on its standard input, until the last of its tree has ended.
    #[track_caller]
    pub fn run(self, mut command: Command) -> Traced {
        let talk = tempfile::Builder::new().prefix("rt-crash-").tempdir().unwrap();
        let started = Instant::now();
        let file = |name| File::create(talk.path().join(name)).unwrap();
        command.stdin(Stdio::null()).stdout(file("stdout")).stderr(file("stderr")).process_group(0);
        let filter = kernel::filter(matches!(self.scope, Scope::Everything));
        // SAFETY: it only calls the kernel, with what was made before the fork.
        unsafe { command.pre_exec(move || kernel::be_traced(&filter)) };
        let program = command.get_program().to_owned();
        // Traced is traced by the thread that forked: from here to the end everything is in this one.
        #[allow(clippy::zombie_processes)] // The loop below waits for all of them.
        let child = command.spawn().unwrap_or_else(|e| panic!("cannot trace {}: {e}", program.display()));
        let mut tracer = Tracer::of(self, i32::try_from(child.id()).unwrap());
        let late = tracer.follow();
        let said = |name| String::from_utf8_lossy(&std::fs::read(talk.path().join(name)).unwrap()).into_owned();
        let run = Run::new(tracer.status.unwrap(), said("stdout"), said("stderr"), started);
        assert!(!late, "{} still ran after {:?}; {:?}\n{run:#?}", program.display(), started.elapsed(), tracer.trail);
        Traced { run, trail: tracer.trail, hit: tracer.hit }
    }
}

impl<'a> Tracer<'a> {
    fn of(crash: Crash<'a>, root: i32) -> Self {
        let alive = BTreeSet::from([root]);
        let (trail, held) = (Vec::new(), VecDeque::new());
        let (unborn, unannounced) = Default::default();
        Self {
            crash,
            root,
            begun: false,
            alive,
            unborn,
            unannounced,
            trail,
            hit: None,
            passing: None,
            held,
            dying: false,
            status: None,
        }
    }

    /// Until the last process has ended; true when they had to be ended because their time was over.
    fn follow(&mut self) -> bool {
        let over = AtomicBool::new(false);
        let (me, ending) = (kernel::Waiter::me(), self.crash.ending);
        std::thread::scope(|scope| {
            let watch = scope.spawn(|| watch(me, ending, &over));
            let mut late = false;
            // Not until nobody is left to wait for: the thread may have children that are none of this tree.
            while !self.alive.is_empty() {
                match kernel::wait() {
                    Ok(Some((pid, stop))) => self.stopped(pid, stop),
                    Ok(None) => break,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {
                        late = matches!(ending, Ending::Within(_)) && !self.dying;
                        self.kill_all();
                    }
                    Err(error) => panic!("waitpid: {error}"),
                }
            }
            over.store(true, Ordering::Relaxed);
            watch.thread().unpark();
            late
        })
    }

    fn stopped(&mut self, pid: i32, stop: Stop) {
        if let Stop::Ended(status) = stop {
            self.alive.remove(&pid);
            self.unborn.remove(&pid);
            if self.passing.as_ref().is_some_and(|(passing, _)| *passing == pid) {
                self.next();
            }
            // Once: whoever outlives it may have a child with its number, when all numbers were given out once.
            if pid == self.root && self.status.is_none() {
                self.status = Some(ExitStatus::from_raw(status));
            }
            return;
        }
        let newborn = self.is_newborn(pid);
        if let Stop::Forked(child) = stop
            && !self.unannounced.remove(&child)
        {
            self.alive.insert(child);
            self.unborn.insert(child);
        }
        if self.dying {
            kernel::kill(pid);
            return;
        }
        match stop {
            // The program's first stop, at its exec; each of its children begins with one too.
            Stop::Signal(libc::SIGTRAP) if !self.begun => {
                self.begun = true;
                kernel::follow(pid).unwrap();
                kernel::resume(pid, 0);
            }
            Stop::Signal(libc::SIGSTOP) if newborn => kernel::resume(pid, 0),
            Stop::Signal(signal) => kernel::resume(pid, signal),
            Stop::Call => self.calls(pid),
            Stop::Made => self.made(pid),
            Stop::Execed(before) => {
                if before != pid {
                    self.alive.remove(&before);
                }
                kernel::resume(pid, 0);
            }
            Stop::Forked(_) | Stop::Other | Stop::Ended(_) => kernel::resume(pid, 0),
        }
    }

    /// Is this the first stop of this process?
    fn is_newborn(&mut self, pid: i32) -> bool {
        if self.alive.insert(pid) {
            return self.unannounced.insert(pid);
        }
        self.unborn.remove(&pid)
    }

    /// A process is about to make a call.
    fn calls(&mut self, pid: i32) {
        let Some(what) = point(pid, &self.crash.scope) else { return kernel::resume(pid, 0) };
        if self.passing.is_some() {
            return self.held.push_back(pid);
        }
        self.trail.push(what.clone());
        let point = Point { number: self.trail.len(), what };
        if let Fault::Film(look) = &mut self.crash.fault {
            look(&point, Moment::Before);
            self.passing = Some((pid, point));
            return kernel::see_through(pid);
        }
        if point.number != self.crash.at {
            return kernel::resume(pid, 0);
        }
        match &mut self.crash.fault {
            Fault::Kill => self.kill_all(),
            Fault::KillAfter => kernel::see_through(pid),
            Fault::Film(_) => unreachable!("a film has no such point"),
            Fault::Fail(errno) => {
                kernel::fail(pid, *errno).unwrap();
                kernel::resume(pid, 0);
            }
            Fault::Then(hook) => {
                hook(&point);
                self.kill_all();
            }
        }
        self.hit = Some(point);
    }

    /// The call that was to be seen through has been made.
    fn made(&mut self, pid: i32) {
        let (Fault::Film(look), Some((_, point))) = (&mut self.crash.fault, &self.passing) else {
            return self.kill_all();
        };
        look(point, Moment::After);
        kernel::resume(pid, 0);
        self.next();
    }

    /// The film goes on with whoever waits.
    fn next(&mut self) {
        self.passing = None;
        if let Some(pid) = self.held.pop_front() {
            self.calls(pid);
        }
    }

    fn kill_all(&mut self) {
        self.dying = true;
        self.alive.iter().for_each(|pid| kernel::kill(*pid));
    }
}

/// The call that a process is about to make, if it is a point.
fn point(pid: i32, scope: &Scope) -> Option<String> {
    let (number, arguments) = kernel::call_of(pid)?;
    let call = calls::numbered(number)?;
    let paths = paths(pid, call, &arguments);
    let within = |base: &Path| paths.iter().any(|path| path.starts_with(base));
    if !matches!(scope, Scope::Below(base) if !within(base)) {
        let names: String = paths.iter().map(|path| format!(" {}", path.display())).collect();
        return Some(format!("{}{names}", call.name));
    }
    None
}

/// Wakes the tracer when its time is over, again and again, since it may just not be waiting.
fn watch(tracer: kernel::Waiter, ending: Ending<'_>, over: &AtomicBool) {
    let begun = Instant::now();
    let is_time = || match ending {
        Ending::Within(bound) => begun.elapsed() > bound,
        Ending::When(flag) => flag.load(Ordering::Relaxed),
    };
    while !over.load(Ordering::Relaxed) {
        std::thread::park_timeout(Duration::from_millis(20));
        if is_time() && !over.load(Ordering::Relaxed) {
            tracer.wake();
        }
    }
}
