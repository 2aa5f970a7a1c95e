//! The scratch copy: a database of its own on the same server, or a transaction that is rolled back.

mod aside;

use serde_json::Value;

use super::catalog::Catalog;
use super::info::{self, Live};
use super::{complaint, quote, quote_name, refused};
use crate::schema::{Client, Error, Output};

/// Where wanted schemas are made and plans are tried.
pub struct Scratch {
    place: Place,
    path: String,
}

enum Place {
    /// A database that is dropped in the end. Others of this kind that nobody is connected to any more, and that are an hour old, go, too; one
    /// that does not say since when it is there is being made right now.
    Database(String),
    /// For those who may not make one: a transaction on the live database that is rolled back. The live schemas are called something
    /// else in it, and nobody else sees that; no row and no table is touched. `done` is what has been done so far, since each run is a
    /// transaction of its own.
    Transaction { aside: String, done: String },
}

/// Why a script on the scratch copy failed.
#[derive(Debug)]
pub struct Failure {
    /// What the server said, in one line.
    pub what: String,
    /// The line of the script, counted from the first of the body.
    pub line: usize,
    /// The line inside of the statement, where the server says one; 1 is the first.
    pub inside: usize,
    /// All that was printed until then.
    pub stdout: String,
}

const SWEEP: &str = "SELECT pg_catalog.format('DROP DATABASE IF EXISTS %I', d.datname) FROM pg_catalog.pg_database d
WHERE d.datname ~ '^_release_' AND pg_catalog.pg_has_role(d.datdba, 'MEMBER')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)
  AND extract(epoch FROM pg_catalog.now()) - substring(pg_catalog.shobj_description(d.oid, 'pg_database') FROM '[0-9]+')::bigint > 3600 \\gexec
";

impl Scratch {
    /// Makes it.
    pub async fn open<C: Client>(client: &mut C, live: &Live, operation: &str) -> Result<Self, Error<C::Error>> {
        let path = live.about["path"].as_str().unwrap_or_default().to_owned();
        if live.about["createdb"] != true {
            let place = Place::Transaction { aside: aside::aside(live)?, done: String::new() };
            return Ok(Self { place, path });
        }
        let head = super::keep::heap(operation);
        let name = quote_name(&format!("_release_{}", head.trim_end_matches('/')));
        let script = format!(
            "SET client_min_messages = warning;\n{SWEEP}DROP DATABASE IF EXISTS {name};\n{};
SELECT pg_catalog.format('COMMENT ON DATABASE %s IS %L', {}, 'scratch copy of release since ' || extract(epoch FROM pg_catalog.now())::bigint) \\gexec\n",
            create(&name, &live.about),
            quote(&name),
        );
        let output = client.run(&script).await.map_err(Error::Client)?;
        if !output.ok() {
            return Err(refused(complaint(&output.stderr)).into());
        }
        Ok(Self { place: Place::Database(name), path })
    }

    /// What begins a part of a script that is a transaction.
    pub fn begin(&self) -> &'static str {
        match self.place {
            Place::Database(_) => "BEGIN ISOLATION LEVEL READ COMMITTED;\n",
            Place::Transaction { .. } => "SAVEPOINT _release_part;\n",
        }
    }

    /// What ends it.
    pub fn commit(&self) -> &'static str {
        match self.place {
            Place::Database(_) => "COMMIT;\n",
            Place::Transaction { .. } => "RELEASE SAVEPOINT _release_part;\n",
        }
    }

    /// Runs a script in it, which leaves something that is to stay, and reads the catalog that this makes.
    pub async fn change_and_read<C: Client>(
        &mut self,
        client: &mut C,
        body: &str,
    ) -> Result<Result<Catalog, Failure>, Error<C::Error>> {
        let ran = self.run(client, &format!("{body}{}", self.reading())).await?;
        let again = self.searching(true);
        if let (Place::Transaction { done, .. }, Ok(_)) = (&mut self.place, &ran) {
            // What comes next looks names up as this did, whatever this has set.
            *done += &format!("{body}\\o /dev/null\n{again}");
        }
        Ok(match ran {
            Ok(stdout) => Ok(info::catalog(&stdout, "catalog")?),
            Err(failure) => Err(failure),
        })
    }

    /// Names are looked up as on the live database, until the end of the transaction or of the session.
    fn searching(&self, local: bool) -> String {
        match self.path.as_str() {
            "" => String::new(),
            path => format!("SELECT pg_catalog.set_config('search_path', {}, {local});\n", quote(path)),
        }
    }

    fn reading(&self) -> String {
        format!("{}\\echo @catalog\n{}{}", self.begin(), info::catalog_query(), self.commit())
    }

    /// Runs a script in it.
    pub async fn run<C: Client>(&self, client: &mut C, body: &str) -> Result<Result<String, Failure>, Error<C::Error>> {
        let (head, tail) = match &self.place {
            Place::Database(name) => (format!("\\connect {name}\n\\o /dev/null\n{}\\o\n", self.searching(false)), ""),
            Place::Transaction { aside, done } => {
                (format!("\\o /dev/null\n{aside}{}{done}\\o\n", self.searching(true)), "ROLLBACK;\n")
            }
        };
        let before = head.lines().count();
        let output = client.run(&(head + body + tail)).await.map_err(Error::Client)?;
        Ok(if output.ok() { Ok(output.stdout) } else { Err(failure(&output, before)) })
    }

    /// Drops it.
    pub async fn close<C: Client>(self, client: &mut C) -> Result<(), Error<C::Error>> {
        let Place::Database(name) = self.place else { return Ok(()) };
        let script = format!("SET client_min_messages = warning;\nDROP DATABASE IF EXISTS {name};\n");
        client.run(&script).await.map_err(Error::Client).map(drop)
    }
}

fn create(name: &str, about: &Value) -> String {
    let text = |key: &str| quote(about[key].as_str().unwrap_or_default());
    let mut sql = format!(
        "CREATE DATABASE {name} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}",
        text("encoding"),
        text("collate"),
        text("ctype")
    );
    if about["provider"] == "i" {
        sql += &format!(" LOCALE_PROVIDER icu ICU_LOCALE {}", text("locale"));
    }
    sql
}

/// `psql:<stdin>:17: ERROR:  ...`
fn failure(output: &Output, before: usize) -> Failure {
    let at = output.stderr.lines().find(|line| line.contains("ERROR:") || line.contains("FATAL:"));
    let line = at.and_then(|line| line.split("stdin>:").nth(1)?.split(':').next()?.parse::<usize>().ok());
    let inside = output.stderr.lines().find_map(|line| line.strip_prefix("LINE ")?.split(':').next()?.parse().ok());
    Failure {
        inside: inside.unwrap_or(1),
        what: complaint(&output.stderr),
        line: line.unwrap_or_default().saturating_sub(before),
        stdout: output.stdout.clone(),
    }
}

/// Reads the catalog of the scratch copy.
pub async fn read<C: Client>(client: &mut C, scratch: &Scratch) -> Result<Catalog, Error<C::Error>> {
    let stdout = scratch.run(client, &scratch.reading()).await?.map_err(|failure| refused(failure.what))?;
    Ok(info::catalog(&stdout, "catalog")?)
}
