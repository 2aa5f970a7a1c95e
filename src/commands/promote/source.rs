//! What is live and good on the target that is promoted from.

use crate::model::target::Target;
use crate::model::{Digest, Exit, Failure, History, Observed, Record, ReleaseId, Version};
use crate::plan::Seen;

/// Fewer digits of a commit name too many.
const COMMIT_MIN: usize = 7;

/// A release that every host of a target serves, as its ledgers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub release: ReleaseId,
    pub digest: Digest,
    pub commit: Option<String>,
}

impl Source {
    pub fn version(&self) -> &Version {
        self.release.version()
    }

    /// The refusal, if this is not what somebody has in mind: a version, or the beginning of a commit.
    pub fn unlike(&self, from: &Target, expected: &str) -> Option<Failure> {
        let is_commit = expected.len() >= COMMIT_MIN && expected.bytes().all(|byte| byte.is_ascii_hexdigit());
        let commit = self.commit.as_deref().unwrap_or_default();
        let same =
            self.version().as_str() == expected || (is_commit && commit.starts_with(&expected.to_ascii_lowercase()));
        if same {
            return None;
        }
        let what = format!("{} is live there, commit {}", self.release, self.commit.as_deref().unwrap_or("unknown"));
        Some(
            Failure::refused(&from.name, what)
                .why(format!("{expected} is expected"))
                .hint(format!("release status {}", from.name)),
        )
    }
}

/// What all hosts of a target serve: the same release of the same bytes, done by the ledger, with no operation under way.
///
/// # Errors
/// A host is at work (exit 75), or one serves nothing, or something else than its ledger or the others say (exit 3).
pub fn live_on(target: &Target, fleet: &[Seen<'_>]) -> Result<Source, Failure> {
    for (name, observed) in fleet {
        at_rest(target, name, observed)?;
    }
    let lives: Vec<Option<ReleaseId>> =
        fleet.iter().map(|(_, observed)| observed.live_release(&target.releases)).collect();
    if lives.iter().any(|live| *live != lives[0]) {
        return Err(differ(target, fleet));
    }
    let mut found: Option<Source> = None;
    for (name, observed) in fleet {
        let source = good(target, name, observed)?;
        if found.as_ref().is_some_and(|found| found.digest != source.digest) {
            return Err(differ(target, fleet));
        }
        found = Some(source);
    }
    found.ok_or_else(|| nothing(target, &target.name))
}

/// Does every host serve these bytes already, with nothing under way?
pub fn serves(target: &Target, fleet: &[Seen<'_>], source: &Source) -> bool {
    live_on(target, fleet).is_ok_and(|live| live.digest == source.digest)
}

fn at_rest(target: &Target, name: &str, observed: &Observed) -> Result<(), Failure> {
    if let Some(lock) = &observed.lock {
        let what = format!("{} by {} is under way since {}", lock.verb, lock.who, lock.since);
        return Err(Failure::new(Exit::Locked, name, what)
            .why("what is live there may be taken back yet")
            .hint(format!("release status {}", target.name)));
    }
    match observed.leftovers().next() {
        Some(operation) => Err(Failure::refused(name, format!("the operation {operation} was interrupted there"))
            .hint(format!("release recover {}", target.name))),
        None => Ok(()),
    }
}

/// What one host serves, if its ledger says that it is good.
fn good(target: &Target, name: &str, observed: &Observed) -> Result<Source, Failure> {
    let Some(release) = observed.live_release(&target.releases) else {
        return Err(match observed.live.text() {
            Some(text) => Failure::refused(name, format!("{} leads to {text}, which is no release", target.live))
                .hint(format!("release status {}", target.name)),
            None => nothing(target, name),
        });
    };
    if !observed.has(&release) {
        return Err(Failure::refused(name, format!("{release} is live there, and its files are gone"))
            .hint(format!("release status {}", target.name)));
    }
    let says = |what: String| {
        Failure::refused(name, format!("{release} is live there, and {what}"))
            .why("only what the ledger says was live and good is promoted")
            .hint(format!("release log {}", target.name))
    };
    let history = History::of(&observed.ledger);
    match history.live() {
        Some(recorded) if *recorded == release => {}
        Some(recorded) => return Err(says(format!("its ledger says {recorded}"))),
        None => return Err(says("its ledger knows nothing of it".into())),
    }
    let Some((digest, record)) = recorded(&observed.ledger, &release) else {
        return Err(says("its ledger does not say which bytes it was made of".into()));
    };
    let meta = observed.meta(&release);
    if let Some(other) = meta.map(|meta| meta.sha256).filter(|sha256| *sha256 != digest) {
        let (ours, theirs) = (digest.short(), other.short());
        return Err(says(format!("its .release.json says sha256 {theirs}, and the ledger {ours}")));
    }
    let commit = record.commit.clone().or_else(|| meta.and_then(|meta| meta.commit.clone()));
    Ok(Source { release, digest, commit })
}

/// The bytes of a release, as the record that brought it says.
fn recorded<'a>(ledger: &'a [Record], release: &ReleaseId) -> Option<(Digest, &'a Record)> {
    let of_it = |record: &&Record| record.release.as_ref() == Some(release) && record.goes_live();
    let brought =
        ledger.iter().filter(of_it).find(|record| matches!(record.op.as_str(), "deploy" | "promote" | "catch-up"));
    let record = brought.or_else(|| ledger.iter().rfind(of_it))?;
    Some((record.sha256?, record))
}

fn nothing(target: &Target, place: &str) -> Failure {
    Failure::refused(place, format!("nothing is live on {}", target.name))
        .hint(format!("release {} ARTIFACT", target.name))
}

fn differ(target: &Target, fleet: &[Seen<'_>]) -> Failure {
    let line = |(name, observed): &Seen<'_>| {
        let live = observed.live_release(&target.releases);
        let bytes = live.as_ref().and_then(|live| Some(observed.meta(live)?.sha256.short()));
        let bytes = bytes.map(|bytes| format!(" (sha256 {bytes})")).unwrap_or_default();
        format!("{name}: {}{bytes}", live.map_or("nothing".into(), |live| live.to_string()))
    };
    let lines: Vec<String> = fleet.iter().map(line).collect();
    Failure::refused(&target.name, "the hosts differ, so nobody can say what is to be promoted")
        .detail(lines.join("\n"))
        .hint(format!("release status {0}; release catch-up {0}", target.name))
}
