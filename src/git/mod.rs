//! The repository around the project, read with libgit2 alone: no hook, filter, pager or command of its configuration runs.
//! Only what `release cut` writes, and a push after a promotion, is done by the user's own `git` (`own`, `push`), as they would by hand.
//!
//! The only room that names `git2`. A ref's name and a message may hold anything that git allows: both are data, to be shown
//! escaped and never to be run.

mod branch;
mod clean;
mod filtered;
mod ignores;
mod notes;
mod own;
mod push;
mod range;
mod refs;
mod repository;
mod revision;
#[cfg(test)]
mod sample;
mod sections;
#[cfg(test)]
mod testing;
mod touching;
mod tree;
mod versions;

pub use branch::{Branch, remotes};
pub use clean::clean;
pub use git2::Repository;
pub use ignores::Ignores;
pub use notes::{is_within, knows, notes};
pub use own::OwnGit;
pub use push::{Push, Pushed};
pub use refs::refs_of;
pub use repository::{open, work_tree};
pub use revision::{Revision, resolve, tag_of};
pub use sections::{LINE_BYTES_MAX, LINES_MAX, Section, sections};
pub use touching::touching;
pub use tree::{BlobId, FileKind, Objects, Reader, Tracked, files, text_of};
pub use versions::{VersionTag, choice, is_tagged, nearest, version_in, version_of, version_tags};
