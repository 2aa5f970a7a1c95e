//! The order of things on a host.

use super::pattern::expected;
use super::prune::expendable;
use crate::artifact::Artifact;
use crate::model::target::{Health, MaintenanceWhen, Probe, Service, Target};
use crate::model::{HealthCheck, Meta, Observed, ReleaseId, Step, Unit};

/// The steps of a deploy: the slow harmless half, the short dangerous one, and what is tidied up after it.
pub fn deploy(
    target: &Target,
    artifact: &Artifact,
    meta: &Meta,
    release: &ReleaseId,
    observed: &Observed,
) -> Vec<Step> {
    let mut steps = environment(target);
    steps.push(Step::Receive { size: artifact.size, digest: artifact.digest });
    steps.push(Step::Unpack { top: target.artifact.top_directory(&artifact.version) });
    steps.push(Step::Meta { json: meta_json(meta) });
    if !target.shared.is_empty() {
        steps.push(Step::Share { paths: target.shared.clone() });
    }
    steps.extend(target.prepare.iter().map(|command| Step::Prepare { command: command.clone() }));
    steps.push(Step::Sync);
    steps.push(Step::Name { release: release.clone() });
    steps.extend(activate(target, release, observed));
    let old = expendable(observed, &target.releases, target.keep, Some(release));
    if !old.is_empty() {
        steps.push(Step::Prune { releases: old });
    }
    steps
}

/// The steps of a rollback or a roll forward: the same dangerous half, with a release that is there already.
pub fn switch(target: &Target, release: &ReleaseId, observed: &Observed) -> Vec<Step> {
    let mut steps = vec![Step::Verify];
    steps.extend(environment(target));
    steps.extend(activate(target, release, observed));
    steps
}

fn environment(target: &Target) -> Vec<Step> {
    if target.env.files.is_empty() && target.env.vars.is_empty() {
        return Vec::new();
    }
    vec![Step::Env { files: target.env.files.clone(), vars: target.env.vars.clone() }]
}

fn activate(target: &Target, release: &ReleaseId, observed: &Observed) -> Vec<Step> {
    let previous = observed.live_release(&target.releases);
    let first = observed.live.text().is_none();
    let flag = target.maintenance.as_ref().filter(|m| m.when == MaintenanceWhen::Always).map(|m| m.flag.clone());
    let mut steps = vec![Step::Link, Step::WaitGo];
    steps.extend(flag.clone().map(|path| Step::Flag { path }));
    // Behind the flag, so that it comes down again only when the old release has been asked.
    if let (Some(health), Some(previous)) = (&target.health, &previous) {
        steps.push(Step::Well(health_check(health, previous)));
    }
    let service = service_steps(&target.service, first);
    steps.extend(service.before);
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

fn health_check(health: &Health, release: &ReleaseId) -> HealthCheck {
    let (kind, probe) = match &health.probe {
        Probe::Url(url) => ("url", url.clone()),
        Probe::Command(command) => ("command", command.clone()),
    };
    let pattern = health.expect.as_deref().map(|expect| expected(expect, release)).unwrap_or_default();
    HealthCheck { kind, probe, pattern, timeout: health.timeout }
}

fn meta_json(meta: &Meta) -> String {
    // A struct of strings always serialises.
    serde_json::to_string(meta).unwrap_or_default()
}
