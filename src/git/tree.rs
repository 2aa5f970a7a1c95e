//! The files of a commit, from git's objects alone.

use std::path::Path;

use git2::{ObjectType, Odb, Oid, Repository, Tree};

use super::Revision;
use super::repository::unreadable;
use crate::model::Failure;

/// More files are no release: a tree of trees that name each other can hold any number in a few hundred bytes.
const FILES_MAX: usize = 500_000;

/// No path is longer than what a host takes.
const PATH_MAX: usize = 4096;

/// What git keeps of a file's mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A file.
    Plain,
    /// A file that may be run.
    Program,
    /// A symlink; its contents are where it leads.
    Link,
    /// A commit of another repository.
    Submodule,
    /// One whose name is no UTF-8, or a directory of such a name with all that is in it.
    Unnamed,
}

/// The contents of a file, by their hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobId(Oid);

impl BlobId {
    /// What the file at this path has in it, as git would hash it; `None` when it can't be read.
    pub fn of_file(path: &Path) -> Option<Self> {
        Oid::hash_file(ObjectType::Blob, path).ok().map(Self)
    }

    /// The same for bytes.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        Oid::hash_object(ObjectType::Blob, bytes).ok().map(Self)
    }
}

/// A file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// Its path from the top of the repository: UTF-8, no `.`, `..` or `.git` in it. Of one that is [`FileKind::Unnamed`] the
    /// name is written as escapes, `caf\xe9.txt`, for people and for patterns.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
    /// What is in it.
    pub blob: BlobId,
}

/// All files of a commit, in order of path.
///
/// # Errors
/// It can't be read, or holds what can't be put onto a disk.
pub fn files(repository: &Repository, revision: &Revision) -> Result<Vec<Tracked>, Failure> {
    let place = revision.commit();
    let tree = repository.find_commit(revision.id).and_then(|commit| commit.tree());
    let tree = tree.map_err(|error| unreadable(&place, &error))?;
    let mut files = Vec::new();
    Walk { repository, place: &place[..12] }.below(&tree, "", &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let twice =
        |pair: &&[Tracked]| pair[0].path == pair[1].path && pair.iter().all(|file| file.kind != FileKind::Unnamed);
    if let Some(pair) = files.windows(2).find(twice) {
        return Err(Failure::refused(place, format!("holds {:?} twice", pair[0].path)).why("the tree is damaged"));
    }
    Ok(files)
}

/// The text of one file of a commit; `None` where there is none, or it is no text.
pub fn text_of(repository: &Repository, revision: &Revision, path: &str) -> Option<String> {
    let tree = repository.find_commit(revision.id).and_then(|commit| commit.tree()).ok()?;
    let blob = repository.find_blob(tree.get_path(Path::new(path)).ok()?.id()).ok()?;
    String::from_utf8(blob.content().to_owned()).ok()
}

struct Walk<'a> {
    repository: &'a Repository,
    place: &'a str,
}

impl Walk<'_> {
    fn below(&self, tree: &Tree<'_>, prefix: &str, files: &mut Vec<Tracked>) -> Result<(), Failure> {
        let refuse = |what: String| Failure::refused(self.place, what).hint("name another commit");
        for entry in tree.iter() {
            let bytes = entry.name_bytes();
            let name = std::str::from_utf8(bytes);
            if bytes.contains(&b'/') || name.is_ok_and(|name| !is_name(name)) {
                return Err(refuse(format!("holds a file that can't be called so: {prefix}{}", bytes.escape_ascii())));
            }
            let path =
                name.map_or_else(|_| format!("{prefix}{}", bytes.escape_ascii()), |name| format!("{prefix}{name}"));
            if path.len() > PATH_MAX {
                return Err(refuse(format!("holds a path of {} bytes", path.len())));
            }
            let kind = match entry.filemode_raw() & 0o170_000 {
                // Whether it is to be in an artifact is not known here.
                _ if name.is_err() => FileKind::Unnamed,
                0o040_000 => {
                    let tree = self.repository.find_tree(entry.id()).map_err(|error| unreadable(self.place, &error))?;
                    self.below(&tree, &format!("{path}/"), files)?;
                    continue;
                }
                0o100_000 if entry.filemode_raw() & 0o111 != 0 => FileKind::Program,
                0o100_000 => FileKind::Plain,
                0o120_000 => FileKind::Link,
                0o160_000 => FileKind::Submodule,
                _ => return Err(refuse(format!("holds {path:?} with the mode {:o}", entry.filemode_raw()))),
            };
            if files.len() >= FILES_MAX {
                return Err(refuse(format!("holds more than {FILES_MAX} files")));
            }
            files.push(Tracked { path, kind, blob: BlobId(entry.id()) });
        }
        Ok(())
    }
}

/// What git itself lets nobody check out is in no good tree.
fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains('\0') && !name.eq_ignore_ascii_case(".git")
}

/// Git's objects, for one thread.
pub struct Objects {
    repository: Repository,
}

impl Objects {
    /// Those of the repository with this directory.
    ///
    /// # Errors
    /// It can't be read.
    pub fn open(git_dir: &Path) -> Result<Self, Failure> {
        let repository =
            Repository::open(git_dir).map_err(|error| unreadable(&git_dir.display().to_string(), &error))?;
        Ok(Self { repository })
    }

    /// Reads one after the other.
    ///
    /// # Errors
    /// They can't be read.
    pub fn reader(&self) -> Result<Reader<'_>, Failure> {
        let odb = self.repository.odb().map_err(|error| unreadable("objects", &error))?;
        Ok(Reader { odb })
    }
}

/// Reads contents.
pub struct Reader<'a> {
    odb: Odb<'a>,
}

impl Reader<'_> {
    /// Hands over what is in a file; git checks that it has this hash.
    ///
    /// # Errors
    /// It is missing, as in a partial clone, or damaged.
    pub fn read<T>(&self, file: &Tracked, give: impl FnOnce(&[u8]) -> T) -> Result<T, Failure> {
        let object = self.odb.read(file.blob.0).map_err(|error| {
            Failure::refused(format!("{:?}", file.path), "git does not have what is in it")
                .why(error.message().to_owned())
                .hint("git fetch --refetch, or git fsck")
        })?;
        Ok(give(object.data()))
    }
}

#[cfg(test)]
mod tests;
