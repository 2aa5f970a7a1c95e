//! A few lines at the end of the terminal that are drawn again and again, below text that stays: indicatif, on a terminal
//! that is a little pickier than its own.
//!
//! A deploy goes on after Ctrl-C (it undoes), and windows get resized: with the padding and the cursor that indicatif leaves
//! at the right end of the last line, both would leave half a frame behind. [`Terminal`] drops the padding, counts the rows
//! that a line takes when it has to go up over it, not when it was drawn, and has the cursor rest on the empty line that
//! ends the frame: a `^C` echoed there is wiped by the next drawing, and a prompt after a kill comes on a line of its own.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use anstream::adapter::strip_str;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use super::frame::Size;
use super::paint;
use super::ticker::lock;

/// The end of a terminal.
pub(super) struct Screen<W> {
    pub(super) terminal: Terminal<W>,
    multi: MultiProgress,
    /// The whole frame. indicatif draws all bars whenever one changes: a bar a host would draw forty hosts forty times.
    frame: ProgressBar,
    /// Something was drawn.
    begun: bool,
}

impl<W: Write + Send + 'static> Screen<W> {
    pub(super) fn new(out: W, color: bool, size: impl Fn() -> Size + Send + 'static) -> Self {
        let pen = Pen { out, size: Box::new(size), color, text: String::new(), writes: 0, drawn: Vec::new() };
        let terminal = Terminal(Arc::new(Mutex::new(pen)));
        let target = ProgressDrawTarget::term_like(Box::new(Terminal(Arc::clone(&terminal.0))));
        let multi = MultiProgress::with_draw_target(target);
        multi.set_move_cursor(true);
        let frame = ProgressBar::hidden();
        // The line break at its end makes the empty line that the cursor rests on.
        frame.set_style(ProgressStyle::with_template("{msg}\n").unwrap_or_else(|_| ProgressStyle::default_spinner()));
        // What is left of it when it is dropped stays as it is.
        frame.abandon();
        Self { terminal, frame: multi.add(frame), multi, begun: false }
    }

    pub(super) fn size(&self) -> Size {
        (lock(&self.terminal.0).size)()
    }

    /// Draws the frame as it is once more.
    pub(super) fn again(&self) {
        self.frame.tick();
    }

    /// Draws the frame in the place of the frame before, with lines to stay above it; an error is not one of the
    /// operation, and is left alone.
    pub(super) fn draw(&mut self, above: &[impl Display], frame: &[impl Display]) {
        self.begun |= !above.is_empty() || !frame.is_empty();
        if !self.begun {
            return;
        }
        let Size { width, height } = self.size();
        let mut rows = 0;
        let frame = frame.iter().map(ToString::to_string).take_while(|line| {
            rows += rows_of(columns(line), width);
            // The cursor can't go up to what has left the terminal at its top.
            rows < height
        });
        self.frame.set_message(frame.map(|line| line + "\n").collect::<String>());
        if !above.is_empty() {
            let _ = self.multi.println(above.iter().map(|line| format!("{line}\n")).collect::<String>());
        }
    }
}

fn columns(line: &str) -> usize {
    strip_str(line).map(paint::width).sum()
}

fn rows_of(columns: usize, width: usize) -> usize {
    columns.div_ceil(width.max(1)).max(1)
}

/// Clears all from the start of a line on. Not at once: tmux keeps in its history what is cleared from the top left corner.
const WIPE: &str = "\x1b[K\x1b[C\x1b[J\r";

/// What indicatif draws on. Each drawing is `move_cursor_up`, a carriage return, the lines, each followed by its padding,
/// and `flush`.
pub(super) struct Terminal<W>(pub(super) Arc<Mutex<Pen<W>>>);

/// A drawing as it is made.
pub(super) struct Pen<W> {
    pub(super) out: W,
    size: Box<dyn Fn() -> Size + Send>,
    color: bool,
    text: String,
    writes: usize,
    /// The width of each line.
    drawn: Vec<usize>,
}

impl<W> fmt::Debug for Terminal<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Terminal")
    }
}

impl<W: Write + Send> TermLike for Terminal<W> {
    /// More than any line has: so every line counts as one, and what rows they take today is for us to know.
    fn width(&self) -> u16 {
        u16::MAX
    }

