//! Plain values, without input or output: what every other room speaks of.

pub mod adoption;
pub mod digest;
pub mod event;
pub mod failure;
pub mod hazard;
pub mod identity;
pub mod ledger;
pub mod limits;
pub mod notes;
pub mod observed;
pub mod plan;
pub mod release_id;
pub mod sequence;
pub mod sharing;
pub mod standing;
pub mod step;
pub mod sudo;
pub mod target;

pub use adoption::{Adoptable, Adoption};
pub use digest::Digest;
pub use event::{Event, HostEnd, HostState, StepResult};
pub use failure::{Exit, Failure};
pub use hazard::HazardName;
pub use identity::Identity;
pub use ledger::{History, Record, RecordOutcome};
pub use limits::{Limits, whole_seconds};
pub use notes::{Brief, Note, Notes};
pub use observed::{BaseState, DatabaseAt, Flag, Installed, Live, LiveHealth, LockHolder, Meta, Observed, Rights};
pub use plan::{HostPlan, Plan};
pub use release_id::{ReleaseId, Version};
pub use sharing::Sharing;
pub use standing::{Standing, standing};
pub use step::{BootHook, HealthCheck, Step, Unit};
pub use sudo::SudoCall;
pub use target::{Host, Target};
