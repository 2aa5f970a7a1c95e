//! The one sanitiser between what strangers wrote (hosts, tarballs, git, configuration) and the terminal.
//!
//! What could move the cursor, hide or reorder text is shown as an escape: `\x1b`, `\n`, `\u{202e}`; a byte that is no
//! UTF-8 as `\xff`. A backslash stays as it is: the result is for eyes, not for reading back.

/// The most characters that one line may have; longer ones end in `…`.
pub const LINE_MAX: usize = 1000;

/// One line of text: nothing in it can leave the line, and it is at most [`LINE_MAX`] characters long.
pub fn line(text: &str) -> String {
    let mut line = Line::default();
    line.text(text, false);
    line.end()
}

/// [`line()`] for text that somebody laid out: its tabs are spaces.
pub fn written(text: &str) -> String {
    line(&text.replace('\t', "    "))
}

/// [`line()`] for bytes of any kind.
pub fn bytes(bytes: &[u8]) -> String {
    let mut line = Line::default();
    line.bytes(bytes, false);
    line.end()
}

/// Several lines: keeps `\n` and `\t`, shows of a line that was rewritten with `\r` (a progress bar) only its last
/// state, and escapes the rest. Each line is at most [`LINE_MAX`] characters long; how many there are is for the caller.
pub fn block(bytes: &[u8]) -> String {
    let lines = bytes.split(|byte| *byte == b'\n').map(|raw| {
        let mut line = Line::default();
        line.bytes(last_state(raw), true);
        line.end()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A text of ours that goes on by its lines and tabs, whole: what would act on a terminal is escaped, and no line is cut.
pub fn whole(text: &str) -> String {
    let lines = text.split('\n').map(|raw| {
        let mut line = Line { uncut: true, ..Line::default() };
        line.text(raw, true);
        line.end()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// JSON as it may be shown on a terminal too: the same document, with what would act as an escape of JSON's own. It stands
/// only in strings there.
pub fn json(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for c in document.chars() {
        if c.is_control() || deceives(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

/// What a terminal would show in the end of a line with carriage returns in it.
fn last_state(raw: &[u8]) -> &[u8] {
    let end = raw.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
    let start = raw[..end].iter().rposition(|byte| *byte == b'\r').map_or(0, |cr| cr + 1);
    &raw[start..end]
}

/// A line under construction, which stops taking characters when it is full, however many come.
#[derive(Default)]
struct Line {
    out: String,
    chars: usize,
    /// Where to cut should more come than fits: the end of the last piece that leaves room for the `…`.
    cut: usize,
    full: bool,
    /// It is never full.
    uncut: bool,
}

impl Line {
    fn bytes(&mut self, bytes: &[u8], keep_tabs: bool) {
        for chunk in bytes.utf8_chunks() {
            self.text(chunk.valid(), keep_tabs);
            for byte in chunk.invalid() {
                self.piece(&format!("\\x{byte:02x}"));
            }
            if self.full {
                return;
            }
        }
    }

    fn text(&mut self, text: &str, keep_tabs: bool) {
        for c in text.chars() {
            match c {
                '\t' if keep_tabs => self.piece("\t"),
                '\n' => self.piece("\\n"),
                '\r' => self.piece("\\r"),
                '\t' => self.piece("\\t"),
                '\0'..'\x20' | '\x7f'..'\u{a0}' => self.piece(&format!("\\x{:02x}", c as u32)),
                c if deceives(c) => self.piece(&format!("\\u{{{:x}}}", c as u32)),
                c => self.piece(c.encode_utf8(&mut [0; 4])),
            }
            if self.full {
                return;
            }
        }
    }

    fn piece(&mut self, piece: &str) {
        if self.full {
            return;
        }
        self.chars += piece.chars().count();
        if self.chars > LINE_MAX && !self.uncut {
            self.full = true;
            return;
        }
        self.out.push_str(piece);
        if self.chars < LINE_MAX {
            self.cut = self.out.len();
        }
    }

    fn end(mut self) -> String {
        if self.full {
            self.out.truncate(self.cut);
            self.out.push('…');
        }
        self.out
    }
}

/// Whether a character can't be seen, or changes how its neighbours are seen.
fn deceives(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' // zero width, direction marks
        | '\u{2028}'..='\u{202e}' // line and paragraph separators, direction overrides
        | '\u{2060}'..='\u{206f}' // joiners, isolates
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_would_act() {
        assert_eq!(line("a\x1b[31mb\n\tc\r"), r"a\x1b[31mb\n\tc\r");
        assert_eq!(line("evil\u{202e}gnp.exe\u{200b}\u{9b}"), r"evil\u{202e}gnp.exe\u{200b}\x9b");
        assert_eq!(bytes(b"caf\xc3\xa9 \xff\xc3"), r"café \xff\xc3");
        assert_eq!(line("C:\\x1b"), "C:\\x1b");
        assert_eq!(written("\ta\x07"), r"    a\x07");
    }

    #[test]
    fn block_keeps_lines_and_tabs_and_the_last_state() {
        assert_eq!(block(b"one\r\n 10%\r 50%\r100%\r\n\ttab\x07\n"), "one\n100%\n\ttab\\x07\n");
        assert_eq!(block(b"\r\r"), "");
    }

    #[test]
    fn a_line_of_just_the_limit_stays_and_one_more_is_cut() {
        let fits = "x".repeat(LINE_MAX);
        assert_eq!(line(&fits), fits);
        let cut = line(&"x".repeat(LINE_MAX + 1));
        assert_eq!((cut.chars().count(), cut.chars().last()), (LINE_MAX, Some('…')));
        assert!(!line(&format!("{}\u{202e}", "x".repeat(LINE_MAX - 4))).contains("\\u"), "no half escape");
    }

    #[test]
    fn what_goes_on_whole_is_not_cut() {
        let long = format!("a\n\t{}\u{9b}", "x".repeat(3 * LINE_MAX));
        assert_eq!(whole(&long), long.replace('\u{9b}', "\\x9b"));
    }

    fn harmless_characters(text: &str, allowed: &[char]) {
        assert!(!text.chars().any(|c| (c.is_control() && !allowed.contains(&c)) || deceives(c)), "{text:?}");
    }

    fn harmless(text: &str, allowed: &[char]) {
        harmless_characters(text, allowed);
        assert!(text.split('\n').all(|line| line.chars().count() <= LINE_MAX));
    }

    #[test]
    fn nothing_gets_through() {
        arbtest::arbtest(|u| {
            let raw: Vec<u8> = u.arbitrary()?;
            harmless(&bytes(&raw), &[]);
            harmless(&block(&raw), &['\n', '\t']);
            let text: String = u.arbitrary()?;
            harmless(&line(&text), &[]);
            harmless_characters(&whole(&text), &['\n', '\t']);
            Ok(())
        });
        harmless(&line(&(0..=0x10ffff_u32).filter_map(char::from_u32).take(LINE_MAX / 8).collect::<String>()), &[]);
        for c in (0..=0x10ffff_u32).filter_map(char::from_u32) {
            harmless(&line(&c.to_string()), &[]);
        }
    }

    #[test]
    fn json_means_the_same_and_nothing_in_it_acts() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            let shown = json(&serde_json::to_string(&text).unwrap());
            assert!(!shown.chars().any(|c| c.is_control() || deceives(c)), "{shown:?}");
            assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
            Ok(())
        });
        assert_eq!(json("\"\u{9b}\u{202e}\u{e0001}é\""), r#""\u009b\u202e\udb40\udc01é""#);
    }

    #[test]
    fn plain_text_is_itself() {
        for text in ["", "duck.co", "Schätze — 日本語 👍 e\u{301}", "a\\b `c` \"d\""] {
            assert_eq!((line(text), block(text.as_bytes())), (text.to_owned(), text.to_owned()));
        }
    }
}
