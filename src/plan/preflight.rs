//! Every reason for an operation to fail that can be known beforehand.

use super::{Allowances, Seen, locked};
use crate::artifact::Artifact;
use crate::model::target::{MaintenanceWhen, Probe, Service, Target};
use crate::model::{BaseState, Failure, Flag, Live, Observed};

/// What an operation keeps for itself on a host, beside the release: journal, log, links, ballast. In KiB.
const OWN_KIB: u64 = 2048;
/// The same in inodes.
const OWN_INODES: u64 = 200;

/// File systems where `live` could not be a link.
const NO_LINKS: [&str; 3] = ["vfat", "msdos", "exfat"];

/// Refuses when a host has a reason against it: one failure for the whole fleet, with every reason.
pub fn fleet(target: &Target, fleet: &[Seen<'_>], deploy: Option<(&Artifact, &Allowances)>) -> Result<(), Failure> {
    for (name, observed) in fleet {
        not_locked(target, name, observed)?;
    }
    let reasons: Vec<(&str, String)> = fleet
        .iter()
        .flat_map(|(name, observed)| {
            check_host(target, observed, deploy).into_iter().map(move |reason| (*name, reason))
        })
        .chain(super::rights::twins(fleet))
        .chain(deploy.into_iter().flat_map(|_| super::databases::apart(target, fleet)))
        .collect();
    match reasons.as_slice() {
        [] => Ok(()),
        [(host, reason)] => Err(Failure::refused(*host, reason).hint(format!("release check {}", target.name))),
        many => {
            let lines: Vec<String> = many.iter().map(|(host, reason)| format!("{host}: {reason}")).collect();
            Err(Failure::refused(&target.name, format!("{} reasons against it", many.len()))
                .detail(lines.join("\n"))
                .hint(format!("release check {}", target.name)))
        }
    }
}

/// Refuses an adoption when a host has a reason against it; what is live there, and by which names, is none.
pub fn apart_from_names(target: &Target, fleet: &[Seen<'_>]) -> Result<(), Failure> {
    for (name, observed) in fleet {
        super::readable(target, &[(name, observed)])?;
        not_locked(target, name, observed)?;
        if let Some(reason) = base(observed).into_iter().chain(tools(target, observed)).next() {
            return Err(Failure::refused(*name, reason).hint(format!("release check {}", target.name)));
        }
    }
    Ok(())
}

fn not_locked(target: &Target, name: &str, observed: &Observed) -> Result<(), Failure> {
    if let Some(lock) = &observed.lock {
        let what = format!("locked by {}: {} since {}", lock.who, lock.verb, lock.since);
        return Err(locked(name, what, format!("release status {}", target.name)));
    }
    if let Some(freeze) = &observed.freeze {
        return Err(locked(name, format!("locked by {freeze}"), format!("release unlock {}", target.name)));
    }
    Ok(())
}

/// The reasons that one host has against a deploy of this artifact, or against any change where there is none.
pub fn check_host(target: &Target, observed: &Observed, deploy: Option<(&Artifact, &Allowances)>) -> Vec<String> {
    let mut reasons = observed.complaints.clone();
    reasons.extend(complaints(target, observed));
    if let Some((artifact, allow)) = deploy {
        reasons.extend(super::shared::reasons(target, observed));
        reasons.extend(room(artifact, observed));
        reasons.extend(other_build(artifact, observed).filter(|_| !allow.new_build));
    }
    reasons
}

/// Capistrano's, Deployer's or Mina's `current`, which the web server follows: a deploy beside it would change nothing that is served.
fn served_by_another_link(target: &Target, observed: &Observed) -> Option<String> {
    let theirs = observed.foreign.iter().any(|name| name == "current");
    (theirs && observed.live == Live::None && target.live != "current").then(|| {
        format!(
            "{} has `current` of another deploy tool and no `{}`, so what is deployed would not be served; to take over: release adopt {}",
            observed.base, target.live, target.name
        )
    })
}

/// The reasons that have nothing to do with an artifact.
pub fn complaints(target: &Target, observed: &Observed) -> Vec<String> {
    if let Some(unreadable) = super::unreadable(observed) {
        return vec![format!("{unreadable}; log in as the account that deploys here")];
    }
    let mut reasons = Vec::new();
    if let Some(other) = super::other_names(target, observed) {
        return vec![format!(
            "{other}; give `{}` a `base` of its own, or take over: release adopt {} --dry-run",
            target.app, target.name
        )];
    }
    reasons.extend(base(observed));
    reasons.extend(super::not_ours(target, observed));
    reasons.extend(served_by_another_link(target, observed));
    reasons.extend(tools(target, observed));
    reasons.extend(unit(observed));
    reasons.extend(super::rights::complaints(target, observed));
    reasons.extend(observed.env_fails.clone());
    reasons.extend(super::live_health::refusal(target, observed));
    reasons.extend(flags(target, observed));
    reasons
}

fn flags(target: &Target, observed: &Observed) -> Vec<String> {
    let Some(maintenance) = &target.maintenance else { return Vec::new() };
    let mut reasons = Vec::new();
    if maintenance.when == MaintenanceWhen::Always && observed.flag == Flag::Unwritable {
        reasons.push(format!("the flag {} can't be written", maintenance.flag));
    }
    for (flag, state) in
        [(Some(&maintenance.flag), &observed.flag), (maintenance.long_flag.as_ref(), &observed.long_flag)]
    {
        reasons
            .extend(flag.filter(|_| *state == Flag::Directory).map(|flag| format!("the flag {flag} is a directory")));
    }
    reasons
}

fn base(observed: &Observed) -> Option<String> {
    let base = &observed.base;
    match observed.base_state {
        BaseState::Writable | BaseState::Missing if observed.state_readonly => {
            Some(format!("{base}/.release can't be written by {}", observed.user))
        }
        BaseState::Writable if observed.base_world_writable => {
            Some(format!("{base} can be written by anyone; chmod o-w {base}"))
        }
        BaseState::Writable if NO_LINKS.contains(&observed.file_system.as_str()) => {
            Some(format!("{base} is on {}, which has no symlinks; use another file system", observed.file_system))
        }
        BaseState::Writable | BaseState::Missing => None,
        BaseState::ReadOnly => Some(format!("{base} can't be written by {}", observed.user)),
        BaseState::Uncreatable => Some(format!("{base} is not there, and {} can't make it", observed.user)),
        BaseState::NotDirectory => Some(format!("{base} is not a directory")),
    }
}

fn tools(target: &Target, observed: &Observed) -> Vec<String> {
    let mut reasons = Vec::new();
    if observed.no_proc {
        reasons.push("there is no /proc; the host must run Linux".into());
    }
    for tool in ["sha256sum", "tar", "gzip", "setsid", "readlink", "dd", "tr", "stat"] {
        if !observed.has_tool(tool) {
            reasons.push(format!("{tool} is not installed"));
        }
    }
    let asks_url = target.health.as_ref().is_some_and(|health| matches!(health.probe, Probe::Url(_)));
    if asks_url && !observed.has_tool("curl") && !observed.has_tool("wget") {
        reasons.push("[health] url needs curl or wget, and neither is installed".into());
    }
    let asks_socket = target.health.as_ref().is_some_and(|health| health.how.socket.is_some());
    if asks_socket && !observed.has_tool("curl") {
        reasons.push("[health] socket needs curl, which is not installed".into());
    }
    if let Service::Systemd { user, .. } = &target.service {
        if !observed.has_tool("systemctl") {
            reasons.push("systemctl is not installed".into());
        } else if !user && observed.uid != Some(0) && !observed.has_tool("sudo") {
            reasons.push("a system unit needs sudo, which is not installed".into());
        }
    }
    reasons
}

fn unit(observed: &Observed) -> Option<String> {
    let state = observed.unit.iter().find(|(key, _)| key == "LoadState").map(|(_, value)| value.as_str());
    match state {
        Some("not-found") => Some("systemd does not know the unit of [service]".into()),
        Some("masked") => Some("the unit of [service] is masked".into()),
        _ => None,
    }
}

fn room(artifact: &Artifact, observed: &Observed) -> Vec<String> {
    let mut reasons = Vec::new();
    // Each file takes whole blocks of 4 KiB.
    let need_kib = (artifact.size + artifact.unpacked) / 1024 + artifact.entries * 4 + OWN_KIB;
    if let Some(free) = observed.disk_kib.filter(|free| *free < need_kib) {
        reasons.push(format!("needs {} MiB of disk, {} MiB are free", need_kib.div_ceil(1024), free / 1024));
    }
    let need_inodes = artifact.entries + OWN_INODES;
    if let Some(free) = observed.inodes.filter(|free| *free < need_inodes) {
        reasons.push(format!("needs {need_inodes} inodes, {free} are free"));
    }
    reasons
}

/// The same version with other bytes: nobody could tell any more which one is meant.
fn other_build(artifact: &Artifact, observed: &Observed) -> Option<String> {
    let (id, meta) = observed
        .releases
        .iter()
        .filter(|release| *release.id.version() == artifact.version)
        .filter_map(|release| Some((&release.id, release.meta.as_ref()?)))
        .find(|(_, meta)| meta.sha256 != artifact.digest)?;
    Some(format!(
        "{} is here already as {id} with other bytes (sha256 {}, this one has {}); give it a new version, or say --force-new-build",
        artifact.version,
        meta.sha256.short(),
        artifact.digest.short(),
    ))
}
