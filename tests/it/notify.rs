//! `[notify]`: a command hears of each operation, and nothing that becomes of it changes one.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Fleet, Tarball, eventually, is_running};

const KEEPS: &str = "[notify]\ncommand = \"cat >>heard.jsonl\"\n";

fn heard(fleet: &Fleet) -> Vec<Value> {
    let text = fs::read_to_string(fleet.world.project().join("heard.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

#[track_caller]
fn last(fleet: &Fleet) -> Value {
    heard(fleet).pop().expect("nothing was heard")
}

#[test]
fn it_gets_what_the_ledgers_say() {
    let fleet = Fleet::files(&["h1", "h2"], KEEPS);
    fleet.deploy("1.0").expect(0);
    fleet.dist(&Tarball::new("app", "1.1"));
    fleet.release(&["view", "1.1", "-m", "for the \"talk\"\n"]).expect(0);
    let record = last(&fleet);
    let text = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
    assert_eq!([text("app"), text("target"), text("verb"), text("version")], ["app", "view", "deploy", "1.1"]);
    assert_eq!([text("outcome"), text("message")], ["done", "for the \"talk\"\n"]);
    assert_eq!((record["exit"].as_u64(), text("sha256").len()), (Some(0), 64));
    assert!(text("who").starts_with("operator@") && text("operation").contains("-deploy-"), "{record}");
    assert!(text("previous").ends_with("-1.0") && text("release").ends_with("-1.1"), "{record}");
    assert!(text("began").ends_with('Z') && text("ended") >= text("began"), "{record}");
    assert!(text("summary").contains("1.1 is live on view (2 hosts)"), "{record}");
    let hosts = record["hosts"].as_array().unwrap();
    let each: Vec<_> =
        hosts.iter().map(|host| (host["host"].as_str().unwrap(), host["state"].as_str().unwrap())).collect();
    assert_eq!(each, [("h1", "committed"), ("h2", "committed")]);
    assert!(hosts[0]["live"].as_str().unwrap().ends_with("-1.1") && hosts[1]["detail"].is_null(), "{record}");
    let log = fleet.release(&["log", "--json"]).expect(0).json();
    assert_eq!(log["operations"][0]["record"]["id"], record["operation"]);
}

#[test]
fn it_hears_of_every_operation_and_of_failed_ones() {
    let fleet = Fleet::files(&["h1"], &format!("{KEEPS}[maintenance]\nflag = \"flag\"\n"));
    fleet.deploy("1.0").expect(0);
    fleet.deploy("1.1").expect(0);
    for args in [
        &["rollback"][..],
        &["forward"],
        &["maintenance", "on", "view"],
        &["maintenance", "off", "view"],
        &["pin", "view", "1.0"],
        &["lock", "view", "-m", "why"],
    ] {
        fleet.release(args).expect(0);
    }
    let verbs: Vec<_> = heard(&fleet).iter().map(|record| record["verb"].as_str().unwrap().to_owned()).collect();
    assert_eq!(verbs, ["deploy", "deploy", "rollback", "forward", "maintenance", "maintenance", "pin", "lock"]);
    // What never began is no operation: refused, and only asked about.
    let before = heard(&fleet).len();
    fleet.deploy("1.2").expect(75);
    fleet.release(&["status"]).expect(0);
    fleet.release(&["unlock", "view"]).expect(0);
    fleet.release(&["plan", "view", "1.2"]).expect(0);
    assert_eq!(heard(&fleet).len(), before + 1);
    fleet.host().write("secret", "secret-of-the-host\n");
    fleet.toml(&format!("{KEEPS}[activate]\nrun = [\"cat ~/secret; false\"]"));
    fleet.release(&["view", "1.2"]).expect(5);
    let record = last(&fleet);
    assert_eq!((record["outcome"].as_str(), record["exit"].as_u64()), (Some("rolled_back"), Some(5)));
    assert_eq!(record["hosts"][0]["state"], "rolled_back");
    assert!(record["hosts"][0]["live"].as_str().unwrap().ends_with("-1.1"), "{record}");
    assert!(record["summary"].as_str().unwrap().contains("cat ~/secret; false: exit 1"), "{record}");
    assert!(!record.to_string().contains("secret-of-the-host"), "what commands print is not told: {record}");
}

#[test]
fn no_value_of_env_reaches_it() {
    let toml =
        format!("{KEEPS}[env]\nvars = {{ GREETING = 'hunter2' }}\n[prepare]\nrun = ['test \"$GREETING\" = hunter2']");
    let fleet = Fleet::files(&["h1"], &toml);
    fleet.deploy("1.0").expect(0);
    assert!(!last(&fleet).to_string().contains("hunter2"));
}

#[test]
fn one_that_fails_is_one_line_and_no_more() {
    for (command, said) in [
        (r#"echo no >&2; printf 'chat is \033[31mdown\n' >&2; exit 7"#, "exit 7: chat is \\x1b[31mdown"),
        ("exit 1", "exit 1: and said nothing"),
        ("kill -9 $$", "killed by a signal"),
        ("./not-there", "exit 127: "),
    ] {
        let fleet = Fleet::files(&["h1"], &format!("[notify]\ncommand = '''{command}'''\n"));
        let run = fleet.deploy("1.0").expect(0);
        let warnings: Vec<_> =
            run.stderr.lines().filter(|line| line.starts_with("warning: the command of [notify]")).collect();
        assert!(warnings.len() == 1 && warnings[0].contains(said), "{said}: {}", run.stderr);
        assert!(run.stderr.contains("1.0 is live on view"), "{}", run.stderr);
        let run = fleet.release(&["--json", "pin", "view", "1.0"]).expect(0);
        assert_eq!(run.json_lines().last().unwrap()["event"], "ended", "stdout has events and nothing else");
    }
}

#[test]
fn one_that_hangs_is_ended_and_one_that_reads_nothing_is_fine() {
    let hangs = "echo $$ >pid; sleep 600 & echo $! >child; wait";
    let fleet = Fleet::files(&["h1"], &format!("[notify]\ncommand = '{hangs}'\ntimeout = \"1s\"\n"));
    let run = fleet.deploy("1.0").expect(0);
    assert!(run.stderr.contains("took more than 1 s and was ended"), "{}", run.stderr);
    assert!(run.took < Duration::from_secs(20), "{:?}", run.took);
    for file in ["pid", "child"] {
        let pid = fs::read_to_string(fleet.world.project().join(file)).unwrap().trim().parse().unwrap();
        eventually("it was ended", || !is_running(pid));
    }
    fleet.toml("[notify]\ncommand = 'exec 0<&-; (sleep 3; echo late >late) & exit 0'");
    let started = Instant::now();
    let run = fleet.release(&["pin", "view", "1.0"]).expect(0);
    assert!(!run.stderr.contains("[notify]"), "{}", run.stderr);
    assert!(started.elapsed() < Duration::from_secs(3), "what it leaves running is not waited for");
    eventually("it went on", || fleet.world.project().join("late").exists());
}

#[test]
fn ctrl_c_stops_waiting_for_it() {
    let fleet = Fleet::files(&["h1"], "[notify]\ncommand = \"touch begun; sleep 600\"\n");
    let deploy = fleet.deploy_bg("1.0");
    eventually("it runs", || fleet.world.project().join("begun").exists());
    deploy.signal("INT");
    let run = deploy.finish(Duration::from_secs(20)).expect(0);
    assert!(run.stderr.contains("the command of [notify] failed: interrupted"), "{}", run.stderr);
    fleet.assert_live("1.0");
}

#[test]
fn a_target_may_have_its_own_and_it_runs_beside_hosts_toml() {
    let fleet = Fleet::files(&["h1"], KEEPS);
    fleet.dist(&Tarball::new("app", "1.0"));
    fleet.world.hosts_toml(
        "app = \"app\"\n[notify]\ncommand = \"cat >>heard.jsonl\"\n[targets.view]\nhosts = [\"h1\"]\n\
         [targets.view.notify]\ncommand = \"cat >>own.jsonl\"\n",
    );
    fs::create_dir(fleet.world.project().join("below")).unwrap();
    let mut below = fleet.world.release_command(&["view", "1.0"]);
    below.current_dir(fleet.world.project().join("below"));
    crate::support::Run::of(below).expect(0);
    assert!(heard(&fleet).is_empty() && fleet.world.project().join("own.jsonl").exists());
}
