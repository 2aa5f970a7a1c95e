//! Plans: pure functions from a target, an artifact and what was seen to a list of steps, or to a refusal that says why.

mod adopt;
mod behind;
mod by_hand;
mod catch_up;
mod damage;
mod databases;
mod go_back;
mod identity;
mod live_health;
pub mod machine;
mod notes;
mod outcome;
mod pattern;
pub mod placed;
mod preflight;
mod prune;
mod questions;
mod rights;
mod schema;
pub mod shared;
mod simple;
mod steps;
mod sudo;

use std::time::Duration;

use jiff::Timestamp;

use crate::artifact::Artifact;
use crate::model::target::{Strategy, Target};
use crate::model::{Digest, Exit, Failure, HazardName, HostPlan, Identity, Meta, Observed, Plan, ReleaseId};

pub use adopt::{Adopt, adopt, taken_from};
pub use behind::{LeftOut, Serving};
pub use by_hand::by_hand;
pub use catch_up::{Given, catch_up};
pub use damage::{damage, damage_of};
pub use databases::apart;
pub use go_back::{Destination, back_to, forward_to, instead_of};
pub use identity::{not_ours, of_another, other_names, readable, unreadable};
pub use notes::noted;
pub use outcome::{Ending, judge};
pub use preflight::{check_host, complaints};
pub use prune::expendable;
pub use questions::questions;
pub use rights::twins;
pub use schema::{
    SchemaPart, SchemaWork, allow_flags, by_tool, switching, told, upgrading, upgrading_alone, without_leave,
};
pub use simple::{Seed, Simple, database_only, simple};
pub use steps::{environment, health_check};
pub use sudo::sudo_calls;

/// Less than this is nearly nothing.
const LITTLE_KIB: u64 = 2048;

/// Who plans, and when.
#[derive(Debug, Clone)]
pub struct Operator {
    /// `user@machine`.
    pub who: String,
    /// The client's clock.
    pub now: Timestamp,
    /// Makes two operations of one second differ: some letters and digits.
    pub salt: String,
    /// What the operator has to say (`-m`).
    pub message: Option<String>,
    /// Hosts of the target that the operator leaves out: by name, and why is the message.
    pub without: Vec<String>,
}

impl Operator {
    /// The id of an operation: `20140218-114503-deploy-k3x9`.
    pub fn operation(&self, verb: &str) -> String {
        format!("{}-{verb}-{}", self.now.strftime("%Y%m%d-%H%M%S"), self.salt)
    }

    /// For the attempt of this number, from 1: a plan that is made anew is an operation of its own. A host may have begun the
    /// one before it, and undone it while another refused; it goes by the id to tell what has been done.
    pub fn of_attempt(&self, attempt: usize) -> Self {
        let more = if attempt > 1 { attempt.to_string() } else { String::new() };
        Self { salt: format!("{}{more}", self.salt), ..self.clone() }
    }

