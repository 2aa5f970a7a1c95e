//! The order of things on a host.

use super::live_health::is_unhealthy;
use super::pattern::{expected, named};
use super::prune::expendable;
use super::schema::{SchemaPart, SchemaWork};
use crate::artifact::Artifact;
use crate::model::target::{Health, MaintenanceWhen, Probe, Service, Target};
use crate::model::{HealthCheck, Meta, Observed, ReleaseId, Step, Unit};

/// What the database has to do with one host of an operation.
pub struct HostPart<'a> {
    /// The database's part; `None`: there is none.
    part: Option<&'a SchemaPart>,
    /// This host does it.
    primary: bool,
    /// There are other hosts.
    many: bool,
}

/// The part of the target's host of this name.
pub fn part_of<'a>(target: &Target, host: &str, part: Option<&'a SchemaPart>) -> HostPart<'a> {
    HostPart { part, primary: target.is_primary(host), many: target.hosts.len() > 1 }
}

impl HostPart<'_> {
    /// What its steps read.
    pub fn files(&self) -> Vec<(&'static str, String)> {
        self.part.filter(|_| self.primary).map(|part| part.files.clone()).unwrap_or_default()
    }

    fn changes(&self) -> bool {
        self.part.is_some_and(|part| part.changes)
    }

    /// Behind the flag and while the old code still runs, if it can: the longest step of all.
    fn backup(&self) -> Option<Step> {
        let part = self.part.filter(|part| self.primary && part.backup)?;
        Some(Step::Backup { url: part.url.clone() })
    }

    /// Where there are other hosts, each waits here: nobody uses the old schema while it changes, and nobody the new one before.
    fn upgrade(&self) -> Vec<Step> {
        let Some(part) = self.part else { return Vec::new() };
        let wait = (self.many && part.changes).then_some(Step::WaitTurn);
        let own = self.primary.then(|| match &part.work {
            SchemaWork::Scripts { what } => Step::Schema { url: part.url.clone(), what: what.clone() },
            SchemaWork::Tool { back, check, up, down } => {
                Step::Upgrade { back: *back, check: check.clone(), command: up.clone(), undo: down.clone() }
            }
        });
        wait.into_iter().chain(own).collect()
    }

    fn bury(&self) -> Option<Step> {
        let part = self.part.filter(|part| self.primary && matches!(part.work, SchemaWork::Scripts { .. }))?;
        Some(Step::Bury { url: part.url.clone() })
    }
}

/// The steps of a deploy: the slow harmless half, the short dangerous one, and what is tidied up after it.
pub fn deploy(
    target: &Target,
    artifact: &Artifact,
    meta: &Meta,
    release: &ReleaseId,
    observed: &Observed,
    part: &HostPart<'_>,
) -> Vec<Step> {
    let mut steps: Vec<Step> = environment(target).into_iter().collect();
    steps.push(Step::Receive { size: artifact.size, digest: artifact.digest });
    steps.push(Step::Unpack { release: release.clone(), top: target.artifact.top_directory(&artifact.version) });
    if !target.shared.is_empty() || !target.shared_files.is_empty() {
        steps.push(Step::Share { paths: target.shared.clone(), files: target.shared_files.clone() });
    }
    steps.extend(target.prepare.iter().map(|command| Step::Prepare { command: command.clone() }));
    steps.extend([Step::Meta { json: meta_json(meta) }, Step::Sync, Step::Complete]);
    steps.extend(activate(target, release, observed, part));
    let old = expendable(observed, &target.releases, target.keep, Some(release));
    if !old.is_empty() {
        steps.push(Step::Prune { releases: old });
        steps.extend(part.bury());
    }
    steps
}

/// The steps of a rollback or a roll forward: the same dangerous half, with a release that is there already.
pub fn switch(target: &Target, release: &ReleaseId, observed: &Observed, part: &HostPart<'_>) -> Vec<Step> {
    let mut steps = vec![Step::Verify];
    steps.extend(environment(target));
    steps.extend(activate(target, release, observed, part));
    steps
}

