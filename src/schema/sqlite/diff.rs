//! Which table of one schema is which of the other, and what becomes of it.

use std::collections::{HashMap, HashSet};

use super::build::Way;
use super::catalog::{Catalog, Object};
use super::table::{Column, Table};
use super::words;
use crate::schema::sql::{Fresh, Renamed, bare};
use crate::schema::{Engine, Refusal};

/// What has another name on the other side.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// Old and new.
    pub tables: Vec<(String, String)>,
    /// The table's new name, the column's old and new.
    pub columns: Vec<(String, String, String)>,
}

impl Names {
    /// What the notes of a wanted text say, as far as it is not done yet.
    pub fn read(notes: &[Renamed], live: &Catalog, wanted: &Catalog) -> Result<Self, (usize, String)> {
        let name = |written: &String| bare(Engine::Sqlite, written);
        let mut found = Self::default();
        for note in notes.iter().filter(|note| note.column.is_none()) {
            let (from, to) = (name(&note.from), note.table.last().map(name).unwrap_or_default());
            if wanted.table(&from).is_some() && !from.eq_ignore_ascii_case(&to) {
                return Err((note.line, format!("@renamed from={from}, but there shall be a table {from} too")));
            }
            if live.table(&from).is_some() && live.table(&to).is_none() {
                found.tables.push((from, to));
            }
        }
        for note in notes {
            let Some(column) = &note.column else { continue };
            let (from, to) = (name(&note.from), name(column));
            let table = note.table.last().map(name).unwrap_or_default();
            let Some(now) = wanted.table(&table) else { continue };
            if now.column(&from).is_some() && !from.eq_ignore_ascii_case(&to) {
                return Err((note.line, format!("@renamed from={from}, but {table} shall have a column {from} too")));
            }
            let old = live.table(found.old_table(&table));
            if old.is_some_and(|old| old.column(&from).is_some() && old.column(&to).is_none()) {
                found.columns.push((table, from, to));
            }
        }
        Ok(found)
    }

    pub fn old_table<'a>(&'a self, new: &'a str) -> &'a str {
        self.tables.iter().find(|(_, to)| to.eq_ignore_ascii_case(new)).map_or(new, |(from, _)| from)
    }

    fn old_column<'a>(&'a self, table: &str, new: &'a str) -> &'a str {
        let of =
            |(on, _, to): &&(String, String, String)| on.eq_ignore_ascii_case(table) && to.eq_ignore_ascii_case(new);
        self.columns.iter().find(of).map_or(new, |(_, from, _)| from)
    }

    /// Seen from the other side.
    pub fn back(&self) -> Self {
        let column =
            |(table, from, to): &(String, String, String)| (self.old_table(table).to_owned(), to.clone(), from.clone());
        Self {
            tables: self.tables.iter().map(|(from, to)| (to.clone(), from.clone())).collect(),
            columns: self.columns.iter().map(column).collect(),
        }
    }
}

/// What becomes of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    Same,
    /// It gets columns by `ALTER TABLE ADD COLUMN`.
    Add,
    /// It is made anew, and its rows are copied.
    Rebuild,
}

/// A table on both sides.
#[derive(Debug, Clone)]
pub(super) struct Pair<'a> {
    pub from: &'a Table,
    pub to: &'a Table,
    /// Columns that are on both sides.
    pub columns: Vec<(&'a Column, &'a Column)>,
    pub change: Change,
}

impl<'a> Pair<'a> {
    pub fn column_from(&self, to: &Column) -> Option<&'a Column> {
        self.columns.iter().find(|(_, other)| other.name == to.name).map(|(from, _)| *from)
    }

    pub fn column_to(&self, from: &Column) -> Option<&'a Column> {
        self.columns.iter().find(|(other, _)| other.name == from.name).map(|(_, to)| *to)
    }

    /// Columns that go away, and columns that come.
    pub fn gone(&self) -> impl Iterator<Item = &'a Column> {
        self.from.columns.iter().filter(|column| self.column_to(column).is_none())
    }

    pub fn come(&self) -> impl Iterator<Item = &'a Column> {
        self.to.columns.iter().filter(|column| self.column_from(column).is_none())
    }
}

/// What differs.
#[derive(Debug)]
pub(super) struct Diff<'a> {
    pub from: &'a Catalog,
    pub to: &'a Catalog,
    pub pairs: Vec<Pair<'a>>,
    pub gone: Vec<&'a Table>,
    pub come: Vec<&'a Table>,
    /// Where the pair of a table is, by its old and by its new name in small letters.
    places: [HashMap<String, usize>; 2],
}

