//! The tree that an archive was judged to be, and the one that an extractor makes of it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use release::artifact::{Artifact, contents};

use super::TOP;

/// A program that unpacks, as a host calls it.
pub struct Extractor {
    pub name: &'static str,
    command: &'static [&'static str],
    locale: &'static str,
}

/// In the order in which they are tried.
pub const EXTRACTORS: [Extractor; 3] = [
    Extractor { name: "GNU tar", command: &["tar"], locale: "C" },
    Extractor { name: "BusyBox", command: &["busybox", "tar"], locale: "C" },
    // It tells names that the locale has not, and fails then.
    Extractor { name: "bsdtar", command: &["bsdtar"], locale: "C.UTF-8" },
];

/// What is at a path; of a directory and a file what the host leaves of the mode.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Directory,
    File { executable: bool, bytes: Vec<u8> },
    Link(String),
}

/// Everything below the top directory.
#[derive(Debug, PartialEq, Eq)]
pub struct Tree(BTreeMap<String, Node>);

impl Tree {
    /// As the judge sees it.
    pub fn judged(artifact: &Artifact) -> Result<Self, String> {
        let mut nodes = BTreeMap::new();
        for file in contents(artifact, TOP, |_| true).map_err(|failure| failure.to_string())? {
            nodes.insert(file.path, Node::File { executable: file.executable, bytes: file.bytes });
        }
        for link in &artifact.symlinks {
            nodes.insert(link.path.clone(), Node::Link(link.target.clone()));
        }
        let above: Vec<String> =
            nodes.keys().flat_map(|path| path.match_indices('/').map(|(end, _)| path[..end].to_owned())).collect();
        for directory in above {
            nodes.entry(directory).or_insert(Node::Directory);
        }
        // Of empty directories it tells only the number.
        let named = nodes.len() as u64;
        if artifact.entries < named {
            return Err(format!("{} entries were counted, and {named} named", artifact.entries));
        }
        for n in named..artifact.entries {
            nodes.insert(format!("{EMPTY}{n}"), Node::Directory);
        }
        Ok(Self(nodes))
    }

    /// As an extractor makes it.
    pub fn unpacked(extractor: &Extractor, home: &Path, file: &Path) -> Result<Self, String> {
        let out = home.join("out");
        let _ = fs::remove_dir_all(&out);
        fs::create_dir(&out).unwrap();
        let output = Command::new(extractor.command[0])
            .args(&extractor.command[1..])
            .arg("-xzof")
            .arg(file)
            .args(["--no-same-permissions", "-C"])
            .arg(&out)
            .env("LC_ALL", extractor.locale)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("{}: {}: {said}", extractor.name, output.status));
        }
        let mut nodes = BTreeMap::new();
        walk(&out, "", &mut nodes);
        let top = nodes.remove(TOP);
        if top != Some(Node::Directory) {
            return Err(format!("{}: the top directory is {top:?}", extractor.name));
        }
        let below = |path: String| match path.strip_prefix(TOP).and_then(|rest| rest.strip_prefix('/')) {
            Some(rest) => Ok(rest.to_owned()),
            None => Err(format!("{}: {path:?} lies beside the top directory", extractor.name)),
        };
        let nodes: Result<_, String> = nodes.into_iter().map(|(path, node)| Ok((below(path)?, node))).collect();
        nodes.map(Self)
    }

    /// Whether an unpacked tree is this judged one.
    pub fn same(&self, unpacked: &Self) -> Result<(), String> {
        if self.0.len() != unpacked.0.len() {
            let names: Vec<_> = unpacked.0.keys().collect();
            return Err(format!("{} paths were judged, there are {}: {names:?}", self.0.len(), unpacked.0.len()));
        }
        for (path, node) in self.0.iter().filter(|(path, _)| !path.starts_with(EMPTY)) {
            if unpacked.0.get(path) != Some(node) {
                return Err(format!(
                    "{path:?} was judged {}, and is {}",
                    shown(Some(node)),
                    shown(unpacked.0.get(path))
                ));
            }
        }
        let mut others = unpacked.0.iter().filter(|(path, _)| !self.0.contains_key(*path));
        match others.find(|(_, node)| **node != Node::Directory) {
            Some((path, node)) => Err(format!("{path:?} was not judged, and is {}", shown(Some(node)))),
            None => Ok(()),
        }
    }
}

/// The name of a directory that only the count tells of; no archive can have it.
const EMPTY: &str = "//";

fn shown(node: Option<&Node>) -> String {
    match node {
        Some(Node::File { executable, bytes }) => format!("a file of {} bytes, executable {executable}", bytes.len()),
        other => format!("{other:?}"),
    }
}

fn walk(at: &Path, path: &str, nodes: &mut BTreeMap<String, Node>) {
    for entry in fs::read_dir(at).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if path.is_empty() { name } else { format!("{path}/{name}") };
        let metadata = entry.metadata().unwrap();
        let node = if metadata.is_dir() {
            walk(&entry.path(), &path, nodes);
            Node::Directory
        } else if metadata.is_symlink() {
            Node::Link(fs::read_link(entry.path()).unwrap().to_string_lossy().into_owned())
        } else if metadata.is_file() {
            // `chmod -R u+rwX,go-w,a-st` comes behind it on a host.
            let executable = metadata.permissions().mode() & 0o111 != 0;
            Node::File { executable, bytes: fs::read(entry.path()).unwrap() }
        } else {
            panic!("{path:?} is neither file, directory nor link");
        };
        nodes.insert(path, node);
    }
}
