//! Which commit is live on a target, from what its hosts serve.

use crate::model::Failure;
use crate::model::notes::short;
use crate::model::target::Target;
use crate::model::{Exit, Observed};

/// What a host serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Serves {
    /// It could not be asked.
    Unreachable,
    /// No release of ours.
    Nothing,
    /// A release of this version, built from this commit where that is known.
    Release {
        /// Its version.
        version: String,
        /// Its commit.
        commit: Option<String>,
    },
}

/// Why nobody can say which commit is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// These hosts could not be asked.
    Unreachable(String),
    /// Its hosts serve different commits: each with what it serves.
    Differ(String),
    /// Nothing is live.
    Nothing,
    /// What is live was not built from git, or does not say so.
    NoCommit(String),
}

impl Serves {
    /// As a look saw it.
    pub fn of(target: &Target, seen: &Observed) -> Self {
        let Some(release) = seen.live_release(&target.releases) else { return Self::Nothing };
        let commit = seen.meta(&release).and_then(|meta| meta.commit.clone());
        Self::release(release.version().to_string(), commit)
    }

    /// A release. What a host calls a commit and is none, git is not asked for.
    pub fn release(version: String, commit: Option<String>) -> Self {
        let digits = |commit: &String| matches!(commit.len(), 40 | 64) && commit.bytes().all(|b| b.is_ascii_hexdigit());
        Self::Release { version, commit: commit.filter(digits) }
    }

    fn describe(&self) -> String {
        match self {
            Self::Unreachable => "can't be reached".into(),
            Self::Nothing => "serves nothing".into(),
            Self::Release { version, commit: None } => format!("serves {version}, of an unknown commit"),
            Self::Release { version, commit: Some(commit) } => format!("serves {version} ({})", short(commit)),
        }
    }
}

impl Unknown {
    /// A clause: `its hosts serve different commits: h1 serves ...`.
    pub fn reason(&self, target: &str) -> String {
        match self {
            Self::Unreachable(hosts) => format!("{hosts} of {target} can't be reached"),
            Self::Differ(each) => format!("the hosts of {target} differ: {each}"),
            Self::Nothing => format!("nothing is live on {target}"),
            Self::NoCommit(version) => format!("the commit of {version}, live on {target}, is not known"),
        }
    }

    /// As the end of a command.
    pub fn failure(&self, target: &str) -> Failure {
        let (exit, hint) = match self {
            Self::Differ(_) => (Exit::Differ, format!("release status {target}")),
            Self::Unreachable(_) => (Exit::Refused, format!("release check {target}")),
            Self::Nothing | Self::NoCommit(_) => (Exit::Refused, "release notes TAG..HEAD".to_owned()),
        };
        let failure = Failure::new(exit, target, self.reason(target)).hint(hint);
        match self {
            Self::NoCommit(_) => failure.why("its artifact does not say that it was built from git"),
            _ => failure,
        }
    }
}

/// The commit that is live on all hosts.
///
/// # Errors
/// There is no such commit, and why.
pub fn commit<'a>(hosts: impl IntoIterator<Item = (&'a str, Serves)>) -> Result<String, Unknown> {
    let hosts: Vec<(&str, Serves)> = hosts.into_iter().collect();
    let silent: Vec<&str> =
        hosts.iter().filter(|(_, serves)| *serves == Serves::Unreachable).map(|(name, _)| *name).collect();
    if !silent.is_empty() {
        return Err(Unknown::Unreachable(silent.join(", ")));
    }
    let same = |a: &Serves, b: &Serves| match (a, b) {
        // Two releases of one commit are the same code.
        (Serves::Release { commit: Some(a), .. }, Serves::Release { commit: Some(b), .. }) => a == b,
        (a, b) => a == b,
    };
    if !hosts.windows(2).all(|two| same(&two[0].1, &two[1].1)) {
        let each: Vec<String> = hosts.iter().map(|(name, serves)| format!("{name} {}", serves.describe())).collect();
        return Err(Unknown::Differ(each.join(", ")));
    }
    match hosts.into_iter().next() {
        Some((_, Serves::Release { commit: Some(commit), .. })) => Ok(commit),
        Some((_, Serves::Release { version, commit: None })) => Err(Unknown::NoCommit(version)),
        _ => Err(Unknown::Nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str, commit: Option<&str>) -> Serves {
        Serves::Release { version: version.into(), commit: commit.map(Into::into) }
    }

    #[test]
    fn one_commit_on_all_hosts_or_a_reason() {
        let a = || release("1.0", Some("aaaaaaaaaaaa"));
        assert_eq!(commit([("h1", a()), ("h2", release("1.0+1", Some("aaaaaaaaaaaa")))]), Ok("aaaaaaaaaaaa".into()));
        let reason = |hosts: Vec<(&'static str, Serves)>| commit(hosts).unwrap_err().reason("prod");
        assert_eq!(
            reason(vec![("h1", a()), ("h2", release("1.1", None)), ("h3", Serves::Nothing)]),
            "the hosts of prod differ: h1 serves 1.0 (aaaaaaaaa), h2 serves 1.1, of an unknown commit, h3 serves nothing"
        );
        assert_eq!(reason(vec![("h1", Serves::Unreachable), ("h2", a())]), "h1 of prod can't be reached");
        assert_eq!(reason(vec![("h1", Serves::Nothing)]), "nothing is live on prod");
        assert_eq!(reason(vec![("h1", release("1.0", None))]), "the commit of 1.0, live on prod, is not known");
        assert_eq!(commit([("h1", Serves::Nothing)]).unwrap_err().failure("prod").exit.code(), 3);
        assert_eq!(Unknown::Differ(String::new()).failure("prod").exit.code(), 4);
    }
}
