//! Output where the locale is not UTF-8: each character that is not ASCII as one that is, of the same width.

use std::io::{self, Write};

use unicode_width::UnicodeWidthChar as _;

/// Whether the locale that these variables make (`LC_ALL`, `LC_CTYPE`, `LANG`: the first that is set counts) is UTF-8; `None`
/// where none of them is set.
pub fn locale_is_utf8(variables: [Option<String>; 3]) -> Option<bool> {
    let locale = variables.into_iter().flatten().find(|value| !value.is_empty())?.to_ascii_lowercase();
    Some(locale.contains("utf-8") || locale.contains("utf8"))
}

/// Passes text on, as ASCII where it has to be.
pub(super) struct Ascii<W> {
    inner: W,
    plain: bool,
}

impl<W> Ascii<W> {
    /// `unicode`: the other end can show all of it.
    pub(super) fn new(inner: W, unicode: bool) -> Self {
        Self { inner, plain: !unicode }
    }
}

impl<W: Write> Write for Ascii<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    /// All that is written here comes in whole strings.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.plain || bytes.is_ascii() {
            return self.inner.write_all(bytes);
        }
        self.inner.write_all(text(&String::from_utf8_lossy(bytes)).as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A text as ASCII, as wide as it was.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0'..='\x7f' => out.push(c),
            '✓' => out.push('+'),
            '✗' | '×' => out.push('x'),
            '↺' | '←' => out.push('<'),
            '→' => out.push('>'),
            '…' => out.push('~'),
            '│' => out.push('|'),
            '━' => out.push('='),
            '┄' => out.push('.'),
            '·' | '╸' | '–' | '—' => out.push('-'),
            '‘' | '’' => out.push('\''),
            '“' | '”' => out.push('"'),
            // The spinner's frames, in turn.
            '⠋' | '⠸' | '⠦' => out.push('|'),
            '⠙' | '⠼' | '⠧' => out.push('/'),
            '⠹' | '⠴' | '⠇' => out.push('-'),
            '⠏' => out.push('\\'),
            other => out.extend(std::iter::repeat_n('?', other.width().unwrap_or(0))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locale_is_the_first_variable_that_is_set() {
        let of = |all: [&str; 3]| locale_is_utf8(all.map(|text| Some(text.to_owned()).filter(|text| text != "-")));
        assert_eq!(of(["C", "en_US.UTF-8", "en_US.UTF-8"]), Some(false));
        assert_eq!(of(["", "de_DE.utf8", "C"]), Some(true));
        assert_eq!(of(["-", "-", "C.UTF-8"]), Some(true));
        assert_eq!(of(["-", "", "de_DE.ISO-8859-1"]), Some(false));
        assert_eq!(of(["-", "", "-"]), None);
    }

    #[test]
    fn text_is_ascii_and_as_wide_as_it_was() {
        for from in ["✓ swap │ 1.0 → 1.1 …", "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "日本 é ─", "━━╸┄┄"]
        {
            let to = text(from);
            assert!(to.is_ascii(), "{to}");
            assert_eq!(super::super::paint::width(&to), super::super::paint::width(from), "{from} {to}");
        }
    }

    #[test]
    fn writer_changes_nothing_where_all_can_be_shown() {
        let written = |unicode| {
            let mut out = Vec::new();
            Ascii::new(&mut out, unicode).write_all("✓ é\n".as_bytes()).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!((written(true).as_str(), written(false).as_str()), ("✓ é\n", "+ ?\n"));
    }
}
