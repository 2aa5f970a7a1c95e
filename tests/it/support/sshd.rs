//! A host's door: a real `sshd` on loopback.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::keys::Keys;
use super::login::{Login, is_root, mode};
use super::port;
use super::process::{Owned, descendants, end_all, is_called, signal};
use super::userland::{LoginShell, Userland};
use super::wait::{eventually, wait_until};

/// How a host looks from inside.
pub struct Inside<'a> {
    /// `$HOME` there, and where commands start.
    pub home: &'a Path,
    /// Its programs.
    pub userland: Userland,
    /// More programs for a userland that is not this machine's.
    pub programs: &'a [&'a str],
    /// Is `~/bin` first on its PATH?
    pub own_bin: bool,
    /// Its login shell.
    pub shell: LoginShell,
    /// More variables of every session.
    pub env: &'a [(String, String)],
    /// Lines of `sshd_config`, before all others: the first of a kind wins.
    pub config: &'a str,
    /// What to start `sshd` with, to have it in other namespaces.
    pub within: &'a [String],
    /// The one account that it lets in.
    pub login: &'static Login,
}

/// One running server, ended with all its sessions when dropped.
#[derive(Debug)]
pub struct Sshd {
    dir: PathBuf,
    port: u16,
    within: Vec<String>,
    server: Option<Owned>,
    /// Sessions that went on when their server was stopped.
    left: Vec<u32>,
}

