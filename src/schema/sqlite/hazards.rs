//! What is dangerous about a way, with live figures; and what speaks against the way back when it is gone later.

use super::copy::{Source, default};
use super::diff::{Change, Diff, Pair};
use super::keep::Keep;
use super::script::{name, text};
use super::table::{Column, Foreign, Key, Table};
use super::words;
use crate::schema::{Hazard, HazardName};

/// A hazard, and the query for its figures: `SELECT json_array('h', number, count, keys)` is made of it.
pub(super) struct Suspect {
    pub name: HazardName,
    pub object: String,
    /// Said after the count: `rows`, `rows without a value`.
    pub what: String,
    /// A query of rows that it is about, with `_release_key`; or none: it is one whatever is there.
    pub rows: Option<String>,
    /// Rows of the query are in the way.
    pub fails: bool,
}

impl Suspect {
    /// The hazard, if there are such rows.
    pub fn hazard(&self, count: u64, keys: &str) -> Option<Hazard> {
        let keys = if self.fails && !keys.is_empty() { format!(": {keys}") } else { String::new() };
        let detail = if self.rows.is_some() { format!("{count} {}{keys}", self.what) } else { self.what.clone() };
        let hazard =
            Hazard { name: self.name, object: self.object.clone(), detail, fails_now: self.fails && count > 0 };
        (count > 0 || self.rows.is_none() || self.name == HazardName::MayFailOnData).then_some(hazard)
    }
}

/// All that may be dangerous.
pub(super) fn suspects(diff: &Diff<'_>) -> Vec<Suspect> {
    let mut found = Vec::new();
    for table in &diff.gone {
        let object = format!("table {}", table.name);
        found.push(said(HazardName::DropsData, &object, "rows", Some(every(table))));
        found.push(said(HazardName::BreaksRunningCode, &object, "it goes away", None));
    }
    for pair in diff.pairs.iter().filter(|pair| pair.change != Change::Same) {
        of_pair(pair, &mut found);
    }
    for pair in &diff.pairs {
        demands(pair, &mut found);
        keys(diff, pair, &mut found);
    }
    for index in diff.to.all("index") {
        let old = diff.from.of("index", &index.name).is_some_and(|old| old.same(index));
        let on = diff.of_new(&index.table);
        if let (false, Some(pair)) = (old, on) {
            let object = format!("index {}", index.name);
            found.push(said(HazardName::BlocksWrites, &object, "rows to read", Some(every(pair.from))));
            let words = words::read(&index.sql);
            if words.get(1).is_some_and(|word| word.is("unique")) {
                let what = "rows that it must tell apart";
                found.push(said(HazardName::MayFailOnData, &object, what, Some(every(pair.from))));
            }
        }
    }
    found
}

/// Foreign keys that are new, or whose parent is not what it was.
fn keys(diff: &Diff<'_>, pair: &Pair<'_>, found: &mut Vec<Suspect>) {
    for key in &pair.to.foreign {
        let parent = diff.of_new(&key.parent);
        let settled = parent.is_some_and(|parent| parent.change != Change::Rebuild);
        let columns: Vec<_> = key.columns.iter().map(|(own, _)| own.as_str()).collect();
        let had = pair.from.foreign.iter().any(|old| was(old, key, pair, parent));
        if settled && had {
            continue;
        }
        found.push(Suspect {
            name: HazardName::MayFailOnData,
            object: format!("table {}", pair.to.name),
            what: format!("rows whose {} would name no row of {}", columns.join(", "), key.parent),
            fails: !had,
            rows: parent.and_then(|parent| orphans(pair, key, parent)),
        });
    }
}

/// Is it the same key, under the names of before?
fn was(old: &Foreign, key: &Foreign, pair: &Pair<'_>, parent: Option<&Pair<'_>>) -> bool {
    let name_of = |pair: &Pair<'_>, column: &str| Some(pair.column_from(pair.to.column(column)?)?.name.clone());
    let columns = old.columns.len() == key.columns.len()
        && old.columns.iter().zip(&key.columns).all(|((own, there), (new, now))| {
            let there_was = now.as_ref().map(|now| parent.and_then(|parent| name_of(parent, now)));
            name_of(pair, new).is_some_and(|was| was.eq_ignore_ascii_case(own)) && there_was == there.clone().map(Some)
        });
    columns && old.parent.eq_ignore_ascii_case(parent.map_or(&key.parent, |parent| &parent.from.name))
}

