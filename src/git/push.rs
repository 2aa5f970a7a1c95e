//! Moving a branch of a remote forward, by the user's own `git`: its credentials, its hooks, its ways to the remote. Only this
//! runs a child process; whether the commit is known is asked of libgit2.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::model::Failure;
use crate::model::target::Branch;

/// What git says where it has no login for the remote, as in a job whose checkout kept no credentials.
const NOT_LOGGED_IN: [&str; 6] = [
    "could not read Username",
    "could not read Password",
    "Authentication failed",
    "terminal prompts disabled",
    "Permission denied",
    "returned error: 403",
];

/// A branch that is to be moved to a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    directory: std::path::PathBuf,
    branch: Branch,
    commit: String,
}

/// What came of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The branch is on the commit, and was before.
    Already,
    /// The branch was moved, or made.
    Moved,
    /// It was not; in git's own words.
    Not(String),
}

impl Push {
    /// Finds the commit in the repository around `directory`.
    ///
    /// # Errors
    /// There is no repository, or it does not know the commit.
    pub fn of(directory: &Path, branch: &Branch, commit: &str) -> Result<Self, Failure> {
        let repository = super::open(directory)?;
        if !is_id(commit) || !super::knows(&repository, commit) {
            return Err(Failure::refused(
                directory.display().to_string(),
                format!("the commit {commit} is not known here"),
            )
            .why(format!("`{}` on {} would follow it", branch.branch, branch.remote))
            .hint(format!("git fetch {}", branch.remote)));
        }
        Ok(Self { directory: directory.to_owned(), branch: branch.clone(), commit: commit.to_owned() })
    }

    /// Asks the remote whether it would be a fast-forward; no hook runs and nothing is sent. A remote that may be read and not
    /// written to (the read-only token of a CI job) is no reason against a promotion: what is left to be done is said after it.
    ///
    /// # Errors
    /// It would not be, or the remote can't be reached (exit 3).
    pub async fn check(&self) -> Result<Pushed, Failure> {
        let Branch { branch, remote } = &self.branch;
        match self.run(&["--dry-run", "--no-verify"]).await {
            Pushed::Not(why) if !why.starts_with('[') && self.lacks_only_the_right(&why).await => Ok(Pushed::Not(why)),
            Pushed::Not(why) => {
                Err(Failure::refused(remote, format!("`{branch}` can't be fast-forwarded to {}", self.short()))
                    .why(why)
                    .hint(format!("git fetch {remote} && git log --oneline {remote}/{branch} --not {}", self.short())))
            }
            pushed => Ok(pushed),
        }
    }

    /// Could the remote be read, and would it be a fast-forward there? Or is it that nobody is logged in?
    async fn lacks_only_the_right(&self, why: &str) -> bool {
        let mut git = self.git();
        let reference = format!("refs/heads/{}", self.branch.branch);
        git.args(["ls-remote", "--", &self.branch.remote, &reference]);
        let Ok(output) = git.output().await else { return false };
        if !output.status.success() {
            return NOT_LOGGED_IN.iter().any(|words| why.contains(words));
        }
        let said = text(&output.stdout);
        let Some(there) = said.split_whitespace().next() else { return true };
        is_id(there)
            && super::open(&self.directory).is_ok_and(|repository| super::is_within(&repository, there, &self.commit))
    }

    fn git(&self) -> Command {
        let mut git = Command::new("git");
        // Words that are parsed stay as they are, whatever the user's language.
        git.current_dir(&self.directory).env("LC_ALL", "C");
        git.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        git
    }

    /// Pushes. It is never forced, so the remote itself refuses what is no fast-forward.
    pub async fn push(&self) -> Pushed {
        self.run(&[]).await
    }

    /// The command that does the same by hand.
    pub fn by_hand(&self) -> String {
        format!("git push {} {}", self.branch.remote, self.refspec())
    }

    /// What it does, for a plan.
    pub fn describe(&self) -> String {
        format!("fast-forward `{}` on {} to {}", self.branch.branch, self.branch.remote, self.short())
    }

