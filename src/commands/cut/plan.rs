//! What a cut will do, and what of it is done already: read from the repository, nothing changed.

use std::path::{Path, PathBuf};

use super::version_files::{Edit, edits};
use crate::cli;
use crate::commands::find::Project;
use crate::config::Config;
use crate::git::{self, Branch, Revision, VersionTag};
use crate::model::sequence::{self, NoNext, Part};
use crate::model::{Failure, Target, Version};

/// A cut to be.
pub struct Cut<'a> {
    /// Where it is deployed to.
    pub target: &'a Target,
    /// What HEAD is now.
    pub head: Revision,
    /// The branch that it is on.
    pub branch: Branch,
    /// The files of the repository.
    pub work_tree: PathBuf,
    /// The tag of the version that it comes after.
    pub after: Option<VersionTag>,
    /// The version.
    pub version: Version,
    /// The tag's name: with a `v` where the last one has it.
    pub tag: String,
    /// The tag is there, on HEAD.
    pub is_tagged: bool,
    /// What has to be written first.
    pub edits: Vec<Edit>,
    /// Where it is pushed to; `None`: it is not.
    pub remote: Option<String>,
}

impl<'a> Cut<'a> {
    /// Reads everything and refuses what can be known to go wrong.
    ///
    /// # Errors
    /// There is no such version, the work tree is not clean, or there is nowhere to push to.
    pub fn plan(args: &cli::Cut, config: &'a Config, project: &Project) -> Result<Self, Failure> {
        let repository = &project.repository;
        let target = match &args.target {
            Some(name) => config.target(name)?,
            None => config.default_target().map_err(|failure| {
                // Its one argument is the version.
                if config.targets.len() < 2 {
                    failure
                } else {
                    failure.hint("name it with --target, or write default = \"NAME\" at the top of the file")
                }
            })?,
        };
        let work_tree = repository.workdir().map(Path::to_owned).ok_or_else(|| {
            Failure::usage(repository.path().display().to_string(), "is a bare repository")
                .why("a version is cut where it is committed")
                .hint("git worktree add, or a clone")
        })?;
        let head = git::resolve(repository, None)?;
        let branch = Branch::current(repository)?;
        project.clean(&target.build)?;
        if repository.is_shallow() {
            return Err(Failure::refused("HEAD", "this clone is shallow")
                .why("the version before may lie behind its end")
                .hint("git fetch --unshallow --tags"));
        }
        let latest = git::nearest(repository, &head)?;
        let version = version(args, latest.as_ref(), &head)?;
        let (tag, is_tagged) = tag(args, &git::version_tags(repository)?, latest.as_ref(), &version, &head)?;
        let edits = edits(&work_tree, &target.build.version_files, &version)?;
        tracked(repository, &head, target)?;
        let remote = if args.no_push { None } else { Some(remote(args, &branch, &git::remotes(repository))?) };
        let after = latest.map(|(tag, _)| tag).filter(|after| after.version != version);
        Ok(Self { target, head, branch, work_tree, after, version, tag, is_tagged, edits, remote })
    }

    /// What is pushed: the branch under the name that it has there, and the tag.
    pub fn refs(&self) -> [String; 2] {
        [self.branch_ref(), format!("refs/tags/{}", self.tag)]
    }

    /// The branch, as `git push` takes it.
    pub fn branch_ref(&self) -> String {
        let there = match (&self.branch.upstream, &self.remote) {
            (Some((remote, there)), Some(to)) if remote == to => there,
            _ => &self.branch.name,
        };
        format!("refs/heads/{}:refs/heads/{there}", self.branch.name)
    }

    /// The steps, each with what it will do.
    pub fn steps(&self) -> Vec<(&'static str, String)> {
        let mut steps = Vec::new();
        let version = &self.version;
        if !self.target.build.version_files.is_empty() {
            let edits: Vec<String> = self.edits.iter().map(|edit| format!("{} {}", edit.path, edit.old)).collect();
            steps.push((
                "version",
                match edits.is_empty() {
                    true => format!("done: the files hold {version}"),
                    false => format!("{} becomes {version}, committed on {}", edits.join(", "), self.branch.name),
                },
            ));
        }
        if let Some(test) = &self.target.build.test {
            steps.push(("test", format!("{test}, in a clean checkout")));
        }
        let hosts: Vec<&str> = self.target.hosts.iter().map(|host| host.name.as_str()).collect();
        steps.push(("build", format!("dist/{}", self.target.artifact.file_name(version))));
        steps.push(("deploy", format!("to {} ({}), until it is healthy", self.target.name, hosts.join(", "))));
        steps.push((
            "tag",
            match self.is_tagged {
                true => format!("done: {} is on HEAD", self.tag),
                false => format!("{}, annotated", self.tag),
            },
        ));
        if let Some(remote) = &self.remote {
            steps.push(("push", format!("{} and {} to {remote}", self.branch.name, self.tag)));
        }
        steps
    }
}