/// The query of rows without a parent, as far as the old tables have all the columns.
fn orphans(pair: &Pair<'_>, key: &Foreign, parent: &Pair<'_>) -> Option<String> {
    let primary = parent.to.primary();
    let columns = key.columns.iter().enumerate().map(|(at, (own, there))| {
        let there = there.as_deref().or_else(|| primary.get(at).map(|column| column.name.as_str()))?;
        let there = parent.column_from(parent.to.column(there)?)?;
        let own = pair.column_from(pair.to.column(own)?)?;
        Some((name(&own.name), name(&there.name)))
    });
    let columns: Vec<_> = columns.collect::<Option<_>>()?;
    let filled: Vec<_> = columns.iter().map(|(own, _)| format!("n.{own} IS NOT NULL")).collect();
    let equal: Vec<_> = columns.iter().map(|(own, there)| format!("p.{there} = n.{own}")).collect();
    Some(format!(
        "SELECT {} AS _release_key FROM {} AS n WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS p WHERE {})",
        super::copy::row_name(pair.from),
        name(&pair.from.name),
        filled.join(" AND "),
        name(&parent.from.name),
        equal.join(" AND ")
    ))
}

fn said(name: HazardName, object: &str, what: &str, rows: Option<String>) -> Suspect {
    Suspect { name, object: object.to_owned(), what: what.to_owned(), rows, fails: false }
}

fn every(table: &Table) -> String {
    format!("SELECT '' AS _release_key FROM {}", name(&table.name))
}

/// What rows that are there may break.
fn demands(pair: &Pair<'_>, found: &mut Vec<Suspect>) {
    let object = format!("table {}", pair.to.name);
    let source = Source { table: &pair.from.name, kept: None };
    let retyped = pair.columns.iter().any(|(old, new)| old.affinity(pair.from.strict) != new.affinity(pair.to.strict));
    for (what, rows) in violations(pair, &source.shape(pair)) {
        let fails = !retyped || what.contains("would be NULL");
        found.push(Suspect { name: HazardName::MayFailOnData, object: object.clone(), what, rows: Some(rows), fails });
    }
}

fn of_pair(pair: &Pair<'_>, found: &mut Vec<Suspect>) {
    use HazardName::{BreaksRunningCode, DropsData, RewritesTable};
    let object = format!("table {}", pair.to.name);
    let column = |name: &str| format!("column {}.{name}", pair.to.name);
    if pair.change == Change::Rebuild {
        found.push(said(RewritesTable, &object, "rows", Some(every(pair.from))));
    }
    if pair.from.name != pair.to.name {
        found.push(said(BreaksRunningCode, &object, &format!("it was {}", pair.from.name), None));
    }
    for old in pair.from.stored() {
        let to = pair.column_to(old).filter(|to| !to.generated);
        let values = format!("{} WHERE {} IS NOT NULL", every(pair.from), name(&old.name));
        match to {
            None => {
                found.push(said(DropsData, &column(&old.name), "values", Some(values)));
                found.push(said(BreaksRunningCode, &column(&old.name), "it goes away", None));
            }
            Some(to) if old.affinity(pair.from.strict) != to.affinity(pair.to.strict) => {
                let what = format!("values become {}", to.affinity(pair.to.strict));
                found.push(said(DropsData, &column(&to.name), &what, Some(values)));
            }
            Some(to) if to.name != old.name => {
                found.push(said(BreaksRunningCode, &column(&to.name), &format!("it was {}", old.name), None));
            }
            Some(_) => {}
        }
    }
    for new in pair.come().filter(|new| new.not_null && new.default.is_none() && !new.generated) {
        found.push(said(BreaksRunningCode, &column(&new.name), "NOT NULL without a default", None));
    }
}

/// Queries of rows that break what the new table demands and the old one did not: what is wrong with them, and the query.
fn violations(pair: &Pair<'_>, shape: &str) -> Vec<(String, String)> {
    let (from, to) = (pair.from, pair.to);
    let mut found = Vec::new();
    let rows = |condition: &str| format!("SELECT _release_key FROM {shape} WHERE {condition}");
    let id = to.rowid_column().map(|column| &column.name);
    for column in to.stored().filter(|column| column.not_null && Some(&column.name) != id) {
        let old = pair.column_from(column);
        if !old.is_some_and(|old| old.not_null) {
            let condition = format!("{} IS NULL", name(&column.name));
            found.push((format!("rows where {} would be NULL", column.name), rows(&condition)));
        }
    }
    let newly = to
        .rowid_column()
        .filter(|id| pair.column_from(id).is_some_and(|old| old.pk == 0 || from.rowid_column().is_none()));
    if let Some(id) = newly {
        let whole = format!("typeof({}) NOT IN ('integer', 'null')", name(&id.name));
        found.push((format!("rows whose {} is no whole number", id.name), rows(&whole)));
        found.push(twice(&[(&id.name, "BINARY")], shape));
    }
    if to.strict && (!from.strict || pair.columns.iter().any(|(old, new)| old.decl != new.decl)) {
        found.push(("rows whose values must be of their column's type".into(), rows("0")));
    }
    let known: Vec<_> = from.checks.iter().map(|check| words::read(check)).collect();
    let computed: Vec<_> = to.columns.iter().filter(|column| column.generated).collect();
    for check in &to.checks {
        let read = words::read(check);
        let unknowable = computed.iter().any(|column| read.iter().any(|word| word.names(&column.name)));
        if !unknowable && !known.iter().any(|known| words::same(known, &read)) {
            let flat = check.split_whitespace().collect::<Vec<_>>().join(" ");
            found.push((format!("rows that break CHECK {flat}"), rows(&format!("NOT ({check}\n)"))));
        }
    }
    let whole = to.keys.iter().filter(|key| key.unique && !key.partial && !had(pair, key));
    for key in whole {
        let columns = key.columns.iter().map(|(own, coll)| Some((own.as_deref()?, coll.as_str())));
        found.extend(columns.collect::<Option<Vec<_>>>().map(|columns| twice(&columns, shape)));
    }
    found
}

