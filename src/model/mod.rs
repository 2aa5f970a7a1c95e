//! Plain values, without input or output: what every other room speaks of.

pub mod digest;
pub mod event;
pub mod failure;
pub mod release_id;
pub mod target;

pub use digest::Digest;
pub use event::{Event, HostEnd, HostState, StepResult};
pub use failure::{Exit, Failure};
pub use release_id::{ReleaseId, Version};
