//! Where symlinks may lead: nowhere but into the release.

use super::path::{self, readable};
use super::refusal::{Refusal, shown};

/// A symlink of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symlink {
    /// Its path below the top directory.
    pub path: String,
    /// Where it leads, as it is written; never absolute, and never out of the release.
    pub target: String,
}

impl Symlink {
    /// Whether it would lead out of the directory `from`, below the top directory, once that lies somewhere else.
    pub fn leaves(&self, from: &str) -> bool {
        let below = self.path.strip_prefix(from).and_then(|rest| rest.strip_prefix('/'));
        below.is_some_and(|below| climbs(&self.target) > depth(below))
    }
}

/// How often a target climbs before it goes down.
fn climbs(target: &str) -> usize {
    target.split('/').filter(|part| !matches!(*part, "" | ".")).take_while(|part| *part == "..").count()
}

/// How many directories a path lies in.
fn depth(path: &str) -> usize {
    path::split(path).0.split('/').filter(|part| !part.is_empty()).count()
}

/// Checks the target of the symlink at `at`, a path below the top directory; gives it back as text.
///
/// `..` counts only at the start of a target. There it climbs from the link's own directory, which is a real one, so
/// counting is enough. Behind a name it would climb from wherever that name leads, which may be another symlink:
/// `x -> .` and `y -> x/../etc` leave the release although no count says so.
pub(super) fn symlink<'t>(at: &str, target: &'t [u8]) -> Result<&'t str, Refusal> {
    let refuse = |what: &str| Refusal::new(format!("holds the symlink {} to {}, {what}", shown(at), shown(target)));
    if target.is_empty() {
        return Err(refuse("which is nowhere"));
    }
    let text = readable(target, "a symlink target")?;
    if text.starts_with('/') {
        return Err(refuse("which is absolute")
            .why("it would lead out of the release")
            .hint("make the link relative, or list the path under `shared`"));
    }
    let climbs = climbs(text);
    if climbs > depth(at) {
        return Err(refuse("which leads out of the release").hint("leave it out, or list the path under `shared`"));
    }
    if text.split('/').filter(|part| *part == "..").count() > climbs {
        return Err(refuse("which has '..' behind a name")
            .why("where that leads depends on other links")
            .hint("write the target without the detour"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_may_go_anywhere_within() {
        for (at, target) in [
            ("a", "b"),
            ("a", "."),
            ("a", "./x//y/"),
            ("a/b", ".."),
            ("a/b/c", "../../d"),
            ("node_modules/.bin/x", "../x/cli.js"),
            ("a", "..."),
            ("a", "missing"),
        ] {
            assert_eq!(symlink(at, target.as_bytes()), Ok(target), "{at} -> {target}");
        }
    }

    #[test]
    fn links_may_not_leave() {
        for (at, target, what) in [
            ("a", "..", "leads out"),
            ("a", "../DDGC-1.0/b", "leads out"),
            ("a/b", "../../x", "leads out"),
            ("a/b", "./.././../x", "leads out"),
            ("a/b", "/etc/passwd", "absolute"),
            ("a", "x/../y", "'..' behind a name"),
            ("a/b", "../x/../../../etc", "'..' behind a name"),
            ("a", "", "nowhere"),
            ("a", "x\ny", "control characters"),
        ] {
            let refusal = symlink(at, target.as_bytes()).unwrap_err().about("x".into()).to_string();
            assert!(refusal.contains(what), "{at} -> {target}: {refusal}");
        }
    }

    #[test]
    fn a_link_that_moves_is_judged_where_it_comes_to_stand() {
        for (path, target, leaves) in [
            ("share/docroot/a", "b", false),
            ("share/docroot/a", "../x", true),
            ("share/docroot/d/a", "../x", false),
            ("share/docroot/d/a", "./../../x", true),
            ("share/other/a", "../../x", false),
            ("share/docroot2/a", "../x", false),
        ] {
            let link = Symlink { path: path.into(), target: target.into() };
            assert_eq!(link.leaves("share/docroot"), leaves, "{path} -> {target}");
        }
    }
}
