//! An artifact from a commit: from git's objects alone, the same bytes on any machine.
//!
//! `checkout` and `trial` run the project's own tests on exactly that commit; `pack` reads the objects and writes the
//! tarball on all cores; [`crate::artifact::inspect`] judges what came of it as it will be judged before a deploy, and only
//! then it gets its name. Nothing of the repository's configuration is followed: no hook, filter, `export-subst` or
//! `export-ignore`.

mod checkout;
mod gzip;
mod include;
mod pack;
mod place;
mod select;
mod tarball;
mod trial;
mod walk;

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::artifact::{self, Artifact, Limits};
use crate::git::{FileKind, Tracked};
use crate::model::target::{ArtifactName, Build};
use crate::model::{Exit, Failure, Version};
use checkout::Checkout;
use pack::{Common, Entry, From};

pub use place::{Destination, Other};
pub use select::Selection;

/// What is built, and how.
#[derive(Debug)]
pub struct Request<'a> {
    /// The directory of the repository itself.
    pub git_dir: PathBuf,
    /// Where its files are, if they are those of the commit.
    pub work_tree: Option<PathBuf>,
    /// The commit's id.
    pub commit: String,
    /// The commit's time.
    pub time: i64,
    /// Its files.
    pub files: Vec<Tracked>,
    /// The version that it gets.
    pub version: Version,
    /// How the file is named.
    pub naming: &'a ArtifactName,
    /// What hosts.toml says of builds.
    pub build: &'a Build,
    /// The most bytes that it may unpack to.
    pub max_unpacked: u64,
}

/// What came of a build.
#[derive(Debug)]
pub struct Built {
    /// The artifact, at its place.
    pub artifact: Artifact,
    /// The very bytes were there before.
    pub was_there: bool,
    /// Sentences about what is no reason to refuse.
    pub warnings: Vec<String>,
    /// What holds it, when it is for now only.
    pub scratch: Option<tempfile::TempDir>,
}

/// Tests and builds. `output` gets what the tests print.
///
/// # Errors
/// The tests don't pass or leave changes, something is missing, or what was built would be refused by a deploy.
pub async fn build(request: Request<'_>, to: &Destination, output: &mut dyn FnMut(&[u8])) -> Result<Built, Failure> {
    let Request { build, version, naming, .. } = &request;
    let top = naming.top_directory(version);
    let wanted = Selection::new(&build.include)?;
    let mut checkout = None;
    let mut added = Vec::new();
    if let Some(test) = &build.test {
        let made = Checkout::make(&request.git_dir, &request.files, &top)?;
        trial::run(test, made.root(), version, &request.commit, output).await?;
        added = made.added()?;
        made.unchanged(&added, |path| wanted.has(path))?;
        checkout = Some(made);
    }
    let mut warnings = Vec::new();
    let sources = include::Sources {
        checkout: checkout.as_ref().map(|checkout| (checkout.root(), added.as_slice())),
        work_tree: request.work_tree.as_deref(),
        files: &request.files,
    };
    let included = include::entries(&build.include, &sources, &mut warnings)?;
    let entries = entries(&request.files, included, &Selection::new(&build.exclude)?)?;
    let place = to.prepare(&naming.file_name(version))?;
    let limits = Limits { max_unpacked: request.max_unpacked, ..Limits::default() };
    let making = Making {
        entries,
        top,
        path: place.path().to_owned(),
        commit: request.commit.clone(),
        time: request.time,
        git_dir: request.git_dir.clone(),
    };
    let artifact = elsewhere(making, (*naming).clone(), limits).await?;
    let (artifact, was_there, scratch) = place.keep(artifact, naming, &limits)?;
    Ok(Built { artifact, was_there, warnings, scratch })
}

/// The artifact that is to be written.
struct Making {
    entries: Vec<Entry>,
    top: String,
    path: PathBuf,
    commit: String,
    time: i64,
    git_dir: PathBuf,
}

impl Making {
    fn write(&self, stop: &AtomicBool) -> Result<(), Failure> {
        let wrong = |error: std::io::Error| {
            Failure::new(Exit::Failed, self.path.display().to_string(), "can't be written").why(error.to_string())
        };
        let Self { top, commit, time, git_dir, .. } = self;
        let common = Common { top, commit, time: *time, git_dir };
        let mut file = BufWriter::new(std::fs::File::create(&self.path).map_err(wrong)?);
        pack::pack(&self.entries, common, stop, &mut file)?;
        file.flush().and_then(|()| file.get_ref().sync_all()).map_err(wrong)
    }
}

/// Writes and judges it on a thread of its own: this one has to hear of Ctrl-C.
async fn elsewhere(making: Making, naming: ArtifactName, limits: Limits) -> Result<Artifact, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let _stopped_when_dropped = Stop(stop.clone());
    let made = tokio::task::spawn_blocking(move || {
        making.write(&stop)?;
        artifact::inspect(&making.path, &naming, &limits)
    });
    made.await.map_err(|error| Failure::new(Exit::Failed, "the artifact", "can't be built").why(error.to_string()))?
}

struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What goes into the artifact, in order, with its directories.
fn entries(files: &[Tracked], included: Vec<Entry>, left_out: &Selection) -> Result<Vec<Entry>, Failure> {
    let mut all: Vec<Entry> = Vec::with_capacity(files.len());
    for file in files.iter().filter(|file| !left_out.has(&file.path)) {
        match file.kind {
            FileKind::Submodule => return Err(pack::submodule(&file.path)),
            FileKind::Unnamed => return Err(pack::unnamed(&file.path)),
            FileKind::Plain | FileKind::Program | FileKind::Link => {}
        }
        all.push(Entry { path: file.path.clone(), from: From::Git(file.clone()) });
    }
    all.extend(included.into_iter().filter(|entry| !left_out.has(&entry.path)));
    if all.is_empty() {
        return Err(Failure::refused("the artifact", "would hold no file").hint("look at [build] exclude"));
    }
    let mut directories: Vec<String> = all.iter().flat_map(|entry| above(&entry.path)).map(str::to_owned).collect();
    directories.sort();
    directories.dedup();
    all.extend(directories.into_iter().map(|path| Entry { path, from: From::Directory }));
    all.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(all)
}

fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(move |(end, _)| &path[..end])
}

/// What `[build] include` names.
///
/// # Errors
/// Something in it is no pattern.
pub fn included(build: &Build) -> Result<Selection, Failure> {
    Selection::new(&build.include)
}

/// Where artifacts are kept: `dist/`, next to hosts.toml.
pub fn dist(config: &Path) -> PathBuf {
    config.parent().unwrap_or(Path::new(".")).join("dist")
}
