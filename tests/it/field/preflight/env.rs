//! The files of `[env]` are read beforehand, as the operation will read them, and nothing of that stays.

use crate::support::{Fleet, HostSpec, Userland, belonging_to, eventually};

const TOML: &str = "[env]\nfiles = ['~/app.env']\n";

/// Check and deploy say this, and have left nothing behind.
#[track_caller]
fn all_say(fleet: &Fleet, expected: &str) {
    let check = fleet.release(&["check", "view"]).expect(3);
    assert!(check.stdout.contains(&format!("1 reason against it\n  - {expected}")), "{expected}: {}", check.stdout);
    let run = fleet.release(&["view", "1.0"]).expect(3);
    assert!(run.stderr.contains(expected) && run.stderr.contains("nothing was changed"), "{expected}: {}", run.stderr);
    assert!(!fleet.host().path(".release").exists());
}

/// rvm that moved, `[ -z "$PS1" ] && exit` of Debian's .bashrc, a file from Windows, one that was cut by an editor.
#[test]
fn env_file_that_fails_is_told_by_check_and_plan_as_by_the_step() {
    for userland in [Userland::Gnu, Userland::BusyBox] {
        let fleet = Fleet::of(vec![HostSpec::new("h1").userland(userland)], TOML);
        let host = fleet.host();
        fleet.dist(&crate::support::Tarball::new("app", "1.0"));
        let file = host.path("app.env").display().to_string();
        let bash = matches!(userland, Userland::Gnu);
        let line = |line: u32, rc: u32| match bash {
            true => format!("an [env] file failed: {file}, line {line}: exit {rc}"),
            false => format!("an [env] file failed: {file}, which failed or ended the shell: exit "),
        };
        let ended = |rc: u32| format!("an [env] file failed: {file}, which failed or ended the shell: exit {rc}");
        for (text, expected) in [
            ("KEY=1\n[ -z \"$NOBODY\" ] && exit 0\n", ended(0)),
            ("KEY=1\n. /nonexistent/rvm\n", line(2, 1)),
            ("KEY=1\r\n", format!("an [env] file failed: {file}, line 1: ends in a carriage return")),
            ("exec true\n", "an [env] file failed".into()),
        ] {
            host.write("app.env", text);
            all_say(&fleet, &expected);
            // And the step itself, for one that fails only later.
            host.write("app.env", format!("case $RELEASE_OPERATION in look-*) return ;; esac\n{text}"));
            if !text.contains('\r') {
                let run = fleet.deploy("1.0").expect(1);
                let expected = expected.replace("line 2", "line 3");
                assert!(run.stderr.contains(&expected), "{expected}: {}", run.stderr);
                std::fs::remove_dir_all(host.path(".release")).unwrap();
            }
        }
        host.write("app.env", "if true; then\n");
        for args in [&["plan", "view", "1.0"][..], &["view", "1.0", "--dry-run"]] {
            let run = fleet.release(args).expect(3);
            assert!(run.stderr.contains("an [env] file failed"), "{args:?}: {}", run.stderr);
        }
    }
}

/// `vault read` and `pass show` that wait for somebody, and have a helper that left its session; TERM is ignored.
#[test]
fn env_file_that_hangs_is_ended_beforehand_in_its_timeout() {
    for userland in [Userland::Gnu, Userland::BusyBox] {
        let fleet = Fleet::of(vec![HostSpec::new("h1").userland(userland)], &format!("{TOML}timeout = '1s'\n"));
        fleet.dist(&crate::support::Tarball::new("app", "1.0"));
        fleet.host().write("app.env", "trap '' TERM\nsetsid sleep 301 &\nwhile :; do sleep 1; done\n");
        for args in [&["check", "view"][..], &["view", "1.0"]] {
            let run = fleet.release(args).expect(3);
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(said.contains("an [env] file was stopped: took more than 1 s"), "{said}");
        }
        eventually("nothing runs any more", || sleepers(&fleet) == 0);
    }
}

/// `eval "$(ssh-agent)"` in a profile: one more agent with each look, on a host that is looked at every minute by a monitor.
#[test]
fn env_file_that_leaves_a_helper_has_it_ended_after_a_look() {
    let fleet = Fleet::files(&["h1"], TOML);
    fleet.host().write("app.env", "setsid sleep 301 >/dev/null 2>&1 &\nexport A=1\n");
    fleet.release(&["check", "view"]).expect(0);
    eventually("nothing runs any more", || sleepers(&fleet) == 0);
    assert!(!fleet.host().path(".release").exists());
}

/// Ctrl-C, and a laptop's lid, while a file hangs: the default limit is half a minute, and the client is gone.
#[test]
fn env_file_that_hangs_ends_with_the_client_that_asked() {
    let fleet = Fleet::files(&["h1"], TOML);
    fleet.host().write("app.env", ": >~/began\nsleep 301\n");
    let client = fleet.world.release_bg(&["check", "view"]);
    eventually("it hangs", || fleet.host().path("began").exists());
    client.sigkill();
    eventually("nothing runs any more", || sleepers(&fleet) == 0);
}

/// `set -x` in a sourced file, and a shell that quotes the line it can't read: both print values.
#[test]
fn what_a_failing_env_file_prints_is_masked_in_the_refusal() {
    let fleet = Fleet::files(&["h1"], TOML);
    fleet.dist(&crate::support::Tarball::new("app", "1.0"));
    fleet.host().write("app.env", "export API_TOKEN=hunter2canary\necho \"no login for $API_TOKEN\" >&2\nfalse\n");
    let check = fleet.release(&["check", "view"]).expect(3);
    assert!(check.stdout.contains("line 3: exit 1 (no login for ***)"), "{}", check.stdout);
    let runs =
        [fleet.release(&["-v", "view", "1.0"]).expect(3), fleet.release(&["plan", "view", "1.0"]).expect(3), check];
    assert!(runs.iter().all(|run| !format!("{}{}", run.stdout, run.stderr).contains("hunter2")), "{runs:?}");
}

/// Ansible's and Chef's env files with `set -eu` at their top, which read RELEASE_VERSION; there is no base before the first deploy.
#[test]
fn env_file_that_reads_the_release_is_no_reason_before_the_first_deploy() {
    let fleet = Fleet::files(&["h1"], &format!("base = '~/srv/app'\n{TOML}"));
    fleet.host().write(
        "app.env",
        "set -eu\nexport SENTRY_RELEASE=$RELEASE_VERSION CACHE=$RELEASE_DIR/cache\n: \"$RELEASE_NAME\"\n",
    );
    fleet.release(&["check", "view"]).expect(0);
    assert!(!fleet.host().path("srv").exists());
    fleet.deploy("1.0").expect(0);
    fleet.deploy("1.1").expect(0);
    // A rollback makes the same environment.
    fleet.host().write("app.env", "cd /nowhere\n");
    let before = fleet.visible();
    let run = fleet.release(&["rollback", "view"]).expect(3);
    assert!(run.stderr.contains("line 1: exit 1"), "{}", run.stderr);
    fleet.assert_same(&before);
}

fn sleepers(fleet: &Fleet) -> usize {
    let sleeps =
        |pid: &u32| std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line == b"sleep\x00301\x00");
    belonging_to(fleet.host().base()).iter().filter(|pid| sleeps(pid)).count()
}
