//! The statements of a wanted text on their way into the scratch copy.

use crate::schema::postgres::catalog::Catalog;
use crate::schema::postgres::fence;
use crate::schema::postgres::scratch::{Failure, Scratch};
use crate::schema::sql::{self, Sql};
use crate::schema::{Client, Engine, Error, Refusal};

/// So many bytes go to the server at once: one round trip and one parse for many small statements.
const AT_ONCE: usize = 64 << 10;

/// Runs the statements of a file, and reads what they made; or says which line of it is wrong.
pub async fn run<C: Client>(
    client: &mut C,
    scratch: &mut Scratch,
    file: &str,
    statements: &[Sql],
) -> Result<Catalog, Error<C::Error>> {
    if let Ok(catalog) = scratch.change_and_read(client, &Script::of(scratch, statements, AT_ONCE).text).await? {
        return Ok(catalog);
    }
    // Of statements that go together the server does not say which one is wrong.
    let script = Script::of(scratch, statements, 0);
    let ran = scratch.change_and_read(client, &script.text).await?;
    ran.map_err(|failure| {
        Refusal::Wanted { file: file.into(), line: script.line_of(&failure), what: failure.what }.into()
    })
}

struct Script<'a> {
    text: String,
    /// The line of the script at which each statement begins.
    starts: Vec<(usize, &'a Sql)>,
}

impl<'a> Script<'a> {
    fn of(scratch: &Scratch, statements: &'a [Sql], at_once: usize) -> Self {
        let mut text = format!("SET client_min_messages = warning;\n\\o /dev/null\n{}", scratch.begin());
        let mut starts = Vec::new();
        let (mut line, mut together) = (4, 0);
        for (at, statement) in statements.iter().enumerate() {
            let body = statement.text.trim_start();
            starts.push((line, statement));
            line += body.lines().count();
            together += body.len();
            let next = statements.get(at + 1).filter(|next| together + next.text.len() < at_once);
            match body.strip_suffix(';').filter(|_| next.is_some_and(only_makes) && only_makes(statement)) {
                Some(body) => text += &format!("{body}\\;\n"),
                None => {
                    text += &format!("{body}\n");
                    together = 0;
                }
            }
        }
        text += fence::CHECK;
        // A SET of the text is made SET LOCAL.
        text += scratch.commit();
        text += "\\o\n";
        Self { text, starts }
    }

    fn line_of(&self, failure: &Failure) -> usize {
        let at = self.starts.iter().rev().find(|(start, _)| *start <= failure.line);
        at.or(self.starts.first()).map_or(0, |(_, statement)| statement.line + failure.inside.saturating_sub(1))
    }
}

/// Statements of these kinds don't change how the next one is read.
fn only_makes(statement: &Sql) -> bool {
    let tokens = sql::tokens(Engine::Postgresql, &statement.text).unwrap_or_default();
    let first = tokens.iter().find(|token| token.is_code());
    first.is_some_and(|first| ["CREATE", "ALTER", "COMMENT", "GRANT", "REVOKE"].iter().any(|word| first.is(word)))
}
