//! What is read out of SQL files, and what is refused.

mod notes;
mod properties;
mod refused;
mod splitting;
mod steps;

use super::{Checked, Purpose, Statement, check, split};
use crate::schema::{Engine, Refusal};

const BOTH: [Engine; 2] = [Engine::Postgresql, Engine::Sqlite];

/// The statements without the white space around them; empty ones are left out.
fn statements(engine: Engine, text: &str) -> Vec<String> {
    let found = split(engine, text).unwrap();
    found.iter().filter(|one| !one.is_empty()).map(|one: &Statement<'_>| one.text.trim().to_owned()).collect()
}

#[track_caller]
fn step(engine: Engine, text: &str) -> Checked {
    check(engine, Purpose::Step, "x.sql", text).unwrap_or_else(|refusal| panic!("{refusal:?}: {text}"))
}

/// The line and the words of a refusal.
#[track_caller]
fn refused(engine: Engine, purpose: Purpose, text: &str) -> (usize, String) {
    match check(engine, purpose, "x.sql", text) {
        Err(Refusal::Wanted { file, line, what }) => {
            assert_eq!(file, "x.sql");
            assert!(!what.contains('\n'), "{what}");
            (line, what)
        }
        other => panic!("{text}: {other:?}"),
    }
}
