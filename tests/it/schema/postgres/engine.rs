//! `release::schema::postgres`, as a test calls it: through a `psql` of its own, and to the end.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use release::schema::{Direction, Entry, Error, Refusal, Request, Scripts, State, Upgrade, Wanted, postgres};

use crate::support::Psql;

/// Futures here never wait: the client runs `psql` to its end.
fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// A name of an operation that nobody else has.
pub fn operation() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    format!("op-{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed))
}

/// Plans, with the text in `schema.sql`.
pub fn plan(client: &mut Psql, text: &str, operation: &str) -> Result<Upgrade, Refusal> {
    let wanted = Wanted::Text { file: "schema.sql", text };
    plan_request(client, &Request { wanted, before: &[], after: &[], operation })
}

/// Plans whatever is asked.
pub fn plan_request(client: &mut Psql, request: &Request<'_>) -> Result<Upgrade, Refusal> {
    now(postgres::plan(client, request)).map_err(refusal)
}

/// The catalog of the database.
pub fn read(client: &mut Psql) -> String {
    now(postgres::read(client)).map_err(refusal).unwrap()
}

/// What the database says of itself.
pub fn state(client: &mut Psql) -> State {
    now(postgres::state(client)).map_err(refusal).unwrap()
}

fn refusal(error: Error<io::Error>) -> Refusal {
    match error {
        Error::Client(error) => panic!("psql could not be run: {error}"),
        Error::Refused(refusal) => *refusal,
    }
}

/// The scripts of one direction as an operation of its own.
pub fn scripts(direction: &Direction, operation: &str, verb: &str) -> Scripts {
    let entry = Entry { app: "", operation, verb, release: "20260101-000000-1.0", who: "tester@here", files: &[] };
    postgres::scripts(&[direction], &entry)
}

/// What removes for good what an operation has put away.
pub fn bury(operation: &str) -> String {
    postgres::bury(operation)
}

/// The name of a refusal, as pairs expect it.
pub fn name(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Wanted { .. } => "wanted",
        Refusal::Question(_) => "question",
        Refusal::Unmodelled(_) => "unmodelled",
        Refusal::Unproved(_) => "unproved",
        Refusal::Database(_) => "database",
    }
}
