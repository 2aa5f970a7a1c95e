//! The text of hosts.toml, for pointing into it: `hosts.toml:12:1`, the line, and carets under what is meant.

use std::ops::Range;

/// Bytes of the file, as `toml` counts them.
pub(super) type Span = Range<usize>;

/// Lines are cut to about this many characters, so that one long line can't fill the screen.
const WIDTH: usize = 140;

/// The file, with what must never be shown of it.
pub(super) struct Source<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its path, as errors name it.
    pub name: String,
    /// Values that look like secrets: an error that happens to stand on their line must not print them.
    pub masked: Vec<Span>,
}

impl Source<'_> {
    /// `hosts.toml:12:1`, both counted from one and in characters.
    pub fn place(&self, span: &Span) -> String {
        let (number, _, line) = self.line(span.start);
        let column = self.text[line.start..self.boundary(span.start).max(line.start)].chars().count() + 1;
        format!("{}:{number}:{column}", self.name)
    }

    /// The line that `span` starts in, and carets under it.
    pub fn excerpt(&self, span: &Span) -> String {
        let (number, text, line) = self.line(span.start);
        let end = span.end.clamp(span.start, line.end.max(span.start));
        let mut shown = String::new();
        let mut carets = String::new();
        let before = text.char_indices().take_while(|(at, _)| line.start + at < span.start).count();
        let skip = before.saturating_sub(WIDTH / 2);
        if skip > 0 {
            shown.push('…');
            carets.push(' ');
        }
        for (at, c) in text.char_indices().skip(skip).take(WIDTH) {
            let at = line.start + at;
            shown.push(match c {
                _ if self.masked.iter().any(|span| span.contains(&at)) => '*',
                '\t' => ' ',
                c if hidden(c) => char::REPLACEMENT_CHARACTER,
                c => c,
            });
            carets.push(if (span.start..end).contains(&at) { '^' } else { ' ' });
        }
        // An empty span, or one at the end of the file, still wants a caret.
        let caret_free = !carets.contains('^');
        let carets = if caret_free {
            format!("{}^", " ".repeat(before - skip + usize::from(skip > 0)))
        } else {
            carets.trim_end().to_owned()
        };
        let gutter = number.to_string().len();
        format!(" {number} | {}\n {:gutter$} | {carets}", shown.trim_end(), "")
    }

    /// The number, text and range of the line that holds this byte.
    fn line(&self, at: usize) -> (usize, &str, Span) {
        let at = self.boundary(at);
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline);
        let text = self.text[start..end].trim_end_matches('\r');
        (self.text[..start].matches('\n').count() + 1, text, start..start + text.len())
    }

    /// The byte, moved back to where a character starts.
    fn boundary(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        (0..=at).rev().find(|&at| self.text.is_char_boundary(at)).unwrap_or(0)
    }
}

/// Characters that don't show, or that change how their neighbours show.
pub(super) fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A value in an error: quoted, escaped, and not too long.
pub(super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    let more = if short.len() < text.len() { "..." } else { "" };
    format!("{short:?}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source<'_> {
        Source { text, name: "hosts.toml".into(), masked: vec![] }
    }

    #[test]
    fn points_at_the_span() {
        let source = source("app = \"x\"\nhosst = [\"é\"]\n");
        assert_eq!(source.place(&(10..15)), "hosts.toml:2:1");
        assert_eq!(source.excerpt(&(10..15)), " 2 | hosst = [\"é\"]\n   | ^^^^^");
        assert_eq!(source.excerpt(&(19..23)), " 2 | hosst = [\"é\"]\n   |          ^^^");
    }

    #[test]
    fn the_end_of_the_file_has_a_caret_too() {
        assert_eq!(source("").excerpt(&(0..0)), " 1 | \n   | ^");
        assert_eq!(source("a =").excerpt(&(3..3)), " 1 | a =\n   |    ^");
        assert_eq!(source("é").excerpt(&(1..9)), " 1 | é\n   |  ^");
        assert_eq!(source("a\n").place(&(99..100)), "hosts.toml:2:1");
    }

    #[test]
    fn a_span_over_several_lines_is_marked_in_the_first() {
        assert_eq!(source("a = [\n 1\n]").excerpt(&(4..10)), " 1 | a = [\n   |     ^");
    }

    #[test]
    fn long_lines_are_cut_around_the_span() {
        let text = format!("{}here{}", "a".repeat(1000), "b".repeat(1000));
        let excerpt = source(&text).excerpt(&(1000..1004));
        assert!(excerpt.chars().count() < 2 * WIDTH, "{excerpt}");
        let (line, carets) = excerpt.split_once('\n').unwrap();
        let from = carets.chars().position(|c| c == '^').unwrap();
        assert_eq!(line.chars().skip(from).take(4).collect::<String>(), "here");
    }

    #[test]
    fn nothing_raw_and_nothing_masked_is_shown() {
        let mut source = source("a = \"\u{1b}[31m\"; b = \"s3cret\"");
        source.masked.push(18..24);
        let excerpt = source.excerpt(&(0..1));
        assert!(!excerpt.contains('\u{1b}') && !excerpt.contains("s3cret"), "{excerpt}");
    }
}
