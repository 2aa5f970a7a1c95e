//! The lease: nothing that runs on a host can hang beyond it or its own timeout.

use crate::faults::site::leftovers;
use crate::support::{Fleet, HostSpec, Mode, SERVICE, eventually, is_running};

/// Free, and with nothing left over.
#[track_caller]
fn at_rest(fleet: &Fleet) {
    eventually("the host is at rest", || leftovers(fleet.host()).is_empty());
}

/// A `vault read` that waits for a login, in the file that every shell of the account sources; it ignores TERM.
#[test]
fn env_file_that_hangs_is_ended_by_its_timeout() {
    let fleet = Fleet::files(&["h1"], "[env]\nfiles = ['~/env.sh']\ntimeout = '1s'\n");
    fleet.host().write("env.sh", "export A=1\n");
    fleet.deploy("1.0").expect(0);
    let before = fleet.visible();
    fleet.host().write(
        "env.sh",
        "case $RELEASE_OPERATION in look-*) return ;; esac\ntrap '' TERM\nwhile :; do sleep 1; done\n",
    );
    let run = fleet.deploy("1.1").expect(1);
    assert!(run.stderr.contains("an [env] file was stopped: took more than 1 s"), "{}", run.stderr);
    at_rest(&fleet);
    fleet.host().write("env.sh", "export A=1\n");
    fleet.assert_same(&before);
    fleet.deploy("1.2").expect(0);
}

/// `ssh-agent`-like helpers that a profile starts: they keep every descriptor that they inherit, in a session of their own.
#[test]
fn env_file_that_leaves_a_child_behind_holds_nobody() {
    let fleet = Fleet::files(&["h1"], "[env]\nfiles = ['~/env.sh']\n");
    fleet.host().write("env.sh", "setsid sleep 300 &\n(sleep 300 &)\nexport A=1\n");
    fleet.deploy("1.0").expect(0);
    at_rest(&fleet);
}

/// `start = "gunicorn app:app"` without --daemon, the first line of many a how-to.
#[test]
fn start_in_the_foreground_is_named_as_that() {
    let fleet = Fleet::files(&["h1"], "[service]\nstop = 'true'\nstart = 'sleep 300'\ntimeout = '1s'\n");
    let run = fleet.deploy("1.0").expect(5);
    assert!(
        run.stderr.contains("took more than 1 s") && run.stderr.contains("stays in the foreground"),
        "{}",
        run.stderr
    );
    assert_eq!(fleet.host().live(), None);
    at_rest(&fleet);
}

/// supervisorctl's and old init scripts' `stop`, which fail when they may not, or when another name is meant.
#[test]
fn stop_that_fails_has_changed_nothing() {
    let fleet = Fleet::served(&["h1"], "");
    let counted = SERVICE.replace("start = \"bin/start\"", "start = \"echo x >>starts; bin/start\"");
    fleet.toml(&counted);
    fleet.deploy_app("1.0", Mode::Good).expect(0);
    let pid = fleet.app().pid();
    fleet.toml(&counted.replace("stop = \"bin/stop\"", "stop = \"exit 7\""));
    let run = fleet.deploy_app("1.1", Mode::Good).expect(5);
    assert!(run.stderr.contains("exit 7"), "{}", run.stderr);
    fleet.assert_live("1.0");
    // A second one would find the port taken, and write its own pid over that of the first, which then nobody could stop.
    assert_eq!(fleet.host().read("starts").unwrap(), "x\n", "nothing was started");
    assert_eq!(fleet.app().pid(), pid, "nothing was restarted");
    at_rest(&fleet);
}

/// A stop that waits for a process that never ends (`while kill -0 $PID`), as init scripts do: it is not waited for twice.
#[test]
fn stop_that_hangs_is_waited_for_once() {
    let fleet = Fleet::served(&["h1"], "");
    fleet.deploy_app("1.0", Mode::Good).expect(0);
    let hangs = "stop = \"echo x >>stops; trap '' TERM; sleep 300\"\ntimeout = \"1s\"";
    fleet.toml(&SERVICE.replace("stop = \"bin/stop\"", hangs));
    let run = fleet.deploy_app("1.1", Mode::Good).expect(5);
    assert!(run.stderr.contains("took more than 1 s"), "{}", run.stderr);
    assert_eq!(fleet.host().read("stops").unwrap(), "x\n");
    fleet.assert_live("1.0");
    at_rest(&fleet);
}

