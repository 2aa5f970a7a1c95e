//! The artifact that a command is about: a file, a version, or what is built from git.

use std::path::{Path, PathBuf};

use super::Context;
use super::cut::version_held;
use crate::artifact::{self, Artifact, Limits};
use crate::build::{self, Built, Destination, Other, Request};
use crate::config::Config;
use crate::git::{self, Repository, Revision};
use crate::model::notes::short;
use crate::model::target::{Address, ArtifactName, Build, Target};
use crate::model::{Failure, Version};
use crate::ui;

/// What becomes of an artifact that has to be built first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builds {
    /// It is kept in `dist/`.
    Kept,
    /// It goes away with the plan that it was made for.
    ForNow,
}

/// An artifact, inspected.
pub struct Found {
    /// What it is.
    pub artifact: Artifact,
    /// The tag that it was built from, if that was named.
    pub tag: Option<String>,
    /// What holds it, when it is for now only.
    pub scratch: Option<tempfile::TempDir>,
}

/// How something is built: what hosts.toml says, for a target or without one.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// How artifacts are named.
    pub naming: &'a ArtifactName,
    /// `[build]`
    pub build: &'a Build,
    /// The most bytes that one may unpack to.
    pub max_unpacked: u64,
}

impl<'a> Wanted<'a> {
    /// As a target says it.
    pub fn of(target: &'a Target) -> Self {
        Self { naming: &target.artifact, build: &target.build, max_unpacked: target.max_unpacked }
    }
}

/// A path as it is; a version as its tarball in `dist/`, next to hosts.toml, else built from its tag; nothing as what HEAD
/// gives.
pub async fn find(
    context: &Context,
    config: &Config,
    target: &Target,
    word: Option<&str>,
    builds: Builds,
) -> Result<Found, Failure> {
    let limits = Limits { max_unpacked: target.max_unpacked, ..Limits::default() };
    let inspected = |path: &Path| {
        let artifact = artifact::inspect(path, &target.artifact, &limits)?;
        Ok(Found { artifact, tag: None, scratch: None })
    };
    let dist = build::dist(&context.directory.join(&config.path));
    let mut missing = None;
    if let Some(word) = word {
        let path = context.directory.join(word);
        let looks_like_path = word.ends_with(&target.artifact.suffix) || path.exists();
        if looks_like_path {
            return inspected(&path);
        }
        missing = Some(match word.parse::<Version>() {
            Ok(version) => {
                let in_dist = dist.join(target.artifact.file_name(&version));
                if in_dist.is_file() {
                    let mut found = inspected(&in_dist)?;
                    of_its_tag(context, config, target, word, &mut found)?;
                    return Ok(found);
                }
                Failure::usage("", format!("there is no {}", in_dist.display()))
            }
            Err(_) if word.contains('/') && Project::open(context, config).is_err() => return inspected(&path),
            Err(error) => {
                Failure::usage("", format!("{word:?} is neither a file nor a version")).why(error.to_string())
            }
        });
    }
    let project = Project::open(context, config);
    let revision = project.as_ref().map_err(Clone::clone).and_then(|project| project.resolve(word));
    let (project, revision) = match (project, revision, missing) {
        (Ok(project), Ok(revision), _) => (project, revision),
        (_, Err(failure), Some(missing)) if failure.exit == crate::model::Exit::Usage => {
            return Err(missing.why(format!("and to build it from git: {}", failure.what)).hint(format!(
                "release {} PATH/{}, or git fetch --tags",
                target.name,
                target.artifact.file_name(&example())
            )));
        }
        (Err(failure), _, _) | (_, Err(failure), _) => return Err(failure),
    };
    let to = match builds {
        Builds::Kept => Destination::Kept(dist, Other::Stays),
        Builds::ForNow => Destination::Scratch(dist),
    };
    let mut built = project.build(Wanted::of(target), &revision, None, &to).await?;
    built.artifact.warnings.append(&mut built.warnings);
    Ok(Found { artifact: built.artifact, tag: revision.tag, scratch: built.scratch })
}

/// Refuses a tarball of `dist/` that is of another commit than the version's tag: the tag was moved, or the tarball is older than
/// it. Which of them is meant is not ours to guess. Where there is no repository or no such tag, the tarball is all there is.
fn of_its_tag(
    context: &Context,
    config: &Config,
    target: &Target,
    word: &str,
    found: &mut Found,
) -> Result<(), Failure> {
    let Ok(project) = Project::open(context, config) else { return Ok(()) };
    let Ok(Some(revision)) = git::tag_of(&project.repository, word) else { return Ok(()) };
    let (tag, commit) = (revision.tag.clone().unwrap_or_default(), revision.commit());
    let place = found.artifact.path.display().to_string();
    match &found.artifact.commit {
        Some(built) if *built != commit => Err(Failure::refused(
            &place,
            format!("is of another commit than tag {tag}"),
        )
        .why(format!("it was built from {}, the tag is on {}", short(built), short(&commit)))
        .hint(format!(
            "release build {tag} --force, for the tag's commit; or for the tarball as it is: release {} {place}",
            target.name
        ))),
        Some(_) => {
            found.artifact.warnings.extend(revision.warning);
            found.tag = Some(tag);
            Ok(())
        }
        None => {
            let text = format!("{place} does not say of which commit it is; tag {tag} is on {}", short(&commit));
            found.artifact.warnings.push(text);
            Ok(())
        }
    }
}

