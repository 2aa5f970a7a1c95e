//! The releases that a target's hosts had at the last look, for the shell's completion, which must not connect. Nothing
//! is decided by it, and nothing fails because of it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::model::{Digest, ReleaseId};

/// More than any target keeps; a file that somebody else wrote is not read to its end.
const RELEASES_MAX: usize = 1000;

/// Where the memory of a target of a hosts.toml lies.
fn file(cache: &Path, config: &Path, target: &str) -> Option<PathBuf> {
    let config = std::path::absolute(config).ok()?;
    let key = format!("{}\0{target}", config.display());
    Some(cache.join("releases").join(Digest::of(key.as_bytes()).to_string()))
}

/// Writes it anew, in one rename. Whether that works is nobody's concern.
pub fn remember(cache: &Path, config: &Path, target: &str, releases: &BTreeSet<ReleaseId>) {
    let _ = write(cache, config, target, releases);
}

fn write(cache: &Path, config: &Path, target: &str, releases: &BTreeSet<ReleaseId>) -> Option<()> {
    let path = file(cache, config, target)?;
    let text: String = releases.iter().rev().take(RELEASES_MAX).map(|release| format!("{release}\n")).collect();
    if std::fs::read_to_string(&path).is_ok_and(|known| known == text) {
        return Some(());
    }
    let directory = path.parent()?;
    std::fs::create_dir_all(directory).ok()?;
    let mut file = tempfile::NamedTempFile::new_in(directory).ok()?;
    file.write_all(text.as_bytes()).ok()?;
    file.persist(&path).ok()?;
    Some(())
}

/// The releases, the newest first; none when nothing is remembered.
pub fn recall(cache: &Path, config: &Path, target: &str) -> Vec<ReleaseId> {
    let text = file(cache, config, target).and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    text.lines().take(RELEASES_MAX).filter_map(|line| line.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn releases(names: &[&str]) -> BTreeSet<ReleaseId> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn remembers_each_target_of_each_file() {
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path().join("not/yet/there");
        let config = Path::new("/srv/hosts.toml");
        remember(&cache, config, "view", &releases(&["20140218-114503-0.9", "20140219-114503-0.10"]));
        remember(&cache, config, "prod", &releases(&["20140218-114503-0.9"]));
        let names = |config: &str, target| -> Vec<String> {
            recall(&cache, Path::new(config), target).iter().map(ToString::to_string).collect()
        };
        assert_eq!(names("/srv/hosts.toml", "view"), ["20140219-114503-0.10", "20140218-114503-0.9"]);
        assert_eq!(names("/srv/hosts.toml", "prod"), ["20140218-114503-0.9"]);
        assert_eq!(names("/srv/other.toml", "view"), [""; 0]);
        assert_eq!(std::fs::read_dir(cache.join("releases")).unwrap().count(), 2, "nothing half written is left");
    }

    #[test]
    fn nothing_fails_because_of_it() {
        let config = Path::new("/srv/hosts.toml");
        remember(Path::new("/proc/none"), config, "view", &releases(&["20140218-114503-0.9"]));
        assert_eq!(recall(Path::new("/proc/none"), config, "view"), []);
        let dir = tempfile::tempdir().unwrap();
        remember(dir.path(), config, "view", &releases(&[]));
        let path = file(dir.path(), config, "view").unwrap();
        std::fs::write(path, b"$(id)\n20140218-114503-0.9\n\xff\n").unwrap();
        assert_eq!(recall(dir.path(), config, "view"), [], "not text: not ours");
    }
}
