//! Why an archive is refused, said before anyone knows the file's name; and hostile text made fit to show.

use crate::model::Failure;

/// The longest excerpt of a hostile name that a message shows, in characters.
const SHOWN_MAX: usize = 160;

/// How most artifacts that are refused are mended.
pub(super) const REBUILD: &str = "build it again: git archive --prefix=NAME-VERSION/ --output=NAME-VERSION.tar.gz REF";

/// One reason to refuse an archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    what: String,
    why: Option<String>,
    hint: Option<String>,
}

impl Refusal {
    /// What is wrong, without a full stop.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), why: None, hint: None }
    }

    /// Adds the reason.
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Adds what to do; without it the hint is to build the artifact again.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The failure of the file at this place.
    pub fn about(self, place: String) -> Failure {
        let failure = Failure::refused(place, self.what).hint(self.hint.unwrap_or_else(|| REBUILD.into()));
        match self.why {
            Some(why) => failure.why(why),
            None => failure,
        }
    }
}

/// A name from an archive, quoted and escaped: no control byte, no direction mark and no endless line reaches a screen.
pub(super) fn shown(name: impl AsRef<[u8]>) -> String {
    let name = name.as_ref();
    match std::str::from_utf8(name) {
        Ok(text) if text.chars().count() <= SHOWN_MAX => format!("{text:?}"),
        Ok(text) => format!("{:?}...", text.chars().take(SHOWN_MAX).collect::<String>()),
        Err(_) if name.len() <= SHOWN_MAX => format!("\"{}\"", name.escape_ascii()),
        Err(_) => format!("\"{}\"...", name[..SHOWN_MAX].escape_ascii()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_nothing_raw_and_nothing_endless() {
        assert_eq!(shown("a b"), r#""a b""#);
        assert_eq!(shown("\x1b]8;;x\n"), r#""\u{1b}]8;;x\n""#);
        assert_eq!(shown("a\u{202e}b"), r#""a\u{202e}b""#);
        assert_eq!(shown(b"\xff\x1b"), r#""\xff\x1b""#);
        assert_eq!(shown("é".repeat(1000)), format!("\"{}\"...", "é".repeat(160)));
        assert_eq!(shown([0xff; 1000]), format!("\"{}\"...", "\\xff".repeat(160)));
    }

    #[test]
    fn takes_the_form_of_every_error() {
        let failure = Refusal::new("is empty").why("0 bytes").about("x.tar.gz".into());
        assert_eq!(failure.to_string(), "x.tar.gz: is empty (0 bytes); nothing was changed.");
        assert_eq!(failure.exit.code(), 3);
        assert!(failure.hint.is_some());
    }
}
