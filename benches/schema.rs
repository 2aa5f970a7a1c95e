//! What the plan of a schema upgrade costs, server time included, and how that grows with the schema.

use std::time::{Duration, Instant};

use release::schema::{Entry, Request, Upgrade, Wanted, postgres};

use super::median;
use crate::support::{Postgres, Psql};

#[path = "schema/lite.rs"]
mod lite;

const SIZES: [usize; 3] = [250, 500, 1000];
const RUNS: usize = 3;

/// So many tables of eight columns with five indexes each; a tenth has a view, all but the first a foreign key.
fn text(tables: usize, newer: bool) -> String {
    let mut text = "CREATE TYPE state AS ENUM ('new', 'done');\n".to_owned();
    for n in 0..tables {
        let more = if newer && n % 50 == 7 { ", added int DEFAULT 3 NOT NULL" } else { "" };
        text += &format!(
            "CREATE TABLE t{n} (id bigint PRIMARY KEY, a text NOT NULL, b int DEFAULT {n}, c timestamptz DEFAULT now(), \
             d numeric(10,2) CHECK (d >= 0), e state DEFAULT 'new', f jsonb, up bigint REFERENCES t{}{more});\n\
             CREATE INDEX t{n}_a ON t{n} (a);\nCREATE INDEX t{n}_b ON t{n} (b DESC, c);\n\
             CREATE INDEX t{n}_l ON t{n} (lower(a)) WHERE b > 0;\nCREATE INDEX t{n}_up ON t{n} (up);\n",
            n.saturating_sub(1),
        );
        if n % 10 == 0 {
            text +=
                &format!("CREATE VIEW v{n} AS SELECT id, a, e FROM t{n} WHERE d > {};\n", if newer { 1 } else { 0 });
        }
    }
    text
}

fn plan(client: &mut Psql, text: &str, operation: &str) -> Upgrade {
    let wanted = Wanted::Text { file: "schema.sql", text };
    let request = Request { wanted, before: &[], after: &[], operation };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let planned = runtime.block_on(postgres::plan(client, &request));
    planned.unwrap_or_else(|e| panic!("{e:?}"))
}

/// Makes the upgrade, so that the ledger knows what the schema came from.
fn apply(server: &Postgres, db: &str, upgrade: &Upgrade) {
    let operation = upgrade.operation.as_str();
    let entry = Entry { operation, verb: "deploy", ..Entry::default() };
    server.psql(db, &postgres::scripts(&[&upgrade.forward], &entry).run);
}

/// A plan of some changes, one of none, and one of a text that the ledger knows; beside what `psql` takes to load the text and no more.
pub fn schema() {
    lite::schema();
    let server = Postgres::start();
    println!("schema                   some changes   statements    no changes   known   psql alone   growth");
    let mut before: Option<f64> = None;
    for tables in SIZES {
        let db = format!("of_{tables}");
        server.create(&db);
        let (old, new) = (text(tables, false), text(tables, true));
        let began = Instant::now();
        server.psql(&db, &format!("BEGIN;\n{old}COMMIT;\n"));
        let alone = began.elapsed().as_secs_f64();
        server.psql(&db, "ANALYZE");
        let mut statements = 0;
        let mut timed = |text: &str, name: &str| {
            median(RUNS, |n| {
                let mut client = server.client(&db);
                let began = Instant::now();
                let upgrade = plan(&mut client, text, &format!("{name}-{tables}-{n}"));
                let took: Duration = began.elapsed();
                statements = statements.max(upgrade.forward.statements.len());
                took
            })
        };
        let (some, none) = (timed(&new, "some"), timed(&old, "none"));
        apply(&server, &db, &plan(&mut server.client(&db), &new, "go"));
        let known = timed(&new, "known");
        let growth = before.map_or(String::new(), |before| format!("{:.2}", some / before));
        let indexes = tables * 5;
        println!(
            "{tables:>5} tables, {indexes:>5} indexes {some:>7.2} s {statements:>12} {none:>11.2} s {known:>5.2} s {alone:>10.2} s {growth:>8}"
        );
        before = Some(some);
    }
}
