//! The files of a request, checked.

use super::diff::Names;
use crate::schema::sql::{Checked, Kind, Purpose, Token, bare, check, tokens};
use crate::schema::{Engine, Hazard, Refusal, Request, Step, Wanted};

/// A file and what may run of it.
pub(super) struct File<'a> {
    pub name: &'a str,
    pub checked: Checked,
}

/// The files of a request.
pub(super) struct Files<'a> {
    pub before: Vec<File<'a>>,
    /// The versions' files, which make the schema by themselves.
    pub versions: Vec<File<'a>>,
    pub after: Vec<File<'a>>,
    pub wanted: Option<File<'a>>,
}

impl<'a> Files<'a> {
    pub fn read(request: &Request<'a>) -> Result<Self, Refusal> {
        let (versions, wanted) = match request.wanted {
            Wanted::After(steps) => (all(steps)?, None),
            Wanted::Text { file, text } => {
                let checked = check(Engine::Sqlite, Purpose::Wanted, file, text)?;
                (Vec::new(), Some(File { name: file, checked }))
            }
            Wanted::Catalog(_) => (Vec::new(), None),
        };
        Ok(Self { before: all(request.before)?, versions, after: all(request.after)?, wanted })
    }

    fn each(&self) -> impl Iterator<Item = &File<'a>> {
        self.before.iter().chain(&self.versions).chain(&self.after).chain(&self.wanted)
    }

    pub fn has_steps(&self) -> bool {
        [&self.before, &self.versions, &self.after].iter().any(|files| !files.is_empty())
    }

    pub fn hazards(&self) -> Vec<Hazard> {
        self.each().flat_map(|file| file.checked.hazards.clone()).collect()
    }

    pub fn notes(&self) -> Vec<String> {
        self.each().flat_map(|file| file.checked.notes.clone()).collect()
    }

    /// What the versions' files say that they rename.
    pub fn renames(&self) -> Names {
        let mut found = Names::default();
        for statement in self.versions.iter().flat_map(|file| &file.checked.statements) {
            if let Ok(tokens) = tokens(Engine::Sqlite, &statement.text) {
                renames(&tokens.into_iter().filter(Token::is_code).collect::<Vec<_>>(), &mut found);
            }
        }
        found
    }
}

fn all(steps: &[Step]) -> Result<Vec<File<'_>>, Refusal> {
    let read = |step: &'_ Step| -> Result<Checked, Refusal> {
        let checked = check(Engine::Sqlite, Purpose::Step, &step.name, &step.sql)?;
        if checked.no_transaction {
            let what =
                "`-- release: no-transaction` is of no use with SQLite: all but VACUUM can be in a transaction".into();
            return Err(Refusal::Wanted { file: step.name.clone(), line: 1, what });
        }
        Ok(checked)
    };
    steps.iter().map(|step| Ok(File { name: &step.name, checked: read(step)? })).collect()
}

/// `ALTER TABLE a RENAME TO b` and `ALTER TABLE a RENAME [COLUMN] b TO c`
fn renames(code: &[Token<'_>], found: &mut Names) {
    let [alter, table, rest @ ..] = code else { return };
    if !alter.is("alter") || !table.is("table") {
        return;
    }
    let own = |token: &Token<'_>| bare(Engine::Sqlite, token.text);
    let rest = if rest.get(1).is_some_and(|dot| dot.is_mark(".")) { &rest[2..] } else { rest };
    let words: Vec<_> = rest.iter().filter(|token| token.kind != Kind::Mark && !token.is("column")).collect();
    match words[..] {
        [old, rename, to, new] if rename.is("rename") && to.is("to") => found.tables.push((own(old), own(new))),
        [table, rename, old, to, new] if rename.is("rename") && to.is("to") => {
            found.columns.push((own(table), own(old), own(new)));
        }
        _ => {}
    }
}
