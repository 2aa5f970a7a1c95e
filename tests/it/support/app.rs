//! The sample application (`tests/app`) on a host.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::http::get;
use super::login::{Login, is_root};
use super::port;
use super::run::Run;
use super::tarball::Tarball;

const SERVER: &str = include_str!("../../app/server");
const START: &str = include_str!("../../app/start");
const STOP: &str = include_str!("../../app/stop");

/// How a release of the application behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mode {
    /// Well.
    Good,
    /// Exits at once.
    Crash,
    /// Listens this many seconds later.
    Slow(f32),
    /// Names another version.
    Wrong,
    /// Is killed after this many seconds.
    Flap(f32),
    /// Accepts and never answers.
    Hang,
    /// Answers 500.
    Error,
}

/// The application's place on a host: `bin/start`, `bin/stop`, `port` below BASE. It is stopped with its world.
#[derive(Debug, Clone)]
pub struct App {
    base: PathBuf,
    port: u16,
}

impl App {
    /// Puts the scripts there, for a port of its own. Nothing is started: there may be no release yet.
    pub fn install(base: &Path) -> Self {
        let app = Self { base: base.into(), port: port::free() };
        for (name, script) in [("start", START), ("stop", STOP)] {
            Login::get().program(&base.join("bin").join(name), script);
        }
        Login::get().write(&base.join("port"), app.port.to_string());
        app
    }

    /// An artifact of the application.
    pub fn artifact(version: &str, mode: Mode) -> Tarball {
        let mode = match mode {
            Mode::Good => "good".into(),
            Mode::Crash => "crash".into(),
            Mode::Slow(n) => format!("slow {n}"),
            Mode::Wrong => "wrong".into(),
            Mode::Flap(n) => format!("flap {n}"),
            Mode::Hang => "hang".into(),
            Mode::Error => "error".into(),
        };
        let www = format!("page of {version}");
        Tarball::new("app", version).program("bin/server", SERVER).file("MODE", mode).file("www/page", www)
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `[service]` and `[health]` for `hosts.toml`, for a single host.
    pub fn toml(&self) -> String {
        format!(
            "[service]\nstop = \"bin/stop\"\nstart = \"bin/start\"\n\n[health]\nurl = \"http://127.0.0.1:{}/\"\n\
             expect = \"{{version}}\"\ntimeout = \"5s\"\n",
            self.port
        )
    }

    /// The version that the running process answers with.
    pub fn version(&self) -> Option<String> {
        let reply = get(self.port, "/").ok().filter(|r| r.status == 200)?;
        Some(reply.body.trim().to_owned())
    }

    /// The pid of the process that answers.
    pub fn pid(&self) -> Option<u32> {
        get(self.port, "/").ok()?.header("X-Pid")?.parse().ok()
    }

    /// Runs `bin/start` by hand, as the account.
    #[track_caller]
    pub fn start(&self) {
        self.script("start");
    }

    /// Runs `bin/stop` by hand, as the account.
    #[track_caller]
    pub fn stop(&self) {
        self.script("stop");
    }

    #[track_caller]
    fn script(&self, name: &str) {
        let script = self.base.join("bin").join(name);
        let login = Login::get();
        let mut command = if is_root() {
            let mut c = Command::new("setpriv");
            c.arg(format!("--reuid={}", login.uid)).arg(format!("--regid={}", login.gid)).arg("--clear-groups");
            c.arg(script);
            c
        } else {
            Command::new(script)
        };
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", &self.base).current_dir(&self.base);
        Run::of(command).ok();
    }
}
