//! A tree in memory, to be put back as it was again and again, wherever.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, PartialEq)]
enum Entry {
    Dir(u32),
    File(u32, Vec<u8>),
    /// So many bytes that are 0: many snapshots would keep each their own.
    Blank(u32, usize),
    Link(PathBuf),
}

/// Some trees side by side, parents first. A clone is the same one.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    trees: Vec<OsString>,
    entries: Arc<Vec<(PathBuf, Entry)>>,
}

impl Snapshot {
    /// What these names in a directory are; one that is not there is part of it too.
    pub fn of(dir: &Path, trees: &[&OsStr]) -> Self {
        let mut entries = Vec::new();
        for tree in trees {
            if let Ok(meta) = dir.join(tree).symlink_metadata() {
                entries.push((tree.into(), Entry::Dir(meta.mode() & 0o7777)));
                look(dir, Path::new(tree), &mut entries);
            }
        }
        Self { trees: trees.iter().map(Into::into).collect(), entries: Arc::new(entries) }
    }

    /// Puts them there, in place of whatever is.
    pub fn restore(&self, dir: &Path) {
        for tree in self.trees.iter().map(|tree| dir.join(tree)).filter(|tree| tree.exists()) {
            fs::remove_dir_all(tree).unwrap();
        }
        for (path, entry) in self.entries.iter() {
            let path = dir.join(path);
            match entry {
                Entry::Dir(mode) => fs::DirBuilder::new().mode(*mode).create(path).unwrap(),
                Entry::Link(target) => symlink(target, path).unwrap(),
                Entry::File(mode, bytes) => write(&path, *mode, bytes),
                Entry::Blank(mode, length) => write(&path, *mode, &vec![0; *length]),
            }
        }
    }
}

fn write(path: &Path, mode: u32, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path).unwrap();
    std::io::Write::write_all(&mut file, bytes).unwrap();
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
            let bytes = fs::read(entry.path()).unwrap();
            let blank = bytes.len() > 4096 && bytes == vec![0; bytes.len()];
            let file = if blank { Entry::Blank(mode(), bytes.len()) } else { Entry::File(mode(), bytes) };
            entries.push((path, file));
        }
    }
}
