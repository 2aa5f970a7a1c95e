//! `release status`: what is live on every host of every target. Looks, and never plans.

use serde::Serialize;

use super::Context;
use crate::cli;
use crate::config::Config;
use crate::fleet::{Database, Fleet, Member, Uploads};
use crate::model::target::Target;
use crate::model::{Exit, Failure, Flag, History, Live, LockHolder, Observed, Record, RecordOutcome, ReleaseId};
use crate::plan::questions;
use crate::ui;
use crate::ui::paint::Paint;
use crate::ui::table::{Cell, Table};

#[derive(Serialize)]
struct Document {
    targets: Vec<TargetStatus>,
    /// How far a target is behind the one that it requires; needs git, and comes with it.
    behind: Vec<serde_json::Value>,
}

#[derive(Serialize)]
struct TargetStatus {
    name: String,
    hosts: Vec<HostStatus>,
}

#[derive(Serialize)]
struct HostStatus {
    host: String,
    reachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    live: Option<LiveStatus>,
    previous: Option<Named>,
    schema: Option<serde_json::Value>,
    maintenance: Option<Raised>,
    lock: Option<Lock>,
    operation: Option<Operation>,
    releases: Vec<ReleaseId>,
}

#[derive(Serialize)]
struct LiveStatus {
    release: String,
    version: Option<String>,
    commit: Option<String>,
    sha256: Option<String>,
    deployed_at: Option<String>,
    deployed_by: Option<String>,
}

#[derive(Serialize)]
struct Named {
    release: ReleaseId,
    version: String,
}

#[derive(Serialize)]
struct Raised {
    flag: &'static str,
    by: String,
}

#[derive(Serialize)]
struct Lock {
    by: String,
}

#[derive(Serialize)]
struct Operation {
    id: String,
    running: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<LockHolder>,
}

pub async fn run(args: cli::Status, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let targets = chosen(&config, &args.targets)?;
    let settings = context.ui.clone();
    let mut screen = ui::Repeated::new(&settings);
    if args.watch {
        context.arm();
    }
    // Not through the context, which the survey reads at the same time.
    let (_, none) = tokio::sync::mpsc::unbounded_channel();
    let mut interrupts = std::mem::replace(&mut context.interrupts, none);
    loop {
        let document = tokio::select! {
            document = survey(&targets, context) => document?,
            Some(()) = interrupts.recv() => return Ok(Exit::Done),
        };
        for target in document.targets.iter().filter(|target| target.hosts.iter().all(|host| host.reachable)) {
            context.remember(&target.name, target.hosts.iter().flat_map(|host| &host.releases));
        }
        let exit = exit(&document);
        let text = as_text(&document, context);
        match (context.global.json, args.watch) {
            (true, _) => ui::print_json(&document)?,
            (false, true) => screen.print(&text)?,
            (false, false) => ui::print_text(&context.ui, &text)?,
        }
        if !args.watch {
            return Ok(exit);
        }
        tokio::select! {
            () = tokio::time::sleep(std::time::Duration::from_secs(2)) => {}
            _ = interrupts.recv() => {
                // Wipes the `^C` that the terminal showed.
                screen.wipe();
                return Ok(exit);
            }
        }
    }
}

fn chosen<'a>(config: &'a Config, names: &[String]) -> Result<Vec<&'a Target>, Failure> {
    if names.is_empty() {
        return Ok(config.targets.iter().collect());
    }
    names.iter().map(|name| config.target(name)).collect()
}

async fn survey(targets: &[&Target], context: &Context) -> Result<Document, Failure> {
    let control = context.control()?;
    let mut tasks = Vec::new();
    for (at, target) in targets.iter().enumerate() {
        let (target, control) = ((*target).clone(), control.path().join(format!("t{at}")));
        tasks.push(tokio::spawn(async move { one(&target, &control).await }));
    }
    let mut all = Vec::with_capacity(tasks.len());
    for (task, target) in tasks.into_iter().zip(targets) {
        let nothing = |_| Ok(TargetStatus { name: target.name.clone(), hosts: Vec::new() });
        all.push(task.await.unwrap_or_else(nothing)?);
    }
    Ok(Document { targets: all, behind: Vec::new() })
}

async fn one(target: &Target, control: &std::path::Path) -> Result<TargetStatus, Failure> {
    let mut hosts = Vec::new();
    let survey = Fleet::survey(target, &questions(target), control, Uploads::None).await?;
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
            Err(failure) => hosts.push(unreached(&host.name, &failure)),
        }
    }
    Ok(TargetStatus { name: target.name.clone(), hosts })
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
        Ok::<_, Failure>(super::schema::document(&database, &state))
    };
    Some(asked.await.unwrap_or_else(|failure| serde_json::json!({"error": failure.to_string()})))
}

fn unreached(host: &str, failure: &Failure) -> HostStatus {
    HostStatus {
        host: host.into(),
        reachable: false,
        error: Some(match &failure.why {
            Some(why) => format!("{}: {why}", failure.what),
            None => failure.what.clone(),
        }),
        live: None,
        previous: None,
        schema: None,
        maintenance: None,
        lock: None,
        operation: None,
        releases: Vec::new(),
    }
}

