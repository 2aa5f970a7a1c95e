//! Which releases may go.

use crate::model::{History, Observed, ReleaseId};

/// The releases of a host that may be removed once `next` is live (`None`: once nothing changes): never what is live,
/// was live before it, or is pinned; of the others the newest `keep` good ones stay. What failed does not count, and
/// goes. What the ledger does not know stays: it is somebody else's, or the ledger has lost what it knew.
pub fn expendable(observed: &Observed, releases: &str, keep: usize, next: Option<&ReleaseId>) -> Vec<ReleaseId> {
    let history = History::of(&observed.ledger);
    let live = observed.live_release(releases);
    let mut safe: Vec<&ReleaseId> = live.iter().chain(next).collect();
    if next.is_none() {
        safe.extend(history.before().find(|id| observed.has(id)));
        safe.extend(history.next());
    }
    let open = |id: &ReleaseId| !safe.contains(&id) && !history.is_pinned(id);
    let kept: Vec<&ReleaseId> = history.good().filter(|id| observed.has(id) && open(id)).take(keep).collect();
    observed
        .releases
        .iter()
        .map(|release| &release.id)
        .filter(|id| observed.ledger.iter().any(|record| record.release.as_ref() == Some(*id)))
        .filter(|id| open(id) && !kept.contains(id))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Installed, Live, Record};

    fn id(version: &str) -> ReleaseId {
        format!("20140218-114503-{version}").parse().unwrap()
    }

    /// A host with these records; `!` marks a deploy that failed but left its directory.
    fn host(ops: &[&str], live: &str) -> Observed {
        let mut observed = Observed { live: Live::Link(format!("releases/{}", id(live))), ..Observed::default() };
        for op in ops {
            let (verb, version) = op.split_once(' ').unwrap();
            let outcome = if verb == "!deploy" { "broken" } else { "committed" };
            let value = serde_json::json!({"id": "x", "op": verb.trim_start_matches('!'), "outcome": outcome, "release": id(version)});
            let record: Record = serde_json::from_value(value).unwrap();
            observed.ledger.push(record);
            if !observed.has(&id(version)) {
                let meta =
                    serde_json::from_value(serde_json::json!({"version": version, "sha256": "0".repeat(64)})).unwrap();
                observed.releases.push(Installed { id: id(version), meta: Some(meta) });
            }
        }
        observed
    }

    fn versions(ids: Vec<ReleaseId>) -> Vec<String> {
        ids.iter().map(|id| id.version().to_string()).collect()
    }

    #[test]
    fn keeps_the_newest_good_ones_beside_live_and_next() {
        let observed = host(&["deploy 1", "deploy 2", "deploy 3", "deploy 4"], "4");
        assert_eq!(versions(expendable(&observed, "releases", 2, Some(&id("5")))), ["1"]);
        assert_eq!(versions(expendable(&observed, "releases", 5, Some(&id("5")))), [""; 0]);
    }

    #[test]
    fn failures_push_no_good_release_out() {
        let observed = host(&["deploy 1", "deploy 2", "!deploy 3", "!deploy 4", "!deploy 5"], "2");
        assert_eq!(versions(expendable(&observed, "releases", 1, Some(&id("6")))), ["3", "4", "5"]);
    }

    #[test]
    fn a_pin_a_previous_and_a_way_forward_stay() {
        let ops = ["deploy 1", "deploy 2", "deploy 3", "deploy 4", "pin 1", "rollback 3"];
        let observed = host(&ops, "3");
        assert_eq!(versions(expendable(&observed, "releases", 0, None)), [""; 0]);
        assert_eq!(versions(expendable(&observed, "releases", 0, Some(&id("5")))), ["2", "4"]);
    }

    #[test]
    fn what_a_damaged_ledger_has_forgotten_stays() {
        let mut observed = host(&["deploy 1", "deploy 2", "deploy 3"], "3");
        observed.ledger.clear();
        assert_eq!(versions(expendable(&observed, "releases", 0, Some(&id("4")))), [""; 0]);
    }

    #[test]
    fn what_is_not_ours_stays() {
        let mut observed = host(&["deploy 1", "deploy 2"], "2");
        observed.releases.push(Installed { id: id("9"), meta: None });
        assert_eq!(versions(expendable(&observed, "releases", 0, Some(&id("3")))), ["1"]);
    }
}
