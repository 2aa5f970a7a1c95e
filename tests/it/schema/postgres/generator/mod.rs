//! Random pairs of schemas with rows in the first: 1 to 8 edits apart, and gone through there and back.
//!
//! A seed makes a pair, always the same: `RELEASE_SEED=17` runs that one alone and shows it. `RELEASE_SCHEMA_PAIRS` says how many, and
//! `RELEASE_SCHEMA_FIRST` from which seed on.

mod column;
mod edit;
mod extras;
mod fill;
mod make;
mod text;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::server;
use super::trip::{End, Trip};
use crate::campaign::{Chance, caught, spread};
use crate::support::Postgres;
use column::Column;
use extras::{Function, Sequence, Trigger, View};

/// What we know of a schema: as much as is needed to write it down, and to change it.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    pub enums: Vec<(String, Vec<String>)>,
    /// Name, type below, which check, NOT NULL.
    pub domains: Vec<(String, &'static str, usize, bool)>,
    pub composites: Vec<(String, Vec<&'static str>)>,
    pub sequences: Vec<Sequence>,
    pub functions: Vec<Function>,
    pub tables: Vec<Table>,
    pub views: Vec<View>,
    /// Makes names that nobody had.
    pub last: usize,
}

#[derive(Debug, Clone, Default)]
pub struct Table {
    pub name: String,
    /// In `app`, not in `public`?
    pub app: bool,
    /// What it was called, for a note.
    pub was: Option<String>,
    pub columns: Vec<Column>,
    /// Is `id` its key, and is that deferrable?
    pub key: Option<bool>,
    pub unlogged: bool,
    pub fillfactor: Option<usize>,
    /// Parts of a hundred ids each, when it is partitioned.
    pub parts: Option<Vec<usize>>,
    /// Name, columns, and a number that says which kind it is.
    pub constraints: Vec<(String, Vec<String>, usize)>,
    pub indexes: Vec<(String, Vec<String>, usize)>,
    /// Name, column, table, and which kind.
    pub references: Vec<(String, String, String, usize)>,
    pub triggers: Vec<Trigger>,
    /// Role and privilege.
    pub grants: Vec<(&'static str, &'static str)>,
    /// Row security: forced or not.
    pub security: Option<bool>,
    pub policies: Vec<(String, usize)>,
    pub comment: Option<usize>,
}

impl Schema {
    /// A name that nobody had.
    pub fn fresh(&mut self, kind: &str) -> String {
        self.last += 1;
        format!("{kind}{}", self.last)
    }
}

/// A pair by its number: both texts and the rows.
fn pair(seed: usize, edits: usize) -> (String, String, String) {
    let chance = Chance::new(seed);
    let mut schema = make::schema(&chance);
    let (from, rows) = (text::of(&schema), fill::rows(&schema, &chance));
    let most = 1 + chance.below(8);
    for _ in 0..most.min(edits) {
        edit::one(&mut schema, &chance);
    }
    (from, rows, text::of(&schema))
}

/// What it ended with; `Err` is the least number of edits that goes wrong, and how.
fn travel(server: &Postgres, seed: usize) -> Result<End, String> {
    let go = |edits: usize| {
        let (from, rows, to) = pair(seed, edits);
        let trip = Trip { from: &from, rows: &rows, to: &to, after: None };
        caught(|| trip.run(server)).unwrap_or_else(Err).map_err(|why| {
            let edits = format!("seed {seed}, {edits} edits");
            format!("{edits}: {why}\n--- from\n{from}\n--- rows\n{rows}\n--- to\n{to}\n--- {edits}")
        })
    };
    go(8).map_err(|why| (1..8).find_map(|edits| go(edits).err()).unwrap_or(why))
}

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn random_pairs() {
    let server = server();
    if let Some(seed) = number("RELEASE_SEED") {
        let (from, rows, to) = pair(seed, 8);
        let end = travel(server, seed);
        return eprintln!(
            "--- from\n{from}\n--- rows\n{rows}\n--- to\n{to}\n--- end\n{end:?}\n{}",
            end.as_ref().err().unwrap_or(&String::new())
        );
    }
    let count = number("RELEASE_SCHEMA_PAIRS").unwrap_or(10);
    let first = number("RELEASE_SCHEMA_FIRST").unwrap_or(0);
    let done = AtomicUsize::new(0);
    let ends = spread(
        2,
        count,
        |_| (),
        |(), trial| {
            let end = travel(server, first + trial);
            // A long run is worth something also when it is cut short.
            let done = done.fetch_add(1, Relaxed) + 1;
            match &end {
                Err(why) => eprintln!("wrong: {why}"),
                Ok(_) if done.is_multiple_of(50) => eprintln!("{done} of {count} pairs"),
                Ok(_) => {}
            }
            end
        },
    );
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for end in ends.into_iter().map(|end| end.unwrap_or_else(Err)) {
        match end {
            Ok(end) => *met.entry(end.name()).or_default() += 1,
            Err(why) => wrong.push(why),
        }
    }
    eprintln!("of {count} pairs: {met:?}, wrong {}", wrong.len());
    assert!(wrong.is_empty(), "{} of {count} pairs:\n\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(met["there and back"] * 2 > count, "too few of {count}: {met:?}");
}

#[test]
fn a_seed_makes_the_same_pair() {
    assert_eq!(pair(5, 8), pair(5, 8));
    assert_ne!(pair(5, 8).0, pair(6, 8).0);
}
