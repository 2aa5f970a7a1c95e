//! The host's half alone dies, in the middle of a deploy over a real connection. The client lives, comes back as soon as
//! the host does, and has to tell the truth.

use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::check::Kept;
use super::enumerate::evenly;
use super::operation::Operation;
use super::site::Site;
use super::snapshot::Snapshot;
use crate::campaign::spread::spread;
use crate::campaign::{Tally, trials};
use crate::support::crash::{Crash, Ending, Fault, Scope, Traced};
use crate::support::{Background, Run, World, eventually};

/// How many hosts are crashed side by side.
const HOSTS: usize = 2;

/// A host that is crashed again and again.
struct Host {
    world: World,
    site: Site,
    start: Snapshot,
}

impl Host {
    fn new() -> Self {
        let world = World::new(&["h1"]);
        let site = Site::in_world(&world);
        let start = site.save();
        Self { world, site, start }
    }

    /// A deploy, with the host dying at this point (0: never); when it has died, it boots.
    fn deploy(&mut self, at: usize) -> (Run, Traced) {
        self.site.restore(&self.start);
        let (port, name) = (self.world.hosts()[0].port(), self.world.hosts()[0].name().to_owned());
        self.world.host_mut(&name).sshd_mut().stop();
        let mut sshd = Command::new("/usr/sbin/sshd");
        sshd.args(["-D", "-e", "-p", &port.to_string(), "-f"])
            .arg(self.world.root().join(&name).join("sshd/sshd_config"));
        sshd.env_clear().env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
        let over = AtomicBool::new(false);
        let (scope, base) = (Scope::Below, self.site.base());
        let (run, traced) = thread::scope(|threads| {
            let host = threads.spawn(|| Crash::at(scope(base), at, Fault::Kill).ending(Ending::When(&over)).run(sshd));
            eventually("the traced sshd listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
            let mut client = Background::start(self.site.command(Operation::Deploy.args()), Stdio::null());
            while client.is_running() && !host.is_finished() {
                thread::sleep(Duration::from_millis(5));
            }
            if host.is_finished() {
                self.world.host_mut(&name).sshd_mut().start();
            }
            let run = client.finish(Duration::from_secs(120));
            over.store(true, Ordering::Relaxed);
            (run, host.join().unwrap())
        });
        if traced.hit.is_none() {
            self.world.host_mut(&name).sshd_mut().start();
        }
        (run, traced)
    }

    fn trial(&mut self, at: usize) -> Result<(), String> {
        let (run, traced) = self.deploy(at);
        let what = traced.hit.map_or("no fault".into(), |point| point.what);
        let journals = || self.site.journals();
        self.tells(&run).map_err(|broken| {
            format!(
                "over ssh, at {at}: {what}\n{broken}\nexit {}\n{}{}{}",
                run.code,
                run.stdout,
                run.stderr,
                journals()
            )
        })
    }

    /// The exit code says what is live; whatever is left is mended by one command.
    fn tells(&self, run: &Run) -> Kept {
        let (old, new) = (Operation::Deploy.undone(), Operation::Deploy.done());
        let allowed = match run.code {
            0 => new,
            1 | 3 | 5 => old,
            code => return Err(format!("I3: the exit code is {code}")),
        };
        let rest = super::check::Rest { flag: None, outside: self.site.outside() };
        let recovered = self.site.release(&["recover", "view"]);
        if recovered.code != 0 {
            return Err(format!("recover: {}\n{}{}", recovered.code, recovered.stdout, recovered.stderr));
        }
        rest.holds(&self.site, &[allowed]).map(drop)
    }
}

#[test]
fn the_host_dies_and_the_client_tells() {
    let mut tally = Tally::new("crash: deploy over ssh, the host's half killed");
    let mut first = Host::new();
    let points = first.deploy(0).1.trail.len();
    drop(first);
    let chosen = evenly(trials(2, points), points);
    let outcomes = spread(HOSTS, chosen.len(), |_| Host::new(), |host, at| host.trial(chosen[at]));
    let outcomes: Vec<Kept> = outcomes.into_iter().map(|outcome| outcome.and_then(|kept| kept)).collect();
    outcomes.into_iter().for_each(|outcome| tally.trial(outcome));
    tally.finish();
}
