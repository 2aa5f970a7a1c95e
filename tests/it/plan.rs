//! `release plan` and `--dry-run`: what a deploy would do, all of it, and nothing done.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{App, Fleet, HostSpec, Mode, Run, SERVICE};

const TOML: &str = r#"
shared = ["log"]
keep = 2

[env]
vars = { NOTE = "it's 1" }

[prepare]
run = ["test -f VERSION", "echo 'it is prepared'"]

[maintenance]
flag = "down"
when = "always"

[activate]
clear = ["cache"]
copy = [{ from = "www", to = "docroot" }]
run = ["true"]
"#;

fn fleet(hosts: &[&str]) -> Fleet {
    let specs = hosts.iter().map(|h| HostSpec::new(h)).collect();
    Fleet::serving(specs, &format!("{TOML}{SERVICE}"))
}

#[test]
fn it_changes_nothing_and_is_what_the_deploy_then_does() {
    let fleet = fleet(&["h1", "h2"]);
    ["1", "2", "3", "4"].iter().for_each(|v| drop(fleet.deploy_app(v, Mode::Good).expect(0)));
    fleet.dist(&App::artifact("5", Mode::Good));
    let before: Vec<_> = fleet.world.hosts().iter().map(|h| h.state().without(&["app.log"])).collect();
    let plan = fleet.release(&["plan", "view", "5", "--json"]).expect(0).json();
    let same = fleet.release(&["view", "5", "--dry-run", "--json"]).expect(0).json();
    fleet.release(&["rollback", "--dry-run"]).expect(0);
    for (host, before) in fleet.world.hosts().iter().zip(&before) {
        before.assert_same(&host.state().without(&["app.log"]));
    }
    let steps = |plan: &Value, host: usize| -> Vec<String> {
        let steps = plan["hosts"][host]["steps"].as_array().unwrap();
        steps.iter().map(|step| step["step"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(steps(&plan, 0), steps(&same, 0));
    assert!(steps(&plan, 0).contains(&"prune".into()), "{plan}");

    let events = fleet.release(&["view", "5", "--json"]).expect(0).json_lines();
    for (at, host) in fleet.world.hosts().iter().enumerate() {
        let of_host = |event: &&Value| event["event"] == "step_started" && event["host"] == host.name();
        let ran: Vec<_> = events.iter().filter(of_host).map(|e| e["step"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ran, steps(&plan, at), "events");
        let id = host.read(".release/ledger").unwrap().lines().rev().find_map(|line| {
            let record: Value = serde_json::from_str(line).unwrap();
            (record["op"] == "deploy").then(|| record["id"].as_str().unwrap().to_owned())
        });
        let journal = host.read(&format!(".release/logs/{}/journal", id.unwrap())).unwrap();
        let done = |word: &str| journal.lines().filter(|l| l.split(' ').nth(1) == Some(word)).count();
        assert_eq!((done("do"), done("ok")), (ran.len(), ran.len()), "{journal}");
    }
}

#[test]
fn people_see_the_commands_and_what_goes() {
    let fleet = fleet(&["h1"]);
    fleet.deploy_app("4", Mode::Good).expect(0);
    fleet.dist(&App::artifact("5", Mode::Good));
    let text = fleet.release(&["plan", "view", "5"]).expect(0).stdout;
    for part in ["h1", "-4", "NOTE=...", "echo 'it is prepared'", "bin/stop", "bin/start", "down", "cache", "docroot"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("it's 1"), "values of variables may be secret: {text}");
}

#[test]
fn the_script_is_shell() {
    let fleet = fleet(&["h1"]);
    fleet.dist(&App::artifact("1", Mode::Good));
    let script = fleet.release(&["plan", "view", "1", "--script"]).expect(0).stdout;
    assert!(script.contains("step swap"), "the plan's data is there");
    let file = fleet.world.write("plan.sh", &script);
    for shell in [&["dash"][..], &["bash"], &["busybox", "sh"]] {
        let mut check = Command::new(shell[0]);
        check.args(&shell[1..]).arg("-n").arg(&file).stdin(Stdio::null());
        Run::of(check).expect(0);
    }
}

#[test]
fn it_is_refused_as_the_deploy_would_be() {
    let fleet = fleet(&["h1"]);
    fleet.dist(&App::artifact("1", Mode::Good));
    fleet.host().write("live", "a file");
    fleet.release(&["plan", "view", "1"]).expect(3);
    fleet.release(&["plan", "view", "2"]).expect(2);
    fleet.release(&["plan", "vieww", "1"]).expect(2);
}
