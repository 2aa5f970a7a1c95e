//! The display for people at a terminal: what is over is printed for good, what runs moves below it.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::model::Event;

use super::Reporter;
use super::frame::{self, Size};
use super::history;
use super::hosts::Hosts;
use super::paint::Line;
use super::screen::Screen;
use super::ticker::{Ticker, lock};

/// Between two drawings of the same; as fast as the spinner turns.
const TICK: Duration = Duration::from_millis(100);

/// Events are drawn at once, but no more often than this: a fast upload says thousands.
const PAUSE: Duration = Duration::from_millis(40);

pub(super) struct Live<W: Write + Send + 'static> {
    desk: Arc<Mutex<Desk<W>>>,
    ticker: Option<Ticker>,
}

impl<W: Write + Send> Live<W> {
    pub(super) fn new(out: W, color: bool, verbose: bool, size: impl Fn() -> Size + Send + 'static) -> Self {
        let desk = Desk::new(Screen::new(out, color, size), verbose, Instant::now());
        let desk = Arc::new(Mutex::new(desk));
        let ticker = Ticker::start(&desk, TICK, |desk| desk.tick(Instant::now()));
        Self { desk, ticker: Some(ticker) }
    }
}

impl<W: Write + Send> Reporter for Live<W> {
    fn event(&mut self, event: &Event) {
        lock(&self.desk).event(event, Instant::now());
        if matches!(event, Event::Ended { .. }) {
            self.ticker = None;
        }
    }
}

struct Desk<W> {
    hosts: Hosts,
    screen: Screen<W>,
    verbose: bool,
    drawn_at: Option<Instant>,
    over: bool,
}

impl<W: Write + Send + 'static> Desk<W> {
    fn new(screen: Screen<W>, verbose: bool, now: Instant) -> Self {
        Self { hosts: Hosts::new(now), screen, verbose, drawn_at: None, over: false }
    }

    fn event(&mut self, event: &Event, now: Instant) {
        if self.over {
            return;
        }
        self.over = matches!(event, Event::Ended { .. });
        self.hosts.note(event, now);
        let size = self.screen.size();
        let above = history::lines(event, &mut self.hosts, now, size, self.verbose);
        if self.over {
            self.screen.draw(&above, &[] as &[Line]);
        } else if !above.is_empty() || self.drawn_at.is_none_or(|at| now.saturating_duration_since(at) >= PAUSE) {
            self.draw(&above, now, size);
        }
    }

    fn tick(&mut self, now: Instant) {
        if !self.over {
            let size = self.screen.size();
            self.draw(&[], now, size);
        }
    }

    fn draw(&mut self, above: &[Line], now: Instant, size: Size) {
        self.screen.draw(above, &frame::running(&self.hosts, now, size));
        self.drawn_at = Some(now);
    }
}

#[cfg(test)]
mod demo_tests;
#[cfg(test)]
mod tests;
