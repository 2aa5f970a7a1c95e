//! The model is anchored to the real thing: the same operation with the same mishap, on a real host through the real
//! binary and on a simulated one, writes the same journal.

use std::time::Duration;

use super::model::scripted::{Mishap, journal as simulated};
use crate::campaign::Tally;
use crate::faults::site::{self, Site, UNDONE, forsake, holder, names};
use crate::support::{Background, Mode, eventually, is_running, signal, wait_until};

/// What is done to the deploy, and in which step it is held for that.
const MISHAPS: [(Mishap, Option<&'static str>); 7] = [
    (Mishap::None, None),
    (Mishap::BadRelease, None),
    (Mishap::Interrupt, Some("health")),
    (Mishap::ClientKilled, Some("health")),
    (Mishap::ClientKilled, Some("prepare")),
    (Mishap::SupervisorKilled, Some("start")),
    (Mishap::SupervisorKilled, Some("prepare")),
];

/// The journal of the deploy on a real host, without times and reasons.
fn real(site: &Site, mishap: Mishap, held: Option<&str>) -> Vec<String> {
    if mishap == Mishap::BadRelease {
        site.artifact("1.1", Mode::Wrong);
    }
    if let Some(step) = held {
        site.hold(step);
    }
    let client = site.deploy();
    if let Some(step) = held {
        eventually("it is held", || site.host().path(&format!("reached-{step}")).exists());
    }
    let pid = holder(site.host());
    let mut client = Some(client);
    match mishap {
        Mishap::None | Mishap::BadRelease => {}
        Mishap::Interrupt => client.iter().for_each(|client| client.signal("INT")),
        Mishap::ClientKilled => drop(client.take().map(Background::sigkill)),
        Mishap::SupervisorKilled => {
            drop(client.take().map(Background::sigkill));
            forsake(site.host());
            signal("KILL", &[pid.unwrap()]);
            eventually("the supervisor is gone", || !is_running(pid.unwrap()));
            site.world.release(&["recover", "view"]).expect(0);
        }
    }
    let mut text = String::new();
    let ended = wait_until(UNDONE + Duration::from_secs(40), || {
        let id = deploys(site).pop().unwrap_or_default();
        text = site.host().read(&format!(".release/logs/{id}/journal")).unwrap_or_default();
        text.contains(" end ")
    });
    assert!(ended, "{}", site.journals());
    text.lines().filter_map(|line| spoken(line.split_once(' ')?.1)).collect()
}

/// The deploys that are over, without the first one.
fn deploys(site: &Site) -> Vec<String> {
    let mut all = names(site.host(), ".release/logs");
    all.retain(|id| id.contains("deploy"));
    if all.is_empty() { all } else { all.split_off(1) }
}

/// The word, and the number or the outcome behind it.
fn spoken(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let behind = if matches!(words[0], "begin" | "recover" | "confirmed") { None } else { words.get(1) };
    Some(behind.map_or(words[0].to_owned(), |behind| format!("{} {behind}", words[0])))
}

#[test]
fn a_simulated_host_writes_what_a_real_one_writes() {
    let mut tally = Tally::new("model: journals of real hosts, line by line");
    std::thread::scope(|scope| {
        let compare = |mishap, held| {
            let site = Site::new(site::one());
            let config = release::config::load(&site.world.project().join("hosts.toml")).unwrap();
            let real = real(&site, mishap, held);
            let simulated = simulated(config.target("view").unwrap(), mishap, held);
            if real == simulated {
                return Ok(());
            }
            Err(format!("{mishap:?} in {held:?}\nreal:      {}\nsimulated: {}", real.join(", "), simulated.join(", ")))
        };
        let compared: Vec<_> = MISHAPS.map(|(mishap, held)| scope.spawn(move || compare(mishap, held))).into();
        compared.into_iter().for_each(|thread| tally.trial(thread.join().unwrap()));
    });
    tally.finish();
}
