//! `git = { branch = "production" }`: the branch that follows what was promoted, with real repositories.

use std::fs;

use super::Pair;
use crate::support::{Run, mode};

const FOLLOWS: &str = "git = { branch = \"production\" }";

impl Pair {
    /// A repository with a remote, its first version live on `view`.
    fn with_git(prod: &str) -> Self {
        let pair = Self::new(prod);
        let git = |args: &[&str]| pair.git(args).ok();
        git(&["init", "-q", "-b", "main"]);
        git(&["init", "-q", "--bare", "../remote.git"]);
        git(&["remote", "add", "origin", "../remote.git"]);
        pair.commit("1.0");
        pair
    }

    fn git(&self, args: &[&str]) -> Run {
        let mut git = self.world.command("git");
        git.args(["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "advice.detachedHead=false"]).args(args);
        Run::of(git)
    }

    /// Commits and pushes a version, builds it as `git archive` does, and deploys it to `view`.
    fn commit(&self, version: &str) -> String {
        self.world.write("VERSION", version);
        self.git(&["add", "VERSION"]).ok();
        self.git(&["commit", "-q", "-m", version]).ok();
        self.git(&["push", "-q", "origin", "HEAD"]).ok();
        fs::create_dir_all(self.world.project().join("dist")).unwrap();
        let prefix = format!("--prefix=app-{version}/");
        self.git(&["archive", "--format=tar.gz", &prefix, "-o", self.dist(version).to_str().unwrap(), "HEAD"]).ok();
        self.release(&["view", version]).expect(0);
        self.git(&["rev-parse", "HEAD"]).ok()
    }

    /// What the remote's branch names.
    fn production(&self) -> Option<String> {
        let run = self.git(&["--git-dir", "../remote.git", "rev-parse", "-q", "--verify", "refs/heads/production"]);
        (run.code == 0).then(|| run.ok())
    }

    fn hook(&self, at: &str, text: &str) {
        let path = self.world.project().join(at);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        mode(&path, 0o755);
    }
}

#[test]
fn it_is_made_and_fast_forwarded() {
    let pair = Pair::with_git(FOLLOWS);
    let plan = pair.promote(&["--dry-run"]).expect(0).stdout;
    let first = pair.git(&["rev-parse", "HEAD"]).ok();
    assert!(plan.contains(&format!("Then: fast-forward `production` on origin to {}", &first[..12])), "{plan}");
    assert_eq!(pair.production(), None, "a plan pushes nothing");
    let run = pair.promote(&[]).expect(0);
    assert!(run.stderr.contains("done: fast-forward `production` on origin"), "{}", run.stderr);
    assert_eq!(pair.production(), Some(first));
    let second = pair.commit("1.1");
    pair.promote(&["--json"]).expect(0).json_lines();
    assert_eq!((pair.production(), pair.live().as_deref()), (Some(second), Some("1.1")));
    assert_eq!(pair.record()["commit"].as_str(), pair.production().as_deref());
}

#[test]
fn what_would_be_no_fast_forward_is_refused_beforehand() {
    let pair = Pair::with_git(FOLLOWS);
    pair.promote(&[]).expect(0);
    // Somebody has put a hot fix there.
    pair.git(&["checkout", "-q", "-b", "fix"]).ok();
    pair.git(&["commit", "-q", "--allow-empty", "-m", "hot fix"]).ok();
    pair.git(&["push", "-q", "origin", "HEAD:production"]).ok();
    let fixed = pair.production();
    pair.git(&["checkout", "-q", "main"]).ok();
    pair.commit("1.1");
    let before = pair.world.host("h3").state();
    for known in [true, false] {
        if !known {
            // Nobody here knows what stands there.
            pair.git(&["update-ref", "-d", "refs/remotes/origin/production"]).ok();
            pair.git(&["branch", "-q", "-D", "fix"]).ok();
            pair.git(&["-c", "gc.reflogExpire=now", "reflog", "expire", "--expire=now", "--all"]).ok();
            pair.git(&["gc", "-q", "--prune=now"]).ok();
        }
        let run = pair.promote(&[]).expect(3);
        let words = [
            "origin: `production` can't be fast-forwarded to ",
            "[rejected]",
            "nothing was changed",
            "hint: git fetch origin && git log --oneline origin/production --not ",
        ];
        words.iter().for_each(|word| assert!(run.stderr.contains(word), "{word:?}: {}", run.stderr));
        before.assert_same(&pair.world.host("h3").state());
    }
    assert_eq!(pair.production(), fixed);
    // Merged, it is one.
    pair.git(&["fetch", "-q"]).ok();
    pair.git(&["merge", "-q", "-m", "merge", "origin/production"]).ok();
    let merged = pair.commit("1.2");
    pair.promote(&[]).expect(0);
    assert_eq!(pair.production(), Some(merged));
}

#[test]
fn a_push_that_fails_leaves_the_promotion_done_and_is_told_and_made_good() {
    let pair = Pair::with_git(FOLLOWS);
    pair.hook("../remote.git/hooks/pre-receive", "echo frozen today; exit 1");
    let run = pair.promote(&[]).expect(0);
    let first = pair.git(&["rev-parse", "HEAD"]).ok();
    for word in [
        "warning: the promotion is done, and its branch did not follow: [remote rejected]",
        "frozen today",
        &format!("git push origin {first}:refs/heads/production"),
    ] {
        assert!(run.stderr.contains(word), "{word:?}: {}", run.stderr);
    }
    assert_eq!((pair.live().as_deref(), pair.production()), (Some("1.0"), None));
    assert_eq!(pair.record()["outcome"], "committed");
    fs::remove_file(pair.world.project().join("../remote.git/hooks/pre-receive")).unwrap();
    // Said again, it is made good.
    let run = pair.promote(&[]).expect(0);
    assert!(run.stderr.contains("nothing to do") && run.stderr.contains("done: fast-forward"), "{}", run.stderr);
    assert_eq!(pair.production(), Some(first));
}

#[test]
fn the_users_own_hook_may_object_and_runs_for_the_push_alone() {
    let pair = Pair::with_git(FOLLOWS);
    pair.hook(".git/hooks/pre-push", "echo ran >>../pushes; echo 'error: not on a friday' >&2; exit 1");
    let run = pair.promote(&[]).expect(0);
    assert!(run.stderr.contains("did not follow: error: not on a friday"), "{}", run.stderr);
    assert_eq!(fs::read_to_string(pair.world.root().join("pushes")).unwrap(), "ran\n", "not for the check");
    assert_eq!((pair.live().as_deref(), pair.production()), (Some("1.0"), None));
}

#[test]
fn a_commit_that_nobody_knows_is_refused() {
    let pair = Pair::with_git(FOLLOWS);
    fs::remove_dir_all(pair.world.project().join(".git")).unwrap();
    let run = pair.promote(&[]).expect(2);
    assert!(run.stderr.contains("there is no git repository here"), "{}", run.stderr);
    pair.git(&["init", "-q"]).ok();
    let run = pair.promote(&[]).expect(3);
    assert!(
        run.stderr.contains("is not known here") && run.stderr.contains("hint: git fetch origin"),
        "{}",
        run.stderr
    );
    pair.view("2.0");
    let run = pair.promote(&[]).expect(3);
    assert!(run.stderr.contains("`production` can't follow: nobody knows the commit"), "{}", run.stderr);
    assert_eq!(pair.live(), None);
}

#[test]
fn a_remote_that_is_not_there_is_refused_beforehand() {
    let pair = Pair::with_git("git = { branch = \"production\", remote = \"upstream\" }");
    let run = pair.promote(&[]).expect(3);
    assert!(
        run.stderr.contains("upstream: ") && run.stderr.contains("does not appear to be a git repository"),
        "{}",
        run.stderr
    );
    assert_eq!(pair.live(), None);
}

/// The commit is taken from the ledger where the bytes come from a host.
#[test]
fn bytes_from_a_host_carry_their_commit() {
    let pair = Pair::with_git(FOLLOWS);
    fs::remove_dir_all(pair.world.project().join("dist")).unwrap();
    pair.promote(&[]).expect(0);
    assert_eq!(pair.production(), Some(pair.git(&["rev-parse", "HEAD"]).ok()));
    pair.release(&["rollback", "prod"]).expect(3);
}
