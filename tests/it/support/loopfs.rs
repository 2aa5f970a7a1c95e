//! A file system of its own in an image file, whose power can be cut: what was not on disk is lost, as on a machine.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::login::is_root;
use super::wait::eventually;

/// Which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSystem {
    /// As `mkfs.ext4` makes it: data is allocated late, names are journaled.
    Ext4,
    /// As `mkfs.xfs` makes it.
    Xfs,
}

/// A mounted image; it is gone when this is.
#[derive(Debug)]
pub struct LoopFs {
    kind: FileSystem,
    at: PathBuf,
    images: TempDir,
    /// Which image is mounted.
    number: Cell<u32>,
}

impl LoopFs {
    /// Makes one and mounts it on a directory that is there; `None`, loudly, where we may not.
    pub fn mount(kind: FileSystem, at: &Path) -> Option<Self> {
        if !is_root() || !Path::new("/dev/loop-control").exists() {
            eprintln!("SKIPPED: no image can be mounted here (root and loop devices are needed)");
            return None;
        }
        // In memory, if that can be: the disk of a busy machine would only make it slower.
        let mut images = tempfile::Builder::new();
        images.prefix("rt-image-");
        let images = images.tempdir_in("/dev/shm").or_else(|_| images.tempdir()).unwrap();
        let fs = Self { kind, at: at.into(), images, number: Cell::new(0) };
        let (mib, mkfs, how) = match kind {
            FileSystem::Ext4 => (64, "mkfs.ext4", &["-q", "-m", "0"][..]),
            FileSystem::Xfs => (300, "mkfs.xfs", &["-q"][..]), // it makes no smaller ones
        };
        fs::File::create(fs.image()).unwrap().set_len(mib << 20).unwrap();
        run(Command::new(mkfs).args(how).arg(fs.image()));
        fs.mount_image();
        Some(fs)
    }

    fn image(&self) -> PathBuf {
        self.images.path().join(self.number.get().to_string())
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        &self.at
    }

    /// Has the journal written, with all that is only names and sizes, because somebody asks for an unrelated file to
    /// be safe. What other files hold is not written.
    pub fn commit(&self) {
        let path = self.at.join("unrelated");
        fs::write(&path, "unrelated").unwrap();
        fs::File::open(&path).unwrap().sync_all().unwrap();
    }

    /// Cuts the power: from here on nothing gets to the disk, and everything fails.
    pub fn power_off(&self) {
        run(Command::new("xfs_io").args(["-x", "-c", "shutdown"]).arg(&self.at));
    }

    /// Mounts it again, as after a reboot: its journal is replayed. Nobody may be in it any more.
    pub fn power_on(&self) {
        self.exchange(&self.image());
    }

    /// Keeps it as it is now, for [`Self::restore`].
    pub fn save(&self, name: &str) {
        run(Command::new("sync").arg("-f").arg(&self.at));
        run(copy(&self.image()).arg(self.images.path().join(name)));
    }

    /// Makes it what it was.
    pub fn restore(&self, name: &str) {
        self.exchange(&self.images.path().join(name));
    }

    /// Another image in its place, which is a copy of this one: the one before may still be mounted in some other mount
    /// namespace, with its power off.
    fn exchange(&self, with: &Path) {
        self.unmount();
        let before = self.image();
        self.number.set(self.number.get() + 1);
        run(copy(with).arg(self.image()));
        fs::remove_file(before).unwrap();
        self.mount_image();
    }

    fn mount_image(&self) {
        let options = match self.kind {
            FileSystem::Ext4 => "loop",
            FileSystem::Xfs => "loop,nouuid", // some other mount namespace may have the one before
        };
        run(Command::new("mount").args(["-o", options]).arg(self.image()).arg(&self.at));
    }

    /// Those who were just killed may take a moment to leave it.
    fn unmount(&self) {
        eventually("it can be unmounted", || succeeds(Command::new("umount").arg(&self.at)));
    }
}

impl Drop for LoopFs {
    fn drop(&mut self) {
        // Lazily, because a test that failed may still have processes in it. The device goes with it.
        succeeds(Command::new("umount").arg("-l").arg(&self.at));
    }
}

fn copy(from: &Path) -> Command {
    let mut command = Command::new("cp");
    command.args(["--sparse=always"]).arg(from);
    command
}

fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[track_caller]
fn run(command: &mut Command) {
    let out = command.stdin(Stdio::null()).output();
    let out = out.unwrap_or_else(|e| panic!("{command:?}: {e}: start the tests with tests/run"));
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
}
