//! Pairs of schemas by chance, with rows: there and back, or named before.
//!
//! A pair follows from its seed alone: `RELEASE_SEED=N tests/run --test it schema::sqlite::random` plays one again and shows it.
//! `RELEASE_SCHEMA_PAIRS=2000` is the whole run.

use super::round::{End, round};
use crate::campaign::{Chance, Tally};

mod schema;

use schema::Schema;

/// In each run of the tests.
const SLICE: usize = 16;
/// They wait for programs more than they work.
const THREADS: usize = 4;

struct Pair {
    first: String,
    rows: String,
    wanted: Schema,
}

fn pair(seed: usize) -> Pair {
    let chance = Chance::new(seed.wrapping_mul(0x9E37_79B9).wrapping_add(7));
    let first = Schema::new(&chance);
    let rows = first.rows(&chance);
    // Mostly a release later, sometimes something else.
    let wanted = if chance.in_1000(850) { first.later(&chance) } else { Schema::new(&chance) };
    Pair { first: first.sql(), rows, wanted }
}

/// Where it is asked whether something is a rename, the answer is yes, written beside it. Also says how often it was asked.
fn answered(mut pair: Pair) -> Result<(End, usize), String> {
    let mut answers = 0;
    loop {
        match round(&pair.first, &pair.rows, &pair.wanted.sql())? {
            End::Asked(question) if pair.wanted.is_a_rename(&question) => answers += 1,
            ended => return Ok((ended, answers)),
        }
    }
}

fn one(seed: usize) -> Result<End, String> {
    let ended = crate::campaign::caught(|| answered(pair(seed))).and_then(|ended| ended);
    ended.map(|(ended, _)| ended).map_err(|what| format!("RELEASE_SEED={seed}: {what}"))
}

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|n| n.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn schemas_by_chance() {
    if let Some(seed) = number("RELEASE_SEED") {
        let pair = pair(seed);
        eprintln!("{}\n-- rows\n{}\n-- wanted\n{}", pair.first, pair.rows, pair.wanted.sql());
        eprintln!("{:?}", answered(pair).unwrap_or_else(|what| panic!("{what}")));
        return;
    }
    let whole = number("RELEASE_SCHEMA_PAIRS").unwrap_or(SLICE);
    let mut tally = Tally::new("schema: SQLite, pairs by chance");
    let ended: Vec<_> = std::thread::scope(|scope| {
        let play = |thread: usize| (thread..whole).step_by(THREADS).map(one).collect::<Vec<_>>();
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || play(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let count = |end: End| ended.iter().filter(|ended| ended.as_ref() == Ok(&end)).count();
    let (good, refused) = (count(End::Good), count(End::InTheWay));
    eprintln!("{whole} pairs: {good} there and back, {refused} refused by may-fail-on-data");
    for ended in ended {
        tally.trial(match ended {
            Ok(End::Asked(question)) => Err(format!("no answer helps: {question}")),
            ended => ended.map(drop),
        });
    }
    assert!(good * 2 > whole, "most pairs have a way: {good} of {whole}");
    tally.finish();
}

#[test]
fn a_rename_that_is_not_noted_is_asked_for_and_the_answer_leads_on() {
    let unnoted = (0..).filter_map(|seed| {
        let mut pair = pair(seed);
        pair.wanted.forget_renames().then_some(pair)
    });
    let ended: Vec<_> = unnoted.take(6).map(|pair| answered(pair).unwrap_or_else(|what| panic!("{what}"))).collect();
    assert!(ended.iter().all(|(ended, _)| matches!(ended, End::Good | End::InTheWay)), "{ended:?}");
    assert!(ended.iter().any(|(_, answers)| *answers > 0), "nobody was asked: {ended:?}");
}
