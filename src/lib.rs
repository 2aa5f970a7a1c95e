//! `release` looks at every host, plans, shows the plan, and hands it over; the host executes it from a journal and
//! can undo it alone.

pub mod artifact;
pub mod config;
pub mod model;
