//! A tree in memory, to be put back as it was again and again, wherever.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug)]
enum Entry {
    Dir(u32),
    File(u32, Vec<u8>),
    Link(PathBuf),
}

/// What stood below a directory, parents first. A clone is the same one.
#[derive(Debug, Clone)]
pub struct Snapshot(Arc<Vec<(PathBuf, Entry)>>);

impl Snapshot {
    pub fn of(dir: &Path) -> Self {
        let mut entries = Vec::new();
        look(dir, Path::new(""), &mut entries);
        Self(Arc::new(entries))
    }

    /// Puts it there, in place of whatever is.
    pub fn restore(&self, dir: &Path) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
        }
        for (path, entry) in self.0.iter() {
            let path = dir.join(path);
            match entry {
                Entry::Dir(mode) => fs::DirBuilder::new().mode(*mode).create(path).unwrap(),
                Entry::Link(target) => symlink(target, path).unwrap(),
                Entry::File(mode, bytes) => {
                    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(*mode).open(path).unwrap();
                    std::io::Write::write_all(&mut file, bytes).unwrap();
                }
            }
        }
    }
}

fn look(dir: &Path, below: &Path, entries: &mut Vec<(PathBuf, Entry)>) {
    for entry in fs::read_dir(dir.join(below)).unwrap() {
        let entry = entry.unwrap();
        let (path, kind) = (below.join(entry.file_name()), entry.file_type().unwrap());
        let mode = || entry.metadata().unwrap().mode() & 0o7777;
        if kind.is_symlink() {
            entries.push((path, Entry::Link(fs::read_link(entry.path()).unwrap())));
        } else if kind.is_dir() {
            entries.push((path.clone(), Entry::Dir(mode())));
            look(dir, &path, entries);
        } else {
            entries.push((path, Entry::File(mode(), fs::read(entry.path()).unwrap())));
        }
    }
}
