//! The world outside, read once for [`crate::commands::Context`]: who, where, when, and on what kind of terminal.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::cli::{Color, Global};
use crate::commands::Context;
use crate::config;
use crate::fleet::Interrupts;
use crate::model::{Exit, Failure};
use crate::ui;

/// How long a command that has nothing to undo may take to end after an interrupt.
const DEAF: Duration = Duration::from_millis(500);

/// How much later than the death of its ssh a Ctrl-C may be heard of.
const SETTLE: Duration = Duration::from_millis(20);

/// How output is shown, from options and environment.
pub fn settings(global: &Global) -> ui::Settings {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    ui::Settings {
        config: global.config.as_deref().map(crate::config::word),
        json: global.json,
        verbose: global.verbose,
        quiet: global.quiet,
        color: match global.color {
            Color::Auto => ui::ColorChoice::Auto,
            Color::Always => ui::ColorChoice::Always,
            Color::Never => ui::ColorChoice::Never,
        },
        progress: !global.no_progress,
        ci: set("CI"),
        stdin_is_terminal: std::io::stdin().is_terminal(),
        stdout_is_terminal: std::io::stdout().is_terminal(),
        stderr_is_terminal: std::io::stderr().is_terminal(),
        no_color_env: set("NO_COLOR"),
        dumb_terminal: std::env::var_os("TERM").is_none_or(|term| term == "dumb"),
        utf8: ui::ascii::locale_is_utf8(["LC_ALL", "LC_CTYPE", "LANG"].map(|name| std::env::var(name).ok())),
        width: terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0)),
    }
}

/// Everything else that a command needs, and the interrupts that come while there is nothing yet to undo. Starts to listen
/// for Ctrl-C, and must run inside the runtime.
pub fn context(global: Global, ui: ui::Settings) -> (Context, Interrupts) {
    // One that was removed: what needs it finds nothing there, and what does not goes on.
    let directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from(config::NOWHERE));
    let armed = Arc::new(AtomicBool::new(false));
    let (interrupts, early) = interrupts(armed.clone(), ui.clone());
    let context = Context {
        directory,
        home: absolute("HOME"),
        who: format!("{}@{}", user(), machine()),
        clock: jiff::Timestamp::now,
        salt: salt(),
        runtime: runtime(),
        cache: cache(),
        ui,
        global,
        interrupts,
        armed,
    };
    (context, early)
}

/// The failure of a command that was interrupted before it began to change anything.
pub fn interrupted() -> Failure {
    Failure::new(Exit::Interrupted, "", "interrupted")
}

/// A Ctrl-C reaches the ssh that connects as well as us, and its end may be heard of first: a refusal that an interrupt
/// follows at once is that interrupt.
///
/// # Errors
/// Those of `result`, or [`interrupted`].
pub async fn unless_interrupted(result: Result<Exit, Failure>, early: &mut Interrupts) -> Result<Exit, Failure> {
    let refused = match &result {
        Ok(exit) => *exit == Exit::Refused,
        Err(failure) => failure.exit == Exit::Refused,
    };
    if refused && matches!(tokio::time::timeout(SETTLE, early.recv()).await, Ok(Some(()))) {
        return Err(interrupted());
    }
    result
}

fn user() -> String {
    let named = ["LOGNAME", "USER"].iter().find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()));
    named.or_else(account).unwrap_or_else(|| "unknown".into())
}

/// The account's name, where the environment does not have it, as under cron or in a container.
fn account() -> Option<String> {
    let output = std::process::Command::new("id").arg("-un").output().ok()?;
    String::from_utf8(output.stdout).ok().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

fn machine() -> String {
    let name =
        std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::fs::read_to_string("/etc/hostname"));
    name.map(|name| name.trim().to_owned()).ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".into())
}

/// Five letters and digits; a collision in one second on one target is refused by the host, not harmful.
fn salt() -> String {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    let mut rest = hasher.finish();
    let mut text = String::new();
    for _ in 0..5 {
        let digit = u32::try_from(rest % 36).unwrap_or_default();
        text.push(char::from_digit(digit, 36).unwrap_or('0'));
        rest /= 36;
    }
    text
}

/// Where sockets go: the user's runtime directory, else the one for temporary files. The path must be short, because
/// a socket's has at most 104 bytes on some systems.
fn runtime() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_dir() && path.as_os_str().len() < 30);
    runtime.unwrap_or_else(|| {
        let temporary = std::env::temp_dir();
        if temporary.as_os_str().len() < 30 { temporary } else { PathBuf::from("/tmp") }
    })
}

/// The path in a variable, if it is one that means the same everywhere.
fn absolute(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Where what may be lost is kept: `release` in the user's directory for that.
pub fn cache() -> Option<PathBuf> {
    let directory = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(directory.join("release"))
}

/// Ctrl-C, and the signals with which a terminal that closes or a CI that cancels ends a process: each is an interrupt.
/// Until `armed` it goes to the second receiver.
///
/// A thread of its own listens: at a question, or while git works, nobody else does. What has not ended by itself after [`DEAF`]
/// is ended there; nothing was begun on any host.
fn interrupts(armed: Arc<AtomicBool>, ui: ui::Settings) -> (Interrupts, Interrupts) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let (early_sender, early) = mpsc::unbounded_channel();
    let listen = async move {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else { return };
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            if armed.load(Ordering::Relaxed) {
                // Nobody listens any more when the operation is over.
                let _ = sender.send(());
                continue;
            }
            let _ = early_sender.send(());
            tokio::time::sleep(DEAF).await;
            if !armed.load(Ordering::Relaxed) {
                let failure = interrupted();
                ui::failure(&ui, &failure);
                std::process::exit(failure.exit.code().into());
            }
        }
    };
    // Without a handler a signal ends the process, and the hosts undo by themselves.
    // Made in its thread: one that is dropped in ours, where no thread is to be had, would panic.
    let thread = std::thread::Builder::new().name("signals".into());
    let _ = thread.spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let _ = runtime.map(|runtime| runtime.block_on(listen));
    });
    (receiver, early)
}
