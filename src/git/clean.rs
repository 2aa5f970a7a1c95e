//! Whether the work tree is what HEAD says.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use git2::{IndexEntry, IndexEntryExtendedFlag, IndexEntryFlag, Repository, Status, StatusEntry, StatusOptions};

use super::filtered::Filtered;
use super::repository::unreadable;
use crate::model::Failure;

/// How many paths a refusal names.
const NAMED: usize = 10;

/// Refuses a work tree or index that differs from `HEAD`. A file that is neither tracked nor ignored counts too (it may be
/// one that was forgotten), unless `ours` says that it is the tool's own; its path is from the top of the repository.
///
/// # Errors
/// It is not clean, or can't be read.
pub fn clean(repository: &Repository, ours: impl Fn(&Path) -> bool) -> Result<(), Failure> {
    if repository.is_bare() {
        return Ok(());
    }
    let mut options = StatusOptions::new();
    options.include_untracked(true).recurse_untracked_dirs(true).update_index(false);
    let changed = see_what_is_there(repository).map_err(|error| unreadable("the index", &error))?;
    // What was changed in memory would be read again.
    options.no_refresh(changed);
    let unseen = unseen(repository);
    let statuses = repository.statuses(Some(&mut options)).map_err(|error| unreadable("the work tree", &error))?;
    let (mut lines, mut unknown) = (Vec::new(), false);
    for entry in statuses.iter() {
        let path = String::from_utf8_lossy(entry.path_bytes()).into_owned();
        match kind(entry.status()) {
            Some("new") if ours(Path::new(&path)) => {}
            Some("deleted")
                if !entry.status().contains(Status::INDEX_DELETED) && unseen.contains(entry.path_bytes()) => {}
            Some(kind) => match filtered(repository, &entry) {
                Filtered::No => lines.push(format!("{kind:<9} {path}")),
                Filtered::Unchanged => {}
                Filtered::By(by) => {
                    unknown = true;
                    lines.push(format!("{kind:<9} {path} (it seems; {by} stands before it)"));
                }
            },
            None => {}
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    let count = lines.len();
    if count > NAMED {
        lines.truncate(NAMED);
        lines.push(format!("and {} more", count - NAMED));
    }
    let paths = if count == 1 { "1 path".to_owned() } else { format!("{count} paths") };
    let failure = Failure::refused("HEAD", format!("the work tree is not clean: {paths}")).detail(lines.join("\n"));
    Err(if unknown {
        failure
            .why("what is deployed must be what a commit says, and no program of git's configuration is run to compare")
            .hint("git status: it runs them, and notes what is unchanged; or name a tag, branch or commit to build")
    } else {
        failure
            .why("what is deployed must be what a commit says")
            .hint("git commit or git stash; or name a tag, branch or commit to build")
    })
}

/// A sparse checkout leaves files out, and says so in the index. git looks at such a file all the same where it is there (since 2.36, unless
/// `sparse.expectFilesOutsideOfPatterns`), libgit2 does not: in memory they are files like others. Were there such files?
fn see_what_is_there(repository: &Repository) -> Result<bool, git2::Error> {
    let settings = repository.config()?;
    let is_set = |name: &str| settings.get_bool(name).unwrap_or(false);
    let Some(top) = repository.workdir() else { return Ok(false) };
    if !is_set("core.sparseCheckout") || is_set("sparse.expectFilesOutsideOfPatterns") {
        return Ok(false);
    }
    let mut index = repository.index()?;
    index.read(false)?;
    let is_there = |entry: &IndexEntry| top.join(OsStr::from_bytes(&entry.path)).symlink_metadata().is_ok();
    let mut seen: Vec<IndexEntry> = index.iter().filter(|entry| is_left_out(entry) && is_there(entry)).collect();
    for entry in &mut seen {
        entry.flags_extended &= !IndexEntryExtendedFlag::SKIP_WORKTREE.bits();
        index.add(entry)?;
    }
    Ok(!seen.is_empty())
}

fn is_left_out(entry: &IndexEntry) -> bool {
    IndexEntryExtendedFlag::from_bits_truncate(entry.flags_extended).is_skip_worktree()
}

/// What stands before a file that only its contents make modified.
fn filtered(repository: &Repository, entry: &StatusEntry<'_>) -> Filtered {
    if entry.status() != Status::WT_MODIFIED {
        return Filtered::No;
    }
    Filtered::of(repository, Path::new(OsStr::from_bytes(entry.path_bytes())))
}

/// The paths whose files git does not look at: those that a sparse checkout leaves out (`skip-worktree`), and those that somebody
/// told it to take as unchanged. libgit2 takes such a file for deleted where it is not there; git does not.
fn unseen(repository: &Repository) -> HashSet<Vec<u8>> {
    let Ok(index) = repository.index() else { return HashSet::new() };
    let is_unseen =
        |entry: &IndexEntry| IndexEntryFlag::from_bits_truncate(entry.flags).is_valid() || is_left_out(entry);
    index.iter().filter(is_unseen).map(|entry| entry.path).collect()
}

/// The word for how a path differs; `None` when it does not.
fn kind(status: Status) -> Option<&'static str> {
    let any = |flags: Status| status.intersects(flags);
    if any(Status::CONFLICTED) {
        Some("conflict")
    } else if any(Status::INDEX_NEW) {
        Some("added")
    } else if any(Status::INDEX_DELETED | Status::WT_DELETED) {
        Some("deleted")
    } else if any(Status::INDEX_MODIFIED | Status::INDEX_TYPECHANGE | Status::INDEX_RENAMED)
        || any(Status::WT_MODIFIED | Status::WT_TYPECHANGE | Status::WT_RENAMED | Status::WT_UNREADABLE)
    {
        Some("modified")
    } else if any(Status::WT_NEW) {
        Some("new")
    } else {
        None
    }
}
