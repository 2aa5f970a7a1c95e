//! Files that a program of git's configuration stands before: what lies in the work tree are not the bytes of the commit.
//!
//! Nothing that a repository names is run, so only git itself can compare most of them: it does with `git status`, and notes what is
//! unchanged where libgit2 finds it. What Git LFS makes of a file is known without it: a hash and a size.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use git2::{AttrCheckFlags, AttrValue, Repository};
use sha2::{Digest as _, Sha256};

/// A pointer is longer than this only by extensions, which are programs again.
const POINTER_MAX: usize = 1024;
/// How each pointer begins.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// What stands before a file that looks modified.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Filtered {
    /// Nothing: it is modified.
    No,
    /// Git LFS, and it is the file that the commit points to.
    Unchanged,
    /// This, and only git can tell.
    By(String),
}

impl Filtered {
    /// Asks it of a path from the top of the repository.
    pub(super) fn of(repository: &Repository, path: &Path) -> Self {
        let by = driver(repository, path).or_else(|| encoding(repository, path));
        let Some(by) = by else { return Self::No };
        match lfs(repository, path) {
            Some(true) => Self::Unchanged,
            Some(false) => Self::No,
            None => Self::By(by),
        }
    }
}

/// The filter that the attributes name and the configuration has. One that it does not have is none: so it is for git.
fn driver(repository: &Repository, path: &Path) -> Option<String> {
    let name = attribute(repository, path, "filter")?;
    let config = repository.config().ok()?.snapshot().ok()?;
    let has = |key: &str| config.get_bytes(&format!("filter.{name}.{key}")).is_ok_and(|value| !value.is_empty());
    (has("clean") || has("process")).then(|| format!("the filter {name}"))
}

/// A file that is kept in another encoding than the commit's, which libgit2 does not know.
fn encoding(repository: &Repository, path: &Path) -> Option<String> {
    attribute(repository, path, "working-tree-encoding").map(|name| format!("the encoding {name}"))
}

fn attribute(repository: &Repository, path: &Path, name: &str) -> Option<String> {
    let value = repository.get_attr_bytes(path, name, AttrCheckFlags::FILE_THEN_INDEX).ok()??;
    match AttrValue::from_bytes(Some(value)) {
        AttrValue::String(text) => Some(text.to_owned()),
        AttrValue::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        AttrValue::True | AttrValue::False | AttrValue::Unspecified => None,
    }
}

/// Is it the file that the index' pointer stands for? `None` when that is no pointer.
fn lfs(repository: &Repository, path: &Path) -> Option<bool> {
    let entry = repository.index().ok()?.get_path(path, 0)?;
    let blob = repository.find_blob(entry.id).ok()?;
    let pointer = Some(blob.content()).filter(|text| text.starts_with(POINTER) && text.len() < POINTER_MAX)?;
    let file = repository.workdir()?.join(path);
    let meta = fs::symlink_metadata(&file).ok().filter(fs::Metadata::is_file)?;
    let modes = repository.config().ok()?.get_bool("core.fileMode").unwrap_or(true);
    let is_program = meta.permissions().mode() & 0o100 != 0;
    if modes && is_program != (entry.mode & 0o100 != 0) {
        return Some(false);
    }
    let lines = std::str::from_utf8(pointer).ok()?;
    let size = lines.lines().find_map(|line| line.strip_prefix("size "))?;
    if size != meta.len().to_string() {
        return Some(false);
    }
    let hash = sha256(&file).ok()?;
    Some(lines == format!("version https://git-lfs.github.com/spec/v1\noid sha256:{hash}\nsize {size}\n"))
}

fn sha256(path: &Path) -> io::Result<String> {
    let (mut file, mut hash, mut piece) = (File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            read => hash.update(piece.get(..read).unwrap_or_default()),
        }
    }
}