/// Compares two schemas. On the way back no table gets columns by `ADD COLUMN`: its own text has to come back, and what was
/// kept of its rows.
pub(super) fn diff<'a>(from: &'a Catalog, to: &'a Catalog, names: &Names, way: Way) -> Diff<'a> {
    let (mut pairs, mut come) = (Vec::new(), Vec::new());
    for new in &to.tables {
        match from.table(names.old_table(&new.name)) {
            Some(old) => pairs.push(pair(old, new, names, way)),
            None => come.push(new),
        }
    }
    let sides: [fn(&Pair<'_>) -> String; 2] =
        [|pair| pair.from.name.to_ascii_lowercase(), |pair| pair.to.name.to_ascii_lowercase()];
    let places = sides.map(|name| pairs.iter().enumerate().map(|(at, pair)| (name(pair), at)).collect());
    let mut found = Diff { from, to, pairs, gone: Vec::new(), come, places };
    found.gone = from.tables.iter().filter(|table| found.of(&table.name).is_none()).collect();
    found
}

fn pair<'a>(from: &'a Table, to: &'a Table, names: &Names, way: Way) -> Pair<'a> {
    let old = |new: &'a Column| from.column(names.old_column(&to.name, &new.name)).map(|old| (old, new));
    let columns: Vec<_> = to.columns.iter().filter_map(old).collect();
    let change = match () {
        () if from.same(to) => Change::Same,
        () if way == Way::There && adds_only(from, to) => Change::Add,
        () => Change::Rebuild,
    };
    Pair { from, to, columns, change }
}

/// Is it all that is new that there are more columns, of a kind that `ADD COLUMN` takes?
fn adds_only(from: &Table, to: &Table) -> bool {
    let kept = from.columns.iter().all(|column| to.column(&column.name).is_some_and(|to| column.same(to)));
    let mut come = to.columns.iter().filter(|column| from.column(&column.name).is_none());
    from.name == to.name && kept && from.same_but_columns(to) && come.all(is_addable)
}

fn is_addable(column: &Column) -> bool {
    let has = |word: &str| column.words.iter().any(|found| found.is(word));
    let default = column.words.iter().position(|word| word.is("default")).and_then(|at| column.words.get(at + 1));
    let constant = default.is_none_or(|word| {
        !word.is_mark("(") && !["current_timestamp", "current_date", "current_time"].iter().any(|now| word.is(now))
    });
    let filled = !column.not_null || default.is_some_and(|word| !word.is("null"));
    let computed_now = has("stored") || (column.generated && column.not_null);
    constant && filled && !computed_now && !has("primary") && !has("unique") && !has("references")
}

impl<'a> Diff<'a> {
    /// The pair of a table on the old side.
    pub fn of(&self, from: &str) -> Option<&Pair<'a>> {
        self.pairs.get(*self.places[0].get(&from.to_ascii_lowercase())?)
    }

    /// The pair of a table on the new side.
    pub fn of_new(&self, to: &str) -> Option<&Pair<'a>> {
        self.pairs.get(*self.places[1].get(&to.to_ascii_lowercase())?)
    }

    pub fn rebuilt(&self) -> impl Iterator<Item = &Pair<'a>> {
        self.pairs.iter().filter(|pair| pair.change == Change::Rebuild)
    }

    pub fn is_empty(&self) -> bool {
        self.gone.is_empty()
            && self.come.is_empty()
            && self.pairs.iter().all(|pair| pair.change == Change::Same)
            && ["index", "view", "trigger"].iter().all(|kind| {
                self.from.all(kind).count() == self.to.all(kind).count()
                    && self.from.all(kind).all(|old| self.to.of(kind, &old.name).is_some_and(|new| old.same(new)))
            })
    }

    /// Tables and views of the old side that go away for a while, or for good: their names in small letters.
    pub fn unsettled(&self) -> HashSet<String> {
        let tables = self.rebuilt().map(|pair| pair.from).chain(self.gone.iter().copied());
        let mut names: HashSet<_> = tables.map(|table| table.name.to_ascii_lowercase()).collect();
        let mut views: Vec<_> = self.from.all("view").map(|view| (view, words::names(&view.sql))).collect();
        // A view of a view of such a table.
        loop {
            let before = names.len();
            views.retain(|(view, words)| {
                let settled = self.stays(view) && names.is_disjoint(words);
                if !settled {
                    names.insert(view.name.to_ascii_lowercase());
                }
                settled
            });
            if names.len() == before {
                return names;
            }
        }
    }

    /// Is an object of the old side there on the new one, and the same?
    pub fn stays(&self, object: &Object) -> bool {
        self.to.of(&object.kind, &object.name).is_some_and(|new| new.same(object))
    }

    /// Must a view or a trigger of the old side be dropped, if these are?
    pub fn unsettles(&self, object: &Object, names: &HashSet<String>) -> bool {
        !self.stays(object) || !names.is_disjoint(&words::names(&object.sql))
    }

    /// A column or a table that goes while one of the same shape comes: a person must say whether it is the same one.
    pub fn question(&self, fresh: &[Fresh]) -> Option<Refusal> {
        let is_new = |table: &str, column: Option<&str>| {
            fresh.iter().any(|note| note.means(Engine::Sqlite, &["main", table], column))
        };
        for pair in &self.pairs {
            for old in pair.gone() {
                let mut come = pair.come().filter(|new| !is_new(&pair.to.name, Some(&new.name)));
                if let Some(new) = come.find(|new| old.same_shape(new)) {
                    let (table, old, new) = (&pair.to.name, &old.name, &new.name);
                    return Some(asked("column", &format!("{table}.{old}"), &format!("{table}.{new}"), old));
                }
            }
        }
        let like = |old: &Table, new: &Table| {
            let columns = old.columns.iter().all(|column| new.column(&column.name).is_some_and(|to| column.same(to)));
            columns && old.columns.len() == new.columns.len() && old.same_but_columns(new)
        };
        self.gone.iter().find_map(|old| {
            let mut come = self.come.iter().filter(|new| !is_new(&new.name, None));
            let new = come.find(|new| like(old, new))?;
            Some(asked("table", &old.name, &new.name, &old.name))
        })
    }
}

fn asked(kind: &str, old: &str, new: &str, name: &str) -> Refusal {
    Refusal::Question(format!(
        "{kind} {old} goes while {new} of the same shape comes: if it is a rename, write `-- @renamed from={name}` beside it; \
         if it is another one, `-- @not-renamed`"
    ))
}
