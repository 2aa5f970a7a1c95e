//! The `Deployment:` sections of a commit's message. Pure: from bytes to lines.
//!
//! A section begins at a line `Deployment:` (in any case; `Deployment notes:`, `**Deployment:**`, `## Deployment` and one
//! underlined are as good), and ends before the trailers (`Signed-off-by:`), at the next such line, and, where it began as a
//! heading, at the next heading of its level. A quoted line (`> Deployment:`) and one in a code block begin nothing. Where it
//! is doubtful whether a line belongs to a section it does: a step too many is read and skipped, a lost one is an outage.

mod trailers;

/// The most lines of a section that are kept, and the most bytes of a line.
pub const LINES_MAX: usize = 200;
/// See [`LINES_MAX`].
pub const LINE_BYTES_MAX: usize = 2000;

/// One section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// Its lines, without the heading and the blank lines around; what is no UTF-8 is replaced.
    pub lines: Vec<String>,
    /// It had more, or longer, lines.
    pub cut: bool,
}

/// What a section began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// `Deployment:`
    Label,
    /// `## Deployment`, and its level.
    Heading(usize),
}

/// Finds them all, in time that grows with the length of the message.
pub fn sections(message: &[u8]) -> Vec<Section> {
    let mut reader = Reader { found: Vec::new(), open: None };
    if !mentions(message) {
        return reader.found;
    }
    let lines = || message.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let fences = lines().filter(|line| is_fence(line)).count();
    let (mut fence, mut blank, mut skip) = (0, true, false);
    let mut rest = lines();
    let mut first = true;
    while let Some(line) = rest.next() {
        let subject = std::mem::take(&mut first);
        if std::mem::take(&mut skip) {
            continue;
        }
        fence += usize::from(is_fence(line));
        // Between the first and the second, the third and the fourth; one that is never closed is none.
        let in_code = is_fence(line) || (fence % 2 == 1 && fence < fences);
        let underlined = !in_code && is_underline(rest.clone().next().unwrap_or_default());
        if in_code {
            reader.take(line);
        } else if let Some((start, text)) = heading(line, subject, underlined) {
            reader.begin(start, text);
            skip = underlined;
        } else if reader.ends_at(line, underlined) || trailers::begin(line, blank, rest.clone()) {
            reader.end();
        } else {
            reader.take(line);
        }
        blank = line.is_empty();
    }
    reader.end();
    reader.found
}

struct Reader {
    found: Vec<Section>,
    open: Option<(Start, Section)>,
}

impl Reader {
    fn begin(&mut self, start: Start, text: &[u8]) {
        self.end();
        self.open = Some((start, Section::default()));
        self.take(text);
    }

    /// A line that may belong to a section.
    fn take(&mut self, line: &[u8]) {
        let Some((_, section)) = &mut self.open else { return };
        let repeated = section.lines.last().is_none_or(String::is_empty);
        if line.is_empty() && repeated {
            return;
        }
        if section.lines.len() >= LINES_MAX {
            section.cut |= !line.is_empty();
            return;
        }
        section.cut |= line.len() > LINE_BYTES_MAX;
        section.lines.push(text(line));
    }

    fn end(&mut self) {
        let Some((_, mut section)) = self.open.take() else { return };
        while section.lines.last().is_some_and(String::is_empty) {
            section.lines.pop();
        }
        if !is_nothing(&section.lines) {
            self.found.push(section);
        }
    }

    /// Another heading, where the section is that of a heading.
    fn ends_at(&self, line: &[u8], underlined: bool) -> bool {
        let Some((Start::Heading(own), _)) = self.open else { return false };
        let level = level(line).filter(|level| line.get(*level) == Some(&b' '));
        level.or((underlined && !line.is_empty()).then_some(2)).is_some_and(|level| level <= own)
    }
}

/// Valid text of at most [`LINE_BYTES_MAX`] bytes of the line.
fn text(line: &[u8]) -> String {
    let mut end = line.len().min(LINE_BYTES_MAX);
    // Not within a character, which has at most four bytes.
    for _ in 0..3 {
        end -= usize::from(end < line.len() && line[end] & 0xC0 == 0x80);
    }
    String::from_utf8_lossy(&line[..end]).into_owned()
}

/// Almost no message does: the others are through here.
fn mentions(message: &[u8]) -> bool {
    message.windows(WORD.len()).any(|window| window.eq_ignore_ascii_case(WORD))
}

const WORD: &[u8] = b"deployment";

/// What may stand between the word and the colon.
const KINDS: [&[u8]; 6] = [b"notes", b"note", b"steps", b"step", b"instructions", b"instruction"];

/// What section a line begins, and the text that follows on it. In the subject a label with text is a topic, as in
/// `Deployment: use rsync`.
fn heading(line: &[u8], subject: bool, underlined: bool) -> Option<(Start, &[u8])> {
    let level = level(line);
    let rest = level.map_or(line, |level| line[level..].trim_ascii_start());
    let marks = rest.iter().take_while(|byte| matches!(byte, b'*' | b'_')).count();
    let (emphasis, rest) = rest.split_at(marks.min(2));
    let rest = strip(rest, WORD)?;
    let kind = KINDS.iter().find_map(|kind| strip(rest.strip_prefix(b" ")?, kind));
    let rest = kind.unwrap_or(rest);
    let rest = rest.strip_prefix(emphasis).unwrap_or(rest).trim_ascii_start();
    let start = level.map(Start::Heading);
    match rest.strip_prefix(b":") {
        Some(text) => {
            let text = text.strip_prefix(emphasis).unwrap_or(text).trim_ascii();
            (text.is_empty() || !subject).then(|| (start.unwrap_or(Start::Label), text))
        }
        None if rest.iter().any(|byte| *byte != b'#') => None,
        None => Some((start.or(underlined.then_some(Start::Heading(2)))?, b"")),
    }
}

fn strip<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// The level of a markdown heading.
fn level(line: &[u8]) -> Option<usize> {
    let level = line.iter().take_while(|byte| **byte == b'#').count();
    (1..=6).contains(&level).then_some(level)
}

fn is_fence(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    line.starts_with(b"```") || line.starts_with(b"~~~")
}

fn is_underline(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    line.len() >= 3 && (line.iter().all(|byte| *byte == b'-') || line.iter().all(|byte| *byte == b'='))
}

/// What people leave where a template asks and there is nothing to say.
fn is_nothing(lines: &[String]) -> bool {
    let [line] = lines else { return lines.is_empty() };
    let word = line.trim_start_matches(['-', '*', ' ']).trim_end_matches('.').to_ascii_lowercase();
    matches!(word.as_str(), "" | "none" | "nothing" | "n/a" | "no")
}

#[cfg(test)]
mod tests;
