//! The ledger: the host's record of every operation, one JSON object a line, and what follows from it.

use serde::{Deserialize, Serialize};

use super::{Brief, Digest, ReleaseId, Version};

/// One line of a host's ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Grows with each operation on this host; the order of things, whatever clocks say.
    #[serde(default)]
    pub seq: u64,
    /// The operation's id: the same on every host of the fleet.
    pub id: String,
    /// `deploy`, `promote`, `adopt`, `rollback`, `forward`, `prune`, `pin`, `unpin`, `maintenance`, `lock`, `unlock`, `setup`.
    pub op: String,
    /// Who did it: `maikel@laptop`.
    #[serde(default)]
    pub who: String,
    /// When it began, by the client's clock, RFC 3339 in UTC.
    #[serde(default)]
    pub at: String,
    /// When it ended, by the host's clock.
    #[serde(default)]
    pub ended_at: String,
    /// How it ended.
    pub outcome: RecordOutcome,
    /// Why it did not succeed; empty when it did.
    #[serde(default)]
    pub reason: String,
    /// The release that it was about.
    #[serde(default)]
    pub release: Option<ReleaseId>,
    /// The version of that release.
    #[serde(default)]
    pub version: Option<Version>,
    /// What `live` named before.
    #[serde(default)]
    pub previous: Option<String>,
    /// The artifact's sha256.
    #[serde(default)]
    pub sha256: Option<Digest>,
    /// The commit it was built from, where that is known.
    #[serde(default)]
    pub commit: Option<String>,
    /// Who signed the artifact, where that was verified.
    #[serde(default)]
    pub signed_by: Option<String>,
    /// What authors of commits left for whoever deploys them, as far as it is short.
    #[serde(default)]
    pub notes: Option<Brief>,
    /// The target whose live bytes these were, for a `promote`.
    #[serde(default)]
    pub from: Option<String>,
    /// What spoke against it, where the operator had it done all the same (`--force`).
    #[serde(default)]
    pub forced: Option<String>,
    /// Which question of `[health]` it passed, or that there was none.
    #[serde(default)]
    pub health: Option<String>,
    /// Why `[health]` was left out (`--no-health`).
    #[serde(default)]
    pub no_health: Option<String>,
    /// For `maintenance`: `on`, `on, for long` or `off`.
    #[serde(default)]
    pub state: Option<String>,
    /// For `restore`: the backup that the database was put back from.
    #[serde(default)]
    pub backup: Option<String>,
    /// What the operator had to say.
    #[serde(default)]
    pub message: Option<String>,
    /// Releases that were removed.
    #[serde(default)]
    pub pruned: Vec<String>,
    /// Hosts of the target that were left out (`--without`); why is in `message`.
    #[serde(default)]
    pub without: Vec<String>,
}

impl Record {
    /// Did a release go live with it?
    pub fn goes_live(&self) -> bool {
        let brings = matches!(self.op.as_str(), "deploy" | "promote" | "adopt" | "rollback" | "forward" | "catch-up");
        brings && self.outcome == RecordOutcome::Committed
    }
}

impl Record {
    /// A prune that came with a deploy is written with that one's release, which is not what it removed.
    #[must_use]
    pub fn about_what_went(mut self) -> Self {
        if self.op == "prune" {
            (self.release, self.version, self.previous, self.sha256, self.commit) = (None, None, None, None, None);
        }
        self
    }

    /// The release that was live before, if it was one of ours.
    pub fn left(&self) -> Option<ReleaseId> {
        self.previous.as_deref()?.rsplit_once('/')?.1.parse().ok()
    }
}

/// How an operation ended on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordOutcome {
    /// Done.
    Committed,
    /// Given up before anything was switched.
    Aborted,
    /// Switched, and put back as it was.
    Reverted,
    /// Could not be put back; somebody has to look.
    Broken,
}

/// What a ledger says about the releases of a host.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The releases that one can go back to, oldest first; the one at `at` is live.
    line: Vec<ReleaseId>,
    /// Where in `line` the host stands.
    at: Option<usize>,
    /// What was live when it was rolled back from; the last one first to come forward to.
    taken_back: Vec<ReleaseId>,
    /// Every release that was ever live and good, in the order of the first time.
    good: Vec<ReleaseId>,
    /// The pinned ones.
    pinned: Vec<ReleaseId>,
}

