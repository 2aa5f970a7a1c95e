//! What happens while an operation runs, host by host: the fleet says it, the ui shows it.

use std::time::Duration;

use serde::Serialize;

use super::failure::Exit;
use super::notes::Brief;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The operation begins; comes first.
    Started {
        /// `deploy`, `rollback`, `forward`, `recover`, ...
        operation: String,
        /// The target's name.
        target: String,
        /// The version that goes live, or another word for what the operation is about.
        subject: String,
        /// Another release goes live with it; otherwise it is one of the small operations.
        switches: bool,
        /// Every host's name, in order.
        hosts: Vec<String>,
    },
    /// A host enters a step.
    StepStarted {
        /// The host's name.
        host: String,
        /// The step, for machines: `upload`, `swap`, `prepare`.
        step: String,
        /// The step, for people: `cpanm -n --installdeps .`; equal to `step` when there is no more to say.
        label: String,
    },
    /// A host is through with a step.
    StepEnded {
        /// The host's name.
        host: String,
        /// The step, as in [`Event::StepStarted`].
        step: String,
        /// How it went.
        result: StepResult,
        /// How long it took.
        took: Duration,
    },
    /// Bytes of the artifact that a host has been sent.
    Uploaded {
        /// The host's name.
        host: String,
        /// Bytes so far.
        sent: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Raw output of a command on a host: any bytes.
    Output {
        /// The host's name.
        host: String,
        /// As it came.
        bytes: Vec<u8>,
    },
    /// Something worth knowing that is no error.
    Warning {
        /// The host it is about, if one.
        host: Option<String>,
        /// A sentence.
        text: String,
    },
    /// What authors of commits left for whoever deploys them.
    Notes(Brief),
    /// A host is through with the operation.
    HostEnded {
        /// The host's name.
        host: String,
        /// What it serves now.
        end: HostEnd,
    },
    /// The operation is over; comes last.
    Ended {
        /// What the process exits with.
        exit: Exit,
        /// One line that says what is live where.
        summary: String,
        /// One command to go on with: how to go back, or how to find out.
        hint: Option<String>,
    },
}

/// How a step went.
#[derive(Debug, Clone, PartialEq)]
pub enum StepResult {
    /// Done.
    Done,
    /// Failed, with one line that says why.
    Failed(String),
    /// Undone again.
    Undone,
}

/// How a host ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostEnd {
    /// The state, in one word for machines.
    pub state: HostState,
    /// What `live` names, as far as is known: a release's name.
    pub live: Option<String>,
    /// One line more, if there is something to say.
    pub detail: Option<String>,
}

/// The states a host can end an operation in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HostState {
    /// The ledger says that the operation is done.
    Committed,
    /// Nothing that anyone could see was changed.
    Unchanged,
    /// It had changed, and is as before.
    RolledBack,
    /// It could not be put back as it was; somebody has to look.
    Broken,
    /// It can't be reached, or did not say.
    Unknown,
}
