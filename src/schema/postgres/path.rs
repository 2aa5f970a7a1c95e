//! The statements of one way, in an order that dependencies allow.

use std::collections::{BTreeSet, HashMap};

use super::catalog::Fact;
use super::change::{Act, Changes};
use super::fold::parent_of;
use super::kind::Kind;
use super::make;
use super::order::order;
use super::slot::slots;
use super::{body, usual};

/// What a statement does to a fact; the order is the one that they like to come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    Drop,
    Alter,
    Make,
    /// Rows or values are put back.
    Fill,
    /// A type that was set aside goes.
    Retire,
}

/// Rows to be put back into a table that was made anew, or values into a column.
#[derive(Debug, Clone)]
pub struct Fill {
    /// What it fills: `table s.t`, or columns.
    pub ids: Vec<String>,
    /// The table that is written to, and so must not have its indexes and foreign keys yet.
    pub table: String,
    pub sql: Vec<String>,
}

type Key = (Verb, i32, String);

/// Nodes and edges on their way to statements.
struct Graph<'c, 'a> {
    changes: &'c Changes<'a>,
    keys: Vec<Key>,
    sql: Vec<Vec<String>>,
    at: HashMap<(Verb, String), usize>,
    edges: BTreeSet<(usize, usize)>,
}

/// The statements. A column whose values are put back is NOT NULL only then.
pub fn statements(changes: &Changes<'_>, fills: &[Fill]) -> Vec<String> {
    let mut graph = Graph { changes, keys: Vec::new(), sql: Vec::new(), at: HashMap::new(), edges: BTreeSet::new() };
    let late: BTreeSet<&str> = fills.iter().flat_map(|fill| &fill.ids).map(String::as_str).collect();
    graph.nodes(&late);
    for fill in fills {
        graph.add(Verb::Fill, &fill.ids[0], 0, fill.sql.clone());
    }
    graph.drop_edges();
    graph.make_edges();
    graph.slot_edges();
    graph.partition_edges();
    graph.fill_edges(fills);
    graph.body_edges(fills);
    let Graph { keys, mut sql, edges, .. } = graph;
    order(&keys, &edges).into_iter().flat_map(|at| std::mem::take(&mut sql[at])).collect()
}

