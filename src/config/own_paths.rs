//! Paths on this side: relative ones start at the directory of hosts.toml.

use std::path::{Path, PathBuf};

use super::excerpt::{hidden, quoted};
use super::paths::{PATH_MAX, no_place};
use super::problem::Complaint;

/// A file on this side: relative to the directory of hosts.toml; `~` is left to ssh.
pub(super) fn own_file(text: &str, dir: &Path) -> Result<PathBuf, Complaint> {
    let form = |why: &str| Complaint::new(format!("{} is not a file here", quoted(text))).why(why);
    if text.is_empty() || text.ends_with('/') {
        return Err(form("it names no file"));
    }
    if text.starts_with('-') {
        return Err(form("may not start with '-'"));
    }
    if text.len() > PATH_MAX || text.chars().any(hidden) {
        return Err(form("too long, or with characters that don't show"));
    }
    Ok(if text.starts_with('~') { text.into() } else { dir.join(text) })
}

/// The directory of `local:DIR`, absolute.
pub(super) fn own_directory(text: &str, dir: &Path) -> Result<PathBuf, Complaint> {
    let form = |why: &str| Complaint::new(format!("{} is not a directory for `local:`", quoted(text))).why(why);
    if text.starts_with('~') {
        return Err(form("~ is not expanded here").hint("write `local` and base = \"~/DIR\", or an absolute directory"));
    }
    if text.is_empty() {
        return Err(form("it is empty").hint("write `local` alone to deploy to `base`"));
    }
    if text.starts_with('-') {
        return Err(form("may not start with '-'"));
    }
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || "._+@-/".contains(c)) || text.len() > PATH_MAX {
        return Err(form("letters, digits and . _ + @ - /"));
    }
    if text.split('/').any(|part| part == "..") {
        return Err(form("'..' leads out of it").hint("write an absolute directory"));
    }
    // `collect` drops `.`, doubled slashes and the one at the end.
    let found: PathBuf = dir.join(text).components().collect();
    let shown = found.to_str().filter(|found| !found.chars().any(hidden));
    match shown {
        None => Err(form("the directory of hosts.toml has a name that can't be written down")),
        Some(found) if found.matches('/').count() < 2 => Err(form("it must be at least two levels deep")),
        Some(shown) => no_place(shown).map(|()| found.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_ours_are_relative_to_hosts_toml() {
        let dir = Path::new("/home/me/site");
        assert_eq!(own_file("keys/id", dir), Ok("/home/me/site/keys/id".into()));
        assert_eq!(own_file("~/.ssh/id", dir), Ok("~/.ssh/id".into()));
        assert_eq!(own_file("/k", dir), Ok("/k".into()));
        for bad in ["", "-oX", "a/", "a\nb"] {
            assert!(own_file(bad, dir).is_err(), "{bad}");
        }
    }

    #[test]
    fn local_directories_are_absolute() {
        let dir = Path::new("/home/me/my site");
        assert_eq!(own_directory("out", dir), Ok("/home/me/my site/out".into()));
        assert_eq!(own_directory("./out/", dir), Ok("/home/me/my site/out".into()));
        assert_eq!(own_directory("/srv/app", dir), Ok("/srv/app".into()));
        for bad in ["", "~/x", "../x", "/", "/srv", "a b", "a;id", "-x", "/dev/x"] {
            assert!(own_directory(bad, dir).is_err(), "{bad}");
        }
        assert!(own_directory("out", Path::new("/home/a\nb")).is_err());
    }
}
