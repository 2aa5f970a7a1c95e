//! A table: what SQLite says of it, and the parts of its text.

use serde_json::Value;

use super::words::{self, Word};
use crate::schema::Engine;
use crate::schema::sql::{Kind, Token, tokens};

/// A column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub name: String,
    /// Its type, as it was declared.
    pub decl: String,
    pub not_null: bool,
    /// The text of its default.
    pub default: Option<String>,
    /// Its place in the primary key; 0: it is not in it.
    pub pk: u64,
    /// It is computed.
    pub generated: bool,
    /// Its definition after its name.
    pub words: Vec<Word>,
    /// Its definition, as it is written.
    pub text: String,
}

/// A primary key, a UNIQUE constraint or an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub primary: bool,
    pub unique: bool,
    pub partial: bool,
    /// Columns with their collations; `None` is an expression.
    pub columns: Vec<(Option<String>, String)>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Foreign {
    pub parent: String,
    /// Columns here and there; `None`: the parent's primary key.
    pub columns: Vec<(String, Option<String>)>,
}

/// A table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub name: String,
    pub sql: String,
    pub without_rowid: bool,
    pub strict: bool,
    pub columns: Vec<Column>,
    pub keys: Vec<Key>,
    pub foreign: Vec<Foreign>,
    /// The constraints of the table.
    pub constraints: Vec<Vec<Word>>,
    /// The expressions of all CHECKs, as they are written.
    pub checks: Vec<String>,
}

impl Table {
    /// Reads the line of the catalog's query, and the table's text.
    pub fn read(name: &str, sql: &str, value: &Value) -> Option<Self> {
        let mut table = Self {
            name: name.to_owned(),
            sql: sql.to_owned(),
            without_rowid: value["wr"].as_u64()? == 1,
            strict: value["strict"].as_u64()? == 1,
            columns: value["columns"].as_array()?.iter().map(column).collect::<Option<_>>()?,
            keys: value["keys"].as_array()?.iter().map(key).collect::<Option<_>>()?,
            foreign: foreign(value["foreign"].as_array()?)?,
            constraints: Vec::new(),
            checks: Vec::new(),
        };
        table.read_text()?;
        Some(table)
    }

    fn read_text(&mut self) -> Option<()> {
        let sql = self.sql.clone();
        let code: Vec<_> = tokens(Engine::Sqlite, &sql).ok()?.into_iter().filter(Token::is_code).collect();
        let mut columns = self.columns.iter_mut();
        for part in parts(&code) {
            let (first, last) = (part.first()?, part.last()?);
            let text = sql.get(first.at..last.at + last.text.len())?;
            if first.is_any(&["constraint", "primary", "unique", "check", "foreign"]) {
                self.constraints.push(words::read(text));
            } else {
                let column = columns.next()?;
                column.text = text.to_owned();
                column.words = words::read(text).split_off(1);
            }
            self.checks.extend(checks(part).filter_map(|(from, to)| sql.get(from..to)).map(str::to_owned));
        }
        columns.next().is_none().then_some(())
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Columns that hold what was written into them.
    pub fn stored(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !column.generated)
    }

    /// The columns of its primary key, in order.
    pub fn primary(&self) -> Vec<&Column> {
        let mut found: Vec<_> = self.columns.iter().filter(|column| column.pk > 0).collect();
        found.sort_by_key(|column| column.pk);
        found
    }

    /// The column that is another name of the rowid.
    pub fn rowid_column(&self) -> Option<&Column> {
        match self.primary()[..] {
            [one] if !self.without_rowid && !self.keys.iter().any(|key| key.primary) => Some(one),
            _ => None,
        }
    }

    /// A name for the rowid that no column has.
    pub fn rowid(&self) -> Option<&'static str> {
        let free = |name: &&&str| self.column(name).is_none();
        ["rowid", "_rowid_", "oid"].iter().find(free).copied().filter(|_| !self.without_rowid)
    }

    pub fn autoincrement(&self) -> bool {
        self.rowid_column().is_some_and(|column| column.words.iter().any(|word| word.is("autoincrement")))
    }

    /// Keys by which every row can be named: no NULL, no expression, all rows.
    pub fn stable_keys(&self) -> impl Iterator<Item = Vec<&Column>> {
        let whole = self.keys.iter().filter(|key| key.unique && !key.partial);
        whole.filter_map(|key| {
            let column = |(name, _): &(Option<String>, String)| {
                self.column(name.as_deref()?).filter(|c| c.not_null || self.without_rowid && c.pk > 0)
            };
            key.columns.iter().map(column).collect()
        })
    }

    /// Does it mean the same as another one?
    pub fn same(&self, other: &Self) -> bool {
        self.sql == other.sql
            || (self.name == other.name
                && self.columns.len() == other.columns.len()
                && self.columns.iter().all(|column| other.column(&column.name).is_some_and(|to| column.same(to)))
                && self.same_but_columns(other))
    }

    /// Does it, but for its name and its columns?
    pub fn same_but_columns(&self, other: &Self) -> bool {
        (self.without_rowid, self.strict) == (other.without_rowid, other.strict)
            && words::same_set(&self.constraints, &other.constraints)
    }
}

