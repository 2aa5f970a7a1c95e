//! The client's half alone dies, with all its ssh, at whatever it writes or says. Nobody else acts: the host has to come to
//! rest by itself when its lease is over.

use std::fs;
use std::time::{Duration, Instant};

use super::check::Rest;
use super::enumerate::evenly;
use super::operation::Operation;
use super::site::Site;
use super::snapshot::Snapshot;
use crate::campaign::spread::spread;
use crate::campaign::{Tally, trials};
use crate::support::crash::{Crash, Fault, Scope, Traced};
use crate::support::{World, wait_until};

/// The lease of these hosts, and what its undoing may take on a busy machine.
const LEASE: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(60);
/// A trial is mostly waiting.
const HOSTS: usize = 4;

struct Host {
    site: Site,
    start: Snapshot,
    world: World,
}

impl Host {
    fn new() -> Self {
        let world = World::new(&["h1"]);
        let site = Site::in_world(&world);
        Self { start: site.save(), site, world }
    }

    fn deploy(&self, at: usize) -> Traced {
        self.site.restore(&self.start);
        Crash::at(Scope::Everything, at, Fault::Kill).run(self.site.command(Operation::Deploy.args()))
    }

    /// One that has read its whole plan, and lost its client, may still be about to begin.
    fn has_sessions(&self) -> bool {
        let host = &self.world.hosts()[0];
        let own = format!(" 127.0.0.1 {}\0", host.port());
        let has = |pid: &str, file: &str, word: &str| {
            let text = fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            String::from_utf8_lossy(&text).contains(word)
        };
        let all = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let session = |pid: String| has(&pid, "cmdline", "IFS= read -r s") && has(&pid, "environ", &own);
        !host.sshd().sessions().is_empty() || all.filter(|name| name.parse::<u32>().is_ok()).any(session)
    }

    /// Gives how long it took, from the death on.
    fn trial(&self, at: usize) -> Result<Duration, String> {
        let rest = Rest { flag: None, outside: self.site.outside() };
        let traced = self.deploy(at);
        let died = Instant::now();
        let either = [Operation::Deploy.undone(), Operation::Deploy.done()];
        // What was live is what is live once it is over; before that it only looks so until the lease ends.
        let over = || !self.has_sessions() && self.site.is_idle();
        let rests = || rest.holds(&self.site, &either).is_ok() && over();
        if wait_until(PATIENCE, rests) {
            return Ok(died.elapsed());
        }
        let what = traced.hit.map_or("no fault".into(), |point| point.what);
        let broken = rest.holds(&self.site, &either).err().unwrap_or_else(|| "its supervisor still runs".into());
        Err(format!("client killed at {at}: {what}\n{broken}\n{}", self.site.journals()))
    }
}

#[test]
fn the_host_comes_to_rest_alone() {
    let mut tally = Tally::new("crash: deploy over ssh, the client's half killed");
    let first = Host::new();
    let points = first.deploy(0).trail.len();
    drop(first);
    let chosen = evenly(trials(2, points), points);
    let outcomes = spread(HOSTS, chosen.len(), |_| Host::new(), |host, at| host.trial(chosen[at]));
    let outcomes: Vec<_> = outcomes.into_iter().map(|outcome| outcome.and_then(|kept| kept)).collect();
    let slowest = outcomes.iter().flatten().max();
    eprintln!("lease {LEASE:?}: at rest at most {slowest:?} after the client's death");
    outcomes.into_iter().for_each(|outcome| tally.trial(outcome.map(drop)));
    tally.finish();
}
