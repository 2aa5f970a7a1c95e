//! Who logs in on the test hosts: `release-test` when the tests run as root (tests/run makes it), else whoever runs them; and
//! `release-test-2`, for hosts that two targets share and that neither may enter as the other.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;

/// An account of this machine.
#[derive(Debug, Clone)]
pub struct Login {
    /// Its name.
    pub name: String,
    /// Its numbers.
    pub uid: u32,
    /// Its main group.
    pub gid: u32,
}

/// Whether the tests run as root.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

impl Login {
    /// The account that hosts are entered with.
    pub fn get() -> &'static Self {
        static LOGIN: OnceLock<Login> = OnceLock::new();
        LOGIN.get_or_init(|| Self::named("release-test"))
    }

    /// Another account, where there can be one: whoever is not root has only their own.
    pub fn second() -> &'static Self {
        static LOGIN: OnceLock<Login> = OnceLock::new();
        LOGIN.get_or_init(|| Self::named("release-test-2"))
    }

    /// This account of the machine, or whoever runs the tests when that is not root.
    fn named(wanted: &str) -> Self {
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
        let me = std::fs::metadata("/proc/self").unwrap().uid();
        let is_it = |name: &str, uid: u32| if me == 0 { name == wanted } else { uid == me };
        passwd
            .lines()
            .filter_map(|line| {
                let mut f = line.split(':');
                let name = f.next()?.to_owned();
                let (uid, gid) = (f.nth(1)?.parse().ok()?, f.next()?.parse().ok()?);
                Some(Self { name, uid, gid })
            })
            .find(|l| is_it(&l.name, l.uid))
            .unwrap_or_else(|| panic!("the user {wanted} is missing: start the tests with tests/run"))
    }

    /// Gives a file, link or directory to the account; nothing to do when it is ours.
    pub fn own(&self, path: &Path) {
        if is_root() {
            std::os::unix::fs::lchown(path, Some(self.uid), Some(self.gid)).unwrap();
        }
    }

    /// Gives a whole tree.
    pub fn own_tree(&self, path: &Path) {
        if !is_root() {
            return;
        }
        self.own(path);
        if path.symlink_metadata().unwrap().is_dir() {
            for entry in std::fs::read_dir(path).unwrap() {
                self.own_tree(&entry.unwrap().path());
            }
        }
    }

    /// `mkdir -p` as the account, below a directory that exists.
    pub fn mkdir(&self, path: &Path) {
        if path.is_dir() {
            return;
        }
        self.mkdir(path.parent().unwrap());
        std::fs::create_dir(path).unwrap();
        self.own(path);
    }

    /// Writes a file as the account, making its directories.
    pub fn write(&self, path: &Path, content: impl AsRef<[u8]>) {
        self.mkdir(path.parent().unwrap());
        std::fs::write(path, content).unwrap();
        self.own(path);
    }

    /// Writes a program as the account.
    pub fn program(&self, path: &Path, text: &str) {
        self.write(path, text);
        mode(path, 0o755);
    }
}

/// Root makes files with any umask; hosts need these bits.
pub fn mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
