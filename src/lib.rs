//! `release` looks at every host, plans, shows the plan, and hands it over; the host executes it from a journal and
//! can undo it alone.

pub mod agent;
pub mod artifact;
pub mod build;
pub mod cli;
pub mod commands;
pub mod config;
pub mod environment;
pub mod fleet;
pub mod git;
pub mod host;
pub mod model;
pub mod plan;
pub mod schema;
pub mod ui;
