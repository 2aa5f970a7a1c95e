//! What must hold, whatever happens: after each operation, each command, each power cut, and at the end.

use release::agent::journal::End;
use release::model::{Exit, History, RecordOutcome, ReleaseId, Step};

use release::plan::machine::Signal;

use super::client::Outcome;
use super::disk::{Name, Place};
use super::host::Host;
use super::shell::Shell;
use super::world::World;

pub fn end(outcome: RecordOutcome) -> End {
    match outcome {
        RecordOutcome::Committed => End::Committed,
        RecordOutcome::Aborted => End::Aborted,
        RecordOutcome::Reverted => End::Reverted,
        RecordOutcome::Broken => End::Broken,
    }
}

/// What an operation's record on a host says.
fn recorded(host: &Host, id: &str, verb: &str) -> Option<End> {
    let record = host.disk.now.ledger.iter().rev().find(|record| record.id == id && record.op == verb)?;
    Some(end(record.outcome))
}

/// The operation still has the lock: everything is as its outcome says.
pub fn after_an_operation(shell: &Shell, outcome: End) {
    if outcome == End::Broken || !shell.plan.is_two_phase() {
        return;
    }
    let (id, verb) = (shell.op().id.clone(), shell.plan.verb);
    let (release, previous) = (shell.release(), shell.previous());
    let committed = outcome == End::Committed;
    let has_service = shell.plan.steps.iter().any(|step| matches!(step, Step::Health(_)));
    let mut host = shell.host();
    let disk = &host.disk.now;
    let live = if committed { &release } else { &previous };
    // Its flag could not be lowered, say, and what came after it is in the ledger behind it, or is to be undone next.
    let is_behind = disk.ledger.iter().skip_while(|record| record.id != *id).any(|record| record.id != *id);
    let is_last = !is_behind && !disk.at(Place::Tx).any(|(inode, op)| inode > shell.inode && op.has_begun());
    let new_stays = committed || verb != "deploy";
    let claims = [
        (!is_last || disk.live == *live, "live is another"),
        (live.as_ref().is_none_or(|name| disk.is_whole(name)), "live is not whole"),
        (disk.flag.as_ref() != Some(&id), "its flag is up"),
        (!is_last || !has_service || host.serves == *live, "the service runs another"),
        (new_stays || release.as_ref().is_none_or(|name| !disk.has(name)), "the failed release has its name"),
        ((recorded(&host, &id, verb) == Some(End::Committed)) == committed, "the ledger says something else"),
    ];
    let wrong: Vec<_> = claims.iter().filter(|(holds, _)| !holds).map(|(_, what)| *what).collect();
    if !wrong.is_empty() {
        let text = format!("{id} ended {outcome:?}, but {wrong:?}: live {:?}, serves {:?}", disk.live, host.serves);
        host.complain(text);
    }
}

/// A host is ready, or healthy.
pub fn before_a_wait(shell: &Shell, signal: Signal) {
    let id = shell.op().id.clone();
    shell.world.waiting.borrow_mut().push((id, shell.at, signal));
}

/// A host goes on: no host of the fleet is behind.
pub fn after_a_wait(shell: &Shell, signal: Signal) {
    let id = shell.op().id.clone();
    let waited = |host| shell.world.waiting.borrow().contains(&(id.clone(), host, signal));
    if let Some(behind) = (0..shell.world.count()).find(|host| !waited(*host)) {
        shell.host().complain(format!("{id}: {signal:?} before host {behind} came so far"));
    }
}

/// A release is about to be removed.
pub fn before_a_prune(shell: &Shell, name: &Name) {
    let mut host = shell.host();
    let live = host.disk.now.live.clone();
    if live.as_ref() == Some(name) || (shell.plan.is_two_phase() && shell.plan.previous.as_ref() == Some(&**name)) {
        host.complain(format!("{name} is pruned, and is live or was before"));
    }
    let records: Vec<_> = host.disk.now.ledger.iter().map(|record| (**record).clone()).collect();
    let history = History::of(&records);
    let back = history.before().find(|id| host.disk.now.has(&(*id).clone().into()));
    if shell.plan.verb == "prune" && back == Some(&**name) {
        host.complain(format!("{name} is pruned, and a rollback would go there"));
    }
}

