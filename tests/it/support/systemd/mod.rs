//! A real systemd: process 1 of a machine in namespaces, with a manager for the account and D-Bus.
//!
//! Such a host shares this machine's disk and kernel and nothing else. `systemctl`, `systemctl --user`, `systemd-run`
//! and `sudo systemctl` work there as anywhere, and it can be rebooted. What it has not: a logind, unless a
//! test brings its unit, and a journal (units say where their output goes).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::login::{Login, is_root, mode};
use super::process::{Owned, descendants, is_called};
use super::run::Run;
use super::wait::eventually;

const MACHINE: &str = include_str!("machine");
const BOOT: &str = include_str!("boot");

/// Whether this machine can run another: root can.
pub fn possible() -> bool {
    is_root()
}

/// A running systemd; everything in it ends when dropped.
#[derive(Debug)]
pub struct Systemd {
    dir: PathBuf,
    boots: u32,
    init: u32,
    machine: Option<Owned>,
}

impl Systemd {
    /// Boots one, with its files in `dir`; `home` is the account's there.
    pub fn boot(dir: &Path, home: &Path, login: &Login) -> Self {
        let units = dir.join("units");
        fs::create_dir_all(&units).unwrap();
        for (name, script) in [("machine", MACHINE), ("boot", BOOT)] {
            fs::write(dir.join(name), script).unwrap();
            mode(&dir.join(name), 0o755);
        }
        fs::write(dir.join("sudoers"), format!("{} ALL=(root) NOPASSWD: /usr/bin/systemctl\n", login.name)).unwrap();
        for target in ["sysinit", "sockets", "basic", "shutdown"] {
            fs::write(units.join(format!("{target}.target")), "[Unit]\nDefaultDependencies=no\n").unwrap();
        }
        let wants = format!("[Unit]\nDefaultDependencies=no\nWants=dbus.service user@{}.service\n", login.uid);
        fs::write(units.join("default.target"), wants).unwrap();
        fs::write(units.join("user@.service"), user_manager(home)).unwrap();
        for bus in ["dbus.socket", "dbus.service"] {
            fs::copy(Path::new("/lib/systemd/system").join(bus), units.join(bus)).expect("tests/run installs dbus");
        }
        let mut me = Self { dir: dir.into(), boots: 0, init: 0, machine: None };
        me.start();
        me
    }

    /// Everything that runs there is killed, `/run` is empty, the boot id is another, the disk is as it was.
    pub fn reboot(&mut self) {
        self.halt();
        self.start();
    }

    fn start(&mut self) {
        self.boots += 1;
        fs::write(self.dir.join("boot_id"), format!("00000000-0000-4000-8000-{:012}\n", self.boots)).unwrap();
        let _ = fs::remove_file(self.dir.join("ready"));
        let log = fs::File::create(self.dir.join("log")).unwrap();
        let child = Command::new("unshare")
            .args(["-m", "--propagation", "private"])
            .arg(self.dir.join("machine"))
            .arg(&self.dir)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let machine = self.machine.insert(Owned(child));
        let pid = machine.pid();
        eventually("a systemd starts", || {
            self.init = descendants(pid).into_iter().find(|p| is_called(*p, "systemd")).unwrap_or(0);
            self.init != 0
        });
        let up = || self.systemctl(&["is-system-running"]).stdout == "running\n";
        eventually("the systemd is up", up);
    }

    fn halt(&mut self) {
        let Some(mut machine) = self.machine.take() else { return };
        drop(machine.0.stdin.take());
        let _ = machine.0.wait(); // bounded by the script
    }

    /// What starts a command in the machine, as its root: for `HostSpec::within`.
    pub fn within(&self) -> Vec<String> {
        let init = self.init.to_string();
        let enter = ["nsenter", "-t", &init, "-m", "-p", "-C", "-u", "--", "sh", "-c"];
        let join = ["echo 0 >/sys/fs/cgroup/ssh/cgroup.procs && exec \"$@\"", "sh"];
        enter.into_iter().chain(join).map(str::to_owned).collect()
    }

    /// A command in the machine, as its root.
    pub fn command(&self, argv: &[&str]) -> Command {
        let within = self.within();
        let mut command = Command::new(&within[0]);
        command.args(&within[1..]).args(argv).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }

    /// Its `systemctl`, as its root.
    #[track_caller]
    pub fn systemctl(&self, args: &[&str]) -> Run {
        Run::of(self.command(&[&["systemctl"], args].concat()))
    }

    /// Writes a system unit and makes it known.
    #[track_caller]
    pub fn unit(&self, name: &str, text: &str) {
        fs::write(self.dir.join("units").join(name), text).unwrap();
        self.systemctl(&["daemon-reload"]).ok();
    }

    /// A unit's property (`MainPID`, `NRestarts`, `ActiveState`).
    #[track_caller]
    pub fn show(&self, unit: &str, property: &str) -> String {
        self.systemctl(&["show", "--value", "-p", property, unit]).ok()
    }

    /// The account's `$XDG_RUNTIME_DIR`: what finds its manager.
    pub fn runtime_dir(login: &Login) -> String {
        format!("/run/user/{}", login.uid)
    }
}

impl Drop for Systemd {
    fn drop(&mut self) {
        self.halt();
    }
}

/// As Debian's, but for PAM; it is up from boot on, as with lingering.
fn user_manager(home: &Path) -> String {
    format!(
        "[Unit]\nAfter=dbus.service\n[Service]\nUser=%i\nType=notify\nExecStart=/lib/systemd/systemd --user\n\
         RuntimeDirectory=user/%i\nRuntimeDirectoryMode=0700\nEnvironment=XDG_RUNTIME_DIR=/run/user/%i HOME={}\n\
         Delegate=yes\nKillMode=mixed\n",
        home.display()
    )
}
