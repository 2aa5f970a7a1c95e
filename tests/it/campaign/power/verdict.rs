//! What must be there when the power is back: before anybody has done anything, after `recover`, and after a deploy.

use super::machine::{ACTIVATED, LIVE_BEFORE, Machine, Operation, version_of};
use crate::support::State;

type Verdict = Result<(), String>;

fn ensure(holds: bool, broken: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(broken()) }
}

/// Judges the disk after a cut in this operation, whose client had ended with this code before, or had not ended.
pub fn of(machine: &Machine, operation: Operation, code: Option<i32>) -> Verdict {
    if let Some(code) = code {
        ensure(code == operation.exit(), || format!("the client ended with {code} before the cut"))?;
    }
    releases_are_whole(machine)?;
    let live = live_version(machine)?;
    let told = code.is_some();
    let possible = if told { vec![operation.leads_to()] } else { vec![LIVE_BEFORE, operation.leads_to()] };
    let half_way = operation.leads_through().filter(|_| !told);
    ensure(possible.contains(&live.as_str()) || half_way == Some(live.as_str()), || {
        format!("{live} is live, not one of {possible:?}")
    })?;

    let run = machine.release(&["recover", "view", "--yes"]);
    ensure(run.code == 0, || format!("recover: {}\n{}", run.code, run.stderr))?;
    at_rest(machine)?;
    let live = live_version(machine)?;
    ensure(possible.contains(&live.as_str()), || format!("{live} is live after recover, not one of {possible:?}"))?;
    let (there, expected) = (machine.versions(), &machine.left[&operation]);
    ensure(!told || there == *expected, || format!("{there:?} are there, not {expected:?}"))?;
    if live == LIVE_BEFORE {
        let diff = machine.activated.diff(&machine.state().only(ACTIVATED));
        ensure(diff.is_empty(), || format!("what was activated has not been undone:\n{diff}"))?;
    } else {
        activated(machine)?;
    }

    let run = machine.release(&["view", "app-1.3.tar.gz", "--yes"]);
    ensure(run.code == 0, || format!("the next deploy: {}\n{}", run.code, run.stderr))?;
    at_rest(machine)?;
    let live = live_version(machine)?;
    ensure(live == "1.3", || format!("{live} is live after the next deploy"))?;
    activated(machine)
}

/// A name in releases/ is a whole release.
fn releases_are_whole(machine: &Machine) -> Verdict {
    for release in machine.releases() {
        let version = version_of(&release);
        let Some(whole) = machine.whole.get(version) else { return Err(format!("{release} is no release")) };
        let path = format!("releases/{release}");
        let diff = whole.diff(&State::of(&machine.path(&path)).without(&[".release.json", "uploads"]));
        ensure(diff.is_empty(), || format!("{release} is not whole:\n{diff}"))?;
        let json = machine.read(&format!("{path}/.release.json"));
        let named = serde_json::from_str::<serde_json::Value>(&json).is_ok_and(|json| json["version"] == version);
        ensure(named, || format!("{release} has this .release.json: {json:?}"))?;
        ensure(machine.path(&format!("{path}/uploads")).is_dir(), || format!("{release} has lost what is shared"))?;
    }
    Ok(())
}

/// `live` leads to a whole release: its version.
fn live_version(machine: &Machine) -> Result<String, String> {
    let link = std::fs::read_link(machine.path("live")).map_err(|e| format!("live: {e}"))?;
    let name = link.strip_prefix("releases").ok().and_then(|name| name.to_str()).unwrap_or_default();
    ensure(machine.releases().iter().any(|release| release == name), || format!("live leads to {}", link.display()))?;
    Ok(version_of(name).into())
}

/// Nothing is half done, nothing is left over, and all that was written down can be read.
fn at_rest(machine: &Machine) -> Verdict {
    releases_are_whole(machine)?;
    let left = machine.names(".release/tx");
    ensure(left.is_empty(), || format!("left in tx: {left:?}"))?;
    let (all, complete) = (machine.names("releases"), machine.releases());
    ensure(all == complete, || format!("left in releases: {all:?}, and of these {complete:?} are complete"))?;
    ensure(!machine.path("flag").exists(), || "the flag is up".into())?;
    let ledger = machine.read(".release/ledger");
    for line in ledger.lines() {
        ensure(serde_json::from_str::<serde_json::Value>(line).is_ok(), || format!("no JSON in the ledger: {line:?}"))?;
    }
    let status = machine.release(&["status", "view", "--json"]);
    ensure(status.code == 0, || format!("status: {}\n{}", status.code, status.stderr))?;
    let says = status.json()["targets"][0]["hosts"][0]["live"]["version"].as_str().unwrap_or_default().to_owned();
    let live = live_version(machine)?;
    ensure(says == live, || format!("status says that {says} is live, not {live}"))
}

/// What a live release brings with it is there: its files in docroot/, and an empty cache/.
fn activated(machine: &Machine) -> Verdict {
    let (release, docroot) = (State::of(&machine.path("live/share")), State::of(&machine.path("docroot")));
    let names = release.paths();
    let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    let diff = release.only(&names).diff(&docroot.only(&names));
    ensure(diff.is_empty(), || format!("docroot/ is not the live release's:\n{diff}"))?;
    ensure(machine.names("cache").is_empty(), || "cache/ was not cleared".into())
}
