//! A real PostgreSQL server of a test's own: a Unix socket in a short path, no network, nothing synced.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;

use super::login::{Login, is_root};
use super::process::{Owned, descendants, is_called};
use super::psql::Psql;
use super::run::Run;
use super::wait::{eventually, wait_until};

/// Nothing here must survive a power cut, but the death of the server: its pages are in the kernel by then.
const SETTINGS: &str = "
listen_addresses = ''
fsync = off
full_page_writes = off
shared_buffers = 32MB
max_connections = 60
max_wal_size = 64MB
wal_init_zero = off
autovacuum = off
dynamic_shared_memory_type = mmap
unix_socket_permissions = 0700
max_locks_per_transaction = 256
";

/// Ends the server when its own standard input ends: when the test is done with it, or died.
const WATCH: &str = r#"
"$1" -D "$2/data" -k "$2" </dev/null >>"$2/log" 2>&1 &
read -r _
kill -QUIT $! 2>/dev/null
wait
rm -rf "$2"
"#;

/// A running server with all its databases; its superuser is `postgres`, and whoever reaches the socket may be him.
#[derive(Debug)]
pub struct Postgres {
    watch: Option<Owned>,
    dir: TempDir,
}

/// A program of the server's own version: `/usr/bin` has a slow wrapper of the same name.
pub fn program(name: &str) -> PathBuf {
    static BIN: OnceLock<PathBuf> = OnceLock::new();
    let bin = BIN.get_or_init(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
        let dirs = versions.map(|entry| entry.unwrap().path().join("bin")).filter(|dir| dir.join("postgres").exists());
        dirs.max().expect("PostgreSQL is missing: start the tests with tests/run")
    });
    bin.join(name)
}

fn as_login(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8").current_dir("/");
    if is_root() {
        command.uid(Login::get().uid).gid(Login::get().gid);
    }
    command
}

/// A new data directory, as a tar file that has no name: `initdb` takes longer than all that most tests do.
fn template() -> &'static File {
    static TEMPLATE: OnceLock<File> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let dir = directory();
        let mut initdb = as_login(program("initdb"));
        initdb.args(["--no-sync", "--no-instructions", "--auth=trust", "--username=postgres", "--wal-segsize=1"]);
        initdb.args(["--encoding=UTF8", "--locale=C.UTF-8", "-D"]).arg(dir.path().join("data"));
        Run::of(initdb).expect(0);
        let mut settings = OpenOptions::new().append(true).open(dir.path().join("data/postgresql.conf")).unwrap();
        settings.write_all(SETTINGS.as_bytes()).unwrap();
        let tar = tempfile::tempfile().unwrap();
        let mut pack = as_login("tar");
        pack.args(["-c", "-C"]).arg(dir.path()).arg("data").stdout(tar.try_clone().unwrap());
        assert!(pack.status().unwrap().success());
        tar
    })
}

/// In memory: a database is three hundred files, and tests make several each.
fn directory() -> TempDir {
    let mut dir = tempfile::Builder::new();
    let dir = dir.prefix("rt-pg-").tempdir_in("/dev/shm").or_else(|_| dir.tempdir()).unwrap();
    assert!(dir.path().as_os_str().len() < 80, "no socket can have a name in {}", dir.path().display());
    Login::get().own(dir.path());
    dir
}

impl Postgres {
    /// A new server, with the databases that `initdb` makes.
    pub fn start() -> Self {
        let dir = directory();
        // By its path: a clone would share the position with whoever else reads it.
        use std::os::fd::AsRawFd;
        let mut tar = File::open(format!("/proc/self/fd/{}", template().as_raw_fd())).unwrap();
        tar.rewind().unwrap();
        let unpacked = as_login("tar").args(["-x", "-C"]).arg(dir.path()).stdin(tar).status().unwrap();
        assert!(unpacked.success());
        let mut server = Self { watch: None, dir };
        server.again();
        server
    }

    /// A standby of this one: it has what this one has, and can't be written to.
    pub fn standby(&self) -> Self {
        let dir = directory();
        let mut copy = as_login(program("pg_basebackup"));
        copy.args(["--no-sync", "--checkpoint=fast", "--write-recovery-conf", "--username=postgres", "-h"]);
        Run::of({
            copy.arg(self.dir()).arg("-D").arg(dir.path().join("data"));
            copy
        })
        .expect(0);
        let mut standby = Self { watch: None, dir };
        standby.again();
        standby
    }

