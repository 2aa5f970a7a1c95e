//! A catalog: the facts of one schema and what depends on what, read from the lines that the catalog query printed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::kind::Kind;

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// What kind of object.
    pub kind: Kind,
    /// Quoted and qualified, as SQL takes it.
    pub name: String,
    /// The server's md5 over kind, name and body.
    pub hash: String,
    /// What it is.
    pub body: Value,
    /// What is told beside it and is no difference.
    pub x: Value,
}

impl Fact {
    /// `table blog.post`
    pub fn id(&self) -> String {
        format!("{} {}", self.kind.as_str(), self.name)
    }

    /// A text of the body, or "".
    pub fn get(&self, key: &str) -> &str {
        self.body[key].as_str().unwrap_or_default()
    }

    /// Is it set in the body?
    pub fn is(&self, key: &str) -> bool {
        self.body[key].as_bool().unwrap_or_default()
    }

    /// Is it there in the body?
    pub fn has(&self, key: &str) -> bool {
        !self.body[key].is_null()
    }

    /// A text told beside it, or "".
    pub fn told(&self, key: &str) -> &str {
        self.x[key].as_str().unwrap_or_default()
    }

    /// A flag told beside it.
    pub fn tells(&self, key: &str) -> bool {
        self.x[key].as_bool().unwrap_or_default()
    }
}

/// The texts of a JSON list.
pub fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The facts of a schema.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// By id.
    pub facts: BTreeMap<String, Fact>,
    /// For each fact, what it needs.
    pub needs: BTreeMap<String, BTreeSet<String>>,
}

type Place = (String, String, i64);

fn place(list: &[Value]) -> Option<Place> {
    Some((list.first()?.as_str()?.into(), list.get(1)?.as_str()?.into(), list.get(2)?.as_i64()?))
}

/// Finds the fact that a place in the catalog means.
struct Places {
    facts: HashMap<Place, String>,
    aliases: HashMap<Place, Place>,
}

impl Places {
    fn find(&self, place: &Place) -> Option<&String> {
        let mut place = place.clone();
        // An array of a row type stands for the type, which stands for the table: three steps are the longest way.
        for _ in 0..4 {
            let whole = (place.0.clone(), place.1.clone(), 0);
            if let Some(id) = self.facts.get(&place).or_else(|| self.facts.get(&whole)) {
                return Some(id);
            }
            place = self.aliases.get(&place).or_else(|| self.aliases.get(&whole))?.clone();
        }
        None
    }
}