/// What makes the environment of every command; `None`: nothing does.
pub fn environment(target: &Target) -> Option<Step> {
    let said = !target.env.files.is_empty() || !target.env.vars.is_empty();
    said.then(|| Step::Env { files: target.env.files.clone(), vars: target.env.vars.clone() })
}

fn activate(target: &Target, release: &ReleaseId, observed: &Observed, part: &HostPart<'_>) -> Vec<Step> {
    let previous = observed.live_release(&target.releases);
    let first = observed.live.text().is_none();
    let raised = |when| match when {
        MaintenanceWhen::Always => true,
        MaintenanceWhen::Schema => part.changes(),
        MaintenanceWhen::Never => false,
    };
    let flag = target.maintenance.as_ref().filter(|m| raised(m.when)).map(|m| m.flag.clone());
    let mut steps = vec![Step::Link, Step::WaitGo];
    steps.extend(flag.clone().map(|path| Step::Flag { path }));
    // Behind the flag, so that it comes down again only when the old release has been asked.
    if let (Some(health), Some(previous)) = (&target.health, &previous)
        && !is_unhealthy(observed)
    {
        let behind_flag = flag.is_some();
        steps.push(Step::Well(HealthCheck { behind_flag, ..health_check(health, previous) }));
    }
    steps.extend(part.backup());
    let service = service_steps(&target.service, first);
    steps.extend(service.before);
    steps.extend(part.upgrade());
    steps.extend(target.activate.clear.iter().map(|path| Step::Clear { path: path.clone() }));
    steps.extend(target.activate.copy.iter().map(|copy| Step::Copy { from: copy.from.clone(), to: copy.to.clone() }));
    steps.extend(target.activate.run.iter().map(|command| Step::Run { command: command.clone() }));
    steps.push(Step::Swap);
    steps.extend(service.after);
    steps.extend(target.health.as_ref().map(|health| Step::Health(health_check(health, release))));
    steps.push(Step::WaitConfirm);
    steps.extend(flag.map(|path| Step::Unflag { path }));
    steps.push(Step::Record);
    steps
}

struct ServiceSteps {
    before: Vec<Step>,
    after: Vec<Step>,
}

/// Around the swap: one restart or reload where there is one, because then nothing is down in between; else stop and
/// start. On a first deploy there is nothing to stop.
fn service_steps(service: &Service, first: bool) -> ServiceSteps {
    match service {
        Service::None => ServiceSteps { before: vec![], after: vec![] },
        Service::Systemd { unit, user } => {
            let unit = Unit { name: unit.clone(), user: *user };
            ServiceSteps { before: vec![Step::UnitAgain(unit.clone())], after: vec![Step::UnitStart(unit)] }
        }
        Service::Commands { stop, start, restart, reload } => {
            let again = reload.as_ref().or(restart.as_ref());
            match (again, start) {
                (_, Some(start)) if again.is_none() || first => {
                    let before = stop
                        .iter()
                        .filter(|_| !first)
                        .map(|stop| Step::Stop { command: stop.clone(), undo: Some(start.clone()) });
                    let after = Step::Start { command: start.clone(), undo: stop.clone() };
                    ServiceSteps { before: before.collect(), after: vec![after] }
                }
                (Some(command), _) => ServiceSteps {
                    before: vec![Step::Again { command: command.clone(), stop: stop.clone() }],
                    after: vec![Step::Restart { command: command.clone() }],
                },
                (None, _) => ServiceSteps { before: vec![], after: vec![] },
            }
        }
    }
}

/// What a release is asked.
pub fn health_check(health: &Health, release: &ReleaseId) -> HealthCheck {
    let (kind, probe) = match &health.probe {
        Probe::Url(url) => ("url", url.clone()),
        Probe::Command(command) => ("command", command.clone()),
    };
    let expect = health.expect.as_deref();
    HealthCheck {
        kind,
        probe,
        pattern: expect.map(|expect| expected(expect, release)).unwrap_or_default(),
        wanted: expect.map(|expect| named(expect, release)).unwrap_or_default(),
        how: health.how.clone(),
        behind_flag: false,
        timeout: health.timeout,
    }
}

fn meta_json(meta: &Meta) -> String {
    // A struct of strings always serialises.
    serde_json::to_string(meta).unwrap_or_default()
}
