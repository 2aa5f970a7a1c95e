//! The tarball that is to be deployed, judged before any host hears of it.
//!
//! [`inspect`] streams the file once: digest, gzip, and every tar header. Extractors disagree about hostile archives
//! (some drop `..` silently, most take the first of two gzip members, others merge two top directories), so this room
//! reads the raw headers itself and accepts only what all of them unpack to the same tree: one directory, named after
//! the file, that nothing in it can leave. Whatever it can't vouch for it refuses, by name.

// A `Failure` is what a person reads: it is made once, and a few words larger than clippy's default likes.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::model::target::ArtifactName;
use crate::model::{Digest, Failure, Version};

mod access;
mod check;
mod contents;
mod entries;
mod entry;
mod file;
mod gunzip;
mod header;
mod kept;
mod link;
mod name;
mod number;
mod path;
mod pax;
mod policy;
mod refusal;
mod root_of_trust;
mod signature;
mod source;
mod tree;
mod warnings;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use check::Checked;
pub use contents::contents;
pub use file::{FileIdentity, reopen};
pub use kept::Content;
pub use link::Symlink;
pub use name::version_from_name;
pub use signature::{put_beside, signature_beside, signer};

/// A release tarball that was read to its end and found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Where it lies, as it was given.
    pub path: PathBuf,
    /// The version in its file name, and in the name of its top directory.
    pub version: Version,
    /// The SHA-256 of the file, compressed as it is.
    pub digest: Digest,
    /// Bytes of the file.
    pub size: u64,
    /// Bytes of all regular files in it, once unpacked.
    pub unpacked: u64,
    /// What `find TOP -mindepth 1 | wc -l` counts once it is unpacked: files, links, and directories, also those that
    /// only the names below them tell of.
    pub entries: u64,
    /// The commit that `git archive` noted in the pax global header, the only one that is taken: 40 or 64 hex digits.
    pub commit: Option<String>,
    /// Sentences about what is worth a look but no reason to refuse. Names in them are escaped.
    pub warnings: Vec<String>,
    /// Its symlinks: where a target puts parts of a release elsewhere, they are judged there too.
    pub symlinks: Vec<Symlink>,
    /// What it was judged by.
    pub limits: Limits,
    /// Who signed it, where that was verified; see [`signer`].
    pub signed_by: Option<String>,
    /// The target where these bytes are live, when they come from there.
    pub promoted_from: Option<String>,
    /// Which file it was, to tell later whether it still is.
    pub identity: FileIdentity,
}

impl Artifact {
    /// What it is called to put it on hosts.
    pub fn verb(&self) -> &'static str {
        if self.promoted_from.is_some() { "promote" } else { "deploy" }
    }
}

/// How much an artifact may unpack to before it counts as a bomb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of the tar that the gzip holds, headers and padding included.
    pub max_unpacked: u64,
    /// The most entries.
    pub max_entries: u64,
    /// The most bytes out for one byte in; judged only after [`Limits::RATIO_FROM`] bytes of output.
    pub max_ratio: u64,
}

impl Limits {
    /// Output up to here may be as compressible as it likes: it can hurt nobody.
    pub const RATIO_FROM: u64 = 16 << 20;
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_unpacked: 4 << 30, max_entries: 500_000, max_ratio: 200 }
    }
}

/// Reads the tarball at `path` once, with bounded memory, and refuses it unless it is one good release.
///
/// A path that can't be meant (nothing there, a directory, a name without a version) is a usage error; what is wrong
/// with the file itself is a refusal.
pub fn inspect(path: &Path, naming: &ArtifactName, limits: &Limits) -> Result<Artifact, Failure> {
    file::look(path)?;
    let version = version_from_name(path, naming)?;
    let (file, identity) = file::open(path)?;
    let checked = examine(&file, &file::place(path), &naming.top_directory(&version), limits)?;
    file::unchanged(&file, &identity, path)?;
    Ok(Artifact {
        path: path.to_owned(),
        version,
        digest: checked.digest,
        size: checked.size,
        unpacked: checked.unpacked,
        entries: checked.entries,
        commit: checked.commit,
        warnings: checked.warnings,
        symlinks: checked.symlinks,
        limits: *limits,
        signed_by: None,
        promoted_from: None,
        identity,
    })
}

/// Judges the bytes of an archive, wherever they come from: everything in it must lie under the directory `top`.
///
/// # Errors
/// It is not one good release; `place` is how the failure names it.
pub fn examine(input: impl Read, place: &str, top: &str, limits: &Limits) -> Result<Checked, Failure> {
    check::archive(input, top, limits).map_err(|refusal| refusal.about(place.to_owned()))
}
