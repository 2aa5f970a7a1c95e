//! Where symlinks may lead: nowhere but into the release.

use super::path::{self, readable};
use super::refusal::{Refusal, shown};

/// Checks the target of the symlink at `at`, a path below the top directory.
///
/// `..` counts only at the start of a target. There it climbs from the link's own directory, which is a real one, so
/// counting is enough. Behind a name it would climb from wherever that name leads, which may be another symlink:
/// `x -> .` and `y -> x/../etc` leave the release although no count says so.
pub(super) fn symlink(at: &str, target: &[u8]) -> Result<(), Refusal> {
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
    let depth = path::split(at).0.split('/').filter(|part| !part.is_empty()).count();
    let parts: Vec<&str> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let climbs = parts.iter().take_while(|part| **part == "..").count();
    if climbs > depth {
        return Err(refuse("which leads out of the release").hint("leave it out, or list the path under `shared`"));
    }
    if parts[climbs..].contains(&"..") {
        return Err(refuse("which has '..' behind a name")
            .why("where that leads depends on other links")
            .hint("write the target without the detour"));
    }
    Ok(())
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
            assert_eq!(symlink(at, target.as_bytes()), Ok(()), "{at} -> {target}");
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
}
