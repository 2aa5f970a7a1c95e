//! Pairs of schemas that were written by hand, in `pairs/`: a file is a group, and one test. Each is gone through in both directions.

use std::collections::BTreeMap;

use super::server;
use super::trip::{End, Trip};
use crate::support::Postgres;

/// `=== name`, then parts: `a`, `b`, their `rows` and `rows b` (else those of `a`, as far as they fit), `after` (a query), and what is
/// expected of a direction: `there refuses: NAME`, `there may refuse: NAME, ...`, `there hazards: ...`, `there is nothing`,
/// `there may be nothing`.
struct Pair<'a> {
    name: &'a str,
    parts: BTreeMap<&'a str, &'a str>,
}

impl<'a> Pair<'a> {
    fn all(text: &'a str) -> Vec<Self> {
        text.split("=== ").skip(1).map(Self::read).collect()
    }

    fn read(text: &'a str) -> Self {
        let mut sections = text.split("\n--- ");
        let part = |text: &'a str| {
            let (head, body) = text.split_once('\n').unwrap_or((text, ""));
            head.split_once(": ").map_or((head, body), |(name, value)| (name, value.trim()))
        };
        let name = sections.next().unwrap().trim();
        let known =
            ["a", "b", "rows", "rows b", "after", "refuses", "may refuse", "hazards", "is nothing", "may be nothing"];
        let parts: BTreeMap<_, _> = sections.map(part).collect();
        for head in parts.keys() {
            let bare = head.trim_start_matches("there ").trim_start_matches("back ");
            assert!(known.contains(&bare), "{name}: what is {head:?}?");
        }
        Self { name, parts }
    }

    fn part(&self, name: &str) -> Option<&'a str> {
        self.parts.get(name).copied()
    }

    fn words(&self, way: &str, what: &str) -> Vec<&'a str> {
        self.part(&format!("{way} {what}")).map(|text| text.split(", ").collect()).unwrap_or_default()
    }

    /// `there` is from a to b, `back` from b to a.
    fn check(&self, server: &Postgres, way: &str) -> Result<(), String> {
        let a = self.part("a").unwrap();
        let b = match self.part("b").unwrap().trim() {
            "dump of a" => &dump_of(server, a),
            text => text,
        };
        let own = self.part("rows").unwrap_or_default();
        let fitting = format!("\\set ON_ERROR_STOP off\n{own}");
        let rows_b = self.part("rows b").unwrap_or(&fitting);
        let trip = match way {
            "there" => Trip { from: a, rows: own, to: b, after: self.part("after") },
            _ => Trip { from: b, rows: rows_b, to: a, after: None },
        };
        self.judge(way, trip.run(server)?)
    }

    fn judge(&self, way: &str, end: End) -> Result<(), String> {
        let refuses = [self.words(way, "refuses"), self.words(way, "may refuse")].concat();
        match end {
            End::Refused(name, said) if !refuses.contains(&name) => Err(format!("refused: {said}")),
            End::Back(_) | End::Nothing if self.part(&format!("{way} refuses")).is_some() => {
                Err(format!("not refused, but {refuses:?} should have been said"))
            }
            End::Back(_) if self.part(&format!("{way} is nothing")).is_some() => {
                Err("there was something to do".into())
            }
            End::Nothing
                if !["is", "may be"].iter().any(|may| self.part(&format!("{way} {may} nothing")).is_some()) =>
            {
                Err("there was nothing to do".into())
            }
            End::Back(hazards) => {
                let told: Vec<&str> = hazards.iter().map(|hazard| hazard.as_str()).collect();
                let missing: Vec<_> =
                    self.words(way, "hazards").into_iter().filter(|hazard| !told.contains(hazard)).collect();
                if missing.is_empty() { Ok(()) } else { Err(format!("nothing said of {missing:?}, only of {told:?}")) }
            }
            End::Nothing | End::Refused(..) => Ok(()),
        }
    }
}

fn dump_of(server: &Postgres, text: &str) -> String {
    let db = format!("dump_of_{}", super::engine::operation());
    server.create(&db);
    server.psql(&db, text);
    let text = server.dump_text(&db);
    server.drop(&db);
    text
}

#[track_caller]
fn group(text: &str) {
    let server = server();
    let only = std::env::var("RELEASE_PAIR").unwrap_or_default();
    let mut wrong = Vec::new();
    let pairs = Pair::all(text);
    assert!(!pairs.is_empty());
    for pair in pairs.iter().filter(|pair| pair.name.contains(&only)) {
        for way in ["there", "back"] {
            // A broken promise in the middle of a trip is one of many: all are told at the end.
            let told = crate::campaign::caught(|| pair.check(server, way)).unwrap_or_else(Err);
            if let Err(why) = told {
                eprintln!("=== {} ({way})\n{why}\n", pair.name);
                wrong.push(format!("{} ({way})", pair.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} directions:\n{}", wrong.len(), 2 * pairs.len(), wrong.join("\n"));
}

macro_rules! groups {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            group(include_str!(concat!("pairs/", stringify!($name), ".sql")));
        }
    )*};
}

groups! { field tables columns constraints indexes sequences types routines views partitions access others fixpoint }

#[test]
fn there_are_sixty_at_least() {
    let count = |text: &str| Pair::all(text).len();
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/schema/postgres/pairs")).unwrap();
    let all: usize = files.map(|file| count(&std::fs::read_to_string(file.unwrap().path()).unwrap())).sum();
    assert!(all >= 60, "{all}");
}
