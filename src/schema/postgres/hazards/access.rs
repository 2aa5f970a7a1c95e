//! Who may do what changes.

use super::Danger;
use crate::schema::HazardName;
use crate::schema::postgres::catalog::Fact;
use crate::schema::postgres::change::{Act, Changes};
use crate::schema::postgres::kind::Kind;

/// Grants, owners, policies. What comes and goes with its object changes nothing for anybody else.
pub fn access(changes: &Changes<'_>, act: &Act, fact: &Fact, out: &mut Vec<Danger>) {
    let same = match (changes.from.facts.get(&fact.id()), changes.to.facts.get(&fact.id())) {
        (Some(old), Some(new)) => old.hash == new.hash,
        _ => false,
    };
    let subject = match fact.kind {
        Kind::Grant | Kind::Owner => fact.told("of").to_owned(),
        Kind::Policy => format!("table {}", fact.told("on")),
        Kind::DefaultPrivileges => String::new(),
        Kind::Function | Kind::Procedure | Kind::Aggregate if *act == Act::Drop => {
            out.push(Danger::new(HazardName::BreaksRunningCode, fact.id(), "it goes"));
            return;
        }
        _ => return,
    };
    let (was, is) = (changes.from.facts.contains_key(&subject), changes.to.facts.contains_key(&subject));
    if !same && (subject.is_empty() || (was && is)) {
        let verb = match act {
            Act::Create => "comes",
            Act::Drop => "goes",
            _ => "changes",
        };
        out.push(Danger::new(HazardName::ChangesAccess, fact.id(), verb));
    }
}
