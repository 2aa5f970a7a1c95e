//! The promises, asked of a host: whatever happened, these hold.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::site::{Fixture, Site, names};
use crate::support::{State, is_running};

/// What a promise has to say when it is broken.
pub type Kept<T = ()> = Result<T, String>;

fn ensure(holds: bool, says: impl FnOnce() -> String) -> Kept {
    if holds { Ok(()) } else { Err(says()) }
}

/// Of the moment after a crash, before anybody did anything: `live` is one of these versions and whole, and each name in
/// `releases/` is a whole release. Gives the live one's name.
pub fn at_once(site: &Site, allowed: &[Option<&str>]) -> Kept<Option<String>> {
    let live = live_is_whole(site, allowed)?;
    names_are_whole(site)?;
    Ok(live)
}

/// I11: `release status` tells what is live, and the operation that was left.
pub fn told(site: &Site, live: Option<&str>) -> Kept {
    let status = status(site)?;
    ensure(status["live"]["release"].as_str() == live, || format!("I11: {live:?} is live; {status}"))?;
    let left = names(&site.base().join(".release/tx"));
    let told = status["operation"].to_string();
    let names_it = left.iter().any(|id| told.contains(id.as_str()));
    ensure(left.is_empty() == status["operation"].is_null() && (left.is_empty() || names_it), || {
        format!("I11: {left:?} were left; {status}")
    })
}

/// What a host has to be again when all is over.
pub struct Rest {
    /// What the flag says, by somebody else's hand.
    pub flag: Option<&'static str>,
    /// What no operation may touch.
    pub outside: State,
}

impl Rest {
    /// All of it, with one of these versions live.
    pub fn holds(&self, site: &Site, allowed: &[Option<&str>]) -> Kept<Option<String>> {
        let live = at_once(site, allowed)?;
        let version = live.as_deref().map(|name| name.rsplit('-').next().unwrap().to_owned());
        ensure(site.served() == version, || format!("I4: {live:?} is live, {:?} is served", site.served()))?;
        let flag = site.read("maintenance");
        ensure(flag.as_deref() == self.flag, || format!("I4: the flag was {:?} and is {flag:?}", self.flag))?;
        let left = leftovers(site);
        ensure(left.is_empty(), || format!("I12: left over: {left:?}"))?;
        ledger_is_sound(site, live.as_deref())?;
        schema_belongs_to(site, version.as_deref())?;
        files_belong_to(site, version.as_deref())?;
        let changed = self.outside.diff(&site.outside());
        ensure(changed.is_empty(), || format!("I10: changed outside BASE:\n{changed}"))?;
        Ok(live)
    }
}

/// One step back is there and works, if there is anything to go back to.
pub fn goes_back(site: &Site) -> Kept {
    let before = status(site)?;
    let Some(version) = before["previous"]["version"].as_str() else { return Ok(()) };
    let run = site.release(&["rollback", "view"]);
    let what = || {
        format!("I7: a rollback to {version}: {}\n{}{}\nserved: {:?}", run.code, run.stdout, run.stderr, site.served())
    };
    ensure(run.code == 0 && site.served().as_deref() == Some(version), what)
}

fn status(site: &Site) -> Kept<Value> {
    let run = site.release(&["status", "view", "--json"]);
    let mut answer: Value = serde_json::from_str(&run.stdout).map_err(|_| format!("I11: no status: {run:?}"))?;
    Ok(answer["targets"][0]["hosts"][0].take())
}

/// I1: `live` opens, and is one of these versions to the letter. Gives the release's name.
fn live_is_whole(site: &Site, allowed: &[Option<&str>]) -> Kept<Option<String>> {
    let link = site.base().join("live");
    let Ok(target) = fs::read_link(&link) else {
        ensure(!link.exists() && allowed.contains(&None), || "I1: live is not there, or not a link".into())?;
        return Ok(None);
    };
    let name = target.strip_prefix("releases").map_err(|_| format!("I1: live names {}", target.display()))?;
    let name = name.to_str().unwrap().to_owned();
    let version = is_whole(site, &name)?;
    ensure(allowed.contains(&Some(version)), || format!("I1: {version} is live, not one of {allowed:?}"))?;
    Ok(Some(name))
}

fn is_whole(site: &Site, name: &str) -> Kept<&'static str> {
    let (version, manifest) = Fixture::get().manifest(name).ok_or_else(|| format!("I2: {name} is no release"))?;
    let changed = manifest.diff(&State::of(&site.base().join("releases").join(name)));
    ensure(changed.is_empty(), || format!("I2: releases/{name} is not whole:\n{changed}"))?;
    Ok(version)
}

/// I2: what has a `.release.json` in `releases/` is whole.
fn names_are_whole(site: &Site) -> Kept {
    let releases = site.base().join("releases");
    names(&releases).iter().filter(|name| is_complete(site, name)).try_for_each(|name| is_whole(site, name).map(drop))
}

