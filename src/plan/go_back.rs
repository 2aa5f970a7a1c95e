//! Where a rollback and a roll forward go.

use super::{Seen, behind};
use crate::model::{Exit, Failure, History, ReleaseId, Target, Version};

/// What a rollback is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Destination {
    /// So many steps back; at least 1.
    Steps(usize),
    /// This release.
    Release(ReleaseId),
    /// The newest good release of this version.
    Version(Version),
}

/// The release that a rollback goes to: one that was live and good, and is still there, on every host.
///
/// # Errors
/// There is none, or hosts would go to different ones.
pub fn back_to(target: &Target, destination: &Destination, fleet: &[Seen<'_>]) -> Result<ReleaseId, Failure> {
    let choose = |seen: &Seen<'_>| {
        let (_, observed) = seen;
        let history = History::of(&observed.ledger);
        let live = observed.live_release(&target.releases);
        let usable = |id: &&ReleaseId| observed.has(id) && Some(*id) != live.as_ref();
        let found = match destination {
            Destination::Steps(steps) => {
                // Changed by hand: what the ledger says was live is then the nearest step back.
                let by_hand = history.live().filter(|recorded| Some(*recorded) != live.as_ref());
                by_hand.into_iter().chain(history.before()).filter(usable).nth(steps - 1).cloned()
            }
            Destination::Release(wanted) => history.good().filter(usable).find(|id| *id == wanted).cloned(),
            Destination::Version(wanted) => history.good().filter(usable).find(|id| id.version() == wanted).cloned(),
        };
        found.ok_or_else(|| nowhere(target, destination, seen, &behind::voters(fleet)))
    };
    let release = same_everywhere(target, "rollback", &behind::voters(fleet), choose)?;
    // One that was left out has no say, but must be able to follow; or it is there already.
    match fleet.iter().find(|(_, observed)| !observed.has(&release)) {
        Some((name, _)) => Err(behind::lacks_it(target, name, "rollback", &release)),
        None => Ok(release),
    }
}

/// The release that a roll forward goes to: what the last rollback went back from.
///
/// # Errors
/// There was no rollback since the last deploy, that release is gone, or hosts would go to different ones.
pub fn forward_to(target: &Target, fleet: &[Seen<'_>]) -> Result<ReleaseId, Failure> {
    let rolled_back: Vec<_> =
        fleet.iter().filter(|(_, observed)| History::of(&observed.ledger).next().is_some()).collect();
    let voters = if rolled_back.is_empty() { fleet.iter().collect() } else { rolled_back };
    let release = same_everywhere(target, "forward", &voters, |(name, observed)| {
        let history = History::of(&observed.ledger);
        let next = history.next().ok_or_else(|| {
            Failure::refused(*name, "there is no rollback to take back").hint(format!("release log {}", target.name))
        })?;
        if !observed.has(next) {
            return Err(Failure::refused(*name, format!("{next} is no longer there")).hint(format!(
                "release {} {}",
                target.name,
                next.version()
            )));
        }
        Ok(next.clone())
    })?;
    match fleet.iter().find(|(_, observed)| !observed.has(&release)) {
        Some((name, _)) => Err(Failure::refused(*name, format!("{release} was never here"))
            .why("the host was left out when the others had it")
            .hint(format!("release {} {}", target.name, release.version()))),
        None => Ok(release),
    }
}

/// Where a rollback can go when it can't go to `broken`: the newest other one that every host has had live and good.
pub fn instead_of(target: &Target, broken: &ReleaseId, fleet: &[Seen<'_>]) -> Option<ReleaseId> {
    let (_, first) = fleet.first()?;
    let usable = |id: &&ReleaseId| {
        *id != broken
            && fleet.iter().all(|(_, observed)| {
                observed.has(id)
                    && observed.live_release(&target.releases).as_ref() != Some(*id)
                    && History::of(&observed.ledger).was_good(id)
            })
    };
    History::of(&first.ledger).good().find(usable).cloned()
}

fn nowhere(target: &Target, destination: &Destination, (name, observed): &Seen<'_>, fleet: &[&Seen<'_>]) -> Failure {
    let history = History::of(&observed.ledger);
    let live = observed.live_release(&target.releases);
    let usable: Vec<String> =
        history.good().filter(|id| observed.has(id) && Some(*id) != live.as_ref()).map(ToString::to_string).collect();
    let what = match destination {
        Destination::Steps(1) => "there is no release to go back to".to_owned(),
        Destination::Steps(steps) => format!("there is no release {steps} steps back"),
        Destination::Release(id) if Some(id) == live.as_ref() => format!("{id} is live already"),
        Destination::Release(id) => format!("{id} is not here, or was never live and good"),
        Destination::Version(version) if live.as_ref().is_some_and(|live| live.version() == version) => {
            format!("{version} is live already")
        }
        Destination::Version(version) => {
            format!("no release {version} is here that was live and healthy")
        }
    };
    let failure = Failure::refused(*name, what);
    // A rollback went back from a newer one: that one is not a step further back.
    let next = history.next().filter(|next| observed.has(next) && Some(*next) != live.as_ref());
    if let (Destination::Steps(_), Some(next)) = (destination, next) {
        failure.why(format!("the last rollback went back from {next}")).hint(format!("release forward {}", target.name))
    } else if usable.is_empty() {
        failure.why("no other release was live and good").hint(format!("release log {}", target.name))
    } else {
        failure.why(format!("usable: {}", usable.join(", "))).hint(common_way(target, fleet))
    }
}

/// The command that works on all hosts: back to the newest release that each of them has had live and healthy. One that missed
/// a deploy has another release before the live one.
fn common_way(target: &Target, fleet: &[&Seen<'_>]) -> String {
    let on_all = |id: &ReleaseId| {
        fleet.iter().all(|(_, observed)| {
            let live = observed.live_release(&target.releases);
            observed.has(id) && live.as_ref() != Some(id) && History::of(&observed.ledger).was_good(id)
        })
    };
    let first = fleet.first();
    match first.and_then(|(_, observed)| History::of(&observed.ledger).good().find(|id| on_all(id)).cloned()) {
        Some(id) => format!("release rollback {} --to {id}", target.name),
        None => format!("no release is on all hosts: release {} VERSION", target.name),
    }
}

fn same_everywhere(
    target: &Target,
    verb: &str,
    fleet: &[&Seen<'_>],
    choose: impl Fn(&Seen<'_>) -> Result<ReleaseId, Failure>,
) -> Result<ReleaseId, Failure> {
    let mut chosen = Vec::with_capacity(fleet.len());
    for seen in fleet {
        chosen.push((seen.0, choose(seen)?));
    }
    let Some((_, first)) = chosen.first().cloned() else {
        return Err(Failure::usage(&target.name, "the target has no hosts"));
    };
    if chosen.iter().all(|(_, id)| *id == first) {
        return Ok(first);
    }
    let detail: Vec<String> = chosen.iter().map(|(name, id)| format!("{name}: {id}")).collect();
    let goes = if verb == "rollback" { "roll back" } else { "roll forward" };
    Err(Failure::new(Exit::Refused, &target.name, format!("the hosts would {goes} to different releases"))
        .detail(detail.join("\n"))
        .hint(common_way(target, fleet)))
}
