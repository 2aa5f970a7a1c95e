//! What the way there takes away, and how it is kept for the way back.
//!
//! An operation has one table for it, `_release_trash_OPERATION`, whose columns have no types, so that every value stays
//! what it is: the number of the object, the rowid if nothing else carries it, the key of the row in the new table,
//! the old values, and what the new table made of those that it keeps in another form.

use super::diff::{Change, Diff, Pair};
use super::script::{name, text};
use super::table::{Column, Table};

/// How a row of the new table is found.
#[derive(Debug, Clone)]
pub(super) enum Key<'a> {
    /// Not at all.
    None,
    /// By its rowid, which is the old one's.
    Rowid,
    /// By columns, old and new.
    Columns(Vec<(&'a Column, &'a Column)>),
}

/// An old value.
#[derive(Debug, Clone)]
pub(super) struct Value<'a> {
    pub column: &'a Column,
    /// The column that holds it in another form.
    pub made: Option<&'a Column>,
}

/// What is kept of a table.
#[derive(Debug, Clone)]
pub(super) struct Kept<'a> {
    pub number: usize,
    pub from: &'a Table,
    /// `None`: the whole table goes.
    pub pair: Option<Pair<'a>>,
    pub key: Key<'a>,
    /// Its rowids are kept too.
    pub rowid: bool,
    pub values: Vec<Value<'a>>,
}

/// All that is kept.
#[derive(Debug, Clone)]
pub(super) struct Keep<'a> {
    pub trash: String,
    pub tables: Vec<Kept<'a>>,
    /// Tables whose last AUTOINCREMENT number nothing else keeps.
    pub sequences: Vec<&'a Table>,
    /// Tables are made anew or go: complaints about foreign keys may go with them, and come back.
    complaints: bool,
}

/// The trash of an operation.
pub(super) fn trash(operation: &str) -> String {
    name(&format!("_release_trash_{operation}"))
}

impl<'a> Keep<'a> {
    pub fn of(diff: &Diff<'a>, operation: &str) -> Self {
        let whole = diff.gone.iter().map(|table| Kept {
            number: 0,
            from: table,
            pair: None,
            key: Key::None,
            rowid: table.rowid_column().is_none() && table.rowid().is_some(),
            values: table.stored().map(|column| Value { column, made: None }).collect(),
        });
        let parts = diff.rebuilt().map(part).filter(|kept| kept.rowid || !kept.values.is_empty());
        let mut tables: Vec<_> = whole.chain(parts).collect();
        tables.iter_mut().enumerate().for_each(|(at, kept)| kept.number = at);
        let lost = |table: &&Table| {
            let to = diff.of(&table.name);
            table.autoincrement() && !to.is_some_and(|pair| pair.change == Change::Same || pair.to.autoincrement())
        };
        let sequences = diff.from.tables.iter().filter(lost).collect();
        let complaints = !diff.gone.is_empty() || diff.rebuilt().next().is_some();
        Self { trash: trash(operation), tables, sequences, complaints }
    }

    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.sequences.is_empty() && !self.complaints
    }

    /// Why there is no way back, if there is none.
    pub fn impossible(&self) -> Option<String> {
        let keyless = |kept: &&Kept<'_>| kept.pair.is_some() && matches!(kept.key, Key::None);
        let kept = self.tables.iter().find(keyless)?;
        Some(format!("the rows of table {} have nothing by which they could be found again", kept.from.name))
    }

    /// The first table whose rows have nothing but a number that VACUUM may change.
    pub fn numbered(&self) -> Option<&'a Table> {
        let by_number = |kept: &&Kept<'a>| {
            let own = kept.pair.as_ref().is_some_and(|pair| pair.to.rowid_column().is_none());
            own && matches!(kept.key, Key::Rowid)
        };
        self.tables.iter().find(by_number).map(|kept| kept.from)
    }

    /// What was kept of a table of the old side.
    pub fn kept(&self, from: &str) -> Option<&Kept<'a>> {
        self.tables.iter().find(|kept| kept.from.name.eq_ignore_ascii_case(from))
    }

    /// Statements that fill it, before anything changes.
    pub fn fill(&self) -> Vec<String> {
        if self.is_empty() {
            return Vec::new();
        }
        let columns = |prefix: &str, n: usize| (0..n.max(1)).map(|at| format!(", {prefix}{at}")).collect::<String>();
        let keys = self.tables.iter().map(|kept| kept.keys().len()).max().unwrap_or_default();
        let values = self.tables.iter().map(|kept| kept.values.len()).max().unwrap_or_default();
        let all = format!("{}{}{}", columns("k", keys), columns("o", values), columns("m", values));
        let mut found = vec![format!("CREATE TABLE {}(object, row{all});", self.trash)];
        found.extend(self.tables.iter().map(|kept| kept.fill(&self.trash)));
        let trash = &self.trash;
        found.extend(self.sequences.iter().map(|table| {
            let known = format!("SELECT -1, name, seq FROM sqlite_sequence WHERE name = {}", text(&table.name));
            format!("INSERT INTO {trash}(object, k0, o0) {known};")
        }));
        let known = "SELECT -2, row, own, parent FROM temp._release_broken WHERE side = 'before'";
        found.push(format!("INSERT INTO {trash}(object, row, k0, o0) {known};"));
        found
    }

    /// Statements that note what became of values, when the new tables are filled; and make sure that each row is found again.
    pub fn note(&self) -> Vec<String> {
        self.tables.iter().flat_map(|kept| kept.note(&self.trash)).collect()
    }

    pub fn drop(&self) -> Vec<String> {
        let known = format!("SELECT 'before', k0, row, o0, k0 FROM {} WHERE object = -2", self.trash);
        match self.is_empty() {
            true => Vec::new(),
            false => vec![format!("INSERT INTO temp._release_broken {known};"), format!("DROP TABLE {};", self.trash)],
        }
    }
}

