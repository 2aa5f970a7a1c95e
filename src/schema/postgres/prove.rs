//! Trying both ways on the scratch copy, and what is learnt from it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::catalog::{Catalog, Fact, fingerprint};
use super::change::{Act, Changes};
use super::info;
use super::scratch::Scratch;
use super::script::{AGAIN, SETTINGS};
use super::{expression, fence};
use crate::schema::Direction;

/// What the scratch copy was after the way back, and after the way there again. Of facts that were not touched it has the hashes alone.
pub struct Tried {
    pub back: Catalog,
    pub forth: Catalog,
}

/// What happens, and by which statements.
pub type Way<'a> = (&'a Changes<'a>, &'a [String]);

/// Parts of a body that hold expressions: texts that the server writes its own way.
const TEXTS: [&str; 7] = ["def", "expr", "generated", "using", "check", "bound", "default"];

/// A hand-written step as part of a transaction: it begins with the settings of its session, and leaves none.
pub fn step(name: &str, sql: &str) -> String {
    format!("-- {}\nSET LOCAL search_path TO DEFAULT;\n{}\n;\n{AGAIN}", name.replace('\n', " "), sql.trim_end())
}

/// The script of a trial: both ways, each in a transaction of its own, as it will be.
pub fn script(scratch: &Scratch, prepare: &[String], backward: Way<'_>, forward: Way<'_>) -> String {
    let mut text = String::from("\\o /dev/null\n");
    let way = |name: &str, (changes, statements): Way<'_>| {
        let touched = changes.acts.iter().filter(|(_, act)| **act != Act::Keep).map(|(id, _)| *id);
        format!(
            "{}{SETTINGS}{}\nSET LOCAL search_path = '';\n{}\\o\n\\echo @{name}\n{}\\o /dev/null\n{}",
            scratch.begin(),
            statements.join("\n"),
            fence::CHECK,
            info::hashes_query(touched),
            scratch.commit()
        )
    };
    text += "SET client_min_messages = warning;\n";
    text += &prepare.join("\n");
    text += "\n";
    text += &way("back", backward);
    text += &way("forth", forward);
    text
}

/// Do two facts differ in the texts of expressions only?
pub fn text_only(one: &Fact, other: &Fact) -> bool {
    let (Some(a), Some(b)) = (one.body.as_object(), other.body.as_object()) else { return false };
    let same = |key: &String| a.get(key) == b.get(key);
    let texts = |key: &String| TEXTS.contains(&key.as_str()) && a.contains_key(key) && b.contains_key(key);
    a.keys().chain(b.keys()).all(|key| same(key) || texts(key))
}

/// Are they one fact whose expressions the server writes in two ways?
fn same_texts(one: &Fact, other: &Fact) -> bool {
    text_only(one, other) && TEXTS.iter().all(|key| expression::same(&one.body[*key], &other.body[*key]))
}

/// Facts that differ in the two catalogs and mean the same: made from the text of one, the server writes the text of the other.
pub fn equal(live: &Catalog, wanted: &Catalog, end: &Catalog, tried: &Tried, backward: &Changes<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (id, old) in &live.facts {
        let Some(new) = wanted.facts.get(id).filter(|new| new.hash != old.hash && text_only(old, new)) else {
            continue;
        };
        // What a rename writes anew is not compared: its text is another one then.
        let renamed = end.facts.get(id).is_none_or(|last| last.hash != new.hash);
        if renamed || *backward.act(id) == Act::Keep {
            continue;
        }
        let hash = |catalog: &Catalog| catalog.facts.get(id).map(|fact| fact.hash.clone());
        if hash(&tried.back).as_ref() == Some(&new.hash) || hash(&tried.forth).as_ref() == Some(&old.hash) {
            found.push(id.clone());
        }
    }
    found
}

/// What is not as it should be on the scratch copy after a way. A fact that the way did not touch may also be as it was in
/// one of `before`: trials that went before have made it anew from another text.
pub fn wrong(expected: &Catalog, before: &[&Catalog], found: &Catalog, changes: &Changes<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, fact) in &expected.facts {
        let touched = *changes.act(id) != Act::Keep;
        match found.facts.get(id) {
            None => wrong.push(format!("{id} is missing")),
            Some(other) if other.hash == fact.hash => {}
            Some(other) if touched && same_texts(fact, other) => {}
            Some(other) if !touched && was(before, id, &other.hash) => {}
            // Of what was not touched nobody asked more than the hash.
            Some(other) if other.body.is_null() => wrong.push(format!("{id} is another one, and not {}", fact.body)),
            Some(other) => wrong.push(format!("{id} is {} and not {}", other.body, fact.body)),
        }
    }
    let more = found.facts.keys().filter(|id| !expected.facts.contains_key(*id));
    wrong.extend(more.map(|id| format!("{id} is there")));
    wrong
}

fn was(before: &[&Catalog], id: &str, hash: &str) -> bool {
    before.iter().any(|catalog| catalog.facts.get(id).is_some_and(|fact| fact.hash == hash))
}

/// The hashes that a database must have after a way: untouched facts keep theirs, others have those that the trial saw.
pub fn expected(before: &Catalog, changes: &Changes<'_>, end: &Catalog, seen: &Catalog) -> BTreeMap<String, String> {
    let mut hashes = BTreeMap::new();
    for (id, fact) in &end.facts {
        let same_name = changes.to.facts.get(id).is_some_and(|other| other.hash == fact.hash);
        let untouched = *changes.act(id) == Act::Keep && same_name;
        let from = if untouched { before.facts.get(id) } else { seen.facts.get(id) };
        hashes.insert(id.clone(), from.unwrap_or(fact).hash.clone());
    }
    hashes
}

/// A way with its ends and its proof.
pub fn direction(
    from: &BTreeMap<String, String>,
    to: &BTreeMap<String, String>,
    statements: Vec<String>,
    objections: Vec<String>,
) -> Direction {
    let touched: BTreeMap<&String, &String> = to.iter().filter(|(id, hash)| from.get(*id) != Some(hash)).collect();
    let gone: BTreeMap<&String, Value> =
        from.keys().filter(|id| !to.contains_key(*id)).map(|id| (id, Value::from("-"))).collect();
    let mut touched = json!(touched);
    if let (Some(map), Value::Object(gone)) = (touched.as_object_mut(), json!(gone)) {
        map.extend(gone);
    }
    Direction {
        from: fingerprint(from),
        to: fingerprint(to),
        statements,
        objections,
        proof: json!({ "touched": touched }),
    }
}
