//! Scripts that look and try, and what they print.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use super::catalog::{self, Catalog};
use crate::schema::sql::Sql;
use crate::schema::{Client, Error, Output, Refusal};

/// Where a line of a script comes from.
#[derive(Debug, Clone)]
enum Spot {
    Ours,
    File { file: String, line: usize },
}

/// A script, with the origin of its lines.
#[derive(Debug)]
pub(super) struct Script {
    /// What the lines begin with that part its output. Statements of files print too, and none of them can know it.
    mark: String,
    text: String,
    lines: usize,
    spots: Vec<(usize, Spot)>,
}

/// What SQLite says when something is wrong with the file, and not with a script.
const THE_FILE: [&str; 6] = ["locked", "disk", "readonly", "file is", "unable to open", "malformed"];

/// The name of the last part of every script that came to its end.
const END: &str = "end";

/// The part before the last [`ASIDE`] goes on.
const GOES_ON: &str = "goes on";

/// What nobody reads: rows that statements of files print.
const ASIDE: &str = "aside";

impl Default for Script {
    fn default() -> Self {
        let drawn = RandomState::new().build_hasher().finish();
        Self { mark: format!("== {drawn:016x}"), text: String::new(), lines: 0, spots: Vec::new() }
    }
}

impl Script {
    /// One that looks at the live database first.
    pub fn live() -> Self {
        let mut script = Self::default();
        script.add(".timeout 5000\n.mode list\nPRAGMA foreign_keys = OFF;\n");
        script
    }

    fn put(&mut self, text: &str, spot: Spot) {
        self.spots.push((self.lines + 1, spot));
        self.text.push_str(text);
        if !text.ends_with('\n') {
            self.text.push('\n');
        }
        self.lines += text.lines().count();
    }

    pub fn add(&mut self, text: &str) {
        self.put(text, Spot::Ours);
    }

    /// Statements of a file. What they print is in no part, and the part that they stand in goes on behind them: `.output` is
    /// not to be had where `sqlite3` runs with `-safe`.
    pub fn file<'s>(&mut self, file: &str, statements: impl IntoIterator<Item = &'s Sql>) {
        self.part(ASIDE);
        for statement in statements {
            self.put(statement.text.trim_start(), Spot::File { file: file.to_owned(), line: statement.line });
        }
        self.part(GOES_ON);
    }

    /// One statement of ours that may print: the same.
    pub fn silently(&mut self, statement: &str) {
        self.part(ASIDE);
        self.add(statement);
        self.part(GOES_ON);
    }

    /// What follows is printed under this name.
    pub fn part(&mut self, name: &str) {
        self.add(&format!("SELECT '{} {name}';\n", self.mark));
    }

    /// From here on it is another database, an empty one in memory.
    pub fn empty(&mut self) {
        self.add(".open :memory:\nPRAGMA foreign_keys = OFF;\n");
    }

    /// Prints the catalog under this name.
    pub fn catalog(&mut self, name: &str) {
        self.part(name);
        self.add(&catalog::sql());
    }

    /// Runs it to its end.
    pub async fn run<C: Client>(mut self, client: &mut C) -> Result<Printed, Error<C::Error>> {
        self.part(END);
        let output = client.run(&self.text).await.map_err(Error::Client)?;
        match output.stdout.trim_end().ends_with(&format!("{} {END}", self.mark)) {
            true => Ok(Printed { mark: self.mark, text: output.stdout }),
            false => Err(self.failure(&output).into()),
        }
    }

    /// What ended it, and in which file.
    fn failure(&self, output: &Output) -> Refusal {
        let said = output.stderr.lines().rev().find_map(|line| {
            let (kind, rest) = line.split_once(" near line ")?;
            let (number, what) = rest.split_once(": ")?;
            kind.ends_with("error").then_some((number.parse::<usize>().ok()?, what))
        });
        let Some((number, what)) = said else {
            let last = output.stderr.lines().last().unwrap_or("it printed nothing");
            return Refusal::Database(format!("sqlite3 ended with {}: {last}", output.code));
        };
        let spot = self.spots.iter().rfind(|(line, _)| *line <= number).map(|(_, spot)| spot);
        match spot {
            Some(Spot::File { file, line }) if !what.contains("database is locked") => {
                Refusal::Wanted { file: file.clone(), line: *line, what: what.to_owned() }
            }
            _ if THE_FILE.iter().any(|said| what.contains(said)) => Refusal::Database(what.to_owned()),
            _ => Refusal::Unproved(what.to_owned()),
        }
    }
}

/// What a script printed, in its parts.
pub(super) struct Printed {
    mark: String,
    text: String,
}

impl Printed {
    pub fn part<'p>(&'p self, name: &str) -> impl Iterator<Item = &'p str> + use<'p> {
        let name = name.to_owned();
        let (mut inside, mut before) = (false, false);
        self.text.lines().filter(move |line| {
            match line.strip_prefix(&self.mark).and_then(|rest| rest.strip_prefix(' ')) {
                Some(ASIDE) => (inside, before) = (false, inside),
                Some(GOES_ON) => inside = before,
                Some(begun) => inside = begun == name,
                None => return inside,
            }
            false
        })
    }

    pub fn catalog(&self, name: &str) -> Result<Catalog, Refusal> {
        catalog::read(self.part(name))
    }
}
