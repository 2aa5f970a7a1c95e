//! A database, as the client program of its host reaches it: a channel for each script.

use std::path::Path;
use std::time::Duration;

use super::look::{self, silent, unanswered};
use super::{LOOK_TIME, Member};
use crate::agent::wire;
use crate::host::{Channel, Connection, Over, Patience};
use crate::model::target::{Address, Host, Target, UrlPart};
use crate::model::{Exit, Failure, Limits, ReleaseId, Step};
use crate::plan::{allow_flags, environment, told, without_leave};
use crate::schema::{
    self, Client, Engine, Error, HazardName, Holder, Output, Refusal, Request, State, Upgrade, postgres, sqlite,
};

/// A catalog of ten thousand tables is a tenth of it.
const LINE_MAX: usize = 256 << 20;

/// How long a script may be silent. A plan's scripts only look, and try things out where nobody waits for them.
const SILENCE: Duration = Duration::from_secs(600);

/// How long all of it may take.
const SCRIPT_TIME: Duration = Duration::from_secs(3600);

/// The first word of the lines that frame what a script prints.
const TOKEN: &str = "@release-sql";

/// A database that is known to answer.
pub struct Database {
    /// Which program reaches it.
    pub engine: Engine,
    /// Its URL, with the password masked.
    pub shown: String,
    /// Bytes that are free beside its file, where it is one.
    pub room: Option<u64>,
    /// Why its file can't be written, if it can't.
    pub in_the_way: Option<String>,
    way: Way,
}

/// How to get there.
struct Way {
    connection: Connection,
    host: Host,
    /// The session's first line.
    hello: String,
    env: Option<Step>,
    /// How long that may take to make.
    env_limit: Duration,
    url: Vec<UrlPart>,
    opened: Option<Opened>,
}

/// What the host said of the URL.
#[derive(Debug, Clone, PartialEq)]
struct Opened {
    engine: Engine,
    shown: String,
    room: Option<u64>,
    in_the_way: Option<String>,
}

impl Opened {
    /// Reads `sqlite ROOM IN-THE-WAY SHOWN`.
    fn read(said: &str) -> Option<Self> {
        let mut words = said.splitn(4, ' ');
        let engine = if words.next()? == "sqlite" { Engine::Sqlite } else { Engine::Postgresql };
        let kib: Option<u64> = words.next()?.parse().ok();
        let in_the_way = match words.next()? {
            "directory" => Some("its directory can't be written, where SQLite needs a journal beside the file".into()),
            "file" => Some("the file can't be written".into()),
            _ => None,
        };
        Some(Self { engine, shown: words.next()?.to_owned(), room: kib.map(|kib| kib << 10), in_the_way })
    }
}

/// An upgrade that is kept with the release that it was made for.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// That release.
    pub release: ReleaseId,
    /// The release that was live before it.
    pub before: Option<ReleaseId>,
    /// The upgrade.
    pub upgrade: Upgrade,
}

impl Member {
    /// Reaches the target's database from this host.
    ///
    /// # Errors
    /// The URL makes no sense on the host, or the database does not answer (exit 3).
    pub fn database<'t>(&self, target: &'t Target) -> impl Future<Output = Result<Database, Failure>> + Send + use<'t> {
        let url = target.schema.as_ref().map(|schema| schema.url.clone()).unwrap_or_default();
        Database::open(self.connection.clone(), self.host.clone(), target, self.base.clone(), url)
    }

    /// The upgrades that are kept on this host, and its backups: names and bytes, oldest first.
    ///
    /// # Errors
    /// The host no longer answers.
    pub async fn kept(&mut self) -> Result<(Vec<Kept>, Vec<(String, u64)>), Failure> {
        let host = &self.host;
        let channel = self.channel.as_mut().ok_or_else(|| silent(host))?;
        channel.take_lines_up_to(LINE_MAX);
        channel.send("kept").await.map_err(|_| silent(host))?;
        let (mut all, mut backups) = (Vec::new(), Vec::new());
        let mut patience = Patience::new(LOOK_TIME, LINE_MAX);
        loop {
            let line = patience.text(channel).await.map_err(|over| unanswered(host, over))?;
            if line == "end" {
                return Ok((all, backups));
            }
            all.extend(kept(&line));
            backups.extend(backup(&line));
        }
    }
}

fn backup(line: &str) -> Option<(String, u64)> {
    let (name, bytes) = line.strip_prefix("backup ")?.split_once(' ')?;
    Some((name.to_owned(), bytes.parse().ok()?))
}