    /// One that tests share: each makes databases of its own in it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts what [`Self::kill`] ended, and waits until it has recovered.
    pub fn again(&mut self) {
        assert!(self.watch.is_none(), "already started");
        let mut watch = as_login("/bin/sh");
        watch.args(["-c", WATCH, "watch"]).arg(program("postgres")).arg(self.dir());
        watch.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        self.watch = Some(Owned(watch.spawn().unwrap()));
        let ready = wait_until(Duration::from_secs(60), || self.is_ready());
        assert!(ready, "PostgreSQL does not start:\n{}", self.log());
    }

    /// Its eighth line says so; the file may be one that a dead server left.
    fn is_ready(&self) -> bool {
        let text = fs::read_to_string(self.dir().join("data/postmaster.pid")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        lines.get(7) == Some(&"ready") && lines[0].parse().ok() == self.postmaster()
    }

    fn postmaster(&self) -> Option<u32> {
        let all = descendants(self.watch.as_ref()?.pid());
        all.first().copied().filter(|pid| is_called(*pid, "postgres"))
    }

    /// The server and every session.
    pub fn processes(&self) -> Vec<u32> {
        descendants(self.watch.as_ref().expect("it runs").pid())
    }

    /// SIGKILL for the server and every session, at once.
    pub fn kill(&mut self) {
        let mut watch = self.watch.take().expect("it runs");
        let all = descendants(watch.pid());
        watch.kill();
        eventually("a killed server ends", || !all.iter().any(|pid| is_called(*pid, "postgres")));
        self.forget();
    }

    /// Where nobody reaps the dead, a new server would take the old one for alive; and nobody else frees its memory.
    fn forget(&self) {
        let pid_file = self.dir().join("data/postmaster.pid");
        let text = fs::read_to_string(&pid_file).unwrap();
        let memory = text.lines().nth(6).and_then(|line| line.split_whitespace().nth(1)).unwrap();
        Command::new("ipcrm").args(["-m", memory]).stderr(Stdio::null()).status().unwrap();
        fs::remove_file(pid_file).unwrap();
        fs::remove_file(self.dir().join(".s.PGSQL.5432.lock")).unwrap();
    }

    /// Where its socket, its data and its log are.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir().join("log")).unwrap_or_default()
    }

    /// A database as `psql` and libpq take it.
    pub fn url(&self, db: &str) -> String {
        format!("postgresql:///{db}?host={}&user=postgres", self.dir().display())
    }

    /// The same, as another role.
    pub fn url_as(&self, db: &str, role: &str) -> String {
        format!("postgresql:///{db}?host={}&user={role}", self.dir().display())
    }

    /// The way of `release::schema` to a database.
    pub fn client(&self, db: &str) -> Psql {
        Psql::new(&self.url(db))
    }

    /// Runs a script, which must go well; what it printed, columns apart by `|`, without the last newline.
    #[track_caller]
    pub fn psql(&self, db: &str, sql: &str) -> String {
        let out = self.client(db).script(sql);
        assert!(out.ok(), "psql: {}\n{sql}", out.stderr);
        out.stdout.strip_suffix('\n').unwrap_or(&out.stdout).to_owned()
    }

    /// Makes an empty database.
    #[track_caller]
    pub fn create(&self, db: &str) {
        self.psql("postgres", &format!("CREATE DATABASE \"{db}\" TEMPLATE template0"));
    }

    /// Makes a copy of a database that nobody is connected to.
    #[track_caller]
    pub fn copy(&self, from: &str, to: &str) {
        self.psql("postgres", &format!("CREATE DATABASE \"{to}\" TEMPLATE \"{from}\""));
    }

    /// Removes a database, and whoever is connected to it.
    #[track_caller]
    pub fn drop(&self, db: &str) {
        self.psql("postgres", &format!("DROP DATABASE IF EXISTS \"{db}\" WITH (FORCE)"));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let Some(mut watch) = self.watch.take() else { return };
        drop(watch.0.stdin.take());
        // Immediate mode; what is still there after that is killed as `Owned` ends.
        let _ = wait_until(Duration::from_secs(10), || watch.0.try_wait().unwrap().is_some());
    }
}
