//! A test's whole world: an operator's machine, some hosts, and the network between them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::background::Background;
use super::host::{Host, HostSpec};
use super::keys::Keys;
use super::login::mode;
use super::process::end_all;
use super::run::Run;
use super::sshd::secret;

/// ```text
/// project/   hosts.toml, ssh_config, and whatever the test puts there: where the binary runs
/// home/      the operator's $HOME, with ssh/ holding the key and known_hosts
/// NAME/home  a host's $HOME, which is BASE
/// NAME/sshd  its sshd's files
/// ```
#[derive(Debug)]
pub struct World {
    hosts: Vec<Host>,
    root: TempDir,
}

impl World {
    /// An operator and ordinary hosts of these names.
    pub fn new(hosts: &[&str]) -> Self {
        Self::of(hosts.iter().map(|h| HostSpec::new(h)).collect())
    }

    /// An operator and these hosts.
    pub fn of(hosts: Vec<HostSpec>) -> Self {
        let mut root = tempfile::Builder::new().prefix("rt-").tempdir().unwrap();
        root.disable_cleanup(std::env::var_os("RELEASE_TEST_KEEP").is_some());
        mode(root.path(), 0o755); // hosts are entered by another account
        for dir in ["project", "home", "home/ssh"] {
            fs::create_dir(root.path().join(dir)).unwrap();
        }
        secret(&root.path().join("home/ssh/key"), &Keys::get().client);
        let hosts = hosts.into_iter().map(|spec| Host::start(root.path(), spec)).collect();
        let world = Self { hosts, root };
        world.write_known_hosts();
        world.write_ssh_config();
        world
    }

    /// The directory that everything is in.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// Where the binary runs.
    pub fn project(&self) -> PathBuf {
        self.root().join("project")
    }

    /// The operator's `$HOME`.
    pub fn home(&self) -> PathBuf {
        self.root().join("home")
    }

    /// A host, by name.
    #[track_caller]
    pub fn host(&self, name: &str) -> &Host {
        self.hosts.iter().find(|h| h.name() == name).unwrap_or_else(|| panic!("no host {name}"))
    }

    /// A host, to stop or start its `sshd`.
    #[track_caller]
    pub fn host_mut(&mut self, name: &str) -> &mut Host {
        self.hosts.iter_mut().find(|h| h.name() == name).unwrap_or_else(|| panic!("no host {name}"))
    }

    /// All hosts, in the order in which they were named.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// Writes a file of the project.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.project().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Writes `hosts.toml`: the given text, then how to reach this world's hosts.
    pub fn hosts_toml(&self, text: &str) {
        self.write("hosts.toml", format!("{text}\n[ssh]\nconfig = \"ssh_config\"\n"));
    }

    /// Writes the least `hosts.toml`: the application `app`, and one target of all hosts.
    pub fn target(&self, name: &str) {
        let hosts: Vec<_> = self.hosts.iter().map(Host::name).collect();
        self.hosts_toml(&format!("app = \"app\"\n\n[targets.{name}]\nhosts = {hosts:?}\n"));
    }

    /// The operator's environment, and nothing else: no agent, no locale, no terminal.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.project())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
            .env("HOME", self.home())
            .env("USER", "operator")
            .env("LOGNAME", "operator")
            .env("TZ", "UTC")
            .env("LANG", "C.UTF-8")
            .env("RELEASE_TEST_ROOT", self.root());
        command
    }

    /// The real binary with these arguments, not yet started.
    pub fn release_command(&self, args: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_release"));
        command.args(args);
        command
    }

    /// Runs the real binary in the project, to its end.
    #[track_caller]
    pub fn release(&self, args: &[&str]) -> Run {
        Run::of(self.release_command(args))
    }

    /// Starts the real binary in the project.
    pub fn release_bg(&self, args: &[&str]) -> Background {
        Background::start(self.release_command(args), Stdio::null())
    }

    /// The system's `ssh` as the operator, not yet started.
    pub fn ssh_command(&self, host: &str, args: &[&str]) -> Command {
        let mut command = self.command("ssh");
        command.args(["-F", "ssh_config", host]).args(args);
        command
    }

    /// Runs a command line on a host with the system's `ssh`.
    #[track_caller]
    pub fn ssh(&self, host: &str, line: &str) -> Run {
        Run::of(self.ssh_command(host, &[line]))
    }

    /// Writes `known_hosts` with every host's right key; a test may spoil it and write it anew.
    pub fn write_known_hosts(&self) {
        let line = |h: &Host| format!("[127.0.0.1]:{} {}\n", h.port(), Keys::get().host_public);
        fs::write(self.home().join("ssh/known_hosts"), self.hosts.iter().map(line).collect::<String>()).unwrap();
    }

    fn write_ssh_config(&self) {
        let ssh = self.home().join("ssh");
        let mut config = String::new();
        for host in &self.hosts {
            config +=
                &format!("Host {}\n  HostName 127.0.0.1\n  Port {}\n{}", host.name(), host.port(), host.options());
            config += &format!("  User {}\n", host.login().name);
        }
        config += &format!(
            "Host *\n  IdentityFile {ssh}/key\n  IdentitiesOnly yes\n  IdentityAgent none\n  \
             UserKnownHostsFile {ssh}/known_hosts\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n  \
             ConnectTimeout 10\n  KexAlgorithms curve25519-sha256\n", // the default costs 0.1 s of CPU each time
            ssh = ssh.display()
        );
        self.write("ssh_config", config);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for host in &self.hosts {
                eprintln!("--- sshd of {}:\n{}", host.name(), host.sshd().log());
            }
        }
        self.hosts.clear();
        end_all(self.root());
    }
}
