//! Hosts of other kinds: which programs are on the PATH, and which shell takes the command line.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whose `sh`, `mv` and `tar` a host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Userland {
    /// This machine's own.
    #[default]
    Gnu,
    /// Only BusyBox: a directory with its applets, `sh` (ash) among them, is all the PATH. No `flock` in Debian's.
    BusyBox,
    /// Only toybox's applets, which have no shell and no gzip: those two are this machine's `dash` and `gzip`.
    Toybox,
}

/// The account's login shell: `sshd` gives it every command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoginShell {
    /// The userland's `sh`.
    #[default]
    Sh,
    /// Any other, by its absolute path.
    At(&'static str),
}

#[allow(non_upper_case_globals)] // They read as the variants that they stand for.
impl LoginShell {
    /// GNU Bash: reads `.bashrc` even for one command, when `sshd` started it.
    pub const Bash: Self = Self::At("/bin/bash");
    /// Debian's `sh`.
    pub const Dash: Self = Self::At("/bin/dash");
    /// Not a POSIX shell.
    pub const Fish: Self = Self::At("/usr/bin/fish");
    /// Not a POSIX shell either; dislikes `!` and newlines in quotes.
    pub const Tcsh: Self = Self::At("/bin/tcsh");
    /// A Korn shell.
    pub const Mksh: Self = Self::At("/bin/mksh");
}

const SYSTEM_PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

impl Userland {
    /// The host's PATH; makes the directory of applets in `dir`, with `extra` programs of this machine (`sqlite3`) in
    /// place of applets of the same name.
    pub fn path(self, dir: &Path, extra: &[&str]) -> String {
        let (multi, more): (_, &[&str]) = match self {
            Self::Gnu => return SYSTEM_PATH.into(),
            Self::BusyBox => ("busybox", &[]),
            Self::Toybox => ("toybox", &["dash", "gzip"]),
        };
        let bin = dir.join("bin");
        std::fs::create_dir(&bin).unwrap();
        for name in more.iter().chain(extra) {
            symlink(find(name), bin.join(if *name == "dash" { "sh" } else { name })).unwrap();
        }
        let program = find(multi);
        for applet in applets(self, &program) {
            let _ = symlink(&program, bin.join(applet)); // one of `extra`, or a name that toybox lists twice
        }
        bin.to_str().unwrap().to_owned()
    }

    /// The shell that `/etc/passwd` would name.
    pub fn shell(self, login: LoginShell, path: &str) -> PathBuf {
        match (login, self) {
            (LoginShell::At(shell), _) => shell.into(),
            (LoginShell::Sh, Self::Gnu) => "/bin/sh".into(),
            (LoginShell::Sh, _) => Path::new(path).join("sh"),
        }
    }
}

fn find(program: &str) -> PathBuf {
    SYSTEM_PATH
        .split(':')
        .map(|dir| Path::new(dir).join(program))
        .find(|p| p.exists())
        .unwrap_or_else(|| panic!("{program} is missing: start the tests with tests/run"))
}

fn applets(userland: Userland, program: &Path) -> Vec<String> {
    let mut list = Command::new(program);
    if userland == Userland::BusyBox {
        list.arg("--list");
    }
    let listed = String::from_utf8(list.output().unwrap().stdout).unwrap();
    listed.split_whitespace().filter(|a| !a.contains('/')).map(str::to_owned).collect()
}
