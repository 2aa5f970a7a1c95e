//! Does the environment do what tests believe it does? Asked with the system's own `ssh`, not with ours.

mod crash;
mod files;
mod hosts;
mod line;
mod machines;
mod services;
mod ssh;
