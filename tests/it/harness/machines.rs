//! A host with a systemd of its own.

use crate::support::{App, HostSpec, Mode, World, eventually, systemd};

/// One test for all, since a boot is the dearest thing here.
#[test]
fn a_host_can_have_a_real_systemd() {
    if !systemd::possible() {
        return eprintln!("skipped: only root can boot a systemd in namespaces");
    }
    let mut world = World::of(vec![HostSpec::new("h1").systemd()]);
    let host = world.host("h1");
    let app = App::install(host.base());
    App::artifact("1.0", Mode::Good).unpack(&host.path("r1"));
    world.ssh("h1", "ln -s r1 live").ok();
    let service = format!(
        "WorkingDirectory={}/live\nExecStart={0}/live/bin/server {}\nRestart=always\nRestartSec=100ms\n",
        host.base().display(),
        app.port()
    );

    // A system unit: anyone may look, sudo may change.
    host.systemd().unit("app.service", &format!("[Service]\nUser={}\n{service}", crate::support::Login::get().name));
    world.ssh("h1", "sudo -n systemctl start app.service").ok();
    eventually("1.0 answers", || app.version().is_some());
    let first = app.pid().unwrap();
    assert_eq!(world.ssh("h1", "systemctl show --value -p MainPID,ActiveState app").ok().lines().count(), 2);
    assert_eq!(host.systemd().show("app", "NRestarts"), "0");
    world.ssh("h1", "kill -9 $(systemctl show --value -p MainPID app)").ok();
    eventually("it was started again", || app.pid().is_some_and(|p| p != first));
    assert_eq!(host.systemd().show("app", "NRestarts"), "1");
    assert_ne!(world.ssh("h1", "systemctl --no-ask-password stop app.service").code, 0, "not without sudo");
    world.ssh("h1", "sudo -n systemctl stop app.service").ok();

    // A user unit, and a transient one that outlives its session.
    host.write(
        ".config/systemd/user/mine.service",
        format!("[Service]\n{service}[Install]\nWantedBy=default.target\n"),
    );
    world.ssh("h1", "systemctl --user daemon-reload && systemctl --user enable --now mine.service").ok();
    eventually("1.0 answers", || app.version().is_some());
    world.ssh("h1", "systemd-run --user --collect --quiet sh -c 'touch began; sleep 60'").ok();
    eventually("the transient unit runs", || host.path("began").exists());

    let boot_id = world.ssh("h1", "cat /proc/sys/kernel/random/boot_id").ok();
    world.host_mut("h1").reboot();
    assert_ne!(world.ssh("h1", "cat /proc/sys/kernel/random/boot_id").ok(), boot_id);
    eventually("an enabled unit starts at boot", || app.version().is_some());
}
