//! The plan that brings hosts to what the others serve.

use super::{Allowances, Bytes, Operator, Seen, fleet_plan, head, preflight, record, steps, warnings};
use crate::artifact::Artifact;
use crate::model::target::Target;
use crate::model::{Failure, Meta, Plan, ReleaseId};

/// What the others serve.
#[derive(Debug, Clone)]
pub struct Given {
    /// Under this name, everywhere.
    pub release: ReleaseId,
    /// What it says of itself.
    pub meta: Meta,
}

/// The plan for hosts that serve something else, or nothing. The schema has been upgraded by the others.
///
/// # Errors
/// Every reason against it that can be known beforehand.
pub fn catch_up(
    target: &Target,
    given: &Given,
    artifact: Option<&Artifact>,
    fleet: &[Seen<'_>],
    operator: &Operator,
) -> Result<Plan, Failure> {
    const VERB: &str = "catch-up";
    let Given { release, meta } = given;
    let allow = Allowances { new_build: true, ..Allowances::default() };
    preflight::fleet(target, fleet, artifact.map(|artifact| (artifact, &allow)))?;
    let mut hosts = Vec::with_capacity(fleet.len());
    for (name, observed) in fleet {
        let mut plan = head(VERB, target, name, observed, operator);
        if plan.previous.as_ref() == Some(release) {
            return Err(moved_on(target, name, release));
        }
        plan.release = Some(release.clone());
        let bytes = Bytes {
            sha256: Some(meta.sha256),
            commit: meta.commit.as_deref(),
            signed_by: signer(artifact),
            ..Bytes::default()
        };
        plan.record = record(operator, Some(release), observed, &bytes);
        let part = steps::part_of(target, name, None);
        plan.steps = match (observed.has(release), artifact) {
            (true, _) if observed.meta(release).is_some_and(|own| own.sha256 != meta.sha256) => {
                return Err(other_bytes(target, name, given));
            }
            (true, _) => steps::switch(target, release, observed, &part),
            (false, Some(artifact)) => steps::deploy(target, artifact, meta, release, observed, &part),
            (false, None) => return Err(moved_on(target, name, release)),
        };
        hosts.push(plan);
    }
    let said = artifact.map(|artifact| artifact.warnings.clone()).unwrap_or_default();
    let warnings = warnings(target, fleet, &said, operator);
    Ok(fleet_plan(VERB, target, release.version().to_string(), hosts, warnings, None, operator))
}

fn signer(artifact: Option<&Artifact>) -> Option<&str> {
    artifact?.signed_by.as_deref()
}

fn moved_on(target: &Target, host: &str, release: &ReleaseId) -> Failure {
    Failure::refused(host, format!("it has changed since {release} was looked for on the hosts"))
        .hint(format!("release catch-up {}", target.name))
}

fn other_bytes(target: &Target, host: &str, given: &Given) -> Failure {
    Failure::refused(host, format!("{} is here with other bytes than on the other hosts", given.release))
        .why("two releases got one name, while the host was away")
        .hint(format!("release {} {}", target.name, given.release.version()))
}
