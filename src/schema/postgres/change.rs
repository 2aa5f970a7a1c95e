//! What has to happen to each fact: kept, made, dropped, altered in place, or dropped and made anew, because it can't be
//! altered or because something that it needs is.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::alter;
use super::catalog::{Catalog, Fact};
use super::kind::Kind;

/// What happens to a fact.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    Keep,
    Create,
    Drop,
    /// In place, by these statements; none: it follows from what happens to another.
    Alter(Vec<String>),
    /// Dropped and made anew.
    Replace,
}

impl Act {
    /// Is the old one dropped?
    pub fn drops(&self) -> bool {
        matches!(self, Self::Drop | Self::Replace)
    }

    /// Is the new one made?
    pub fn makes(&self) -> bool {
        matches!(self, Self::Create | Self::Replace)
    }
}

/// All that has to happen on the way from one catalog to another.
pub struct Changes<'a> {
    pub from: &'a Catalog,
    pub to: &'a Catalog,
    pub acts: BTreeMap<&'a str, Act>,
    /// Types and collations that have to be set aside under another name until no column has them any more.
    pub aside: BTreeSet<&'a str>,
    /// Columns whose values are cast, because their type is another one or is made anew.
    pub retyped: BTreeSet<&'a str>,
}

/// What is known beforehand about a way.
#[derive(Debug, Default, Clone)]
pub struct Known {
    /// Facts that differ in text only: the server writes both the same way when it reads them again.
    pub equal: BTreeSet<String>,
    /// Enums whose new values are used in the same transaction: these can't be altered in place.
    pub remake: BTreeSet<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Gone,
    Remade,
    Retyped,
}

impl<'a> Changes<'a> {
    /// Between two catalogs.
    pub fn between(from: &'a Catalog, to: &'a Catalog, known: &Known) -> Self {
        let mut acts = BTreeMap::new();
        for (id, old) in &from.facts {
            let act = to.facts.get(id).map_or(Act::Drop, |new| decide(old, new, from, to, known));
            acts.insert(id.as_str(), act);
        }
        for id in to.facts.keys() {
            acts.entry(id.as_str()).or_insert(Act::Create);
        }
        let mut changes = Self { from, to, acts, aside: BTreeSet::new(), retyped: BTreeSet::new() };
        changes.remake_heirs();
        changes.remake_families();
        changes.spread();
        changes
    }

    /// What happens to a fact.
    pub fn act(&self, id: &str) -> &Act {
        self.acts.get(id).unwrap_or(&Act::Keep)
    }

    pub fn drops(&self, id: &str) -> bool {
        self.act(id).drops()
    }

    pub fn makes(&self, id: &str) -> bool {
        self.act(id).makes()
    }

    /// A table that begins to inherit has to be made anew: its columns would count as its own for ever.
    fn remake_heirs(&mut self) {
        let (from, to) = (self.from, self.to);
        for (_, heir) in to.facts.range("inherit ".to_owned().."inherit!".to_owned()) {
            let table = format!("table {}", heir.told("on"));
            let Some((table, _)) = from.facts.get_key_value(&table) else { continue };
            if self.makes(&heir.id()) && to.facts.contains_key(table) {
                self.acts.insert(table, Act::Replace);
            }
        }
    }

    /// An index of a partition goes with that of the whole, and only with it: where one of the family can't stay, none can.
    fn remake_families(&mut self) {
        let (from, to) = (self.from, self.to);
        let members = |kind: Kind| {
            from.facts.iter().filter_map(move |(id, fact)| {
                let of_family = fact.kind == kind && fact.has("parent") && fact.get("type") != "f";
                let parent = of_family.then(|| format!("{} {}", kind.as_str(), fact.get("parent")))?;
                let (parent, _) = from.facts.get_key_value(&parent)?;
                Some((id.as_str(), parent.as_str(), fact.told("on")))
            })
        };
        let members: Vec<_> = members(Kind::Index).chain(members(Kind::Constraint)).collect();
        loop {
            let count = self.acts.values().filter(|act| act.drops()).count();
            for (child, parent, on) in &members {
                let leaves = self.drops(&format!("table {on}")) || self.drops(&format!("partition {on}"));
                for (one, other) in [(child, parent), (parent, child)] {
                    if self.drops(one) && !self.drops(other) && !leaves && to.facts.contains_key(*other) {
                        self.acts.insert(other, Act::Replace);
                    }
                }
            }
            if count == self.acts.values().filter(|act| act.drops()).count() {
                return;
            }
        }
    }

