//! Schema upgrades of PostgreSQL.

pub mod engine;
mod generator;
mod pairs;
mod rows;
mod server;
mod trip;
mod unknown;
mod wanted;

use std::sync::OnceLock;

use crate::support::Postgres;

/// The one server of these tests, with the roles that schemas give rights to: roles are nobody's schema.
pub fn server() -> &'static Postgres {
    static READY: OnceLock<&'static Postgres> = OnceLock::new();
    READY.get_or_init(|| {
        let server = Postgres::shared();
        server.psql("postgres", "CREATE ROLE app_reader; CREATE ROLE app_writer");
        server
    })
}
