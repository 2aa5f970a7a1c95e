//! What is dangerous about a way, with live figures.

mod access;
mod back;
mod cast;
mod figures;
mod future;
mod room;
mod rows;

pub use back::objections;

use super::catalog::Fact;
use super::change::{Act, Changes};
use super::kind::Kind;
use crate::schema::{Client, Engine, Error, Hazard, HazardName, Request, sql};

/// A danger, before anybody looked at the rows.
#[derive(Debug, Clone)]
pub struct Danger {
    pub name: HazardName,
    pub object: String,
    /// With `{}` for the number of rows.
    pub detail: String,
    pub rows: Option<Rows>,
    /// Rows that are found make it fail.
    pub fails: bool,
    /// Without rows it is none.
    pub needs_rows: bool,
}

/// Rows to be counted.
#[derive(Debug, Clone)]
pub struct Rows {
    /// What stands in FROM, as `t`.
    pub table: String,
    /// What names a row.
    pub key: String,
    pub condition: String,
}

impl Danger {
    fn new(name: HazardName, object: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name, object: object.into(), detail: detail.into(), rows: None, fails: false, needs_rows: false }
    }

    fn counted(mut self, rows: Rows) -> Self {
        self.rows = Some(rows);
        self
    }

    /// Only if there are such rows.
    fn if_rows(mut self) -> Self {
        self.needs_rows = true;
        self
    }

    /// It fails if there are such rows.
    fn failing(mut self) -> Self {
        self.fails = true;
        self
    }
}

/// Rows of a table of the live schema. `None`: it has none, because it is not there yet.
fn rows_of(changes: &Changes<'_>, table: &str, condition: impl Into<String>) -> Option<Rows> {
    changes.from.facts.get(&format!("table {table}"))?;
    let (first, end) = (format!("constraint {table}."), format!("constraint {table}/"));
    let mut constraints = changes.from.facts.range(first..end).map(|(_, fact)| fact);
    let key = constraints.find(|fact| fact.get("type") == "p" && fact.told("on") == table).map(|fact| {
        let names = super::catalog::texts(&fact.x["columns"]);
        let fields: Vec<String> =
            names.iter().map(|name| format!("'{}=' || t.{name}", name.replace('\'', "''"))).collect();
        fields.join(" || ', ' || ")
    });
    let key = key.unwrap_or_else(|| "'ctid=' || t.ctid".into());
    Some(Rows { table: table.to_owned(), key, condition: condition.into() })
}

/// The hazards of the way there.
pub async fn find<C: Client>(
    client: &mut C,
    changes: &Changes<'_>,
    request: &Request<'_>,
) -> Result<Vec<Hazard>, Error<C::Error>> {
    let mut dangers = Vec::new();
    for (id, act) in &changes.acts {
        if *act == Act::Keep {
            continue;
        }
        let (old, new) = (changes.from.facts.get(*id), changes.to.facts.get(*id));
        one(changes, act, old, new, &mut dangers);
    }
    rows::partitions(changes, &mut dangers);
    cast::domains(changes, &mut dangers);
    room::refuse_little(client, &dangers).await?;
    let mut hazards = figures::figures(client, dangers, !request.before.is_empty()).await?;
    for step in request.before.iter().chain(request.after) {
        let checked = sql::check(Engine::Postgresql, sql::Purpose::Step, &step.name, &step.sql)?;
        hazards.push(Hazard {
            name: HazardName::ChangesData,
            object: step.name.clone(),
            detail: "a hand-written step; the way back does not undo what it does to rows".into(),
            fails_now: false,
        });
        hazards.extend(checked.hazards);
    }
    hazards.sort_by(|a, b| (a.name, &a.object, &a.detail).cmp(&(b.name, &b.object, &b.detail)));
    hazards.dedup();
    Ok(hazards)
}

fn one(changes: &Changes<'_>, act: &Act, old: Option<&Fact>, new: Option<&Fact>, out: &mut Vec<Danger>) {
    let Some(fact) = new.or(old) else { return };
    match fact.kind {
        Kind::Table => rows::table(changes, act, fact, out),
        Kind::Column => match (old, new) {
            (Some(old), None) => rows::column_goes(changes, old, out),
            (None, Some(new)) => rows::column_comes(changes, new, out),
            (Some(old), Some(new)) => cast::column(changes, act, old, new, out),
            _ => {}
        },
        Kind::Constraint if new.is_some() => rows::constraint(changes, act, fact, out),
        Kind::Index if new.is_some() && act.makes() => rows::index(changes, fact, out),
        Kind::Matview | Kind::View if *act == Act::Drop => {
            out.push(Danger::new(HazardName::BreaksRunningCode, fact.id(), "it goes"));
        }
        _ => access::access(changes, act, fact, out),
    }
}
