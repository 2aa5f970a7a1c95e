//! A file system of a test's own, which goes when the test does.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Mounted as long as this lives.
#[derive(Debug)]
pub struct Mount(PathBuf);

impl Mount {
    /// A tmpfs over a directory; `None`, loudly, where we may not mount.
    pub fn tmpfs(over: &Path, options: &str) -> Option<Self> {
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(over).status();
        if mount.is_ok_and(|status| status.success()) {
            return Some(Self(over.into()));
        }
        eprintln!("SKIPPED: no file system can be mounted here");
        None
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().unwrap();
    }
}
