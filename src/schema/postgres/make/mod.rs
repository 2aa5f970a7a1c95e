//! Making objects from their facts, and dropping them.

pub mod access;
pub mod misc;
pub mod relation;
pub mod table;
pub mod types;

use super::catalog::Fact;
use super::kind::Kind;

/// The statements that make an object. Tables and columns have their own way: their defaults come along.
pub fn make(fact: &Fact, populated: bool) -> Vec<String> {
    match fact.kind {
        Kind::Schema => vec![format!("CREATE SCHEMA {};", fact.name)],
        Kind::Extension => vec![misc::extension(fact)],
        Kind::Collation => vec![types::collation(fact)],
        Kind::Enum => vec![types::enumeration(fact)],
        Kind::Domain => vec![types::domain(fact)],
        Kind::DomainConstraint => {
            vec![format!("ALTER DOMAIN {} ADD CONSTRAINT {} {};", fact.told("on"), fact.told("name"), fact.get("def"))]
        }
        Kind::Type => vec![types::composite(fact)],
        Kind::Range => vec![types::range(fact)],
        Kind::Sequence => vec![types::sequence(fact)],
        Kind::Function | Kind::Procedure => vec![misc::routine(fact)],
        Kind::Aggregate => vec![misc::aggregate(fact)],
        Kind::Default => vec![relation::default(fact)],
        Kind::Owned => vec![relation::owned(fact)],
        Kind::Constraint => relation::constraint(fact),
        Kind::Index => relation::index(fact),
        Kind::Partition => vec![format!(
            "ALTER TABLE {} ATTACH PARTITION {} {};",
            fact.get("parent"),
            fact.told("on"),
            fact.get("bound")
        )],
        Kind::Inherit => vec![format!("ALTER TABLE {} INHERIT {};", fact.told("on"), fact.get("parent"))],
        Kind::Statistics => misc::statistics(fact),
        Kind::View => vec![relation::view(fact)],
        Kind::Matview => vec![relation::matview(fact, populated)],
        Kind::Setting => super::alter::column::settings(&Fact { body: serde_json::json!({}), ..fact.clone() }, fact),
        Kind::Rule | Kind::Trigger => misc::on_relation(fact),
        Kind::Policy => vec![access::policy(fact)],
        Kind::EventTrigger => misc::event_trigger(fact),
        Kind::DefaultPrivileges => super::alter::access::default_privileges(None, fact),
        Kind::Owner => vec![access::owner(fact)],
        Kind::Grant => super::alter::access::grants(&fact.x["usual"], fact),
        Kind::Comment => vec![access::comment(fact, true)],
        Kind::Table | Kind::Column | Kind::Unknown => Vec::new(),
    }
}

/// The statements that drop an object.
pub fn unmake(fact: &Fact) -> Vec<String> {
    let (on, name) = (fact.told("on"), fact.told("name"));
    let one = match fact.kind {
        Kind::Schema | Kind::Extension | Kind::Collation | Kind::Statistics | Kind::Sequence | Kind::Table => {
            format!("DROP {} {};", fact.kind.as_str().to_uppercase(), fact.name)
        }
        Kind::Domain => format!("DROP DOMAIN {};", fact.name),
        Kind::Enum | Kind::Type | Kind::Range => format!("DROP TYPE {};", fact.name),
        Kind::Index | Kind::View => format!("DROP {} {};", fact.kind.as_str().to_uppercase(), fact.name),
        Kind::Matview => format!("DROP MATERIALIZED VIEW {};", fact.name),
        Kind::Function | Kind::Procedure | Kind::Aggregate => {
            format!("DROP {} {};", fact.kind.as_str().to_uppercase(), fact.name)
        }
        Kind::DomainConstraint => format!("ALTER DOMAIN {on} DROP CONSTRAINT {name};"),
        Kind::Column => format!("ALTER TABLE {on} DROP COLUMN {name};"),
        Kind::Default => format!("ALTER TABLE {}{on} ALTER COLUMN {name} DROP DEFAULT;", relation::one(fact)),
        Kind::Owned => format!("ALTER SEQUENCE {on} OWNED BY NONE;"),
        Kind::Constraint => format!("ALTER TABLE {on} DROP CONSTRAINT {name};"),
        Kind::Partition => format!("ALTER TABLE {} DETACH PARTITION {on};", fact.get("parent")),
        Kind::Inherit => format!("ALTER TABLE {on} NO INHERIT {};", fact.get("parent")),
        Kind::Trigger if fact.has("parent") => {
            let usual = serde_json::json!({ "enabled": fact.x["usual"] });
            misc::enabled(&Fact { body: usual, ..fact.clone() })
        }
        Kind::Rule | Kind::Trigger | Kind::Policy => {
            format!("DROP {} {name} ON {on};", fact.kind.as_str().to_uppercase())
        }
        Kind::EventTrigger => format!("DROP EVENT TRIGGER {};", fact.name),
        Kind::Comment => access::comment(fact, false),
        Kind::DefaultPrivileges => return super::alter::access::default_privileges_end(fact),
        Kind::Grant => {
            let mut usual = fact.clone();
            usual.body = serde_json::json!({ "entries": fact.x["usual"] });
            return super::alter::access::grants(&fact.body["entries"], &usual);
        }
        Kind::Setting => {
            return super::alter::column::settings(fact, &Fact { body: serde_json::json!({}), ..fact.clone() });
        }
        Kind::Owner => access::no_owner(fact),
        Kind::Unknown => return Vec::new(),
    };
    vec![one]
}