fn example() -> Version {
    // A literal that always parses; nothing depends on it.
    "1.0".parse().unwrap_or_else(|_| unreachable!())
}

/// The repository that artifacts are built from, and what in it is the tool's own.
pub struct Project {
    /// The repository.
    pub repository: Repository,
    ui: ui::Settings,
    ours: Vec<PathBuf>,
    artifacts: Vec<ArtifactName>,
}

impl Project {
    /// The repository around hosts.toml; where `--config` names a file elsewhere, the one around the current directory.
    ///
    /// # Errors
    /// There is none, or it is another user's.
    pub fn open(context: &Context, config: &Config) -> Result<Self, Failure> {
        let file = context.directory.join(&config.path);
        let beside = file.parent().unwrap_or(&context.directory);
        let repository = match context.global.config {
            Some(_) => git::open(&context.directory).or_else(|_| git::open(beside)),
            None => git::open(beside),
        }?;
        let mut ours = vec![file.clone(), build::dist(&file)];
        for target in &config.targets {
            ours.extend(target.ssh.config.clone());
            ours.extend(target.hosts.iter().filter_map(|host| match &host.address {
                Address::Local { base } => base.clone(),
                Address::Ssh { .. } => None,
            }));
        }
        let ours = ours.into_iter().map(|path| path.canonicalize().unwrap_or(path)).collect();
        let mut artifacts: Vec<_> = config.targets.iter().map(|target| target.artifact.clone()).collect();
        artifacts.push(config.artifact.clone());
        Ok(Self { repository, ui: context.ui.clone(), ours, artifacts })
    }

    /// The commit that a word means.
    ///
    /// # Errors
    /// It means none.
    pub fn resolve(&self, word: Option<&str>) -> Result<Revision, Failure> {
        git::resolve(&self.repository, word)
    }

    /// Refuses a work tree that is not what HEAD says.
    ///
    /// # Errors
    /// It is not clean.
    pub fn clean(&self, build: &Build) -> Result<(), Failure> {
        let included = build::included(build)?;
        let work_tree = self.repository.workdir().map(Path::to_owned).unwrap_or_default();
        git::clean(&self.repository, |path| {
            let full = work_tree.join(path);
            let is_artifact = |naming| artifact::version_from_name(path, naming).is_ok();
            path.to_str().is_some_and(|path| included.has(path))
                || self.ours.iter().any(|own| full.starts_with(own))
                || self.artifacts.iter().any(is_artifact)
        })
    }

    /// That a file of the commit which holds the version, as `[build] version_files` has it, holds another one than its tag.
    fn other_version(&self, build: &Build, revision: &Revision, version: &Version) -> Option<String> {
        let tagged = revision.tag.is_some() || git::is_tagged(&self.repository, revision);
        build.version_files.iter().filter(|_| tagged).find_map(|file| {
            let text = git::text_of(&self.repository, revision, &file.path)?;
            let held = version_held(&text, file).filter(|held| held != version.as_str())?;
            Some(format!("{} of this commit says {held}, its tag {version}", file.path))
        })
    }

    /// Tests and builds a commit, as this version or as the one that its tags say.
    ///
    /// # Errors
    /// It is HEAD and not clean, the tests don't pass, or it can't be built.
    pub async fn build(
        &self,
        wanted: Wanted<'_>,
        revision: &Revision,
        version: Option<Version>,
        to: &Destination,
    ) -> Result<Built, Failure> {
        if revision.is_head {
            self.clean(wanted.build)?;
        }
        let named = version.clone();
        let version = version.map_or_else(|| git::version_of(&self.repository, revision), Ok)?;
        let head = git::resolve(&self.repository, None).ok();
        let is_head = head.is_some_and(|head| head.commit() == revision.commit());
        let request = Request {
            git_dir: self.repository.path().to_owned(),
            work_tree: self.repository.workdir().filter(|_| is_head).map(Path::to_owned),
            commit: revision.commit(),
            time: revision.time,
            files: git::files(&self.repository, revision)?,
            version,
            naming: wanted.naming,
            build: wanted.build,
            max_unpacked: wanted.max_unpacked,
        };
        let settings = &self.ui;
        if let Some(test) = &wanted.build.test {
            ui::say(settings, &format!("test {} of {}: {test}", request.version, &request.commit[..12]));
        }
        let mut shown = ui::Output::new(settings);
        let mut built = build::build(request, to, &mut |bytes| shown.feed(bytes)).await?;
        built.warnings.extend(revision.warning.clone());
        if named.is_none() {
            built.warnings.extend(git::choice(&self.repository, revision));
            built.warnings.extend(self.other_version(wanted.build, revision, &built.artifact.version));
        }
        Ok(built)
    }
}
