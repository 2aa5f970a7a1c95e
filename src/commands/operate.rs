//! What every operation has in common: look, plan, drive, and say what came of it.

use super::ask::{self, Question};
use super::noted::noted;
use super::{Context, done_words};
use crate::agent::journal::{End, INCOMPLETE};
use crate::artifact::Artifact;
use crate::fleet::{Ended, Fleet, Uploads, drive};
use crate::model::target::Target;
use crate::model::{Event, Exit, Failure, HostPlan, HostState, Plan};
use crate::plan::{self, Ending, Operator, SchemaPart, Seen};
use crate::ui;

/// How often a plan is made anew because something happened on a host between the look and the lock.
const REPLANS: usize = 3;

/// What an operation is: how it is planned from what was seen.
pub trait Operation {
    /// The artifact that it uploads.
    fn artifact(&self) -> Option<&Artifact> {
        None
    }

    /// May it go without some of the hosts, by `--without`?
    fn may_leave_out(&self) -> bool {
        false
    }

    /// Does another release go live with it? Then the one that is live is asked for its health before.
    fn switches(&self) -> bool {
        false
    }

    /// That there is nothing to do, as a sentence; and the command that does it all the same.
    fn nothing_to_do(&self, _seen: &[Seen<'_>]) -> Option<(String, String)> {
        None
    }

    /// What the database has to do with it; asked before each plan.
    async fn database(&self, _fleet: &mut Fleet, _operator: &Operator) -> Result<Option<SchemaPart>, Failure> {
        Ok(None)
    }

    /// Warnings of its plan that the operator has read before the question.
    fn already_said(&self) -> &[String] {
        &[]
    }

    /// Does it give a base to this target, whoever it knew before?
    fn adopts(&self) -> bool {
        false
    }

    /// The plan.
    fn plan(&self, seen: &[Seen<'_>], schema: Option<&SchemaPart>, operator: &Operator) -> Result<Plan, Failure>;
}

/// An operation that has nothing to do with a database.
impl<F: Fn(&[Seen<'_>], &Operator) -> Result<Plan, Failure>> Operation for F {
    fn plan(&self, seen: &[Seen<'_>], _schema: Option<&SchemaPart>, operator: &Operator) -> Result<Plan, Failure> {
        self(seen, operator)
    }
}

/// Runs an operation, planned anew if a host has moved on between the look and the lock.
///
/// # Errors
/// It was refused before it began.
pub async fn operate(
    context: &mut Context,
    target: &Target,
    operator: &Operator,
    operation: &impl Operation,
) -> Result<Exit, Failure> {
    let control = context.control()?;
    let questions = plan::questions(target);
    let uploads = if operation.artifact().is_some() { Uploads::Follow } else { Uploads::None };
    let looked = Fleet::look(target, &questions, control.path(), uploads).await;
    let mut fleet = reached(looked, target, operation)?;
    let result = with_fleet(context, target, operator, operation, &mut fleet).await;
    fleet.close();
    result
}

/// The same, and before it begins a protected target asks with the version that is live and the one that is to be.
///
/// # Errors
/// It was refused before it began, or the answer was no.
pub async fn operate_asked(
    context: &mut Context,
    target: &Target,
    operator: &Operator,
    operation: &impl Operation,
    question: Question<'_>,
) -> Result<Exit, Failure> {
    ask::possible(context, target)?;
    let control = context.control()?;
    let uploads = if operation.artifact().is_some() { Uploads::Follow } else { Uploads::None };
    let looked = Fleet::look(target, &plan::questions(target), control.path(), uploads).await;
    let mut fleet = reached(looked, target, operation)?;
    let asked = match operation.nothing_to_do(&fleet.seen()) {
        Some(_) => Ok(()),
        None => question.ask(context, target, &fleet.seen()),
    };
    let result = match asked {
        Ok(()) => with_fleet(context, target, operator, operation, &mut fleet).await,
        Err(failure) => Err(failure),
    };
    fleet.close();
    result
}

/// The plan of an operation, made and not run.
///
/// # Errors
/// It would be refused.
pub async fn plan_only(
    context: &Context,
    target: &Target,
    operator: &Operator,
    operation: &impl Operation,
) -> Result<Plan, Failure> {
    let control = context.control()?;
    let looked = Fleet::look(target, &plan::questions(target), control.path(), Uploads::None).await;
    let mut fleet = reached(looked, target, operation)?;
    if !operation.adopts() {
        plan::of_another(target, &fleet.seen())?;
    }
    let nothing = operation.nothing_to_do(&fleet.seen());
    if operation.switches() && nothing.is_none() {
        fleet.try_env(target).await?;
        fleet.ask_health(target).await?;
    }
    let schema = match nothing {
        Some(_) => Ok(None),
        None => operation.database(&mut fleet, operator).await,
    };
    let plan = schema.and_then(|schema| operation.plan(&fleet.seen(), schema.as_ref(), operator));
    let plan = plan.map(|plan| noted(context, target, plan, operation.artifact(), &fleet.seen()));
    fleet.close();
    plan.map(|plan| match nothing {
        Some((sentence, hint)) => plan.with_nothing_to_do(format!("{sentence}; {hint}")),
        None => plan,
    })
}

async fn with_fleet(
    context: &mut Context,
    target: &Target,
    operator: &Operator,
    operation: &impl Operation,
    fleet: &mut Fleet,
) -> Result<Exit, Failure> {
    let questions = plan::questions(target);
    if !operation.adopts() {
        plan::of_another(target, &fleet.seen())?;
    }
    context.arm();
    let recovered = fleet.recover(target, true).await?;
    if recovered.iter().any(|(_, what)| what != "nothing") {
        fleet.look_again(target, &questions).await?;
    }
    let seen: Vec<_> =
        fleet.members.iter().flat_map(|member| &member.observed.releases).map(|release| release.id.clone()).collect();
    context.remember(&target.name, &seen);
    let mut reporter = ui::reporter(&context.ui);
    for (host, _) in recovered.into_iter().filter(|(_, what)| what == "broken") {
        let text = format!("not everything that was interrupted could be undone: release log {}", target.name);
        reporter.event(&Event::Warning { host: Some(host), text });
    }
    if let Some((summary, hint)) = operation.nothing_to_do(&fleet.seen()) {
        reporter.event(&Event::Ended { exit: Exit::Done, summary, hint: Some(hint) });
        return Ok(Exit::Done);
    }
    for attempt in 1.. {
        let operator = operator.of_attempt(attempt);
        if operation.switches() {
            fleet.try_env(target).await?;
            fleet.ask_health(target).await?;
        }
        let schema = operation.database(fleet, &operator).await?;
        let plan = operation.plan(&fleet.seen(), schema.as_ref(), &operator)?;
        let plan = noted(context, target, plan, operation.artifact(), &fleet.seen());
        // One with nothing to do takes no part.
        fleet.keep(|name| plan.hosts.iter().any(|host| host.host == name));
        let hosts = plan.hosts.iter().map(|host| host.host.clone()).collect();
        reporter.event(&Event::Started {
            operation: plan.verb.into(),
            target: target.name.clone(),
            subject: plan.subject.clone(),
            switches: plan.hosts.iter().any(HostPlan::is_two_phase),
            hosts,
        });
        if let Some(brief) = plan.notes.as_ref().filter(|brief| brief.count > 0) {
            reporter.event(&Event::Notes(brief.clone()));
        }
        for text in plan.warnings.iter().filter(|text| !operation.already_said().contains(text)) {
            reporter.event(&Event::Warning { host: None, text: text.clone() });
        }
        let mut report = |event: &Event| reporter.event(event);
        let ended = drive(
            &plan,
            target,
            fleet,
            operation.artifact(),
            context.global.json,
            &mut report,
            &mut context.interrupts,
        )
        .await;
        let stale = ended.endings.iter().any(|ending| ending.how == Some(End::Stale));
        if stale && attempt < REPLANS && ended.endings.iter().all(|ending| ending.state() == HostState::Unchanged) {
            fleet.look_again(target, &questions).await?;
            continue;
        }
        let exit = if ended.left { Exit::Unknown } else { ended.exit };
        let (summary, hint) = summary(&plan, target, &ended, exit);
        let hint = around_what_is_broken(&plan, target, &fleet.seen(), &ended.endings).or(hint);
        reporter.event(&Event::Ended { exit, summary: summary.clone(), hint });
        super::notify::notify(context, target, &plan, &ended, exit, &summary).await;
        if exit == Exit::Done {
            context.remember(&target.name, seen.iter().chain(&plan.hosts[0].release));
        }
        return Ok(exit);
    }
    Err(Failure::refused(&target.name, "the hosts keep changing").hint(format!("release status {}", target.name)))
}

/// One line that says what is live where, and the one command to go on with.
fn summary(plan: &Plan, of: &Target, ended: &Ended, exit: Exit) -> (String, Option<String>) {
    let endings = ended.endings.as_slice();
    let target = &plan.target;
    let hosts = if endings.len() == 1 { plan.hosts[0].host.clone() } else { format!("{} hosts", endings.len()) };
    let reasons =
        || endings.iter().zip(&plan.hosts).filter(|(ending, _)| !ending.text.is_empty() && ending.how.is_some());
    let first = ended.first_failed.and_then(|first| reasons().find(|(_, host)| host.host == plan.hosts[first].host));
    let reason = first.or_else(|| reasons().next());
    let because = reason.map(|(ending, host)| format!(" ({}: {})", host.host, ending.text)).unwrap_or_default();
    let status = Some(format!("release status {target}"));
    let log = Some(format!("release log {target} {}", plan.hosts[0].operation));
    match exit {
        Exit::Done => done(plan, of, &hosts, ended.pruned),
        Exit::Failed => {
            (format!("{} of {} failed; nothing was changed on {hosts}{because}", plan.verb, named(plan)), log)
        }
        Exit::Refused => {
            (format!("refused; nothing was changed on {hosts}{because}"), Some(format!("release check {target}")))
        }
        Exit::RolledBack => (
            format!(
                "{} of {} failed and was rolled back on {hosts}: {}{because}",
                plan.verb,
                named(plan),
                lives(endings)
            ),
            log,
        ),
        Exit::Interrupted => (format!("interrupted and undone on {hosts}: {}", lives(endings)), status),
        Exit::Locked => {
            let frozen = endings.iter().any(|ending| ending.how == Some(End::Frozen));
            let hint = if frozen { Some(format!("release unlock {target}")) } else { status };
            (format!("locked; nothing was changed on {hosts}{because}"), hint)
        }
        Exit::Unknown => (format!("nobody could say how it ended on {hosts}"), status),
        Exit::Differ | Exit::Usage => {
            let each: Vec<String> =
                endings.iter().zip(&plan.hosts).map(|(ending, host)| each(&host.host, ending)).collect();
            // Where there is only one, nothing differs from anything.
            let what = match endings.len() {
                1 => format!("{} of {} failed, and not all of it could be undone", plan.verb, named(plan)),
                _ => "hosts differ".to_owned(),
            };
            (
                format!("{what}: {}", each.join("; ")),
                Some(format!("release recover {target}, then release status {target}")),
            )
        }
    }
}

/// The command to go on with when the release to switch to has lost some of its files.
fn around_what_is_broken(plan: &Plan, target: &Target, fleet: &[Seen<'_>], endings: &[Ending]) -> Option<String> {
    if !endings.iter().any(|ending| ending.how == Some(End::Aborted) && ending.text.contains(INCOMPLETE)) {
        return None;
    }
    let broken = plan.hosts.first()?.release.as_ref()?;
    Some(match plan::instead_of(target, broken, fleet) {
        Some(other) => format!("release rollback {} --to {other}", target.name),
        None => format!("release {} {}", target.name, broken.version()),
    })
}

/// The fleet; or the failure to reach a host, with the way on that there is without it.
fn reached(looked: Result<Fleet, Failure>, target: &Target, operation: &impl Operation) -> Result<Fleet, Failure> {
    let looked = looked.and_then(|fleet| match plan::readable(target, &fleet.seen()) {
        Ok(()) => Ok(fleet),
        Err(failure) => {
            fleet.close();
            Err(failure)
        }
    });
    looked.map_err(|failure| if operation.may_leave_out() { or_without(target, failure) } else { failure })
}

fn or_without(target: &Target, mut failure: Failure) -> Failure {
    if target.hosts.len() < 2 {
        return failure;
    }
    let one = target.hosts.iter().find(|host| host.name == failure.place);
    let way = format!("the same command --without {} -m WHY", one.map_or("HOST", |host| &host.name));
    failure.hint = Some(match failure.hint {
        Some(hint) => format!("{hint}; or leave it out: {way}"),
        None => way,
    });
    failure
}

fn named(plan: &Plan) -> String {
    if plan.subject.is_empty() || plan.verb == "maintenance" {
        plan.target.clone()
    } else {
        format!("{} to {}", plan.subject, plan.target)
    }
}

fn done(plan: &Plan, of: &Target, hosts: &str, pruned: usize) -> (String, Option<String>) {
    let target = &plan.target;
    let release = plan.hosts.first().and_then(|host| host.release.as_ref());
    let went_live = plan.hosts.first().is_some_and(|host| host.is_two_phase());
    match (went_live, release) {
        (true, Some(release)) if plan.verb == "adopt" => (
            format!("{} was adopted on {target} ({hosts}): it is live as {release}", release.version()),
            Some(format!("release status {target}")),
        ),
        (true, Some(release)) => {
            let back = plan.hosts.iter().any(|host| host.previous.is_some());
            let hint = match plan.verb {
                _ if !plan.without.is_empty() => Some(format!("release catch-up {target}, once it is back")),
                "catch-up" => None,
                "rollback" => Some(format!("release forward {target}")),
                _ if back => Some(format!("release rollback {target}")),
                _ => None,
            };
            let left = plan.without.join(", ");
            let left = if left.is_empty() { left } else { format!("; left out: {left}") };
            (format!("{} is live on {target} ({hosts}) as {release}{left}", release.version()), hint)
        }
        _ => (
            done_words::small(plan, of, pruned).unwrap_or_else(|| done_words::other(plan)) + &format!(" ({hosts})"),
            None,
        ),
    }
}

/// What is live after it was undone, where the hosts agree.
fn lives(endings: &[Ending]) -> String {
    let mut names: Vec<String> = endings
        .iter()
        .filter(|ending| ending.live.is_some() || ending.state() == HostState::RolledBack)
        .map(|ending| ending.live.as_ref().map_or_else(|| "nothing is live".into(), |live| format!("{live} is live")))
        .collect();
    names.dedup();
    if names.is_empty() { "as it was".into() } else { names.join(", ") }
}

fn each(host: &str, ending: &Ending) -> String {
    let live = ending.live.as_ref().map(|live| format!(", {live} is live")).unwrap_or_default();
    let state = match ending.state() {
        HostState::Committed => "done",
        HostState::Unchanged => "unchanged",
        HostState::RolledBack => "rolled back",
        HostState::Broken => "broken",
        HostState::Unknown => "unknown",
    };
    let text = if ending.text.is_empty() { String::new() } else { format!(" ({})", ending.text) };
    format!("{host} {state}{live}{text}")
}
