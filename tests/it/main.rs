//! The one test binary: each file is a verb or a subject. `support` is the environment that they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)] // Helpers are tests too.

mod deploy;
mod deps;
mod faults;
mod harness;
mod support;
