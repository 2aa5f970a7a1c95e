//! The tree that an archive unpacks to: every path once, and nothing below what is no directory.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use super::path;
use super::refusal::{Refusal, shown};

/// The most bytes of names: what the set of seen paths may cost.
pub(super) const NAMES_MAX: u64 = 64 << 20;

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    /// A directory that only names below it told of so far.
    Implied,
    /// A directory.
    Directory,
    /// A regular file, or another name for one.
    File,
    /// A symlink.
    Symlink,
}

impl Node {
    fn is_directory(self) -> bool {
        matches!(self, Node::Implied | Node::Directory)
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Node::Implied | Node::Directory => "directory",
            Node::File => "file",
            Node::Symlink => "symlink",
        }
    }
}

/// All paths so far, relative to the top directory.
pub(super) struct Tree {
    nodes: HashMap<Box<str>, Node>,
    /// Hashes of each parent with its child's lower-case name: eight bytes a path, where names would cost as much as
    /// `nodes` does. A collision of two hashes costs one wrong warning in 10^8 archives.
    folded: HashSet<u64>,
    hasher: RandomState,
    names: u64,
    names_max: u64,
    entries_max: u64,
}

impl Tree {
    /// An empty tree that refuses to outgrow these numbers of entries and of bytes of names.
    pub fn new(entries_max: u64, names_max: u64) -> Self {
        let hasher = RandomState::new();
        Self { nodes: HashMap::new(), folded: HashSet::new(), hasher, names: 0, names_max, entries_max }
    }

    /// How many paths there are.
    pub fn len(&self) -> u64 {
        self.nodes.len() as u64
    }

    /// What is at a path.
    pub fn get(&self, path: &str) -> Option<Node> {
        self.nodes.get(path).copied()
    }

    /// Puts something at a path. Gives back whether its name differs only in case from another in the same directory.
    pub fn add(&mut self, path: &str, node: Node) -> Result<bool, Refusal> {
        let mut alike = false;
        for (end, _) in path.match_indices('/') {
            alike |= self.put(&path[..end], Node::Implied)?;
        }
        Ok(self.put(path, node)? | alike)
    }

    /// Counts the bytes of a name that is kept.
    pub fn costs(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.names += bytes as u64;
        if self.names > self.names_max {
            return Err(Refusal::new(format!("holds more than {} bytes of names", self.names_max)));
        }
        Ok(())
    }

    fn put(&mut self, path: &str, node: Node) -> Result<bool, Refusal> {
        let (parent, name) = path::split(path);
        match self.get(path) {
            None => {}
            Some(old) if old.is_directory() && node.is_directory() => return Ok(false),
            Some(old) if node == Node::Implied => {
                return Err(Refusal::new(format!("writes through the {} {}", old.word(), shown(path)))
                    .why("something in the archive lies below it"));
            }
            Some(old) if old == node => {
                return Err(Refusal::new(format!("holds {} twice", shown(path)))
                    .why("which one is unpacked depends on the extractor"));
            }
            Some(old) => {
                return Err(Refusal::new(format!(
                    "holds {} twice, as a {} and as a {}",
                    shown(path),
                    old.word(),
                    node.word()
                ))
                .why("which one is unpacked depends on the extractor"));
            }
        }
        if self.len() >= self.entries_max {
            return Err(too_many(self.entries_max));
        }
        self.costs(path.len())?;
        self.nodes.insert(path.into(), node);
        Ok(!self.folded.insert(self.hasher.hash_one((parent, name.to_lowercase()))))
    }

    /// Another path whose name differs from this one's only in case. Slow: for a few messages only.
    pub fn like(&self, path: &str) -> Option<&str> {
        let (parent, name) = path::split(path);
        let name = name.to_lowercase();
        let alike = |other: &str| {
            let (other_parent, other_name) = path::split(other);
            other != path && other_parent == parent && other_name.to_lowercase() == name
        };
        self.nodes.keys().map(|key| &**key).find(|other| alike(other))
    }
}

/// The refusal of an archive with more entries than that.
pub(super) fn too_many(max: u64) -> Refusal {
    Refusal::new(format!("holds more than {max} entries")).why("that is the limit on what an artifact may hold")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_in_bytes() {
        let mut tree = Tree::new(100, 10);
        assert_eq!(tree.add("12345", Node::File), Ok(false));
        assert_eq!(tree.add("1234", Node::File), Ok(false));
        let refusal = tree.add("12", Node::File).unwrap_err().about("x".into()).to_string();
        assert!(refusal.contains("holds more than 10 bytes of names"), "{refusal}");
    }

    #[test]
    fn finds_the_neighbour_that_differs_in_case() {
        let mut tree = Tree::new(100, 1000);
        for (path, alike) in [("a/README", false), ("README", false), ("a/readme", true), ("A", true), ("A/x", false)] {
            assert_eq!(tree.add(path, Node::Directory), Ok(alike), "{path}");
        }
        assert_eq!(tree.like("a/readme"), Some("a/README"));
        assert_eq!(tree.like("A"), Some("a"));
        assert_eq!(tree.like("A/x"), None);
    }
}