impl Catalog {
    /// From the lines of the catalog query; `None`: they are not what it prints.
    pub fn parse<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut catalog = Self::default();
        let mut places = Places { facts: HashMap::new(), aliases: HashMap::new() };
        let mut depends = Vec::new();
        for line in lines {
            let (sign, json) = line.split_at_checked(2)?;
            let list: Vec<Value> = serde_json::from_str(json).ok()?;
            match sign {
                "F " => catalog.take(list, &mut places)?,
                "A " => drop(places.aliases.insert(place(&list)?, place(list.get(3..)?)?)),
                "D " => depends.push((place(&list)?, place(list.get(3..)?)?)),
                "M " => {
                    let [Value::String(class), Value::String(obj), Value::String(mclass), Value::String(member)] =
                        &list[..]
                    else {
                        return None;
                    };
                    places.aliases.insert((mclass.clone(), member.clone(), 0), (class.clone(), obj.clone(), 0));
                }
                _ => return None,
            }
        }
        for (from, to) in depends {
            if let (Some(from), Some(to)) = (places.find(&from), places.find(&to)) {
                catalog.need(from, to);
            }
        }
        catalog.stand();
        Some(catalog)
    }

    fn take(&mut self, list: Vec<Value>, places: &mut Places) -> Option<()> {
        let at = place(list.get(2..)?)?;
        let mut list = list.into_iter();
        let kind = Kind::of(list.next()?.as_str()?);
        let name = list.next()?.as_str()?.to_owned();
        let hash = list.nth(3)?.as_str()?.to_owned();
        let fact = Fact { kind, name, hash, body: list.next()?, x: list.next()? };
        let id = fact.id();
        if !matches!(kind, Kind::Comment | Kind::Grant | Kind::Owner | Kind::Owned | Kind::Setting) {
            places.facts.insert(at, id.clone());
        }
        self.facts.insert(id, fact);
        Some(())
    }

    fn need(&mut self, from: &str, to: &str) {
        let (Some(one), Some(other)) = (self.facts.get(from), self.facts.get(to)) else { return };
        // Parents are told by `partition` and `inherit`, the owner of a sequence by `owned`: the tables and the sequence can be
        // made without.
        let apart =
            matches!((one.kind, other.kind), (Kind::Table, Kind::Table) | (Kind::Sequence, Kind::Column | Kind::Table));
        // A column needs its table; that its partition key names the column is no need of the other way.
        let inward = one.kind == Kind::Table && other.kind == Kind::Column;
        if from != to && !apart && !inward {
            self.needs.entry(from.to_owned()).or_default().insert(to.to_owned());
        }
    }

    /// What is told beside the facts about where they stand becomes dependencies, too.
    fn stand(&mut self) {
        let mut found = Vec::new();
        for (id, fact) in &self.facts {
            for key in ["of", "parent", "references", "domain", "sequence", "column"] {
                found.extend(fact.x[key].as_str().map(|to| (id.clone(), to.to_owned())));
            }
            if let Some(on) = self.relation(fact.told("on")) {
                found.push((id.clone(), on.id()));
            }
            for name in texts(&fact.x["columns"]) {
                found.push((id.clone(), format!("column {}.{name}", fact.told("on"))));
            }
        }
        for (from, to) in found {
            self.need(&from, &to);
        }
    }

    /// The table, view or materialised view of this name.
    pub fn relation(&self, name: &str) -> Option<&Fact> {
        ["table", "view", "matview"].iter().find_map(|kind| self.facts.get(&format!("{kind} {name}")))
    }

    /// Whoever needs a fact, for each fact.
    pub fn users(&self) -> HashMap<&str, Vec<&str>> {
        let mut users: HashMap<&str, Vec<&str>> = HashMap::new();
        for (from, needs) in &self.needs {
            for to in needs {
                users.entry(to).or_default().push(from);
            }
        }
        users
    }

    /// (id, hash) of all.
    pub fn hashes(&self) -> BTreeMap<String, String> {
        self.facts.iter().map(|(id, fact)| (id.clone(), fact.hash.clone())).collect()
    }

    /// As `read` gives it away.
    pub fn to_json(&self) -> Value {
        let facts = self.facts.values().map(|f| {
            let needs = self.needs.get(&f.id()).cloned().unwrap_or_default();
            json!({"kind": f.kind.as_str(), "name": f.name, "hash": f.hash, "body": f.body, "x": f.x, "needs": needs})
        });
        json!({"engine": "postgresql", "facts": facts.collect::<Vec<_>>()})
    }

    /// What `to_json` gave.
    pub fn from_json(json: &Value) -> Option<Self> {
        let mut catalog = Self::default();
        for fact in json["facts"].as_array()? {
            let text = |key: &str| Some(fact[key].as_str()?.to_owned());
            let (kind, name, hash) = (Kind::of(&text("kind")?), text("name")?, text("hash")?);
            let made = Fact { kind, name, hash, body: fact["body"].clone(), x: fact["x"].clone() };
            let needs = texts(&fact["needs"]).into_iter().map(str::to_owned).collect();
            catalog.needs.insert(made.id(), needs);
            catalog.facts.insert(made.id(), made);
        }
        Some(catalog)
    }
}

/// The fingerprint of a set of facts, as the server computes it from the same.
pub fn fingerprint(hashes: &BTreeMap<String, String>) -> String {
    let lines: Vec<String> = hashes.iter().map(|(id, hash)| format!("{id} {hash}")).collect();
    let digest = Sha256::digest(lines.join("\n").as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
