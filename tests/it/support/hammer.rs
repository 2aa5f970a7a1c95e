//! Users: readers that never stop asking, and count what they got.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::http::{Kept, Reply, get};
use super::wait::eventually;

/// The longest that one hammers.
const BOUND: Duration = Duration::from_secs(900);

/// What was got, by what it was: the content (a version) when it went well, else `ENOENT`, `503`, `timeout`, ...
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Good answers, by content.
    pub good: BTreeMap<String, u64>,
    /// Bad ones, by kind.
    pub bad: BTreeMap<String, u64>,
}

impl Tally {
    /// How many answers were good.
    pub fn ok(&self) -> u64 {
        self.good.values().sum()
    }

    /// How many were of this bad kind.
    pub fn bad(&self, kind: &str) -> u64 {
        self.bad.get(kind).copied().unwrap_or(0)
    }

    fn add(&mut self, answer: Result<String, String>) {
        *match answer {
            Ok(content) => self.good.entry(content).or_default(),
            Err(kind) => self.bad.entry(kind).or_default(),
        } += 1;
    }
}

/// So many requests are sent before the first answer is read.
const AT_ONCE: usize = 16;

fn answer(reply: std::io::Result<Reply>) -> Result<String, String> {
    match reply {
        Ok(r) if r.status == 200 => Ok(r.body.trim().to_owned()),
        Ok(r) => Err(r.status.to_string()),
        Err(e) => Err(format!("{:?}", e.kind())),
    }
}

/// Running readers; they end when stopped, dropped, or after a quarter of an hour.
#[derive(Debug)]
pub struct Hammer {
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
    threads: Vec<JoinHandle<Tally>>,
}

impl Hammer {
    /// Opens and reads a file, again and again (through `live`).
    pub fn file(path: impl Into<PathBuf>, threads: usize) -> Self {
        let path = path.into();
        Self::start(threads, Duration::ZERO, || {
            let path = path.clone();
            move || {
                vec![std::fs::read_to_string(&path).map(|t| t.trim().to_owned()).map_err(|e| match e.kind() {
                    ErrorKind::NotFound => "ENOENT".into(),
                    kind => format!("{kind:?}"),
                })]
            }
        })
    }

    /// GETs a page, again and again; half a millisecond apart, for each connection holds a port for a while.
    pub fn http(port: u16, path: &str, threads: usize) -> Self {
        Self::start(threads, Duration::from_micros(500), || {
            let path = path.to_owned();
            move || vec![answer(get(port, &path))]
        })
    }

    /// GETs a page as fast as it comes: a few at once over each connection, which is kept.
    pub fn http_kept(port: u16, path: &str, threads: usize) -> Self {
        Self::start(threads, Duration::ZERO, || {
            let path = path.to_owned();
            let mut kept = None;
            move || match kept.take().map_or_else(|| Kept::open(port), Ok) {
                Ok(mut connection) => {
                    let answers: Vec<_> = connection.get(&path, AT_ONCE).into_iter().map(answer).collect();
                    if answers.iter().all(Result::is_ok) {
                        kept = Some(connection);
                    }
                    answers
                }
                Err(e) => vec![answer(Err(e))],
            }
        })
    }

    /// `reader` makes what each thread calls again and again; that gives some answers each time.
    fn start<A>(threads: usize, pause: Duration, reader: impl Fn() -> A) -> Self
    where
        A: FnMut() -> Vec<Result<String, String>> + Send + 'static,
    {
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let threads = (0..threads).map(|_| {
            let (stop, asked, mut ask) = (Arc::clone(&stop), Arc::clone(&asked), reader());
            thread::spawn(move || {
                let end = Instant::now() + BOUND;
                let mut tally = Tally::default();
                while !stop.load(Relaxed) && Instant::now() < end {
                    for answer in ask() {
                        tally.add(answer);
                        asked.fetch_add(1, Relaxed);
                    }
                    thread::sleep(pause);
                }
                tally
            })
        });
        Self { threads: threads.collect(), stop, asked }
    }

    /// Waits until this many more answers came: so that the readers have seen what is there now.
    pub fn await_more(&self, answers: u64) {
        let goal = self.asked.load(Relaxed) + answers;
        eventually("readers get answers", || self.asked.load(Relaxed) >= goal);
    }

    /// How many answers there were so far.
    pub fn asked(&self) -> u64 {
        self.asked.load(Relaxed)
    }

    /// Stops, and counts.
    pub fn stop(mut self) -> Tally {
        self.stop.store(true, Relaxed);
        let mut all = Tally::default();
        for thread in self.threads.drain(..) {
            let one = thread.join().unwrap();
            one.good.into_iter().for_each(|(k, n)| *all.good.entry(k).or_default() += n);
            one.bad.into_iter().for_each(|(k, n)| *all.bad.entry(k).or_default() += n);
        }
        all
    }
}

impl Drop for Hammer {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
    }
}
