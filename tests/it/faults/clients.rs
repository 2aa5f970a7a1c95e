//! The client is killed, or frozen, in each step: the host ends by itself.

use std::time::{Duration, Instant};

use super::site::{self, LEASE, Site};
use crate::support::Background;

/// Up to where the host still goes back, and from where it only goes on.
const BEFORE: [&str; 12] =
    ["env", "upload", "unpack", "share", "prepare", "sync", "ready", "flag", "stop", "swap", "start", "health"];

/// Waits for a step of the running deploy.
#[track_caller]
pub fn await_step(client: &mut Background, host: &str, step: &str) {
    client.await_text(&format!(r#""step_started","host":"{host}","step":"{step}""#));
}

fn killed_in(step: &str, hosts: Vec<crate::support::HostSpec>) {
    let site = Site::new(hosts);
    if matches!(step, "prepare" | "stop" | "start" | "health") {
        site.hold(step);
    }
    let mut client = site.deploy();
    await_step(&mut client, "h1", step);
    let killed = Instant::now();
    client.sigkill();
    site.await_rest();
    let took = killed.elapsed();
    // What was held was cut: nobody let it go. The bound is the lease, and time to stop, start and ask the old one.
    assert!(took < LEASE + Duration::from_secs(6), "{step}: took {took:?}\n{}", site.journals());
    site.let_go(step);
    eprintln!("killed in {step}: over after {took:.1?}");
    site.assert_all("1.0");
    site.assert_next_deploy();
}

fn each(steps: &[&str]) {
    std::thread::scope(|scope| {
        for step in steps {
            scope.spawn(|| killed_in(step, site::one()));
        }
    });
}

#[test]
fn killed_while_preparing() {
    each(&BEFORE[..6]);
}

#[test]
fn killed_while_switching() {
    each(&BEFORE[6..]);
}

#[test]
fn killed_with_two_hosts() {
    std::thread::scope(|scope| {
        for step in ["prepare", "start", "health"] {
            scope.spawn(move || killed_in(step, site::two()));
        }
    });
}