fn kept(line: &str) -> Option<Kept> {
    let mut words = line.strip_prefix("kept ")?.splitn(3, ' ');
    let release = words.next()?.parse().ok()?;
    let before = words.next()?.parse().ok();
    Some(Kept { release, before, upgrade: serde_json::from_str(words.next()?).ok()? })
}

impl Database {
    /// Reaches a database from here, without any target; a relative `sqlite:` file lies below `directory`.
    ///
    /// # Errors
    /// The URL makes no sense, or the database does not answer (exit 3).
    pub async fn here(url: &str, directory: &Path) -> Result<Self, Failure> {
        let host = Host { name: "local".into(), address: Address::Local { base: None }, role: None };
        let url = vec![UrlPart::Text(url.to_owned())];
        Self::open_at(Connection::Local, host, None, directory.to_string_lossy().into_owned(), url).await
    }

    /// Reaches a database from a host.
    ///
    /// # Errors
    /// The URL makes no sense there, or the database does not answer (exit 3).
    pub async fn open(
        connection: Connection,
        host: Host,
        target: &Target,
        base: String,
        url: Vec<UrlPart>,
    ) -> Result<Self, Failure> {
        Self::open_at(connection, host, Some(target), base, url).await
    }

    async fn open_at(
        connection: Connection,
        host: Host,
        target: Option<&Target>,
        base: String,
        url: Vec<UrlPart>,
    ) -> Result<Self, Failure> {
        let env = target.and_then(environment);
        let env_limit = target.map_or(Limits::default(), |target| target.limits).env;
        let hello = match target {
            Some(target) => wire::hello(target, &base),
            None => wire::hello_to(&base, "releases", "live"),
        };
        let mut way = Way { connection, host, hello, env, env_limit, url, opened: None };
        let output = way.run("select 1;\n").await?;
        let name = way.host.name.clone();
        let Some(Opened { engine, shown, room, in_the_way }) = way.opened.clone() else {
            return Err(Failure::refused(name, last_line(&output.stderr)).hint("release check"));
        };
        if !output.ok() {
            return Err(Failure::refused(name, format!("{shown} does not answer"))
                .why(last_line(&output.stderr))
                .hint("see that it runs, and what `url` in [schema] says"));
        }
        Ok(Self { engine, shown, room, in_the_way, way })
    }

    /// Plans an upgrade. What reaches out of the database must be `allowed` before it is tried: to try it is to do it.
    ///
    /// # Errors
    /// It is refused, or the database can't be asked.
    pub async fn plan(&mut self, request: &Request<'_>, allowed: &[HazardName]) -> Result<Upgrade, Failure> {
        let outward = schema::outward(self.engine, request).map_err(|refusal| self.refused(refusal))?;
        let needed = without_leave(&outward, allowed);
        if !needed.is_empty() {
            let told: Vec<String> = outward.iter().map(told).collect();
            return Err(Failure::refused(&self.shown, "the schema would reach out of the database")
                .why("a plan tries it on a scratch database, and that would be to do it")
                .detail(told.join("\n"))
                .hint(format!("remove it, or the same command with {}", allow_flags(&needed))));
        }
        let result = match self.engine {
            Engine::Postgresql => postgres::plan(&mut self.way, request).await,
            Engine::Sqlite => sqlite::plan(&mut self.way, request).await,
        };
        result.map_err(|error| self.failure(error))
    }

    /// What the database says of itself.
    ///
    /// # Errors
    /// It can't be asked.
    pub async fn state(&mut self) -> Result<State, Failure> {
        let result = match self.engine {
            Engine::Postgresql => postgres::state(&mut self.way).await,
            Engine::Sqlite => sqlite::state(&mut self.way).await,
        };
        result.map_err(|error| self.failure(error))
    }

    /// Who holds tables of it, and would block an upgrade. Of a file nobody can tell.
    ///
    /// # Errors
    /// It can't be asked.
    pub async fn holders(&mut self) -> Result<Vec<Holder>, Failure> {
        let result = match self.engine {
            Engine::Postgresql => postgres::holders(&mut self.way).await,
            Engine::Sqlite => Ok(Vec::new()),
        };
        result.map_err(|error| self.failure(error))
    }

    /// Its catalog, for [`crate::schema::Wanted::Catalog`].
    ///
    /// # Errors
    /// It can't be asked.
    pub async fn read(&mut self) -> Result<String, Failure> {
        let result = match self.engine {
            Engine::Postgresql => postgres::read(&mut self.way).await,
            Engine::Sqlite => sqlite::read(&mut self.way).await,
        };
        result.map_err(|error| self.failure(error))
    }

