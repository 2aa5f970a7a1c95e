//! Versions, and the names of release directories: `YYYYMMDD-HHMMSS-VERSION`, in UTC.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest version that is accepted, in bytes: a release's name must stay far below the 255 of a file name.
pub const VERSION_MAX: usize = 100;

/// The version of a release: starts with a letter or a digit; letters, digits and `. _ + ~ -` follow, never `..`.
///
/// Nothing in it means anything to a shell, to a file system or to a regular expression's syntax but `.`, `+` and `-`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Version(String);

/// Why a text is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVersion {
    /// There is nothing there.
    #[error("a version can't be empty")]
    Empty,
    /// More than [`VERSION_MAX`] bytes.
    #[error("a version has at most {VERSION_MAX} characters, this one has {0}")]
    TooLong(usize),
    /// A byte outside the alphabet.
    #[error("a version has letters, digits and . _ + ~ - and starts with a letter or digit; {0:?} is not allowed here")]
    Character(char),
    /// `..` reads as a way out of a directory.
    #[error("a version can't hold '..'")]
    DotDot,
}

impl Version {
    /// What a release is called that was adopted, and that nothing has a version of.
    pub fn of_adopted() -> Self {
        Self("adopted".to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        if text.is_empty() {
            return Err(InvalidVersion::Empty);
        }
        if text.len() > VERSION_MAX {
            return Err(InvalidVersion::TooLong(text.len()));
        }
        let bad = text
            .char_indices()
            .find(|&(at, c)| !(c.is_ascii_alphanumeric() || (at > 0 && matches!(c, '.' | '_' | '+' | '~' | '-'))));
        if let Some((_, c)) = bad {
            return Err(InvalidVersion::Character(c));
        }
        if text.contains("..") {
            return Err(InvalidVersion::DotDot);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({})", self.0)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.0
    }
}

impl TryFrom<String> for Version {
    type Error = InvalidVersion;

    fn try_from(text: String) -> Result<Self, InvalidVersion> {
        text.parse()
    }
}

/// The name of a release directory, such as `20140218-114503-0.940`. Names sort by date, but the ledger's order decides.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ReleaseId {
    stamp: String,
    version: Version,
}

/// Text that is not `YYYYMMDD-HHMMSS-VERSION`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a release is named YYYYMMDD-HHMMSS-VERSION")]
pub struct InvalidReleaseId;

impl ReleaseId {
    /// The release made at this second (UTC) of this version.
    pub fn new(at: jiff::Timestamp, version: Version) -> Self {
        Self { stamp: at.strftime("%Y%m%d-%H%M%S").to_string(), version }
    }

    /// The version part.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// When it was made, as RFC 3339 with seconds.
    pub fn made_at(&self) -> String {
        let s = &self.stamp;
        format!("{}-{}-{}T{}:{}:{}Z", &s[..4], &s[4..6], &s[6..8], &s[9..11], &s[11..13], &s[13..])
    }
}

impl FromStr for ReleaseId {
    type Err = InvalidReleaseId;

    fn from_str(text: &str) -> Result<Self, InvalidReleaseId> {
        let shape = text.as_bytes().get(..16).ok_or(InvalidReleaseId)?;
        let fits = shape.iter().enumerate().all(|(at, b)| match at {
            8 | 15 => *b == b'-',
            _ => b.is_ascii_digit(),
        });
        if !fits {
            return Err(InvalidReleaseId);
        }
        let version = text[16..].parse().map_err(|_| InvalidReleaseId)?;
        Ok(Self { stamp: text[..15].to_owned(), version })
    }
}

impl fmt::Display for ReleaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{}", self.stamp, self.version))
    }
}

impl fmt::Debug for ReleaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReleaseId({self})")
    }
}

impl From<ReleaseId> for String {
    fn from(id: ReleaseId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for ReleaseId {
    type Error = InvalidReleaseId;

    fn try_from(text: String) -> Result<Self, InvalidReleaseId> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_a_release_by_second_and_version() {
        let at: jiff::Timestamp = "2014-02-18T11:45:03Z".parse().unwrap();
        let id = ReleaseId::new(at, "0.940".parse().unwrap());
        assert_eq!(id.to_string(), "20140218-114503-0.940");
        assert_eq!(id.made_at(), "2014-02-18T11:45:03Z");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn refuses_names_that_are_not_ours() {
        for text in [
            "",
            "current",
            "20140218114503",
            "20140218-114503-",
            "20140218-114503-../x",
            "2014021é-114503-1",
            "20140218-114503-1..2",
        ] {
            assert_eq!(text.parse::<ReleaseId>(), Err(InvalidReleaseId), "{text}");
        }
    }

    #[test]
    fn versions_have_a_small_alphabet() {
        for good in ["0.940", "1", "2.0.0-rc.1+b5", "v1~x_y"] {
            assert!(good.parse::<Version>().is_ok(), "{good}");
        }
        for bad in ["", "-rf", ".5", "1;id", "1 2", "$(id)", "a/b", "1..2", "é", "1\n", &"1".repeat(101)] {
            assert!(bad.parse::<Version>().is_err(), "{bad:?}");
        }
    }
}