    fn height(&self) -> u16 {
        u16::MAX
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        let pen = &mut *lock(&self.0);
        let width = (pen.size)().width;
        let above = pen.drawn.iter().rev().skip(1).take(lines);
        let rows: usize = above.map(|columns| rows_of(*columns, width)).sum();
        (pen.writes, pen.drawn) = (0, Vec::new());
        // Terminals that know it show what is between this and its counterpart at once; the others take no notice.
        pen.text = String::from("\x1b[?2026h\r");
        if rows > 0 {
            pen.text.push_str(&format!("\x1b[{rows}A"));
        }
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        let pen = &mut *lock(&self.0);
        pen.writes += 1;
        // The carriage return, and the padding of each line.
        if pen.writes % 2 == 1 {
            return Ok(());
        }
        let columns = columns(text);
        pen.text.push_str(if pen.drawn.is_empty() { "" } else { "\r\n" });
        // Cleared before it is written: clearing behind a line that is full would take its last character.
        pen.text.push_str(if columns > (pen.size)().width { WIPE } else { "\x1b[K" });
        match pen.color {
            true => pen.text.push_str(text),
            false => pen.text.extend(strip_str(text)),
        }
        pen.drawn.push(columns);
        Ok(())
    }

    /// One write, so that no half of a drawing is ever seen.
    fn flush(&self) -> io::Result<()> {
        let pen = &mut *lock(&self.0);
        pen.text.push_str(WIPE);
        pen.text.push_str("\x1b[?2026l");
        pen.out.write_all(pen.text.as_bytes())?;
        pen.out.flush()
    }

    // What indicatif needs only to clear bars without drawing any, which never happens here.
    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::paint::{Line, Paint};
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn line(text: &str) -> Line {
        Line::new().put(Paint::Red, text)
    }

    fn written(terminal: &Terminal<Vec<u8>>) -> String {
        String::from_utf8(std::mem::take(&mut lock(&terminal.0).out)).unwrap()
    }

    #[test]
    fn a_frame_takes_the_place_of_the_one_before_also_when_it_was_wrapped_since() {
        let width = Arc::new(AtomicUsize::new(20));
        let asked = Arc::clone(&width);
        let size = move || Size { width: asked.load(Ordering::Relaxed), height: 9 };
        let mut screen = Screen::new(Vec::new(), false, size);
        screen.draw(&[line("title")], &[line("fifteen columns"), line("b")]);
        written(&screen.terminal);
        width.store(10, Ordering::Relaxed);
        screen.draw(&[line("fourteen above")], &[line("c")]);
        let frame = format!("\x1b[?2026h\r\x1b[3A\x1b[Kc\r\n\x1b[K{WIPE}\x1b[?2026l");
        let above = format!("\x1b[?2026h\r\x1b[1A{WIPE}fourteen above\r\n\x1b[Kc\r\n\x1b[K{WIPE}\x1b[?2026l");
        assert_eq!(written(&screen.terminal), format!("{frame}{above}"));
    }

    #[test]
    fn a_line_may_be_as_wide_as_the_terminal() {
        let mut screen = Screen::new(vt100::Parser::new(4, 10, 9), false, || Size { width: 10, height: 4 });
        (0..3).for_each(|_| screen.draw(&[line("0123456789")], &[line("ten wide 0"), line(""), line("b")]));
        let pen = lock(&screen.terminal.0);
        assert_eq!(pen.out.screen().contents(), "ten wide 0\n\nb");
    }

    #[test]
    fn the_frame_is_never_higher_than_the_terminal_and_stays_when_dropped() {
        let mut screen = Screen::new(vt100::Parser::new(4, 10, 9), true, || Size { width: 10, height: 4 });
        let lines = ["a", "twelve chars", "never"].map(line);
        screen.draw(&[line("stays")], &lines[..2]);
        (0..3).for_each(|_| screen.draw(&[] as &[Line], &lines));
        let pen = Arc::clone(&screen.terminal.0);
        drop(screen);
        let mut pen = lock(&pen);
        assert_eq!(pen.out.screen().contents(), "a\ntwelve chars");
        pen.out.screen_mut().set_scrollback(9);
        assert_eq!(pen.out.screen().contents(), "stays\na\ntwelve chars");
    }

    #[test]
    fn nothing_is_drawn_for_nothing() {
        let mut screen = Screen::new(Vec::new(), true, || Size { width: 10, height: 4 });
        screen.draw(&[] as &[Line], &[] as &[Line]);
        let terminal = Terminal(Arc::clone(&screen.terminal.0));
        drop(screen);
        assert_eq!(written(&terminal), "");
    }
}
