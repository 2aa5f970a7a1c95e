//! Changing an object in place, kind by kind; what can't be is dropped and made anew.

pub mod access;
pub mod column;
pub mod misc;
pub mod relation;
pub mod types;

use super::catalog::{Catalog, Fact};
use super::change::Act;
use super::kind::Kind;

/// What leads from one fact to the other of the same name.
pub fn alter(old: &Fact, new: &Fact, from: &Catalog, to: &Catalog) -> Act {
    match new.kind {
        Kind::Extension => misc::extension(old, new),
        Kind::Enum => types::enumeration(old, new),
        Kind::Domain => types::domain(old, new),
        Kind::Type => types::composite(old, new),
        Kind::Sequence => types::sequence(old, new),
        Kind::Table => relation::table(old, new),
        Kind::Column => column::alter(old, new, from, to, false),
        Kind::Function | Kind::Procedure => misc::routine(old, new),
        Kind::Default => Act::Alter(vec![super::make::relation::default(new)]),
        Kind::Owned => Act::Alter(vec![super::make::relation::owned(new)]),
        Kind::Constraint => relation::constraint(old, new),
        Kind::Index => relation::index(old, new),
        Kind::Statistics => misc::statistics(old, new),
        Kind::View => relation::view(old, new),
        Kind::Matview => relation::matview(old, new),
        Kind::Setting => Act::Alter(column::settings(old, new)),
        Kind::Rule | Kind::Trigger | Kind::EventTrigger => misc::enabled(old, new),
        Kind::DefaultPrivileges => Act::Alter(access::default_privileges(Some(old), new)),
        Kind::Owner => Act::Alter(vec![super::make::access::owner(new)]),
        Kind::Grant => Act::Alter(access::grants(&old.body["entries"], new)),
        Kind::Comment => Act::Alter(vec![super::make::access::comment(new, true)]),
        _ => Act::Replace,
    }
}

/// Do the bodies differ in these keys only?
fn only(old: &Fact, new: &Fact, keys: &[&str]) -> bool {
    let (Some(a), Some(b)) = (old.body.as_object(), new.body.as_object()) else { return false };
    a.keys().chain(b.keys()).all(|key| keys.contains(&key.as_str()) || a.get(key) == b.get(key))
}
