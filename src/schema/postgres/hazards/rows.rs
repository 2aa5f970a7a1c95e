//! Tables, columns, constraints and indexes that come and go, and the rows that are there.

use super::{Danger, Rows, future, rows_of};
use crate::schema::HazardName;
use crate::schema::postgres::catalog::{Fact, texts};
use crate::schema::postgres::change::{Act, Changes};
use crate::schema::postgres::kind::Kind;

pub fn table(changes: &Changes<'_>, act: &Act, table: &Fact, out: &mut Vec<Danger>) {
    let rows = || rows_of(changes, &table.name, "true");
    match act {
        Act::Drop if changes.is_carried(table) => {}
        Act::Drop => {
            let danger = Danger::new(HazardName::DropsData, table.id(), "{}, kept in the trash for the way back");
            out.extend(rows().map(|rows| danger.counted(rows)));
            out.push(Danger::new(HazardName::BreaksRunningCode, table.id(), "it goes"));
        }
        Act::Replace => {
            let danger = Danger::new(HazardName::RewritesTable, table.id(), "it is made anew with its {}");
            out.extend(rows().map(|rows| danger.counted(rows).if_rows()));
        }
        Act::Alter(sql) => {
            let rewrites = ["SET LOGGED", "SET UNLOGGED", "SET TABLESPACE", "SET ACCESS METHOD"];
            if sql.iter().any(|one| rewrites.iter().any(|word| one.contains(word))) {
                let danger = Danger::new(HazardName::RewritesTable, table.id(), "{}");
                out.extend(rows().map(|rows| danger.counted(rows).if_rows()));
            }
            if sql.iter().any(|one| one.contains("ROW LEVEL SECURITY")) {
                out.push(Danger::new(HazardName::ChangesAccess, table.id(), "row security changes"));
            }
        }
        _ => {}
    }
}

pub fn column_goes(changes: &Changes<'_>, column: &Fact, out: &mut Vec<Danger>) {
    let table = format!("table {}", column.told("on"));
    if !changes.to.facts.contains_key(&table) || column.tells("inherited") {
        return;
    }
    if !column.has("generated") {
        let danger =
            Danger::new(HazardName::DropsData, column.id(), "{} with a value, kept in the trash for the way back");
        let condition = format!("t.{} IS NOT NULL", column.told("name"));
        out.extend(rows_of(changes, column.told("on"), condition).map(|rows| danger.counted(rows)));
    }
    out.push(Danger::new(HazardName::BreaksRunningCode, column.id(), "it goes"));
}

pub fn column_comes(changes: &Changes<'_>, column: &Fact, out: &mut Vec<Danger>) {
    let on = column.told("on");
    let Some(rows) = rows_of(changes, on, "true") else { return };
    if column.tells("inherited") && changes.act(&format!("table {on}")) != &Act::Replace {
        return;
    }
    let default = changes.to.facts.get(&format!("default {}", column.name));
    let fills = column.has("identity") || column.has("generated");
    let domain = changes.to.facts.get(&format!("domain {}", column.get("type")));
    let must = column.is("notnull") || domain.is_some_and(|domain| domain.is("notnull"));
    let given = default.is_some() || fills || domain.is_some_and(|domain| domain.has("default"));
    if must && !given {
        let detail = "{} would have no value in it; give it a default, or fill it first";
        out.push(Danger::new(HazardName::MayFailOnData, column.id(), detail).counted(rows.clone()).failing());
        out.push(Danger::new(HazardName::BreaksRunningCode, column.id(), "it must be given and has no default"));
    }
    if must && column.has("generated") {
        out.extend(without_result(changes, column, &rows));
    }
    let computed = default.is_some_and(|default| default.get("expr").contains('('));
    if fills || computed {
        out.push(Danger::new(HazardName::RewritesTable, column.id(), "{} to be filled").counted(rows).if_rows());
    }
}

/// Rows that a computed column which must have a value would have none in.
fn without_result(changes: &Changes<'_>, column: &Fact, rows: &Rows) -> Option<Danger> {
    let on = column.told("on");
    let needs = changes.to.needs.get(&column.id()).into_iter().flatten();
    let columns: Vec<&str> = needs
        .filter_map(|need| changes.to.facts.get(need))
        .filter(|need| need.kind == Kind::Column && need.told("on") == on)
        .map(|need| need.told("name"))
        .collect();
    let table = future::source(changes, on, &columns)?;
    let condition = format!("({}) IS NULL", column.get("generated"));
    let danger = Danger::new(HazardName::MayFailOnData, column.id(), "{} that it can't be computed for");
    Some(danger.counted(Rows { table, condition, ..rows.clone() }).failing())
}

