//! Both ways tried on an empty database in memory.
//!
//! Only what has to do with them is made there: each object of a schema makes SQLite slower for all others.

use std::collections::{HashMap, HashSet};

use super::super::catalog::{Catalog, Object};
use super::super::diff::Diff;
use super::super::hazards::Suspect;
use super::super::scratch::{Printed, Script};
use super::super::script::{CHECKS, LEDGER, ROWS, create, name, text};
use super::super::words;
use super::{Plan, add_all};
use crate::schema::{Client, Error, Refusal};

/// What a row takes besides its values.
const ROW: u64 = 12;

/// What came of it.
pub(super) struct Tried {
    printed: Printed,
    /// What was left out, because neither way can reach it.
    rest: Catalog,
}

impl Tried {
    pub async fn run<C: Client>(
        plan: &Plan<'_, '_>,
        suspects: &[Suspect],
        client: &mut C,
    ) -> Result<Self, Error<C::Error>> {
        let all = plan.way.from;
        let tables = match plan.files.has_steps() {
            // Who knows what these do.
            true => all.objects.iter().map(on).collect(),
            false => reached(&plan.way, &plan.back),
        };
        let (part, rest) = all.parted(&tables);
        let printed = script(plan, suspects, &part).run(client).await?;
        Ok(Self { printed, rest })
    }

    pub fn part<'t>(&'t self, name: &str) -> impl Iterator<Item = &'t str> + use<'t> {
        self.printed.part(name)
    }

    /// The whole schema that a way has ended with.
    pub fn catalog(&self, name: &str) -> Result<Catalog, Refusal> {
        Ok(self.printed.catalog(name)?.with(&self.rest))
    }
}

/// The figures on the live data, then both ways on an empty database.
fn script(plan: &Plan<'_, '_>, suspects: &[Suspect], live: &Catalog) -> Script {
    let mut script = Script::live();
    let changed = !plan.files.before.is_empty();
    script.add(if changed { "BEGIN IMMEDIATE;\n" } else { "BEGIN;\n" });
    add_all(&mut script, &plan.files.before);
    script.part("figures");
    for (at, suspect) in suspects.iter().enumerate() {
        let Some(rows) = &suspect.rows else { continue };
        script.add(&format!(
            "SELECT json_array({at}, count(*), (SELECT group_concat(_release_key, ', ') FROM (SELECT _release_key FROM \
             ({rows}) LIMIT 5))) FROM ({rows});\n"
        ));
    }
    room(&mut script, &plan.way);
    script.add("ROLLBACK;\n");
    script.empty();
    script.add(CHECKS);
    script.add(ROWS);
    script.add(LEDGER);
    script.add(&live.text());
    for statement in &plan.there {
        script.silently(statement);
    }
    script.catalog("there");
    if plan.keep.impossible().is_none() {
        script.part("objections");
        plan.objections.iter().for_each(|query| script.add(&format!("{query};\n")));
        plan.home.iter().for_each(|statement| script.add(statement));
        script.catalog("home");
    }
    // Errors are answers from here on.
    script.part("tried");
    script.add(".bail off\n");
    keys(&mut script, "keys from", plan.way.from);
    keys(&mut script, "keys to", plan.way.to);
    script
}

/// The bytes that are in the rows of tables that are made anew or go, about, a line a table.
fn room(script: &mut Script, way: &Diff<'_>) {
    script.part("room");
    for table in way.rebuilt().map(|pair| pair.from).chain(way.gone.iter().copied()) {
        let cells = table.stored().map(|column| format!("coalesce(length(CAST({} AS BLOB)), 0)", name(&column.name)));
        let cells: Vec<_> = cells.collect();
        script.add(&format!("SELECT coalesce(sum({ROW} + {}), 0) FROM {};\n", cells.join(" + "), name(&table.name)));
    }
}

/// The tables and views that have to do with these ways: what they change, and whatever speaks of it.
fn reached(way: &Diff<'_>, back: &Diff<'_>) -> HashSet<String> {
    let mut changed = way.unsettled();
    changed.extend(back.unsettled());
    for diff in [way, back] {
        let others = ["index", "trigger"].iter().flat_map(|kind| diff.from.all(kind));
        changed.extend(others.filter(|object| !diff.stays(object)).map(on));
    }
    let speaks = |object: &&Object| !changed.is_disjoint(&words::names(&object.sql));
    let speaking: Vec<_> = way.from.objects.iter().filter(speaks).map(on).collect();
    changed.extend(speaking);
    changed
}

fn on(object: &Object) -> String {
    object.table.to_ascii_lowercase()
}

/// Which tables have foreign keys that can be checked: SQLite refuses those that name what is no key.
fn keys(script: &mut Script, part: &str, catalog: &Catalog) {
    script.empty();
    script.add(&keyed(catalog));
    script.part(part);
    for table in catalog.tables.iter().filter(|table| !table.foreign.is_empty()) {
        let own = text(&table.name);
        script.add(&format!("SELECT json_quote({own}) FROM (SELECT count(*) FROM pragma_foreign_key_check({own}));\n"));
    }
}

/// The statements that make the tables on both ends of foreign keys, and the indexes that can be the keys that they name.
fn keyed(catalog: &Catalog) -> String {
    let mut ends: HashMap<String, Vec<HashSet<String>>> = HashMap::new();
    for table in catalog.tables.iter().filter(|table| !table.foreign.is_empty()) {
        ends.entry(table.name.to_ascii_lowercase()).or_default();
        for key in &table.foreign {
            let columns = key.columns.iter().filter_map(|(_, there)| Some(there.as_ref()?.to_ascii_lowercase()));
            ends.entry(key.parent.to_ascii_lowercase()).or_default().push(columns.collect());
        }
    }
    let may_be_key = |index: &&Object| {
        let words = words::names(&index.sql);
        let named = ends.get(&on(index)).map(Vec::as_slice).unwrap_or_default();
        words.contains("unique") && named.iter().any(|columns| !columns.is_empty() && columns.is_subset(&words))
    };
    let tables = catalog.all("table").filter(|table| ends.contains_key(&on(table)));
    tables.chain(catalog.all("index").filter(may_be_key)).map(|object| create(&object.sql) + "\n").collect()
}
