//! The sudoers lines that `release setup` prints: read by a real visudo, kept to by a real sudo.

use crate::support::{Fleet, HostSpec, Login, Mode, Run, systemd};

/// The lines for sudo that setup prints, and comments.
fn lines(fleet: &Fleet) -> String {
    let run = fleet.release(&["setup", "view"]).expect(0);
    let mut lines = run.stdout.lines().skip_while(|line| !line.contains("visudo")).skip(1);
    lines.by_ref().take_while(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

#[track_caller]
fn read_by_visudo(fleet: &Fleet, lines: &str) {
    let file = fleet.world.write("sudoers", lines);
    let mut visudo = fleet.world.command("visudo");
    visudo.arg("-cf").arg(file);
    Run::of(visudo).ok();
}

#[test]
fn visudo_reads_them_and_none_has_a_wildcard() {
    let fleet = Fleet::files(&["h1"], "");
    for service in [
        "systemd = 'app@1:2.service'",
        "restart = 'sudo /sbin/restart-it'",
        "stop = 'sudo -n /sbin/it stop --who=a,b'\nstart = 'sudo /sbin/it start'",
        "restart = 'sudo restart-it * && true'",
    ] {
        fleet.toml(&format!("[service]\n{service}\n"));
        let lines = lines(&fleet);
        read_by_visudo(&fleet, &lines);
        let rules: Vec<_> = lines.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(rules.iter().all(|rule| !rule.contains(['*', '?', '['])), "{lines}");
        assert_eq!(rules.is_empty(), service.contains('*'), "{lines}");
    }
}

#[test]
fn sudo_allows_these_commands_and_nothing_else() {
    if !systemd::possible() {
        return eprintln!("skipped: only root can boot a systemd in namespaces");
    }
    let fleet = Fleet::serving(vec![HostSpec::new("h1").systemd()], "");
    let (host, app) = (fleet.host(), fleet.app());
    let who = &Login::get().name;
    host.systemd().unit(
        "app.service",
        &format!(
            "[Service]\nUser={who}\nWorkingDirectory={0}/live\nExecStart={0}/live/bin/server {1}\nRestart=always\n",
            host.base().display(),
            app.port()
        ),
    );
    host.systemd().unit("other.service", "[Service]\nExecStart=/bin/sleep 60\n");
    let health = app.toml().split_once("[health]").unwrap().1.to_owned();
    fleet.toml(&format!("[service]\nsystemd = 'app.service'\n[health]{health}"));
    let lines = lines(&fleet).replace("USER ", &format!("{who} "));
    host.write("lines", &lines);
    let rules = "/etc/sudoers.d/release-test";
    let lines_file = host.path("lines");
    Run::of(host.systemd().command(&["cp", lines_file.to_str().unwrap(), rules])).ok();

    for version in ["1.0", "1.1"] {
        fleet.deploy_app(version, Mode::Good).expect(0);
        fleet.assert_live(version);
    }
    fleet.deploy_app("1.2", Mode::Crash).expect(5);
    fleet.assert_live("1.1");
    for more in [
        "systemctl restart -- other.service",
        "systemctl restart -- app.service other.service",
        "systemctl restart app.service",
        "systemctl edit -- app.service",
        "systemctl status -- app.service",
        "/bin/sh -c id",
        "-u nobody /usr/bin/systemctl restart -- app.service",
        "-E /usr/bin/systemctl restart -- app.service",
    ] {
        assert_ne!(fleet.world.ssh("h1", &format!("sudo -n {more}")).code, 0, "{more}");
    }
    // A line for a command without arguments allows it with none.
    let script = host.write("it", "#!/bin/sh\nid -u >\"$0.ran\"\n");
    fleet.world.ssh("h1", "chmod +x it").ok();
    fleet.toml(&format!("[service]\nrestart = 'sudo {}'\n", script.display()));
    host.write("lines", self::lines(&fleet).replace("USER ", &format!("{who} ")));
    Run::of(host.systemd().command(&["cp", lines_file.to_str().unwrap(), rules])).ok();
    assert_ne!(fleet.world.ssh("h1", "sudo -n ./it argument").code, 0);
    assert!(!host.path("it.ran").exists());
    fleet.world.ssh("h1", "sudo -n ./it").ok();
    assert_eq!(host.read("it.ran").unwrap(), "0\n");
}
