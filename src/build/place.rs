//! Where an artifact goes, and that nothing is lost there.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::artifact::{self, Artifact, Limits};
use crate::model::target::ArtifactName;
use crate::model::{Exit, Failure};

/// What becomes of another artifact that has the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Other {
    /// It stays, and the build is refused.
    Stays,
    /// It is replaced.
    Goes,
}

/// Where an artifact goes.
#[derive(Debug, Clone)]
pub enum Destination {
    /// Into this directory.
    Kept(PathBuf, Other),
    /// Nowhere: it is for a plan, of a build that would go into this directory.
    Scratch(PathBuf),
}

impl Destination {
    /// A place to write it first, where nobody takes it for the artifact.
    ///
    /// # Errors
    /// Nothing can be written there.
    pub(super) fn prepare(&self, name: &str) -> Result<Place<'_>, Failure> {
        let made = match self {
            Self::Kept(dir, _) => fs::create_dir_all(dir)
                .and_then(|()| tempfile::Builder::new().prefix(".release-build-").tempdir_in(dir)),
            Self::Scratch(_) => tempfile::Builder::new().prefix("release-build-").tempdir(),
        };
        let scratch = made.map_err(|error| unwritten(self.dir(), &error))?;
        Ok(Place { path: scratch.path().join(name), scratch, to: self })
    }

    fn dir(&self) -> &Path {
        match self {
            Self::Kept(dir, _) | Self::Scratch(dir) => dir,
        }
    }
}

/// A file that is being made.
pub(super) struct Place<'a> {
    path: PathBuf,
    scratch: TempDir,
    to: &'a Destination,
}

impl Place<'_> {
    /// Where it is made.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it where it belongs, and says whether these bytes were there before. What has the name and other bytes stays,
    /// unless it was said to go.
    ///
    /// # Errors
    /// There is another one, or it can't be put there.
    pub fn keep(
        self,
        mut built: Artifact,
        naming: &ArtifactName,
        limits: &Limits,
    ) -> Result<(Artifact, bool, Option<TempDir>), Failure> {
        let name = naming.file_name(&built.version);
        let there = self.to.dir().join(&name);
        if fs::symlink_metadata(&there).is_ok() {
            let old = artifact::inspect(&there, naming, limits);
            if let Ok(old) = &old
                && old.digest == built.digest
            {
                return Ok((old.clone(), true, None));
            }
            if !matches!(self.to, Destination::Kept(_, Other::Goes)) {
                return Err(other(&there, &built, old.ok().as_ref()));
            }
        }
        let Destination::Kept(dir, _) = self.to else { return Ok((built, false, Some(self.scratch))) };
        // Rename keeps inode and time, so the artifact is still the file that was inspected.
        fs::rename(&self.path, &there).map_err(|error| unwritten(&there, &error))?;
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| unwritten(dir, &error))?;
        built.path = there;
        Ok((built, false, None))
    }
}

fn other(there: &Path, built: &Artifact, old: Option<&Artifact>) -> Failure {
    let of = |artifact: &Artifact| match &artifact.commit {
        Some(commit) => format!("commit {}, sha256 {}", &commit[..12], artifact.digest.short()),
        None => format!("no commit named, sha256 {}", artifact.digest.short()),
    };
    let old = old.map_or_else(|| "it is no good artifact".to_owned(), of);
    Failure::refused(there.display().to_string(), "is there already, with other bytes")
        .why(format!("there: {old}; built: {}", of(built)))
        .hint(format!("deploy the one that is there by its version, {}; or release build --force", built.version))
}

fn unwritten(place: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, place.display().to_string(), "can't be written").why(error.to_string())
}
