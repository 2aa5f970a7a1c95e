//! What is dangerous about an upgrade, by name: the operator allows each by `--allow NAME` or `[schema] allow`.

use serde::{Deserialize, Serialize};

pub use crate::model::HazardName;

/// One danger of one upgrade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hazard {
    /// Which.
    pub name: HazardName,
    /// Of what: `table blog.post`, `column blog.post.title`.
    pub object: String,
    /// With live figures: how many rows, the keys of the first that are in the way. May be empty.
    pub detail: String,
    /// Rows are in the way right now: it would fail, so it is refused even when it is allowed.
    pub fails_now: bool,
}
