//! What git calls a commit.

use std::path::Path;

use git2::{ObjectType, Oid, Reference, Repository};

/// Which kind of ref says best what was deployed, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    AnnotatedTag,
    Tag,
    Branch,
    RemoteBranch,
}

/// The best short name for a commit: an annotated tag that is exactly on it, else a lightweight tag, a branch, or a
/// remote's branch; the first of several in order of name. `None` when there is no repository around `repo_dir`, when
/// it can't be read, or when it does not know the commit.
pub fn refs_of(repo_dir: &Path, commit: &str) -> Option<String> {
    named(repo_dir, commit).ok().flatten()
}

fn named(repo_dir: &Path, commit: &str) -> Result<Option<String>, git2::Error> {
    let repository = Repository::discover(repo_dir)?;
    let wanted = repository.find_commit(Oid::from_str(commit)?)?.id();
    let mut best: Option<(Rank, String)> = None;
    for reference in repository.references()? {
        let Some(candidate) = candidate(&reference?, wanted) else { continue };
        if best.as_ref().is_none_or(|best| candidate < *best) {
            best = Some(candidate);
        }
    }
    Ok(best.map(|(_, name)| name))
}

/// The ref's rank and short name, if it names the commit.
fn candidate(reference: &Reference<'_>, wanted: Oid) -> Option<(Rank, String)> {
    let rank = if reference.is_tag() {
        let target = reference.resolve().ok()?.target()?;
        if target == wanted { Rank::Tag } else { Rank::AnnotatedTag }
    } else if reference.is_branch() {
        Rank::Branch
    } else if reference.is_remote() && reference.symbolic_target_bytes().is_none() {
        // `origin/HEAD` is symbolic, and says less than the branch it leads to.
        Rank::RemoteBranch
    } else {
        return None;
    };
    let peeled = reference.peel(ObjectType::Commit).ok()?;
    let name = reference.shorthand().ok()?;
    (peeled.id() == wanted).then(|| (rank, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use git2::{Commit, Signature};

    use super::*;

    const REF: &str = "refs/heads/main";

    fn author() -> Signature<'static> {
        Signature::now("t", "t@example.org").unwrap()
    }

    /// A repository with one commit on `main`, and that commit's id.
    fn repository() -> (tempfile::TempDir, Repository, String) {
        let home = tempfile::tempdir().unwrap();
        let repository = Repository::init(home.path()).unwrap();
        repository.set_head(REF).unwrap();
        let id = commit(&repository, "one");
        (home, repository, id)
    }

    fn commit(repository: &Repository, message: &str) -> String {
        let tree = repository.treebuilder(None).unwrap().write().unwrap();
        let tree = repository.find_tree(tree).unwrap();
        let parent = repository.find_reference(REF).ok().map(|main| main.peel_to_commit().unwrap());
        let parents: Vec<&Commit<'_>> = parent.iter().collect();
        repository.commit(Some(REF), &author(), &author(), message, &tree, &parents).unwrap().to_string()
    }

    fn tag(repository: &Repository, name: &str, on: &str, annotated: bool) -> String {
        let object = repository.find_object(Oid::from_str(on).unwrap(), None).unwrap();
        let id = match annotated {
            true => repository.tag(name, &object, &author(), "about it", false),
            false => repository.tag_lightweight(name, &object, false),
        };
        id.unwrap().to_string()
    }

    #[test]
    fn prefers_annotated_tags_then_tags_then_branches() {
        let (home, repository, id) = repository();
        let name = || refs_of(home.path(), &id);
        assert_eq!(name().as_deref(), Some("main"));
        let object = repository.find_commit(Oid::from_str(&id).unwrap()).unwrap();
        repository.branch("a-branch", &object, false).unwrap();
        repository.reference("refs/remotes/origin/a", object.id(), false, "").unwrap();
        repository.reference("refs/notes/a", object.id(), false, "").unwrap();
        assert_eq!(name().as_deref(), Some("a-branch"));
        tag(&repository, "v2", &id, false);
        tag(&repository, "v1", &id, false);
        assert_eq!(name().as_deref(), Some("v1"));
        let annotated = tag(&repository, "v9", &id, true);
        assert_eq!(name().as_deref(), Some("v9"));
        tag(&repository, "v8-of-v9", &annotated, true);
        assert_eq!(name().as_deref(), Some("v8-of-v9"));
    }

    #[test]
    fn a_remote_branch_is_better_than_nothing() {
        let (home, repository, id) = repository();
        let other = commit(&repository, "two");
        assert_eq!(refs_of(home.path(), &id), None, "main has gone on");
        assert_eq!(refs_of(home.path(), &other).as_deref(), Some("main"));
        let oid = Oid::from_str(&id).unwrap();
        repository.reference("refs/remotes/origin/main", oid, false, "").unwrap();
        repository.reference_symbolic("refs/remotes/origin/HEAD", "refs/remotes/origin/main", false, "").unwrap();
        assert_eq!(refs_of(home.path(), &id).as_deref(), Some("origin/main"));
    }

    #[test]
    fn what_git_can_not_tell_is_none() {
        let (home, repository, id) = repository();
        for unknown in
            ["", "HEAD", "main", &id[..12], &"0".repeat(40), &"1".repeat(40), &"a".repeat(64), &"x".repeat(40)]
        {
            assert_eq!(refs_of(home.path(), unknown), None, "{unknown}");
        }
        let tree = repository.find_commit(Oid::from_str(&id).unwrap()).unwrap().tree_id().to_string();
        assert_eq!(refs_of(home.path(), &tree), None, "a tree is no commit");
        let elsewhere = tempfile::tempdir().unwrap();
        assert_eq!(refs_of(elsewhere.path(), &id), None);
        assert_eq!(refs_of(&elsewhere.path().join("missing"), &id), None);
    }

    #[test]
    fn finds_the_repository_from_below_and_survives_odd_refs() {
        let (home, repository, id) = repository();
        let below = home.path().join("dist/deep");
        fs::create_dir_all(&below).unwrap();
        let blob = repository.blob(b"x").unwrap().to_string();
        tag(&repository, "a-blob", &blob, true);
        tag(&repository, "a-light-blob", &blob, false);
        repository.reference_symbolic("refs/heads/a-dangling", "refs/heads/none", false, "").unwrap();
        assert_eq!(refs_of(&below, &id).as_deref(), Some("main"));
        fs::write(home.path().join(".git/refs/heads/a-broken"), "no id").unwrap();
        assert_eq!(refs_of(&below, &id).as_deref(), Some("main"));
        tag(&repository, "$(id)", &id, false);
        assert_eq!(refs_of(&below, &id).as_deref(), Some("$(id)"), "data, for others to escape");
    }

    #[test]
    fn runs_nothing_that_the_repository_names() {
        let (home, repository, id) = repository();
        let ran = home.path().join("ran");
        let script = format!("#!/bin/sh\ntouch {}\n", ran.display());
        let hook = home.path().join(".git/hooks/reference-transaction");
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs::write(&hook, &script).unwrap();
        let mode = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
        fs::set_permissions(&hook, mode).unwrap();
        let mut config = repository.config().unwrap();
        for key in ["core.fsmonitor", "core.pager", "core.sshCommand", "filter.x.smudge", "diff.external"] {
            config.set_str(key, hook.to_str().unwrap()).unwrap();
        }
        fs::write(home.path().join(".gitattributes"), "* filter=x\n").unwrap();
        assert_eq!(refs_of(home.path(), &id).as_deref(), Some("main"));
        assert!(!ran.exists());
    }
}
