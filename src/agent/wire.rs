//! A plan and its requests as the lines that the host reads.

use std::time::Duration;

use super::word;
use crate::model::target::{Service, UrlPart};
use crate::model::{Adoption, BootHook, Digest, HealthCheck, HostPlan, Step, Target, Unit, whole_seconds};

/// `hello`: which script, and where everything lies.
pub fn hello(target: &Target, base: &str) -> String {
    hello_to(base, &target.releases, &target.live)
}

/// The same, of no target.
pub fn hello_to(base: &str, releases: &str, live: &str) -> String {
    format!("hello {} {} {} {}", super::agent_digest(), word(base), word(releases), word(live))
}

/// `begin` and the whole plan, up to its lone dot.
pub fn begin(plan: &HostPlan) -> String {
    let mut lines = vec![format!("begin {}", plan.operation)];
    lines.extend(plan_lines(plan));
    lines.extend(plan.files.iter().flat_map(|(name, content)| file_lines(name, content)));
    lines.push(".".into());
    lines.join("\n")
}

/// The plan as the host keeps it: a head, the record for the ledger, and the steps.
pub fn plan_lines(plan: &HostPlan) -> Vec<String> {
    let mut lines = Vec::new();
    let mut head = |key: &str, value: &str| lines.push(format!("{key} {}", word(value)));
    head("op", plan.verb);
    head("app", &plan.identity.app);
    head("releases", &plan.identity.releases);
    head("live", &plan.identity.live);
    head("who", &plan.who);
    head("since", &plan.since);
    head("lease", &plan.lease.as_secs().max(1).to_string());
    let limits: Vec<_> = plan.limits.seconds().iter().map(|(table, limit)| format!("{table}={limit}")).collect();
    head("limits", &limits.join(","));
    head("was", plan.was.as_deref().unwrap_or_default());
    head("previous", &plan.previous.as_ref().map(ToString::to_string).unwrap_or_default());
    if let Some(release) = &plan.release {
        head("release", &release.to_string());
        head("version", release.version().as_str());
    }
    if let Some(seen) = plan.seen {
        head("seen", &seen.to_string());
    }
    if plan.adopts {
        head("adopts", "yes");
    }
    head("freeze", if plan.respects_freeze { "yes" } else { "no" });
    lines.push(format!("record {}", plan.record));
    lines.extend(plan.steps.iter().map(step_line));
    lines
}

/// The request `recover`, with what hosts.toml says today: a command that has ended the work there, or could not be run, may have
/// been corrected.
pub fn recover(target: &Target) -> String {
    let mut line = "recover".to_owned();
    if let Service::Commands { stop, start, restart, reload } = &target.service {
        let again = reload.as_ref().or(restart.as_ref());
        for (role, command) in [("stop", stop.as_ref()), ("start", start.as_ref()), ("restart", again)] {
            line.extend(command.map(|command| format!(" {role}={}", word(command))));
        }
    }
    line
}

/// The agent's text, as the requests that have a session keep it until it is to be installed: `agent` begins anew.
pub fn agent() -> String {
    let text = super::agent_text();
    let first = std::iter::once("agent").chain(std::iter::repeat("agent+"));
    first.zip(pieces(&text)).map(|(request, piece)| format!("{request} {}\n", super::one_line(piece))).collect()
}

/// So many bytes of a text go on one line: a host's `printf` may be a program, which takes 128 KiB.
const PIECE: usize = 16 * 1024;

