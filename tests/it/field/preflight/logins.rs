//! What a login leaves behind, where a real logind ends it (`KillUserProcesses=yes`).

use crate::support::{Fleet, Host, HostSpec, Login, Run, Tarball, eventually, systemd};

const LOGIND: &str = "[Unit]\nDefaultDependencies=no\nAfter=dbus.service\n[Service]\nType=notify\nExecStart=/lib/systemd/systemd-logind\n";

fn root(host: &Host, script: &str) -> String {
    Run::of(host.systemd().command(&["sh", "-ec", script])).ok()
}

#[test]
fn operation_outlives_a_login_that_logind_cleans_up_after() {
    // Fedora's default for a while, and what hardening guides ask for: nohup, setsid and screen end with the session.
    if !systemd::possible() {
        return;
    }
    let toml = "lease = '3s'\n[activate]\nrun = ['cat /proc/self/cgroup >~/cgroup', 'test ! -e WAIT || { echo >~/waits; sleep 60; }']";
    let fleet = Fleet::of(vec![HostSpec::new("h1").systemd().sshd_config("UsePAM yes")], toml);
    let host = fleet.host();
    // Its own: the disk is this machine's.
    root(host, "mount -t tmpfs tmpfs /var/lib/systemd && mkdir -p /run/systemd/logind.conf.d");
    root(host, "printf '[Login]\\nKillUserProcesses=yes\\n' >/run/systemd/logind.conf.d/kill.conf");
    host.systemd().unit("systemd-logind.service", LOGIND);
    root(host, "systemctl start systemd-logind");
    let run = fleet.release(&["check", "view"]).expect(3);
    assert!(run.stdout.contains("(KillUserProcesses=yes)") && run.stdout.contains("enable-linger"), "{}", run.stdout);
    fleet.deploy("1.0").expect(3);
    assert_eq!(host.live(), None);

    root(host, &format!("loginctl enable-linger {}", Login::get().name));
    fleet.release(&["check", "view"]).expect(0);
    fleet.deploy("1.0").expect(0);
    let cgroup = host.read("cgroup").unwrap();
    assert!(cgroup.contains("/user@") && !cgroup.contains("/session-"), "{cgroup}");
    // The client dies in the middle, and its session is cleaned up: the host goes back by itself.
    fleet.dist(&Tarball::new("app", "1.1").file("WAIT", ""));
    let client = fleet.world.release_bg(&["view", "1.1"]);
    eventually("1.1 is activated", || host.path("waits").exists());
    client.sigkill();
    host.sshd().kill_sessions();
    eventually("the session is over", || !root(host, "loginctl list-sessions --no-legend").contains("closing"));
    eventually("the host is at rest", || std::fs::read_dir(host.path(".release/tx")).is_ok_and(|tx| tx.count() == 0));
    fleet.assert_live("1.0");
    let log = fleet.release(&["log", "view"]).expect(0).stdout;
    assert!(log.lines().any(|line| line.contains("1.1") && line.contains("rolled")), "{log}");
}
