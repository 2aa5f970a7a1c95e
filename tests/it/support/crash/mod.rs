//! A crash at any point: runs a command, and lets its whole process tree come to grief at the k-th system call that changes
//! a file below a directory.
//!
//! The tree is traced with `ptrace`, forks, sessions of their own and all, and a `seccomp` filter stops it only at the
//! calls that matter. Nothing of it outlives the run.
#![allow(dead_code)] // A toolbox, as the one above.

mod calls;
mod kernel;
mod places;
mod tracer;

use std::path::PathBuf;
use std::time::Duration;

use super::run::Run;
pub use tracer::Ending;

/// What happens at the chosen point.
pub enum Fault<'a> {
    /// Everything dies before the call is made.
    Kill,
    /// Everything dies when the call is made, before the program hears of it.
    KillAfter,
    /// The call is not made, and fails with this error.
    Fail(i32),
    /// This is done instead of the call, then everything dies.
    Then(&'a mut dyn FnMut(&Point)),
    /// None: at every point this looks before and after the call, while no other point is passed.
    Film(&'a mut dyn FnMut(&Point, Moment)),
}

/// When a film looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Before,
    After,
}

/// No room on the disk.
pub const ENOSPC: i32 = libc::ENOSPC;
/// The disk does not do it.
pub const EIO: i32 = libc::EIO;

/// Which calls are points.
#[derive(Debug, Clone)]
pub enum Scope {
    /// Those that change a file below this directory; no link may lead to it.
    Below(PathBuf),
    /// All that change any file, and all that say something over a pipe or socket.
    Everything,
}

/// One such call of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Which one it was, from 1 on.
    pub number: usize,
    /// Its name and its files: `rename /base/a /base/b`.
    pub what: String,
}

/// How a traced run went.
#[derive(Debug)]
pub struct Traced {
    /// The command's own end; killed with the rest it has the code 137.
    pub run: Run,
    /// What the points were until its end.
    pub trail: Vec<String>,
    /// The one at which the fault came, if the run had so many.
    pub hit: Option<Point>,
}

/// A run to be traced.
pub struct Crash<'a> {
    scope: Scope,
    at: usize,
    fault: Fault<'a>,
    ending: Ending<'a>,
}

impl<'a> Crash<'a> {
    /// With the fault at the point of this number; 0 is none, to count them.
    pub fn at(scope: Scope, number: usize, fault: Fault<'a>) -> Self {
        Self { scope, at: number, fault, ending: Ending::Within(Duration::from_secs(60)) }
    }

    /// Only counts the points.
    pub fn never(scope: Scope) -> Self {
        Self::at(scope, 0, Fault::Kill)
    }

    /// Ends otherwise than after a minute.
    #[must_use]
    pub fn ending(mut self, ending: Ending<'a>) -> Self {
        self.ending = ending;
        self
    }
}
