//! Repositories made for tests.

use std::path::Path;

use git2::{ObjectType, Oid, Repository, Signature, Time};

/// A repository in a directory of its own, on `main`, without a commit.
pub struct Sample {
    pub home: tempfile::TempDir,
    pub repository: Repository,
}

impl Sample {
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let repository = Repository::init(home.path()).unwrap();
        repository.set_head("refs/heads/main").unwrap();
        Self { home, repository }
    }

    pub fn path(&self) -> &Path {
        self.home.path()
    }

    /// A tree of these modes, names and contents, whatever git thinks of them: no check is made.
    pub fn raw_tree(&self, entries: &[(&str, &str, Oid)]) -> Oid {
        let mut bytes = Vec::new();
        for (mode, name, id) in entries {
            bytes.extend(format!("{mode} {name}\0").bytes());
            bytes.extend(id.as_bytes());
        }
        self.repository.odb().unwrap().write(ObjectType::Tree, &bytes).unwrap()
    }

    pub fn blob(&self, contents: &str) -> Oid {
        self.repository.blob(contents.as_bytes()).unwrap()
    }

    /// A commit with this tree; no branch moves.
    pub fn commit_of(&self, tree: Oid, parents: &[Oid], time: i64) -> Oid {
        let who = Signature::new("t", "t@example.org", &Time::new(time, 0)).unwrap();
        let parents: Vec<_> = parents.iter().map(|id| self.repository.find_commit(*id).unwrap()).collect();
        let parents: Vec<_> = parents.iter().collect();
        // libgit2 would check the tree.
        let raw = self.repository.find_tree(tree);
        self.repository.commit(None, &who, &who, "m", &raw.unwrap(), &parents).unwrap()
    }

    /// A commit on `main` with one file.
    pub fn commit(&self, time: i64) -> Oid {
        let parent = self.repository.find_reference("refs/heads/main").ok().and_then(|main| main.target());
        let tree = self.raw_tree(&[("100644", "f", self.blob(&time.to_string()))]);
        let id = self.commit_of(tree, parent.as_slice(), time);
        self.branch("main", id);
        id
    }

    pub fn branch(&self, name: &str, id: Oid) {
        self.reference(&format!("refs/heads/{name}"), id);
    }

    /// A ref of any name, written as a file: git itself refuses some of them, but what is there is there.
    pub fn reference(&self, name: &str, id: Oid) {
        let path = self.repository.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("{id}\n")).unwrap();
    }

    /// A tag on an object; annotated with a message, or not.
    pub fn tag(&self, name: &str, on: Oid, annotated: bool) -> Oid {
        let object = self.repository.find_object(on, None).unwrap();
        let who = Signature::new("t", "t@example.org", &Time::new(0, 0)).unwrap();
        let id = match annotated {
            true => self.repository.tag_annotation_create(name, &object, &who, "about it").unwrap(),
            false => on,
        };
        self.reference(&format!("refs/tags/{name}"), id);
        id
    }
}