fn version(args: &cli::Cut, latest: Option<&(VersionTag, usize)>, head: &Revision) -> Result<Version, Failure> {
    if let Some(version) = &args.version {
        let version = plain(version);
        return match latest {
            Some((tag, _)) if sequence::compare(&version, &tag.version).is_lt() => {
                Err(Failure::usage("", format!("{version} comes before {}, which is the latest", tag.version))
                    .hint(format!("if that is meant: git tag -a {version}, then release TARGET {version}")))
            }
            _ => Ok(version),
        };
    }
    let Some((tag, since)) = latest else {
        return Err(Failure::usage("", "there is no version's tag in the history of HEAD")
            .why("the next version is counted from the last one")
            .hint("release cut 0.001"));
    };
    if *since == 0 {
        return Err(Failure::refused("HEAD", format!("nothing was committed since {}", tag.version))
            .why(format!("tag {} is on {}", tag.name, &head.commit()[..12]))
            .hint(format!("release cut {} goes on with that one", tag.version)));
    }
    let part = match (args.major, args.minor) {
        (true, _) => Part::Major,
        (_, true) => Part::Minor,
        _ => Part::Last,
    };
    sequence::next(&tag.version, part).map_err(|error| {
        let hint = match &error {
            NoNext::Unclear(_, whole, _) => format!("say which: release cut {whole}"),
            NoNext::NoNumber(_) => "say which: release cut VERSION".to_owned(),
        };
        Failure::usage("", error.to_string()).hint(hint)
    })
}

/// `v0.941` means the version `0.941`, as it does in a tag.
fn plain(version: &Version) -> Version {
    git::version_in(version.as_str()).unwrap_or_else(|| version.clone())
}

/// The tag's name, and whether it is there, on HEAD.
fn tag(
    args: &cli::Cut,
    tags: &[VersionTag],
    latest: Option<&(VersionTag, usize)>,
    version: &Version,
    head: &Revision,
) -> Result<(String, bool), Failure> {
    if let Some(tag) = tags.iter().find(|tag| tag.version == *version) {
        if tag.commit() == head.commit() {
            return Ok((tag.name.clone(), true));
        }
        return Err(Failure::refused(
            &tag.name,
            format!("is there already, on another commit: {}", &tag.commit()[..12]),
        )
        .why(format!("HEAD is {}", &head.commit()[..12]))
        .hint("release cut with a version that is not taken"));
    }
    let asked = args.version.as_ref().map(|asked| asked.as_str().starts_with('v'));
    let has_v = match (asked, latest) {
        (Some(true), _) => true,
        (_, Some((tag, _))) => tag.name.starts_with('v'),
        _ => false,
    };
    Ok((format!("{}{version}", if has_v { "v" } else { "" }), false))
}

/// A version file that git does not track could not be committed.
fn tracked(repository: &git::Repository, head: &Revision, target: &Target) -> Result<(), Failure> {
    let wanted = &target.build.version_files;
    if wanted.is_empty() {
        return Ok(());
    }
    let files = git::files(repository, head)?;
    match wanted.iter().find(|wanted| !files.iter().any(|file| file.path == wanted.path)) {
        Some(missing) => Err(Failure::refused(format!("{:?}", missing.path), "is not tracked by git")
            .why("[build] version_files names it")
            .hint(format!("git add {}", missing.path))),
        None => Ok(()),
    }
}

fn remote(args: &cli::Cut, branch: &Branch, remotes: &[String]) -> Result<String, Failure> {
    let known = |name: &str| remotes.iter().any(|remote| remote == name);
    let list = || format!("remotes: {}", if remotes.is_empty() { "none".to_owned() } else { remotes.join(", ") });
    if let Some(name) = &args.remote {
        let unknown = || Failure::usage("", format!("there is no remote {name:?}")).why(list()).hint("git remote -v");
        return if known(name) { Ok(name.clone()) } else { Err(unknown()) };
    }
    let own = branch.upstream.as_ref().map(|(remote, _)| remote.as_str()).filter(|name| known(name));
    let only = || match remotes {
        [only] => Some(only.as_str()),
        _ => None,
    };
    let found = own.or_else(|| Some("origin").filter(|name| known(name))).or_else(only);
    found.map(str::to_owned).ok_or_else(|| {
        Failure::usage("", "where is it pushed to?").why(list()).hint("--remote NAME, or --no-push to keep it here")
    })
}
