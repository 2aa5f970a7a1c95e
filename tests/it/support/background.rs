//! A command that is still running: to be watched, signalled, or killed.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::process::{ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::process::{Owned, signal};
use super::run::Run;
use super::wait::wait_until;

/// A running command, in a process group of its own; killed when dropped.
#[derive(Debug)]
pub struct Background {
    child: Owned,
    talk: TempDir,
    started: Instant,
}

impl Background {
    /// Starts it. What it prints goes to files, so that it never waits for a reader.
    pub fn start(mut command: Command, stdin: Stdio) -> Self {
        let talk = tempfile::Builder::new().prefix("rt-run-").tempdir().unwrap();
        let file = |name| File::create(talk.path().join(name)).unwrap();
        command.stdin(stdin).stdout(file("stdout")).stderr(file("stderr")).process_group(0);
        let program = command.get_program().to_owned();
        let child = command.spawn().unwrap_or_else(|e| panic!("cannot start {}: {e}", program.display()));
        Self { child: Owned(child), talk, started: Instant::now() }
    }

    /// Its pid, which is its process group too.
    pub fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Its end of a `Stdio::piped()` standard input.
    pub fn stdin(&mut self) -> ChildStdin {
        self.child.0.stdin.take().expect("started without a pipe")
    }

    /// Signals the process alone (`INT`, `KILL`, `STOP`, `CONT`).
    pub fn signal(&self, name: &str) {
        signal(name, &[self.pid()]);
    }

    /// What Ctrl-C does: signals the process and its children in the same group.
    pub fn ctrl_c(&self) {
        let group = format!("-{}", self.pid());
        Command::new("kill").args(["-s", "INT", "--", &group]).status().unwrap();
    }

    /// What it has printed so far.
    pub fn stdout(&self) -> String {
        self.said("stdout")
    }

    /// What it has said so far.
    pub fn stderr(&self) -> String {
        self.said("stderr")
    }

    fn said(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.talk.path().join(name)).unwrap()).into_owned()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.0.try_wait().unwrap().is_none()
    }

    /// The most memory that it had so far, in KiB; nothing when it has ended.
    pub fn peak_kib(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()
    }

    /// Waits until it has said this, on either stream; the test fails when it ends or 30 seconds pass without.
    #[track_caller]
    pub fn await_text(&mut self, text: &str) {
        let said = |me: &Self| me.stdout().contains(text) || me.stderr().contains(text);
        let _ = wait_until(Duration::from_secs(30), || said(self) || !self.is_running());
        assert!(said(self), "never said {text:?}; stdout:\n{}\nstderr:\n{}", self.stdout(), self.stderr());
    }

    /// Waits for its end; past the bound it is killed and the test fails.
    #[track_caller]
    pub fn finish(mut self, bound: Duration) -> Run {
        let ended = wait_until(bound, || !self.is_running());
        assert!(ended, "still running after {bound:?}; stdout:\n{}\nstderr:\n{}", self.stdout(), self.stderr());
        let status = self.child.0.wait().unwrap();
        Run::new(status, self.stdout(), self.stderr(), self.started)
    }

    /// Kills it alone, as the out-of-memory killer would, and waits for its end.
    pub fn sigkill(self) -> Run {
        self.signal("KILL");
        self.finish(Duration::from_secs(10))
    }
}
