//! The work on the host itself is killed, with and without a client, or the whole machine loses power.

use std::path::Path;
use std::time::Duration;

use super::clients::await_step;
use super::site::{self, Site, UNDONE, holder, journal, leftovers, names};
use crate::support::{Background, Mode, eventually, is_running, signal, wait_until};

/// The supervisor of the running deploy, once it stands in this step.
#[track_caller]
fn supervisor(site: &Site, client: &mut Background, step: &str) -> u32 {
    await_step(client, "h1", step);
    if matches!(step, "prepare" | "stop" | "start" | "health") {
        let reached = format!("reached-{step}");
        eventually("the command is held", || site.host().path(&reached).exists());
    }
    holder(site.host()).unwrap()
}

const HELD: [&str; 4] = ["prepare", "stop", "start", "health"];
const STEPS: [&str; 9] = ["upload", "unpack", "prepare", "ready", "flag", "stop", "swap", "start", "health"];

/// With a client that is there: it has the host recover at once, and says what came of it.
fn killed_before_eyes(step: &str) {
    let site = Site::new(site::one());
    if HELD.contains(&step) {
        site.hold(step);
    }
    let mut client = site.deploy();
    signal("KILL", &[supervisor(&site, &mut client, step)]);
    let run = client.finish(UNDONE);
    assert!(run.code == 1 || run.code == 5, "{step}: {}\n{}\n{}", run.code, run.stdout, site.journals());
    // Nobody lets the held command go: it was ended with everything that it had started.
    assert_eq!(held(&site), 0, "{step}: a command of the dead supervisor still runs");
    site.assert_all("1.0");
    let says = if run.code == 1 { "unchanged" } else { "rolled_back" };
    assert!(run.stdout.contains(&format!(r#""state":"{says}""#)), "{}", run.stdout);
    site.assert_next_deploy();
}

/// How many commands are held on the host.
fn held(site: &Site) -> usize {
    let script = site.host().path("bin/hold");
    let mark = script.to_str().unwrap().as_bytes().to_vec();
    let holds = |dir: std::fs::DirEntry| {
        let line = std::fs::read(dir.path().join("cmdline")).unwrap_or_default();
        let cwd = std::fs::read_link(dir.path().join("cwd")).unwrap_or_default();
        line.windows(mark.len()).any(|w| w == mark)
            || (cwd.starts_with(site.host().base()) && line.windows(8).any(|w| w == b"bin/hold"))
    };
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(Result::ok)
        .filter(|_| true)
        .filter_map(|d| holds(d).then_some(()))
        .count()
}

#[test]
fn a_client_has_it_undone_at_once() {
    std::thread::scope(|scope| {
        for step in STEPS {
            scope.spawn(move || killed_before_eyes(step));
        }
    });
}

/// Everything dies at once: client, supervisor, sessions. Whoever comes next finds it undone.
fn nobody_is_left(step: &str, next: impl FnOnce(&Site)) {
    let site = Site::new(site::one());
    if HELD.contains(&step) {
        site.hold(step);
    }
    let mut client = site.deploy();
    let pid = supervisor(&site, &mut client, step);
    client.signal("STOP");
    signal("KILL", &[pid]);
    client.sigkill();
    eventually("the supervisor is gone", || !is_running(pid));
    next(&site);
}

fn run_hook(site: &Site) {
    let printed = site.world.release(&["setup", "view"]).expect(0).stdout;
    let line = printed.lines().find_map(|line| line.strip_prefix("@reboot ")).unwrap().to_owned();
    drop(site.world.ssh("h1", &line).expect(0));
}

#[test]
fn the_next_deploy_undoes_it_first() {
    std::thread::scope(|scope| {
        for step in ["prepare", "swap", "start"] {
            scope.spawn(move || nobody_is_left(step, Site::assert_next_deploy));
        }
    });
}

#[test]
fn recover_undoes_it() {
    nobody_is_left("start", |site| {
        let run = site.world.release(&["recover", "view"]).expect(0);
        assert!(run.stdout.contains("1 interrupted operation finished or undone"), "{}", run.stdout);
        site.assert_all("1.0");
        let run = site.world.release(&["recover", "view"]).expect(0);
        assert!(run.stdout.contains("nothing to recover"), "{}", run.stdout);
    });
}
