//! A small file system that can be filled to the last byte and the last inode.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::login::Login;

/// How much is left; of the other kind there is enough.
#[derive(Debug, Clone, Copy)]
pub enum Room {
    /// Bytes.
    Kib(u64),
    /// Files.
    Inodes(u64),
}

/// One over a directory; it goes when this does.
#[derive(Debug)]
pub struct SmallFs(PathBuf);

impl SmallFs {
    /// `None`, loudly, where we may not mount.
    pub fn over(at: &Path, mib: u32, inodes: u32) -> Option<Self> {
        let login = Login::get();
        let options = format!("size={mib}m,nr_inodes={inodes},mode=755,uid={},gid={}", login.uid, login.gid);
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).status();
        if mount.is_ok_and(|status| status.success()) {
            return Some(Self(at.into()));
        }
        eprintln!("SKIPPED: no file system can be mounted here");
        None
    }

    /// Takes what is left, to the last byte and the last inode.
    pub fn fill(&self) {
        self.leave(Room::Kib(0));
        self.leave(Room::Inodes(0));
    }

    /// Takes all but this.
    pub fn leave(&self, room: Room) {
        match room {
            Room::Kib(kib) => {
                self.fill_bytes();
                let file = fs::OpenOptions::new().write(true).open(self.0.join("filler")).unwrap();
                file.set_len(file.metadata().unwrap().len().saturating_sub(kib << 10)).unwrap();
            }
            Room::Inodes(inodes) => {
                fs::create_dir(self.0.join("many")).ok();
                let many = |n: u64| self.0.join(format!("many/{n}"));
                let taken = (0..).take_while(|n| fs::write(many(*n), "").is_ok()).count() as u64;
                (taken.saturating_sub(inodes)..taken).for_each(|n| fs::remove_file(many(n)).unwrap());
            }
        }
    }

    fn fill_bytes(&self) {
        use std::io::Write;
        let mut file = fs::File::create(self.0.join("filler")).unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
    }

    /// Gives back all that was taken.
    pub fn make_room(&self) {
        fs::remove_file(self.0.join("filler")).ok();
        fs::remove_dir_all(self.0.join("many")).ok();
    }

    /// Free blocks and inodes.
    pub fn free(&self) -> (u64, u64) {
        let number = |what: &str| {
            let out = Command::new("stat").args(["-f", "-c", what]).arg(&self.0).output().unwrap();
            String::from_utf8(out.stdout).unwrap().trim().parse().unwrap()
        };
        (number("%f"), number("%d"))
    }
}

impl Drop for SmallFs {
    fn drop(&mut self) {
        let path: &Path = &self.0;
        Command::new("umount").arg("-l").arg(path).status().unwrap();
    }
}
