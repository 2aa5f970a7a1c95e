//! The text of SQL files, read as far as it must be to run them safely: tokens, statements, and what may not be in them.
//!
//! This is no parser: what a statement means is the server's to say. It knows just enough to see where a statement ends
//! as the client program would see it, and to refuse what would leave the transaction, the client or the engine.

mod beyond;
mod check;
mod hazards;
mod names;
mod postgres;
mod renamed;
mod split;
mod sqlite;
#[cfg(test)]
mod tests;
mod token;

use super::Refusal;

pub use check::{Checked, Purpose, Sql, check};
pub use names::{bare, same};
pub use renamed::{Fresh, Renamed, fresh, renamed};
pub use split::{Statement, split};
pub use token::{Kind, Token, tokens};

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The line; 1 is the first.
    pub line: usize,
    /// What of it, in one line. Never a value of the text, which may be a password.
    pub what: String,
}

impl Wrong {
    fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }

    /// As a refusal, with the file's name.
    pub fn of(self, file: &str) -> Refusal {
        Refusal::Wanted { file: file.to_owned(), line: self.line, what: self.what }
    }
}
