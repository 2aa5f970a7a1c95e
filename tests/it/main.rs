//! The one test binary: each file is a verb or a subject. `support` is the environment that they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)] // Helpers are tests too.

mod activate;
mod agents;
mod before;
mod boot;
mod campaign;
mod completions;
mod connection;
mod deploy;
mod deps;
mod env;
mod exits;
mod faults;
mod harness;
mod health;
mod host_key;
mod hostile_host;
mod injection;
mod keep;
mod kinds;
mod lessons;
mod locks;
mod maintenance;
mod plan;
mod prepare;
mod refused;
mod sample;
mod secrets;
mod shared;
mod signatures;
mod speed;
mod sudoers;
mod support;
mod tidy;
mod units;
mod verify;