fn reached(target: &Target, member: &Member) -> HostStatus {
    let seen = &member.observed;
    let history = History::of(&seen.ledger);
    let live = seen.live_release(&target.releases);
    let previous = history.before().find(|id| seen.has(id) && Some(*id) != live.as_ref());
    HostStatus {
        host: member.host.name.clone(),
        reachable: true,
        error: None,
        live: live_status(seen, live.as_ref()),
        previous: previous.map(|id| Named { release: id.clone(), version: id.version().to_string() }),
        schema: None,
        maintenance: raised(seen),
        lock: seen.freeze.clone().map(|by| Lock { by }),
        operation: operation(seen),
        releases: seen.releases.iter().map(|release| release.id.clone()).collect(),
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
        return Some(LiveStatus {
            release,
            version: None,
            commit: None,
            sha256: None,
            deployed_at: None,
            deployed_by: None,
        });
    };
    let meta = seen.meta(id);
    let went_live = |record: &&Record| {
        record.outcome == RecordOutcome::Committed
            && matches!(record.op.as_str(), "deploy" | "rollback" | "forward")
            && record.release.as_ref() == Some(id)
    };
    let record = seen.ledger.iter().rev().find(went_live);
    Some(LiveStatus {
        release: id.to_string(),
        version: Some(id.version().to_string()),
        commit: meta.and_then(|meta| meta.commit.clone()),
        sha256: meta.map(|meta| meta.sha256.to_string()),
        deployed_at: record.map(|record| record.ended_at.clone()),
        deployed_by: record.map(|record| record.who.clone()),
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

/// 0 when each target's hosts agree; 4 when they differ; 3 when one could not be asked.
fn exit(document: &Document) -> Exit {
    let differ = document.targets.iter().any(differs);
    let unreachable = document.targets.iter().flat_map(|target| &target.hosts).any(|host| !host.reachable);
    match (differ, unreachable) {
        (true, _) => Exit::Differ,
        (false, true) => Exit::Refused,
        (false, false) => Exit::Done,
    }
}

fn differs(target: &TargetStatus) -> bool {
    let mut live =
        target.hosts.iter().filter(|host| host.reachable).map(|host| host.live.as_ref().map(|live| &live.release));
    live.next().is_some_and(|first| live.any(|other| other != first))
}

fn as_text(document: &Document, context: &Context) -> String {
    let mut table = Table::new(["TARGET", "HOST", "LIVE", "SINCE", "BY", "STATE"]);
    for target in &document.targets {
        for host in &target.hosts {
            table.row(row(target, host, context));
        }
    }
    let mut text = table.render(context.ui.table_width());
    for target in document.targets.iter().filter(|target| differs(target)) {
        text.push_str(&format!("\n{}: its hosts serve different releases\n", target.name));
    }
    text
}

fn row(target: &TargetStatus, host: &HostStatus, context: &Context) -> Vec<Cell> {
    let dash = || "-".to_owned();
    let (live, since, by) = match &host.live {
        Some(live) => (
            live.version.clone().unwrap_or_else(|| live.release.clone()),
            live.deployed_at.as_deref().map_or_else(dash, |at| age(at, context)),
            live.deployed_by.clone().unwrap_or_else(dash),
        ),
        None => (dash(), dash(), dash()),
    };
    let (state, good) = state(host);
    let state = if good { Cell::painted(Paint::Green, state) } else { Cell::painted(Paint::Red, state) };
    vec![
        Cell::from(&target.name),
        Cell::from(&host.host),
        Cell::painted(Paint::Bold, live),
        Cell::from(since),
        Cell::from(by),
        state,
    ]
}

fn state(host: &HostStatus) -> (String, bool) {
    let mut parts = Vec::new();
    if let Some(error) = &host.error {
        return (error.clone(), false);
    }
    if let Some(operation) = &host.operation {
        parts.push(match &operation.holder {
            Some(holder) => format!("{} by {} under way", holder.verb, holder.who),
            None => "interrupted: release recover".to_owned(),
        });
    }
    if let Some(lock) = &host.lock {
        parts.push(format!("locked by {}", lock.by));
    }
    if let Some(schema) = &host.schema {
        parts.extend(schema["error"].as_str().map(|error| format!("database: {error}")));
        if schema["drift"] == true {
            parts.push("its schema was changed by hand".into());
        }
    }
    if let Some(maintenance) = &host.maintenance {
        parts.push(format!("maintenance: {}", maintenance.by));
    }
    if parts.is_empty() { ("ok".into(), true) } else { (parts.join("; "), false) }
}

fn age(at: &str, context: &Context) -> String {
    match at.parse::<jiff::Timestamp>() {
        Ok(then) => ui::time::age((context.clock)().duration_since(then).unsigned_abs()),
        Err(_) => at.to_owned(),
    }
}