impl History {
    /// Follows the records from the first to the last.
    pub fn of(records: &[Record]) -> Self {
        records.iter().filter(|r| r.outcome == RecordOutcome::Committed).fold(Self::default(), Self::after)
    }

    fn after(mut self, record: &Record) -> Self {
        let Some(release) = record.release.clone() else { return self };
        if record.goes_live() {
            self.stand_where_it_was(record);
        }
        match record.op.as_str() {
            // What is live already goes nowhere by it.
            "adopt" if self.live() == Some(&release) => {}
            "deploy" | "promote" | "adopt" => {
                self.line.truncate(self.at.map_or(0, |at| at + 1));
                self.arrive(release);
                self.taken_back.clear();
            }
            "rollback" => {
                // What it went back from, if that is known as good; a ledger that has lost a line may take another for it.
                let from = self.live().cloned().filter(|live| record.left().is_none_or(|left| left == *live));
                self.taken_back.extend(from);
                self.stand_at(release);
            }
            "forward" => {
                self.taken_back.pop();
                self.stand_at(release);
            }
            "catch-up" => self.catch_up(release),
            "pin" if !self.pinned.contains(&release) => self.pinned.push(release),
            "unpin" => self.pinned.retain(|r| *r != release),
            _ => {}
        }
        self
    }

    /// What was live when it began is where it went on from: somebody may have led `live` elsewhere by hand. What was never good
    /// is no place to go back to.
    fn stand_where_it_was(&mut self, record: &Record) {
        let Some(left) = record.left().filter(|left| Some(left) != self.live() && self.was_good(left)) else { return };
        self.stand_at(left);
    }

    fn arrive(&mut self, release: ReleaseId) {
        if !self.good.contains(&release) {
            self.good.push(release.clone());
        }
        self.line.push(release);
        self.at = Some(self.line.len() - 1);
    }

    /// What the others did without this host, at one go: a deploy, a rollback or a roll forward.
    fn catch_up(&mut self, release: ReleaseId) {
        let back = self.before().any(|before| *before == release);
        match self.live().cloned().filter(|_| back) {
            Some(live) => self.taken_back.push(live),
            None if self.next() == Some(&release) => drop(self.taken_back.pop()),
            None => {
                self.line.truncate(self.at.map_or(0, |at| at + 1));
                self.taken_back.clear();
            }
        }
        self.stand_at(release);
    }

    /// A rollback or forward: to a place on the line, or to a good release that had left it.
    fn stand_at(&mut self, release: ReleaseId) {
        match self.line.iter().rposition(|r| *r == release) {
            Some(place) => self.at = Some(place),
            None => self.arrive(release),
        }
    }

    /// What the ledger says is live.
    pub fn live(&self) -> Option<&ReleaseId> {
        self.at.and_then(|at| self.line.get(at))
    }

    /// The releases before the live one, nearest first: what `rollback --steps 1`, `2`, ... go to.
    pub fn before(&self) -> impl Iterator<Item = &ReleaseId> {
        self.line[..self.at.unwrap_or(0)].iter().rev()
    }

    /// What `forward` goes to.
    pub fn next(&self) -> Option<&ReleaseId> {
        self.taken_back.last()
    }

    /// Was it ever live and good?
    pub fn was_good(&self, release: &ReleaseId) -> bool {
        self.good.contains(release)
    }

    /// Every release that was live and good, newest first.
    pub fn good(&self) -> impl Iterator<Item = &ReleaseId> {
        self.good.iter().rev()
    }

