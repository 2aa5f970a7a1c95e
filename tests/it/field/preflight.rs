//! Preflight: the check asks what will really run, before anything is touched.

mod database;
mod env;
mod logins;

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::{App, Fleet, Host, HostSpec, Mode, Nginx, Serves};

/// A program of the account's own, first on its PATH.
fn program(host: &Host, name: &str, text: &str) {
    let path = host.write(&format!("bin/{name}"), format!("#!/bin/sh\n{text}\n"));
    std::fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}

fn with_programs(toml: &str) -> Fleet {
    Fleet::of(vec![HostSpec::new("h1").own_bin()], toml)
}

/// The systemd of a host whose unit runs.
const SYSTEMCTL: &str =
    "case \" $* \" in *' show '*) printf 'LoadState=loaded\\nActiveState=active\\nMainPID=1\\nNRestarts=0\\n' ;; esac";

/// A sudo that notes each question, and refuses what a `case` pattern says.
fn sudo(refused: &str) -> String {
    format!(
        "echo \"$*\" >>~/asked\ncase \"$*\" in *'{refused}'*) echo 'sudo: a password is required' >&2; exit 1 ;; esac"
    )
}

/// The commands that sudo was asked about.
fn asked(host: &Host) -> Vec<String> {
    let text = host.read("asked").unwrap_or_default();
    let lines =
        text.lines().filter_map(|line| line.strip_prefix("-n -l ").or_else(|| line.strip_prefix("-n -u bob -l ")));
    lines.map(str::to_owned).collect()
}

