//! How artifacts are named.

use super::excerpt::quoted;
use super::problem::Complaint;
use crate::model::target::ArtifactName;

/// The version is still to come, and 255 bytes is all that a file name has.
const LONGEST: usize = 100;

/// `DDGC-{version}.tar.gz`; `{app}` is filled in.
pub(super) fn artifact(text: &str, app: &str) -> Result<ArtifactName, Complaint> {
    let filled = text.replace("{app}", app);
    let form = || {
        Complaint::new(format!("{} is not an artifact's name", quoted(text))).hint("write \"NAME-{version}.tar.gz\"")
    };
    let (prefix, suffix) = filled.split_once("{version}").ok_or_else(|| form().why("{version} is missing"))?;
    let allowed = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+~-".contains(&b));
    if !allowed(prefix) || !allowed(suffix) || prefix.starts_with(['-', '.', '~', '+']) || prefix.contains("..") {
        return Err(form().why("letters, digits and . _ + ~ - stand around one {version}, a letter or digit first"));
    }
    if !suffix.ends_with(".tar.gz") {
        return Err(form().why("artifacts are gzipped tarballs"));
    }
    if filled.len() > LONGEST {
        return Err(form().why("too long for a file name once the version stands in it"));
    }
    Ok(ArtifactName { prefix: prefix.to_owned(), suffix: suffix.to_owned() })
}

/// How they are named where the file does not say it.
pub(super) fn usual(app: &str) -> ArtifactName {
    ArtifactName { prefix: format!("{app}-"), suffix: ".tar.gz".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artifacts() {
        let name = |prefix: &str, suffix: &str| Ok(ArtifactName { prefix: prefix.into(), suffix: suffix.into() });
        assert_eq!(artifact("DDGC-{version}.tar.gz", "x"), name("DDGC-", ".tar.gz"));
        assert_eq!(artifact("{app}-{version}-x86.tar.gz", "ddgc"), name("ddgc-", "-x86.tar.gz"));
        assert_eq!(artifact("{version}.tar.gz", "x"), name("", ".tar.gz"));
        for bad in [
            "",
            "DDGC.tar.gz",
            "a..{version}.tar.gz",
            &format!("{}{{version}}.tar.gz", "a".repeat(100)),
            "DDGC-{version}",
            "DDGC-{version}.zip",
            "-{version}.tar.gz",
            "../{version}.tar.gz",
            "a/{version}.tar.gz",
            "{version}{version}.tar.gz",
            "a b{version}.tar.gz",
            "{ref}-{version}.tar.gz",
        ] {
            assert!(artifact(bad, "x").is_err(), "{bad}");
        }
    }
}