impl<'a> Graph<'_, 'a> {
    fn add(&mut self, verb: Verb, id: &str, rank: i32, sql: Vec<String>) {
        self.at.insert((verb, id.to_owned()), self.keys.len());
        self.keys.push((verb, rank, id.to_owned()));
        self.sql.push(sql);
    }

    fn nodes(&mut self, late: &BTreeSet<&str>) {
        let changes = self.changes;
        for (id, act) in &changes.acts {
            if act.drops() {
                let fact = &changes.from.facts[*id];
                if changes.gone_with(fact).is_none() {
                    let sql = self.drop_sql(fact);
                    self.add(Verb::Drop, id, -(fact.kind as i32), sql);
                }
                if changes.aside.contains(id) {
                    let sql = make::unmake(&Fact { name: aside(fact), ..fact.clone() });
                    self.add(Verb::Retire, id, -(fact.kind as i32), sql);
                }
            }
            if act.makes() {
                let fact = &changes.to.facts[*id];
                if changes.made_with(fact).is_none() {
                    let mut sql = self.make_sql(fact, late);
                    sql.extend(usual::access(fact, changes));
                    self.add(Verb::Make, id, fact.kind as i32, sql);
                } else if let Some(sql) = usual::of_child(fact, changes) {
                    self.add(Verb::Alter, id, fact.kind as i32, sql);
                }
            }
            if let Act::Alter(sql) = act {
                self.add(Verb::Alter, id, changes.to.facts[*id].kind as i32, sql.clone());
            }
        }
    }

    fn drop_sql(&self, fact: &Fact) -> Vec<String> {
        if !self.changes.aside.contains(fact.id().as_str()) {
            return make::unmake(fact);
        }
        let kind = match fact.kind {
            Kind::Domain => "DOMAIN",
            Kind::Collation => "COLLATION",
            _ => "TYPE",
        };
        let other = aside(fact);
        let name = other.rsplit_once('.').map_or(other.as_str(), |(_, name)| name);
        vec![format!("ALTER {kind} {} RENAME TO {name};", fact.name)]
    }

    fn make_sql(&self, fact: &Fact, late: &BTreeSet<&str>) -> Vec<String> {
        let (changes, to) = (self.changes, self.changes.to);
        match fact.kind {
            Kind::Table => {
                let (first, end) = (format!("inherit {} ", fact.name), format!("inherit {}!", fact.name));
                let inherits = to.facts.range(first..end).next().is_some();
                make::table::table(fact, to, inherits, |default| changes.made_with(default).is_some())
            }
            Kind::Column => {
                let default = to.facts.get(&format!("default {}", fact.name));
                let default = default.filter(|default| changes.made_with(default).is_some());
                let mut fact = fact.clone();
                // Values that come back have to be there before NOT NULL is.
                if late.contains(fact.id().as_str()) {
                    fact.body["notnull"] = false.into();
                    if let Some(below) = super::keep::below_required(fact.get("type"), to) {
                        fact.body["type"] = below.into();
                    }
                }
                let bare = Fact { body: serde_json::json!({}), ..fact.clone() };
                let mut sql = vec![format!(
                    "ALTER TABLE {} ADD COLUMN {};",
                    fact.told("on"),
                    make::table::column(&fact, default)
                )];
                sql.extend(super::alter::column::settings(&bare, &fact));
                sql
            }
            _ => {
                let old = changes.from.facts.get(&fact.id()).unwrap_or(fact);
                make::make(fact, old.tells("populated"))
            }
        }
    }

    /// The node that does this to a fact, be it by doing it to another.
    fn node(&self, verb: Verb, id: &'a str) -> Option<usize> {
        let mut id = id;
        for _ in 0..8 {
            if let Some(at) = self.at.get(&(verb, id.to_owned())) {
                return Some(*at);
            }
            id = match verb {
                Verb::Drop if self.changes.drops(id) => self.changes.gone_with(self.changes.from.facts.get(id)?)?,
                Verb::Make if self.changes.makes(id) => self.changes.made_with(self.changes.to.facts.get(id)?)?,
                _ => return None,
            };
        }
        None
    }

    fn edge(&mut self, first: Option<usize>, then: Option<usize>) {
        if let (Some(first), Some(then)) = (first, then)
            && first != then
        {
            self.edges.insert((first, then));
        }
    }

    /// Whoever needs something goes before it goes or changes.
    fn drop_edges(&mut self) {
        let changes = self.changes;
        for (user, needs) in &changes.from.needs {
            let (gone, altered) = (self.node(Verb::Drop, user), self.node(Verb::Alter, user));
            for need in needs.iter().map(String::as_str) {
                let drop = self.node(Verb::Drop, need);
                self.edge(gone, drop);
                if !said_of_only(changes, user) {
                    self.edge(gone, self.node(Verb::Alter, need));
                }
                if changes.aside.contains(need) {
                    self.edge(altered, self.node(Verb::Retire, need));
                } else {
                    self.edge(altered, drop);
                }
            }
        }
        for id in changes.acts.keys() {
            self.edge(self.node(Verb::Drop, id), self.node(Verb::Make, id));
            self.edge(self.node(Verb::Drop, id), self.node(Verb::Retire, id));
        }
    }

    /// Whoever needs something comes or changes after it came or changed.
    fn make_edges(&mut self) {
        let changes = self.changes;
        for (user, needs) in &changes.to.needs {
            for need in needs.iter().map(String::as_str) {
                for first in [Verb::Make, Verb::Alter] {
                    for then in [Verb::Make, Verb::Alter] {
                        self.edge(self.node(first, need), self.node(then, user));
                    }
                }
                // Whoever still has the old type when it is set aside was cast to the new one.
                if changes.aside.contains(need) {
                    self.edge(self.node(Verb::Alter, user), self.node(Verb::Retire, need));
                }
            }
        }
    }

    /// A name is free before another takes it.
    fn slot_edges(&mut self) {
        let changes = self.changes;
        let mut freed: HashMap<String, Vec<usize>> = HashMap::new();
        for (id, act) in changes.acts.iter().filter(|(_, act)| act.drops() || matches!(act, Act::Alter(_))) {
            let verb = if act.drops() { Verb::Drop } else { Verb::Alter };
            let Some(node) = self.node(verb, id) else { continue };
            for slot in slots(&changes.from.facts[*id]) {
                freed.entry(slot).or_default().push(node);
            }
        }
        for (id, act) in changes.acts.iter().filter(|(_, act)| act.makes() || matches!(act, Act::Alter(_))) {
            let verb = if act.makes() { Verb::Make } else { Verb::Alter };
            let Some(node) = self.node(verb, id) else { continue };
            for slot in slots(&changes.to.facts[*id]) {
                for first in freed.get(&slot).into_iter().flatten() {
                    self.edge(Some(*first), Some(node));
                }
            }
        }
    }

    /// A partition's indexes and constraints stand before it is attached and before its parent's are made: the server finds
    /// them then, and makes none with names of its own.
    fn partition_edges(&mut self) {
        let changes = self.changes;
        for (id, fact) in &changes.to.facts {
            if !fact.tells("partition") || !matches!(fact.kind, Kind::Index | Kind::Constraint) {
                continue;
            }
            let made = self.node(Verb::Make, id);
            let attach = changes.to.facts.get_key_value(&format!("partition {}", fact.told("on")));
            if let Some((attach, _)) = attach {
                self.edge(made, self.node(Verb::Make, attach));
            }
            if let Some(parent) = parent_of(fact, changes.to) {
                self.edge(made, self.node(Verb::Make, parent));
            }
        }
        self.leave_edges();
        self.child_edges();
    }

    /// A child leaves its parent before anything of it goes by itself.
    fn leave_edges(&mut self) {
        let changes = self.changes;
        let mut left: HashMap<&str, Vec<usize>> = HashMap::new();
        for (id, fact) in &changes.from.facts {
            if matches!(fact.kind, Kind::Partition | Kind::Inherit)
                && let Some(node) = self.node(Verb::Drop, id)
            {
                left.entry(fact.told("on")).or_default().push(node);
            }
        }
        if left.is_empty() {
            return;
        }
        for (id, fact) in &changes.from.facts {
            if !matches!(fact.kind, Kind::Index | Kind::Constraint | Kind::Column) {
                continue;
            }
            for node in left.get(fact.told("on")).into_iter().flatten() {
                self.edge(Some(*node), self.node(Verb::Drop, id));
            }
        }
    }

    /// A child's column comes with its parent's, and is told what is its own then.
    fn child_edges(&mut self) {
        let changes = self.changes;
        for (id, fact) in changes.to.facts.iter().filter(|(_, fact)| fact.kind == Kind::Column) {
            if let Some(parent) = parent_of(fact, changes.to) {
                let (made, told) = (self.node(Verb::Make, parent), self.at.get(&(Verb::Alter, id.clone())).copied());
                self.edge(made, told);
                // Its default is made with it as well, and seemed to need what is told of it.
                if let (Some(made), Some(told)) = (made, told) {
                    self.edges.remove(&(told, made));
                }
            }
        }
    }

    fn fill_edges(&mut self, fills: &[Fill]) {
        let changes = self.changes;
        for fill in fills {
            let node = self.at.get(&(Verb::Fill, fill.ids[0].clone())).copied();
            let table = format!("table {}", fill.table);
            for (id, fact) in &changes.to.facts {
                let same = fact.told("on") == fill.table;
                let made = self.node(Verb::Make, id);
                let part = fact.kind == Kind::Partition && fact.told("parent") == table;
                if *id == table || fill.ids.contains(id) || part || (same && fact.kind == Kind::Column) {
                    self.edge(made, node);
                    self.edge(self.node(Verb::Alter, id), node);
                } else if matches!(fact.kind, Kind::Matview | Kind::View)
                    || (same && fact.kind.hangs_on() && fact.kind != Kind::Default)
                {
                    self.edge(node, made);
                }
            }
            for (id, fact) in &changes.from.facts {
                if fact.told("on") == fill.table && matches!(fact.kind, Kind::Trigger | Kind::Rule | Kind::Constraint) {
                    self.edge(self.node(Verb::Drop, id), node);
                }
            }
        }
    }
}

impl Graph<'_, '_> {
    /// Routines come behind what their bodies name, where one of them is evaluated on the way.
    fn body_edges(&mut self, fills: &[Fill]) {
        let pairs = body::named(self.changes, !fills.is_empty());
        if pairs.is_empty() {
            return;
        }
        let mut reach = body::Reach::of(&self.edges);
        for (first, then) in pairs {
            for first in [self.node(Verb::Make, first), self.node(Verb::Alter, first)].into_iter().flatten() {
                for then in [self.node(Verb::Make, then), self.node(Verb::Alter, then)].into_iter().flatten() {
                    if reach.add(first, then) {
                        self.edges.insert((first, then));
                    }
                }
            }
        }
    }
}

fn said_of_only(changes: &Changes<'_>, id: &str) -> bool {
    changes.from.facts.get(id).is_some_and(|fact| fact.kind.is_said_of())
}

/// The name of a type that is set aside.
fn aside(fact: &Fact) -> String {
    let schema = make::relation::schema_of(&fact.name);
    let mut digest = 0_u32;
    for byte in fact.name.bytes() {
        digest = digest.wrapping_mul(31).wrapping_add(u32::from(byte));
    }
    format!("{schema}._release_old_{digest:08x}")
}
