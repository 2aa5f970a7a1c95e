//! Identity: a base knows its application, its `live` and its `releases`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Fleet, Host, Owned, Run, Tarball, World, belonging_to, eventually, signal};

/// A second hosts.toml beside the first, for the same hosts.
fn other_toml(world: &World, app: &str, toml: &str) {
    let hosts: Vec<_> = world.hosts().iter().map(Host::name).collect();
    let text = format!("app = \"{app}\"\n{toml}\n[targets.view]\nhosts = {hosts:?}\n[ssh]\nconfig = \"ssh_config\"\n");
    world.write("other.toml", text);
}

/// Runs the binary with that one.
#[track_caller]
fn other(world: &World, args: &[&str]) -> Run {
    world.release(&[&["--config", "other.toml"], args].concat())
}

/// What an operation of another application may not touch, the books included.
fn books(fleet: &Fleet) -> Vec<String> {
    let read = |path: &str| fleet.host().read(path).unwrap_or_default();
    let names = |path: &str| {
        let entries = fs::read_dir(fleet.host().path(path)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names.join(" ")
    };
    vec![read(".release/identity"), read(".release/ledger"), names(".release/manifests"), names("releases"), names(".")]
}

/// Two applications of one account, both with the default base `~` (two-apps-one-base.sh; kamal#1922 is the same between stages).
#[test]
fn another_application_is_refused_by_every_verb_that_writes() {
    let fleet = Fleet::files(&["h1"], "[maintenance]\nflag = 'flag'\n");
    fleet.deploy("1").expect(0);
    other_toml(&fleet.world, "blog", "[maintenance]\nflag = 'flag'\n");
    fleet.dist(&Tarball::new("blog", "2"));
    let before = books(&fleet);
    let verbs: [&[&str]; 12] = [
        &["view", "2"],
        &["plan", "view", "2"],
        &["rollback"],
        &["forward"],
        &["prune", "view"],
        &["prune", "view", "--dry-run"],
        &["pin", "view", "1"],
        &["maintenance", "on", "view"],
        &["lock", "view", "-m", "mine"],
        &["unlock", "view"],
        &["setup", "view"],
        &["recover", "view"],
    ];
    for args in verbs {
        let run = other(&fleet.world, args).expect(3);
        for part in ["another application, `app`", "nothing was changed", "base", "adopt view"] {
            assert!(run.stderr.contains(part), "{args:?} {part}: {}", run.stderr);
        }
    }
    assert_eq!(books(&fleet), before);
    fleet.assert_live("1");
    let check = other(&fleet.world, &["check", "view"]).expect(3);
    assert!(check.stdout.contains("another application, `app`"), "{}", check.stdout);
    let status = other(&fleet.world, &["status"]).expect(0);
    assert!(status.stdout.contains("another application, `app`"), "{}", status.stdout);
    let json = other(&fleet.world, &["status", "--json"]).expect(0).json();
    assert!(json["targets"][0]["hosts"][0]["identity"].as_str().unwrap().contains("`app`"), "{json}");
    let log = other(&fleet.world, &["log", "view"]).expect(0);
    assert!(log.stderr.contains("another application"), "{}", log.stderr);
    let ours = fleet.release(&["status", "--json"]).expect(0).json();
    assert!(ours["targets"][0]["hosts"][0]["identity"].is_null(), "{ours}");
}

/// A colleague renames `live` or `releases` in hosts.toml: the web server still follows the old one (Capistrano's deploy_to folklore).
#[test]
fn base_after_a_rename_in_hosts_toml_is_refused_with_both_names() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1").expect(0);
    let before = books(&fleet);
    for (toml, names) in [
        ("live = 'current'", "live is `live` there and `current` in hosts.toml"),
        ("releases = 'versions'", "releases is `releases` there and `versions` in hosts.toml"),
    ] {
        fleet.toml(toml);
        let run = fleet.deploy("2").expect(3);
        assert!(run.stderr.contains(names), "{}", run.stderr);
    }
    assert_eq!(books(&fleet), before);
    fleet.toml("");
    fleet.deploy("2").expect(0);
    fleet.assert_live("2");
}

/// A first try with a wrong name leaves nothing behind; what was made of it binds nobody.
#[test]
fn base_with_nothing_of_its_identity_left_takes_a_new_one() {
    let fleet = Fleet::files(&["h1"], "live = 'curent'\n[prepare]\nrun = ['false']\n");
    fleet.deploy("1").expect(1);
    fleet.toml("live = 'current'\n");
    fleet.deploy("2").expect(0);
    assert!(fleet.host().path("current").is_symlink());
    assert_eq!(fleet.host().read(".release/identity").as_deref(), Some("app releases current\n"));
}