    /// When it began, RFC 3339 with seconds.
    pub fn since(&self) -> String {
        self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

/// What the caller allows beyond the rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowances {
    /// Another artifact under a version that a host already has.
    pub new_build: bool,
    /// Hazards of the schema's upgrade.
    pub hazards: Vec<HazardName>,
    /// What speaks against these bytes, and is to be no reason: that they were not good where `requires` wants them.
    pub forced: Option<String>,
    /// These bytes once more, where every host serves them already.
    pub again: bool,
    /// The upgrade of the schema is only shown: what needs leave is told, and does not refuse.
    pub shown: bool,
}

/// One host with what was seen there.
pub type Seen<'a> = (&'a str, &'a Observed);

/// The plan of a deploy.
///
/// # Errors
/// Every reason against it that can be known beforehand, on all hosts, as one failure.
pub fn deploy(
    target: &Target,
    artifact: &Artifact,
    reference: Option<String>,
    fleet: &[Seen<'_>],
    operator: &Operator,
    allow: &Allowances,
    schema: Option<&SchemaPart>,
) -> Result<Plan, Failure> {
    preflight::fleet(target, fleet, Some((artifact, allow)))?;
    let release = free_name(artifact, fleet, operator.now);
    let forced = allow.forced.iter().map(|against| format!("forced, although {against}"));
    let mut said: Vec<String> = forced.chain(artifact.warnings.iter().cloned()).collect();
    said.extend(on_hosts(fleet, |observed| shared::warnings(target, observed)));
    let meta = Meta {
        version: artifact.version.clone(),
        commit: artifact.commit.clone(),
        reference,
        sha256: artifact.digest,
        built_at: None,
        built_by: None,
    };
    let hosts = fleet
        .iter()
        .map(|(name, observed)| {
            let mut plan = head(artifact.verb(), target, name, observed, operator);
            plan.release = Some(release.clone());
            let bytes = Bytes {
                sha256: Some(artifact.digest),
                commit: artifact.commit.as_deref(),
                signed_by: artifact.signed_by.as_deref(),
                from: artifact.promoted_from.as_deref(),
                forced: allow.forced.as_deref(),
                health: Some(live_health::question(target)),
                no_health: target.no_health.as_deref(),
            };
            plan.record = record(operator, Some(&release), observed, &bytes);
            let part = steps::part_of(target, name, schema);
            plan.steps = steps::deploy(target, artifact, &meta, &release, observed, &part);
            plan.files = part.files();
            plan
        })
        .collect();
    Ok(fleet_plan(
        artifact.verb(),
        target,
        artifact.version.to_string(),
        hosts,
        warnings(target, fleet, &said, operator),
        schema,
        operator,
    ))
}

/// The plan of a rollback or a roll forward to a release that every host has.
///
/// # Errors
/// Every reason against it that can be known beforehand.
pub fn switch(
    verb: &'static str,
    target: &Target,
    release: &ReleaseId,
    fleet: &[Seen<'_>],
    operator: &Operator,
    schema: Option<&SchemaPart>,
) -> Result<Plan, Failure> {
    preflight::fleet(target, fleet, None)?;
    // One that was left out of what is undone now.
    let serves = |seen: &&Seen<'_>| seen.1.live_release(&target.releases).as_ref() == Some(release);
    let standing = fleet.iter().filter(serves);
    // Led there by hand.
    if standing.clone().count() == fleet.len() {
        return Err(Failure::refused(&target.name, format!("{release} is live already"))
            .hint(format!("release status {}", target.name)));
    }
    if let Some((name, _)) = standing.clone().find(|(name, _)| schema.is_some() && target.is_primary(name)) {
        return Err(behind::primary_stands(target, name, release));
    }
    let hosts = fleet
        .iter()
        .filter(|seen| !serves(seen))
        .map(|(name, observed)| {
            let meta = observed.meta(release);
            let mut plan = head(verb, target, name, observed, operator);
            plan.release = Some(release.clone());
            let bytes = Bytes {
                sha256: meta.map(|meta| meta.sha256),
                commit: meta.and_then(|meta| meta.commit.as_deref()),
                health: Some(live_health::question(target)),
                no_health: target.no_health.as_deref(),
                ..Bytes::default()
            };
            plan.record = record(operator, Some(release), observed, &bytes);
            let part = steps::part_of(target, name, schema);
            plan.steps = steps::switch(target, release, observed, &part);
            plan.files = part.files();
            plan
        })
        .collect();
    let mut warnings = warnings(target, fleet, &[], operator);
    warnings.extend(on_hosts(fleet, |observed| shared::dangling(observed).collect()));
    warnings.extend(standing.map(|(name, _)| format!("{name} serves {release} already, and nothing is done there")));
    Ok(fleet_plan(verb, target, release.version().to_string(), hosts, warnings, schema, operator))
}

fn fleet_plan(
    verb: &'static str,
    target: &Target,
    subject: String,
    hosts: Vec<HostPlan>,
    mut warnings: Vec<String>,
    schema: Option<&SchemaPart>,
    operator: &Operator,
) -> Plan {
    let changes = schema.is_some_and(|part| part.changes);
    let (batch, pause) = match target.strategy {
        Strategy::Rolling { batch, wait } if !changes => (Some(batch), wait),
        _ => (None, Duration::ZERO),
    };
    if changes && target.strategy != Strategy::Together {
        // In batches, old code would run on the new schema for as long as they take.
        warnings.push("the schema changes, so all hosts switch at once".into());
    }
    warnings.extend(schema.iter().flat_map(|part| part.warnings.clone()));
    let without = operator.without.clone();
    let sql = schema.map(|part| part.sql.clone()).unwrap_or_default();
    Plan { verb, target: target.name.clone(), subject, hosts, batch, pause, warnings, without, notes: None, sql }
}

/// What every operation's plan for a host begins with.
fn head(verb: &'static str, target: &Target, name: &str, observed: &Observed, operator: &Operator) -> HostPlan {
    HostPlan {
        host: name.into(),
        operation: operator.operation(verb),
        verb,
        identity: Identity::of(target),
        adopts: false,
        who: operator.who.clone(),
        since: operator.since(),
        lease: target.lease,
        limits: target.limits,
        was: observed.live.text().map(str::to_owned),
        previous: observed.live_release(&target.releases),
        release: None,
        seen: Some(observed.ledger_lines),
        respects_freeze: true,
        record: String::new(),
        steps: Vec::new(),
        files: Vec::new(),
    }
}

/// What a record says of the bytes that go live.
#[derive(Default)]
struct Bytes<'a> {
    sha256: Option<Digest>,
    commit: Option<&'a str>,
    signed_by: Option<&'a str>,
    from: Option<&'a str>,
    forced: Option<&'a str>,
    health: Option<String>,
    no_health: Option<&'a str>,
}

/// The middle of a ledger record: members without braces.
fn record(operator: &Operator, release: Option<&ReleaseId>, observed: &Observed, bytes: &Bytes<'_>) -> String {
    let mut members = serde_json::json!({
        "who": operator.who,
        "at": operator.since(),
        "release": release,
        "version": release.map(ReleaseId::version),
        "previous": observed.live.text(),
        "sha256": bytes.sha256,
        "commit": bytes.commit,
        "signed_by": bytes.signed_by,
        "from": bytes.from,
        "forced": bytes.forced,
        "health": bytes.health,
        "no_health": bytes.no_health,
        "message": operator.message,
    });
    if !operator.without.is_empty() {
        members["without"] = operator.without.clone().into();
    }
    let text = members.to_string();
    text[1..text.len() - 1].to_owned()
}

/// A name that no host has yet: two deploys in one second get two names.
pub fn free_name(artifact: &Artifact, fleet: &[Seen<'_>], now: Timestamp) -> ReleaseId {
    let mut at = now;
    loop {
        let release = ReleaseId::new(at, artifact.version.clone());
        if !fleet.iter().any(|(_, observed)| observed.has(&release)) {
            return release;
        }
        at += jiff::SignedDuration::from_secs(1);
    }
}

fn on_hosts(fleet: &[Seen<'_>], of: impl Fn(&Observed) -> Vec<String>) -> Vec<String> {
    fleet
        .iter()
        .flat_map(|(name, observed)| of(observed).into_iter().map(move |said| format!("{name}: {said}")))
        .collect()
}

fn warnings(target: &Target, fleet: &[Seen<'_>], of_artifact: &[String], operator: &Operator) -> Vec<String> {
    let mut all = of_artifact.to_vec();
    let why = operator.message.as_deref().unwrap_or("no reason given");
    all.extend(operator.without.iter().map(|host| format!("{host} is left out: {why}")));
    if let Some(why) = &target.no_health {
        all.push(format!("[health] is left out: {why}"));
    } else if target.health.is_none() && target.service != crate::model::target::Service::None {
        all.push("hosts.toml has no [health]: nothing proves that the new release answers".into());
    }
    for (name, observed) in fleet {
        if let Some(skew) = observed.time.map(|time| time - operator.now.as_second()).filter(|skew| skew.abs() > 60) {
            all.push(format!(
                "{name}: its clock is {} s {} ours",
                skew.abs(),
                if skew > 0 { "ahead of" } else { "behind" }
            ));
        }
        all.extend(oddities(target, observed).into_iter().map(|oddity| format!("{name}: {oddity}")));
        if let crate::model::Live::Dangling(text) = &observed.live {
            all.push(format!("{name}: {} leads nowhere: {text}", target.live));
        }
    }
    all
}

/// What is no reason against an operation, but should be known to whoever starts it.
pub fn oddities(target: &Target, observed: &Observed) -> Vec<String> {
    let base = &observed.base;
    let mut all = rights::oddities(target, observed);
    all.extend(live_health::warning(target, observed));
    all.extend(by_hand(target, observed));
    all.extend(damage(observed));
    all.extend(remains(target, observed));
    if let Some(free) = observed.disk_kib.filter(|free| *free < LITTLE_KIB) {
        let copies =
            if target.activate.copy.is_empty() { "" } else { ", and so does a rollback, for what `copy` replaces" };
        all.push(format!("only {free} KiB are free for {base}: a deploy needs more{copies}"));
    }
    if let Some(owner) = observed.base_owner {
        all.push(format!("{base} belongs to uid {owner}, who can change whatever {} puts there", observed.user));
    }
    if observed.noexec {
        all.push(format!("{base} is mounted noexec: no program of a release can be started there"));
    }
    if observed.file_system.starts_with("nfs") {
        all.push(format!("{base} is on {}: other machines that write there don't see our lock", observed.file_system));
    }
    let foreign = identity::of_another_tool(observed);
    if !foreign.is_empty() {
        let what = foreign.join(", ");
        let adopt = if foreign.contains(&"current") && target.live != "current" {
            format!("; to take over from it: release adopt {}, or write live = \"current\"", target.name)
        } else {
            String::new()
        };
        all.push(format!("{base} has {what} of another deploy tool, which stays as it is{adopt}"));
    }
    all
}

/// What prunes could not remove; while somebody is at work it may be going.
pub fn remains(target: &Target, observed: &Observed) -> Option<String> {
    let named = observed.lock.is_none() && observed.open.is_empty() && !observed.gone.is_empty();
    named.then(|| {
        format!(
            "a prune could not remove {}; to try again, and hear why: release prune {}",
            observed.gone.join(", "),
            target.name
        )
    })
}

/// Locked, by an operation or by `release lock`: exit 75.
fn locked(place: &str, what: String, hint: String) -> Failure {
    Failure::new(Exit::Locked, place, what).hint(hint)
}
