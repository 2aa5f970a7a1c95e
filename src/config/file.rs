//! Finding and reading the file, with the refusals that concern the file rather than its text.

use std::fs;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::problem::AGAIN;
use super::{Config, Privacy, read_text};
use crate::model::Failure;

/// The name that is searched for.
const NAME: &str = "hosts.toml";

/// Stands for a current directory that was removed: in it there is nothing.
pub const NOWHERE: &str = "/proc/self/cwd";

/// Ten thousand hosts with a table each fit; a log file given by mistake does not.
const SIZE_MAX: u64 = 4 << 20;

/// What to write when there is no file yet.
const EXAMPLE: &str = "app = \"myapp\"\n\n[targets.prod]\nhosts = [\"user@host\"]";

/// The file to read: the given one as it is given, else `hosts.toml` in `start` or the nearest directory above it.
pub fn find(start: &Path, explicit: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = explicit {
        return match fs::metadata(path) {
            Ok(_) => Ok(path.to_owned()),
            Err(error) => Err(unreadable(path, &error)),
        };
    }
    if start == Path::new(NOWHERE) {
        return Err(Failure::usage("", format!("there is no current directory to look for {NAME} in"))
            .why("it was removed, or can't be reached")
            .hint("cd into the project, or pass `--config FILE`"));
    }
    for dir in start.ancestors() {
        let path = dir.join(NAME);
        if fs::symlink_metadata(&path).is_err() {
            continue;
        }
        // Commands run as hosts.toml says: one that anybody could have put into /tmp is not this project's.
        if dir != start && fs::metadata(dir).is_ok_and(|dir| dir.permissions().mode() & 0o002 != 0) {
            return Err(Failure::usage(shown(&path), "this file is in a directory that anyone may write to")
                .why(format!("no {NAME} is nearer to {}", shown(start)))
                .hint(format!("pass `--config {}` if it is yours", word(&path))));
        }
        return Ok(path);
    }
    Err(Failure::usage(shown(start), format!("no {NAME} here or in a directory above"))
        .why("the least one is shown below")
        .detail(EXAMPLE)
        .hint("release init"))
}

