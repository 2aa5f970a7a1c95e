//! `release` looks at every host, plans, shows the plan, and hands it over; the host executes it from a journal and
//! can undo it alone.

pub mod agent;
pub mod artifact;
pub mod config;
pub mod fleet;
pub mod host;
pub mod model;
pub mod plan;
