//! `git = { branch = "production" }` of a target: the branch that stands for what is deployed there.

use super::excerpt::{hidden, quoted};
use super::problem::Complaint;
use super::table::{At, Table};
use crate::model::target::Branch;

/// The remote that git itself begins with.
const REMOTE: &str = "origin";

/// Reads it.
pub(super) fn read(mut table: Table) -> Option<Branch> {
    table.require("branch", "branch = \"production\"");
    let branch = table.text("branch", branch).map(At::into_inner);
    let remote = table.text("remote", remote).map(At::into_inner);
    table.done();
    Some(Branch { branch: branch?, remote: remote.unwrap_or_else(|| REMOTE.into()) })
}

/// A branch's name, by git's rules for refs; without `refs/heads/`, which is put before it.
fn branch(text: &str) -> Result<String, Complaint> {
    let complaint = |why: &str| Complaint::new(format!("{} is no name of a branch", quoted(text))).why(why.to_owned());
    let odd = |c: char| hidden(c) || c.is_whitespace() || "~^:?*[\\".contains(c);
    if text.is_empty() || text.len() > 200 || text.chars().any(odd) {
        return Err(complaint("no spaces, and none of ~ ^ : ? * [ \\"));
    }
    if text.starts_with("refs/") {
        return Err(complaint("the name alone, without refs/heads/"));
    }
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    if text.starts_with('-')
        || text.ends_with('.')
        || text.contains("..")
        || text.contains("@{")
        || !text.split('/').all(part)
    {
        return Err(complaint("git takes no such name"));
    }
    Ok(text.to_owned())
}

/// A remote's name. No URL: that may hold a password, and each developer's own git knows where the remote is.
fn remote(text: &str) -> Result<String, Complaint> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(plain) && text.len() <= 100 {
        return Ok(text.to_owned());
    }
    Err(Complaint::new(format!("{} is no name of a remote", quoted(text)))
        .why("a name as `git remote` lists it, no URL")
        .hint("remote = \"origin\""))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{whole, whole_error};
    use super::*;

    fn with(git: &str) -> String {
        format!("app = 'x'\n[targets.t]\nhosts = ['h']\ngit = {git}\n")
    }

    #[test]
    fn a_target_may_have_a_branch() {
        let branch = |git: &str| whole(&with(git)).targets.remove(0).git.unwrap();
        assert_eq!(
            branch("{ branch = 'production' }"),
            Branch { branch: "production".into(), remote: "origin".into() }
        );
        let other = branch("{ branch = 'live/prod-1', remote = 'up.stream' }");
        assert_eq!(other, Branch { branch: "live/prod-1".into(), remote: "up.stream".into() });
    }

    #[test]
    fn what_git_would_not_take_or_take_otherwise_is_refused() {
        for bad in [
            "",
            "-x",
            "a b",
            "a..b",
            "a:b",
            "+a",
            "a^",
            "refs/heads/a",
            ".a",
            "a/.b",
            "a.lock",
            "a/",
            "a//b",
            "a@{1}",
            "a*",
        ] {
            if bad == "+a" {
                // A plus is a letter as any other behind `refs/heads/`, and forces nothing.
                whole(&with("{ branch = '+a' }"));
                continue;
            }
            whole_error(&with(&format!("{{ branch = '{bad}' }}")));
        }
        for remote in ["", "-o", "https://u:p@h/x", "a b", "git@h:x"] {
            whole_error(&with(&format!("{{ branch = 'a', remote = '{remote}' }}")));
        }
        assert!(whole_error(&with("{ remote = 'origin' }")).what.contains("has no `branch`"));
        assert!(whole_error(&with("{ branch = 'a', force = true }")).what.contains("unknown key `force`"));
        assert!(
            whole_error("app = 'x'\ngit = { branch = 'a' }\n[targets.t]\nhosts = ['h']")
                .what
                .contains("unknown key `git`")
        );
    }
}