/// The query of rows that have the same values in these columns, by these collations.
fn twice(columns: &[(&str, &str)], shape: &str) -> (String, String) {
    let by: Vec<_> = columns.iter().map(|(own, coll)| format!("{} COLLATE {}", name(own), name(coll))).collect();
    let filled: Vec<_> = columns.iter().map(|(own, _)| format!("{} IS NOT NULL", name(own))).collect();
    let list: Vec<_> = columns.iter().map(|(own, _)| *own).collect();
    let query = format!(
        "SELECT _release_key FROM (SELECT _release_key, count(*) OVER (PARTITION BY {}) AS _release_n FROM {shape} \
         WHERE {}) WHERE _release_n > 1",
        by.join(", "),
        filled.join(" AND ")
    );
    (format!("rows with the same {}", list.join(", ")), query)
}

/// Was this key one before?
fn had(pair: &Pair<'_>, key: &Key) -> bool {
    let old = |(name, coll): &(Option<String>, String)| {
        let column = pair.to.column(name.as_deref()?)?;
        Some((Some(pair.column_from(column)?.name.clone()), coll.clone()))
    };
    let columns: Option<Vec<_>> = key.columns.iter().map(old).collect();
    let known = |columns: Vec<_>| pair.from.keys.iter().any(|had| had.unique && !had.partial && had.columns == columns);
    columns.is_some_and(known)
}

/// Is its default the same whenever it is asked for?
fn is_constant(column: &Column) -> bool {
    let default = column.default.as_deref().unwrap_or_default().to_ascii_lowercase();
    let text = default.starts_with(['\'', '"']);
    text || !["date", "time", "day", "random", "epoch", "changes", "rowid"].iter().any(|word| default.contains(word))
}

/// Queries that say what would be lost or would fail if this way back were gone: one row of text, or none.
pub(super) fn objections(back: &Diff<'_>, keep: &Keep<'_>) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(table) = keep.numbered() {
        let what = format!(
            "the rows of table {} may have got other numbers by a VACUUM since: their old values might come to other rows",
            table.name
        );
        found.push(format!(
            "SELECT {} FROM (SELECT version FROM main._release_ledger ORDER BY seq DESC LIMIT 1) AS l, pragma_schema_version AS v \
             WHERE l.version <> v.schema_version",
            text(&what)
        ));
    }
    let mut say = |rows: &str, what: &str| {
        found.push(format!(
            "SELECT count(*) || {} || coalesce(': ' || (SELECT group_concat(_release_key, ', ') FROM (SELECT DISTINCT \
             _release_key FROM ({rows}) WHERE _release_key <> '' LIMIT 5)), '') FROM ({rows}) HAVING count(*) > 0",
            text(&format!(" {what}"))
        ));
    };
    for table in &back.gone {
        say(&every(table), &format!("rows of table {}, which was not there before", table.name));
    }
    for pair in back.rebuilt() {
        let old = &pair.from.name;
        for new in pair.gone().filter(|column| !column.generated && column.pk == 0 && is_constant(column)) {
            let own = format!("n.{}", name(&new.name));
            let key = super::copy::row_name(pair.from);
            let rows =
                format!("SELECT {key} AS _release_key FROM {} AS n WHERE {own} IS NOT {}", name(old), default(new));
            say(&rows, &format!("values of column {old}.{}, which was not there before", new.name));
        }
        let kept = keep.kept(&pair.to.name).map(|kept| (kept, keep.trash.as_str()));
        let source = Source { table: old, kept };
        for (what, rows) in violations(pair, &source.shape(pair)) {
            say(&rows, &format!("{what} in table {} as it was before", pair.to.name));
        }
    }
    found
}
