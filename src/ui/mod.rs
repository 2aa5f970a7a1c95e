//! All that `release` says: progress as it happens, failures, and results. No other room prints.
//!
//! stdout is data, stderr is talk. Nothing about the environment is read here, but the size of the terminal while it is
//! drawn on; the rest comes with [`Settings`].

pub mod ascii;
pub mod confirm;
mod demo;
pub mod escape;
pub mod html;
pub mod json;
pub mod paint;
pub mod table;
pub mod time;

mod bar;
mod frame;
mod hint;
mod history;
mod hosts;
mod live;
mod plain;
mod print;
mod screen;
mod tail;
#[cfg(test)]
mod testing;
mod ticker;
mod words;

pub use demo::demo;
pub use hint::with_config;
pub use print::{Output, Repeated, failure, print_exact, print_json, print_text, reporter, say, warn};
pub use words::notes;

use crate::model::Event;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorChoice {
    /// On a terminal that is not dumb, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always, also into a pipe, and in spite of `NO_COLOR`.
    Always,
    /// Never; on a terminal the live display stays, without colours.
    Never,
}

/// What `main` knows of the command line and the environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// `--config`, as one word of a shell, where it was given: the commands that are shown carry it.
    pub config: Option<String>,
    /// `--json`
    pub json: bool,
    /// `-v`, counted: from 1 on, what commands on hosts print is shown as it comes.
    pub verbose: u8,
    /// `-q`: only failures, warnings and the end.
    pub quiet: bool,
    /// `--color`
    pub color: ColorChoice,
    /// Not `--no-progress`.
    pub progress: bool,
    /// Whether stdin is a terminal: whether there is somebody to ask.
    pub stdin_is_terminal: bool,
    /// Whether a CI runs this: its terminal has nobody behind it.
    pub ci: bool,
    /// Whether stderr is a terminal.
    pub stderr_is_terminal: bool,
    /// Whether stdout is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether `NO_COLOR` is set to anything but nothing.
    pub no_color_env: bool,
    /// Whether the terminal can't move its cursor (`TERM=dumb`, or none).
    pub dumb_terminal: bool,
    /// Whether the locale is UTF-8; `None` where no variable says which it is.
    pub utf8: Option<bool>,
    /// The columns of the terminal, for where it can't be asked.
    pub width: usize,
}

impl Settings {
    /// The width to give to [`table::Table::render`]: none for a pipe, where nothing is cut.
    pub fn table_width(&self) -> Option<usize> {
        self.stdout_is_terminal.then_some(self.width)
    }

    /// Whether everything can be shown on this stream: what no variable forbids, into a pipe or file; and on a terminal only
    /// what one allows.
    fn unicode(&self, terminal: bool) -> bool {
        self.utf8.unwrap_or(!terminal)
    }

    /// The width that sentences on stderr are broken at: none for a pipe.
    fn talk_width(&self) -> Option<usize> {
        let asked = || terminal_size::terminal_size_of(std::io::stderr()).map(|(width, _)| usize::from(width.0));
        self.stderr_is_terminal.then(|| asked().unwrap_or(self.width))
    }

    /// Whether there is somebody whom another program may ask, such as ssh for a passphrase.
    pub fn may_ask(&self) -> bool {
        self.stdin_is_terminal && self.stderr_is_terminal && !self.json && !self.ci
    }

    fn live(&self) -> bool {
        let wanted = self.progress && !self.json && !self.quiet;
        let plain = self.no_color_env && self.color != ColorChoice::Always;
        wanted && self.stderr_is_terminal && !self.dumb_terminal && !plain
    }

    fn color_on(&self, terminal: bool) -> bool {
        match self.color {
            ColorChoice::Auto => terminal && !self.dumb_terminal && !self.no_color_env,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        }
    }
}

/// Shows what happens, as it happens.
pub trait Reporter {
    /// Shows one thing that happened.
    fn event(&mut self, event: &Event);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal() -> Settings {
        Settings {
            config: None,
            json: false,
            verbose: 0,
            quiet: false,
            color: ColorChoice::Auto,
            progress: true,
            stdin_is_terminal: true,
            ci: false,
            stderr_is_terminal: true,
            stdout_is_terminal: true,
            no_color_env: false,
            dumb_terminal: false,
            utf8: Some(true),
            width: 80,
        }
    }

    #[test]
    fn live_only_on_a_terminal_that_can_and_where_nobody_said_otherwise() {
        assert!(terminal().live());
        assert!(Settings { color: ColorChoice::Never, ..terminal() }.live());
        assert!(Settings { color: ColorChoice::Always, no_color_env: true, ..terminal() }.live());
        for plain in [
            Settings { json: true, ..terminal() },
            Settings { quiet: true, ..terminal() },
            Settings { progress: false, ..terminal() },
            Settings { stderr_is_terminal: false, ..terminal() },
            Settings { no_color_env: true, ..terminal() },
            Settings { dumb_terminal: true, ..terminal() },
        ] {
            assert!(!plain.live(), "{plain:?}");
        }
    }

    #[test]
    fn colours() {
        assert!(terminal().color_on(true) && !terminal().color_on(false));
        assert!(!Settings { no_color_env: true, ..terminal() }.color_on(true));
        assert!(!Settings { dumb_terminal: true, ..terminal() }.color_on(true));
        assert!(!Settings { color: ColorChoice::Never, ..terminal() }.color_on(true));
        assert!(Settings { color: ColorChoice::Always, no_color_env: true, ..terminal() }.color_on(false));
        assert_eq!(Settings { stdout_is_terminal: false, ..terminal() }.table_width(), None);
    }
}