pub fn constraint(changes: &Changes<'_>, act: &Act, fact: &Fact, out: &mut Vec<Danger>) {
    let on = fact.told("on");
    let Some(all) = rows_of(changes, on, "true") else { return };
    let validates = matches!(act, Act::Alter(sql) if sql.iter().any(|one| one.contains(" VALIDATE ")));
    if !(act.makes() || validates) || fact.get("def").ends_with(" NOT VALID") {
        return;
    }
    // A key to a partition comes with that partition, and asks no more than the one to the whole.
    let target = fact.told("references").strip_prefix("table ").map(|table| format!("partition {table}"));
    if fact.has("parent") && target.is_some_and(|target| changes.to.facts.contains_key(&target)) {
        return;
    }
    let columns = texts(&fact.x["columns"]);
    let object = format!("constraint {} of table {on}", fact.told("name"));
    out.push(Danger::new(HazardName::BlocksWrites, object.as_str(), "{} to be checked").counted(all).if_rows());
    let same = changes.from.facts.get(&fact.id()).is_some_and(|old| old.hash == fact.hash) && !validates;
    let source = future::source(changes, on, &columns).filter(|_| !same);
    let condition = source.as_deref().and_then(|from| match fact.get("type") {
        "c" => Some(format!("NOT {}", fact.told("expr"))),
        "f" => Some(orphans(changes, fact, &columns)),
        "p" => Some(format!("{} OR {}", nulls(&columns), twice(from, &columns, None, fact.get("def")))),
        "u" => Some(twice(from, &columns, None, fact.get("def"))),
        _ => excluded(from, fact.get("def")),
    });
    let danger = Danger::new(HazardName::MayFailOnData, object, "{} in the way").failing();
    match condition {
        Some(condition) => out.extend(rows_of(changes, on, condition).map(|rows| {
            let table = source.unwrap_or_else(|| on.to_owned());
            danger.counted(Rows { table, ..rows })
        })),
        None if !same => out.push(Danger { detail: "its rows are checked".into(), fails: false, ..danger }),
        None => {}
    }
}

fn nulls(columns: &[&str]) -> String {
    columns.iter().map(|name| format!("t.{name} IS NULL")).collect::<Vec<_>>().join(" OR ")
}

/// Rows with the same values as others.
fn twice(on: &str, keys: &[&str], only: Option<&str>, def: &str) -> String {
    let list = keys.join(", ");
    let filter = only.map(|only| format!(" WHERE {only}")).unwrap_or_default();
    let here = only.map(|only| format!("{only} AND ")).unwrap_or_default();
    if def.contains("NULLS NOT DISTINCT") {
        return format!(
            "{here}ROW({list})::text IN (SELECT ROW({list})::text FROM {on} AS o{filter} GROUP BY 1 HAVING count(*) > 1)"
        );
    }
    format!("{here}({list}) IN (SELECT {list} FROM {on} AS o{filter} GROUP BY {list} HAVING count(*) > 1)")
}

/// Rows whose parent is missing.
fn orphans(changes: &Changes<'_>, fact: &Fact, columns: &[&str]) -> String {
    let full: Vec<String> = columns.iter().map(|name| format!("t.{name} IS NOT NULL")).collect();
    let target = fact.told("references").trim_start_matches("table ");
    let there = texts(&fact.x["refcolumns"]);
    let Some(target) = future::source(changes, target, &there) else { return full.join(" AND ") };
    let pairs: Vec<String> = columns.iter().zip(&there).map(|(a, b)| format!("r.{b} = t.{a}")).collect();
    format!("{} AND NOT EXISTS (SELECT FROM {target} AS r WHERE {})", full.join(" AND "), pairs.join(" AND "))
}

/// Rows that exclude each other, for plain columns.
fn excluded(on: &str, def: &str) -> Option<String> {
    let body = def.split_once('(')?.1.rsplit_once(')')?.0;
    let (list, only) = body.split_once(") WHERE (").map_or((body, None), |(list, only)| (list, Some(only)));
    let mut tests = Vec::new();
    for part in list.split(", ") {
        let (column, operator) = part.split_once(" WITH ")?;
        let column = column.split(' ').next()?;
        if column.contains('(') || operator.contains(')') {
            return None;
        }
        tests.push(format!("o.{column} {operator} t.{column}"));
    }
    let within = |row: &str| {
        only.map_or(String::new(), |only| format!("{row}.ctid IN (SELECT w.ctid FROM {on} AS w WHERE {only}) AND "))
    };
    let (here, there) = (within("t"), within("o"));
    Some(format!("{here}EXISTS (SELECT FROM {on} AS o WHERE {there}o.ctid <> t.ctid AND {})", tests.join(" AND ")))
}

pub fn index(changes: &Changes<'_>, fact: &Fact, out: &mut Vec<Danger>) {
    let on = fact.told("on");
    let Some(all) = rows_of(changes, on, "true") else { return };
    out.push(Danger::new(HazardName::BlocksWrites, fact.id(), "{} to be indexed").counted(all).if_rows());
    let same = changes.from.facts.get(&fact.id()).is_some_and(|old| old.hash == fact.hash);
    if !fact.tells("unique") || same {
        return;
    }
    let only = Some(fact.told("where")).filter(|only| !only.is_empty());
    let Some(table) = future::source(changes, on, &texts(&fact.x["columns"])) else { return };
    let condition = twice(&table, &texts(&fact.x["keys"]), only, fact.get("def"));
    let danger = Danger::new(HazardName::MayFailOnData, fact.id(), "{} not unique");
    out.extend(rows_of(changes, on, condition).map(|rows| danger.counted(Rows { table, ..rows }).failing()));
}

/// Rows that are in a partition and don't belong there.
pub fn partitions(changes: &Changes<'_>, out: &mut Vec<Danger>) {
    let first = changes.to.facts.range("partition ".to_owned().."partition!".to_owned());
    for (id, new) in first {
        let check = new.told("check");
        let old = changes.from.facts.get(id).map_or("", |old| old.told("check"));
        if check.is_empty() || old == check || changes.makes(&format!("table {}", new.told("on"))) {
            continue;
        }
        let rows: Option<Rows> = rows_of(changes, new.told("on"), format!("NOT ({check})"));
        let danger = Danger::new(HazardName::MayFailOnData, format!("table {}", new.told("on")), "{} outside of it");
        out.extend(rows.map(|rows| danger.counted(rows).failing().if_rows()));
    }
}
