//! PostgreSQL, through `psql`.
//!
//! One query reads the whole catalog as facts (`catalog`). The wanted text is loaded into a scratch database, so that the server
//! says what it means; `change` says what has to happen to each fact, `path` writes the statements in an order that
//! dependencies allow, `keep` puts aside what would be lost. `prove` runs both ways on the scratch copy before anybody sees
//! the plan, and `script` compares the catalog again in the real transaction before COMMIT.

mod alter;
mod body;
pub mod catalog;
mod change;
mod expression;
mod fence;
mod fold;
mod hazards;
mod holders;
mod info;
mod keep;
mod kind;
mod load;
mod make;
mod mark;
mod order;
mod path;
mod plan;
mod prove;
mod question;
mod rename;
mod scratch;
mod script;
mod slot;
mod usual;

use super::{Client, Direction, Entry, Error, Refusal, Request, Scripts, State, Upgrade};

pub use holders::holders;
pub use script::{bury, by_hand};

/// Quotes a text for SQL.
pub(crate) fn quote(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if text.contains('\\') { format!(" E'{}'", doubled.replace('\\', "\\\\")) } else { format!("'{doubled}'") }
}

/// Quotes a name for SQL.
pub(crate) fn quote_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The catalog of the database, as JSON.
///
/// # Errors
/// The client could not be run, or the database said no.
pub async fn read<C: Client>(client: &mut C) -> Result<String, Error<C::Error>> {
    let live = info::look(client).await?;
    Ok(live.catalog.to_json().to_string())
}

/// What the database says of itself.
///
/// # Errors
/// The client could not be run, or the database said no.
pub async fn state<C: Client>(client: &mut C) -> Result<State, Error<C::Error>> {
    let output = client.run(&info::state_script()).await.map_err(Error::Client)?;
    Ok(info::state(&output)?)
}

/// The upgrade of the database to what is wanted, proved both ways on a scratch copy.
///
/// # Errors
/// Refused, with the reason; or the client could not be run.
pub async fn plan<C: Client>(client: &mut C, request: &Request<'_>) -> Result<Upgrade, Error<C::Error>> {
    plan::plan(client, request).await
}

/// What the host runs: all of these ways in one transaction, with guard, proof and the ledger's row.
pub fn scripts(parts: &[&Direction], entry: &Entry<'_>) -> Scripts {
    script::scripts(parts, entry)
}

/// What a client that failed said, in one line.
fn complaint(stderr: &str) -> String {
    let line = stderr.lines().find(|line| line.contains("ERROR:") || line.contains("FATAL:"));
    let line = line.or_else(|| stderr.lines().find(|line| !line.trim().is_empty())).unwrap_or("it said nothing");
    let line = line.split_once("ERROR:").map_or(line, |(_, rest)| rest);
    mask(line.trim())
}

/// Takes passwords out of URLs and connection strings.
fn mask(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out += before;
        out += "://";
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'')).unwrap_or(after.len());
        let (authority, tail) = after.split_at(end);
        match authority.rsplit_once('@').map(|(user, host)| (user.split_once(':'), host)) {
            Some((Some((user, _)), host)) => out += &format!("{user}:xxxx@{host}"),
            _ => out += authority,
        }
        rest = tail;
    }
    out += rest;
    match out.find("password=") {
        Some(at) => {
            let end = out[at..].find(char::is_whitespace).map_or(out.len(), |length| at + length);
            format!("{}password=xxxx{}", &out[..at], &out[end..])
        }
        None => out,
    }
}

fn refused(what: impl Into<String>) -> Refusal {
    Refusal::Database(what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_masked() {
        assert_eq!(mask("x postgresql://bb:secret@h/db y"), "x postgresql://bb:xxxx@h/db y");
        assert_eq!(mask("host=a password=secret user=b"), "host=a password=xxxx user=b");
    }

    #[test]
    fn texts_are_quoted() {
        assert_eq!(quote("it's"), "'it''s'");
        assert_eq!(quote("a\\'b"), " E'a\\\\''b'");
        assert_eq!(quote_name("a\"b"), "\"a\"\"b\"");
    }
}
