//! What an engine is asked for, and what it answers.

use serde::{Deserialize, Serialize};

use super::Hazard;

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Through `psql`.
    Postgresql,
    /// Through `sqlite3`.
    Sqlite,
}

/// What the schema should become.
#[derive(Debug, Clone)]
pub enum Wanted<'a> {
    /// The statements that make it from nothing, with the name of their file for messages.
    Text {
        /// `schema.sql`
        file: &'a str,
        /// Its content.
        text: &'a str,
    },
    /// What another database of the same engine has: the JSON of its catalog, as the engine's `read` gave it.
    Catalog(&'a str),
    /// The live schema after these files have run on it, in order (`versions`): what they make of it is found out on a
    /// scratch copy, so that there is a way back.
    After(&'a [Step]),
}

/// A hand-written file that runs inside the transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its path in the release, for messages and the ledger: `sql/1.051/00-blog-new-cols.sql`.
    pub name: String,
    /// Its text. An outer BEGIN and COMMIT is taken off by the engine.
    pub sql: String,
}

/// What is asked of an engine.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// What the schema should become.
    pub wanted: Wanted<'a>,
    /// Data steps that run before the first statement of the diff, in the same transaction.
    pub before: &'a [Step],
    /// Data steps that run after its last one.
    pub after: &'a [Step],
    /// Letters, digits and `-`; names the scratch database and what goes to the trash. Unique for this operation.
    pub operation: &'a str,
}

/// Statements that lead from one schema to another, and back.
///
/// Kept with the release on the host as JSON, so that a rollback has it when the new release is long in service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Upgrade {
    /// Whose SQL it is.
    pub engine: Engine,
    /// The operation that made it; what it moved to the trash carries this name.
    pub operation: String,
    /// The way there.
    pub forward: Direction,
    /// The way back; `Err` says why there is none.
    pub backward: Result<Direction, String>,
    /// What is dangerous about the way there, on the live data.
    pub hazards: Vec<Hazard>,
    /// Objects that neither side's model knows and that were left alone, for the operator to know.
    pub notes: Vec<String>,
    /// The application that the database's own ledger names; `None`: it names none.
    #[serde(skip)]
    pub app: Option<String>,
}

/// One way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// The fingerprint of the schema that it starts from, and of the one that it must end with.
    pub from: String,
    /// The same, of its end.
    pub to: String,
    /// Statements for the transaction, in order, each with its `;`. May hold comments for the reader.
    pub statements: Vec<String>,
    /// Queries that each return one row of text (what is in the way, for a person) for whatever would be lost or would fail if
    /// this way were gone now; no row: nothing. A rollback asks them before it touches anything.
    pub objections: Vec<String>,
    /// Whatever the engine needs to prove the end: opaque to everybody else.
    pub proof: serde_json::Value,
}

impl Upgrade {
    /// Is there nothing to do?
    pub fn is_empty(&self) -> bool {
        self.forward.statements.is_empty()
    }
}

/// Somebody who has held tables of the database for longer than a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who it is, since when, and with what: `pid 7 (pg_dump, user bob), since 60 s, active: COPY ...`.
    pub said: String,
    /// Their names, without that of the schema.
    pub tables: Vec<String>,
}

/// What the ledger's row of an operation says, besides the fingerprints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The application that the database belongs to; empty: nobody said.
    pub app: &'a str,
    /// The operation's id; letters, digits and `-`.
    pub operation: &'a str,
    /// `deploy`, `rollback`, ...
    pub verb: &'a str,
    /// The release that the schema is for from now on.
    pub release: &'a str,
    /// `user@machine`.
    pub who: &'a str,
    /// Files of `[schema] versions` that have run now: (path, sha256).
    pub files: &'a [(String, String)],
}

/// Why there is no plan.
#[derive(Debug)]
pub enum Error<E> {
    /// The client could not be run.
    Client(E),
    /// The plan is refused.
    Refused(Box<Refusal>),
}

impl<E> From<Refusal> for Error<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// What a host runs: whole scripts for the engine's client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scripts {
    /// One transaction: BEGIN, timeouts, the lock of this database, the guard (not run yet, and the schema is the one that the
    /// plan was made for), the statements, the proof, the ledger's row, COMMIT. Prints nothing when it went well. Waiting for a lock too
    /// long ends it with `55P03` or `database is locked` in stderr: the host tries the whole of it again.
    pub run: String,
    /// Waits until no transaction of this operation is under way, then prints `present` or `absent`: is the ledger's row there?
    pub ask: String,
}

/// Why there is no upgrade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The wanted text is wrong: which file, which line (1 is the first; 0: unknown), what of it.
    Wanted {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// What is wrong, in one line.
        what: String,
    },
    /// Something that a person must decide: a column that goes while one like it comes.
    Question(String),
    /// Objects that are not modelled yet, by name: `event trigger x`.
    Unmodelled(Vec<String>),
    /// The plan did not lead where it should on the scratch copy: a mistake of ours, which changed nothing.
    Unproved(String),
    /// The database said no, or is not what it should be: a replica, too old, no rights.
    Database(String),
}

/// What a database says of itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Engine and version: `PostgreSQL 15.18`.
    pub server: String,
    /// The fingerprint of the schema as it is now.
    pub fingerprint: String,
    /// The fingerprint that the last operation left; `None`: `release` never was here.
    pub expected: Option<String>,
    /// The release and the operation of the ledger's last row.
    pub release: Option<String>,
    /// See `release`.
    pub operation: Option<String>,
    /// Why it can't be changed at all: a standby, read-only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfit: Option<String>,
    /// Versions (`[schema] versions`) whose files have run, each with the sha256 of each file: (path, sha256).
    pub files: Vec<(String, String)>,
}