fn is_complete(site: &Site, name: &str) -> bool {
    !name.starts_with('.') && site.base().join("releases").join(name).join(".release.json").exists()
}

/// What an operation in the middle has and one that is over has not, and whatever else does not belong.
fn leftovers(site: &Site) -> Vec<String> {
    let base = site.base();
    let mut left = names(&base.join("releases"));
    left.retain(|name| !is_complete(site, name));
    for name in names(&base) {
        if !["live", "releases", "shared", "docroot", "cache", "maintenance", ".release"].contains(&name.as_str()) {
            left.push(name);
        }
    }
    for name in names(&base.join(".release")) {
        let path = format!(".release/{name}");
        let below = names(&base.join(&path));
        match name.as_str() {
            "ledger" | "identity" | "logs" | "ballast" | "shared" | "schema" | "backups" => {}
            // One without its release, where it could not be removed, goes with the next prune or recovery.
            "manifests" => {}
            // One that was handed over and never began; the host lets it lie for a day.
            "new" => {}
            // What users wrote into a release that is gone.
            "kept" => {}
            "tx" => left.extend(below.iter().map(|name| format!("{path}/{name}"))),
            // What the dead have left there holds nobody up, and goes with the next lock.
            "lock" => {
                let lives = |name: &&String| {
                    let text = site.read(&format!("{path}/{name}")).unwrap_or_default();
                    let pid = text.strip_prefix("held ").and_then(|rest| rest.split(' ').nth(1));
                    pid.and_then(|pid| pid.parse().ok()).is_some_and(is_running)
                };
                left.extend(below.iter().filter(lives).map(|name| format!("{path}/{name}")));
            }
            agent if agent.starts_with("agent-") && agent.len() == "agent-.sh".len() + 64 => {}
            _ => left.push(path),
        }
    }
    left
}

/// Whole lines, each operation once, and the last word on what is live is right; every release that is there is in it.
fn ledger_is_sound(site: &Site, live: Option<&str>) -> Kept {
    let text = site.read(".release/ledger").unwrap_or_default();
    let (mut seen, mut known, mut last) = (BTreeSet::new(), BTreeSet::new(), None);
    // What was broken is told again when it no longer is.
    for line in text.lines() {
        let record: Value = serde_json::from_str(line).map_err(|e| format!("I3: the ledger has {line:?}: {e}"))?;
        let of = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
        let once = of("outcome") == "broken" || seen.insert((of("id"), of("op")));
        ensure(once, || format!("I3: twice in the ledger: {line}"))?;
        if of("outcome") == "committed" && ["deploy", "rollback", "forward"].contains(&of("op").as_str()) {
            last = Some(of("release"));
            known.insert(of("release"));
        }
    }
    ensure(last.as_deref() == live, || format!("I3: {live:?} is live, and the ledger says {last:?}"))?;
    let unknown: Vec<_> = names(&site.base().join("releases")).into_iter().filter(|n| !known.contains(n)).collect();
    ensure(unknown.is_empty(), || format!("I12: nobody knows of {unknown:?}"))
}

/// I5: the schema is the live version's, its rows are there, and the database's ledger says so.
fn schema_belongs_to(site: &Site, version: Option<&str>) -> Kept {
    let Some(version) = version.filter(|_| site.has_database()) else { return Ok(()) };
    let tables = site.sql("SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE name NOT LIKE '\\_release\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' ORDER BY name)");
    let (wanted, query, rows) = match version {
        "1.1" => ("person,person_name", "SELECT id, name, email IS NULL FROM person", "1|ann|1"),
        _ => {
            ("note,person", "SELECT id, name, 1 FROM person UNION ALL SELECT id, text, 0 FROM note", "1|ann|1\n7|hi|0")
        }
    };
    ensure(tables == wanted, || format!("I5: {version} is live, and the database has {tables}"))?;
    let found = site.sql(query);
    ensure(found == rows, || format!("I5: {version} is live, with the rows {found}"))?;
    let noted = site.sql("SELECT release FROM _release_ledger ORDER BY seq DESC LIMIT 1");
    ensure(noted.ends_with(&format!("-{version}")), || {
        format!("I5: {version} is live, and the database's ledger says {noted}")
    })
}

/// What was copied out of the release and cleared for it goes with it.
fn files_belong_to(site: &Site, version: Option<&str>) -> Kept {
    let page = site.read("docroot/page");
    let wanted = version.map(|version| format!("page of {version}"));
    ensure(page == wanted, || format!("I4: {version:?} is live, with the {page:?}"))?;
    let cache = names(&site.base().join("cache"));
    let warm = site.read("cache/x").is_some();
    ensure(cache.is_empty() != warm, || format!("I4: the cache has {cache:?}"))
}
