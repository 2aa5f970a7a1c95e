//! Values that become values of another type.

use super::figures::cannot_cast;
use super::{Danger, rows_of};
use crate::schema::HazardName;
use crate::schema::postgres::alter::column::{Cast, as_text, cast, inherits};
use crate::schema::postgres::catalog::{Catalog, Fact, texts};
use crate::schema::postgres::change::{Act, Changes};
use crate::schema::postgres::keep::{back, round, widens};
use crate::schema::postgres::quote;

pub fn column(changes: &Changes<'_>, act: &Act, old: &Fact, new: &Fact, out: &mut Vec<Danger>) {
    let (on, name) = (new.told("on"), new.told("name"));
    let retyped = changes.retyped.contains(new.id().as_str());
    let follows = inherits(new, changes.to);
    let rows = |condition: String| rows_of(changes, on, condition);
    if new.is("notnull") && !old.is("notnull") && !follows {
        let danger = Danger::new(HazardName::MayFailOnData, new.id(), "{} without a value");
        out.extend(rows(format!("t.{name} IS NULL")).map(|rows| danger.counted(rows).failing()));
        out.push(Danger::new(HazardName::BreaksRunningCode, new.id(), "it must have a value"));
    }
    if *act == Act::Replace && !changes.makes(&format!("table {on}")) {
        let danger = Danger::new(HazardName::RewritesTable, new.id(), "{} to be computed anew");
        out.extend(rows("true".into()).map(|rows| danger.counted(rows).if_rows()));
        if !old.has("generated") {
            let danger =
                Danger::new(HazardName::DropsData, new.id(), "{} with a value, kept in the trash for the way back");
            out.extend(rows(format!("t.{name} IS NOT NULL")).map(|rows| danger.counted(rows)));
        }
        return;
    }
    if !retyped || follows {
        return;
    }
    let (before, after) = (old.get("type"), new.get("type"));
    if !(widens(before, after) && old.told("category") == "S" && new.told("category") == "S") {
        let danger = Danger::new(HazardName::RewritesTable, new.id(), "{} to be written anew");
        out.extend(rows("true".into()).map(|rows| danger.counted(rows).if_rows()));
    }
    if before != after && !widens(before, after) {
        out.push(Danger::new(HazardName::BreaksRunningCode, new.id(), format!("{before} becomes {after}")));
    }
    if let Some(there) = impossible(changes, old, new) {
        let text = format!("{{}} that can't become {after}");
        // A number of seconds is read from "4", and no number from "00:00:04": it would fail where the lost values are kept.
        let (condition, text) = match round(changes, old).and_then(|round| round.read) {
            Some(read) => {
                let again = cannot_cast(&read, "text", before);
                (format!("CASE WHEN {there} THEN true ELSE {again} END"), format!("{text}, or {before} again"))
            }
            None => (there, text),
        };
        let danger = Danger::new(HazardName::MayFailOnData, new.id(), text);
        out.extend(rows(condition).map(|rows| danger.counted(rows).failing()));
    }
    if let Some(back) = back(changes, old) {
        let danger = Danger::new(
            HazardName::DropsData,
            new.id(),
            format!("{{}} with values that {after} does not hold, kept in the trash"),
        );
        let condition = format!("({back})::text IS DISTINCT FROM t.{name}::text");
        out.extend(rows(condition).map(|rows| danger.counted(rows).if_rows()));
    }
}

/// A condition for values that the new type can't have; `None`: there are none.
fn impossible(changes: &Changes<'_>, old: &Fact, new: &Fact) -> Option<String> {
    let to = changes.to;
    let (before, after) = (old.get("type"), new.get("type"));
    let value = format!("t.{}", new.told("name"));
    let element = after.strip_suffix("[]");
    if let Some(labels) = to.facts.get(&format!("enum {}", element.unwrap_or(after))) {
        let labels: Vec<String> = texts(&labels.body["labels"]).into_iter().map(quote).collect();
        let list = if labels.is_empty() { "NULL".into() } else { labels.join(", ") };
        return Some(match element {
            Some(_) => {
                let other = format!("EXISTS (SELECT FROM unnest({value}::text::text[]) AS e WHERE e NOT IN ({list}))");
                // What is no list yet may not look like one.
                let reads = cannot_cast(&value, "text", "text[]");
                if before.ends_with("[]") { other } else { format!("CASE WHEN {reads} THEN true ELSE {other} END") }
            }
            None => format!("{value}::text NOT IN ({list})"),
        });
    }
    if let Some(domain) = to.facts.get(&format!("domain {after}")) {
        let base = domain.get("type");
        let mut tests = vec![cannot_cast(&value, before, base)];
        tests.extend(domain.is("notnull").then(|| format!("{value} IS NULL")));
        tests.extend(checks(to, &domain.name).map(|check| broken(&check, &format!("({value}::text::{base})"))));
        return Some(tests.join(" OR "));
    }
    if widens(before, after) {
        return None;
    }
    if let Some(length) = length(after).filter(|_| new.told("category") == "S") {
        return Some(format!("rtrim(substr({value}::text, {})) <> ''", length + 1));
    }
    // The type that comes may not be there yet; what another one becomes goes by its text.
    let by_text = old.tells("owntype") || cast(old, new, false) == Cast::ByText;
    let (value, from) = if by_text { (as_text(&value, before), "text") } else { (value, before) };
    if let Some(made) = ["type", "range"].iter().find_map(|kind| to.facts.get(&format!("{kind} {after}"))) {
        let there = *changes.act(&made.id()) == Act::Keep;
        let literal = if made.has("attributes") { "^\\s*\\(" } else { "^\\s*([\\[(]|empty)" };
        let looks = format!("{value}::text !~ {}", quote(literal));
        return Some(if there { cannot_cast(&value, "text", after) } else { looks });
    }
    (!new.tells("owntype") && new.told("category") != "S").then(|| cannot_cast(&value, from, after))
}

