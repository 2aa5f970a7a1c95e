//! The small operations: one phase, no artifact, nothing to confirm.

use std::time::Duration;

use super::steps::environment;
use super::{Bytes, Operator, Seen, head, record};
use crate::model::{BootHook, Failure, Plan, ReleaseId, Step, Target};

/// A small operation.
#[derive(Debug, Clone, PartialEq)]
pub enum Simple {
    /// Raises a maintenance flag.
    MaintenanceOn {
        /// The flag for long maintenance.
        long: bool,
    },
    /// Lowers all flags, whoever raised them.
    MaintenanceOff,
    /// Freezes the target.
    Lock,
    /// Takes the freeze away.
    Unlock,
    /// Keeps a release from being pruned.
    Pin(ReleaseId),
    /// No longer keeps it.
    Unpin(ReleaseId),
    /// Removes old releases, each host its own.
    Prune(Vec<Vec<ReleaseId>>),
    /// Makes the directories, and sees to the boot hook if it is asked to.
    Setup(Option<BootHook>),
    /// Puts a shared file on the hosts that lack it.
    Seed(Seed),
}

/// A shared file that is put on hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// Its path below `shared`.
    pub path: String,
    /// What is in it.
    pub content: String,
    /// Also where one is already.
    pub replace: bool,
}

impl Simple {
    fn verb(&self) -> &'static str {
        match self {
            Self::MaintenanceOn { .. } | Self::MaintenanceOff => "maintenance",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Pin(_) => "pin",
            Self::Unpin(_) => "unpin",
            Self::Prune(_) => "prune",
            Self::Setup(_) | Self::Seed(_) => "setup",
        }
    }

    /// What stops releases from going live must not stop an operator from saying why, or from undoing it.
    fn respects_freeze(&self) -> bool {
        matches!(self, Self::Prune(_))
    }

    /// What the ledger says beside the verb.
    fn state(&self) -> Option<&'static str> {
        match self {
            Self::MaintenanceOn { long: false } => Some("on"),
            Self::MaintenanceOn { long: true } => Some("on, for long"),
            Self::MaintenanceOff => Some("off"),
            _ => None,
        }
    }

    fn release(&self) -> Option<&ReleaseId> {
        match self {
            Self::Pin(release) | Self::Unpin(release) => Some(release),
            _ => None,
        }
    }
}

