//! Which of a target's hosts are behind the others, and which were left out.

use super::Seen;
use crate::model::{Failure, Observed, Record, ReleaseId, Target};

/// What a target serves, by the host that had the newest word.
#[derive(Debug, Clone, Copy)]
pub struct Serving<'s> {
    /// The release; `None`: nothing is live there.
    release: Option<&'s str>,
    /// Its host's records.
    ledger: &'s [Record],
}

/// That a host was left out, as the ledgers of the others say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// When the first operation began that left it out.
    pub since: String,
    /// Who started it.
    pub who: String,
    /// Why, in their words.
    pub why: Option<String>,
    /// The operation's id.
    pub operation: String,
}

impl<'s> Serving<'s> {
    /// What the hosts that were asked serve; `None`: there is none.
    pub fn of(fleet: impl IntoIterator<Item = &'s Observed>) -> Option<Self> {
        let newest = fleet.into_iter().reduce(|best, other| if is_newer(other, best) { other } else { best })?;
        Some(Self { release: newest.live.text(), ledger: &newest.ledger })
    }

    /// Does this host serve something else?
    pub fn lacks(&self, observed: &Observed) -> bool {
        self.release.is_some() && observed.live.text() != self.release
    }

    /// Since when a host is left out, and why; `None`: it is not, or has caught up. `observed`: what it says itself, where
    /// it could be asked.
    pub fn left_out(&self, host: &str, observed: Option<&Observed>) -> Option<LeftOut> {
        if observed.is_some_and(|observed| !self.lacks(observed)) {
            return None;
        }
        let served = |record: &Record| {
            let known = |own: &Record| own.goes_live() && own.release == record.release;
            observed.is_some_and(|observed| observed.ledger.iter().any(known))
        };
        let left = |record: &&Record| record.without.iter().any(|left| left == host);
        let newest = self.ledger.iter().rev().filter(|record| record.goes_live());
        let without = newest.take_while(left).enumerate();
        // The first of them at least, also where the host had its release before: that was a rollback.
        let (_, first) = without.take_while(|(at, record)| *at == 0 || !served(record)).last()?;
        Some(LeftOut {
            since: first.at.clone(),
            who: first.who.clone(),
            why: first.message.clone(),
            operation: first.id.clone(),
        })
    }
}

/// The last record with which something went live.
fn last(observed: &Observed) -> Option<&Record> {
    observed.ledger.iter().rfind(|record| record.goes_live())
}

/// Has one host gone on without the other? It has if it knows the other's last operation and that is not its own last; where
/// neither knows the other's, the clocks of those who started them decide.
fn is_newer(one: &Observed, other: &Observed) -> bool {
    let (Some(own), Some(theirs)) = (last(one), last(other)) else { return last(one).is_some() };
    let knows = |observed: &Observed, record: &Record| {
        observed.ledger.iter().any(|known| known.id == record.id && known.goes_live())
    };
    match (knows(one, theirs), knows(other, own)) {
        (true, false) => true,
        (false, true) | (true, true) => false,
        (false, false) => own.at > theirs.at,
    }
}

/// The hosts that have a say in where all go: those that are not behind.
pub fn voters<'f, 's>(fleet: &'f [Seen<'s>]) -> Vec<&'f Seen<'s>> {
    let serving = Serving::of(fleet.iter().map(|(_, observed)| *observed));
    let is_behind = |observed: &Observed| serving.is_some_and(|serving| serving.lacks(observed));
    fleet.iter().filter(|(_, observed)| !is_behind(observed)).collect()
}

/// The refusal of a switch that a host which is behind can't make: it has not got the release.
pub fn lacks_it(target: &Target, host: &str, verb: &str, release: &ReleaseId) -> Failure {
    Failure::refused(host, format!("{release} is not here"))
        .why("the host is behind the others, which had it")
        .hint(format!("release catch-up {0}; or leave it out: release {verb} {0} --without {host} -m WHY", target.name))
}

/// The refusal of a switch whose schema would change on a host that has nothing else to do.
pub fn primary_stands(target: &Target, host: &str, release: &ReleaseId) -> Failure {
    Failure::refused(host, format!("it serves {release} already, and the schema is upgraded from there"))
        .why("the primary of the target is not where the other hosts are")
        .hint(format!("release {} {}", target.name, release.version()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Live;

    /// `1`, `2!h2`: version 2 went live, and h2 was left out.
    fn host(ops: &[&str]) -> Observed {
        let record = |op: &&str| {
            let (version, without) = op.split_once('!').unwrap_or((op, ""));
            serde_json::from_value(serde_json::json!({
                "id": format!("op-{op}"), "op": "deploy", "outcome": "committed", "at": format!("2014-0{version}-01"),
                "release": format!("20140218-11450{version}-{version}"), "who": "ann", "message": "dead disk",
                "without": without.split(' ').filter(|host| !host.is_empty()).collect::<Vec<_>>(),
            }))
            .unwrap()
        };
        let ledger: Vec<Record> = ops.iter().map(record).collect();
        let live = ledger.last().and_then(|record| record.release.clone());
        let live = live.map_or(Live::None, |live| Live::Link(format!("releases/{live}")));
        Observed { ledger, live, ..Observed::default() }
    }

    fn left(fleet: &[&Observed], host: &str, observed: Option<&Observed>) -> Option<String> {
        Serving::of(fleet.iter().copied()).unwrap().left_out(host, observed).map(|left| left.operation)
    }

    #[test]
    fn a_host_is_left_out_since_the_first_time_in_a_row() {
        let (one, two) = (host(&["1", "2!h2", "3!h2"]), host(&["1"]));
        for fleet in [[&one, &two], [&two, &one]] {
            assert_eq!(left(&fleet, "h2", Some(&two)).as_deref(), Some("op-2!h2"));
        }
        assert_eq!(left(&[&one], "h2", None).as_deref(), Some("op-2!h2"));
        assert_eq!(left(&[&one, &two], "h1", Some(&one)), None);
    }

    #[test]
    fn what_a_host_has_caught_up_with_is_no_longer_counted() {
        let one = host(&["1", "2!h2", "3!h2"]);
        let caught_up = host(&["1", "2"]);
        assert_eq!(left(&[&one, &caught_up], "h2", Some(&caught_up)).as_deref(), Some("op-3!h2"));
        let all = host(&["1", "2", "3"]);
        assert_eq!(left(&[&one, &all], "h2", Some(&all)), None);
        assert_eq!(left(&[&host(&["1", "2!h2", "3"])], "h2", None), None);
    }

    #[test]
    fn a_host_with_nothing_is_behind_and_the_first_deploy_is_not() {
        let (one, new) = (host(&["1"]), host(&[]));
        let serving = Serving::of([&new, &one]).unwrap();
        assert!(serving.lacks(&new) && !serving.lacks(&one));
        assert!(!Serving::of([&new]).unwrap().lacks(&new));
        assert!(Serving::of([]).is_none());
    }

    #[test]
    fn where_each_missed_something_the_later_one_counts() {
        let (one, two) = (host(&["1", "3!h2"]), host(&["1", "2!h1"]));
        assert!(Serving::of([&two, &one]).unwrap().lacks(&two));
        assert!(Serving::of([&one, &two]).unwrap().lacks(&two));
    }
}
