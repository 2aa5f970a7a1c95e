//! The successor: whatever dies or is out of processes, the operation ends all the same.

mod damaged;

use std::time::Duration;

use crate::faults::site::{self, Site, holder};
use crate::support::{Fleet, Run, World, belonging_to, eventually, is_root, is_running, mode, signal, wait_until};

/// The agent's processes on a host.
fn agents(site: &Site) -> Vec<u32> {
    let line = |pid: &u32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let all = belonging_to(&site.host().path(".release")).into_iter();
    all.filter(|pid| line(pid).windows(6).any(|word| word == b"agent-")).collect()
}

/// The kernel's OOM killer takes the supervisor, and the laptop with the client is gone: nobody else comes.
#[test]
fn supervisor_that_was_killed_has_a_successor_on_its_own_host() {
    let site = Site::new(site::one());
    site.hold("start");
    let client = site.deploy();
    eventually("the start is held", || site.host().path("reached-start").exists());
    let supervisor = holder(site.host()).unwrap();
    client.sigkill();
    signal("KILL", &[supervisor]);
    eventually("the supervisor is gone", || !is_running(supervisor));
    site.await_rest();
    site.assert_all("1.0");
    site.assert_next_deploy();
}

/// A service that a recovery has started behaves as one that a login has: `kill -HUP` makes it read its files again.
#[test]
fn service_started_by_a_recovery_has_its_signals() {
    let site = Site::new(site::one());
    site.hold("start");
    let client = site.deploy();
    eventually("the start is held", || site.host().path("reached-start").exists());
    client.sigkill();
    signal("KILL", &[holder(site.host()).unwrap()]);
    site.let_go("start");
    site.await_rest();
    site.assert_all("1.0");
    let status = std::fs::read_to_string(format!("/proc/{}/status", site.apps[0].pid().unwrap())).unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    assert_eq!(u64::from_str_radix(ignored.trim(), 16).unwrap() & 0x1001, 0, "HUP or PIPE: {ignored}");
}

/// `pkill -f myapp` in a stop script, where base is /srv/myapp: nothing of ours has it in its arguments.
#[test]
fn arguments_of_the_agent_hold_nothing_of_the_users() {
    let site = Site::new(site::one());
    site.hold("start");
    let client = site.deploy();
    eventually("the start is held", || site.host().path("reached-start").exists());
    let found = agents(&site);
    assert!(found.len() >= 2, "worker and guard: {found:?}");
    let base = site.host().base().to_str().unwrap().to_owned();
    for pid in belonging_to(&site.host().path(".release")) {
        let line =
            String::from_utf8_lossy(&std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default()).into_owned();
        assert!(!line.contains(&base) || line.contains("sshd"), "{line:?}");
    }
    site.let_go("start");
    assert_eq!(client.finish(site::UNDONE).code, 0);
}

/// `killall sh` and `pkill -u $USER` in a stop script: it ends the work, its guard and every recovery after it.
#[test]
fn command_that_ends_the_work_each_time_is_skipped_and_a_corrected_one_is_taken() {
    let kills = "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q 'agent-.*[.]sh' && \
        grep -qs $RELEASE_BASE $p/environ && kill -9 ${p#/proc/}; done; true";
    let fleet = Fleet::files(&["h1"], "lease = '3s'\n[service]\nstop = 'true'\nstart = 'true'\n");
    fleet.deploy("1.0").expect(0);
    let with = |stop: &str| fleet.toml(&format!("lease = '3s'\n[service]\nstop = \"{stop}\"\nstart = 'true'\n"));
    with(&kills.replace('\\', "\\\\"));
    let run = fleet.deploy("1.1");
    assert!(matches!(run.code, 5 | 6), "{}: {}", run.code, run.stderr);
    with("true");
    fleet.release(&["recover", "view"]).expect(0);
    fleet.assert_live("1.0");
    fleet.deploy("1.2").expect(0);
}

/// A debugger, a freezer of batch jobs or `kill -STOP` in a script of the account: nothing has died, and nobody goes on.
#[test]
fn worker_that_was_stopped_is_ended_and_its_work_undone() {
    let site = Site::new(site::one());
    site.hold("start");
    let client = site.deploy();
    eventually("the start is held", || site.host().path("reached-start").exists());
    let worker = holder(site.host()).unwrap();
    let line = |pid: &u32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let whole = line(&worker);
    let stopped: Vec<u32> = agents(&site).into_iter().filter(|pid| line(pid) == whole).collect();
    assert!(stopped.contains(&worker), "{stopped:?}");
    signal("STOP", &stopped);
    client.sigkill();
    assert!(wait_until(Duration::from_secs(60), || !is_running(worker)), "a stopped worker is not ended");
    site.let_go("start");
    site.await_rest();
    site.assert_all("1.0");
    site.assert_next_deploy();
}

/// `ulimit -u` of a shared CI runner, reached: a sentence, and no backtrace.
#[test]
fn client_without_threads_says_so() {
    if !is_root() {
        return;
    }
    let world = World::of(vec![]);
    world.hosts_toml("app = 'app'\n[targets.t]\nhosts = ['local:/nonexistent/base']\n");
    let client = world.root().join("release");
    std::fs::copy(env!("CARGO_BIN_EXE_release"), &client).unwrap();
    mode(&client, 0o755);
    mode(&world.project().join("hosts.toml"), 0o644);
    let mut command = world.command("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "prlimit", "--nproc=1"]);
    let run = Run::of({
        command.arg(client).args(["status", "t"]);
        command
    });
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("no thread can be made") && !run.stderr.contains("panicked"), "{run:?}");
}
