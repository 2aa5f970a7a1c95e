//! `psql`, started directly: what a host's supervisor does, without the host.

use std::io::{self, BufRead, BufReader, Seek, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use release::schema::{Client, Output};

use super::background::Background;
use super::postgres::program;
use super::process::Owned;

/// One database, by URL. As a [`Client`] it is what an engine of `release::schema` runs its scripts through.
#[derive(Debug, Clone)]
pub struct Psql {
    url: String,
    /// How many scripts it ran.
    pub runs: usize,
}

impl Psql {
    /// By a URL with everything in it.
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), runs: 0 }
    }

    /// As the tool starts it on a host.
    fn command(&self) -> Command {
        let mut command = Command::new(program("psql"));
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"]).arg(&self.url);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8").env("HOME", "/nonexistent");
        command.env("PGOPTIONS", "-c client_min_messages=warning").current_dir("/");
        command
    }

    /// Runs a script to its end; how it ends is for the caller.
    pub fn script(&self, script: &str) -> Output {
        self.try_script(script).expect("psql is missing: start the tests with tests/run")
    }

    fn try_script(&self, script: &str) -> io::Result<Output> {
        let out = self.command().stdin(file(script)?).output()?;
        Ok(Output {
            code: out.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
        })
    }

    /// Starts a script, and does not wait.
    pub fn start(&self, script: &str) -> Background {
        self.start_with(file(script).unwrap())
    }

    /// Starts it with this as its script.
    pub fn start_with(&self, stdin: Stdio) -> Background {
        Background::start(self.command(), stdin)
    }

    /// A connection that is kept.
    pub fn session(&self) -> Session {
        let mut command = self.command();
        let mut child = Owned(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
        let (stdin, stdout) = (child.0.stdin.take().unwrap(), child.0.stdout.take().unwrap());
        Session { stdin, stdout: BufReader::new(stdout), _child: child }
    }
}

/// A `psql` that is asked again and again.
#[derive(Debug)]
pub struct Session {
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    _child: Owned,
}

impl Session {
    /// What it answers.
    pub fn ask(&mut self, sql: &str) -> String {
        const END: &str = "--end of answer--\n";
        self.stdin.write_all(format!("{sql}\n\\echo {END}").as_bytes()).unwrap();
        let mut answer = String::new();
        while !answer.ends_with(END) {
            let read = self.stdout.read_line(&mut answer).unwrap();
            assert!(read > 0, "psql ended at {sql}, after {answer}");
        }
        answer.truncate(answer.len() - END.len());
        answer
    }
}

/// A script as a standard input that nobody has to write to.
fn file(script: &str) -> io::Result<Stdio> {
    let mut file = tempfile::tempfile()?;
    file.write_all(script.as_bytes())?;
    file.rewind()?;
    Ok(file.into())
}

impl Client for Psql {
    type Error = io::Error;

    async fn run(&mut self, script: &str) -> Result<Output, io::Error> {
        self.runs += 1;
        self.try_script(script)
    }
}
