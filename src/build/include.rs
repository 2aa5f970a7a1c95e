//! `[build] include`: what git does not track and a release needs, such as built assets.
//!
//! They are what `[build] test` has made in its checkout: then they come from the commit as everything else does. Only what
//! it has not made there is taken from the work tree, when that is the commit's own, and with a warning: whoever builds the
//! same commit elsewhere may have other ones.

use std::collections::HashSet;
use std::path::Path;

use super::checkout::kind_of;
use super::pack::{Entry, From};
use super::select::{Selection, is_plain};
use super::walk;
use crate::git::Tracked;
use crate::model::Failure;

/// Where they may be.
pub struct Sources<'a> {
    /// The checkout that the tests ran in, and what is there and not in the commit.
    pub checkout: Option<(&'a Path, &'a [String])>,
    /// The work tree, if it is the commit's.
    pub work_tree: Option<&'a Path>,
    /// What the commit has.
    pub files: &'a [Tracked],
}

/// The entries for all patterns.
///
/// # Errors
/// There is nothing for one of them, or something that is neither a file nor a link.
pub fn entries(patterns: &[String], sources: &Sources<'_>, warnings: &mut Vec<String>) -> Result<Vec<Entry>, Failure> {
    let tracked: HashSet<&str> = sources.files.iter().map(|file| file.path.as_str()).collect();
    let mut taken = HashSet::new();
    let mut entries = Vec::new();
    for pattern in patterns {
        let wanted = Selection::new(std::slice::from_ref(pattern))?;
        let (root, paths) = found(pattern, &wanted, &tracked, sources, warnings)?;
        for path in paths {
            if taken.insert(path.clone()) {
                entries.push(entry(root, path)?);
            }
        }
    }
    Ok(entries)
}

fn found<'a>(
    pattern: &str,
    wanted: &Selection,
    tracked: &HashSet<&str>,
    sources: &Sources<'a>,
    warnings: &mut Vec<String>,
) -> Result<(&'a Path, Vec<String>), Failure> {
    if let Some((root, added)) = sources.checkout {
        let paths: Vec<String> = added.iter().filter(|path| wanted.has(path)).cloned().collect();
        if !paths.is_empty() {
            return Ok((root, paths));
        }
    }
    if let Some(root) = sources.work_tree {
        let mut paths = walk::below(root, if is_plain(pattern) { pattern } else { "" })?;
        paths.retain(|path| wanted.has(path) && !tracked.contains(path.as_str()));
        if !paths.is_empty() {
            warnings.push(format!(
                "{pattern} is from the work tree: another machine may have other bytes for this commit; \
                 have [build] test make it"
            ));
            return Ok((root, paths));
        }
    }
    if tracked.iter().any(|path| wanted.has(path)) {
        warnings.push(format!("[build] include: {pattern} is tracked by git, so it needs no include"));
        return Ok((Path::new(""), Vec::new()));
    }
    let why = match sources.checkout {
        Some(_) => "[build] test has not made it in its checkout",
        None => "without [build] test it is looked for in the work tree, when HEAD is built",
    };
    Err(Failure::refused("[build] include", format!("there is nothing at {pattern}"))
        .why(why)
        .hint("have [build] test make it: it runs in a clean checkout of the commit"))
}

fn entry(root: &Path, path: String) -> Result<Entry, Failure> {
    let full = root.join(&path);
    let refuse = |what: &str| Failure::refused(format!("{path:?}"), what);
    match kind_of(&full) {
        Ok(Some(kind)) => Ok(Entry { path, from: From::Disk(full, kind) }),
        Ok(None) => Err(refuse("is neither a file nor a link").hint("look at [build] include")),
        Err(error) => Err(refuse("can't be read").why(error.to_string())),
    }
}
