//! A few lines at the end of the terminal that are drawn again and again, below text that stays.
//!
//! Drawn by hand, since a deploy goes on after Ctrl-C (it undoes) and windows get resized: both make indicatif, which pads
//! its lines and parks the cursor behind the last one, leave half a frame behind. Here the cursor is never hidden and rests
//! on the empty line below the frame, so that a `^C` echoed there is wiped by the next drawing, and whenever the process
//! may be killed, the prompt comes on a line of its own.

use std::io::Write;

use super::frame::Size;
use super::paint::Line;

/// The terminal: where it writes, and how large it is right now.
pub(super) struct Screen<W> {
    pub(super) out: W,
    size: Box<dyn Fn() -> Size + Send>,
    color: bool,
    /// The width of each line of the frame that is on the terminal.
    drawn: Vec<usize>,
}

impl<W: Write> Screen<W> {
    pub(super) fn new(out: W, color: bool, size: impl Fn() -> Size + Send + 'static) -> Self {
        Self { out, size: Box::new(size), color, drawn: Vec::new() }
    }

    pub(super) fn size(&self) -> Size {
        (self.size)()
    }

    /// Prints lines to stay, then the frame below them, in the place of the frame before. One write, so that no half of
    /// it is ever seen; an error is not one of the operation, and is left alone.
    pub(super) fn draw(&mut self, above: &[Line], frame: &[Line]) {
        if above.is_empty() && frame.is_empty() && self.drawn.is_empty() {
            return;
        }
        // Terminals that know it show what is between these two at once; the others take no notice.
        let mut text = String::from("\x1b[?2026h");
        let Size { width, height } = self.size();
        let width = width.max(1);
        // The cursor can't go up to what has left the terminal at its top.
        let frame = &frame[..frame.len().min(height.saturating_sub(1))];
        // After a resize a line may have become several.
        let rows: usize = self.drawn.iter().map(|line| line.div_ceil(width).max(1)).sum();
        if rows > 0 {
            text.push_str(&format!("\r\x1b[{rows}A"));
        }
        if !above.is_empty() {
            text.push_str("\r\x1b[J");
        }
        for line in above {
            text.push_str(&format!("{line}\r\n"));
        }
        for line in frame {
            // Cleared before it is written: clearing behind a line that is full would take its last character.
            text.push_str(&format!("\r\x1b[K{line}\r\n"));
        }
        text.push_str("\x1b[J\x1b[?2026l");
        if !self.color {
            text = without_color(&text);
        }
        let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        self.drawn = frame
            .iter()
            .map(|line| line.plain().trim_end_matches(' ').to_owned())
            .map(|l| super::paint::width(&l))
            .collect();
    }
}

/// The text without its colours, but with the cursor's movements: the only sequences that end in `m` are colours.
fn without_color(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let parameters = part.find(|c: char| !c.is_ascii_digit() && c != ';' && c != '?').unwrap_or(part.len());
        match part[parameters..].strip_prefix('m') {
            Some(rest) => plain.push_str(rest),
            None => plain.push_str(&format!("\x1b[{part}")),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::super::paint::Paint;
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn line(text: &str) -> Line {
        Line::new().put(Paint::Red, text)
    }

    #[test]
    fn a_frame_takes_the_place_of_the_one_before_also_when_it_was_wrapped_since() {
        let width = Arc::new(AtomicUsize::new(20));
        let asked = Arc::clone(&width);
        let size = move || Size { width: asked.load(Ordering::Relaxed), height: 9 };
        let mut screen = Screen::new(Vec::new(), false, size);
        screen.draw(&[line("title")], &[line("fifteen columns"), line("b")]);
        width.store(10, Ordering::Relaxed);
        screen.draw(&[line("more")], &[line("c")]);
        let text = String::from_utf8(screen.out).unwrap();
        let second = text.rsplit_once("\x1b[?2026h").unwrap().1;
        assert_eq!(second, "\r\x1b[3A\r\x1b[Jmore\r\n\r\x1b[Kc\r\n\x1b[J\x1b[?2026l");
    }

    #[test]
    fn without_colour_the_cursor_still_moves() {
        assert_eq!(without_color("\x1b[2A\x1b[1;31mred\x1b[0m\x1b[K\x1b[?2026h"), "\x1b[2Ared\x1b[K\x1b[?2026h");
    }
}
