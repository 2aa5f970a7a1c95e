//! Histories for tests: commits with any parents, dates and bytes.

use git2::{Oid, Repository, Signature, Time};

/// A repository in a directory of its own.
pub(super) struct History {
    pub home: tempfile::TempDir,
    pub repository: Repository,
}

impl History {
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let repository = Repository::init(home.path()).unwrap();
        Self { home, repository }
    }

    /// A commit with these parents, made at this second.
    pub fn commit(&self, parents: &[Oid], at: i64, message: &str) -> Oid {
        self.raw(parents, at, message.as_bytes())
    }

    /// The same with a message of any bytes.
    pub fn raw(&self, parents: &[Oid], at: i64, message: &[u8]) -> Oid {
        let tree = self.repository.treebuilder(None).unwrap().write().unwrap();
        self.with_tree(tree, parents, at, message)
    }

    /// A commit with these files.
    pub fn tree(&self, parents: &[Oid], files: &[(&str, &str)]) -> Oid {
        let mut index = git2::Index::new().unwrap();
        for (path, content) in files {
            let id = self.repository.blob(content.as_bytes()).unwrap();
            let entry = git2::IndexEntry {
                ctime: git2::IndexTime::new(0, 0),
                mtime: git2::IndexTime::new(0, 0),
                dev: 0,
                ino: 0,
                mode: 0o100_644,
                uid: 0,
                gid: 0,
                file_size: 0,
                id,
                flags: 0,
                flags_extended: 0,
                path: path.as_bytes().to_vec(),
            };
            index.add(&entry).unwrap();
        }
        let tree = index.write_tree_to(&self.repository).unwrap();
        self.with_tree(tree, parents, 1, b"files")
    }

    fn with_tree(&self, tree: Oid, parents: &[Oid], at: i64, message: &[u8]) -> Oid {
        let mut object = format!("tree {tree}\n").into_bytes();
        parents.iter().for_each(|parent| object.extend(format!("parent {parent}\n").bytes()));
        for role in ["author", "committer"] {
            object.extend(format!("{role} A U Thor <a@example.org> {at} +0000\n").bytes());
        }
        object.extend(b"\n");
        object.extend(message);
        self.repository.odb().unwrap().write(git2::ObjectType::Commit, &object).unwrap()
    }

    /// So many commits in a row.
    pub fn row(&self, from: Oid, count: usize, at: i64) -> Oid {
        (0..count).fold(from, |parent, n| self.commit(&[parent], at, &format!("{n}")))
    }

    pub fn tag(&self, name: &str, on: Oid) {
        let object = self.repository.find_object(on, None).unwrap();
        let tagger = Signature::new("t", "t@example.org", &Time::new(0, 0)).unwrap();
        self.repository.tag(name, &object, &tagger, "about it", false).unwrap();
    }
}
