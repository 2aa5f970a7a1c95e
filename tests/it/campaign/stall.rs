//! Readers beside a schema upgrade that waits for a backup: nobody waits for longer than the upgrade does.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::{Tally, caught, trials};
use crate::schema::postgres::engine;
use crate::support::{Owned, Postgres, eventually, postgres_program};

/// What every script sets.
const LOCK_TIMEOUT: Duration = Duration::from_millis(500);
/// What a SELECT may take besides.
const BESIDES: Duration = Duration::from_millis(300);
const TRIES: usize = 3;

/// A `pg_dump` whose output nobody takes: it holds its locks until it is killed.
fn stuck_dump(server: &Postgres) -> Owned {
    let mut dump = Command::new(postgres_program("pg_dump"));
    dump.arg(server.url("app")).stdout(Stdio::piped());
    let dump = Owned(dump.spawn().unwrap());
    let holds = "SELECT count(*) > 0 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE application_name = 'pg_dump' AND relation = 'post'::regclass AND granted AND query LIKE 'COPY%'";
    eventually("pg_dump holds its locks", || server.psql("app", holds) == "t");
    dump
}

/// The longest that one SELECT of this table took.
fn longest(server: &Postgres, table: &str, over: &AtomicBool) -> Duration {
    let mut session = server.client("app").session();
    let mut most = Duration::ZERO;
    while !over.load(Relaxed) {
        let began = Instant::now();
        session.ask(&format!("SELECT body FROM {table} WHERE id = 7;"));
        most = most.max(began.elapsed());
    }
    most
}

fn trial() -> Duration {
    let server = Postgres::start();
    server.create("app");
    server.psql(
        "app",
        "CREATE TABLE post (id int PRIMARY KEY, body text); CREATE TABLE other (id int PRIMARY KEY, body text);
        INSERT INTO post SELECT n, repeat('x', 1000) FROM generate_series(1, 3000) n; INSERT INTO other SELECT 7, 'x'",
    );
    let wanted = "CREATE TABLE post (id int PRIMARY KEY, body text, level int DEFAULT 1 NOT NULL); CREATE TABLE other (id int PRIMARY KEY, body text);";
    let operation = engine::operation();
    let upgrade = engine::plan(&mut server.client("app"), wanted, &operation).unwrap();
    let scripts = engine::scripts(&upgrade.forward, &operation, "deploy");
    let over = AtomicBool::new(false);
    let (stalled, busy) = std::thread::scope(|scope| {
        let readers = ["post", "other"].map(|table| scope.spawn(|| longest(&server, table, &over)));
        let dump = stuck_dump(&server);
        for _ in 0..TRIES {
            let out = server.client("app").script(&scripts.run);
            assert!(!out.ok() && out.stderr.contains("55P03"), "{out:?}");
            assert_eq!(server.client("app").script(&scripts.ask).stdout.trim(), "absent");
        }
        drop(dump);
        let through = || server.client("app").script(&scripts.run).ok();
        eventually("the upgrade runs when the backup is over", through);
        over.store(true, Relaxed);
        let [stalled, busy] = readers.map(|reader| reader.join().unwrap());
        (stalled, busy)
    });
    // The other reader has nothing to wait for but this machine.
    let most = LOCK_TIMEOUT + BESIDES + busy;
    assert!(stalled <= most, "a SELECT took {stalled:?}, more than {most:?}, of which {busy:?} are the machine's");
    assert!(stalled >= LOCK_TIMEOUT / 2, "nobody waited ({stalled:?}): the trial means nothing");
    stalled
}

#[test]
fn readers_wait_no_longer_than_the_upgrade() {
    let mut tally = Tally::new("database: a SELECT beside an upgrade under pg_dump");
    let mut longest = Duration::ZERO;
    for _ in 0..trials(1, 50) {
        tally.trial(caught(trial).map(|stalled| longest = longest.max(stalled)));
    }
    eprintln!("longest SELECT: {longest:?}");
    tally.finish();
}