/// Two operators at the same moment, both with a base that was empty when they looked (Deployer's lock is racy in the same place, F10).
#[test]
fn second_application_in_a_race_for_an_empty_base_is_turned_away_under_the_lock() {
    let hold = "[prepare]\nrun = ['n=0; while [ ! -e ~/go ] && [ $n -lt 300 ]; do n=$((n + 1)); sleep 0.1; done']\n";
    let fleet = Fleet::files(&["h1"], hold);
    // What a client that has looked before would say: a plan for an empty base, handed over later.
    fleet.dist(&Tarball::new("app", "1"));
    let client = fleet.world.release_bg(&["view", "1"]);
    eventually("it has begun", || fleet.host().path(".release/identity").exists());
    assert_eq!(fleet.host().read(".release/identity").as_deref(), Some("app releases live\n"));
    fleet.host().write("go", "");
    client.finish(std::time::Duration::from_secs(20)).expect(0);
    let agent = newest_agent(fleet.host().base());
    let id = "20140218-114503-lock-x";
    fleet.host().write(
        &format!(".release/new/{id}/plan"),
        "op lock\napp blog\nreleases releases\nlive live\nwho me\nsince now\nlease 60\nwas -\nprevious -\nfreeze no\n\
         record \"who\":\"me\"\nstep freeze x\nstep record\n",
    );
    for file in ["journal", "log", "sig", "hb"] {
        fleet.host().write(&format!(".release/new/{id}/{file}"), "begin\n");
    }
    let journal = fs::File::open(fleet.host().path(&format!(".release/new/{id}/journal"))).unwrap();
    let mut supervise = Command::new("sh");
    supervise.arg(&agent).args(["supervise", id]).env("RELEASE_BASE", fleet.host().base());
    supervise.envs([("RELEASE_RELEASES", "releases"), ("RELEASE_LIVE", "live")]);
    Run::of(supervise);
    let said = std::io::read_to_string(journal).unwrap();
    assert!(said.contains("end refused - this base is app, releases, live"), "{said}");
    assert!(!fleet.host().path(".release/freeze").exists());
    assert!(!fleet.host().read(".release/ledger").unwrap().contains(id));
}

/// Interrupted under one name, recovered by whoever comes next with another (two-apps-one-base.py), and by the boot hook of another.
#[test]
fn recovery_goes_by_the_names_of_the_operation_and_not_of_the_command() {
    let slow = "lease = '20s'\nreleases = 'releases-a'\nlive = 'live-a'\n[health]\ncommand = 'test $RELEASE_VERSION != 1.1 || sleep 60'\n";
    let fleet = Fleet::files(&["h1"], slow);
    fleet.deploy("1.0").expect(0);
    fleet.dist(&Tarball::new("app", "1.1"));
    let client = fleet.world.release_bg(&["view", "1.1"]);
    let live = || fs::read_link(fleet.host().path("live-a")).unwrap().display().to_string();
    eventually("1.1 is live", || live().ends_with("1.1"));
    client.sigkill();
    end_agents(fleet.host().base());
    let before = books(&fleet);
    other_toml(&fleet.world, "other", "releases = 'releases-b'\nlive = 'live-b'\n");
    fleet.dist(&Tarball::new("other", "5"));
    other(&fleet.world, &["view", "5"]).expect(3);
    other(&fleet.world, &["recover", "view"]).expect(3);
    assert_eq!(books(&fleet), before);
    assert!(live().ends_with("1.1"));
    // What a boot hook or an older client has: no names, or the wrong ones.
    let agent = newest_agent(fleet.host().base());
    run_agent(&agent, &["recover", &fleet.host().base().display().to_string(), "releases-b", "live-b"]).expect(0);
    assert!(live().ends_with("1.0"), "{}", live());
    let ledger = fleet.host().read(".release/ledger").unwrap();
    assert!(ledger.lines().last().unwrap().contains("\"outcome\":\"reverted\""), "{ledger}");
    let manifests: Vec<_> = fs::read_dir(fleet.host().path(".release/manifests")).unwrap().flatten().collect();
    assert_eq!(manifests.len(), 1, "{manifests:?}");
}

