//! The one way to a database: the host's own client program, which is given a script and prints an answer.

use std::future::Future;

/// What a client program left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Its exit code.
    pub code: i32,
    /// What it printed; invalid UTF-8 replaced.
    pub stdout: String,
    /// What it complained of; invalid UTF-8 replaced.
    pub stderr: String,
}

impl Output {
    /// Did the whole script go well?
    pub fn ok(&self) -> bool {
        self.code == 0
    }
}

/// Runs scripts against one database.
///
/// For PostgreSQL a script is the stdin of `psql -X -q -A -t -v ON_ERROR_STOP=1 -f - DATABASE`, with stderr apart; it may
/// `\connect` to another database of the same server. For SQLite it is the stdin of `sqlite3 -batch -bail -init /dev/null FILE`, which may `.open`
/// `:memory:`; with `-safe` too, where there is that, so that it reaches out of the database by no function. An
/// engine makes few and long scripts: each run is a new process on the host and a round trip.
pub trait Client {
    /// What keeps a script from being run at all: a lost line, no such program.
    type Error;

    /// Runs a script to its end.
    ///
    /// # Errors
    /// It could not be run; a script that ran and failed is an [`Output`] with another code than 0.
    fn run(&mut self, script: &str) -> impl Future<Output = Result<Output, Self::Error>>;
}
