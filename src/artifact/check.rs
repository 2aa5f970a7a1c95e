//! One pass over an archive: every rule, entry by entry.

use std::io::Read;

use super::Limits;
use super::entries::Entries;
use super::entry::{Entry, Kind};
use super::gunzip::Gunzip;
use super::header::BLOCK;
use super::kept::Kept;
use super::link::Symlink;
use super::refusal::{Refusal, shown};
use super::source::Source;
use super::tree::{NAMES_MAX, Node, Tree, too_many};
use super::warnings::{Concern, Warnings};
use super::{link, path, policy};
use crate::model::Digest;

/// What one pass found out about a good archive.
#[derive(Debug)]
pub struct Checked {
    /// The SHA-256 of all bytes.
    pub digest: Digest,
    /// How many those are.
    pub size: u64,
    /// Bytes of all regular files.
    pub unpacked: u64,
    /// Paths below the top directory.
    pub entries: u64,
    /// The commit that git noted.
    pub commit: Option<String>,
    /// One sentence a concern.
    pub warnings: Vec<String>,
    /// Its symlinks, in the order of the archive.
    pub symlinks: Vec<Symlink>,
}

/// Reads an archive to its end. Everything in it must lie under the directory `top`.
pub(super) fn archive(input: impl Read, top: &str, limits: &Limits) -> Result<Checked, Refusal> {
    keeping(input, top, limits, &mut Kept::nothing())
}

/// The same, and keeps the contents of files that are wanted.
pub(super) fn keeping(input: impl Read, top: &str, limits: &Limits, kept: &mut Kept<'_>) -> Result<Checked, Refusal> {
    let mut entries = Entries::new(Gunzip::new(Source::open(input)?, limits));
    let mut check = Check {
        top,
        tree: Tree::new(limits.max_entries, NAMES_MAX),
        warnings: Warnings::default(),
        symlinks: Vec::new(),
        begun: false,
        files: 0,
        unpacked: 0,
    };
    let mut count = 0;
    while let Some(entry) = entries.next()? {
        // The tree counts paths; a directory told again and again adds none.
        count += 1;
        if count > limits.max_entries {
            return Err(too_many(limits.max_entries));
        }
        let path = check.entry(&entry)?;
        let mut reading = kept.begin(path.as_deref(), &entry, top)?;
        let mut head = Vec::new();
        entries.contents(&entry, |piece| {
            head.extend_from_slice(&piece[..piece.len().min(BLOCK.saturating_sub(head.len()))]);
            reading.take(piece);
        })?;
        kept.end(reading);
        if let (Some(path), Kind::File) = (path, entry.kind) {
            check.head(&path, &head);
        }
    }
    if check.files == 0 {
        return Err(Refusal::new("is empty").why("there is no file in the archive"));
    }
    let (digest, size, commit) = entries.finish();
    Ok(Checked {
        digest,
        size,
        unpacked: check.unpacked,
        entries: check.tree.len(),
        commit,
        warnings: check.warnings.sentences(),
        symlinks: check.symlinks,
    })
}

struct Check<'a> {
    top: &'a str,
    tree: Tree,
    warnings: Warnings,
    symlinks: Vec<Symlink>,
    /// Something under the top directory was seen.
    begun: bool,
    files: u64,
    unpacked: u64,
}

