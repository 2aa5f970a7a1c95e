//! The words that a host hears while it works.

/// What a host is told while it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Every host is ready.
    Go,
    /// Nobody uses the old schema any more; or: it is upgraded.
    Turn,
    /// Every host is healthy.
    Confirm,
    /// Undo: the operator wants it.
    Abort,
    /// Undo: another host has failed.
    Failed,
}

impl Signal {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Turn => "turn",
            Self::Confirm => "confirm",
            Self::Abort => "abort",
            Self::Failed => "failed",
        }
    }
}
