//! The statements that lead from one schema to another.
//!
//! A table that `ADD COLUMN` can't change is made anew from the wanted text: the old one gets another name (with
//! `legacy_alter_table` no reference of others follows it), the new one is filled, the old one goes. Views and triggers
//! that speak of it are dropped before and made again after.

use std::collections::HashSet;

use super::catalog::Object;
use super::copy::Source;
use super::diff::{Change, Diff, Pair};
use super::keep::{Keep, Kept};
use super::script::{create, name, text};
use super::table::Table;

/// Which way the statements go. What does not differ keeps the text of the live side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    There,
    Back,
}

/// The statements of a way.
pub(super) fn build(diff: &Diff<'_>, keep: &Keep<'_>, way: Way) -> Vec<String> {
    let way = Builder { diff, keep, way, unsettled: diff.unsettled() };
    let mut found = way.drops();
    if way.way == Way::There {
        found.extend(keep.fill());
    }
    found.extend(way.drop_indexes());
    found.extend(way.tables());
    found.extend(way.indexes());
    found.extend(way.comes_again("view"));
    found.extend(way.comes_again("trigger"));
    if way.way == Way::Back {
        found.extend(keep.drop());
    }
    if !found.is_empty() {
        found.insert(0, "PRAGMA legacy_alter_table = ON;".into());
        found.push("PRAGMA legacy_alter_table = OFF;".into());
    }
    found
}

struct Builder<'d, 'a> {
    diff: &'d Diff<'a>,
    keep: &'d Keep<'a>,
    way: Way,
    unsettled: HashSet<String>,
}

/// Where a table stands while the new one is filled. Not a name of those that are ours and never looked at: one that were left
/// behind is what a proof must see.
fn aside(at: usize) -> String {
    format!("__release_old_{at}")
}

impl Builder<'_, '_> {
    fn leaves(&self, object: &Object) -> bool {
        self.diff.unsettles(object, &self.unsettled)
    }

    fn drops(&self) -> Vec<String> {
        let drops = |kind: &'static str| {
            let leave = self.diff.from.all(kind).filter(|object| self.leaves(object));
            leave.map(move |object| format!("DROP {} {};", kind.to_uppercase(), name(&object.name)))
        };
        drops("trigger").chain(drops("view")).collect()
    }

    /// The text of an object that shall be there in the end.
    fn text<'o>(&'o self, object: &'o Object) -> &'o str {
        let old =
            self.diff.from.of(&object.kind, &object.name).filter(|old| old.same(object) && self.way == Way::There);
        old.map_or(&object.sql, |old| &old.sql)
    }

    fn comes_again(&self, kind: &str) -> Vec<String> {
        let there = |object: &&Object| self.diff.from.of(kind, &object.name).is_some_and(|old| !self.leaves(old));
        self.diff.to.all(kind).filter(|object| !there(object)).map(|object| create(self.text(object))).collect()
    }

    /// Is its table still the same one?
    fn stays(&self, index: &Object) -> bool {
        self.diff.of(&index.table).is_some_and(|pair| pair.change != Change::Rebuild)
    }

    fn drop_indexes(&self) -> Vec<String> {
        let differs = |old: &&Object| self.stays(old) && !self.diff.stays(old);
        let all = self.diff.from.all("index").filter(differs);
        all.map(|index| format!("DROP INDEX {};", name(&index.name))).collect()
    }

    fn indexes(&self) -> Vec<String> {
        let there = |new: &&Object| {
            let old = self.diff.from.of("index", &new.name);
            old.is_some_and(|old| old.same(new) && self.stays(old))
        };
        self.diff.to.all("index").filter(|index| !there(index)).map(|index| create(self.text(index))).collect()
    }

    fn tables(&self) -> Vec<String> {
        let rebuilt: Vec<_> = self.diff.rebuilt().collect();
        let olds: Vec<&Table> = rebuilt.iter().map(|pair| pair.from).chain(self.diff.gone.iter().copied()).collect();
        let mut found = Vec::new();
        for (at, table) in olds.iter().enumerate() {
            found.push(format!("ALTER TABLE {} RENAME TO {};", name(&table.name), name(&aside(at))));
        }
        found.extend(rebuilt.iter().map(|pair| create(&pair.to.sql)));
        found.extend(self.diff.come.iter().map(|table| create(&table.sql)));
        for (at, pair) in rebuilt.iter().enumerate() {
            found.extend(self.rows(pair, &aside(at)));
        }
        if self.way == Way::There {
            found.extend(self.keep.note());
        } else {
            found.extend(self.diff.come.iter().flat_map(|table| self.whole(table)));
            found.extend(self.keep.sequences.iter().flat_map(|table| self.last_number(table)));
        }
        for at in 0..olds.len() {
            found.push(format!("DROP TABLE {};", name(&aside(at))));
        }
        found.extend(self.diff.pairs.iter().filter(|pair| pair.change == Change::Add).flat_map(added));
        found
    }

    fn rows(&self, pair: &Pair<'_>, from: &str) -> Vec<String> {
        let kept = self.keep.kept(&pair.to.name).filter(|_| self.way == Way::Back);
        let source = Source { table: from, kept: kept.map(|kept| (kept, self.keep.trash.as_str())) };
        let mut found = source.copy(pair);
        if pair.from.autoincrement() && pair.to.autoincrement() {
            let (old, new) = (text(from), text(&pair.to.name));
            found.push(format!("DELETE FROM sqlite_sequence WHERE name = {new};"));
            found.push(format!(
                "INSERT INTO sqlite_sequence SELECT {new}, seq FROM sqlite_sequence WHERE name = {old};"
            ));
        }
        found
    }

    /// A table that went as a whole comes back with its rows.
    fn whole(&self, table: &Table) -> Option<String> {
        let kept: &Kept<'_> = self.keep.kept(&table.name).filter(|kept| kept.pair.is_none())?;
        let rowid = table.rowid().filter(|_| kept.rowid).map(|rowid| (rowid.to_owned(), "row".to_owned()));
        let values = kept.values.iter().enumerate().map(|(at, value)| (name(&value.column.name), format!("o{at}")));
        let (into, what): (Vec<_>, Vec<_>) = rowid.into_iter().chain(values).unzip();
        let (into, what, table) = (into.join(", "), what.join(", "), name(&table.name));
        let (trash, number) = (&self.keep.trash, kept.number);
        Some(format!("INSERT INTO {table}({into}) SELECT {what} FROM {trash} WHERE object = {number};"))
    }

    /// The number that AUTOINCREMENT goes on from.
    fn last_number(&self, table: &Table) -> [String; 2] {
        let (trash, quoted, whole) = (&self.keep.trash, text(&table.name), name(&table.name));
        let known = format!("FROM {trash} WHERE object = -1 AND k0 = {quoted}");
        let largest = format!("coalesce((SELECT max(rowid) FROM {whole}), 0)");
        // The new row is made before the old one goes: there may be none.
        [
            format!(
                "DELETE FROM sqlite_sequence WHERE name = {quoted} AND (EXISTS (SELECT 1 {known}) OR NOT EXISTS (SELECT 1 FROM {whole}));"
            ),
            format!("INSERT INTO sqlite_sequence SELECT {quoted}, max(o0, {largest}) {known};"),
        ]
    }
}

fn added(pair: &Pair<'_>) -> Vec<String> {
    let add = |text: &str| format!("ALTER TABLE {} ADD COLUMN {text};", name(&pair.from.name));
    pair.come().map(|column| add(&column.text)).collect()
}
