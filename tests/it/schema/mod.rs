//! Schema upgrades against real databases.

mod blocked;
mod hostile;
pub mod postgres;
mod printed;
mod reach;
mod sqlite;
mod story;
mod whole_server;