    /// Is it pinned?
    pub fn is_pinned(&self, release: &ReleaseId) -> bool {
        self.pinned.contains(release)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(version: &str) -> ReleaseId {
        format!("20140218-114503-{version}").parse().unwrap()
    }

    fn record(op: &str, version: &str, outcome: RecordOutcome) -> Record {
        serde_json::from_value(serde_json::json!({
            "id": "x", "op": op, "outcome": outcome, "release": id(version),
        }))
        .unwrap()
    }

    fn history(ops: &[(&str, &str)]) -> History {
        let records: Vec<_> = ops
            .iter()
            .map(|(op, version)| match op.strip_prefix('!') {
                Some(op) => record(op, version, RecordOutcome::Reverted),
                None => record(op, version, RecordOutcome::Committed),
            })
            .collect();
        History::of(&records)
    }

    fn before(history: &History) -> Vec<String> {
        history.before().map(|r| r.version().to_string()).collect()
    }

    #[test]
    fn goes_back_past_what_failed() {
        let h = history(&[("deploy", "1"), ("deploy", "2"), ("!deploy", "3")]);
        assert_eq!(h.live(), Some(&id("2")));
        assert_eq!(before(&h), ["1"]);
        assert!(!h.was_good(&id("3")));
    }

    #[test]
    fn forward_takes_each_rollback_back_in_turn() {
        let mut ops = vec![("deploy", "1"), ("deploy", "2"), ("deploy", "3"), ("rollback", "2"), ("rollback", "1")];
        assert_eq!(history(&ops).next(), Some(&id("2")));
        ops.push(("forward", "2"));
        assert_eq!(history(&ops).next(), Some(&id("3")));
        assert_eq!(before(&history(&ops)), ["1"]);
        ops.push(("forward", "3"));
        assert_eq!(history(&ops).next(), None);
        assert_eq!(before(&history(&ops)), ["2", "1"]);
    }

    #[test]
    fn a_rollback_over_two_is_one_step_forward() {
        let h = history(&[("deploy", "1"), ("deploy", "2"), ("deploy", "3"), ("rollback", "1")]);
        assert_eq!(h.live(), Some(&id("1")));
        assert_eq!(h.next(), Some(&id("3")));
    }

    #[test]
    fn a_deploy_after_a_rollback_leaves_the_bad_release_behind() {
        let h = history(&[("deploy", "1"), ("deploy", "2"), ("rollback", "1"), ("deploy", "3")]);
        assert_eq!(before(&h), ["1"]);
        assert_eq!(h.next(), None);
        assert!(h.was_good(&id("2")));
    }

    #[test]
    fn a_host_that_caught_up_goes_back_to_what_it_had() {
        let h = history(&[("deploy", "1"), ("catch-up", "3")]);
        assert_eq!((h.live(), before(&h)), (Some(&id("3")), vec!["1".to_owned()]));
        // It had been left out of a rollback, and then of what took that back.
        let h = history(&[("deploy", "1"), ("deploy", "2"), ("catch-up", "1")]);
        assert_eq!((h.next(), before(&h)), (Some(&id("2")), vec![]));
        let h = history(&[("deploy", "1"), ("deploy", "2"), ("catch-up", "1"), ("catch-up", "2")]);
        assert_eq!((h.next(), before(&h)), (None, vec!["1".to_owned()]));
    }

    /// Each operation, what it went to, and what was live before.
    fn moved(ops: &[(&str, &str, &str)]) -> History {
        let records: Vec<_> = ops
            .iter()
            .map(|(op, version, from)| Record {
                previous: Some(format!("releases/{}", id(from))),
                ..record(op, version, RecordOutcome::Committed)
            })
            .collect();
        History::of(&records)
    }

    #[test]
    fn what_was_led_elsewhere_by_hand_went_on_from_there() {
        let mut ops = vec![("deploy", "1", "0"), ("deploy", "2", "1"), ("deploy", "3", "2"), ("deploy", "4", "1")];
        assert_eq!(before(&moved(&ops)), ["1"]);
        // And then from 4 to 2, and back.
        ops.push(("rollback", "1", "2"));
        assert_eq!(moved(&ops).next(), Some(&id("2")));
        // What nobody knows as good is no place to go back to.
        assert_eq!(before(&moved(&[("deploy", "1", "0"), ("deploy", "2", "9")])), ["1"]);
    }

    #[test]
    fn pins_come_and_go() {
        assert!(history(&[("pin", "1")]).is_pinned(&id("1")));
        assert!(!history(&[("pin", "1"), ("unpin", "1")]).is_pinned(&id("1")));
    }
}
