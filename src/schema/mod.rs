//! Schema upgrades: what the live schema is, what the release wants it to be, and the statements that lead there and back.
//!
//! A *catalog* is a set of facts, one for each object of a schema. Two of them differ in facts; an engine turns the
//! differing facts into statements, in an order that dependencies allow, and says what is dangerous about them. Nothing here
//! reaches a database by itself: each engine writes scripts and reads what they print, through a [`Client`].

pub mod client;
pub mod hazard;
mod outward;
pub mod postgres;
pub mod sql;
pub mod sqlite;
pub mod upgrade;
pub mod versions;

pub use client::{Client, Output};
pub use hazard::{Hazard, HazardName};
pub use outward::outward;
pub use upgrade::{Direction, Engine, Entry, Error, Holder, Refusal, Request, Scripts, State, Step, Upgrade, Wanted};

/// The scripts for these directions, in one transaction.
pub fn scripts(engine: Engine, parts: &[&Direction], entry: &Entry<'_>) -> Scripts {
    match engine {
        Engine::Postgresql => postgres::scripts(parts, entry),
        Engine::Sqlite => sqlite::scripts(parts, entry),
    }
}

/// One way as a text that stands for itself, for the engine's client program: with its settings, as one transaction, without guard,
/// proof and ledger. Empty where there is nothing to do.
pub fn by_hand(engine: Engine, way: &Direction) -> String {
    match engine {
        _ if way.statements.is_empty() => String::new(),
        Engine::Postgresql => postgres::by_hand(way),
        Engine::Sqlite => sqlite::by_hand(way),
    }
}

/// The script that drops what an operation put into the trash.
pub fn bury(engine: Engine, operation: &str) -> String {
    match engine {
        Engine::Postgresql => postgres::bury(operation),
        Engine::Sqlite => sqlite::bury(operation),
    }
}

/// The bytes that an upgrade takes on the disk of the database while it runs, about; 0: the engine sees to it.
pub fn room(upgrade: &Upgrade) -> u64 {
    match upgrade.engine {
        Engine::Postgresql => 0,
        Engine::Sqlite => sqlite::room(&upgrade.forward),
    }
}