impl Kept<'_> {
    /// The row's key, as the old table `o` has it.
    fn keys(&self) -> Vec<String> {
        match &self.key {
            Key::None => Vec::new(),
            Key::Rowid => vec![number(self.from, "o").unwrap_or_else(|| "NULL".into())],
            Key::Columns(columns) => columns.iter().map(|(from, _)| format!("o.{}", name(&from.name))).collect(),
        }
    }

    /// Finds its row `t` in the trash by the row `n` of the new table; `+` because an index on what has no type is of no use
    /// for a column that has one.
    pub fn join(&self, trash: &str) -> String {
        let Some(pair) = &self.pair else { return "0".into() };
        let keys = match &self.key {
            Key::None => return "0".into(),
            Key::Rowid => vec![format!("n.{}", pair.to.rowid().unwrap_or("rowid"))],
            Key::Columns(columns) => columns.iter().map(|(_, to)| format!("n.{}", name(&to.name))).collect(),
        };
        let equal = keys.iter().enumerate().map(|(at, key)| match self.plain() {
            true => format!(" AND {trash}.k{at} = +{key}"),
            false => format!(" AND {key} = +{trash}.k{at}"),
        });
        format!("{trash}.object = {}{}", self.number, equal.collect::<String>())
    }

    /// The key has the same form on both sides.
    fn plain(&self) -> bool {
        match (&self.key, &self.pair) {
            (Key::Columns(columns), Some(pair)) => {
                columns.iter().all(|(from, to)| from.affinity(self.from.strict) == to.affinity(pair.to.strict))
            }
            _ => true,
        }
    }

    fn fill(&self, trash: &str) -> String {
        let row = match self.from.rowid().filter(|_| self.rowid) {
            Some(rowid) => format!("o.{rowid}"),
            None => "NULL".into(),
        };
        let (mut into, mut what) = (String::from("object, row"), format!("{}, {row}", self.number));
        for (at, key) in self.keys().iter().enumerate() {
            into += &format!(", k{at}");
            what += &format!(", {key}");
        }
        for (at, value) in self.values.iter().enumerate() {
            into += &format!(", o{at}");
            what += &format!(", o.{}", name(&value.column.name));
        }
        format!("INSERT INTO {trash}({into}) SELECT {what} FROM {} AS o;", name(&self.from.name))
    }

    fn note(&self, trash: &str) -> Vec<String> {
        let Some(pair) = &self.pair else { return Vec::new() };
        let (table, join) = (name(&pair.to.name), self.join(trash));
        let made = self.values.iter().enumerate().filter_map(|(at, value)| {
            let column = name(&value.made?.name);
            Some(format!("m{at} = (SELECT n.{column} FROM {table} AS n WHERE {join})"))
        });
        let made: Vec<_> = made.collect();
        let mut found = Vec::new();
        if !made.is_empty() {
            found.push(format!("UPDATE {trash} SET {} WHERE object = {};", made.join(", "), self.number));
        }
        found.push(format!(
            "INSERT INTO temp._release_rows SELECT (SELECT count(*) FROM {table} AS n JOIN {trash} ON {join}) = \
             (SELECT count(*) FROM {table});"
        ));
        found
    }
}

