//! After a crash: what holds at once, who comes next, and what holds then.

use std::fs;
use std::process::Command;

use super::check::{Kept, Rest, at_once, goes_back, told};
use super::operation::Operation;
use super::site::{Site, names};
use crate::support::Run;

/// Who finds what was left.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Next {
    /// `release recover`.
    Recover,
    /// The same command once more.
    Repeat,
    /// The line that `release setup` prints for cron.
    BootHook,
    /// Another command, which takes the lock as each does.
    Other,
}

/// Everybody is dead. The number of the trial says who comes next, and how closely it is looked at.
pub fn survives(site: &Site, operation: Operation, number: usize, rest: &Rest) -> Kept {
    let either = [operation.undone(), operation.done()];
    let live = at_once(site, &[either[0], either[1], operation.in_between()])?;
    if number.is_multiple_of(5) {
        told(site, live.as_deref())?;
    }
    let next = [Next::Recover, Next::Repeat, Next::BootHook, Next::Other][number % 4];
    let run = comes(site, operation, next);
    if run.code != 0 && !is_there_already(site, operation, &run) {
        return Err(format!("then {next:?} ended with {}\n{}{}", run.code, run.stdout, run.stderr));
    }
    let allowed = if next == Next::Repeat { [operation.done(); 2] } else { either };
    let live = rest.holds(site, &allowed)?;
    if number.is_multiple_of(7) {
        told(site, live.as_deref())?;
    }
    if number % 16 == 3 { goes_back(site) } else { Ok(()) }
}

fn comes(site: &Site, operation: Operation, next: Next) -> Run {
    match next {
        Next::Repeat => site.release(operation.repeated()),
        Next::Other => site.release(&["setup", "view"]),
        Next::Recover => site.release(&["recover", "view"]),
        Next::BootHook => boot(site).unwrap_or_else(|| site.release(&["recover", "view"])),
    }
}

/// Nothing to run when it died before the script was installed.
pub fn boot(site: &Site) -> Option<Run> {
    let state = site.base().join(".release");
    let script = names(&state).into_iter().find(|name| name.starts_with("agent-") && name.ends_with(".sh"))?;
    let mut hook = Command::new("sh");
    hook.arg(state.join(script)).arg("recover").arg(site.base()).args(["releases", "live"]);
    Some(Run::of(hook))
}

/// A rollback that was done before it died is refused when it is asked for again.
fn is_there_already(site: &Site, operation: Operation, run: &Run) -> bool {
    operation.goes_back() && run.code == 3 && site.served().as_deref() == operation.done()
}

/// What a host is to be again. Of some trials the flag was up before, by somebody else's hand.
pub fn rest(site: &Site, operation: Operation, number: usize) -> Rest {
    let flag = (number % 3 == 1 && !operation.is_recovery()).then_some("up since yesterday\n");
    if let Some(text) = flag {
        fs::create_dir_all(site.base()).unwrap();
        fs::write(site.base().join("maintenance"), text).unwrap();
    }
    Rest { flag, outside: site.outside() }
}
