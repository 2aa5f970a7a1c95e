//! What the bodies of routines name: the server notes nothing of it, but what evaluates a routine in the middle of a way needs it.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::catalog::Fact;
use super::change::Changes;
use super::kind::Kind;

/// Pairs of (id of what a body names, id of the routine), of what comes or changes; nothing where no routine that does is evaluated
/// on this way.
pub fn named<'a>(changes: &Changes<'a>, evaluated: bool) -> Vec<(&'a str, &'a str)> {
    let moves = |fact: &Fact| *changes.act(&fact.id()) != super::change::Act::Keep;
    let routines: Vec<(&str, &Fact)> = changes
        .to
        .facts
        .iter()
        .filter(|(_, fact)| fact.kind.is_routine() && fact.has("def") && moves(fact))
        .map(|(id, fact)| (id.as_str(), fact))
        .collect();
    if routines.is_empty() || !(evaluated || evaluates(changes)) {
        return Vec::new();
    }
    let mut by_name: HashMap<String, Vec<&str>> = HashMap::new();
    for (id, fact) in &changes.to.facts {
        let nameable = fact.kind.is_routine() || fact.kind.is_relation() || fact.kind == Kind::Column;
        if nameable && moves(fact) {
            by_name.entry(fact.told("name").trim_matches('"').to_lowercase()).or_default().push(id);
        }
    }
    let mut found = Vec::new();
    for (routine, fact) in routines {
        let body = fact.get("def").to_lowercase();
        let words: BTreeSet<&str> = body
            .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
            .filter(|word| !word.is_empty())
            .collect();
        let named = words.iter().filter_map(|word| by_name.get(*word)).flatten();
        found.extend(named.filter(|id| **id != routine).map(|id| (*id, routine)));
    }
    found
}

/// What the server did not find because a body names it without its schema: a plan runs with an empty `search_path`, as dumps do.
pub fn unqualified(what: &str, changes: &Changes<'_>) -> Option<String> {
    let function = what.strip_prefix("function ").and_then(|rest| rest.split_once('(')).map(|(name, _)| name);
    let relation = what.strip_prefix("relation \"").and_then(|rest| rest.split_once('"')).map(|(name, _)| name);
    let name = function.or(relation).filter(|name| !name.contains('.') && what.ends_with("does not exist"))?;
    let routine = changes.to.facts.values().find(|fact| {
        let mut words = fact.get("def").split(|c: char| !(c.is_alphanumeric() || c == '_'));
        fact.kind.is_routine() && fact.told("name") != name && words.any(|word| word.eq_ignore_ascii_case(name))
    })?;
    Some(format!(
        "{what}: the body of {} names it without its schema, and an upgrade runs with an empty search_path: write its schema there, \
         or give the function a search_path of its own (SET search_path = public)",
        routine.name
    ))
}

/// Does anything that comes or changes call a routine that does, over rows that are there?
fn evaluates(changes: &Changes<'_>) -> bool {
    let kinds = [Kind::Default, Kind::Column, Kind::Constraint, Kind::Index, Kind::Matview, Kind::DomainConstraint];
    let acting = changes
        .to
        .facts
        .iter()
        .filter(|(id, fact)| kinds.contains(&fact.kind) && *changes.act(id) != super::change::Act::Keep);
    let mut acting = acting.map(|(id, _)| id);
    acting.any(|id| changes.leans_on_new(id))
}

/// Which nodes lead to which: an edge that would close a ring is left out, since nothing says that it is needed.
pub struct Reach {
    after: HashMap<usize, Vec<usize>>,
}

impl Reach {
    pub fn of(edges: &BTreeSet<(usize, usize)>) -> Self {
        let mut after: HashMap<usize, Vec<usize>> = HashMap::new();
        for (first, then) in edges {
            after.entry(*first).or_default().push(*then);
        }
        Self { after }
    }

    /// Adds the edge, unless there is a way back.
    pub fn add(&mut self, first: usize, then: usize) -> bool {
        if first == then || self.leads(then, first) {
            return false;
        }
        self.after.entry(first).or_default().push(then);
        true
    }

    fn leads(&self, from: usize, to: usize) -> bool {
        let (mut open, mut seen) = (vec![from], HashSet::new());
        while let Some(at) = open.pop() {
            if at == to {
                return true;
            }
            if seen.insert(at) {
                open.extend(self.after.get(&at).into_iter().flatten());
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_edge_closes_a_ring() {
        let mut reach = Reach::of(&BTreeSet::from([(0, 1), (1, 2)]));
        assert!(!reach.add(2, 0) && !reach.add(1, 1));
        assert!(reach.add(0, 2) && reach.add(3, 0));
        assert!(!reach.add(2, 3));
    }
}
