//! The version in an artifact's file name.

use std::path::Path;

use super::file::place;
use super::refusal::shown;
use crate::model::release_id::InvalidVersion;
use crate::model::target::ArtifactName;
use crate::model::{Failure, Version};

/// The version in the file name of `path`, which must be the naming's prefix, a [`Version`], and the suffix.
///
/// The name goes into directory names, messages and the application's own notes, so a name that is almost right is an
/// error here and not a surprise there.
pub fn version_from_name(path: &Path, naming: &ArtifactName) -> Result<Version, Failure> {
    let ArtifactName { prefix, suffix } = naming;
    let form = format!("{prefix}{{version}}{suffix}");
    let failure = |what: String, why: String| {
        Failure::usage(place(path), what).why(why).hint(format!("give a file named {form}, or change `artifact`"))
    };
    let Some(name) = path.file_name() else {
        return Err(failure("is not a file name".into(), format!("an artifact is named {form}")));
    };
    let Some(name) = name.to_str() else {
        return Err(failure("is not named in UTF-8".into(), format!("an artifact is named {form}")));
    };
    // `DDGC.tar.gz` for `DDGC-{version}.tar.gz`: the separator went with the version.
    let stem = prefix.trim_end_matches(['-', '_', '.']);
    let bare = name.strip_suffix(suffix.as_str()).is_some_and(|rest| rest == stem || rest == prefix);
    if bare {
        return Err(failure("has no version in its name".into(), format!("an artifact is named {form}")));
    }
    let Some(rest) = name.strip_prefix(prefix.as_str()) else {
        return Err(failure("is not named like an artifact".into(), format!("it does not begin with {prefix:?}")));
    };
    let Some(version) = rest.strip_suffix(suffix.as_str()) else {
        return Err(failure("is not named like an artifact".into(), format!("it does not end with {suffix:?}")));
    };
    version.parse().map_err(|error: InvalidVersion| {
        failure(format!("has no good version in its name: {}", shown(version)), error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    fn naming() -> ArtifactName {
        ArtifactName { prefix: "DDGC-".into(), suffix: ".tar.gz".into() }
    }

    #[test]
    fn reads_the_version() {
        for (name, version) in [
            ("DDGC-0.940.tar.gz", "0.940"),
            ("dist/DDGC-01.0.tar.gz", "01.0"),
            ("/a/DDGC-1.0-rc.1+b5.tar.gz", "1.0-rc.1+b5"),
            ("DDGC-1.tar.gz.tar.gz", "1.tar.gz"),
        ] {
            let read = version_from_name(Path::new(name), &naming()).map(|v| v.to_string());
            assert_eq!(read, Ok(version.to_owned()), "{name}");
        }
        let bare = ArtifactName { prefix: String::new(), suffix: String::new() };
        assert_eq!(version_from_name(Path::new("1.0"), &bare).map(|v| v.to_string()), Ok("1.0".into()));
    }

    #[test]
    fn says_what_is_wrong_with_a_name() {
        let long = format!("DDGC-{}.tar.gz", "1".repeat(300));
        for (name, what) in [
            ("DDGC.tar.gz", "has no version"),
            ("DDGC-.tar.gz", "has no version"),
            ("DDGC-1.0;id.tar.gz", "';' is not allowed"),
            ("DDGC-$(id).tar.gz", "'$' is not allowed"),
            ("-rf.tar.gz", "does not begin with \"DDGC-\""),
            ("DDGC-1..2.tar.gz", "can't hold '..'"),
            (&long, "at most 100 characters, this one has 300"),
            ("DDGC-1.0.zip", "does not end with \".tar.gz\""),
            ("DDGC-.tar.g", "does not end with"),
            ("DDGC-1 0.tar.gz", "' ' is not allowed"),
            ("DDGC-é.tar.gz", "'é' is not allowed"),
            ("..", "is not a file name"),
            ("/", "is not a file name"),
            ("", "is not a file name"),
        ] {
            let failure = version_from_name(Path::new(name), &naming()).unwrap_err();
            assert_eq!(failure.exit.code(), 2, "{name}");
            assert!(failure.to_string().contains(what), "{name}: {failure}");
            assert!(failure.hint.is_some());
        }
    }

    #[test]
    fn shows_hostile_file_names_escaped() {
        for name in [&b"DDGC-\x1b[2J.tar.gz"[..], b"DDGC-\xff\x07.tar.gz"] {
            let failure = version_from_name(Path::new(OsStr::from_bytes(name)), &naming()).unwrap_err();
            assert!(!failure.to_string().contains(char::is_control), "{failure:?}");
        }
    }
}
