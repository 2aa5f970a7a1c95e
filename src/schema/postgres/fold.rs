//! What needs no statement of its own, because it goes or comes with another.

use super::alter::column::{parent, parents};
use super::catalog::{Catalog, Fact};
use super::change::Changes;
use super::kind::Kind;

impl<'a> Changes<'a> {
    /// The fact whose drop takes this one with it.
    pub fn gone_with(&self, fact: &'a Fact) -> Option<&'a str> {
        let from = self.from;
        match fact.kind {
            Kind::Constraint if self.leaves_another(fact) => None,
            Kind::Comment | Kind::Grant | Kind::Owner | Kind::Default | Kind::Setting => {
                let of = from.facts.get_key_value(fact.told("of")).map(|(id, _)| id.as_str());
                of.filter(|id| self.drops(id) && !self.aside.contains(id)).or_else(|| self.relation_gone(fact))
            }
            Kind::Partition if self.keeps_partition(fact) => None,
            Kind::Partition | Kind::Inherit => self.relation_gone(fact),
            Kind::Owned => {
                let sequence = from.facts.get_key_value(fact.told("sequence")).map(|(id, _)| id.as_str());
                sequence.filter(|id| self.drops(id))
            }
            Kind::Sequence => self.column_of_sequence(fact),
            Kind::DomainConstraint => {
                let domain = from.facts.get_key_value(fact.told("domain")).map(|(id, _)| id.as_str());
                domain.filter(|id| self.drops(id))
            }
            // One that refers to a partition stands on the whole, but goes with the one that it comes from.
            Kind::Constraint if fact.get("type") == "f" && fact.has("parent") => {
                let whole = self.parent_gone(fact).or_else(|| self.relation_gone(fact));
                whole.or_else(|| self.referenced_part(fact, from).filter(|id| self.drops(id)))
            }
            Kind::Column | Kind::Constraint | Kind::Index => {
                self.relation_gone(fact).or_else(|| self.parent_gone(fact))
            }
            kind if kind.hangs_on() => self.relation_gone(fact),
            _ => None,
        }
    }

    /// A foreign key that keeps another table from being dropped goes first. One to its own table keeps that table's partitions.
    fn leaves_another(&self, fact: &Fact) -> bool {
        let to = fact.told("references");
        let own = to == format!("table {}", fact.told("on"));
        let parts = self.from.facts.get(to).is_some_and(|table| table.has("key"));
        !to.is_empty() && (!own || parts) && !fact.has("parent")
    }

    /// The fact that a foreign key's target is a partition, if it is one: each has a key of its own below the one to the whole.
    fn referenced_part(&self, fact: &Fact, catalog: &'a Catalog) -> Option<&'a str> {
        let table = fact.told("references").strip_prefix("table ")?;
        catalog.facts.get_key_value(&format!("partition {table}")).map(|(id, _)| id.as_str())
    }

    /// Does a foreign key to the whole, which stays, keep a partition from being dropped before it has left?
    fn keeps_partition(&self, partition: &Fact) -> bool {
        let table = format!("table {}", partition.told("on"));
        let keys = self.from.facts.range("constraint ".to_owned().."constraint!".to_owned());
        let mut keys = keys.filter(|(_, key)| key.has("parent") && key.told("references") == table);
        keys.any(|(_, key)| self.parent_gone(key).is_none() && self.relation_gone(key).is_none())
    }

    fn relation_gone(&self, fact: &'a Fact) -> Option<&'a str> {
        let on = self.from.relation(fact.told("on"))?;
        let (id, _) = self.from.facts.get_key_value(&on.id())?;
        self.drops(id).then_some(id)
    }

    fn column_of_sequence(&self, fact: &'a Fact) -> Option<&'a str> {
        let owned = self.from.facts.get(&format!("owned {}", fact.name))?;
        let (column, _) = self.from.facts.get_key_value(owned.told("column"))?;
        self.drops(column).then_some(column.as_str())
    }

    /// A column, constraint or index of a child goes with its parent's.
    fn parent_gone(&self, fact: &'a Fact) -> Option<&'a str> {
        let on = fact.told("on");
        let (first, end) = (format!("inherit {on} "), format!("inherit {on}!"));
        let mut inherits = self.from.facts.range(first..end);
        if self.drops(&format!("partition {on}")) || inherits.any(|(id, _)| self.drops(id)) {
            return None;
        }
        let id = parent_of(fact, self.from)?;
        self.drops(id).then_some(id)
    }

    /// The fact whose making makes this one, too.
    pub fn made_with(&self, fact: &'a Fact) -> Option<&'a str> {
        let to = self.to;
        let table = format!("table {}", fact.told("on"));
        match fact.kind {
            Kind::Column => {
                let (table, _) = to.facts.get_key_value(&table)?;
                if self.makes(table) {
                    return Some(table);
                }
                let parent = parent_of(fact, to)?;
                self.makes(parent).then_some(parent)
            }
            // Nothing that makes a view says a default of its columns.
            Kind::Default if !fact.told("of").starts_with("column ") => None,
            Kind::Default => {
                let (column, _) = to.facts.get_key_value(fact.told("of"))?;
                let new_table = self.makes(&table);
                (self.makes(column) && (!new_table || self.is_simple(fact))).then_some(column.as_str())
            }
            Kind::Inherit => {
                let (table, _) = to.facts.get_key_value(&table)?;
                self.makes(table).then_some(table)
            }
            Kind::Constraint => self.constraint_made_with(fact, &table),
            _ => None,
        }
    }

    fn constraint_made_with(&self, fact: &'a Fact, table: &str) -> Option<&'a str> {
        let to = self.to;
        // Foreign keys of partitions come from above, by the parent's or when the partition is attached.
        if fact.get("type") == "f" && fact.has("parent") {
            let parent = parent_of(fact, to)?;
            if self.makes(parent) {
                return Some(parent);
            }
            let partition =
                to.facts.get_key_value(&format!("partition {}", fact.told("on"))).map(|(id, _)| id.as_str());
            let mut parts = partition.into_iter().chain(self.referenced_part(fact, to));
            return parts.find(|id| self.makes(id));
        }
        let inherited = fact.tells("inherited") && !fact.tells("partition") && !fact.is("local");
        if !inherited {
            return None;
        }
        let parent = parent_of(fact, to)?;
        if self.makes(parent) && !self.makes(table) {
            return Some(parent);
        }
        // A new child takes the checks that its parents have when it is made; those that come later come to it, too.
        let (table, _) = to.facts.get_key_value(table)?;
        Some(if self.makes(parent) { parent } else { table.as_str() })
    }

    /// A default that needs nothing but its column, sequences and types can be in CREATE TABLE.
    pub fn is_simple(&self, default: &Fact) -> bool {
        let needs = self.to.needs.get(&default.id());
        needs.into_iter().flatten().all(|id| {
            let kind = self.to.facts.get(id).map(|fact| fact.kind);
            matches!(kind, Some(Kind::Column | Kind::Table | Kind::Sequence)) || kind.is_some_and(Kind::is_type)
        })
    }
}

/// The same column or constraint of a parent table, or the parent's index.
pub fn parent_of<'a>(fact: &Fact, catalog: &'a Catalog) -> Option<&'a str> {
    let id = match fact.kind {
        Kind::Column => parent(fact, catalog).filter(|_| fact.tells("inherited"))?.id(),
        _ if fact.has("parent") => format!("{} {}", fact.kind.as_str(), fact.get("parent")),
        Kind::Constraint if fact.tells("inherited") => parents(fact.told("on"), catalog)
            .map(|table| format!("constraint {table}.{}", fact.told("name")))
            .find(|id| catalog.facts.contains_key(id))?,
        _ => return None,
    };
    catalog.facts.get_key_value(&id).map(|(id, _)| id.as_str())
}
