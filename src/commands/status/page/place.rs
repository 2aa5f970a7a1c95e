//! The file that a page goes to: whoever reads it sees the old page or the new one, whole.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::model::{Exit, Failure};

/// Where pages are written.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    directory: PathBuf,
}

impl Place {
    /// Checked before anything is asked of a host.
    ///
    /// # Errors
    /// It can't be written: there is no such directory, or something that is no file stands there.
    pub fn new(path: &Path) -> Result<Self, Failure> {
        let shown = || path.display().to_string();
        // A link stays, and what it leads to is replaced.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if fs::metadata(&real).is_ok_and(|there| !there.is_file()) {
            return Err(Failure::usage(shown(), "a page can't be written there").why("it is no file"));
        }
        match real.parent() {
            Some(directory) if directory.is_dir() && real.file_name().is_some() => {
                Ok(Self { directory: directory.to_owned(), path: real })
            }
            _ => Err(Failure::usage(shown(), "a page can't be written there")
                .why("there is no such directory")
                .hint(format!("mkdir -p {}", path.parent().unwrap_or(path).display()))),
        }
    }

    /// Puts the page there in one rename.
    ///
    /// # Errors
    /// The directory can't be written to, or the disk is full: the old page stays.
    pub fn write(&self, page: &str) -> Result<(), Failure> {
        self.replace(page).map_err(|error| {
            Failure::new(Exit::Failed, self.path.display().to_string(), "the page can't be written")
                .why(error.to_string())
        })
    }

    fn replace(&self, page: &str) -> std::io::Result<()> {
        // As any new file, and not as private as a temporary one: a web server is to read it.
        let anyone = Permissions::from_mode(0o666);
        let mut file = tempfile::Builder::new().prefix(".release-").permissions(anyone).tempfile_in(&self.directory)?;
        if let Ok(old) = fs::metadata(&self.path) {
            file.as_file().set_permissions(old.permissions())?;
        }
        file.write_all(page.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_a_file_whole_and_leaves_nothing_beside_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("index.html");
        let place = Place::new(&path).unwrap();
        place.write("one").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o600, 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let link = home.path().join("link.html");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        Place::new(&link).unwrap().write("two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(link.is_symlink());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(place.write("three").is_err());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_can_not_be_a_file_is_refused_beforehand() {
        let home = tempfile::tempdir().unwrap();
        for path in [home.path().to_owned(), home.path().join("none/x.html"), "/dev/null".into(), "/".into()] {
            assert_eq!(Place::new(&path).unwrap_err().exit, Exit::Usage, "{}", path.display());
        }
    }
}
