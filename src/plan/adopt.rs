//! `release adopt`: what is live, made by another tool or known by other names, becomes this target's.

use jiff::Timestamp;

use super::{Bytes, Operator, Seen, head, preflight, record};
use crate::model::{Adoptable, Adoption, Failure, History, HostPlan, Identity, Live, Observed, Plan, ReleaseId, Step};
use crate::model::{Target, Version};

/// What an adoption is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adopt {
    /// The version of what is live, where its directory's name does not say it.
    pub version: Option<Version>,
    /// A real directory may be missing for a moment, on a host that can't do it at once.
    pub gap: bool,
}

/// The plan of an adoption; a host that has nothing to adopt has no steps.
///
/// # Errors
/// There is nothing to adopt, or a host has a reason against it.
pub fn adopt(target: &Target, asked: &Adopt, fleet: &[Seen<'_>], operator: &Operator) -> Result<Plan, Failure> {
    preflight::apart_from_names(target, fleet)?;
    let sources = fleet.iter().map(|seen| source(target, seen)).collect::<Result<Vec<_>, _>>()?;
    let release = release_of(target, asked, fleet, &sources)?;
    let mut warnings = Vec::new();
    let mut hosts = Vec::with_capacity(fleet.len());
    for ((name, observed), source) in fleet.iter().zip(&sources) {
        let mut plan = head("adopt", target, name, observed, operator);
        plan.adopts = true;
        plan.release = Some(release.clone());
        plan.previous = None;
        let revision = source.found().and_then(|found| found.revision.as_deref());
        let bytes = Bytes { commit: revision, ..Bytes::default() };
        plan.record = record(operator, Some(&release), observed, &bytes);
        plan.steps = steps(target, asked, observed, source, &release);
        warnings.extend(left(target, observed, source).into_iter().map(|text| format!("{name}: {text}")));
        hosts.push(plan);
    }
    if hosts.iter().any(|host| !host.steps.is_empty()) {
        hosts.iter_mut().filter(|host| host.steps.is_empty()).for_each(wait_for_the_others);
    }
    let asks_version = target.health.as_ref().and_then(|health| health.expect.as_deref());
    if asked.version.is_none() && asks_version.is_some_and(|expect| expect.contains("{version}")) {
        warnings.push(format!(
            "[health] expects the version, and what is live is called {}: if it is another one, say --version",
            release.version()
        ));
    }
    Ok(Plan {
        verb: "adopt",
        target: target.name.clone(),
        subject: release.version().to_string(),
        hosts,
        batch: None,
        pause: std::time::Duration::ZERO,
        warnings,
        notes: None,
        without: Vec::new(),
        sql: String::new(),
    })
}

/// Whose base it is according to the host, when that is another application.
pub fn taken_from<'a>(target: &Target, fleet: &'a [Seen<'_>]) -> Option<&'a str> {
    let known =
        fleet.iter().find_map(|(_, observed)| observed.identity.as_ref().filter(|known| known.app != target.app))?;
    Some(&known.app)
}

/// What is live on a host.
enum Source<'a> {
    /// A release of ours, under its name.
    Ours(ReleaseId),
    /// A release of ours, by names of before.
    Renamed(ReleaseId, &'a Adoptable),
    /// Something else that a link leads to.
    Link(&'a Adoptable),
    /// A real directory.
    Directory(&'a Adoptable),
}

impl<'a> Source<'a> {
    fn found(&self) -> Option<&'a Adoptable> {
        match self {
            Self::Ours(_) => None,
            Self::Renamed(_, found) | Self::Link(found) | Self::Directory(found) => Some(found),
        }
    }
}

fn source<'a>(target: &Target, (host, observed): &Seen<'a>) -> Result<Source<'a>, Failure> {
    let observed: &'a Observed = observed;
    if let Some(release) = observed.live_release(&target.releases) {
        return Ok(Source::Ours(release));
    }
    let path = format!("{}/{}", observed.base, target.live);
    match &observed.live {
        Live::File => return Err(Failure::refused(*host, format!("{path} is a file, not a link")).hint("move it away")),
        Live::Dangling(text) => {
            return Err(Failure::refused(*host, format!("{path} leads nowhere: {text}"))
                .hint(format!("remove the link, then release {}", target.name)));
        }
        _ => {}
    }
    let named = |name: &str| observed.adoptable.iter().find(|found| found.name == name);
    // What the base itself calls live comes before what other tools do.
    let known = observed.identity.as_ref().map(|known| known.live.as_str());
    let found = named(&target.live).or_else(|| known.and_then(named)).or_else(|| named("current"));
    let Some(found) = found else {
        return Err(Failure::refused(*host, format!("there is nothing to adopt: {path} is not there"))
            .why("nor is a link `current`")
            .hint(format!("release {}", target.name)));
    };
    let Some(_) = &found.text else { return Ok(Source::Directory(found)) };
    Ok(match found.directory().parse() {
        Ok(release) => Source::Renamed(release, found),
        Err(_) => Source::Link(found),
    })
}

/// One name for all hosts: a rollback goes to the same one everywhere.
fn release_of(
    target: &Target,
    asked: &Adopt,
    fleet: &[Seen<'_>],
    sources: &[Source<'_>],
) -> Result<ReleaseId, Failure> {
    let mut named = Vec::with_capacity(fleet.len());
    for ((host, _), source) in fleet.iter().zip(sources) {
        named.push((*host, name_of(asked, source)));
    }
    let Some((_, first)) = named.first().cloned() else {
        return Err(Failure::usage(&target.name, "the target has no hosts"));
    };
    if named.iter().all(|(_, release)| release.version() == first.version()) || asked.version.is_some() {
        return Ok(named.into_iter().map(|(_, release)| release).min().unwrap_or(first));
    }
    let detail: Vec<String> = named.iter().map(|(host, release)| format!("{host}: {}", release.version())).collect();
    Err(Failure::refused(&target.name, "its hosts serve different releases")
        .detail(detail.join("\n"))
        .hint(format!("if they are the same: release adopt {} --version VERSION", target.name)))
}

fn name_of(asked: &Adopt, source: &Source<'_>) -> ReleaseId {
    let found = match source {
        Source::Ours(release) | Source::Renamed(release, _) => return release.clone(),
        Source::Link(found) | Source::Directory(found) => found,
    };
    let called = if found.text.is_some() { found.directory() } else { "adopted" };
    let version = asked.version.clone().or_else(|| called.parse().ok()).unwrap_or_else(Version::of_adopted);
    let at = stamp_of(called).or_else(|| Timestamp::from_second(found.changed).ok());
    ReleaseId::new(at.unwrap_or_default(), version)
}

/// `20140218114503`, as Capistrano and Ansistrano name releases, in UTC.
fn stamp_of(called: &str) -> Option<Timestamp> {
    let digits = called.get(..14).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
    let at = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", digits).ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

fn steps(target: &Target, asked: &Adopt, observed: &Observed, source: &Source<'_>, release: &ReleaseId) -> Vec<Step> {
    let identity = Identity::of(target);
    let knows = observed.identity.as_ref() == Some(&identity);
    if let Source::Ours(_) = source {
        let good = History::of(&observed.ledger).was_good(release);
        if good && knows {
            return Vec::new();
        }
    }
    let mut steps = Vec::new();
    let old = observed.identity.as_ref().map(|known| known.releases.clone()).filter(|old| *old != target.releases);
    let adoption = |step: Adoption| Step::Adopt(step);
    if let (Source::Renamed(..), Some(old)) = (source, old) {
        steps.push(adoption(Adoption::Releases { old }));
    }
    let names = format!("{}, {}, {}", identity.app, identity.releases, identity.live);
    match source {
        Source::Ours(_) => steps.push(Step::WaitGo),
        Source::Directory(_) => {
            steps.push(adoption(Adoption::Try { gap: asked.gap }));
            steps.extend([Step::Link, Step::WaitGo, adoption(Adoption::Exchange { gap: asked.gap })]);
        }
        Source::Renamed(_, found) | Source::Link(found) => {
            steps.push(adoption(Adoption::Name { from: found.name.clone() }));
            steps.extend([Step::Link, Step::WaitGo, Step::Swap]);
            if let Some(was) = found.text.clone().filter(|_| found.name != target.live) {
                steps.push(adoption(Adoption::Follow { name: found.name.clone(), was }));
            }
        }
    }
    steps.extend([adoption(Adoption::Identity { names }), Step::WaitConfirm, Step::Record]);
    steps
}

/// A host that has nothing to adopt goes along, so that all of them have the release in their ledgers.
fn wait_for_the_others(host: &mut HostPlan) {
    host.steps = vec![Step::WaitGo, Step::WaitConfirm, Step::Record];
}

/// What of the other tool stays.
fn left(target: &Target, observed: &Observed, source: &Source<'_>) -> Vec<String> {
    let mut all = Vec::new();
    let followed = source.found().map(|found| found.name.as_str());
    let stays: Vec<&str> = observed.foreign.iter().map(String::as_str).filter(|name| Some(*name) != followed).collect();
    if !stays.is_empty() {
        all.push(format!(
            "{} of another deploy tool stay as they are; don't deploy with that any more",
            stays.join(", ")
        ));
    }
    if let Source::Link(Adoptable { others: others @ 1.., .. }) = source {
        all.push(format!(
            "{others} other directories in {}/ are of another deploy tool, and are never pruned; remove them by hand",
            target.releases
        ));
    }
    all
}