/// The plan says what each command may take, whoever set it.
#[test]
fn plan_tells_the_limit_of_each_command() {
    let toml = "[prepare]\nrun = ['make']\n[service]\nrestart = 'bin/restart'\ntimeout = '90s'\n";
    let fleet = Fleet::of(vec![HostSpec::new("h1")], toml);
    fleet.dist(&crate::support::Tarball::new("app", "1.0"));
    let text = fleet.release(&["plan", "view", "1.0"]).expect(0).stdout;
    assert!(text.contains("make (30 min at most)") && text.contains("bin/restart (90 s at most)"), "{text}");
}

/// The kernel's OOM killer takes the script that stops, and not what it has sent to drain: the old release answers until that is over.
#[test]
fn stop_that_is_killed_half_way_is_made_good() {
    let fleet = Fleet::served(&["h1"], "");
    fleet.deploy_app("1.0", Mode::Good).expect(0);
    let drains = "stop = \"[ ! -e killed ] || exec bin/stop; : >killed; sh -c 'echo $$ >draining; until [ -e over ]; do sleep 0.05; done; bin/stop; : >drained' & \
                  while [ ! -s draining ]; do sleep 0.01; done; kill -KILL $$\"";
    fleet.toml(&SERVICE.replace("stop = \"bin/stop\"", drains));
    let run = fleet.deploy_app("1.1", Mode::Good).expect(5);
    assert!(run.stderr.contains("exit 137"), "{}", run.stderr);
    let pid = fleet.app().pid();
    let drains = fleet.host().read("draining").unwrap().trim().parse().unwrap();
    fleet.host().write("over", "");
    eventually("nothing of the stop runs", || !is_running(drains));
    assert!(!fleet.host().path("drained").exists(), "what the stop had started was ended");
    fleet.assert_live("1.0");
    assert_eq!(fleet.app().pid(), pid);
    at_rest(&fleet);
}

/// A server that got its TERM and drains (Puma, gunicorn, php-fpm), behind a stop that is killed each time: nobody can say that it stays.
#[test]
fn stop_that_is_killed_again_while_the_old_release_answers_is_said() {
    let fleet = Fleet::served(&["h1"], "");
    fleet.deploy_app("1.0", Mode::Good).expect(0);
    fleet.toml(&SERVICE.replace("stop = \"bin/stop\"", "stop = \"kill -KILL $$\""));
    let run = fleet.deploy_app("1.1", Mode::Good).expect(4);
    assert!(
        run.stderr.contains("the stop was killed again (exit 137), and the old release still answers"),
        "{}",
        run.stderr
    );
    fleet.assert_live("1.0");
    fleet.toml(SERVICE);
    fleet.release(&["recover", "view"]).expect(0);
    fleet.assert_live("1.0");
    at_rest(&fleet);
}

/// `pkill -f myapp`, which is in the command line of its own shell: it has stopped the application, and itself each time.
#[test]
fn stop_that_kills_itself_behind_its_work_is_undone_by_a_start() {
    let fleet = Fleet::served(&["h1"], "");
    fleet.deploy_app("1.0", Mode::Good).expect(0);
    fleet.toml(&SERVICE.replace("stop = \"bin/stop\"", "stop = \"echo x >>stops; bin/stop; kill -TERM $$\""));
    let run = fleet.deploy_app("1.1", Mode::Good).expect(5);
    assert!(run.stderr.contains("exit 143"), "{}", run.stderr);
    assert_eq!(fleet.host().read("stops").unwrap(), "x\nx\n", "nobody knew how far the first had come");
    fleet.assert_live("1.0");
    at_rest(&fleet);
}
