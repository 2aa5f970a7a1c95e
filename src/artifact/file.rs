//! The file itself: what kind of thing it is, and whether it is still the one that was inspected.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use super::Artifact;
use crate::model::{Exit, Failure};

/// What tells one state of a file from another: another file in its place, or other bytes in it.
///
/// No proof (the host checks the digest of what arrived) but it saves a pointless upload and names the real reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileIdentity {
    /// The device that it lies on.
    pub dev: u64,
    /// Its inode.
    pub ino: u64,
    /// Its bytes.
    pub size: u64,
    /// When it was last written, in nanoseconds since 1970.
    pub mtime_ns: i128,
}

impl FileIdentity {
    fn of(metadata: &Metadata) -> Self {
        let mtime_ns = i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
        Self { dev: metadata.dev(), ino: metadata.ino(), size: metadata.size(), mtime_ns }
    }
}

/// How messages name the file: its last component, with control characters escaped.
pub(super) fn place(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    name.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// Sees to it that there is a regular file, without opening it: opening a FIFO would wait for a writer for ever.
pub(super) fn look(path: &Path) -> Result<(), Failure> {
    let metadata = fs::metadata(path).map_err(|error| cannot(path, &error))?;
    let kind = metadata.file_type();
    let is = if kind.is_file() {
        return Ok(());
    } else if kind.is_dir() {
        "is a directory"
    } else if kind.is_fifo() {
        "is a FIFO"
    } else if kind.is_socket() {
        "is a socket"
    } else {
        "is a device"
    };
    Err(Failure::usage(place(path), is).why("an artifact is a regular file").hint("give the path of a tarball"))
}

/// Opens the file for reading, and says which it is.
pub(super) fn open(path: &Path) -> Result<(File, FileIdentity), Failure> {
    look(path)?;
    let file = File::open(path).map_err(|error| cannot(path, &error))?;
    let metadata = file.metadata().map_err(|error| cannot(path, &error))?;
    Ok((file, FileIdentity::of(&metadata)))
}

/// Refuses a file that was written to since `identity` was taken.
pub(super) fn unchanged(file: &File, identity: &FileIdentity, path: &Path) -> Result<(), Failure> {
    let now = file.metadata().map_err(|error| cannot(path, &error))?;
    if FileIdentity::of(&now) == *identity {
        return Ok(());
    }
    Err(changed(path))
}

/// The failure of a file that was written to meanwhile.
pub(super) fn changed(path: &Path) -> Failure {
    Failure::refused(place(path), "was changed while it was in use")
        .why("it is not the file that was inspected any more")
        .hint("wait until it is written, and start again")
}

/// Opens an inspected artifact for its upload; refuses when another file, or other bytes, are in its place by now.
pub fn reopen(artifact: &Artifact) -> Result<File, Failure> {
    // Its path was right when it was inspected: what has become of it is no mistake in the command.
    let (file, _) = open(&artifact.path).map_err(|failure| Failure { exit: Exit::Refused, ..failure })?;
    unchanged(&file, &artifact.identity, &artifact.path)?;
    Ok(file)
}

/// A path where nothing is was mistyped, which is a usage error; a file that can't be read is there, and is refused.
fn cannot(path: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Failure::usage(place(path), "does not exist")
            .why(format!("there is no {path:?}"))
            .hint("list what there is: ls dist/"),
        _ => Failure::refused(place(path), "can't be read").why(error.to_string()).hint(format!("ls -l {path:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_was_mistyped_and_what_is_locked_is_refused() {
        let path = Path::new("dist/DDGC-1.0.tar.gz");
        let missing = cannot(path, &io::Error::from(io::ErrorKind::NotFound));
        assert_eq!(missing.exit.code(), 2);
        assert_eq!(
            missing.to_string(),
            "DDGC-1.0.tar.gz: does not exist (there is no \"dist/DDGC-1.0.tar.gz\"); nothing was changed."
        );
        let locked = cannot(path, &io::Error::from(io::ErrorKind::PermissionDenied));
        assert_eq!(locked.exit.code(), 3);
        assert_eq!(locked.to_string(), "DDGC-1.0.tar.gz: can't be read (permission denied); nothing was changed.");
    }
}
