//! What a file may hold, and what is made of it before it runs.

use std::borrow::Cow;

use super::{Statement, Token, Wrong, hazards, postgres, split, sqlite};
use crate::schema::{Engine, Hazard, Refusal};

/// What a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It says what the schema should be, and runs on a scratch database only.
    Wanted,
    /// It is a hand-written step, and runs on the live one.
    Step,
}

/// A statement that may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sql {
    /// Its text with its `;`, and with the comments before it.
    pub text: String,
    /// The line of its first word; 1 is the first.
    pub line: usize,
}

/// What a text holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The statements to run, in order: without an outer `BEGIN` and `COMMIT`, and with `SET` made `SET LOCAL`.
    pub statements: Vec<Sql>,
    /// What is dangerous about them. For a wanted text only what reaches outside of the database.
    pub hazards: Vec<Hazard>,
    /// What was left out and why, for the operator to know: `schema.sql:3: PRAGMA user_version is left as it is`.
    pub notes: Vec<String>,
    /// The file is marked `-- release: no-transaction`: it runs by itself, before the transaction, and may run twice.
    pub no_transaction: bool,
}

impl Checked {
    /// The statements, each from a line of its own.
    pub fn text(&self) -> String {
        self.statements.iter().map(|statement| format!("{}\n", statement.text.trim_start())).collect()
    }
}

/// What becomes of a statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It runs as it is.
    Kept,
    /// It runs with these words in place of its first ones: how many, and what.
    Begun(usize, &'static str),
    /// It does not run; what to tell the operator.
    Dropped(String),
}

/// What one statement is checked with.
pub(super) struct Case<'t, 'a> {
    pub purpose: Purpose,
    pub statement: &'t Statement<'a>,
    /// Its tokens that mean something.
    pub code: &'t [Token<'a>],
    /// It has a transaction around it.
    pub in_transaction: bool,
}

impl Case<'_, '_> {
    pub fn wrong<T>(&self, what: impl Into<String>) -> Result<T, Wrong> {
        Err(Wrong::new(self.statement.line, what))
    }

    /// Does it begin with these keywords?
    pub fn begins(&self, words: &[&str]) -> bool {
        begins(self.code, words)
    }

    /// Is this keyword anywhere in it?
    pub fn has(&self, word: &str) -> bool {
        self.code.iter().any(|token| token.is(word))
    }

    /// Do these keywords follow each other anywhere in it?
    pub fn has_row(&self, words: &[&str]) -> bool {
        (0..self.code.len()).any(|at| begins(&self.code[at..], words))
    }
}

pub(super) fn begins(code: &[Token<'_>], words: &[&str]) -> bool {
    code.len() >= words.len() && words.iter().zip(code).all(|(word, token)| token.is(word))
}

/// Reads a text for an engine, and refuses what must not run.
///
/// # Errors
/// [`Refusal::Wanted`] with the line.
pub fn check(engine: Engine, purpose: Purpose, file: &str, text: &str) -> Result<Checked, Refusal> {
    checked(engine, purpose, file, text).map_err(|wrong| wrong.of(file))
}

fn checked(engine: Engine, purpose: Purpose, file: &str, text: &str) -> Result<Checked, Wrong> {
    // Editors of one system write a byte order mark, and no server knows it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = if engine == Engine::Postgresql { without_restrict(text) } else { text.into() };
    let statements = split(engine, &text)?;
    let no_transaction = is_marked(&statements);
    let mut runs: Vec<_> = statements.iter().filter(|statement| !statement.is_empty()).collect();
    if !no_transaction && outer_pair(&runs) {
        runs.remove(0);
        runs.pop();
    }
    let mut found = Checked { no_transaction, ..Checked::default() };
    let mut told = false;
    for statement in runs {
        let code = statement.code();
        let case = Case { purpose, statement, code: &code, in_transaction: !no_transaction };
        let fate = match transaction_words(&case)? {
            Some(why) => {
                let first = !std::mem::replace(&mut told, true);
                found.notes.extend(first.then(|| format!("{file}:{}: {why}", statement.line)));
                continue;
            }
            None if engine == Engine::Postgresql => postgres::check(&case)?,
            None => sqlite::check(&case)?,
        };
        hazards::find(engine, &case, file, &mut found.hazards);
        match fate {
            Fate::Kept => found.statements.push(sql(statement, None)),
            Fate::Begun(words, with) => found.statements.push(sql(statement, Some((words, with)))),
            Fate::Dropped(why) => found.notes.push(format!("{file}:{}: {why}", statement.line)),
        }
    }
    Ok(found)
}

/// pg_dump of 2025 and later puts the whole between `\restrict TOKEN` and `\unrestrict TOKEN`, which are for psql alone. Their
/// lines stay, so that the others keep their numbers.
fn without_restrict(text: &str) -> Cow<'_, str> {
    let fence = |line: &str| {
        let token = line.strip_prefix("\\restrict ").or_else(|| line.strip_prefix("\\unrestrict "));
        token.is_some_and(|token| token.trim_end().bytes().all(|byte| byte.is_ascii_alphanumeric()))
    };
    if !text.lines().any(fence) {
        return text.into();
    }
    text.split_inclusive('\n').map(|line| if fence(line) { "\n" } else { line }).collect::<String>().into()
}

