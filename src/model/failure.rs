//! Why a command ended without success, in the form that every error has, and the exit codes.

use std::fmt;

/// The exit codes of `release`, as its users rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done: every host's ledger says so.
    Done = 0,
    /// Failed, nothing was changed anywhere.
    Failed = 1,
    /// Usage or configuration error.
    Usage = 2,
    /// Preflight refused, nothing was changed.
    Refused = 3,
    /// Hosts differ: each is listed with its state.
    Differ = 4,
    /// Failed and rolled back: every host is as it was before.
    RolledBack = 5,
    /// Outcome unknown.
    Unknown = 6,
    /// Locked by somebody else.
    Locked = 75,
    /// Interrupted, and undone.
    Interrupted = 130,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// One word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::Differ => "hosts_differ",
            Self::RolledBack => "rolled_back",
            Self::Unknown => "unknown",
            Self::Locked => "locked",
            Self::Interrupted => "interrupted",
        }
    }
}

/// One failure: what, where, why, whether anything was changed, and one command to go on with.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The exit code it stands for.
    pub exit: Exit,
    /// The host or file it is about; empty when it is about the command itself.
    pub place: String,
    /// What went wrong, without a full stop.
    pub what: String,
    /// Why, where `what` does not say it.
    pub why: Option<String>,
    /// What was changed: `nothing was changed`, or what was.
    pub changed: String,
    /// One command, or one short sentence with it, to go on with.
    pub hint: Option<String>,
    /// Text to show below, such as a TOML excerpt or the end of a command's output; may have several lines.
    pub detail: Option<String>,
}

impl Failure {
    /// A failure after which everything is as it was.
    pub fn new(exit: Exit, place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            exit,
            place: place.into(),
            what: what.into(),
            why: None,
            changed: "nothing was changed".into(),
            hint: None,
            detail: None,
        }
    }

    /// A usage or configuration error (exit 2).
    pub fn usage(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, place, what)
    }

    /// A refusal before anything was changed (exit 3).
    pub fn refused(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(Exit::Refused, place, what)
    }

    /// Adds the reason.
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Adds the command to go on with.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what was changed.
    pub fn changed(mut self, changed: impl Into<String>) -> Self {
        self.changed = changed.into();
        self
    }

    /// Adds text to show below.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// The first line of an error: `PLACE: WHAT (WHY); CHANGED.` The ui escapes it and puts `hint` and `detail` below.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.what)?;
        if let Some(why) = &self.why {
            write!(f, " ({why})")?;
        }
        write!(f, "; {}.", self.changed)
    }
}

impl std::error::Error for Failure {}