fn pieces(text: &str) -> Vec<&str> {
    let mut rest = text;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let at = (1..=PIECE.min(rest.len())).rev().find(|at| rest.is_char_boundary(*at)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(at);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

fn file_lines(name: &str, content: &str) -> Vec<String> {
    pieces(content).into_iter().map(|piece| format!("file {name} {}", word(piece))).collect()
}

/// The request `sql`, in an environment like that of the steps, which may take so long to make; the script follows it, up to the end of the channel.
pub fn sql(token: &str, env: Option<&Step>, limit: Duration, url: &[UrlPart]) -> String {
    let mut words = vec!["sql".to_owned(), token.to_owned(), whole_seconds(limit).to_string()];
    words.extend(env.map(arguments).unwrap_or_default());
    words.push("--".into());
    words.extend(url_words(url));
    words.join(" ")
}

/// The request that asks where a database is.
pub fn ask_database(env: Option<&Step>, url: &[UrlPart]) -> String {
    let mut words = vec!["database".to_owned()];
    words.extend(env.map(arguments).unwrap_or_default());
    words.push("--".into());
    words.extend(url_words(url));
    words.join(" ")
}

fn url_words(url: &[UrlPart]) -> Vec<String> {
    let part = |part: &UrlPart| match part {
        UrlPart::Text(text) => format!("l:{}", word(text)),
        UrlPart::Variable(name) => format!("v:{name}"),
    };
    url.iter().map(part).collect()
}

/// The request `health`: is the live release what this check asks for, in an environment like that of the steps?
pub fn ask_health(env: Option<&Step>, check: &HealthCheck) -> String {
    let mut words = vec![format!("also {}\nhealth", super::asking_line())];
    words.extend(env.map(arguments).unwrap_or_default());
    words.push("--".into());
    words.extend(health_words(check));
    words.join(" ")
}

/// The request `env`: what this step would do beforehand, in no longer than it may take.
pub fn try_env(env: &Step, limit: Duration) -> String {
    let mut words = vec![format!("also {}\nenv {}", super::trying_line(), whole_seconds(limit))];
    words.extend(arguments(env));
    words.join(" ")
}

/// The line of a plan that stands for a step: `step NAME WORD...`.
pub fn step_line(step: &Step) -> String {
    let mut line = format!("step {}", step.name());
    for argument in arguments(step) {
        line.push(' ');
        line.push_str(&argument);
    }
    line
}

fn arguments(step: &Step) -> Vec<String> {
    let optional = |text: &Option<String>| word(text.as_deref().unwrap_or_default());
    match step {
        Step::Env { files, vars } => files
            .iter()
            .map(|file| format!("f:{}", word(file)))
            .chain(vars.iter().map(|(name, value)| format!("v:{name}={}", word(value))))
            .collect(),
        Step::Receive { size, digest } => vec![size.to_string(), digest.to_string()],
        Step::Unpack { top, .. } => vec![word(top)],
        Step::Meta { json } => vec![word(json)],
        Step::Share { paths, files } => {
            let kind =
                |kind, paths: &[String]| paths.iter().map(|path| format!("{kind}:{}", word(path))).collect::<Vec<_>>();
            [kind('d', paths), kind('f', files)].concat()
        }
        Step::Seed { path, replace } => vec![word(path), if *replace { "replace" } else { "keep" }.into()],
        Step::Prepare { command } | Step::Run { command } | Step::Restart { command } => vec![word(command)],
        Step::Stop { command, undo } | Step::Start { command, undo } => vec![word(command), optional(undo)],
        Step::Again { command, stop } => vec![word(command), optional(stop)],
        Step::UnitAgain(unit) | Step::UnitStart(unit) => unit_words(unit),
        Step::WaitGo => vec!["go".into()],
        Step::WaitTurn => vec!["turn".into()],
        Step::Backup { url } | Step::Schema { url, .. } | Step::Bury { url } => url_words(url),
        Step::Upgrade { back, check, command, undo } => {
            vec![if *back { "back" } else { "there" }.into(), word(check), word(command), optional(undo)]
        }
        Step::Restore { backup, url } => std::iter::once(word(backup)).chain(url_words(url)).collect(),
        Step::WaitConfirm => vec!["confirm".into()],
        Step::Well(check) | Step::Health(check) => health_words(check),
        Step::Flag { path } | Step::Unflag { path } | Step::Lower { path } | Step::Clear { path } => vec![word(path)],
        Step::Copy { from, to } => vec![word(from), word(to)],
        Step::Prune { releases } => releases.iter().map(|release| word(&release.to_string())).collect(),
        Step::Raise { path, text } => vec![word(path), word(text)],
        Step::Freeze { text } => vec![word(text)],
        Step::Adopt(adoption) => adoption_words(adoption),
        Step::BootHook(hook) => vec![if *hook == BootHook::Installed { "on" } else { "off" }.into()],
        Step::Sync
        | Step::Complete
        | Step::Verify
        | Step::Link
        | Step::Swap
        | Step::Record
        | Step::Unfreeze
        | Step::Mark
        | Step::Dirs => Vec::new(),
    }
}

fn adoption_words(adoption: &Adoption) -> Vec<String> {
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    match adoption {
        Adoption::Name { from } => vec![word(from)],
        Adoption::Try { gap } | Adoption::Exchange { gap } => vec![yes(*gap)],
        Adoption::Follow { name, was } => vec![word(name), word(was)],
        Adoption::Releases { old } => vec![word(old)],
        Adoption::Identity { .. } => Vec::new(),
    }
}

fn health_words(check: &HealthCheck) -> Vec<String> {
    // The host counts whole seconds, and at least one.
    let seconds = check.timeout.as_millis().div_ceil(1000).max(1);
    let mut words = vec![check.kind.into(), word(&check.probe), word(&check.pattern), seconds.to_string()];
    words.push(format!("e:{}", word(&check.wanted)));
    words.extend(check.how.headers.iter().map(|(name, value)| format!("h:{}", word(&format!("{name}: {value}")))));
    words.extend(check.how.socket.iter().map(|path| format!("s:{}", word(path))));
    words.extend(check.how.insecure.then(|| "insecure".to_owned()));
    words.extend(check.behind_flag.then(|| "behind".to_owned()));
    words
}

fn unit_words(unit: &Unit) -> Vec<String> {
    vec![word(&unit.name), if unit.user { "user" } else { "system" }.into()]
}

/// The questions that `look` is asked beside what it always tells.
pub fn look(questions: &[Question]) -> String {
    let mut lines = vec!["look".to_owned()];
    lines.extend(questions.iter().map(question_line));
    lines.push(".".into());
    lines.join("\n")
}

/// The request for the last so many lines of the ledger.
pub fn ledger(lines: usize) -> String {
    format!("ledger {lines}")
}

/// The request for what the ledger says of one operation, whose id has only letters, digits and `-`.
pub fn ledger_of(operation: &str) -> String {
    format!("ledger 0 {operation}")
}

/// Something to find out about a host beforehand.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// Is this flag up? With the name that the answer carries.
    Flag(&'static str, String),
    /// What is this unit's state?
    Unit(Unit),
    /// May this be run through sudo without a password?
    Sudo {
        /// As whom; `None`: root.
        user: Option<String>,
        /// The program and its arguments.
        words: Vec<String>,
    },
    /// Is this `[env]` file there?
    EnvFile(String),
    /// Can this directory be written to?
    Directory(String),
    /// Is this shared path readable?
    Shared(String),
    /// Which records of the ledger are about these bytes?
    Bytes(Digest),
}

fn question_line(question: &Question) -> String {
    match question {
        Question::Flag(name, path) => format!("flag {name} {}", word(path)),
        Question::Unit(unit) => format!("unit {}", unit_words(unit).join(" ")),
        Question::Sudo { user, words } => {
            let words: Vec<String> = words.iter().map(|each| word(each)).collect();
            format!("sudo {} {}", word(user.as_deref().unwrap_or_default()), words.join(" "))
        }
        Question::EnvFile(path) => format!("env {}", word(path)),
        Question::Directory(path) => format!("dir {}", word(path)),
        Question::Shared(path) => format!("shared {}", word(path)),
        Question::Bytes(digest) => format!("bytes {digest}"),
    }
}
