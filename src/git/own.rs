//! The user's own `git`, for what `release cut` writes: a commit, a tag, a push.
//!
//! Everything else in this room reads, by libgit2, and runs nothing that a repository names. These write into the
//! repository of whoever cuts a version, as that person would by hand: so their hooks (`pre-commit`, `pre-push`), signing
//! keys, identity, credential helpers and ssh settings count, and only their `git` knows all of them.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::model::{Exit, Failure};

/// How many lines of what git said a failure shows.
const LINES: usize = 40;

/// `git`, in a work tree.
#[derive(Debug, Clone)]
pub struct OwnGit {
    work_tree: PathBuf,
}

impl OwnGit {
    /// In this work tree.
    pub fn of(work_tree: &Path) -> Self {
        Self { work_tree: work_tree.to_owned() }
    }

    /// Commits these files, and nothing else that may be staged.
    ///
    /// # Errors
    /// git did not, or one of its hooks.
    pub async fn commit(&self, message: &str, paths: &[&str]) -> Result<(), Failure> {
        let words = ["commit", "--quiet", "--cleanup=whitespace", "--file=-", "--only", "--"];
        self.run(&[&words[..], paths].concat(), Some(message)).await.map(drop)
    }

    /// Makes an annotated tag; signed, if the user's git signs tags.
    ///
    /// # Errors
    /// git did not.
    pub async fn tag(&self, name: &str, commit: &str, message: &str) -> Result<(), Failure> {
        self.run(&["tag", "--annotate", "--cleanup=whitespace", "--file=-", "--", name, commit], Some(message))
            .await
            .map(drop)
    }

    /// Pushes refs, all or none.
    ///
    /// # Errors
    /// git did not, its `pre-push` hook, or the other side.
    pub async fn push(&self, remote: &str, refs: &[&str]) -> Result<(), Failure> {
        self.run(&[&["push", "--atomic", "--porcelain", "--", remote], refs].concat(), None).await.map(drop)
    }

    /// Asks the other side whether it would take such a push, without the hook and without doing it.
    ///
    /// # Errors
    /// It can't be reached, or would not.
    pub async fn could_push(&self, remote: &str, refs: &[&str]) -> Result<(), Failure> {
        self.run(&[&["push", "--dry-run", "--no-verify", "--porcelain", "--", remote], refs].concat(), None)
            .await
            .map(drop)
    }

    /// The commits that these tags of the other side are on; those that it does not have are left out.
    ///
    /// # Errors
    /// It can't be reached.
    pub async fn remote_tags(&self, remote: &str, names: &[String]) -> Result<Vec<(String, String)>, Failure> {
        let patterns: Vec<String> =
            names.iter().flat_map(|name| [format!("refs/tags/{name}"), format!("refs/tags/{name}^{{}}")]).collect();
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let said = self.run(&[&["ls-remote", "--", remote], &patterns[..]].concat(), None).await?;
        let mut found: Vec<(String, String)> = Vec::new();
        for line in said.lines() {
            let Some((id, name)) = line.split_once('\t') else { continue };
            let Some(name) = name.strip_prefix("refs/tags/") else { continue };
            // An annotated tag is told twice: as itself, and then as what it is on.
            let peeled = name.strip_suffix("^{}");
            found.retain(|(known, _)| Some(known.as_str()) != peeled);
            found.push((peeled.unwrap_or(name).to_owned(), id.to_owned()));
        }
        Ok(found)
    }

    async fn run(&self, words: &[&str], input: Option<&str>) -> Result<String, Failure> {
        let place = format!("git {}", words[0]);
        let wrong = |error: std::io::Error| {
            Failure::new(Exit::Failed, &place, "can't be run").why(error.to_string()).hint("git --version")
        };
        let mut child = Command::new("git")
            .args(words)
            .current_dir(&self.work_tree)
            .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(wrong)?;
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            // A git that does not read it says why by its own end.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        let output = child.wait_with_output().await.map_err(wrong)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = [output.stderr, output.stdout].concat();
        let said = String::from_utf8_lossy(&said);
        let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
        let shown = lines[lines.len().saturating_sub(LINES)..].join("\n");
        Err(Failure::new(Exit::Failed, place, "did not work").why(output.status.to_string()).detail(shown))
    }
}
