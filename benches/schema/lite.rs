//! The same for SQLite, by the program itself: `release schema diff`, its start and `sqlite3` included.

use std::time::Instant;

use super::super::median;
use super::{RUNS, SIZES};
use crate::support::World;

/// So many tables of eight columns with five indexes each; a tenth has a view, all have a foreign key.
fn text(tables: usize, newer: bool) -> String {
    let mut text = String::new();
    for n in 0..tables {
        let more = if newer && n % 50 == 7 { ", added INTEGER NOT NULL DEFAULT 3" } else { "" };
        let kind = if newer && n % 100 == 3 { "TEXT" } else { "INTEGER" };
        text += &format!(
            "CREATE TABLE t{n} (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b {kind} DEFAULT {n}, c TEXT DEFAULT CURRENT_TIMESTAMP, \
             d NUMERIC CHECK (d >= 0), e TEXT NOT NULL DEFAULT 'new' CHECK (e IN ('new', 'done')), f TEXT, \
             up INTEGER REFERENCES t{}(id){more});\n\
             CREATE INDEX t{n}_a ON t{n} (a);\nCREATE INDEX t{n}_b ON t{n} (b DESC, c);\n\
             CREATE INDEX t{n}_l ON t{n} (lower(a)) WHERE b > 0;\nCREATE INDEX t{n}_up ON t{n} (up);\n\
             CREATE UNIQUE INDEX t{n}_u ON t{n} (a, c, f);\n",
            n.saturating_sub(1),
        );
        if n % 10 == 0 {
            text +=
                &format!("CREATE VIEW v{n} AS SELECT id, a, e FROM t{n} WHERE d > {};\n", if newer { 1 } else { 0 });
        }
    }
    text
}

/// A difference of some changes, and one of none.
pub fn schema() {
    println!("SQLite                   some changes    no changes   growth   bare sqlite3 <schema.sql");
    let mut before: Option<f64> = None;
    for tables in SIZES {
        let world = World::new(&[]);
        world.write("old.sql", text(tables, false));
        world.write("new.sql", text(tables, true));
        let bare = median(RUNS, |n| {
            let began = Instant::now();
            let mut load = world.command("sqlite3");
            load.args(["-bail", &format!("{n}.db"), "BEGIN; ", ".read old.sql", "COMMIT;"]);
            crate::support::Run::of(load).ok();
            began.elapsed()
        });
        let diff = |to: &str, code: i32| {
            let run = || world.release(&["schema", "diff", "--from", "sqlite:0.db", "--to", to]).expect(code).took;
            median(RUNS, |_| run())
        };
        let (some, none) = (diff("new.sql", 3), diff("old.sql", 0));
        let growth = before.map_or(String::new(), |before| format!("{:.2}", some / before));
        let indexes = tables * 5;
        println!("{tables:>5} tables, {indexes:>5} indexes {some:>7.2} s {none:>11.2} s {growth:>8} {bare:>26.2} s");
        before = Some(some);
    }
}
