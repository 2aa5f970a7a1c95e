//! Names that two objects can't have at the same time.

use super::catalog::Fact;
use super::kind::Kind;
use super::make::relation::index_of;

/// The names that a fact takes, each in the namespace that it is taken in.
pub fn slots(fact: &Fact) -> Vec<String> {
    let relation = || format!("relation {}", fact.name);
    match fact.kind {
        Kind::Table | Kind::View | Kind::Matview | Kind::Type => vec![relation(), format!("type {}", fact.name)],
        Kind::Sequence | Kind::Index => vec![relation()],
        Kind::Enum | Kind::Domain => vec![format!("type {}", fact.name)],
        Kind::Range => {
            let other = (!fact.get("multirange").is_empty()).then(|| format!("type {}", fact.get("multirange")));
            std::iter::once(format!("type {}", fact.name)).chain(other).collect()
        }
        Kind::Column if fact.has("sequence") => vec![format!("relation {}", fact.get("sequence"))],
        Kind::Constraint if matches!(fact.get("type"), "p" | "u" | "x") => {
            // One primary key a table, whatever it is called.
            let key = (fact.get("type") == "p").then(|| format!("primary key {}", fact.told("on")));
            std::iter::once(format!("relation {}", index_of(fact))).chain(key).collect()
        }
        Kind::Function | Kind::Procedure | Kind::Aggregate => vec![format!("routine {}", fact.name)],
        Kind::Rule | Kind::Trigger => vec![format!("{} {} {}", fact.kind.as_str(), fact.told("on"), fact.told("name"))],
        _ => Vec::new(),
    }
}
