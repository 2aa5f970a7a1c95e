//! Files that are wanted from an archive, kept while it is judged: what is read is what was found good.

use std::collections::HashMap;

use super::entry::{Entry, Kind};
use super::path;
use super::refusal::{Refusal, shown};

/// The most bytes of one file that are kept; a schema of ten thousand tables is a tenth of it.
const FILE_MAX: u64 = 64 << 20;
/// The most bytes of all of them.
const ALL_MAX: u64 = 512 << 20;

/// A file of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its path below the top directory.
    pub path: String,
    /// Its owner may run it.
    pub executable: bool,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What is wanted, and what of it came.
pub(super) struct Kept<'a> {
    wanted: &'a dyn Fn(&str) -> bool,
    total: u64,
    /// Files, in the order of the archive.
    pub files: Vec<Content>,
    /// Hard links that are wanted: path, and the path of the file that they are another name of.
    pub links: Vec<(String, String)>,
    /// The same of all hard links; a link may be to a link.
    firsts: HashMap<String, String>,
}

/// A file that is being read; nothing for one that nobody wants.
pub(super) struct Reading(Option<Content>);

impl Reading {
    /// Takes the next piece of its contents.
    pub fn take(&mut self, piece: &[u8]) {
        if let Some(content) = &mut self.0 {
            content.bytes.extend_from_slice(piece);
        }
    }
}

impl<'a> Kept<'a> {
    /// Wants no file.
    pub fn nothing() -> Self {
        Self::of(&|_| false)
    }

    /// Wants the files whose path below the top directory is wanted.
    pub fn of(wanted: &'a dyn Fn(&str) -> bool) -> Self {
        Self { wanted, total: 0, files: Vec::new(), links: Vec::new(), firsts: HashMap::new() }
    }

    /// Begins an entry that was judged: `path` is below the directory `top`.
    pub fn begin(&mut self, path: Option<&str>, entry: &Entry, top: &str) -> Result<Reading, Refusal> {
        let Some(path) = path else { return Ok(Reading(None)) };
        match entry.kind {
            Kind::Hardlink => {
                let target = path::normal(&entry.link)?;
                let target = target.strip_prefix(top).unwrap_or_default().trim_start_matches('/');
                let first = self.firsts.get(target).map_or(target, String::as_str).to_owned();
                if (self.wanted)(path) {
                    self.links.push((path.to_owned(), first.clone()));
                }
                self.firsts.insert(path.to_owned(), first);
                Ok(Reading(None))
            }
            Kind::File if (self.wanted)(path) => {
                self.total = self.total.saturating_add(entry.size);
                if entry.size > FILE_MAX || self.total > ALL_MAX {
                    return Err(Refusal::new(format!("holds {}, which is too large to be read here", shown(path)))
                        .why(format!("the limit is {FILE_MAX} bytes, and {ALL_MAX} for all such files")));
                }
                // Whoever unpacks may run what anybody may: `chmod u+X` comes behind it.
                let executable = entry.mode & 0o111 != 0;
                Ok(Reading(Some(Content { path: path.to_owned(), executable, bytes: Vec::new() })))
            }
            Kind::File | Kind::Directory | Kind::Symlink => Ok(Reading(None)),
        }
    }

    /// Keeps a file that was read to its end.
    pub fn end(&mut self, reading: Reading) {
        self.files.extend(reading.0);
    }
}
