//! Tokens, as each engine's client program sees them.

use super::Wrong;
use crate::schema::Engine;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// White space.
    Space,
    /// `-- ...` without its line end, or `/* ... */`.
    Comment,
    /// A keyword or a name without quotes.
    Word,
    /// A name in quotes: `"..."`; with SQLite also in backquotes and square brackets.
    Name,
    /// `'...'` with its prefix (`E`, `X`, `U&`).
    Text,
    /// `$tag$ ... $tag$`
    Dollar,
    /// A number.
    Number,
    /// Any other character.
    Mark,
}

/// A piece of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// As it is written.
    pub text: &'a str,
    /// Where it begins, in bytes.
    pub at: usize,
    /// The line on which it begins; 1 is the first.
    pub line: usize,
}

impl Token<'_> {
    /// Does it mean anything? White space and comments don't.
    pub fn is_code(&self) -> bool {
        !matches!(self.kind, Kind::Space | Kind::Comment)
    }

    /// Is it this keyword?
    pub fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Is it one of these keywords?
    pub fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// Is it this character, outside of quotes?
    pub fn is_mark(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }
}

/// The tokens of a text, one after the other: together they are the text.
///
/// # Errors
/// A quote, a comment or a dollar quote is not closed; there is a NUL.
pub fn tokens(engine: Engine, text: &str) -> Result<Vec<Token<'_>>, Wrong> {
    let (mut found, mut at, mut line) = (Vec::new(), 0, 1);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = first(engine, rest).map_err(|what| Wrong::new(line, what))?;
        let text = rest.get(..length).unwrap_or(rest);
        found.push(Token { kind, text, at, line });
        at += text.len();
        line += text.bytes().filter(|b| *b == b'\n').count();
    }
    Ok(found)
}

fn first(engine: Engine, rest: &str) -> Result<(Kind, usize), &'static str> {
    let postgres = engine == Engine::Postgresql;
    let head = rest.chars().next().unwrap_or(' ');
    match head {
        '\0' => Err("a NUL byte (is the file UTF-16? It must be UTF-8)"),
        c if is_space(c) => Ok((Kind::Space, run(rest, is_space))),
        '-' if rest.starts_with("--") => Ok((Kind::Comment, line_comment(engine, rest))),
        '/' if rest.starts_with("/*") => {
            block_comment(rest, postgres).map(|n| (Kind::Comment, n)).ok_or("the comment /* is never closed")
        }
        '\'' => text(rest, 0, false),
        '"' => quoted(rest, 1, '"', false).map(|n| (Kind::Name, n)).ok_or("the quote \" is never closed"),
        '`' if !postgres => quoted(rest, 1, '`', false).map(|n| (Kind::Name, n)).ok_or("the quote ` is never closed"),
        '[' if !postgres => rest.find(']').map(|n| (Kind::Name, n + 1)).ok_or("the bracket [ is never closed"),
        '$' if postgres => dollar(rest),
        c if c.is_ascii_digit() => Ok((Kind::Number, number(rest))),
        c if is_word_start(c) => match prefix(rest, postgres) {
            Some((length, '"', _)) => {
                quoted(rest, length + 1, '"', false).map(|n| (Kind::Name, n)).ok_or("the quote \" is never closed")
            }
            Some((length, _, escapes)) => text(rest, length, escapes),
            None => Ok((Kind::Word, run(rest, |c| is_word_start(c) || c.is_ascii_digit() || c == '$'))),
        },
        c => Ok((Kind::Mark, c.len_utf8())),
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// Both engines take every character beyond ASCII for a letter.
fn is_word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn run(rest: &str, belongs: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}

/// PostgreSQL ends it at a carriage return too.
fn line_comment(engine: Engine, rest: &str) -> usize {
    let ends = |c| c == '\n' || (c == '\r' && engine == Engine::Postgresql);
    rest.find(ends).unwrap_or(rest.len())
}

fn block_comment(rest: &str, nests: bool) -> Option<usize> {
    let (mut depth, mut at) = (1, 2);
    loop {
        let here = rest.get(at..)?;
        let close = here.find("*/")?;
        match here.find("/*").filter(|open| nests && *open < close) {
            Some(open) => (depth, at) = (depth + 1, at + open + 2),
            None => (depth, at) = (depth - 1, at + close + 2),
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// `E'`, `X'`, `U&'`, `U&"` and the like: the length of what stands before the quote, the quote, and whether `\` escapes in it.
fn prefix(rest: &str, postgres: bool) -> Option<(usize, char, bool)> {
    let mut chars = rest.chars();
    let letter = chars.next()?.to_ascii_lowercase();
    match (letter, chars.next()?) {
        ('x', '\'') => Some((1, '\'', false)),
        ('b' | 'n', '\'') if postgres => Some((1, '\'', false)),
        ('e', '\'') if postgres => Some((1, '\'', true)),
        ('u', '&') if postgres => chars.next().filter(|c| matches!(c, '\'' | '"')).map(|quote| (2, quote, false)),
        _ => None,
    }
}

fn text(rest: &str, prefix: usize, escapes: bool) -> Result<(Kind, usize), &'static str> {
    let unclosed = "the quote ' is never closed";
    let mut end = quoted(rest, prefix + 1, '\'', escapes).ok_or(unclosed)?;
    // A literal that goes on after a line end is still one, and its backslashes still escape.
    while let Some(more) = escapes.then(|| continued(rest.get(end..)?)).flatten() {
        end = quoted(rest, end + more + 1, '\'', true).ok_or(unclosed)?;
    }
    Ok((Kind::Text, end))
}

/// How far it is to a quote that continues a literal, if there is one.
fn continued(rest: &str) -> Option<usize> {
    let (mut at, mut line_end) = (0, false);
    loop {
        let here = rest.get(at..)?;
        if here.starts_with('\'') {
            return line_end.then_some(at);
        }
        let length = match here.chars().next()? {
            c if is_space(c) => run(here, is_space),
            '-' if line_end && here.starts_with("--") => line_comment(Engine::Postgresql, here),
            _ => return None,
        };
        line_end |= here.get(..length)?.contains(['\n', '\r']);
        at += length;
    }
}

/// The end of what a quote that ends at `from` opened. A doubled quote does not close it.
fn quoted(rest: &str, from: usize, close: char, escapes: bool) -> Option<usize> {
    let mut chars = rest.get(from..)?.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\0' {
            return None;
        }
        if escapes && c == '\\' {
            chars.next();
        } else if c == close && chars.next_if(|(_, next)| *next == close).is_none() {
            return Some(from + at + c.len_utf8());
        }
    }
    None
}

fn dollar(rest: &str) -> Result<(Kind, usize), &'static str> {
    let body = &rest[1..];
    let tag = run(body, |c| is_word_start(c) || c.is_ascii_digit());
    let opens = body[tag..].starts_with('$') && !body.starts_with(|c: char| c.is_ascii_digit());
    if !opens {
        return Ok((Kind::Mark, 1));
    }
    let (quote, inside) = rest.split_at(tag + 2);
    let length = inside.find(quote).ok_or("the dollar quote is never closed")?;
    Ok((Kind::Dollar, length + 2 * quote.len()))
}

/// As far as letters, digits and points go, and the sign of an exponent.
fn number(rest: &str) -> usize {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let length = run(rest, plain);
    let exponent = !rest.starts_with("0x") && rest[..length].ends_with(['e', 'E']);
    match rest[length..].strip_prefix(['+', '-']).filter(|_| exponent) {
        Some(digits) => length + 1 + run(digits, plain),
        None => length,
    }
}
