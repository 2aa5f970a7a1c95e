//! Asking all hosts of all targets.

use std::path::Path;

use super::document::{Document, HostStatus, LeftOut, LiveStatus, Lock, Named, Operation, Raised, TargetStatus};
use crate::commands::Context;
use crate::config::Config;
use crate::fleet::{Database, Fleet, Member, Uploads};
use crate::model::target::{Host, Service, Target};
use crate::model::{Failure, Flag, History, Live, Observed, Record, ReleaseId};
use crate::plan::{Serving, by_hand, damage, not_ours, other_names, questions, remains, unreadable};

/// Asks them, all at once.
///
/// # Errors
/// More hosts than there may be open files, or no place for sockets. That a host does not answer is part of the document.
pub async fn survey(config: &Config, targets: &[&Target], context: &Context) -> Result<Document, Failure> {
    let control = context.control()?;
    let mut tasks = Vec::new();
    for (at, target) in targets.iter().enumerate() {
        let (target, control) = ((*target).clone(), control.path().join(format!("t{at}")));
        tasks.push(tokio::spawn(async move { one(&target, &control).await }));
    }
    let mut all = Vec::with_capacity(tasks.len());
    for (task, target) in tasks.into_iter().zip(targets) {
        let nothing = |_| Ok(TargetStatus { name: target.name.clone(), differ: false, hosts: Vec::new() });
        all.push(task.await.unwrap_or_else(nothing)?);
    }
    let at = (context.clock)().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    Ok(Document { app: config.app.clone(), at, targets: all, behind: Vec::new() })
}

async fn one(target: &Target, control: &Path) -> Result<TargetStatus, Failure> {
    let mut hosts = Vec::new();
    let survey = Fleet::survey(target, &questions(target), control, Uploads::None).await?;
    let asked: Vec<Option<Observed>> =
        survey.iter().map(|looked| looked.as_ref().ok().map(|member| member.observed.clone())).collect();
    for (at, (result, host)) in survey.into_iter().zip(&target.hosts).enumerate() {
        match result {
            Ok(member) => {
                let mut status = reached(target, &member);
                if at == target.primary {
                    status.schema = schema(target, member.database(target)).await;
                }
                hosts.push(status);
                member.close();
            }
            Err(failure) => hosts.push(unreached(host, &failure)),
        }
    }
    for (host, observed) in hosts.iter_mut().zip(&asked) {
        catching_up(host, observed.as_ref(), &asked);
    }
    Ok(TargetStatus { name: target.name.clone(), differ: differ(&hosts), hosts })
}

/// Sees whether a host is behind the others, and since when it is left out.
fn catching_up(host: &mut HostStatus, own: Option<&Observed>, asked: &[Option<Observed>]) {
    let Some(serving) = Serving::of(asked.iter().flatten()) else { return };
    host.left_out = serving.left_out(&host.host, own).map(|left| LeftOut {
        since: left.since,
        why: left.why,
        who: left.who,
        operation: left.operation,
    });
    host.behind = host.left_out.is_some() || own.is_some_and(|own| serving.lacks(own));
}

/// Hosts that were reached serve different releases. The same bytes under another date are no difference: a host that came later
/// has its own.
fn differ(hosts: &[HostStatus]) -> bool {
    let serves =
        |host: &HostStatus| host.live.as_ref().map(|live| live.sha256.clone().unwrap_or_else(|| live.release.clone()));
    let mut live = hosts.iter().filter(|host| host.reachable).map(serves);
    live.next().is_some_and(|first| live.any(|other| other != first))
}

/// What the database says, on the host that is to upgrade it; what keeps it from saying anything is said in its place.
async fn schema(
    target: &Target,
    database: impl Future<Output = Result<Database, Failure>>,
) -> Option<serde_json::Value> {
    target.schema.as_ref().filter(|schema| !schema.url.is_empty())?;
    let asked = async {
        let mut database = database.await?;
        let state = database.state().await?;
        Ok::<_, Failure>(crate::commands::schema::document(&database, &state))
    };
    Some(asked.await.unwrap_or_else(|failure| serde_json::json!({"error": failure.to_string()})))
}

fn unreached(host: &Host, failure: &Failure) -> HostStatus {
    HostStatus {
        host: host.name.clone(),
        role: host.role.clone(),
        reachable: false,
        error: Some(match &failure.why {
            Some(why) => format!("{}: {why}", failure.what),
            None => failure.what.clone(),
        }),
        identity: None,
        by_hand: None,
        damage: None,
        remains: None,
        unreadable: None,
        live: None,
        previous: None,
        schema: None,
        maintenance: None,
        lock: None,
        operation: None,
        no_linger: false,
        releases: Vec::new(),
        behind: false,
        left_out: None,
    }
}

fn reached(target: &Target, member: &Member) -> HostStatus {
    let seen = &member.observed;
    let history = History::of(&seen.ledger);
    let live = seen.live_release(&target.releases);
    // As a rollback goes: where it was changed by hand, to what the ledger says.
    let previous =
        history.live().into_iter().chain(history.before()).find(|id| seen.has(id) && Some(*id) != live.as_ref());
    HostStatus {
        host: member.host.name.clone(),
        role: member.host.role.clone(),
        reachable: true,
        error: None,
        identity: other_names(target, seen).or_else(|| not_ours(target, seen)),
        unreadable: unreadable(seen),
        by_hand: by_hand(target, seen),
        damage: damage(seen),
        remains: remains(target, seen),
        live: live_status(seen, live.as_ref()),
        previous: previous.map(|id| Named { release: id.clone(), version: id.version().to_string() }),
        schema: None,
        maintenance: raised(seen),
        lock: seen.freeze.clone().map(|by| Lock { by }),
        operation: operation(seen),
        no_linger: seen.rights.linger == Some(false) && matches!(target.service, Service::Systemd { user: true, .. }),
        releases: seen.releases.iter().map(|release| release.id.clone()).collect(),
        behind: false,
        left_out: None,
    }
}

fn live_status(seen: &Observed, live: Option<&ReleaseId>) -> Option<LiveStatus> {
    let Some(id) = live else {
        let release = match &seen.live {
            Live::None => return None,
            Live::Link(text) | Live::Dangling(text) => text.clone(),
            Live::Directory => "(a real directory)".into(),
            Live::File => "(a file)".into(),
        };
        return Some(LiveStatus { release, ..LiveStatus::default() });
    };
    let meta = seen.meta(id);
    let went_live = |record: &&Record| record.goes_live() && record.release.as_ref() == Some(id);
    let record = seen.ledger.iter().rev().find(went_live);
    Some(LiveStatus {
        release: id.to_string(),
        version: Some(id.version().to_string()),
        commit: meta.and_then(|meta| meta.commit.clone()),
        sha256: meta.map(|meta| meta.sha256.to_string()),
        deployed_at: record.map(|record| record.ended_at.clone()),
        deployed_by: record.map(|record| record.who.clone()),
        no_health: record.and_then(|record| record.no_health.clone()),
    })
}

fn raised(seen: &Observed) -> Option<Raised> {
    match (&seen.flag, &seen.long_flag) {
        (Flag::Up(by), _) => Some(Raised { flag: "flag", by: by.clone() }),
        (_, Flag::Up(by)) => Some(Raised { flag: "long_flag", by: by.clone() }),
        _ => None,
    }
}

fn operation(seen: &Observed) -> Option<Operation> {
    match &seen.lock {
        Some(lock) => Some(Operation { id: lock.operation.clone(), running: true, holder: Some(lock.clone()) }),
        None => seen.open.first().map(|id| Operation { id: id.clone(), running: false, holder: None }),
    }
}
