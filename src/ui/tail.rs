//! A command's output: cut into lines as it comes, the last few of them kept. Neither grows with what a host sends.

use std::collections::VecDeque;

use super::escape;
use super::paint;

/// How many lines are kept to be shown when a step fails.
const LINES: usize = 20;

/// The most bytes of one line that are kept; more than [`escape::LINE_MAX`] characters, so that the sanitiser marks the cut.
const LINE_BYTES: usize = 4 * (escape::LINE_MAX + 8);

/// The output of one host.
#[derive(Debug, Default)]
pub(super) struct Tail {
    kept: VecDeque<String>,
    /// The line that has not ended yet.
    open: Vec<u8>,
    /// A carriage return came last: what follows overwrites the line, unless it is its end.
    returned: bool,
    /// How many of the kept lines came since the last [`Tail::fade`].
    fresh: usize,
}

impl Tail {
    /// Takes bytes, and hands out each line that they end, ready to be shown.
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(&str)) {
        while !bytes.is_empty() {
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
            if end > 0 {
                if std::mem::take(&mut self.returned) {
                    self.open.clear();
                }
                let room = LINE_BYTES.saturating_sub(self.open.len());
                self.open.extend_from_slice(&bytes[..end.min(room)]);
            }
            match bytes.get(end) {
                Some(b'\r') => self.returned = true,
                Some(_) => self.end_line(&mut each),
                None => {}
            }
            bytes = bytes.get(end + 1..).unwrap_or_default();
        }
    }

    /// Ends a line that has begun: the command is over, and no more will come.
    pub(super) fn flush(&mut self, mut each: impl FnMut(&str)) {
        if !self.open.is_empty() {
            self.end_line(&mut each);
        }
    }

    /// The last line with anything on it, ended or not; none of before the last [`Tail::fade`].
    pub(super) fn last(&self) -> Option<String> {
        let open = show(&self.open);
        let fresh = self.kept.iter().rev().take(self.fresh);
        std::iter::once(&open).chain(fresh).find(|line| !line.trim().is_empty()).cloned()
    }

    /// Makes what came so far old: it is kept, but is not what the host says now.
    pub(super) fn fade(&mut self) {
        self.fresh = 0;
    }

    /// The kept lines; afterwards there are none, so that nothing is replayed twice.
    pub(super) fn take(&mut self) -> Vec<String> {
        self.flush(|_| {});
        self.fresh = 0;
        std::mem::take(&mut self.kept).into()
    }

    /// [`Tail::take`] for a step that failed; without the reason, which the host has in its output as a line of ours.
    pub(super) fn replay(&mut self, why: &str) -> Vec<String> {
        let why = escape::line(why);
        let mut said = self.take();
        said.retain(|line| line.strip_prefix("release: ") != Some(&why));
        said
    }

    fn end_line(&mut self, each: &mut impl FnMut(&str)) {
        let line = show(&self.open);
        self.open.clear();
        self.returned = false;
        each(&line);
        if self.kept.len() == LINES {
            self.kept.pop_front();
        }
        self.kept.push_back(line);
        self.fresh = (self.fresh + 1).min(LINES);
    }
}

/// A line as it is shown: escaped, and its tabs spaces, because a tab's width depends on what is left of it.
fn show(raw: &[u8]) -> String {
    let mut shown = String::new();
    for part in escape::block(raw).split_inclusive('\t') {
        shown.push_str(part.trim_end_matches('\t'));
        if part.ends_with('\t') {
            shown.push_str(&" ".repeat(8 - paint::width(&shown) % 8));
        }
    }
    shown.truncate(shown.trim_end().len());
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let (mut tail, mut lines) = (Tail::default(), Vec::new());
        for chunk in chunks {
            tail.feed(chunk, |line| lines.push(line.to_owned()));
        }
        tail.flush(|line| lines.push(line.to_owned()));
        lines
    }

    #[test]
    fn lines_end_where_they_end_however_they_are_cut() {
        assert_eq!(lines(&[b"on", b"e\ntwo\r", b"\n\nth\xc3", b"\xa9"]), ["one", "two", "", "thé"]);
        assert_eq!(lines(&[b" 10%\r", b" 50%\r100", b"%\ndone"]), ["100%", "done"]);
        assert_eq!(lines(&[b"a\tb \x1b[K\n"]), [r"a       b \x1b[K"]);
    }

    #[test]
    fn keeps_the_last_twenty_and_gives_them_once() {
        let mut tail = Tail::default();
        (0..30).for_each(|i| tail.feed(format!("{i}\n").as_bytes(), |_| {}));
        tail.feed(b"open", |_| {});
        assert_eq!(tail.last().as_deref(), Some("open"));
        tail.fade();
        assert_eq!(tail.last().as_deref(), Some("open"), "it has not ended yet");
        let kept = tail.take();
        assert_eq!((kept.len(), kept[0].as_str(), kept[19].as_str()), (20, "11", "open"));
        assert_eq!((tail.take().len(), tail.last()), (0, None));
    }

    #[test]
    fn an_endless_line_takes_no_memory() {
        let mut tail = Tail::default();
        for chunk in [vec![b'x'; 1 << 20], vec![b'\r'; 1 << 20], vec![0xff; 1 << 20]] {
            (0..8).for_each(|_| tail.feed(&chunk, |_| {}));
            assert!(tail.open.capacity() <= 2 * LINE_BYTES);
        }
        let kept = tail.take();
        assert!(kept.len() == 1 && kept[0].len() < LINE_BYTES && kept[0].ends_with('…'));
    }
}
