//! What became of a command.

use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::background::Background;

/// Longer than any command of a test takes.
pub const BOUND: Duration = Duration::from_secs(60);

/// An ended command.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its exit code; 128 and the signal's number when a signal ended it, as a shell says it.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
}

impl Run {
    /// Runs a command to its end, with nothing on its standard input; it is killed and the test fails after a minute.
    #[track_caller]
    pub fn of(command: Command) -> Self {
        Background::start(command, Stdio::null()).finish(BOUND)
    }

    pub(super) fn new(status: ExitStatus, stdout: String, stderr: String, started: Instant) -> Self {
        use std::os::unix::process::ExitStatusExt;
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
        Self { code, stdout, stderr, took: started.elapsed() }
    }

    /// Fails the test unless the exit code is this.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code; stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails the test unless it went well; gives what it printed, without the last newline.
    #[track_caller]
    pub fn ok(self) -> String {
        let printed = self.expect(0).stdout;
        printed.strip_suffix('\n').unwrap_or(&printed).to_owned()
    }

    /// The one JSON document on stdout.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("no JSON ({e}): {self:#?}"))
    }

    /// The JSON lines on stdout.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("no JSON ({e}): {line}"));
        self.stdout.lines().map(parse).collect()
    }
}
