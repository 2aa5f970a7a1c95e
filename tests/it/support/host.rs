//! A host: a home directory that is its BASE, an `sshd`, and perhaps a bad line to it.

use std::fs;
use std::path::{Path, PathBuf};

use super::login::{Login, mode};
use super::relay::Relay;
use super::sshd::{Inside, Sshd};
use super::state::State;
use super::systemd::Systemd;
use super::userland::{LoginShell, Userland};

/// What kind of host to make.
#[derive(Debug, Clone, Default)]
pub struct HostSpec {
    name: String,
    userland: Userland,
    shell: LoginShell,
    programs: Vec<&'static str>,
    own_bin: bool,
    relay: bool,
    env: Vec<(String, String)>,
    sshd_config: String,
    ssh_options: String,
    systemd: bool,
    second: bool,
}

impl HostSpec {
    /// An ordinary one: this machine's programs, `sh`, and a direct line.
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// With other programs.
    pub fn userland(mut self, userland: Userland) -> Self {
        self.userland = userland;
        self
    }

    /// With another login shell.
    pub fn shell(mut self, shell: LoginShell) -> Self {
        self.shell = shell;
        self
    }

    /// With one more program of this machine beside a BusyBox or toybox userland.
    pub fn program(mut self, name: &'static str) -> Self {
        self.programs.push(name);
        self
    }

    /// With `~/bin` first on its PATH: what is put there stands in for a program.
    pub fn own_bin(mut self) -> Self {
        self.own_bin = true;
        self
    }

    /// Reached through a [`Relay`].
    pub fn relay(mut self) -> Self {
        self.relay = true;
        self
    }

    /// With a variable in every session; no spaces in it.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// With a line of `sshd_config` (`MaxSessions 1`).
    pub fn sshd_config(mut self, line: &str) -> Self {
        self.sshd_config += &format!("{line}\n");
        self
    }

    /// With a line in its part of the operator's `ssh_config` (`ServerAliveInterval 1`).
    pub fn ssh_option(mut self, line: &str) -> Self {
        self.ssh_options += &format!("  {line}\n");
        self
    }

    /// Entered with [`Login::second`], whose home nobody else may look into.
    pub fn second_account(mut self) -> Self {
        self.second = true;
        self
    }

    /// With a systemd of its own; see [`super::systemd`].
    pub fn systemd(mut self) -> Self {
        self.systemd = true;
        self
    }
}

/// A running host.
#[derive(Debug)]
pub struct Host {
    name: String,
    home: PathBuf,
    options: String,
    relay: Option<Relay>,
    sshd: Sshd,
    systemd: Option<Systemd>,
    login: &'static Login,
}

impl Host {
    pub(super) fn start(root: &Path, mut spec: HostSpec) -> Self {
        let dir = root.join(&spec.name);
        let (home, sshd) = (dir.join("home"), dir.join("sshd"));
        fs::create_dir_all(&sshd).unwrap();
        fs::create_dir(&home).unwrap();
        let login = if spec.second { Login::second() } else { Login::get() };
        login.own(&home);
        if spec.second {
            mode(&home, 0o700);
        }
        let systemd = spec.systemd.then(|| Systemd::boot(&dir.join("systemd"), &home, login));
        if systemd.is_some() {
            spec.env.push(("XDG_RUNTIME_DIR".into(), Systemd::runtime_dir(login)));
        }
        let within = systemd.as_ref().map(Systemd::within).unwrap_or_default();
        let inside = Inside {
            home: &home,
            userland: spec.userland,
            programs: &spec.programs,
            own_bin: spec.own_bin,
            shell: spec.shell,
            env: &spec.env,
            config: &spec.sshd_config,
            within: &within,
            login,
        };
        let sshd = Sshd::launch(&sshd, root, &inside);
        let relay = spec.relay.then(|| Relay::to(sshd.port()));
        Self { name: spec.name, home, options: spec.ssh_options, relay, sshd, systemd, login }
    }

    /// What `hosts.toml` calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its `$HOME`, the default BASE.
    pub fn base(&self) -> &Path {
        &self.home
    }

    /// A path below BASE.
    pub fn path(&self, path: &str) -> PathBuf {
        self.home.join(path)
    }

    /// Who enters it.
    pub fn login(&self) -> &'static Login {
        self.login
    }

    /// The port that the operator uses.
    pub fn port(&self) -> u16 {
        self.relay.as_ref().map_or(self.sshd.port(), Relay::port)
    }

    /// Its lines of `ssh_config`.
    pub(super) fn options(&self) -> &str {
        &self.options
    }

    /// Its door.
    pub fn sshd(&self) -> &Sshd {
        &self.sshd
    }

    /// Its door, to close and open.
    pub fn sshd_mut(&mut self) -> &mut Sshd {
        &mut self.sshd
    }

    /// The line to it.
    #[track_caller]
    pub fn relay(&self) -> &Relay {
        self.relay.as_ref().expect("ask for it: HostSpec::relay()")
    }

    /// Its systemd.
    #[track_caller]
    pub fn systemd(&self) -> &Systemd {
        self.systemd.as_ref().expect("ask for it: HostSpec::systemd()")
    }

    /// Pulls the plug and starts it again, on the same port: only for a host with a systemd. No data is lost but `/run`.
    #[track_caller]
    pub fn reboot(&mut self) {
        self.sshd.stop();
        let systemd = self.systemd.as_mut().expect("ask for it: HostSpec::systemd()");
        systemd.reboot();
        self.sshd.move_to(systemd.within());
        self.sshd.start();
    }

    /// Writes a file below BASE as the account.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(path);
        self.login.write(&path, content);
        path
    }

    /// Reads a file below BASE; nothing when it is not there.
    pub fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok()
    }

    /// What `live` names, as the link says it.
    pub fn live(&self) -> Option<String> {
        Some(fs::read_link(self.path("live")).ok()?.to_str().unwrap().to_owned())
    }

    /// The names under `releases/`, sorted.
    pub fn releases(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("releases")) else { return Vec::new() };
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Everything below BASE as it is now.
    pub fn state(&self) -> State {
        State::of(self.base())
    }
}
