//! Entries to one compressed file, on all cores.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::gzip::{Deflate, Member, Piece};
use super::tarball::{self, Kind};
use crate::git::{FileKind, Objects, Reader, Tracked};
use crate::model::{Exit, Failure};

/// Entries of one piece: enough for a core to be busy with, and for a match to be found. It decides what bytes come out.
const TOGETHER: usize = 128;
/// Bytes that are deflated at a time.
const FILL: usize = 256 << 10;
/// Pieces that a core may be ahead of the file.
const AHEAD: usize = 2;
/// More cores than that wait for the disk.
const CORES_MAX: usize = 16;

/// An entry to be, by its path below the top directory.
#[derive(Debug, Clone)]
pub struct Entry {
    /// From the top of the repository.
    pub path: String,
    /// What it is made of.
    pub from: From,
}

/// What an entry is made of.
#[derive(Debug, Clone)]
pub enum From {
    /// A directory, of nothing.
    Directory,
    /// What git has.
    Git(Tracked),
    /// A file of this machine.
    Disk(PathBuf, Kind),
}

/// What all entries have in common.
#[derive(Debug, Clone, Copy)]
pub struct Common<'a> {
    /// The directory that all lie in.
    pub top: &'a str,
    /// The commit's id.
    pub commit: &'a str,
    /// The commit's time.
    pub time: i64,
    /// Where git's objects are.
    pub git_dir: &'a Path,
}

/// Writes the tarball of these entries, which must be in order. The bytes depend on nothing else. Gives up when it is told
/// to `stop`.
///
/// # Errors
/// Something can't be read or written.
pub fn pack(entries: &[Entry], common: Common<'_>, stop: &AtomicBool, out: &mut impl Write) -> Result<(), Failure> {
    let groups: Vec<&[Entry]> = entries.chunks(TOGETHER).collect();
    let cores = thread::available_parallelism().map_or(1, usize::from).min(CORES_MAX).min(groups.len().max(1));
    let (mut member, head) = Member::begin();
    let mut write = |bytes: &[u8]| out.write_all(bytes).map_err(|error| unwritten(&error));
    write(&head)?;
    thread::scope(|scope| {
        // Core n makes the pieces n, n + cores, ...; each is taken in turn, so that their order needs no sorting.
        let cores: Vec<Receiver<_>> = (0..cores)
            .map(|first| {
                let (sender, receiver) = sync_channel(AHEAD);
                let groups = &groups;
                scope.spawn(move || work(groups, first, cores, common, &sender));
                receiver
            })
            .collect();
        for at in 0..groups.len() {
            if stop.load(Ordering::Relaxed) {
                return Err(lost());
            }
            let piece = cores[at % cores.len()].recv().map_err(|_| lost())??;
            member.add(&piece);
            write(&piece.bytes)?;
        }
        Ok(())
    })?;
    let mut deflate = Deflate::default();
    deflate.add(&tarball::END).map_err(|_| lost())?;
    let last = deflate.end().map_err(|_| lost())?;
    member.add(&last);
    write(&last.bytes)?;
    write(&member.end())
}

/// Makes every `step`th piece; stops when nobody takes them any more.
fn work(groups: &[&[Entry]], first: usize, step: usize, common: Common<'_>, to: &SyncSender<Result<Piece, Failure>>) {
    let objects = match Objects::open(common.git_dir) {
        Ok(objects) => objects,
        Err(failure) => return drop(to.send(Err(failure))),
    };
    let mut deflate = Deflate::default();
    for at in (first..groups.len()).step_by(step) {
        let piece = objects.reader().and_then(|reader| piece(groups[at], at == 0, common, &reader, &mut deflate));
        let failed = piece.is_err();
        if to.send(piece).is_err() || failed {
            return;
        }
    }
}

fn piece(
    entries: &[Entry],
    is_first: bool,
    common: Common<'_>,
    reader: &Reader<'_>,
    deflate: &mut Deflate,
) -> Result<Piece, Failure> {
    let mut buffer = Vec::with_capacity(2 * FILL);
    if is_first {
        tarball::commit(&mut buffer, common.commit, common.time);
        tarball::entry(&mut buffer, &format!("{}/", common.top), Kind::Directory, b"", common.time);
    }
    for entry in entries {
        append(&mut buffer, entry, common, reader)?;
        if buffer.len() >= FILL {
            deflate.add(&buffer).map_err(|_| lost())?;
            buffer.clear();
        }
    }
    deflate.add(&buffer).map_err(|_| lost())?;
    deflate.end().map_err(|_| lost())
}

fn append(out: &mut Vec<u8>, entry: &Entry, common: Common<'_>, reader: &Reader<'_>) -> Result<(), Failure> {
    let Common { top, time, .. } = common;
    let path = format!("{top}/{}", entry.path);
    match &entry.from {
        From::Directory => tarball::entry(out, &format!("{path}/"), Kind::Directory, b"", time),
        From::Disk(file, kind) => {
            let contents = match kind {
                Kind::Link => std::fs::read_link(file).map(|to| to.into_os_string().into_encoded_bytes()),
                _ => std::fs::read(file),
            };
            let contents = contents.map_err(|error| unreadable(&entry.path, &error))?;
            tarball::entry(out, &path, *kind, &contents, time);
        }
        From::Git(tracked) => {
            let kind = match tracked.kind {
                FileKind::Plain => Kind::File,
                FileKind::Program => Kind::Program,
                FileKind::Link => Kind::Link,
                FileKind::Unnamed => return Err(unnamed(&tracked.path)),
                FileKind::Submodule => return Err(submodule(&tracked.path)),
            };
            let pointer = reader.read(tracked, |contents| {
                tarball::entry(out, &path, kind, contents, time);
                contents.starts_with(b"version https://git-lfs.") && contents.len() < 1024
            })?;
            if pointer {
                return Err(Failure::refused(format!("{:?}", entry.path), "is a pointer of Git LFS, not the file")
                    .why("a build reads git's own objects, and runs no filter")
                    .hint("add it to [build] exclude, or make the tarball with git archive"));
            }
        }
    }
    Ok(())
}

/// The refusal of a submodule, whose files no object of this repository holds.
pub fn submodule(path: &str) -> Failure {
    Failure::refused(format!("{path:?}"), "is a submodule: its files are in another repository")
        .why("a release would have an empty directory there")
        .hint("add it to [build] exclude, or commit the files themselves")
}

/// The refusal of a name that no UTF-8 is.
pub fn unnamed(path: &str) -> Failure {
    Failure::refused(format!("\"{path}\""), "has a name that is not UTF-8")
        .why("extractors write such names in different ways")
        .hint("git mv it to another name, or add it to [build] exclude")
}

fn unreadable(path: &str, error: &std::io::Error) -> Failure {
    Failure::refused(format!("{path:?}"), "can't be read").why(error.to_string())
}

fn unwritten(error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, "the artifact", "can't be written").why(error.to_string())
}

/// A thread ended without a word, or the compression found a fault in itself.
fn lost() -> Failure {
    Failure::new(Exit::Failed, "the artifact", "could not be compressed")
}

#[cfg(test)]
mod tests;