#[test]
fn every_sudo_of_every_command_is_asked_for_as_it_will_run() {
    // Rails' `bundle install && sudo systemctl reload nginx`, and a chown in [prepare].
    let fleet = with_programs(
        "[prepare]\nrun = ['true && sudo -n /bin/chown -R \"www data\" public']\n[service]\nrestart = 'cd / && sudo -u bob /bin/y; true'\n\
         [activate]\nrun = ['if true; then sudo /bin/z >/dev/null; fi', 'sudo $TOOL x']\n",
    );
    let host = fleet.host();
    program(host, "sudo", &sudo("/bin/y"));
    let run = fleet.release(&["check", "view"]).expect(3);
    assert!(
        run.stdout.contains("1 reason against it\n  - sudo asks for a password: sudo -u bob /bin/y;"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("whether sudo allows what stands in `sudo $TOOL x`"), "{}", run.stdout);
    assert_eq!(asked(host), ["/bin/chown -R www data public", "/bin/y", "/bin/z"]);
    let run = fleet.deploy("1.0").expect(3);
    assert!(run.stderr.contains("nothing was changed"), "{}", run.stderr);
    assert_eq!(host.live(), None);
}

#[test]
fn unit_verbs_are_asked_for_and_setup_prints_the_same_rules() {
    // Ansible roles give an account `systemctl restart app`, which is another command than `systemctl restart -- app`.
    let fleet = with_programs("[service]\nsystemd = 'app.service'\n");
    let host = fleet.host();
    program(host, "systemctl", SYSTEMCTL);
    program(host, "sudo", &sudo("-l systemctl"));
    let run = fleet.release(&["check", "view"]).expect(3);
    let setup = fleet.release(&["setup", "view"]).expect(0).stdout;
    let mut rules: Vec<&str> =
        setup.lines().filter_map(|line| line.split_once("NOPASSWD: /usr/bin/")).map(|(_, rule)| rule).collect();
    let mut asked = asked(host);
    asked.dedup();
    assert_eq!(asked[..3], rules[..], "{setup}");
    rules.iter().for_each(|rule| assert!(run.stdout.contains(&format!("sudo {rule};")), "{}", run.stdout));
    rules.sort_unstable();
    rules.dedup();
    assert_eq!(rules.len(), 3);
    fleet.deploy("1.0").expect(3);
    assert_eq!(host.live(), None);
}

#[test]
fn rule_with_a_password_beside_one_without_is_seen() {
    // With one NOPASSWD rule `sudo -n -l COMMAND` exits 0 for every command that the account may run at all (listpw = any): an
    // admin's account in the group sudo, with one rule of its own.
    let fleet =
        with_programs("[service]\nrestart = 'sudo /bin/y'\n[activate]\nrun = ['sudo /bin/z a', 'sudo /bin/w']\n");
    program(
        fleet.host(),
        "sudo",
        "case \"$*\" in\n'-n -v') exit 1 ;;\n'-n -l') printf 'User u may run the following commands on h:\\n    (ALL : ALL) ALL\\n    (root) NOPASSWD: /bin/z a*, SETENV: /bin/w \"\"\\n' ;;\n'-n -l '*) shift 2; echo \"$*\" ;;\nesac",
    );
    let run = fleet.release(&["check", "view"]).expect(3);
    assert!(run.stdout.contains("1 reason against it\n  - sudo asks for a password: sudo /bin/y;"), "{}", run.stdout);
}

#[test]
fn reason_of_sudo_that_is_no_password_is_told() {
    // `Defaults requiretty`, as Red Hat had it for years.
    let fleet = with_programs("[service]\nrestart = 'sudo /bin/y'\n");
    program(fleet.host(), "sudo", "echo 'sudo: sorry, you must have a tty to run sudo' >&2; exit 1");
    let run = fleet.release(&["check", "view"]).expect(3);
    assert!(
        run.stdout.contains("sudo does not allow: sudo /bin/y (sorry, you must have a tty to run sudo)"),
        "{}",
        run.stdout
    );
}

#[test]
fn user_unit_without_linger_is_refused_and_status_says_so() {
    // A Debian server with logind: the account's systemd ends some ten seconds after its last login, and status wakes it.
    let fleet = with_programs("[service]\nsystemd = 'app.service'\nuser = true\n");
    let host = fleet.host();
    program(host, "systemctl", SYSTEMCTL);
    for answer in [
        "echo Linger=no",
        "echo 'Failed to look up user release-test: User ID 1001 is not logged in or lingering' >&2; exit 1",
    ] {
        program(host, "loginctl", answer);
        let run = fleet.release(&["check", "view"]).expect(3);
        assert!(run.stdout.contains("; loginctl enable-linger "), "{}", run.stdout);
    }
    fleet.deploy("1.0").expect(3);
    assert_eq!(host.live(), None);
    let status = fleet.release(&["status"]).expect(0).stdout;
    assert!(status.contains("no linger"), "{status}");
    program(host, "loginctl", "echo Linger=yes");
    fleet.release(&["check", "view"]).expect(0);
    // A container without logind: nobody knows, and nobody guesses.
    program(host, "loginctl", "echo 'Failed to connect to bus: No such file or directory' >&2; exit 1");
    fleet.release(&["check", "view"]).expect(0);
}

#[test]
fn systemd_that_does_not_answer_is_refused() {
    // A login by su or cron without the user bus; a container that was not booted by systemd.
    let fleet = with_programs("[service]\nsystemd = 'app.service'\nuser = true\n");
    program(fleet.host(), "loginctl", "echo Linger=yes");
    program(fleet.host(), "systemctl", "echo 'Failed to connect to bus: No medium found' >&2; exit 1");
    let run = fleet.release(&["check", "view"]).expect(3);
    assert!(
        run.stdout.contains("says nothing of the unit of [service]: Failed to connect to bus: No medium found"),
        "{}",
        run.stdout
    );
}

#[test]
fn journal_that_cannot_be_read_is_told_with_the_group() {
    let fleet = with_programs("[service]\nsystemd = 'app.service'\n");
    program(fleet.host(), "systemctl", SYSTEMCTL);
    program(fleet.host(), "sudo", "true");
    program(fleet.host(), "journalctl", "true");
    let run = fleet.release(&["check", "view"]).expect(0);
    assert!(run.stdout.contains("warning: ") && run.stdout.contains("usermod -aG systemd-journal "), "{}", run.stdout);
}

#[test]
fn same_base_under_two_names_is_refused() {
    // An alias and an address of one machine in one target, or a directory and a link to it.
    let fleet = Fleet::files(&["h1"], "");
    let (real, other) = (fleet.world.root().join("real"), fleet.world.root().join("other"));
    std::fs::create_dir(&real).unwrap();
    symlink(&real, &other).unwrap();
    let hosts =
        format!("app = 'app'\n[targets.view]\nhosts = ['local:{}', 'local:{}']\n", real.display(), other.display());
    fleet.world.write("hosts.toml", hosts);
    let run = fleet.deploy("1.0").expect(3);
    assert!(run.stderr.contains("by another name"), "{}", run.stderr);
    fleet.release(&["check", "view"]).expect(3);
    assert_eq!(std::fs::read_dir(&real).unwrap().count(), 0);
}

#[test]
fn directory_that_a_web_server_cannot_pass_is_told() {
    // Debian 12 makes homes 0700, and nginx answers 403 for what lies in them.
    let fleet = Fleet::files(&["h1"], "");
    std::fs::set_permissions(fleet.host().base(), Permissions::from_mode(0o700)).unwrap();
    let run = fleet.deploy("1.0").expect(0);
    let base = fleet.host().base().display();
    assert!(
        run.stderr.contains(&format!("warning: h1: {base} can't be passed")) && run.stderr.contains("chmod o+x"),
        "{}",
        run.stderr
    );
}

/// The application behind its own port, deployed and healthy.
fn served() -> Fleet {
    let fleet = Fleet::serving(vec![HostSpec::new("h1")], "");
    fleet.toml(&fleet.app().toml().replace("5s", "1s"));
    fleet.deploy_app("1.0", Mode::Good).expect(0);
    fleet
}

#[test]
fn health_that_was_never_passed_is_refused_with_nothing_changed() {
    // Somebody edits [health] with the deploy: a wrong port, a wrong path, a text that is not there.
    let fleet = served();
    let toml = fleet.app().toml();
    let before = fleet.visible();
    let port = format!(":{}/", fleet.app().port());
    for wrong in [toml.replace(&port, ":1/"), toml.replace("{version}", "ready {version}")] {
        fleet.toml(&wrong);
        let run = fleet.deploy_app("1.1", Mode::Good).expect(3);
        assert!(
            run.stderr.contains("that never passed here: got ") && run.stderr.contains("--no-health -m WHY"),
            "{}",
            run.stderr
        );
        fleet.release(&["check", "view"]).expect(3);
        fleet.assert_same(&before);
        fleet.assert_live("1.0");
    }
}

#[test]
fn release_that_is_down_is_told_and_its_fix_goes_out() {
    let fleet = served();
    fleet.app().stop();
    let plan = fleet.release(&["check", "view"]).expect(0).stdout;
    assert!(plan.contains("warning: 1.0, which is live, is not healthy: got no answer"), "{plan}");
    let run = fleet.deploy_app("1.1", Mode::Good).expect(0);
    assert!(run.stderr.contains("is not healthy"), "{}", run.stderr);
    fleet.assert_live("1.1");
}

#[test]
fn undo_to_a_release_that_was_down_before_is_not_called_broken() {
    // The fix of a release that crashes at once fails as well: the host is as it was.
    let fleet = served();
    fleet.host().write("live/MODE", "crash");
    fleet.app().stop();
    let run = fleet.deploy_app("1.1", Mode::Crash).expect(5);
    assert!(run.stderr.contains("rolled back"), "{}", run.stderr);
}

#[test]
fn flag_that_stands_in_the_way_of_health_is_found() {
    // [health] asks nginx, as the README of many a tool says; the flag makes it answer 503.
    let fleet = Fleet::serving(vec![HostSpec::new("h1")], "");
    let host = fleet.host();
    let nginx = Nginx::start(&fleet.world.root().join("nginx"), host.base(), Serves::App(fleet.app().port()));
    let toml = |when: &str| {
        let own = fleet
            .app()
            .toml()
            .replace("5s", "2s")
            .replace(&format!(":{}/", fleet.app().port()), &format!(":{}/", nginx.port()));
        format!("{own}\n[maintenance]\nflag = 'ddgc_web_maintenance'\nwhen = '{when}'\n")
    };
    fleet.toml(&toml("never"));
    fleet.deploy_app("1.0", Mode::Good).expect(0);
    let pid = fleet.app().pid();
    // One that is on: refused, with the command that lowers it.
    fleet.release(&["maintenance", "on", "view"]).expect(0);
    let run = fleet.deploy_app("1.1", Mode::Good).expect(3);
    assert!(
        run.stderr.contains("the maintenance flag ddgc_web_maintenance is on and blocks [health]: got 503"),
        "{}",
        run.stderr
    );
    fleet.release(&["maintenance", "off", "view"]).expect(0);
    // One of the operation's own: found before anything is stopped, and lowered again.
    fleet.toml(&toml("always"));
    fleet.dist(&App::artifact("1.1", Mode::Good));
    assert!(fleet.release(&["plan", "view", "1.1"]).expect(0).stdout.contains("flag check"));
    let run = fleet.release(&["view", "1.1"]).expect(5);
    assert!(run.stderr.contains("the maintenance flag blocks [health]: got 503"), "{}", run.stderr);
    assert_eq!(fleet.app().pid(), pid, "it was never stopped");
    assert!(!host.path("ddgc_web_maintenance").exists());
    fleet.assert_live("1.0");
}
