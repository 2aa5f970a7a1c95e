//! Schema upgrades against real databases.

pub mod postgres;
mod reach;
mod sqlite;
mod story;
