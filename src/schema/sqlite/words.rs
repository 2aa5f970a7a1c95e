//! Statements compared by their words.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::schema::Engine;
use crate::schema::sql::{Kind, bare, tokens};

/// A token that means something, without what does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// A keyword, or a name without quotes: small.
    Plain(String),
    /// A name in quotes; or, if there is no such column, a text.
    Quoted(String),
    /// Anything else.
    Other(String),
}

impl Word {
    pub fn is(&self, plain: &str) -> bool {
        matches!(self, Self::Plain(word) if word == plain)
    }

    pub fn is_mark(&self, mark: &str) -> bool {
        matches!(self, Self::Other(text) if text == mark)
    }

    /// Could it be this name?
    pub fn names(&self, name: &str) -> bool {
        self.name().is_some_and(|own| own.eq_ignore_ascii_case(name))
    }

    /// The name that it could be.
    fn name(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Plain(word) | Self::Quoted(word) => Some(word.into()),
            // SQLite takes `'a'` for a name where only a name can be.
            Self::Other(text) => text.starts_with('\'').then(|| bare(Engine::Sqlite, text).into()),
        }
    }

    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(plain), Self::Quoted(quoted)) | (Self::Quoted(quoted), Self::Plain(plain)) => {
                plain.eq_ignore_ascii_case(quoted)
            }
            _ => self == other,
        }
    }
}

/// The words of a statement that SQLite has taken. What can't be read is one word.
pub(super) fn read(sql: &str) -> Vec<Word> {
    let Ok(tokens) = tokens(Engine::Sqlite, sql) else { return vec![Word::Other(sql.to_owned())] };
    let word = |(kind, text): (Kind, &str)| match kind {
        Kind::Word => Word::Plain(text.to_ascii_lowercase()),
        Kind::Name => Word::Quoted(bare(Engine::Sqlite, text)),
        Kind::Number => Word::Other(text.to_ascii_lowercase()),
        _ => Word::Other(text.to_owned()),
    };
    tokens.iter().filter(|token| token.is_code()).map(|token| word((token.kind, token.text))).collect()
}

/// All that could be a name in a statement, in small letters.
pub(super) fn names(sql: &str) -> HashSet<String> {
    read(sql).iter().filter_map(Word::name).map(|name| name.to_ascii_lowercase()).collect()
}

/// Do they mean the same?
pub(super) fn same(one: &[Word], other: &[Word]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.same(other))
}

/// Are these the same, in any order?
pub(super) fn same_set(one: &[Vec<Word>], other: &[Vec<Word>]) -> bool {
    let mut left: Vec<_> = other.iter().collect();
    let taken = |words: &Vec<Word>| {
        let at = left.iter().position(|candidate| same(words, candidate));
        at.map(|at| left.remove(at)).is_some()
    };
    one.len() == other.len() && one.iter().all(taken)
}