/// `-- release: no-transaction` before the first statement.
fn is_marked(statements: &[Statement<'_>]) -> bool {
    let tokens = statements.iter().flat_map(|statement| &statement.tokens);
    tokens.take_while(|token| !token.is_code()).any(|token| {
        token.text.strip_prefix("--").and_then(|note| note.trim().strip_prefix("release:")).map(str::trim)
            == Some("no-transaction")
    })
}

fn outer_pair(runs: &[&Statement<'_>]) -> bool {
    let [first, .., last] = runs else { return false };
    let (first, last) = (first.code(), last.code());
    let noise = |code: &[Token<'_>], more: &[&str]| code.iter().all(|token| token.is_any(more));
    let opens = match first.split_first() {
        Some((word, rest)) if word.is("begin") => {
            noise(rest, &["work", "transaction", "deferred", "immediate", "exclusive"])
        }
        Some((word, rest)) => word.is("start") && noise(rest, &["transaction"]),
        None => false,
    };
    let closes = last
        .split_first()
        .is_some_and(|(word, rest)| word.is_any(&["commit", "end"]) && noise(rest, &["work", "transaction"]));
    opens && closes
}

/// Words of transactions: a text of what is wanted has nothing that they could hold together, so they are left out there, and told once.
fn transaction_words(case: &Case<'_, '_>) -> Result<Option<String>, Wrong> {
    let Some(first) = case.code.first() else { return Ok(None) };
    let words = ["begin", "commit", "end", "rollback", "abort", "savepoint", "release"];
    let prepared = case.begins(&["prepare", "transaction"]);
    if !first.is_any(&words) && !case.begins(&["start", "transaction"]) && !prepared {
        return Ok(None);
    }
    if case.purpose == Purpose::Wanted && first.is_any(&["begin", "start", "commit", "end"]) {
        return Ok(Some("BEGIN and COMMIT are left out: all of it is one transaction".into()));
    }
    let word = first.text.to_ascii_uppercase();
    case.wrong(format!(
        "{word}: remove it, the whole upgrade is one transaction already (only one BEGIN at the start with one COMMIT \
         at the end is taken off)"
    ))
}

/// The statement's text, with its `;`, and with other words in place of the first.
fn sql(statement: &Statement<'_>, instead: Option<(usize, &str)>) -> Sql {
    let mut text = match instead {
        None => statement.text.to_owned(),
        Some((words, with)) => {
            let code = statement.code();
            // Where nothing is behind those words there may be a `;`, which stays.
            let end = code.last().map_or(0, |token| offset(statement, token) + token.text.len());
            let cut = |at: usize| code.get(at).map_or(end, |token| offset(statement, token));
            let gap = if words < code.len() { " " } else { "" };
            format!("{}{with}{gap}{}", &statement.text[..cut(0)], &statement.text[cut(words)..])
        }
    };
    let closed = statement.tokens.iter().rfind(|token| token.is_code()).is_some_and(|token| token.is_mark(";"));
    if !closed {
        // A line of its own: the text may end with a comment.
        text = format!("{}\n;", text.trim_end());
    }
    Sql { text, line: statement.line }
}

fn offset(statement: &Statement<'_>, token: &Token<'_>) -> usize {
    token.at - statement.tokens.first().map_or(token.at, |first| first.at)
}
