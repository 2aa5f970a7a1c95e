//! Colours, and lines made of coloured pieces whose width is known.
//!
//! Nothing here says by colour alone what it says: each state has its own glyph or word besides.

use std::fmt;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How a piece of text looks; one of the eight colours that a terminal's theme has made readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paint {
    /// As it is.
    #[default]
    Plain,
    /// What matters.
    Bold,
    /// What is past, or there for completeness.
    Dim,
    /// What went wrong.
    Red,
    /// What went wrong, as a heading.
    Alarm,
    /// What went well.
    Green,
    /// What wants attention, or was undone.
    Yellow,
    /// What is going on, and where to go on.
    Cyan,
}

impl Paint {
    /// The text between the sequences that switch this look on and off.
    pub fn on(self, text: &str) -> String {
        let code = match self {
            Self::Plain => return text.to_owned(),
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Red => "31",
            Self::Alarm => "1;31",
            Self::Green => "32",
            Self::Yellow => "33",
            Self::Cyan => "36",
        };
        if text.is_empty() { String::new() } else { format!("\x1b[{code}m{text}\x1b[0m") }
    }
}

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text of at most `max` columns, with `…` where it was cut.
pub(super) fn clip(text: &str, max: usize) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    let mut clipped = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > max {
            break;
        }
        clipped.push(c);
    }
    if max > 0 {
        clipped.push('…');
    }
    clipped
}

/// A name in at most `max` columns: what is cut is cut from the middle, since names of hosts differ at one of their ends.
pub(super) fn clip_middle(text: &str, max: usize) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    let mut from = text.len();
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > max.saturating_sub(1) / 2 {
            break;
        }
        from = at;
    }
    let tail = &text[from..];
    clip(text, max - width(tail)) + tail
}

/// A text as lines of at most `max` columns, broken at spaces; a word is broken only where it is longer than a line.
pub fn wrap(text: &str, max: usize) -> Vec<String> {
    let max = max.max(8);
    let (mut lines, mut rest) = (Vec::new(), text);
    while width(rest) > max {
        let fits = fitting(rest, max);
        let (head, tail) = rest.split_at(space_before(rest, fits).unwrap_or(fits));
        lines.push(head.to_owned());
        rest = tail.strip_prefix(' ').unwrap_or(tail);
    }
    lines.push(rest.to_owned());
    lines
}

/// A text as lines for a terminal that scrolls: broken at spaces only, so that a path or a command stays whole and can be
/// copied. Without a width it stays one line.
pub fn flow(text: &str, width_of_terminal: Option<usize>) -> Vec<String> {
    let Some(max) = width_of_terminal else { return vec![text.to_owned()] };
    let (mut lines, mut rest) = (Vec::new(), text);
    while width(rest) > max {
        let fits = fitting(rest, max);
        let Some(at) = space_before(rest, fits).or_else(|| rest[fits..].find(' ').map(|at| fits + at)) else { break };
        lines.push(rest[..at].to_owned());
        rest = &rest[at + 1..];
    }
    lines.push(rest.to_owned());
    lines
}

/// The same for a text of several lines that are laid out in columns: what a line is broken into stands below where its last
/// column begins, which is behind `column` columns.
pub fn flow_all(text: &str, width_of_terminal: Option<usize>, column: usize) -> String {
    let Some(max) = width_of_terminal else { return text.to_owned() };
    let indented = |line: &str| line.starts_with("  ");
    let mut out = String::new();
    for line in text.lines() {
        let indent = if indented(line) { column.min(max / 2) } else { 0 };
        let mut rest = line.to_owned();
        // Only the first piece stands at the left.
        while let [first, _, ..] = flow(&rest, Some(max)).as_slice() {
            let tail = rest[first.len()..].trim_start();
            let next = format!("{}{tail}", " ".repeat(indent));
            out.push_str(&format!("{first}\n"));
            if next.len() >= rest.len() {
                rest = next;
                break;
            }
            rest = next;
        }
        out.push_str(&format!("{rest}\n"));
    }
    out
}

/// How many bytes of a text fit into so many columns.
fn fitting(text: &str, max: usize) -> usize {
    let (mut used, mut fits) = (0, 0);
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > max {
            break;
        }
        fits = at + c.len_utf8();
    }
    fits
}

/// The last space to break at, up to a place; not one of those that the line begins with.
fn space_before(text: &str, fits: usize) -> Option<usize> {
    let at_end = text[fits..].starts_with(' ').then_some(fits);
    at_end.or_else(|| text[..fits].rfind(' ')).filter(|at| !text[..*at].trim().is_empty())
}

