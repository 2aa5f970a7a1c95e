//! What is worth a look but no reason to refuse: one sentence a concern, however many files it is about.

use std::collections::BTreeMap;

/// How many names a sentence holds; the rest is counted.
const NAMED: usize = 3;

/// What can be of concern, in the order in which it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Concern {
    /// Names that could be secrets.
    Secret,
    /// Contents that are a secret.
    PrivateKey,
    /// The sticky bit, or write permission for all.
    Mode,
    /// No read permission for others.
    Unreadable,
    /// Extended attributes and access lists.
    Attributes,
    /// Names that differ only in case.
    Case,
    /// Names with combining marks.
    Marks,
}

impl Concern {
    fn text(self) -> &'static str {
        match self {
            Self::Secret => {
                "looks like configuration or a secret, which belongs in `shared` or `env`, not in a release"
            }
            Self::PrivateKey => "holds a private key",
            Self::Mode => "is sticky or writable for everyone, which is stripped on the host",
            Self::Unreadable => {
                "can't be read by other accounts, such as the web server's; if it should: chmod -R go+rX, and pack again"
            }
            Self::Attributes => "has extended attributes or an access list, which are not unpacked",
            Self::Case => "differs only in case from its neighbour, and macOS can't hold both",
            Self::Marks => {
                "is written with combining marks (NFD, as macOS does), which may not be the name your code asks for"
            }
        }
    }
}

/// Collects concerns; its size is bounded.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    found: BTreeMap<Concern, (u64, Vec<String>)>,
}

impl Warnings {
    /// Notes a concern; `name`, escaped already, is asked for only while names are told.
    pub fn add(&mut self, concern: Concern, name: impl FnOnce() -> String) {
        let (count, names) = self.found.entry(concern).or_default();
        *count += 1;
        if names.len() < NAMED {
            names.push(name());
        }
    }

    /// One sentence for each concern.
    pub fn sentences(self) -> Vec<String> {
        let sentence = |(concern, (count, names)): (Concern, (u64, Vec<String>))| {
            let more = match count - names.len() as u64 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{}{more}: {}", names.join(", "), concern.text())
        };
        self.found.into_iter().map(sentence).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_three_and_counts_the_rest() {
        let mut warnings = Warnings::default();
        for n in 0..5 {
            warnings.add(Concern::PrivateKey, || format!("\"k{n}\""));
        }
        warnings.add(Concern::Secret, || "\".env\"".into());
        let sentences = warnings.sentences();
        assert!(sentences[0].starts_with("\".env\": looks like"), "{sentences:?}");
        assert_eq!(sentences[1], "\"k0\", \"k1\", \"k2\" and 2 more: holds a private key");
    }
}
