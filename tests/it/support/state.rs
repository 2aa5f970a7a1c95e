//! A tree as it is, to be compared with what it was.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Every path below a directory with its type, mode, and content's digest or link's target. No times, unless it is
/// [`State::exact`]: after an operation they always differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State(BTreeMap<PathBuf, String>);

impl State {
    /// Looks at a tree; the directory itself is `.`.
    pub fn of(base: &Path) -> Self {
        Self::seen(base, |_| String::new())
    }

    /// Looks at a tree with owners and times of change, which tell whether anything was ever written, even if it was
    /// taken back.
    pub fn exact(base: &Path) -> Self {
        Self::seen(base, |meta| {
            format!(", of {}:{}, {}.{:09}", meta.uid(), meta.gid(), meta.mtime(), meta.mtime_nsec())
        })
    }

    fn seen(base: &Path, more: fn(&fs::Metadata) -> String) -> Self {
        let mut found = BTreeMap::new();
        look(base, Path::new("."), more, &mut found);
        Self(found)
    }

    /// Without everything below these paths (and themselves).
    #[must_use]
    pub fn without(mut self, prefixes: &[&str]) -> Self {
        let out = |p: &Path| prefixes.iter().any(|x| p.starts_with(x));
        self.0.retain(|path, _| !out(path.strip_prefix(".").unwrap()));
        self
    }

    /// Only what is below these paths (and themselves).
    #[must_use]
    pub fn only(mut self, prefixes: &[&str]) -> Self {
        self.0.retain(|path, _| prefixes.iter().any(|x| path.strip_prefix(".").unwrap().starts_with(x)));
        self
    }

    /// The paths, as text.
    pub fn paths(&self) -> Vec<String> {
        self.0.keys().map(|p| p.strip_prefix(".").unwrap().display().to_string()).collect()
    }

    /// What became of it, a line for each path that differs; empty when nothing does.
    pub fn diff(&self, after: &Self) -> String {
        let mut text = String::new();
        for path in self.0.keys().chain(after.0.keys().filter(|p| !self.0.contains_key(*p))) {
            let (old, new) = (self.0.get(path), after.0.get(path));
            if old != new {
                let say = |x: Option<&String>| x.cloned().unwrap_or_else(|| "-".into());
                writeln!(text, "{}: {} -> {}", path.display(), say(old), say(new)).unwrap();
            }
        }
        text
    }

    /// Fails the test when anything differs.
    #[track_caller]
    pub fn assert_same(&self, after: &Self) {
        let diff = self.diff(after);
        assert!(diff.is_empty(), "the tree changed:\n{diff}");
    }
}

fn look(base: &Path, path: &Path, more: fn(&fs::Metadata) -> String, found: &mut BTreeMap<PathBuf, String>) {
    let full = base.join(path);
    let Ok(meta) = full.symlink_metadata() else { return }; // gone while we look
    let mode = meta.mode() & 0o7777;
    let kind = meta.file_type();
    let what = if kind.is_symlink() {
        let Ok(to) = fs::read_link(&full) else { return };
        format!("link to {}", to.display())
    } else if kind.is_dir() {
        format!("directory {mode:04o}")
    } else if kind.is_file() {
        let bytes = fs::read(&full).unwrap_or_default();
        let digest: String = Sha256::digest(&bytes).iter().take(6).map(|b| format!("{b:02x}")).collect();
        format!("file {mode:04o}, {} bytes, {digest}", bytes.len())
    } else if kind.is_fifo() {
        "fifo".into()
    } else if kind.is_socket() {
        "socket".into()
    } else {
        "device".into()
    };
    found.insert(path.to_owned(), what + &more(&meta));
    if kind.is_dir() {
        for entry in fs::read_dir(&full).into_iter().flatten() {
            look(base, &path.join(entry.unwrap().file_name()), more, found);
        }
    }
}

/// The files below a directory that hold a text.
pub fn files_with(dir: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files_with(&path, text));
        } else if kind.is_file() && String::from_utf8_lossy(&fs::read(&path).unwrap()).contains(text) {
            found.push(path);
        }
    }
    found
}