/// One line of a display.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pieces: Vec<(Paint, String)>,
}

impl Line {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a piece.
    pub(super) fn put(mut self, paint: Paint, text: impl Into<String>) -> Self {
        self.pieces.push((paint, text.into()));
        self
    }

    /// Adds spaces up to a column.
    pub(super) fn to(self, column: usize) -> Self {
        let gap = column.saturating_sub(self.width());
        self.put(Paint::Plain, " ".repeat(gap))
    }

    /// Cuts the line to `max` columns.
    pub(super) fn fit(self, max: usize) -> Self {
        let mut left = max;
        let mut fitted = Self::new();
        for (paint, text) in self.pieces {
            let text_width = width(&text);
            if text_width > left {
                return if left > 0 { fitted.put(paint, clip(&text, left)) } else { fitted };
            }
            left -= text_width;
            fitted = fitted.put(paint, text);
        }
        fitted
    }

    /// Adds the last piece at the right end of `columns`, cutting what is left of it where it must.
    pub(super) fn right(self, columns: usize, paint: Paint, text: impl Into<String>) -> Self {
        let text = text.into();
        let start = columns.saturating_sub(width(&text));
        self.fit(start.saturating_sub(1)).to(start).put(paint, text).fit(columns)
    }

    pub fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| width(text)).sum()
    }

    /// The text without any paint.
    #[cfg(test)]
    pub(super) fn plain(&self) -> String {
        self.pieces.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// The line with its colours, and without trailing spaces: a terminal that gets narrower would wrap them.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = self.pieces.len();
        while last > 0 && self.pieces[last - 1].1.trim_end_matches(' ').is_empty() {
            last -= 1;
        }
        self.pieces[..last].iter().try_for_each(|(paint, text)| f.write_str(&paint.on(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_by_columns_not_characters() {
        assert_eq!(
            (clip("日本語", 6), clip("日本語", 5), clip("日本語", 4)),
            ("日本語".into(), "日本…".into(), "日…".into())
        );
        assert_eq!((clip("abc", 1), clip("abc", 0)), ("…".into(), String::new()));
        assert_eq!((clip_middle("production-1", 8), clip_middle("abc", 1)), ("prod…n-1".into(), "…".into()));
    }

    #[test]
    fn wraps_at_spaces_and_within_words_that_are_too_long() {
        assert_eq!(wrap("no answer from the service", 12), ["no answer", "from the", "service"]);
        assert_eq!(wrap("exactly8 here", 8), ["exactly8", "here"]);
        assert_eq!(wrap("abcdefghijkl", 8), ["abcdefgh", "ijkl"]);
        assert_eq!(wrap("日本語日本語", 9), ["日本語日", "本語"]);
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(wrap("is unreachable", 13), ["is", "unreachable"], "in the first half of the line, too");
        assert_eq!(flow("see /a/long/path now", Some(8)), ["see", "/a/long/path", "now"]);
        assert_eq!(flow("a b", None), ["a b"]);
        let plan = "deploy to here\n   1  sync  write all of it to disk\n";
        let narrow = "deploy to here\n   1  sync  write\n         all of it\n         to disk\n";
        assert_eq!(flow_all(plan, Some(18), 9), narrow);
        assert_eq!(flow_all(plan, None, 9), plan);
    }

    #[test]
    fn wraps_anything() {
        arbtest::arbtest(|u| {
            let text = super::super::escape::line(u.arbitrary()?);
            let max = u.int_in_range(8..=20)?;
            assert!(wrap(&text, max).iter().all(|line| width(line) <= max));
            assert!(width(&clip(&text, max)) <= max && width(&clip_middle(&text, max)) <= max);
            Ok(())
        });
    }

    #[test]
    fn the_right_piece_is_kept_and_the_left_one_cut() {
        let line = Line::new().put(Paint::Dim, "a long label").right(10, Paint::Plain, "4.2s");
        assert_eq!((line.plain().as_str(), line.width()), ("a lo… 4.2s", 10));
        assert_eq!(Line::new().put(Paint::Plain, "ab").right(3, Paint::Plain, "12345").plain(), "12…");
    }

    #[test]
    fn paints() {
        assert_eq!(Paint::Red.on("x"), "\x1b[31mx\x1b[0m");
        assert_eq!(Line::new().put(Paint::Dim, "x").to(9).to_string(), "\x1b[2mx\x1b[0m");
    }
}