/// The power has just come back: nobody has looked at anything yet.
pub fn after_a_power_cut(host: &mut Host) {
    let disk = &host.disk.now;
    let half: Vec<_> = disk.releases.iter().filter(|(_, whole)| !whole).map(|(name, _)| name.clone()).collect();
    let live_is_whole = disk.live.as_ref().is_none_or(|name| disk.is_whole(name));
    if !half.is_empty() || !live_is_whole {
        host.complain(format!("after a power cut: live {:?}, half there: {half:?}", host.disk.now.live));
    }
}

/// The exit code and the endings are true.
pub fn after_a_command(world: &World, outcome: &Outcome) {
    let Some((plan, endings)) = &outcome.driven else { return };
    let mut committed = 0;
    for (at, ending) in endings.iter().enumerate() {
        let says = recorded(&world.host(at), &plan.hosts[at].operation, plan.verb);
        // A prune writes a record only if there was anything to remove.
        let is_committed = says == Some(End::Committed) || (plan.verb == "prune" && ending.how == Some(End::Committed));
        committed += usize::from(is_committed);
        let told = ending.how == Some(End::Committed);
        if ending.how.is_some_and(|how| how != End::Broken) && told != is_committed {
            world
                .host(at)
                .complain(format!("client {} was told {:?}, the ledger says {says:?}", outcome.client, ending.how));
        }
    }
    let all = committed == endings.len();
    let none = committed == 0;
    let known = endings.iter().all(|ending| ending.how.is_some_and(|how| how != End::Broken));
    let true_code = match outcome.exit {
        Exit::Done => all,
        Exit::Failed | Exit::Refused | Exit::RolledBack | Exit::Locked | Exit::Interrupted => none,
        Exit::Differ => !known || !(all || none),
        _ => true,
    };
    if !true_code {
        world.host(0).complain(format!("exit {:?}, and {committed} hosts have committed: {endings:?}", outcome.exit));
    }
}

/// Nobody works and nothing fails any more: every host is at rest and whole.
pub fn at_rest(host: &mut Host) -> Result<(), String> {
    if let Some(broken) = &host.broken {
        return Err(broken.clone());
    }
    let disk = &host.disk.now;
    let left: Vec<_> = disk.at(Place::Tx).map(|(_, op)| op.id.clone()).collect();
    let held = host.top().is_some_and(|(_, lock)| host.is_alive(lock));
    let records: Vec<_> = disk.ledger.iter().map(|record| (**record).clone()).collect();
    let says: Option<ReleaseId> = History::of(&records).live().cloned();
    let was_broken = records.iter().any(|record| record.outcome == RecordOutcome::Broken);
    let raised = |id: &str| records.iter().any(|record| record.id == id && record.op == "maintenance");
    let claims = [
        (left.is_empty() && !held, "something is left"),
        (disk.live.as_ref().is_none_or(|name| disk.is_whole(name)), "live is not whole"),
        (disk.releases.iter().all(|(_, whole)| *whole), "a name in releases/ is half there"),
        (disk.unfinished.is_empty(), "an unfinished release is left"),
        (disk.flag.as_ref().is_none_or(|id| raised(id)), "a flag is up that nobody raised"),
        (was_broken || says.as_ref() == disk.live.as_deref(), "the ledger names another release as live"),
        (host.serves.is_none() || host.serves == disk.live, "the service runs another release"),
    ];
    let wrong: Vec<_> = claims.iter().filter(|(holds, _)| !holds).map(|(_, what)| *what).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{wrong:?}: live {:?}, serves {:?}, left {left:?}, flag {:?}, ledger {says:?}",
        disk.live, host.serves, disk.flag
    ))
}
