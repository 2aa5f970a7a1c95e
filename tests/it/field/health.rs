//! Health: what counts as healthy, and what a failure tells.