/// What is kept of a table that is made anew.
fn part<'a>(pair: &Pair<'a>) -> Kept<'a> {
    let lost = |column: &&'a Column| pair.column_to(column).is_none_or(|to| to.generated);
    let changed = |column: &'a Column| {
        let to = pair.column_to(column).filter(|to| !to.generated)?;
        (column.affinity(pair.from.strict) != to.affinity(pair.to.strict)).then_some(Value { column, made: Some(to) })
    };
    let gone = pair.from.stored().filter(lost).map(|column| Value { column, made: None });
    let values = gone.chain(pair.from.stored().filter_map(changed)).collect();
    let key = key(pair);
    let carried = number_column(pair).is_some();
    let nameless = pair.from.rowid_column().is_none() && pair.from.stable_keys().next().is_none();
    let rowid = nameless && pair.from.rowid().is_some() && !carried;
    Kept { number: 0, from: pair.from, pair: Some(pair.clone()), key, rowid, values }
}

fn key<'a>(pair: &Pair<'a>) -> Key<'a> {
    let mapped = |columns: Vec<&'a Column>| -> Option<Vec<_>> {
        let old = |to: &'a Column| pair.column_from(to).filter(|_| !to.generated).map(|from| (from, to));
        columns.into_iter().map(old).collect()
    };
    let some =
        |columns: Vec<(&'a Column, &'a Column)>| if columns.is_empty() { Key::None } else { Key::Columns(columns) };
    if pair.to.without_rowid {
        let columns = pair.to.primary().into_iter().filter_map(|to| Some((pair.column_from(to)?, to)));
        return some(columns.collect());
    }
    if let Some(id) = pair.to.rowid_column() {
        return mapped(vec![id]).map_or(Key::Rowid, Key::Columns);
    }
    // VACUUM may give rows another rowid; what the schema says to be a key stays.
    match pair.to.stable_keys().find_map(mapped) {
        Some(columns) => some(columns),
        None if number_column(pair).is_some() => Key::Rowid,
        None => Key::None,
    }
}

/// What the new table's rowid is written to, if the old table's rows have a number that goes there.
pub(super) fn number_column<'a>(pair: &Pair<'a>) -> Option<&'a str> {
    number(pair.from, "n")?;
    match pair.to.rowid_column() {
        Some(id) if pair.column_from(id).is_some() => None,
        Some(id) => Some(&id.name),
        None => pair.to.rowid(),
    }
}

/// The number of a row of a table with this alias: its rowid, or its place.
pub(super) fn number(table: &Table, alias: &str) -> Option<String> {
    if table.without_rowid {
        let order: Vec<_> = table.primary().iter().map(|column| format!("{alias}.{}", name(&column.name))).collect();
        return Some(format!("row_number() OVER (ORDER BY {})", order.join(", ")));
    }
    let own = table.rowid().map(str::to_owned).or_else(|| table.rowid_column().map(|column| name(&column.name)));
    own.map(|rowid| format!("{alias}.{rowid}"))
}
