//! The private directory that a run keeps its control sockets in.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

/// What the names begin with; the process follows.
const PREFIX: &str = "release-";

/// A run may be in a container whose processes are not seen from here: its directory is left alone for so long.
const YOUNG: Duration = Duration::from_secs(3600);

/// Sockets lie two directories below.
const DEPTH: u32 = 3;

/// Makes it below `runtime`: nobody else may enter it, and it goes when it is dropped. What runs that were killed have left
/// there is taken away.
///
/// # Errors
/// It can't be made.
pub fn directory(runtime: &Path) -> io::Result<TempDir> {
    let made = tempfile::Builder::new()
        .prefix(&format!("{PREFIX}{}-", std::process::id()))
        .rand_bytes(4) // a socket's path has at most 104 bytes
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(runtime)?;
    let own = fs::symlink_metadata(made.path())?;
    for entry in fs::read_dir(runtime)?.flatten() {
        let name = entry.file_name();
        let Some(process) = name.to_str().and_then(process) else { continue };
        let path = entry.path();
        let left = fs::symlink_metadata(&path).is_ok_and(|found| is_left(&found, &own));
        if left && !Path::new("/proc").join(process).exists() && !is_answered(&path, DEPTH) {
            // Somebody else may be at it as well; whatever stays is nobody's loss.
            let _ = fs::remove_dir_all(&path);
        }
    }
    Ok(made)
}

/// `123` of `release-123-x7Yz`.
fn process(name: &str) -> Option<&str> {
    let (process, _) = name.strip_prefix(PREFIX)?.split_once('-')?;
    let number = !process.is_empty() && process.bytes().all(|b| b.is_ascii_digit());
    number.then_some(process)
}

/// A directory that could be an old one of ours.
fn is_left(found: &Metadata, own: &Metadata) -> bool {
    let old = match (found.modified(), own.modified()) {
        (Ok(found), Ok(own)) => own.duration_since(found).is_ok_and(|age| age > YOUNG),
        _ => false,
    };
    found.is_dir() && found.uid() == own.uid() && found.mode() & 0o7777 == 0o700 && old
}

/// Is there a socket in it that somebody listens on?
fn is_answered(dir: &Path, depth: u32) -> bool {
    let Ok(entries) = fs::read_dir(dir) else { return false };
    entries.flatten().any(|entry| match entry.file_type() {
        Ok(kind) if kind.is_socket() => UnixStream::connect(entry.path()).is_ok(),
        Ok(kind) if kind.is_dir() && depth > 0 => is_answered(&entry.path(), depth - 1),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;
    use std::time::SystemTime;

    use super::*;

    /// A directory with a socket in it, an hour and a second old; and its listener.
    fn old(runtime: &Path, name: &str, mode: u32) -> (PathBuf, UnixListener) {
        let path = runtime.join(name);
        fs::create_dir_all(path.join("0/.ssh-connection")).unwrap();
        let listener = UnixListener::bind(path.join("0/.ssh-connection/master")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let then = SystemTime::now() - YOUNG - Duration::from_secs(1);
        File::open(&path).unwrap().set_modified(then).unwrap();
        (path, listener)
    }

    #[test]
    fn nobody_else_enters_and_nothing_stays() {
        let runtime = tempfile::tempdir().unwrap();
        let made = directory(runtime.path()).unwrap();
        assert_eq!(fs::metadata(made.path()).unwrap().mode() & 0o7777, 0o700);
        drop(made);
        assert_eq!(fs::read_dir(runtime.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_run_left_is_taken_away_and_nothing_else() {
        let runtime = tempfile::tempdir().unwrap();
        // Above any kernel's last process.
        let (dead, listener) = old(runtime.path(), "release-99999999-abc", 0o700);
        drop(listener);
        let alive = format!("release-{}-abc", std::process::id());
        let kept = [
            old(runtime.path(), &alive, 0o700),
            old(runtime.path(), "release-99999999-answered", 0o700),
            old(runtime.path(), "release-99999999-open", 0o755),
            old(runtime.path(), "release-x-abc", 0o700),
            old(runtime.path(), "other-99999999-abc", 0o700),
        ];
        let young = runtime.path().join("release-99999999-young");
        fs::create_dir(&young).unwrap();
        fs::set_permissions(&young, Permissions::from_mode(0o700)).unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), runtime.path().join("release-99999999-link")).unwrap();
        let _made = directory(runtime.path()).unwrap();
        assert!(!dead.exists());
        assert!(kept.iter().all(|(path, _)| path.exists()) && young.exists() && outside.path().exists());
    }
}