/// The plan of a small operation.
///
/// # Errors
/// hosts.toml does not say what is asked for, a host is being worked on, or a host has something to prune and a lock.
pub fn simple(target: &Target, what: &Simple, fleet: &[Seen<'_>], operator: &Operator) -> Result<Plan, Failure> {
    let verb = what.verb();
    if let Simple::Seed(seed) = what {
        seedable(target, seed, fleet)?;
    }
    let mut hosts = Vec::with_capacity(fleet.len());
    for (at, (name, observed)) in fleet.iter().enumerate() {
        let mut plan = head(verb, target, name, observed, operator);
        plan.respects_freeze = what.respects_freeze();
        plan.record = record(operator, what.release(), observed, &Bytes::default());
        plan.steps = steps(target, what, at, operator)?;
        if let Simple::Seed(seed) = what {
            plan.files = vec![("seed.data", seed.content.clone())];
        }
        if !what.respects_freeze() {
            plan.seen = None;
        }
        hosts.push(plan);
    }
    let plan = Plan {
        verb,
        target: target.name.clone(),
        subject: what.release().map(ToString::to_string).unwrap_or_default(),
        hosts,
        batch: None,
        pause: Duration::ZERO,
        warnings: Vec::new(),
        without: Vec::new(),
        sql: String::new(),
        notes: None,
    };
    let Some(state) = what.state() else { return Ok(plan) };
    Ok(Plan { subject: state.into(), ..plan.recorded_with("state", state) })
}

/// Refuses a file over one that is there, unless it is asked for; where some hosts lack it, they get it and the others keep theirs.
fn seedable(target: &Target, seed: &Seed, fleet: &[Seen<'_>]) -> Result<(), Failure> {
    if let Some((host, _)) = fleet.iter().find(|(_, observed)| observed.shared_directories.contains(&seed.path)) {
        return Err(Failure::refused(*host, format!("shared/{} is a directory", seed.path))
            .hint(format!("if nothing needs it: rmdir shared/{} there", seed.path)));
    }
    let lacks = |(_, observed): &Seen<'_>| observed.shared_missing.contains(&seed.path);
    if seed.replace || fleet.iter().any(lacks) {
        return Ok(());
    }
    Err(Failure::refused(&target.name, format!("shared/{} is there already, on every host", seed.path))
        .why("it may have been edited there")
        .hint("--replace puts the new one in its place"))
}

/// The plan of what is done to the database alone, on its host, which is the only one of `fleet`.
///
/// # Errors
/// The host can't be worked with.
pub fn database_only(
    verb: &'static str,
    target: &Target,
    work: (Vec<Step>, Vec<(&'static str, String)>),
    fleet: &[Seen<'_>],
    operator: &Operator,
) -> Result<Plan, Failure> {
    super::preflight::fleet(target, fleet, None)?;
    let (steps, files) = work;
    let host = |(name, observed): &Seen<'_>| {
        let mut plan = head(verb, target, name, observed, operator);
        plan.record = record(operator, None, observed, &Bytes::default());
        plan.steps = environment(target).into_iter().chain(steps.clone()).chain([Step::Record]).collect();
        plan.files.clone_from(&files);
        plan
    };
    Ok(Plan {
        verb,
        target: target.name.clone(),
        subject: "the database".into(),
        hosts: fleet.iter().map(host).collect(),
        batch: None,
        pause: Duration::ZERO,
        warnings: Vec::new(),
        without: Vec::new(),
        sql: String::new(),
        notes: None,
    })
}

fn steps(target: &Target, what: &Simple, host: usize, operator: &Operator) -> Result<Vec<Step>, Failure> {
    let said = match &operator.message {
        Some(message) => format!("{} since {}: {message}", operator.who, operator.since()),
        None => format!("{} since {}", operator.who, operator.since()),
    };
    let step = match what {
        Simple::MaintenanceOn { long } => Step::Raise { path: flag(target, *long)?, text: said },
        Simple::MaintenanceOff => {
            let lower = flags(target)?.into_iter().map(|path| Step::Lower { path });
            return Ok(lower.chain([Step::Record]).collect());
        }
        Simple::Lock => Step::Freeze { text: said },
        Simple::Unlock => Step::Unfreeze,
        Simple::Pin(_) | Simple::Unpin(_) => Step::Mark,
        Simple::Seed(Seed { path, replace, .. }) => {
            return Ok(vec![Step::Dirs, Step::Seed { path: path.clone(), replace: *replace }, Step::Record]);
        }
        Simple::Setup(hook) => {
            let hook = hook.map(Step::BootHook);
            return Ok(std::iter::once(Step::Dirs).chain(hook).chain([Step::Record]).collect());
        }
        Simple::Prune(releases) => {
            // It writes its own record, with what it really removed.
            let prune = Step::Prune { releases: releases.get(host).cloned().unwrap_or_default() };
            let url = target.schema.as_ref().filter(|_| host == target.primary).map(|schema| schema.url.clone());
            let bury = url.filter(|url| !url.is_empty()).map(|url| Step::Bury { url });
            // It may need what [env] says to reach the database.
            let env = bury.as_ref().and_then(|_| environment(target));
            return Ok(env.into_iter().chain([prune]).chain(bury).collect());
        }
    };
    Ok(vec![step, Step::Record])
}

/// Every flag that the target has.
fn flags(target: &Target) -> Result<Vec<String>, Failure> {
    let short = flag(target, false)?;
    let long = target.maintenance.as_ref().and_then(|maintenance| maintenance.long_flag.clone());
    Ok(std::iter::once(short).chain(long).collect())
}

fn flag(target: &Target, long: bool) -> Result<String, Failure> {
    let key = if long { "long_flag" } else { "flag" };
    let path = target.maintenance.as_ref().and_then(|m| if long { m.long_flag.clone() } else { Some(m.flag.clone()) });
    path.ok_or_else(|| {
        Failure::usage("hosts.toml", format!("target `{}` has no [maintenance] {key}", target.name))
            .hint(format!("add `{key} = \"...\"` under [maintenance]"))
    })
}
