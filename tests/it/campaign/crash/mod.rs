//! Every crash point of the real thing: client, session and supervisor run to the k-th system call that changes BASE, and
//! there everything dies (before the call, or after it), or the call fails (no room, no disk).

mod adopt;
mod aftermath;
mod check;
mod client;
mod enumerate;
mod film;
mod operation;
mod pairs;
mod single;
mod site;
mod snapshot;
mod ssh;

use crate::support::crash::{EIO, ENOSPC, Fault};

/// What happens at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Kill,
    KillAfter,
    NoSpace,
    BadDisk,
}

impl Mode {
    const ALL: [Self; 4] = [Self::Kill, Self::KillAfter, Self::NoSpace, Self::BadDisk];

    fn name(self) -> &'static str {
        match self {
            Self::Kill => "killed before the call",
            Self::KillAfter => "killed after it",
            Self::NoSpace => "ENOSPC",
            Self::BadDisk => "EIO",
        }
    }

    fn fault(self) -> Fault<'static> {
        match self {
            Self::Kill => Fault::Kill,
            Self::KillAfter => Fault::KillAfter,
            Self::NoSpace => Fault::Fail(ENOSPC),
            Self::BadDisk => Fault::Fail(EIO),
        }
    }

    fn kills(self) -> bool {
        matches!(self, Self::Kill | Self::KillAfter)
    }
}
