//! What is wrong with a file: complaints are collected, so that one run shows them all.

use std::cell::RefCell;

use super::excerpt::{Source, Span};
use crate::model::Failure;

/// More than these are counted, not shown: after ten, people start again from the first.
const SHOWN: usize = 10;

/// What to do about a mistake whose mending its own words tell.
pub(super) const AGAIN: &str = "fix it, then: release check --config";

/// What to do about several.
const ALL: &str = "fix them, then: release check --config";

/// What is wrong with a value, said by a check that does not know where the value stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Complaint {
    /// What is wrong, in words that can stand after `place:`.
    pub what: String,
    /// Why that is not allowed.
    pub why: Option<String>,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Complaint {
    /// Says what is wrong.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), why: None, hint: None }
    }

    /// Says why.
    pub fn why(self, why: impl Into<String>) -> Self {
        Self { why: Some(why.into()), ..self }
    }

    /// Says what to write instead.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Puts the key in front.
    pub fn about(self, key: &str) -> Self {
        Self { what: format!("`{key}`: {}", self.what), ..self }
    }
}

/// The complaints about one file. Shared by everything that reads a part of it.
#[derive(Debug, Default)]
pub(super) struct Problems(RefCell<Vec<(Span, Complaint)>>);

impl Problems {
    /// Adds one, unless it is there: a key that two targets inherit is wrong once.
    pub fn add(&self, span: Span, complaint: Complaint) {
        let mut all = self.0.borrow_mut();
        if !all.iter().any(|(at, known)| *at == span && *known == complaint) {
            all.push((span, complaint));
        }
    }

    /// Whether nothing was wrong so far.
    pub fn none(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// One failure that shows them all, in the order of the file; `None` when there are none.
    pub fn failure(self, source: &Source) -> Option<Failure> {
        let mut all = self.0.into_inner();
        all.sort_by_key(|(span, _)| span.start);
        let mut all = all.into_iter();
        let (span, first) = all.next()?;
        let mut detail = source.excerpt(&span);
        let several = all.len() > 0;
        // With others behind it, its hint stands with it, and not behind theirs.
        if let Some(hint) = first.hint.as_ref().filter(|_| several) {
            detail += &format!("\n hint: {hint}");
        }
        for (span, complaint) in all.by_ref().take(SHOWN - 1) {
            detail += &format!("\n\n{}: {}", source.place(&span), complaint.what);
            if let Some(why) = &complaint.why {
                detail += &format!(" ({why})");
            }
            detail += &format!("\n{}", source.excerpt(&span));
            if let Some(hint) = &complaint.hint {
                detail += &format!("\n hint: {hint}");
            }
        }
        match all.count() {
            0 => {}
            more => detail += &format!("\n\nand {more} more"),
        }
        let hint = first.hint.filter(|_| !several).unwrap_or_else(|| if several { ALL.into() } else { AGAIN.into() });
        let failure = Failure::usage(source.place(&span), first.what).detail(detail).hint(hint);
        Some(Failure { why: first.why, ..failure })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_file_comes_first_and_each_once() {
        let source = Source { text: "a = 1\nb = 2\n", name: "hosts.toml".into(), masked: vec![] };
        let problems = Problems::default();
        problems.add(6..7, Complaint::new("two").why("so").hint("do"));
        problems.add(6..7, Complaint::new("two").why("so").hint("do"));
        problems.add(0..1, Complaint::new("one").hint("first do this"));
        assert!(!problems.none());
        let failure = problems.failure(&source).unwrap();
        assert_eq!(failure.to_string(), "hosts.toml:1:1: one; nothing was changed.");
        assert_eq!(
            failure.detail.unwrap(),
            " 1 | a = 1\n   | ^\n hint: first do this\n\nhosts.toml:2:1: two (so)\n 2 | b = 2\n   | ^\n hint: do"
        );
        assert_eq!(failure.hint.as_deref(), Some(ALL));
    }

    #[test]
    fn many_are_counted() {
        let source = Source { text: "", name: "hosts.toml".into(), masked: vec![] };
        let problems = Problems::default();
        for n in 0..25 {
            problems.add(0..0, Complaint::new(format!("no. {n}")));
        }
        let detail = problems.failure(&source).unwrap().detail.unwrap();
        assert!(detail.contains("no. 9") && !detail.contains("no. 10"), "{detail}");
        assert!(detail.ends_with("and 15 more"), "{detail}");
    }
}
