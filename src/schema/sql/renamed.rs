//! Notes beside the wanted schema: `-- @renamed from=OLD`, and `-- @not-renamed` where it looks as if.

use std::ops::Range;

use super::check::begins;
use super::{Kind, Statement, Token, Wrong, bare, same, split};
use crate::schema::Engine;

/// What a note says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// The table's name as it is written, in its parts: `blog`, `"Post"`.
    pub table: Vec<String>,
    /// The column's, as it is written; `None`: the note is about the table itself.
    pub column: Option<String>,
    /// The name that it had, as it is written.
    pub from: String,
    /// The note's line.
    pub line: usize,
}

/// A table or a column that is a new one, whatever goes at the same time: `-- @not-renamed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    table: Vec<String>,
    column: Option<String>,
}

impl Fresh {
    /// Is this table (schema and name, or its name alone), or this column of it, meant? All names are bare.
    pub fn means(&self, engine: Engine, table: &[&str], column: Option<&str>) -> bool {
        let equal = |written: &String, name: &&str| same(engine, &bare(engine, written), name);
        let mut parts = self.table.iter().rev().zip(table.iter().rev());
        let same_column = match (&self.column, &column) {
            (Some(written), Some(name)) => equal(written, name),
            (written, name) => written.is_none() && name.is_none(),
        };
        same_column && self.table.len() <= table.len() && parts.all(|(written, name)| equal(written, name))
    }
}

/// What a comment that is a note says.
#[derive(Clone, Copy)]
enum Note<'a> {
    From(&'a str),
    Fresh,
}

/// The notes of a text about renames. A note stands on the line above a table or a column of a `CREATE TABLE`, or at the end of
/// its line.
///
/// # Errors
/// A note is beside nothing, or beside two columns, or has no name; or as [`split`](split()).
pub fn renamed(engine: Engine, text: &str) -> Result<Vec<Renamed>, Wrong> {
    let one = |(note, item, line): (Note<'_>, Place, usize)| match note {
        Note::From(from) => Some(Renamed { table: item.0, column: item.1, from: from.to_owned(), line }),
        Note::Fresh => None,
    };
    Ok(notes(engine, text)?.into_iter().filter_map(one).collect())
}

/// The notes of a text about what is no rename, wherever notes can stand.
///
/// # Errors
/// As [`renamed`].
pub fn fresh(engine: Engine, text: &str) -> Result<Vec<Fresh>, Wrong> {
    let one = |(note, item, _): (Note<'_>, Place, usize)| match note {
        Note::From(_) => None,
        Note::Fresh => Some(Fresh { table: item.0, column: item.1 }),
    };
    Ok(notes(engine, text)?.into_iter().filter_map(one).collect())
}

/// The table's name in its parts, and the column's; as they are written.
type Place = (Vec<String>, Option<String>);

/// All notes, what they are about, and their lines.
fn notes(engine: Engine, text: &str) -> Result<Vec<(Note<'_>, Place, usize)>, Wrong> {
    let statements = split(engine, text)?;
    let items: Vec<Item<'_>> = statements.iter().flat_map(items).collect();
    let indexes: Vec<Range<usize>> = statements.iter().filter_map(of_index).collect();
    let tokens: Vec<Token<'_>> = statements.into_iter().flat_map(|statement| statement.tokens).collect();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Comment) {
        let Some((name, note)) = note(token)? else { continue };
        let before = tokens[..index].iter().rev().find(|token| token.is_code());
        let after = tokens[index..].iter().find(|token| token.is_code());
        let item = match before.filter(|before| last_line(before) == token.line) {
            Some(_) => on_line(&items, token, name)?,
            None => items.iter().find(|item| after.is_some_and(|after| after.at == item.first.at)),
        };
        // An index whose name alone is another one is renamed, noted or not.
        let beside = before.filter(|before| last_line(before) == token.line).or(after);
        if item.is_none() && beside.is_some_and(|beside| indexes.iter().any(|index| index.contains(&beside.at))) {
            continue;
        }
        let nothing =
            || Wrong::new(token.line, format!("{name} is beside neither a table nor a column of a CREATE TABLE"));
        let item = item.ok_or_else(nothing)?;
        let column = item.column.map(|name| name.text.to_owned());
        let table = item.table.iter().map(|part| part.text.to_owned()).collect();
        found.push((note, (table, column), token.line));
    }
    Ok(found)
}

/// Where a `CREATE INDEX` stands.
fn of_index(statement: &Statement<'_>) -> Option<Range<usize>> {
    let code = statement.code();
    let made = begins(&code, &["create", "index"]) || begins(&code, &["create", "unique", "index"]);
    let (first, last) = (code.first().filter(|_| made)?, statement.tokens.last()?);
    Some(first.at..last.at + last.text.len())
}

