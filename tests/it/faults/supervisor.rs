//! The work on the host itself is killed, with and without a client, or the whole machine loses power.

use super::clients::await_step;
use super::site::{self, Site, UNDONE, forsake, holder};
use crate::support::{Background, HostSpec, Userland, belonging_to, eventually, is_running, signal};

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
fn killed_before_eyes(step: &str, host: HostSpec) {
    let site = Site::new(vec![host]);
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
pub fn held(site: &Site) -> usize {
    let line = |pid: &u32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let holds = |pid: &&u32| line(pid).windows(8).any(|w| w == b"bin/hold");
    belonging_to(site.world.root()).iter().filter(holds).count()
}

#[test]
fn a_client_has_it_undone_at_once() {
    std::thread::scope(|scope| {
        for step in STEPS {
            scope.spawn(move || killed_before_eyes(step, HostSpec::new("h1")));
        }
    });
}

#[test]
fn the_same_with_nothing_but_busybox() {
    std::thread::scope(|scope| {
        for step in ["prepare", "start"] {
            let host = HostSpec::new("h1").userland(Userland::BusyBox).program("curl");
            scope.spawn(move || killed_before_eyes(step, host));
        }
    });
}

/// What the supervisor ignores for its own sake, a service must not inherit.
#[test]
fn a_service_starts_with_its_signals() {
    let site = Site::new(site::one());
    let status = std::fs::read_to_string(format!("/proc/{}/status", site.apps[0].pid().unwrap())).unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    let ignored = u64::from_str_radix(ignored.trim(), 16).unwrap();
    for (name, number) in [("HUP", 1), ("PIPE", 13), ("TERM", 15)] {
        assert_eq!(ignored & (1 << (number - 1)), 0, "it ignores {name}: {status}");
    }
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
    forsake(site.host());
    signal("KILL", &[pid]);
    client.sigkill();
    eventually("the supervisor is gone", || !is_running(pid));
    next(&site);
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

/// The old release's service would not start again: that is said, and tried again when it can be.
#[test]
fn what_could_not_be_undone_is_undone_later() {
    let site = Site::new(site::one());
    let start = site.host().read("bin/start").unwrap();
    site.hold("start");
    let client = site.deploy();
    eventually("it is held", || site.host().path("reached-start").exists());
    site.host().write("bin/start", "#!/bin/sh\nexit 9\n");
    site.let_go("start");
    let run = client.finish(UNDONE);
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert!(run.stdout.contains("h1 broken") && run.stdout.contains("release recover view"), "{}", run.stdout);
    site.host().write("bin/start", start);
    let run = site.world.release(&["recover", "view"]).expect(0);
    assert!(run.stdout.contains("1 interrupted operation finished or undone"), "{}", run.stdout);
    site.assert_all("1.0");
    site.assert_next_deploy();
}

/// The same after a crash: a recovery that could not undo everything says so, and there is one more.
#[test]
fn a_recovery_that_fails_says_so() {
    // A database server that is down for an hour: however often somebody asks meanwhile, the way back is kept.
    nobody_is_left("start", |site| {
        let start = site.host().read("bin/start").unwrap();
        site.host().write("bin/start", "#!/bin/sh\nexit 9\n");
        for _ in 0..3 {
            let run = site.world.release(&["recover", "view"]).expect(4);
            assert!(run.stdout.contains("1 left"), "{}", run.stdout);
        }
        site.host().write("bin/start", start);
        site.world.release(&["recover", "view"]).expect(0);
        site.assert_all("1.0");
    });
    // Whoever goes on from what there is ends that.
    nobody_is_left("start", |site| {
        site.host().write("bin/start", "#!/bin/sh\nexit 9\n");
        site.world.release(&["recover", "view"]).expect(4);
        site.world.release(&["maintenance", "off", "view"]).expect(0);
        let run = site.world.release(&["recover", "view"]).expect(0);
        assert!(run.stdout.contains("nothing to recover"), "{}", run.stdout);
    });
}
