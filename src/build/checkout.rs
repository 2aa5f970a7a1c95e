//! The files of a commit in a directory of their own, for `[build] test`: as git has them, with no filter applied.

use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use super::tarball::Kind;
use super::walk;
use crate::git::{BlobId, FileKind, Ignores, Objects, Tracked};
use crate::model::{Exit, Failure};

/// How many paths a refusal names.
const NAMED: usize = 10;

/// A checkout; removed when it is dropped.
pub struct Checkout<'a> {
    scratch: tempfile::TempDir,
    root: PathBuf,
    files: &'a [Tracked],
    /// When each was last touched, as this machine says it; nobody can set it back.
    stamps: Vec<(i64, i64, u64)>,
}

impl<'a> Checkout<'a> {
    /// Makes it, in a directory called `name`.
    ///
    /// # Errors
    /// Something can't be read or written.
    pub fn make(git_dir: &Path, files: &'a [Tracked], name: &str) -> Result<Self, Failure> {
        let scratch = tempfile::Builder::new().prefix("release-build-").tempdir();
        let scratch = scratch.map_err(|error| unwritten("a checkout", &error))?;
        let root = scratch.path().join(name);
        fs::create_dir(&root).map_err(|error| unwritten("a checkout", &error))?;
        let objects = Objects::open(git_dir)?;
        let reader = objects.reader()?;
        let mut made = HashSet::new();
        let mut stamps = Vec::with_capacity(files.len());
        for file in files {
            if file.kind == FileKind::Unnamed {
                // No build has it; where it is tested, it is not there.
                stamps.push((0, 0, 0));
                continue;
            }
            let path = root.join(&file.path);
            let wrong = |error: io::Error| unwritten(&format!("{:?}", file.path), &error);
            directories(&root, &file.path, &mut made).map_err(wrong)?;
            match file.kind {
                FileKind::Submodule | FileKind::Unnamed => fs::create_dir(&path).map_err(wrong)?,
                FileKind::Link => reader
                    .read(file, |contents| symlink(std::ffi::OsStr::from_bytes(contents), &path))?
                    .map_err(wrong)?,
                FileKind::Plain | FileKind::Program => {
                    let mode = if file.kind == FileKind::Program { 0o755 } else { 0o644 };
                    reader.read(file, |contents| write(&path, contents, mode))?.map_err(wrong)?;
                }
            }
            stamps.push(fs::symlink_metadata(&path).map(|meta| stamp(&meta)).map_err(wrong)?);
        }
        Ok(Self { scratch, root, files, stamps })
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What is there and not in the commit, from the top, in order.
    ///
    /// # Errors
    /// It can't be read.
    pub fn added(&self) -> Result<Vec<String>, Failure> {
        let tracked: HashSet<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        let mut all = walk::below(&self.root, "")?;
        all.retain(|path| !tracked.contains(path.as_str()));
        Ok(all)
    }

    /// Refuses what a command has done to the files of the commit, and new files that no `.gitignore` of theirs leaves out
    /// and that are not `wanted`.
    ///
    /// # Errors
    /// There is such a file, or the checkout can't be read.
    pub fn unchanged(&self, added: &[String], wanted: impl Fn(&str) -> bool) -> Result<(), Failure> {
        let mut lines: Vec<String> = Vec::new();
        for (file, stamp) in self.files.iter().zip(&self.stamps) {
            lines.extend(self.changed(file, *stamp).map(|how| format!("{how:<9} {}", file.path)));
        }
        let rules = self.scratch.path().join("rules");
        fs::create_dir_all(&rules).map_err(|error| unwritten("a checkout", &error))?;
        let ignores = Ignores::of(&self.root, &rules)?;
        let new = added.iter().filter(|path| !wanted(path) && !ignores.ignores(path));
        lines.extend(new.map(|path| format!("{:<9} {path}", "new")));
        if lines.is_empty() {
            return Ok(());
        }
        let count = lines.len();
        if count > NAMED {
            lines.truncate(NAMED);
            lines.push(format!("and {} more", count - NAMED));
        }
        Err(Failure::refused("[build] test", format!("has left {count} of the commit's files changed, or new ones"))
            .why("what is tested must be what is built")
            .detail(lines.join("\n"))
            .hint("commit what it makes, list it in .gitignore, or name it under [build] include"))
    }

    fn changed(&self, file: &Tracked, was: (i64, i64, u64)) -> Option<&'static str> {
        if file.kind == FileKind::Unnamed {
            return None;
        }
        let path = self.root.join(&file.path);
        let Ok(meta) = fs::symlink_metadata(&path) else { return Some("deleted") };
        if stamp(&meta) == was {
            return None;
        }
        let same = match file.kind {
            FileKind::Submodule => meta.is_dir(),
            FileKind::Link => {
                fs::read_link(&path).is_ok_and(|to| BlobId::of_bytes(to.as_os_str().as_bytes()) == Some(file.blob))
            }
            kind => {
                meta.is_file()
                    && (meta.permissions().mode() & 0o100 != 0) == (kind == FileKind::Program)
                    && BlobId::of_file(&path) == Some(file.blob)
            }
        };
        (!same).then_some("modified")
    }
}

/// Makes the directories above a path. Each is made here: what is there already, as a link that the commit has, is not
/// written through.
fn directories(root: &Path, path: &str, made: &mut HashSet<String>) -> io::Result<()> {
    for (end, _) in path.match_indices('/') {
        let above = &path[..end];
        if !made.contains(above) {
            fs::create_dir(root.join(above))?;
            made.insert(above.to_owned());
        }
    }
    Ok(())
}

fn write(path: &Path, contents: &[u8], mode: u32) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(contents)
}

fn stamp(meta: &Metadata) -> (i64, i64, u64) {
    (meta.ctime(), meta.ctime_nsec(), meta.ino())
}

/// What a file of this machine is for an archive; `None` for what is neither file nor link.
pub fn kind_of(path: &Path) -> io::Result<Option<Kind>> {
    let meta = fs::symlink_metadata(path)?;
    Ok(if meta.is_symlink() {
        Some(Kind::Link)
    } else if !meta.is_file() {
        None
    } else if meta.permissions().mode() & 0o100 != 0 {
        Some(Kind::Program)
    } else {
        Some(Kind::File)
    })
}

fn unwritten(place: &str, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, place, "can't be written").why(error.to_string()).hint("df -h /tmp")
}

#[cfg(test)]
mod tests;