impl Check<'_> {
    /// Judges a header; gives back the path below the top directory, if it is one.
    fn entry(&mut self, entry: &Entry) -> Result<Option<String>, Refusal> {
        let full = path::normal(&entry.name)?;
        replaced(entry)?;
        policy::mode(entry, &mut self.warnings)?;
        let Some(path) = self.below_top(&full, entry)? else { return Ok(None) };
        let node = match entry.kind {
            Kind::Directory => Node::Directory,
            Kind::Symlink => Node::Symlink,
            Kind::File | Kind::Hardlink => Node::File,
        };
        policy::reserved(path, node)?;
        match entry.kind {
            Kind::Directory => {}
            Kind::Symlink => {
                let target = link::symlink(path, &entry.link)?;
                self.tree.costs(target.len())?;
                self.symlinks.push(Symlink { path: path.to_owned(), target: target.to_owned() });
            }
            Kind::Hardlink => self.hardlink(path, &entry.link)?,
            Kind::File => {
                self.files += 1;
                self.unpacked = self.unpacked.saturating_add(entry.size);
            }
        }
        let alike = self.tree.add(path, node)?;
        self.concerns(path, entry, alike);
        Ok(Some(path.to_owned()))
    }

    /// The path below the top directory; nothing for the top directory itself, and for the `./` before it.
    fn below_top<'p>(&mut self, full: &'p str, entry: &Entry) -> Result<Option<&'p str>, Refusal> {
        let (first, rest) = full.split_once('/').unwrap_or((full, ""));
        let directory = !rest.is_empty() || entry.kind == Kind::Directory;
        if full.is_empty() {
            return Ok(None);
        }
        if first == self.top && directory {
            self.begun = true;
            return Ok(Some(rest).filter(|rest| !rest.is_empty()));
        }
        let top = shown(self.top);
        let only = format!("everything must lie in the one directory {top}");
        Err(if first == self.top {
            Refusal::new(format!("has a top directory that is none: {}", shown(full))).why(only)
        } else if !self.begun && directory {
            Refusal::new(format!("has the top directory {}, not {top}", shown(first)))
                .why("it must be named like the file")
        } else if !self.begun {
            Refusal::new("has no top directory").why(format!("{} lies at the top; {only}", shown(full)))
        } else if directory {
            Refusal::new(format!("has two top directories, {top} and {}", shown(first))).why(only)
        } else {
            Refusal::new(format!("has {} beside its top directory", shown(first))).why(only)
        })
    }

    /// A hard link is a second name of a file that was unpacked before it.
    fn hardlink(&self, path: &str, target: &[u8]) -> Result<(), Refusal> {
        let refuse =
            |what: &str| Refusal::new(format!("holds the hard link {} to {}, {what}", shown(path), shown(target)));
        if path::is_directory_like(target) {
            return Err(refuse("which is named like a directory"));
        }
        let normal = path::normal(target).map_err(|_| refuse("which is no name within the release"))?;
        let inside = normal.strip_prefix(self.top).and_then(|rest| rest.strip_prefix('/'));
        let inside = inside.ok_or_else(|| refuse("which leads out of the release"))?;
        match self.tree.get(inside) {
            Some(Node::File) => Ok(()),
            Some(node) => Err(refuse(&format!("which is a {}", node.word()))),
            None => {
                Err(refuse("which is not there before it").why("extractors differ about links to what comes later"))
            }
        }
    }

    /// Judges the first bytes of a file.
    fn head(&mut self, path: &str, head: &[u8]) {
        policy::secrets(path, head, &mut self.warnings);
    }

    fn concerns(&mut self, path: &str, entry: &Entry, alike: bool) {
        if alike {
            let tree = &self.tree;
            self.warnings.add(Concern::Case, || match tree.like(path) {
                Some(other) => format!("{} ({})", shown(path), shown(other)),
                None => shown(path),
            });
        }
        if policy::has_marks(path) {
            self.warnings.add(Concern::Marks, || shown(path));
        }
        if entry.attributes {
            self.warnings.add(Concern::Attributes, || shown(path));
        }
    }
}

/// An extractor that does not know an extension header unpacks what stands in the plain one. That may be made up, or
/// the beginning of the real one, but not lead out.
fn replaced(entry: &Entry) -> Result<(), Refusal> {
    for (plain, real) in entry.replaced.iter().zip([&entry.name, &entry.link]) {
        let Some(plain) = plain else { continue };
        let climbs = plain.starts_with(b"/") || plain.split(|b| *b == b'/').any(|part| part == b"..");
        if climbs && !real.starts_with(plain) {
            return Err(Refusal::new(format!("holds {}, which old extractors take for {}", shown(real), shown(plain)))
                .why("its plain tar header leads out of the release"));
        }
    }
    Ok(())
}