    /// Does it need a routine or a type that is not there yet, or is another one until then?
    pub fn leans_on_new(&self, id: &str) -> bool {
        let needs = self.to.needs.get(id).into_iter().flatten();
        needs
            .filter_map(|need| self.to.facts.get(need))
            .any(|fact| (fact.kind.is_routine() || fact.kind.is_type()) && *self.act(&fact.id()) != Act::Keep)
    }

    /// Are the rows of this partition carried over with all others of a table that is made anew?
    pub fn is_carried(&self, table: &Fact) -> bool {
        let partition = self.from.facts.get(&format!("partition {}", table.name));
        partition.is_some_and(|partition| {
            let parent = partition.told("parent");
            let both = |catalog: &Catalog| catalog.facts.get(parent).is_some_and(|fact| fact.has("key"));
            *self.act(parent) == Act::Replace && !(both(self.from) && both(self.to))
        })
    }

    /// Whatever needs something that goes, is made anew or changes its type can't stay as it is.
    fn spread(&mut self) {
        let users = self.from.users();
        let mut queue: VecDeque<(&'a str, Fate)> = VecDeque::new();
        for (id, act) in &self.acts {
            match act {
                Act::Drop => queue.push_back((id, Fate::Gone)),
                Act::Replace => queue.push_back((id, Fate::Remade)),
                Act::Alter(_) if self.changes_type(id) => queue.push_back((id, Fate::Retyped)),
                _ => {}
            }
        }
        self.retyped = queue.iter().filter(|(_, fate)| *fate == Fate::Retyped).map(|(id, _)| *id).collect();
        while let Some((id, fate)) = queue.pop_front() {
            for user in users.get(id).into_iter().flatten() {
                self.touch(id, fate, user, &users, &mut queue);
            }
        }
    }

    fn changes_type(&self, id: &str) -> bool {
        let (Some(old), Some(new)) = (self.from.facts.get(id), self.to.facts.get(id)) else { return false };
        old.kind == Kind::Column && (old.get("type") != new.get("type") || old.get("collation") != new.get("collation"))
    }

    fn touch(
        &mut self,
        id: &'a str,
        fate: Fate,
        user: &'a str,
        users: &HashMap<&str, Vec<&'a str>>,
        queue: &mut VecDeque<(&'a str, Fate)>,
    ) {
        let (what, who) = (&self.from.facts[id], &self.from.facts[user]);
        let kept = matches!(self.act(user), Act::Keep | Act::Alter(_));
        if !kept || (fate == Fate::Gone && matches!(self.act(user), Act::Alter(_)) && self.to.facts.contains_key(user))
        {
            return;
        }
        let typed = what.kind.is_type() || what.kind == Kind::Collation || what.kind == Kind::Extension;
        if typed && who.kind == Kind::Column && !who.has("generated") && !self.keyed(who) {
            if fate != Fate::Gone || !self.changes_type(user) {
                self.aside.insert(id);
                if self.retyped.insert(user) {
                    self.acts.insert(user, alter::column::alter(who, &self.to.facts[user], self.from, self.to, true));
                    queue.push_back((user, Fate::Retyped));
                }
            }
            return;
        }
        if fate == Fate::Retyped && !self.minds_type(who) {
            return;
        }
        // A column that is part of a partition key takes its table with it.
        if typed && who.kind == Kind::Column && !who.has("generated") {
            if let Some(table) = users.keys().find(|key| **key == format!("table {}", who.told("on"))) {
                let table = self.from.facts.get_key_value(*table).map_or("", |(key, _)| key.as_str());
                self.acts.insert(table, Act::Replace);
                queue.push_back((table, Fate::Remade));
            }
            return;
        }
        self.acts.insert(user, Act::Replace);
        queue.push_back((user, Fate::Remade));
    }

    /// Does it break when a column that it needs changes its type? Plain indexes and keys are rebuilt by the server.
    fn minds_type(&self, who: &Fact) -> bool {
        match who.kind {
            Kind::Constraint => !matches!(who.get("type"), "p" | "u"),
            Kind::Index => !who.tells("plain"),
            Kind::Column => who.has("generated"),
            Kind::Owned | Kind::Statistics | Kind::Comment | Kind::Grant | Kind::Owner | Kind::Table => false,
            _ => true,
        }
    }

    /// Is the column part of its table's partition key?
    fn keyed(&self, column: &Fact) -> bool {
        let table = self.from.facts.get(&format!("table {}", column.told("on")));
        table.is_some_and(|table| alter::column::in_key(column.told("name"), table.get("key")))
    }
}

fn decide(old: &Fact, new: &Fact, from: &Catalog, to: &Catalog, known: &Known) -> Act {
    if old.hash == new.hash || known.equal.contains(&new.id()) {
        Act::Keep
    } else if known.remake.contains(&new.id()) {
        Act::Replace
    } else {
        alter::alter(old, new, from, to)
    }
}