    /// The rows of text that these queries give.
    ///
    /// # Errors
    /// The database can't be asked.
    pub async fn texts(&mut self, queries: &[String]) -> Result<Vec<String>, Failure> {
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        let script: String =
            queries.iter().map(|query| format!("{};\n", query.trim_end().trim_end_matches(';'))).collect();
        let output = self.way.run(&script).await?;
        if !output.ok() {
            return Err(Failure::refused(&self.shown, "it can't be asked").why(last_line(&output.stderr)));
        }
        Ok(output.stdout.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }

    fn failure(&self, error: Error<Failure>) -> Failure {
        match error {
            Error::Client(failure) => failure,
            Error::Refused(refusal) => self.refused(*refusal),
        }
    }

    /// A refusal as the failure that a person reads.
    pub fn refused(&self, refusal: Refusal) -> Failure {
        match refusal {
            Refusal::Wanted { file, line: 0, what } => Failure::refused(file, what),
            Refusal::Wanted { file, line, what } => Failure::refused(format!("{file}:{line}"), what),
            Refusal::Question(what) => Failure::refused(&self.shown, what)
                .why("a rename keeps the rows, a drop does not; this is not guessed")
                .hint("write `-- @renamed from=OLD` beside the new name in the schema file, or `-- @not-renamed`"),
            Refusal::Unmodelled(names) => {
                Failure::refused(&self.shown, format!("it has what this version can't compare: {}", names.join(", ")))
                    .why("what is not compared could be lost")
            }
            Refusal::Unproved(what) => {
                Failure::new(Exit::Refused, &self.shown, "the plan did not lead where it should on a scratch copy")
                    .why("that is a mistake of `release`, not of yours")
                    .detail(what)
            }
            Refusal::Database(what) => Failure::refused(&self.shown, what),
        }
    }
}

impl Client for Way {
    type Error = Failure;

    async fn run(&mut self, script: &str) -> Result<Output, Failure> {
        let host = self.host.clone();
        let lost = || silent(&host);
        let mut channel = self.connection.channel().await.map_err(|_| lost())?;
        look::greet_with(&mut channel, &host, &self.hello).await?;
        channel.take_lines_up_to(LINE_MAX);
        let request = wire::sql(TOKEN, self.env.as_ref(), self.env_limit, &self.url);
        self.talk(channel, &request, script).await.map_err(|over| unanswered(&host, over))
    }
}

impl Way {
    /// Sends and reads at the same time: what is printed while the script still comes must not block it.
    async fn talk(&mut self, channel: Channel, request: &str, script: &str) -> Result<Output, Over> {
        let (mut sender, mut receiver) = channel.split();
        let send = async move {
            // A host that has ended says so at the other end.
            let _ = sender.send(request).await;
            let _ = sender.send(script).await;
        };
        let read = async {
            let mut stdout: Vec<u8> = Vec::new();
            let mut patience = Patience::new(SCRIPT_TIME, LINE_MAX);
            loop {
                let line = tokio::time::timeout(SILENCE, patience.bounded(receiver.line()))
                    .await
                    .map_err(|_| Over::Slow)??;
                let text = String::from_utf8_lossy(&line);
                let said = text.strip_prefix(TOKEN).and_then(|said| said.strip_prefix(' '));
                match said.map(|said| (said, said.strip_prefix("end "))) {
                    Some((_, Some(end))) => {
                        let (code, said) = end.split_once(' ').unwrap_or((end, ""));
                        return Ok::<_, Over>((stdout, code.parse().unwrap_or(-1), said.to_owned()));
                    }
                    Some((said, None)) => self.opened = Opened::read(said),
                    None => {
                        stdout.extend(line);
                        stdout.push(b'\n');
                    }
                }
            }
        };
        let ((), read) = tokio::join!(send, read);
        let (stdout, code, said) = read?;
        // The line's end before the last line is the host's.
        let stdout = String::from_utf8_lossy(&stdout).trim_end_matches('\n').to_owned();
        Ok(Output { code, stdout, stderr: said.replace('\u{1}', "\n") })
    }
}

/// What a client program said last, without what it says before each error.
fn last_line(text: &str) -> String {
    let mut lines = text.lines().rev().filter(|line| !line.trim().is_empty());
    // sqlite3 points at the place in a line of its own, below.
    let line = lines.clone().find(|line| line.contains("rror")).or_else(|| lines.next()).unwrap_or("it says nothing");
    line.trim_start_matches("psql: error: ").trim().to_owned()
}