/// What a comment says that is such a note, and what it is called.
fn note<'a>(comment: &Token<'a>) -> Result<Option<(&'static str, Note<'a>)>, Wrong> {
    let text = comment.text;
    let inside = text.strip_prefix("--").or_else(|| text.strip_prefix("/*")?.strip_suffix("*/")).unwrap_or_default();
    if let Some(rest) = inside.trim().strip_prefix("@not-renamed") {
        // Why stands behind it, where somebody wants to say.
        return match rest.chars().next() {
            None | Some(' ' | ':' | ',') => Ok(Some(("@not-renamed", Note::Fresh))),
            Some(_) => Err(Wrong::new(comment.line, "a note is written `-- @not-renamed`")),
        };
    }
    let Some(rest) = inside.trim().strip_prefix("@renamed") else { return Ok(None) };
    let from = rest.trim_start().strip_prefix("from=").map(str::trim).unwrap_or_default();
    let closed = |quote: char| from.starts_with(quote) && from.len() > 2 && from.ends_with(quote);
    let is_name = closed('"') || closed('`') || (from.starts_with('[') && from.ends_with(']'));
    if from.is_empty() || (!is_name && from.contains(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))) {
        return Err(Wrong::new(comment.line, "a note is written `-- @renamed from=OLD`"));
    }
    Ok(Some(("@renamed", Note::From(from))))
}

/// A table, or a column in it.
struct Item<'a> {
    table: Vec<Token<'a>>,
    column: Option<Token<'a>>,
    /// Where it begins.
    first: Token<'a>,
}

fn last_line(token: &Token<'_>) -> usize {
    token.line + token.text.bytes().filter(|b| *b == b'\n').count()
}

/// What begins on the line of a note that stands at its end. A table comes before its columns.
fn on_line<'i, 'a>(items: &'i [Item<'a>], note: &Token<'_>, name: &str) -> Result<Option<&'i Item<'a>>, Wrong> {
    let here: Vec<_> = items.iter().filter(|item| item.first.line == note.line && item.first.at < note.at).collect();
    match here[..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        [table, ref rest @ ..] if table.column.is_none() && rest.iter().all(|item| item.column.is_some()) => {
            Ok(Some(table))
        }
        [table, ..] if table.column.is_none() => {
            Err(Wrong::new(note.line, format!("{name} is beside more than one table: write each on a line of its own")))
        }
        _ => Err(Wrong::new(
            note.line,
            format!("{name} is beside more than one column: write each on a line of its own"),
        )),
    }
}

/// The table of a `CREATE TABLE`, and its columns.
fn items<'a>(statement: &Statement<'a>) -> Vec<Item<'a>> {
    let code = statement.code();
    let Some((table, body)) = header(&code) else { return Vec::new() };
    let Some(first) = code.first().copied() else { return Vec::new() };
    let mut found = vec![Item { table: table.clone(), column: None, first }];
    let (mut depth, mut begins) = (0_usize, false);
    for token in body {
        if begins && is_column(token) {
            found.push(Item { table: table.clone(), column: Some(*token), first: *token });
        }
        begins = depth == 1 && token.is_mark(",");
        match token.text {
            "(" => {
                depth += 1;
                begins = depth == 1;
            }
            ")" if depth == 1 => break,
            ")" => depth -= 1,
            _ => {}
        }
    }
    found
}

fn is_column(token: &Token<'_>) -> bool {
    let others = ["constraint", "primary", "unique", "check", "foreign", "exclude", "like"];
    matches!(token.kind, Kind::Word | Kind::Name | Kind::Text) && !token.is_any(&others)
}

/// The parts of a table's name, and what comes after it up to where something else than a list of columns begins.
fn header<'t, 'a>(code: &'t [Token<'a>]) -> Option<(Vec<Token<'a>>, &'t [Token<'a>])> {
    let before = ["temp", "temporary", "unlogged", "global", "local", "foreign"];
    let (first, mut rest) = code.split_first().filter(|(first, _)| first.is("create"))?;
    debug_assert!(first.is_code());
    while let Some((token, more)) = rest.split_first().filter(|(token, _)| token.is_any(&before)) {
        debug_assert!(token.is_code());
        rest = more;
    }
    let (_, mut rest) = rest.split_first().filter(|(token, _)| token.is("table"))?;
    if let [one, two, three, more @ ..] = rest
        && one.is("if")
        && two.is("not")
        && three.is("exists")
    {
        rest = more;
    }
    let mut name = Vec::new();
    while let Some((part, more)) = rest.split_first().filter(|(part, _)| part.kind != Kind::Mark) {
        name.push(*part);
        rest = more;
        match rest.split_first().filter(|(dot, _)| dot.is_mark(".")) {
            Some((_, more)) => rest = more,
            None => break,
        }
    }
    let list = rest.first().is_some_and(|open| open.is_mark("("));
    (!name.is_empty()).then_some((name, if list { rest } else { &[] }))
}