/// Reads and checks the file.
pub fn load(path: &Path) -> Result<Config, Failure> {
    // Before opening: a FIFO would wait for a writer.
    let meta = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !meta.is_file() {
        let what = if meta.is_dir() { "is a directory" } else { "is not a regular file" };
        return Err(Failure::usage(shown(path), what).hint("pass `--config FILE`"));
    }
    let file = fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    // From here on it is this very file that is judged and read, whatever the path names by now.
    let mode = file.metadata().map_err(|error| unreadable(path, &error))?.permissions().mode();
    if mode & 0o022 != 0 {
        let who = if mode & 0o002 != 0 { "anyone" } else { "its group" };
        return Err(Failure::usage(shown(path), format!("{who} may write to this file"))
            .why("its commands run on your hosts, as you")
            .hint(format!("chmod go-w {}", word(path))));
    }
    let mut bytes = vec![];
    file.take(SIZE_MAX + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > SIZE_MAX {
        return Err(Failure::usage(shown(path), "larger than 4 MiB")
            .why("that is no hosts.toml")
            .hint("pass `--config FILE`"));
    }
    let text = utf8(bytes, path)?;
    let absolute = std::path::absolute(path).map_err(|error| unreadable(path, &error))?;
    let dir = absolute.parent().unwrap_or(&absolute);
    let privacy = if mode & 0o044 != 0 { Privacy::Shared } else { Privacy::Private };
    read_text(&text, path, dir, privacy)
}

fn utf8(bytes: Vec<u8>, path: &Path) -> Result<String, Failure> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::usage(shown(path), format!("not UTF-8 at byte {at}")).hint("save it as UTF-8")
    })?;
    match text.find('\0') {
        Some(at) => Err(Failure::usage(shown(path), format!("a NUL at byte {at}")).why("that is no text").hint(AGAIN)),
        None => Ok(text),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let failure = Failure::usage(shown(path), "can't be read");
    match error.kind() {
        ErrorKind::NotFound => Failure::usage(shown(path), "there is no such file").hint("release init"),
        ErrorKind::PermissionDenied => failure.why("permission denied").hint(format!("ls -l {}", word(path))),
        _ => failure.why(error.to_string()).hint(format!("ls -l {}", word(path))),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The path as one word of a shell command.
pub fn word(path: &Path) -> String {
    let text = shown(path);
    let plain = text.chars().all(|c| c.is_alphanumeric() || "/._-+@".contains(c));
    if plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Exit;

    const GOOD: &str = "app = 'x'\n[targets.t]\nhosts = ['h']\n";

    fn write(dir: &Path, text: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = dir.join(NAME);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// Facts item 1.
    #[test]
    fn is_searched_upwards() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        let failure = find(&deep, None).unwrap_err();
        assert_eq!((failure.exit, failure.place.as_str()), (Exit::Usage, deep.to_str().unwrap()));
        super::super::parse(&failure.detail.unwrap(), Path::new(NAME), dir.path()).unwrap();

        let path = write(dir.path(), GOOD, 0o644);
        assert_eq!(find(&deep, None), Ok(path.clone()));
        assert_eq!(find(&deep, Some(&deep.join("../../hosts.toml"))), Ok(deep.join("../../hosts.toml")));
        assert!(find(&deep, Some(&deep.join("none.toml"))).unwrap_err().what.contains("no such file"));

        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(find(&deep, None).unwrap_err().what.contains("anyone may write to"));
        assert_eq!(find(dir.path(), None), Ok(path.clone()), "one's own choice to work there");
        assert_eq!(find(&deep, Some(&path)), Ok(path.clone()));
    }

    /// Facts item 2.
    #[test]
    fn must_be_text() {
        let dir = tempfile::tempdir().unwrap();
        let path = write(dir.path(), b"app = '\xff'", 0o644);
        assert_eq!(load(&path).unwrap_err().what, "not UTF-8 at byte 7");
        let path = write(dir.path(), "app\0", 0o644);
        assert_eq!(load(&path).unwrap_err().what, "a NUL at byte 3");
        let path = write(dir.path(), vec![b'#'; SIZE_MAX as usize + 1], 0o644);
        assert!(load(&path).unwrap_err().what.contains("larger than"));
    }

    #[test]
    fn must_be_a_file() {
        let dir = tempfile::tempdir().unwrap();
        assert!(load(dir.path()).unwrap_err().what.contains("a directory"));
        assert!(load(Path::new("/dev/null")).unwrap_err().what.contains("not a regular file"));
        assert!(load(&dir.path().join("none")).unwrap_err().what.contains("no such file"));
    }

    /// Facts item 22.
    #[test]
    fn must_be_written_by_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        for (mode, who) in [(0o664, "its group"), (0o646, "anyone")] {
            let failure = load(&write(dir.path(), GOOD, mode)).unwrap_err();
            assert!(failure.what.contains(who), "{failure}");
            assert!(failure.hint.unwrap().starts_with("chmod go-w /"));
        }
        let config = load(&write(dir.path(), GOOD, 0o644)).unwrap();
        assert_eq!((config.app.as_str(), config.warnings.len()), ("x", 0));
    }

    /// Facts item 17.
    #[test]
    fn secrets_want_a_private_file() {
        let dir = tempfile::tempdir().unwrap();
        let text = format!("{GOOD}[env.vars]\nDB_PASSWORD = 'hunter2'\n");
        for mode in [0o644, 0o640, 0o604] {
            let failure = load(&write(dir.path(), &text, mode)).unwrap_err();
            assert!(failure.place.ends_with("hosts.toml:5:15"), "{failure}");
            assert!(failure.hint.clone().unwrap().contains("[env]"), "{failure:?}");
            assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
        }
        let config = load(&write(dir.path(), &text, 0o600)).unwrap();
        assert!(config.warnings[0].contains("hosts.toml:5:15") && !config.warnings[0].contains("hunter2"));
    }

    #[test]
    fn local_directories_start_at_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = write(dir.path(), GOOD.replace("'h'", "'local:out'"), 0o644);
        let config = load(&path).unwrap();
        let base = Some(dir.path().join("out"));
        assert_eq!(config.targets[0].hosts[0].address, crate::model::target::Address::Local { base });
    }

    #[test]
    fn paths_in_hints_are_one_word() {
        assert_eq!(word(Path::new("a/hosts.toml")), "a/hosts.toml");
        assert_eq!(word(Path::new("it's here")), r"'it'\''s here'");
    }
}
