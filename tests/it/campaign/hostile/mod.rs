//! Hostile inputs, each through the real binary: what hosts.toml, the command line, a tarball and a host may hold
//! against us. The numbers are those of the list of a hundred that the product was designed by; what was seen on the
//! way belongs to the same number.
//!
//! A refused command says what, where and why, gives one command to go on with, and leaves everything as it was: the
//! host, the project and the operator's home, byte for byte and with their times. What is accepted is shown to be
//! handled.

mod accepted;
mod artifact;
mod config;
mod login;
mod mutated;
mod places;
mod remote;
mod words;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::{Run, State, Tarball, World, belonging_to, eventually};

/// No answer to a hostile input takes longer, even on a machine that is busy with others.
const PATIENCE: Duration = Duration::from_secs(45);

/// No answer to a hostile input is longer.
const TALK_MAX: usize = 20_000;

/// An operator with the target `t`, which is a directory of this machine.
struct Scene {
    world: World,
}

impl Scene {
    /// With a good `hosts.toml`, and a base where nothing is.
    fn new() -> Self {
        let scene = Self { world: World::new(&[]) };
        std::fs::create_dir(scene.base()).unwrap();
        std::fs::create_dir(scene.world.home().join(".cache")).unwrap();
        scene.toml("");
        scene
    }

    /// With one release, `1`, live.
    fn live() -> Self {
        let scene = Self::new();
        scene.deploy("1");
        scene
    }

    fn base(&self) -> PathBuf {
        self.world.root().join("host")
    }

    fn path(&self, path: &str) -> PathBuf {
        self.base().join(path)
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Writes a good `hosts.toml` with these lines at its top.
    fn toml(&self, lines: &str) {
        let text = format!("app = 'app'\n{lines}\n[targets.t]\nhosts = ['local:{}']\n", self.base().display());
        self.world.write("hosts.toml", text);
    }

    /// Deploys an artifact that holds only its VERSION.
    #[track_caller]
    fn deploy(&self, version: &str) -> Run {
        self.pack(version);
        let run = self.world.release(&["t", version]).expect(0);
        // A last heartbeat may still be on its way.
        eventually("the host's half is over", || belonging_to(self.world.root()).is_empty());
        run
    }

    fn pack(&self, version: &str) -> PathBuf {
        Tarball::new("app", version).write(&self.world.project().join("dist"))
    }

    /// Everything that a command must leave alone. The names of releases that the shell's completion offers are kept
    /// in the operator's cache by whatever has seen them.
    fn everything(&self) -> State {
        State::exact(self.world.root()).without(&["home/.cache"])
    }

    /// Runs a command that must be refused with this code and in these words.
    fn refused(&self, what: &str, args: &[&str], code: i32, words: &[&str]) -> Result<(), String> {
        let before = self.everything();
        let run = self.world.release(args);
        well_said(&run, code, words)
            .and_then(|()| house_form(&run))
            .and_then(|()| unchanged(&before, &self.everything()))
            .map_err(|violation| format!("{what}: release {args:?}: {violation}"))
    }
}

fn unchanged(before: &State, after: &State) -> Result<(), String> {
    let diff = before.diff(after);
    if diff.is_empty() { Ok(()) } else { Err(format!("something was changed:\n{diff}")) }
}

/// The code and the words that are expected, and nothing that could do harm on a terminal.
fn well_said(run: &Run, code: i32, words: &[&str]) -> Result<(), String> {
    let said = format!("{}{}", run.stdout, run.stderr);
    if run.code != code {
        return Err(format!("exit code {} instead of {code}: {said}", run.code));
    }
    if let Some(missing) = words.iter().find(|word| !said.contains(*word)) {
        return Err(format!("it does not say {missing:?}: {said}"));
    }
    harmless(run)
}

/// No control byte and no mark that turns text around reaches the terminal; the text and the time have a bound.
fn harmless(run: &Run) -> Result<(), String> {
    let said = format!("{}{}", run.stdout, run.stderr);
    let raw = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c) || c == '\u{feff}';
    if let Some(c) = said.chars().find(|c| raw(*c)) {
        return Err(format!("{c:?} is shown raw: {said:?}"));
    }
    if said.len() > TALK_MAX {
        return Err(format!("it says {} bytes", said.len()));
    }
    if run.took > PATIENCE {
        return Err(format!("it took {:?}", run.took));
    }
    Ok(())
}

/// `release: WHERE: WHAT (WHY); nothing was changed.` and `hint: COMMAND`.
fn house_form(run: &Run) -> Result<(), String> {
    let mut lines = run.stderr.lines().filter(|line| line.starts_with("release: "));
    if !lines.any(|line| line.contains("nothing was changed")) {
        return Err(format!("it does not say that nothing was changed: {}", run.stderr));
    }
    if !run.stderr.lines().any(|line| line.starts_with("hint: ") && line.len() > "hint: ".len()) {
        return Err(format!("it has no hint: {}", run.stderr));
    }
    Ok(())
}

/// `Ok` when it holds.
fn holds(truth: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if truth { Ok(()) } else { Err(otherwise()) }
}

fn link(to: impl AsRef<Path>, at: impl AsRef<Path>) {
    std::os::unix::fs::symlink(to, at).unwrap();
}
