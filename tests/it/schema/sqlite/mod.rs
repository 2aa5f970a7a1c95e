//! Upgrades of real SQLite databases, there and back.

mod database;
mod keeps;
mod pairs;
mod random;
mod refused;
mod round;
mod trial;
mod versions;

use database::Database;
