//! Small aligned tables, for `status` and `log`.

use super::escape;
use super::paint::{self, Line, Paint};

/// One cell of a [`Table`]: text, escaped when it is made, and a look.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    text: String,
    paint: Paint,
}

impl Cell {
    /// A cell with a look of its own.
    pub fn painted(paint: Paint, text: impl AsRef<str>) -> Self {
        Self { text: escape::line(text.as_ref()), paint }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::painted(Paint::Plain, text)
    }
}

/// Rows under a header. Columns are as wide as their widest cell; the last may be cut to what is left of the width.
#[derive(Debug, Clone, Default)]
pub struct Table {
    header: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
}

/// What the last column needs at least; where that is not left, a row becomes a block of lines.
const LAST_MIN: usize = 12;

/// The columns between columns.
const GAP: usize = 2;

impl Table {
    /// A table with these headings; with none it has no header line.
    pub fn new<T: AsRef<str>>(header: impl IntoIterator<Item = T>) -> Self {
        Self { header: header.into_iter().map(|text| Cell::painted(Paint::Dim, text)).collect(), rows: Vec::new() }
    }

    /// Adds a row. A row may have fewer cells than the header.
    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) -> &mut Self {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many columns it takes when nothing is cut.
    pub fn width(&self) -> usize {
        let text = anstream::adapter::strip_str(&self.render(None)).to_string();
        text.lines().map(paint::width).max().unwrap_or(0)
    }

    /// For a terminal that is too narrow: a block of lines a row, each with its heading.
    fn stacked(&self, width: usize) -> String {
        let names = self.header.iter().map(|cell| paint::width(&cell.text) + GAP).max().unwrap_or(0);
        let block = |row: &Vec<Cell>| {
            let mut text = String::new();
            for (column, cell) in row.iter().enumerate() {
                for (at, part) in paint::flow(&cell.text, Some(width.saturating_sub(names))).iter().enumerate() {
                    let name = self.header.get(column).filter(|_| at == 0).cloned();
                    let line = name.map_or_else(Line::new, |name| Line::new().put(name.paint, name.text));
                    text.push_str(&format!("{}\n", line.to(names).put(cell.paint, part)));
                }
            }
            text
        };
        self.rows.iter().map(block).collect::<Vec<_>>().join("\n")
    }

    /// The table as lines, each ended; the last column is cut where `width` is given and too small.
    pub fn render(&self, width: Option<usize>) -> String {
        let rows = || std::iter::once(&self.header).filter(|header| !header.is_empty()).chain(&self.rows);
        let columns = rows().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| rows().filter_map(|row| row.get(column)).map(|cell| paint::width(&cell.text)).max())
            .map(Option::unwrap_or_default)
            .collect();
        let fixed: usize = widths.iter().rev().skip(1).map(|width| width + GAP).sum();
        let last = widths.last().copied().unwrap_or_default().min(LAST_MIN);
        if let Some(width) = width.filter(|width| fixed + last > *width) {
            return self.stacked(width);
        }
        let mut text = String::new();
        for row in rows() {
            let mut line = Line::new();
            let mut start = 0;
            for (column, cell) in row.iter().enumerate() {
                line = line.to(start);
                let room = width.filter(|_| column + 1 == columns).map(|width| width.saturating_sub(start).max(GAP));
                let shown = room.map_or_else(|| cell.text.clone(), |room| paint::clip(&cell.text, room));
                line = line.put(cell.paint, shown);
                start += widths[column] + GAP;
            }
            text.push_str(&line.to_string());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snapbox::str;

    fn table() -> Table {
        let mut table = Table::new(["HOST", "LIVE", "NOTE"]);
        table.row(["duck.co", "0.941", "deployed 3 days ago by maikel@laptop"]);
        table.row(["日本.example", "0.940", "behind"]);
        table.row(["web3"]);
        table
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn aligns_by_columns_of_the_terminal() {
        let shown = plain(&table().render(None));
        snapbox::assert_data_eq!(
            shown,
            str![[r#"
HOST          LIVE   NOTE
duck.co       0.941  deployed 3 days ago by maikel@laptop
日本.example  0.940  behind
web3

"#]]
        );
    }

    #[test]
    fn cuts_the_last_column_only() {
        let shown = plain(&table().render(Some(40)));
        snapbox::assert_data_eq!(
            shown,
            str![[r#"
HOST          LIVE   NOTE
duck.co       0.941  deployed 3 days ag…
日本.example  0.940  behind
web3

"#]]
        );
    }

    #[test]
    fn narrow_terminal_gets_a_block_a_row() {
        let shown = plain(&table().render(Some(26)));
        snapbox::assert_data_eq!(
            shown,
            str![[r#"
HOST  duck.co
LIVE  0.941
NOTE  deployed 3 days ago
      by maikel@laptop

HOST  日本.example
LIVE  0.940
NOTE  behind

HOST  web3

"#]]
        );
    }

    #[test]
    fn escapes_and_paints() {
        let mut table = Table::new(Vec::<&str>::new());
        table.row([Cell::painted(Paint::Green, "\x1b[2J"), "b".into()]);
        assert_eq!(table.render(None), "\x1b[32m\\x1b[2J\x1b[0m  b\n");
        assert!(!table.is_empty());
        assert_eq!(Table::new(["HOST"]).render(None), "\x1b[2mHOST\x1b[0m\n");
    }
}
