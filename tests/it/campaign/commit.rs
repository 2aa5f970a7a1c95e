//! Servers and clients that die around the COMMIT of a schema upgrade: afterwards the ledger and the schema say the same, and so does
//! whoever is asked.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use release::schema::Upgrade;

use super::spread::spread;
use super::{Chance, Tally, trials};
use crate::schema::postgres::engine;
use crate::support::{Background, Postgres, eventually, signal, wait_until};

const BOUND: Duration = Duration::from_secs(60);

const BEFORE: &str = "CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE post (id int PRIMARY KEY, body text, old text, state state DEFAULT 'new');
CREATE TABLE gone (id int PRIMARY KEY, note text);";
const AFTER: &str = "CREATE TYPE state AS ENUM ('new', 'seen', 'done');
CREATE TABLE post (id int PRIMARY KEY, body text NOT NULL, level int DEFAULT 3, state state DEFAULT 'seen');
CREATE TABLE tag (post int REFERENCES post, tag text);
CREATE INDEX post_body ON post (lower(body));";
const ROWS: &str = "INSERT INTO post SELECT n, 'body ' || n, 'old ' || n FROM generate_series(1, 200) n;
INSERT INTO gone SELECT n, 'note ' || n FROM generate_series(1, 50) n;";

/// Who dies, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    /// The server with every session, a moment after COMMIT was sent.
    Server,
    /// One session by its own: the server ends all others and recovers.
    Session,
    /// `psql`, a moment after it was given COMMIT.
    Client,
    /// The server, anywhere in the script.
    ServerSomewhere,
    /// `psql`, anywhere in the script.
    ClientSomewhere,
}

const DEATHS: [Death; 6] =
    [Death::Server, Death::Client, Death::Session, Death::Server, Death::ServerSomewhere, Death::ClientSomewhere];

/// A server with one database, that goes from BEFORE to AFTER and back, again and again.
struct Place {
    server: Postgres,
    upgrade: Upgrade,
}

impl Place {
    fn new(_: usize) -> Self {
        let server = Postgres::start();
        server.create("app");
        server.psql("app", BEFORE);
        server.psql("app", ROWS);
        let upgrade = engine::plan(&mut server.client("app"), AFTER, &engine::operation()).unwrap();
        Self { server, upgrade }
    }

    /// Asks until it is answered: one session that was killed takes the server down only when the server has noticed, which may be after
    /// the next question.
    fn sql(&self, sql: &str) -> String {
        self.ask(&format!("{sql};\n"))
    }