impl Column {
    pub fn same(&self, other: &Self) -> bool {
        self.name == other.name && self.same_shape(other)
    }

    /// Does it mean the same but for its name?
    pub fn same_shape(&self, other: &Self) -> bool {
        self.decl == other.decl && words::same(&self.words, &other.words)
    }

    /// What SQLite makes of values that are put into it.
    pub fn affinity(&self, strict: bool) -> &'static str {
        let decl = self.decl.to_ascii_uppercase();
        let has = |part: &str| decl.contains(part);
        match () {
            () if strict && decl == "ANY" => "ANY",
            () if has("INT") => "INTEGER",
            () if has("CHAR") || has("CLOB") || has("TEXT") => "TEXT",
            () if has("BLOB") || decl.is_empty() => "BLOB",
            () if has("REAL") || has("FLOA") || has("DOUB") => "REAL",
            () => "NUMERIC",
        }
    }
}

fn column(row: &Value) -> Option<Column> {
    Some(Column {
        name: row.get(0)?.as_str()?.to_owned(),
        decl: row.get(1)?.as_str().unwrap_or_default().to_owned(),
        not_null: row.get(2)?.as_u64()? == 1,
        default: row.get(3)?.as_str().map(str::to_owned),
        pk: row.get(4)?.as_u64()?,
        generated: row.get(5)?.as_u64()? > 1,
        words: Vec::new(),
        text: String::new(),
    })
}

fn key(row: &Value) -> Option<Key> {
    let part = |part: &Value| Some((part.get(0)?.as_str().map(str::to_owned), part.get(1)?.as_str()?.to_owned()));
    Some(Key {
        primary: row.get(0)?.as_str()? == "pk",
        unique: row.get(1)?.as_u64()? == 1,
        partial: row.get(2)?.as_u64()? == 1,
        columns: row.get(3)?.as_array()?.iter().map(part).collect::<Option<_>>()?,
    })
}

fn foreign(rows: &[Value]) -> Option<Vec<Foreign>> {
    let mut found: Vec<(u64, Foreign)> = Vec::new();
    for row in rows {
        let (id, parent) = (row.get(0)?.as_u64()?, row.get(1)?.as_str()?.to_owned());
        let pair = (row.get(2)?.as_str()?.to_owned(), row.get(3)?.as_str().map(str::to_owned));
        match found.last_mut().filter(|(last, _)| *last == id) {
            Some((_, last)) => last.columns.push(pair),
            None => found.push((id, Foreign { parent, columns: vec![pair] })),
        }
    }
    Some(found.into_iter().map(|(_, key)| key).collect())
}

/// What stands between the commas of a `CREATE TABLE`.
fn parts<'t, 'a>(code: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let (mut found, mut depth, mut from) = (Vec::new(), 0_usize, 0);
    for (at, token) in code.iter().enumerate() {
        let ends = depth == 1 && (token.is_mark(",") || token.is_mark(")"));
        if ends && from < at {
            found.push(&code[from..at]);
        }
        match token.text {
            "(" if token.kind == Kind::Mark => depth += 1,
            ")" if depth == 1 => break,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if ends || (depth == 1 && token.is_mark("(") && from == 0) {
            from = at + 1;
        }
    }
    found
}

/// Where the expressions of CHECKs begin and end.
fn checks<'t>(part: &'t [Token<'_>]) -> impl Iterator<Item = (usize, usize)> + 't {
    let opens = (1..part.len()).filter(|at| part[at - 1].is("check") && part[*at].is_mark("("));
    opens.filter_map(|open| {
        let mut depth = 0_usize;
        let closes = part[open..].iter().find(|token| {
            depth += usize::from(token.is_mark("("));
            depth -= usize::from(token.is_mark(")"));
            depth == 0
        });
        closes.map(|close| (part[open].at, close.at + 1))
    })
}
