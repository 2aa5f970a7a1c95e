//! The display for programs: one JSON object a line on stdout, and nothing else there.
//!
//! Every object has `event`. Durations are numbers of seconds; what is unknown is `null`.
//!
//! ```json
//! {"event":"started","operation":"deploy","target":"prod","subject":"0.941","switches":true,"hosts":["duck.co","web2.duck.co"]}
//! {"event":"step_started","host":"duck.co","step":"prepare","label":"cpanm -n --installdeps ."}
//! {"event":"uploaded","host":"duck.co","sent":1048576,"total":2560000}
//! {"event":"output","host":"duck.co","text":"Successfully installed Moose\n"}
//! {"event":"step_ended","host":"duck.co","step":"prepare","result":"done","reason":null,"seconds":4.2}
//! {"event":"step_ended","host":"duck.co","step":"health","result":"failed","reason":"no answer","seconds":30.1}
//! {"event":"warning","host":null,"text":"prod is 14 commits behind view"}
//! {"event":"host_ended","host":"duck.co","state":"rolled_back","live":"20261101-090000-0.940","detail":null}
//! {"event":"ended","exit":5,"summary":"0.940 is live on prod, as before","hint":"release log prod"}
//! ```
//!
//! `switches` says whether another release goes live. `result` is `done`, `failed` (then `reason` says why) or `undone`. `state` is `committed`, `unchanged`, `rolled_back`,
//! `broken` or `unknown`. `text` of `output` is what the host sent, in pieces that need not be lines; bytes that are no
//! UTF-8 are replaced by U+FFFD. `exit` is the process's exit code. `ended` comes last, unless the command fails without
//! an operation; then the last line is the error:
//!
//! ```json
//! {"event":"error","exit":2,"place":"hosts.toml","what":"no target `prd`","why":"known: prod, view","changed":"nothing was changed","hint":"release status","detail":null}
//! ```

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use serde::Serialize;

use crate::model::{Brief, Event, Failure, HostState, StepResult};

use super::{Reporter, escape};

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Object<'a> {
    Started {
        operation: &'a str,
        target: &'a str,
        subject: &'a str,
        switches: bool,
        hosts: &'a [String],
    },
    StepStarted {
        host: &'a str,
        step: &'a str,
        label: &'a str,
    },
    StepEnded {
        host: &'a str,
        step: &'a str,
        result: &'static str,
        reason: Option<&'a str>,
        seconds: f64,
    },
    Uploaded {
        host: &'a str,
        sent: u64,
        total: u64,
    },
    Output {
        host: &'a str,
        text: &'a str,
    },
    Warning {
        host: Option<&'a str>,
        text: &'a str,
    },
    Notes(&'a Brief),
    HostEnded {
        host: &'a str,
        state: HostState,
        live: Option<&'a str>,
        detail: Option<&'a str>,
    },
    Ended {
        exit: u8,
        summary: &'a str,
        hint: Option<&'a str>,
    },
    #[rustfmt::skip]
    Error {
        exit: u8, place: &'a str, what: &'a str, why: Option<&'a str>, changed: &'a str,
        hint: Option<&'a str>, detail: Option<&'a str>,
    },
}

/// A failure as its line of JSON.
pub(super) fn failure(failure: &Failure) -> String {
    text(&Object::Error {
        exit: failure.exit.code(),
        place: &failure.place,
        what: &failure.what,
        why: failure.why.as_deref(),
        changed: &failure.changed,
        hint: failure.hint.as_deref(),
        detail: failure.detail.as_deref(),
    })
}

pub(super) struct Json<W> {
    out: W,
    /// Per host, the beginning of a character whose end comes with the next bytes.
    cut: BTreeMap<String, Vec<u8>>,
}

impl<W: Write> Json<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, cut: BTreeMap::new() }
    }

    /// A reader that went away is no reason to stop a deploy.
    fn say(&mut self, object: &Object<'_>) {
        let _ = writeln!(self.out, "{}", text(object)).and_then(|()| self.out.flush());
    }

    fn output(&mut self, host: &str, bytes: &[u8]) {
        let mut all = self.cut.remove(host).unwrap_or_default();
        all.extend_from_slice(bytes);
        let cut = all.len() - unfinished(&all);
        if cut < all.len() {
            self.cut.insert(host.to_owned(), all.split_off(cut));
        }
        if !all.is_empty() {
            self.say(&Object::Output { host, text: &String::from_utf8_lossy(&all) });
        }
    }

    /// Says what of a character came, when no more will.
    fn flush(&mut self, host: &str) {
        if let Some(cut) = self.cut.remove(host) {
            self.say(&Object::Output { host, text: &String::from_utf8_lossy(&cut) });
        }
    }
}

impl<W: Write> Reporter for Json<W> {
    fn event(&mut self, event: &Event) {
        let object = match event {
            Event::Started { operation, target, subject, switches, hosts } => {
                Object::Started { operation, target, subject, switches: *switches, hosts }
            }
            Event::StepStarted { host, step, label } => Object::StepStarted { host, step, label },
            Event::StepEnded { host, step, result, took } => {
                self.flush(host);
                let (result, reason) = match result {
                    StepResult::Done => ("done", None),
                    StepResult::Failed(why) => ("failed", Some(why.as_str())),
                    StepResult::Undone => ("undone", None),
                };
                Object::StepEnded { host, step, result, reason, seconds: seconds(*took) }
            }
            Event::Uploaded { host, sent, total } => Object::Uploaded { host, sent: *sent, total: *total },
            Event::Output { host, bytes } => return self.output(host, bytes),
            Event::Warning { host, text } => Object::Warning { host: host.as_deref(), text },
            Event::Notes(brief) => Object::Notes(brief),
            Event::HostEnded { host, end } => {
                self.flush(host);
                let (live, detail) = (end.live.as_deref(), end.detail.as_deref());
                Object::HostEnded { host, state: end.state, live, detail }
            }
            Event::Ended { exit, summary, hint } => Object::Ended { exit: exit.code(), summary, hint: hint.as_deref() },
        };
        self.say(&object);
    }
}

fn text(object: &Object<'_>) -> String {
    escape::json(&serde_json::to_string(object).unwrap_or_default())
}

/// To the millisecond: what is below is noise.
fn seconds(took: Duration) -> f64 {
    took.as_millis() as f64 / 1000.0
}

/// How many bytes at the end may be the beginning of a character.
fn unfinished(bytes: &[u8]) -> usize {
    match bytes.utf8_chunks().last() {
        Some(chunk) if std::str::from_utf8(chunk.invalid()).is_err_and(|e| e.error_len().is_none()) => {
            chunk.invalid().len()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