/// A host of the version before: no identity, and then one; a base whose last plan unpacked another application's is left alone.
#[test]
fn base_of_an_older_version_gets_its_identity_unless_it_was_another_applications() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1").expect(0);
    fs::remove_file(fleet.host().path(".release/identity")).unwrap();
    other_toml(&fleet.world, "blog", "");
    fleet.dist(&Tarball::new("blog", "2"));
    let run = other(&fleet.world, &["view", "2"]).expect(3);
    for part in ["another application", "`app-1`", "blog-1.tar.gz", "adopt view"] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    assert!(!fleet.host().path(".release/identity").exists());
    fleet.deploy("2").expect(0);
    assert_eq!(fleet.host().read(".release/identity").as_deref(), Some("app releases live\n"));
}

/// Two containers of one pod on one volume (Kubernetes, docker compose): each has its own process 1, and the boot id is the node's.
#[test]
fn holder_in_another_container_keeps_its_lock_and_is_named() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1").expect(0);
    let holder = container(fleet.host().base());
    eventually("it has the lock", || fleet.host().path("held").exists());
    for args in [&["view", "2"][..], &["recover", "view"]] {
        fleet.dist(&Tarball::new("app", "2"));
        let run = fleet.release(args).expect(75);
        if args[0] == "view" {
            assert!(run.stderr.contains("in another container: pid:["), "{}", run.stderr);
        }
    }
    let status = fleet.release(&["status"]).expect(0);
    assert!(status.stdout.contains("container"), "{}", status.stdout);
    assert!(fleet.host().path("held").exists());
    // Its end is not seen, but its silence is.
    drop(holder);
    eventually("it no longer beats", || {
        let lock = newest_lock(fleet.host().base());
        let hour = Command::new("touch").args(["-d", "1 hour ago"]).arg(&lock).status().unwrap();
        assert!(hour.success());
        fs::metadata(&lock).unwrap().modified().unwrap().elapsed().unwrap().as_secs() > 60
    });
    fleet.release(&["view", "2"]).expect(0);
    fleet.assert_live("2");
}

/// A lock file that the version before wrote has no namespace: it is judged by its process, as before.
#[test]
fn lock_file_of_an_older_version_is_judged_by_its_process() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1").expect(0);
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let start = stat.rsplit_once(") ").unwrap().1.split(' ').nth(19).unwrap().to_owned();
    let lock = fleet.host().write(
        ".release/lock/900",
        format!("held {} {} {start} op-1 deploy 2014-02-18T11:45:03Z ann@laptop\n", boot.trim(), std::process::id()),
    );
    let run = fleet.deploy("2").expect(75);
    assert!(run.stderr.contains("ann@laptop") && !run.stderr.contains("container"), "{}", run.stderr);
    let text = fs::read_to_string(&lock).unwrap().replace(&start, "1");
    fs::write(&lock, text).unwrap();
    fleet.deploy("2").expect(0);
}

/// A shell in a pid namespace of its own that holds the lock of this base, as the agent does.
fn container(base: &Path) -> Owned {
    let text = [
        include_str!("../../../src/agent/sh/lib.sh"),
        include_str!("../../../src/agent/sh/pulse.sh"),
        "B=$1 R=$1/.release\nlock_take op-x deploy 2014-02-18T11:45:03Z ann@laptop || exit 1\npulse_begin\n: >\"$B/held\"\nwhile sleep 0.1; do :; done\n",
    ]
    .concat();
    let script = base.join("holder.sh");
    fs::write(&script, text).unwrap();
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--kill-child", "--mount-proc", "sh"]).arg(&script).arg(base);
    Owned(command.spawn().unwrap())
}

/// Runs an agent as the session does.
fn run_agent(agent: &Path, args: &[&str]) -> Run {
    let mut command = Command::new("sh");
    command.arg(agent).args(args);
    Run::of(command)
}

fn newest_lock(base: &Path) -> std::path::PathBuf {
    let number = |path: &std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().parse::<u64>().unwrap_or(0);
    let files = fs::read_dir(base.join(".release/lock")).unwrap().flatten().map(|entry| entry.path());
    files.max_by_key(number).unwrap()
}

fn newest_agent(base: &Path) -> std::path::PathBuf {
    let files = fs::read_dir(base.join(".release")).unwrap().flatten().map(|entry| entry.path());
    files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("agent-")).max().unwrap()
}

/// Kills what an operation runs on this base, its supervisor first of all.
fn end_agents(base: &Path) {
    let mark = b"RELEASE_OPERATION=";
    let works = |pid: &u32| {
        fs::read(format!("/proc/{pid}/environ")).is_ok_and(|text| text.windows(mark.len()).any(|part| part == mark))
    };
    eventually("no supervisor is left", || {
        let agents: Vec<u32> = belonging_to(base).into_iter().filter(works).collect();
        signal("KILL", &agents);
        agents.is_empty()
    });
}