impl Sshd {
    /// Writes the configuration into `dir` and starts. `root` marks every process that a session starts.
    pub fn launch(dir: &Path, root: &Path, inside: &Inside<'_>) -> Self {
        if is_root() {
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let path = inside.userland.path(dir, inside.programs);
        let shell = inside.userland.shell(inside.shell, &path);
        assert!(shell.exists(), "{} is missing: start the tests with tests/run", shell.display());
        secret(&dir.join("host_key"), &Keys::get().host);
        fs::write(dir.join("authorized_keys"), &Keys::get().client_public).unwrap();
        inside.login.write(&dir.join("commands"), "");
        fs::write(dir.join("enter"), enter(&shell, &dir.join("commands"))).unwrap();
        mode(&dir.join("enter"), 0o755);

        let own_bin = if inside.own_bin { format!("{}/bin:", inside.home.display()) } else { String::new() };
        let mut env =
            format!("PATH={own_bin}{path} HOME={} RELEASE_TEST_ROOT={}", inside.home.display(), root.display());
        for (name, value) in inside.env {
            env += &format!(" {name}={value}");
        }
        fs::write(dir.join("sshd_config"), config(dir, &env, inside)).unwrap();
        let mut sshd =
            Self { dir: dir.into(), port: 0, within: inside.within.to_vec(), server: None, left: Vec::new() };
        sshd.start();
        sshd
    }

    /// Where it listens; the same after [`Self::stop`] and [`Self::start`].
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    /// Connections that authenticated.
    pub fn connections(&self) -> usize {
        self.log().matches("Accepted publickey").count()
    }

    /// Commands, shells and subsystems that were started, over whatever connections.
    pub fn exec_channels(&self) -> usize {
        self.log().matches("Starting session: ").count()
    }

    /// The command lines that clients asked for, each as it came, in order.
    pub fn commands(&self) -> Vec<String> {
        let all = fs::read(self.dir.join("commands")).unwrap();
        let all = String::from_utf8_lossy(&all).into_owned();
        all.split_terminator('\0').map(str::to_owned).collect()
    }

    /// Processes that hold a connection: two for each when privileges are separated.
    pub fn sessions(&self) -> Vec<u32> {
        let mut all = self.server.as_ref().map(|s| descendants(s.pid())).unwrap_or_default();
        all.extend(&self.left);
        all.retain(|p| is_called(*p, "sshd"));
        if !self.within.is_empty() {
            all.retain(|p| Some(*p) != self.listener()); // `nsenter` stands before it
        }
        all
    }

    /// Cuts every connection from the host's side. The commands in them are not signalled.
    pub fn kill_sessions(&self) {
        let sessions = self.sessions();
        signal("KILL", &sessions);
        eventually("killed sessions end", || !sessions.iter().any(|p| is_called(*p, "sshd")));
    }

    /// The server no longer listens; its sessions go on, as when a service manager restarts it.
    pub fn stop(&mut self) {
        self.left = self.sessions();
        let Some(mut server) = self.server.take() else { return };
        signal("KILL", &[self.listener().unwrap_or(server.pid())]);
        server.0.wait().unwrap();
    }

    /// Listens (again).
    pub fn start(&mut self) {
        assert!(self.server.is_none(), "already started");
        for _ in 0..20 {
            let port = if self.port == 0 { port::free() } else { self.port };
            if let Some(server) = self.try_start(port) {
                self.port = port;
                self.server = Some(server);
                return;
            }
        }
        panic!("sshd does not start:\n{}", self.log());
    }

    /// The next [`Self::start`] is in the machine that this command line enters.
    pub(super) fn move_to(&mut self, within: Vec<String>) {
        self.within = within;
    }

    fn try_start(&self, port: u16) -> Option<Owned> {
        let log = OpenOptions::new().create(true).append(true).open(self.dir.join("log")).unwrap();
        let before = self.log().matches("Server listening").count();
        let sshd = [&["/usr/sbin/sshd", "-D", "-e", "-p"].map(str::to_owned)[..], &[port.to_string()]].concat();
        let argv = [&self.within[..], &sshd].concat();
        let child = Command::new(&argv[0])
            .args(&argv[1..])
            .arg("-f")
            .arg(self.dir.join("sshd_config"))
            .env_clear()
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("sshd is missing: start the tests with tests/run");
        let mut server = Owned(child);
        let listens = || self.log().matches("Server listening").count() > before;
        let _ = wait_until(Duration::from_secs(5), || listens() || server.0.try_wait().unwrap().is_some());
        listens().then_some(server)
    }

    fn listener(&self) -> Option<u32> {
        let server = self.server.as_ref()?.pid();
        if self.within.is_empty() { Some(server) } else { descendants(server).first().copied() }
    }

    /// Makes the server forget that it knows the operator's key (or know it again).
    pub fn accept_key(&self, yes: bool) {
        let key = if yes { Keys::get().client_public.as_str() } else { "" };
        fs::write(self.dir.join("authorized_keys"), key).unwrap();
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let sessions = self.sessions();
        drop(self.server.take());
        signal("KILL", &sessions);
        end_all(&self.dir);
    }
}

/// Writes a file that only we may read.
pub fn secret(path: &Path, text: &str) {
    drop(File::create(path).unwrap());
    mode(path, 0o600);
    fs::write(path, text).unwrap();
}

fn config(dir: &Path, env: &str, inside: &Inside<'_>) -> String {
    let (dir, first, user) = (dir.display(), inside.config, &inside.login.name);
    format!(
        "{first}
ListenAddress 127.0.0.1
HostKey {dir}/host_key
AuthorizedKeysFile {dir}/authorized_keys
AllowUsers {user}
StrictModes no
UsePAM no
UseDNS no
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
PrintLastLog no
PidFile none
LogLevel VERBOSE
MaxStartups 100
Subsystem sftp /usr/lib/openssh/sftp-server
SetEnv {env}
ForceCommand exec {dir}/enter
"
    )
}

/// What `login` and `/etc/passwd` do on a machine of its own: here all hosts share one account.
fn enter(shell: &Path, commands: &Path) -> String {
    format!(
        r#"#!/bin/sh
cd "$HOME" || exit
SHELL={}
export SHELL
[ -n "${{SSH_ORIGINAL_COMMAND-}}" ] || exec "$SHELL" -l
command=$SSH_ORIGINAL_COMMAND
printf '%s\0' "$command" >>'{}'
unset SSH_ORIGINAL_COMMAND
exec "$SHELL" -c "$command"
"#,
        shell.display(),
        commands.display()
    )
}
