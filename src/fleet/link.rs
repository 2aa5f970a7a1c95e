//! What a drive knows of one host: its channel, and how far its journal was read.

use std::time::Instant;

use super::narrate::{Narrated, Narrator};
use crate::host::Sender;
use crate::model::HostPlan;

/// One host of an operation.
pub struct HostLink {
    /// The host's name.
    pub name: String,
    /// The direction to it; `None` while there is no channel.
    pub sender: Option<Sender>,
    /// Grows with each channel, so that news of an old one is known as such.
    pub generation: u64,
    /// When it last said anything.
    pub heard: Instant,
    /// Channels in a row over which it said nothing.
    pub mute: u32,
    /// Lines of its journal so far.
    pub lines: usize,
    /// Bytes that it has said so far.
    pub said: usize,
    /// Releases that it has removed.
    pub pruned: usize,
    /// Makes events of its journal.
    pub narrator: Narrator,
    /// The supervisor is gone; once it was undone or finished, the journal is asked for again.
    pub recovering: bool,
    /// How often it was found to be gone.
    pub killed: usize,
}

impl HostLink {
    /// A host that has not been spoken to.
    pub fn new(plan: &HostPlan, narrated: Narrated) -> Self {
        Self {
            name: plan.host.clone(),
            sender: None,
            generation: 0,
            heard: Instant::now(),
            mute: 0,
            lines: 0,
            said: 0,
            pruned: 0,
            narrator: Narrator::new(plan, narrated),
            recovering: false,
            killed: 0,
        }
    }
}