    fn short(&self) -> &str {
        self.commit.get(..12).unwrap_or(&self.commit)
    }

    fn refspec(&self) -> String {
        format!("{}:refs/heads/{}", self.commit, self.branch.branch)
    }

    async fn run(&self, options: &[&str]) -> Pushed {
        let mut git = self.git();
        git.args(["push", "--porcelain"]).args(options).args(["--", &self.branch.remote, &self.refspec()]);
        match git.output().await {
            Ok(output) => read(output.status.success(), &text(&output.stdout), &text(&output.stderr)),
            Err(error) => Pushed::Not(format!("git can't be run: {error}")),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A host's ledger may call anything a commit, and in a refspec a `+` in front of it would force.
fn is_id(commit: &str) -> bool {
    matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What `git push --porcelain` says: a line for the branch that begins with a flag, and talk on stderr.
fn read(success: bool, stdout: &str, stderr: &str) -> Pushed {
    let line = stdout.lines().find_map(|line| line.split_once('\t'));
    match line {
        Some(("=", _)) if success => Pushed::Already,
        Some((flag, _)) if success && flag != "!" => Pushed::Moved,
        Some(("!", rest)) => {
            let summary = rest.rsplit('\t').next().unwrap_or(rest);
            let said =
                stderr.lines().filter_map(|line| line.strip_prefix("remote: ")).map(str::trim).find(|l| !l.is_empty());
            Pushed::Not(said.map_or_else(|| summary.to_owned(), |said| format!("{summary}: {said}")))
        }
        _ => {
            let mut lines = stderr.lines().filter(|line| !line.trim().is_empty());
            let fatal = lines.clone().find(|line| line.starts_with("fatal: ") || line.starts_with("error: "));
            Pushed::Not(fatal.or_else(|| lines.next_back()).unwrap_or("git push failed").to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_id_of_a_commit_is_pushed() {
        let home = tempfile::tempdir().unwrap();
        let repository = git2::Repository::init(home.path()).unwrap();
        let author = git2::Signature::now("t", "t@example.org").unwrap();
        let tree = repository.find_tree(repository.treebuilder(None).unwrap().write().unwrap()).unwrap();
        let id = repository.commit(Some("HEAD"), &author, &author, "one", &tree, &[]).unwrap().to_string();
        let branch = Branch { branch: "production".into(), remote: "origin".into() };
        let push = Push::of(home.path(), &branch, &id).unwrap();
        assert_eq!(push.by_hand(), format!("git push origin {id}:refs/heads/production"));
        for bad in ["HEAD", "", &id[..12], &format!("+{id}"), &format!("{id} "), "--force", &"0".repeat(40)] {
            assert!(Push::of(home.path(), &branch, bad).unwrap_err().what.contains("is not known here"), "{bad}");
        }
    }

    #[test]
    fn what_git_says_is_read() {
        let not = |why: &str| Pushed::Not(why.into());
        for (success, stdout, stderr, expected) in [
            (true, "To /r\n \ta:refs/heads/p\t1..2\nDone\n", "", Pushed::Moved),
            (true, "To /r\n*\ta:refs/heads/p\t[new branch]\nDone\n", "", Pushed::Moved),
            (true, "To /r\n=\ta:refs/heads/p\t[up to date]\nDone\n", "", Pushed::Already),
            (false, "To /r\n!\ta:refs/heads/p\t[rejected] (fetch first)\nDone\n", "", not("[rejected] (fetch first)")),
            (
                false,
                "To /r\n!\ta:refs/heads/p\t[remote rejected] (pre-receive hook declined)\nDone\n",
                "remote: \nremote: frozen today\n",
                not("[remote rejected] (pre-receive hook declined): frozen today"),
            ),
            (
                false,
                "",
                "\nfatal: 'origin' does not appear to be a git repository\nfatal: more\n",
                not("fatal: 'origin' does not appear to be a git repository"),
            ),
            (false, "", "", not("git push failed")),
            (true, "", "", not("git push failed")),
        ] {
            assert_eq!(read(success, stdout, stderr), expected, "{stdout}{stderr}");
        }
    }
}