fn length(name: &str) -> Option<u32> {
    name.strip_prefix("character")?.split_once('(')?.1.strip_suffix(')')?.parse().ok()
}

/// The conditions of a domain's constraints, with `VALUE` in them.
fn checks<'a>(catalog: &'a Catalog, domain: &str) -> impl Iterator<Item = String> + 'a {
    let (first, end) = (format!("domain constraint {domain}."), format!("domain constraint {domain}/"));
    catalog.facts.range(first..end).filter_map(|(_, fact)| condition(fact))
}

fn condition(constraint: &Fact) -> Option<String> {
    Some(constraint.get("def").strip_prefix("CHECK ")?.trim_end_matches(" NOT VALID").to_owned())
}

/// A domain's condition does not hold for a value.
fn broken(check: &str, value: &str) -> String {
    format!("NOT {}", check.replace("VALUE", value))
}

/// Checks and NOT NULL of domains that columns have already.
pub fn domains(changes: &Changes<'_>, out: &mut Vec<Danger>) {
    for (id, act) in &changes.acts {
        let Some(new) = changes.to.facts.get(*id).filter(|_| *act != Act::Keep) else { continue };
        let routine = |need: &String| changes.to.facts.get(need).is_some_and(|fact| fact.kind.is_routine());
        if changes.leans_on_new(id) && changes.to.needs.get(*id).is_some_and(|needs| needs.iter().any(routine)) {
            continue;
        }
        let old = changes.from.facts.get(*id);
        let (domain, check) = match id.split_once(' ') {
            Some(("domain", _)) if id.starts_with("domain constraint ") => {
                (new.told("on"), condition(new).filter(|_| !new.get("def").ends_with("NOT VALID")))
            }
            Some(("domain", name)) if new.is("notnull") && old.is_some_and(|old| !old.is("notnull")) => {
                (name, Some("(VALUE IS NOT NULL)".to_owned()))
            }
            _ => continue,
        };
        let Some(check) = check else { continue };
        for (table, value) in users(changes, domain) {
            let test = match value.strip_suffix("[]") {
                Some(array) => format!("EXISTS (SELECT FROM unnest({array}) AS e(e) WHERE {})", broken(&check, "e.e")),
                None => broken(&check, &value),
            };
            let danger = Danger::new(HazardName::MayFailOnData, new.id(), format!("{{}} of table {table} break it"));
            out.extend(rows_of(changes, &table, test).map(|rows| danger.counted(rows).failing().if_rows()));
        }
    }
}

/// Where values of a domain are that stay: table, and expression; an array's ends with `[]`.
fn users(changes: &Changes<'_>, domain: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (id, column) in changes.from.facts.range("column ".to_owned().."column!".to_owned()) {
        // One that goes is gone before the domain is changed.
        if changes.acts.get(id.as_str()) == Some(&Act::Drop) {
            continue;
        }
        let (on, value) = (column.told("on").to_owned(), format!("t.{}", column.told("name")));
        let kind = column.get("type");
        if kind == domain {
            found.push((on, value));
        } else if kind.strip_suffix("[]") == Some(domain) {
            found.push((on, format!("{value}[]")));
        } else if let Some(composite) = changes.from.facts.get(&format!("type {kind}")) {
            for attribute in composite.body["attributes"].as_array().into_iter().flatten() {
                let parts = texts(attribute);
                if parts.get(1) == Some(&domain) {
                    found.push((on.clone(), format!("({value}).{}", parts[0])));
                }
            }
        }
    }
    found
}
