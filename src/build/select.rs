//! `include` and `exclude`: paths from the top of the repository, or patterns for them.

use glob::{MatchOptions, Pattern};

use crate::model::Failure;

/// `*` stays within a name; `**` goes through directories.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

/// Some paths, and everything below them.
pub struct Selection(Vec<Pattern>);

impl Selection {
    /// Those that any of these patterns names.
    ///
    /// # Errors
    /// One is no pattern.
    pub fn new(patterns: &[String]) -> Result<Self, Failure> {
        let compiled = patterns.iter().map(|text| {
            Pattern::new(text)
                .map_err(|error| Failure::usage("[build]", format!("{text:?} is not a pattern")).why(error.msg))
        });
        Ok(Self(compiled.collect::<Result<_, _>>()?))
    }

    /// Whether this path is one, or lies below one.
    pub fn has(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.map(|end| &path[..end]).any(|part| self.0.iter().any(|pattern| pattern.matches_with(part, OPTIONS)))
    }
}

/// Whether a text names one path, so that nothing has to be searched.
pub fn is_plain(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(patterns: &[&str], path: &str) -> bool {
        let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
        Selection::new(&patterns).unwrap().has(path)
    }

    #[test]
    fn a_path_is_from_the_top_and_has_all_below_it() {
        for path in ["t", "t/a.t", "t/deep/b.t", ".travis.yml"] {
            assert!(has(&["t", ".travis.yml"], path), "{path}");
        }
        for path in ["tt", "lib/t", "x.travis.yml", "T", "lib/.travis.yml", ""] {
            assert!(!has(&["t", ".travis.yml"], path), "{path}");
        }
        assert!(!has(&[], "a"));
    }

    #[test]
    fn patterns_stay_within_a_name_unless_they_say_otherwise() {
        assert!(has(&["*.md"], "README.md") && !has(&["*.md"], "docs/a.md"));
        assert!(has(&["**/*.md"], "docs/x/a.md") && has(&["**/*.md"], "a.md"));
        assert!(has(&["public/*"], "public/js/a.js") && !has(&["public/*"], "public"));
        assert!(has(&["[ab]?"], "a1/x") && !has(&["[ab]?"], "a/1"));
        assert!(has(&["*"], ".hidden"));
    }
}
