//! Schema upgrades against real databases.

mod blocked;
pub mod postgres;
mod reach;
mod sqlite;
mod story;