    /// Has the schema been upgraded, and does all of it say so?
    fn is_upgraded(&self, about: &str) -> bool {
        let sql =
            "SELECT to_regclass('tag') IS NOT NULL, to_regclass('gone') IS NULL, to_regclass('post_body') IS NOT NULL,
            EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'post'::regclass AND attname = 'level'),
            EXISTS (SELECT FROM pg_enum WHERE enumlabel = 'seen')";
        let said = self.sql(sql);
        assert!(said == "t|t|t|t|t" || said == "f|f|f|f|f", "{about}: half of it: {said}");
        said.starts_with('t')
    }

    /// Was it there afterwards?
    fn trial(&mut self, seed: usize) -> bool {
        let chance = Chance::new(seed);
        let death = DEATHS[seed % DEATHS.len()];
        let was = self.is_upgraded("before");
        let operation = format!("kill-{seed}");
        let direction = if was { self.upgrade.backward.as_ref().unwrap() } else { &self.upgrade.forward };
        let scripts = engine::scripts(direction, &operation, if was { "rollback" } else { "deploy" });
        let about = format!("seed {seed}, {death:?}, upgraded {was}");
        let ended_well = self.strike(&scripts.run, death, &chance);
        let said = self.ask(&scripts.ask);
        let is = self.is_upgraded(&about);
        let changed = if is == was { "absent" } else { "present" };
        assert_eq!(said, changed, "{about}: asked");
        assert!(!ended_well || changed == "present", "{about}: acknowledged, but not there");
        let row = format!("SELECT count(*) FROM _release.ledger WHERE operation = '{operation}'");
        let row = format!(
            "SELECT to_regclass('_release.ledger') IS NOT NULL AS there \\gset\n\\if :there\n{row};\n\\endif\n"
        );
        let rows = self.ask(&row);
        assert_eq!(rows == "1", changed == "present", "{about}: ledger and schema are split: {rows:?}");
        // Nobody who is still at it may prove the answer wrong later.
        let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'app' AND pid <> pg_backend_pid()";
        eventually("no other session", || self.sql(others) == "0");
        assert_eq!(self.is_upgraded(&about), is, "{about}: it changed after it was asked");
        self.all_rows(is, &about);
        is != was
    }

    /// Runs the script and kills; did `psql` say that all went well?
    fn strike(&mut self, script: &str, death: Death, chance: &Chance) -> bool {
        let client = match death {
            Death::ServerSomewhere | Death::ClientSomewhere => {
                let client = self.server.client("app").start(script);
                std::thread::sleep(Duration::from_millis(chance.below(400) as u64)); // anywhere in it
                signal("KILL", &self.victims(death, &client));
                client
            }
            _ => self.at_commit(script, death, chance),
        };
        let code = client.finish(BOUND).code;
        if matches!(death, Death::Server | Death::ServerSomewhere) {
            self.server.kill(); // whoever was born meanwhile
            self.server.again();
        }
        code == 0
    }

    /// A `psql` that has done everything but COMMIT is given that, and at the same time somebody is killed. To kill is a program that has to be
    /// started: it is measured how long that takes here and now, so that it comes before COMMIT as often as after.
    fn at_commit(&self, script: &str, death: Death, chance: &Chance) -> Background {
        let body = script.strip_suffix("COMMIT;\n").expect("COMMIT is the last statement");
        let mut client = self.server.client("app").start_with(Stdio::piped());
        let mut stdin = client.stdin();
        stdin.write_all(body.as_bytes()).unwrap();
        stdin.write_all(b"\\o\n\\echo ready\n").unwrap();
        client.await_text("ready");
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'app' AND state = 'idle in transaction'";
        eventually("all but COMMIT is done", || self.server.psql("postgres", waits) == "1");
        let victims = self.victims(death, &client);
        let began = Instant::now();
        signal("0", &victims);
        let takes = began.elapsed().as_micros() as usize;
        let wait = Duration::from_micros(chance.below(takes) as u64);
        std::thread::scope(|scope| {
            scope.spawn(|| signal("KILL", &victims));
            std::thread::sleep(wait);
            let _ = stdin.write_all(b"COMMIT;\n"); // it may be dead
        });
        drop(stdin);
        client
    }

    fn victims(&self, death: Death, client: &Background) -> Vec<u32> {
        match death {
            Death::Client | Death::ClientSomewhere => vec![client.pid()],
            Death::Session => self.sessions(),
            Death::Server | Death::ServerSomewhere => self.server.processes(),
        }
    }

    fn sessions(&self) -> Vec<u32> {
        let pids = self.server.psql("postgres", "SELECT pid FROM pg_stat_activity WHERE datname = 'app'");
        pids.lines().map(|pid| pid.parse().unwrap()).collect()
    }

    /// As a host does: again and again while the server recovers.
    fn ask(&self, script: &str) -> String {
        let mut out = None;
        let answered = wait_until(BOUND, || {
            let said = self.server.client("app").script(script);
            let ok = said.ok();
            out = Some(said);
            ok
        });
        let out = out.unwrap();
        assert!(answered, "nobody answers: {out:?}");
        out.stdout.trim().to_owned()
    }

    fn all_rows(&self, upgraded: bool, about: &str) {
        let of_post = self.sql("SELECT count(*), count(body) FROM post");
        assert_eq!(of_post, "200|200", "{about}");
        if !upgraded {
            let old = self.sql(
                "SELECT count(*) FROM post JOIN gone USING (id) WHERE old = 'old ' || id AND note = 'note ' || id",
            );
            assert_eq!(old, "50", "{about}: rows are lost");
        }
    }
}

#[test]
fn killed_around_commit() {
    let mut tally = Tally::new("database: server, session or psql killed around COMMIT");
    let results = spread(2, trials(6, 500), Place::new, |place, seed| place.trial(seed));
    let there = results.iter().filter(|outcome| matches!(outcome, Ok(true))).count();
    eprintln!("{there} of {} were committed", results.len());
    let one_sided = results.len() >= 100 && (there < results.len() / 20 || there > results.len() * 19 / 20);
    assert!(!one_sided, "only {there} of {} were committed: the kills are not around COMMIT", results.len());
    results.into_iter().for_each(|outcome| tally.trial(outcome.map(drop)));
    tally.finish();
}
