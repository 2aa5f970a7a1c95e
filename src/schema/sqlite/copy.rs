//! Rows that go from an old table to a new one.

use super::diff::Pair;
use super::keep::{Kept, number, number_column};
use super::script::{name, text};
use super::table::Column;

/// Where rows come from: the table under the alias `n`, and the trash under `t`.
pub(super) struct Source<'s> {
    /// The old table's name now.
    pub table: &'s str,
    /// The way back: what was kept, and the trash's name.
    pub kept: Option<(&'s Kept<'s>, &'s str)>,
}

impl Source<'_> {
    /// `FROM ... AS n LEFT JOIN ... AS t`
    fn from(&self) -> String {
        let table = name(self.table);
        match self.kept {
            Some((kept, trash)) => format!("{table} AS n LEFT JOIN {trash} AS t ON {}", kept.join("t")),
            None => format!("{table} AS n"),
        }
    }

    /// What a column of the new table gets; `None`: its default.
    fn cell(&self, pair: &Pair<'_>, to: &Column) -> Option<String> {
        let now = pair.column_from(to).map(|from| format!("n.{}", name(&from.name)));
        let kept = self.kept.and_then(|(kept, _)| kept.values.iter().position(|value| value.column.name == to.name));
        let (Some((old, _)), Some(at)) = (self.kept, kept) else { return now };
        Some(match (&old.values[at].made, &now) {
            // The old form, unless it was written since.
            (Some(_), Some(now)) => format!(
                "CASE WHEN t.object IS NOT NULL AND typeof({now}) = typeof(t.m{at}) AND t.m{at} IS +{now} THEN t.o{at} ELSE {now} END"
            ),
            _ => {
                let new = now.unwrap_or_else(|| default(to));
                format!("CASE WHEN t.object IS NULL THEN {new} ELSE t.o{at} END")
            }
        })
    }

    /// The rowid's name in the new table, and what it gets.
    fn rowid(&self, pair: &Pair<'_>) -> Option<(String, String)> {
        if self.kept.is_some_and(|(kept, _)| kept.rowid) {
            return Some((pair.to.rowid()?.to_owned(), "t.row".into()));
        }
        let column = number_column(pair)?;
        let known = self.kept.is_some_and(|(kept, _)| kept.values.iter().any(|value| value.column.name == column));
        let own = pair.from.without_rowid && self.kept.is_some();
        (!known && !own).then(|| Some((column.to_owned(), number(pair.from, "n")?))).flatten()
    }

    /// The statement that copies all rows, and the one that counts them.
    pub fn copy(&self, pair: &Pair<'_>) -> Vec<String> {
        let cells = pair.to.stored().filter_map(|to| Some((name(&to.name), self.cell(pair, to)?)));
        let rowid = self.rowid(pair).map(|(column, what)| (name(&column), what));
        let (into, what): (Vec<_>, Vec<_>) = rowid.into_iter().chain(cells).unzip();
        let table = name(&pair.to.name);
        // Rows that have their number back come before those that get a new one.
        let order = if self.kept.is_some() { " ORDER BY t.object IS NULL" } else { "" };
        let (into, what) = (into.join(", "), what.join(", "));
        let copied = match into.is_empty() {
            true => format!("INSERT INTO {table} DEFAULT VALUES;"),
            false => format!("INSERT INTO {table}({into}) SELECT {what} FROM {}{order};", self.from()),
        };
        let counted = format!(
            "INSERT INTO temp._release_rows SELECT (SELECT count(*) FROM {table}) = (SELECT count(*) FROM {});",
            name(self.table)
        );
        vec![copied, counted]
    }

    /// The rows as the new table would have them, under its name, each with what names it in `_release_key`.
    pub fn shape(&self, pair: &Pair<'_>) -> String {
        let cells = pair.to.stored().map(|to| {
            let cell = self.cell(pair, to).unwrap_or_else(|| match pair.to.rowid_column() {
                Some(id) if id.name == to.name => number(pair.from, "n").unwrap_or_else(|| "NULL".into()),
                _ => default(to),
            });
            format!("{cell} AS {}", name(&to.name))
        });
        let cells: Vec<_> = cells.chain([format!("{} AS _release_key", row_name(pair.from))]).collect();
        format!("(SELECT {} FROM {}) AS {}", cells.join(", "), self.from(), name(&pair.to.name))
    }
}

/// What a person would call a row of a table under the alias `n`.
pub(super) fn row_name(table: &super::table::Table) -> String {
    let keys = table.rowid_column().map(|id| vec![id]).or_else(|| table.stable_keys().next());
    let named = |column: &&Column| format!("{} || quote(n.{})", text(&format!("{} ", column.name)), name(&column.name));
    match (keys, table.rowid()) {
        (Some(keys), _) => keys.iter().map(named).collect::<Vec<_>>().join(" || ', ' || "),
        (None, Some(rowid)) => format!("'row ' || n.{rowid}"),
        (None, None) => "'?'".into(),
    }
}

/// What a column gets that is given no value.
pub(super) fn default(column: &Column) -> String {
    match &column.default {
        // In a default, and only there, this is a text.
        Some(quoted) if quoted.starts_with('"') => {
            text(&crate::schema::sql::bare(crate::schema::Engine::Sqlite, quoted))
        }
        Some(value) => format!("({value})"),
        None => "NULL".into(),
    }
}
