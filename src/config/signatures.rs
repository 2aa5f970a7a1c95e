//! `[signatures]`: who may sign what is deployed.

use std::path::PathBuf;

use super::excerpt::{Span, hidden, quoted};
use super::paths::PATH_MAX;
use super::problem::{Complaint, Problems};
use super::table::{At, Table};
use crate::model::target::Signatures;

/// One `[signatures]` table.
#[derive(Debug, Clone, Default)]
pub(super) struct SignaturesLayer {
    span: Option<Span>,
    allowed_signers: Option<PathBuf>,
    revoked: Option<PathBuf>,
    required: Option<bool>,
}

impl SignaturesLayer {
    /// Reads it.
    pub fn read(mut table: Table) -> Self {
        let found = Self {
            span: Some(table.span.clone()),
            allowed_signers: table.text("allowed_signers", outside).map(At::into_inner),
            revoked: table.text("revoked", outside).map(At::into_inner),
            required: table.flag("required").map(At::into_inner),
        };
        table.done();
        found
    }

    /// Lays it over another, key by key.
    pub fn over(self, under: Self) -> Self {
        Self {
            span: self.span.or(under.span),
            allowed_signers: self.allowed_signers.or(under.allowed_signers),
            revoked: self.revoked.or(under.revoked),
            required: self.required.or(under.required),
        }
    }

    /// The result; a table that is there requires signatures unless it says otherwise.
    pub fn resolve(self, problems: &Problems) -> Option<Signatures> {
        let span = self.span?;
        let Some(allowed_signers) = self.allowed_signers else {
            let complaint = Complaint::new("[signatures] does not say who may sign");
            problems.add(span, complaint.hint("add allowed_signers = \"~/.config/release/allowed_signers\""));
            return None;
        };
        Some(Signatures { allowed_signers, revoked: self.revoked, required: self.required.unwrap_or(true) })
    }
}

/// A file on this side that is not beside hosts.toml, where a commit could change it: absolute, or below `~`.
fn outside(text: &str) -> Result<PathBuf, Complaint> {
    let form = |why: &str| {
        Complaint::new(format!("{} must be an absolute path or ~/FILE", quoted(text)))
            .why(why)
            .hint("write ~/.config/release/allowed_signers")
    };
    if !(text.starts_with('/') || text.starts_with("~/")) || text.ends_with('/') {
        return Err(form("a file in the repository could be changed by what it is to judge"));
    }
    if text.len() > PATH_MAX || text.chars().any(hidden) {
        return Err(form("too long, or with characters that don't show"));
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{error, target};
    use super::*;

    #[test]
    fn who_may_sign_is_said_outside_the_repository() {
        assert_eq!(target("").signatures, None);
        let rules = target("[signatures]\nallowed_signers = '~/signers'").signatures.unwrap();
        assert_eq!(rules, Signatures { allowed_signers: "~/signers".into(), revoked: None, required: true });
        let own =
            "[signatures]\nallowed_signers = '/etc/signers'\n[targets.t.signatures]\nrequired = false\nrevoked = '/k'";
        let rules = target(own).signatures.unwrap();
        assert_eq!((rules.allowed_signers, rules.required), ("/etc/signers".into(), false));
        for (table, what) in [
            ("required = true", "does not say who may sign"),
            ("allowed_signers = 'signers'", "must be an absolute path"),
            ("allowed_signers = '../signers'", "must be an absolute path"),
            ("allowed_signers = '~bob/signers'", "must be an absolute path"),
            ("allowed_signers = '/etc/'", "must be an absolute path"),
            ("allowed_signers = '/a'\nrevoked = 'krl'", "must be an absolute path"),
            ("allowed_signer = '/a'", "allowed_signer"),
        ] {
            let failure = error(&format!("[signatures]\n{table}"));
            assert!(failure.what.contains(what), "{table}: {}", failure.what);
        }
    }
}
