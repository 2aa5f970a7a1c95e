//! Notes where a deploy is: in its plan, while it runs, in the ledger, and in the log of the operation.

use serde_json::Value;

use super::Project;

fn record(project: &Project, host: &str) -> Value {
    let ledger = project.world.host(host).read(".release/ledger").unwrap();
    serde_json::from_str(ledger.lines().last().unwrap()).unwrap()
}

#[test]
fn plan_deploy_ledger_and_log_say_what_is_to_be_done() {
    let project = Project::new();
    let old = project.git(&["rev-parse", "HEAD"]);
    project.build("1.0");
    let first = project.release(&["plan", "view", "1.0", "--json"]).expect(0).json();
    assert_eq!(first["notes"], Value::Null, "nothing is live yet");
    project.ship("1.0", &["view"]);
    project.commit("no note");
    let new = project.note("run \x1b[2J it's");
    project.build("1.1");
    let (heading, line) = (format!("1 note in 2 commits since {}", &old[..9]), r"- run \x1b[2J it's");

    for args in [&["plan", "view", "1.1"][..], &["view", "1.1", "--dry-run"]] {
        let text = project.release(args).expect(0).stdout;
        assert!(text.contains(&heading) && text.contains(line) && text.contains("about run"), "{text}");
    }
    let plan = project.release(&["plan", "view", "1.1", "--json"]).expect(0).json();
    assert_eq!((&plan["notes"]["from"], &plan["notes"]["to"]), (&old.into(), &new.into()));
    let deploy = project.release(&["view", "1.1"]).expect(0);
    assert!(deploy.stderr.contains(&heading) && deploy.stderr.contains(line), "{}", deploy.stderr);

    let record = record(&project, "h1");
    assert_eq!(record["notes"], plan["notes"], "what was shown is what is kept");
    let id = record["id"].as_str().unwrap();
    let log = project.release(&["log", "view", id]).expect(0).stdout;
    assert!(log.contains(&heading) && log.contains(line), "{log}");
    assert_eq!(project.release(&["log", "view", id, "--json"]).expect(0).json()["notes"], plan["notes"]);
}

#[test]
fn long_notes_are_bounded_and_the_command_for_the_rest_works() {
    let project = Project::new();
    project.ship("1.0", &["view"]);
    for step in 0..30 {
        project.note(&format!("step {step}"));
    }
    project.build("1.1");
    let events = project.release(&["view", "1.1", "--json"]).expect(0).json_lines();
    let notes = events.iter().find(|event| event["event"] == "notes").unwrap();
    assert_eq!((&notes["count"], &notes["more"]), (&30.into(), &40.into()));
    assert_eq!(notes["lines"].as_array().unwrap().len(), 20);
    assert!(record(&project, "h1").to_string().len() < 4000);
    let text = project.release(&["plan", "view", "1.1"]).expect(0).stdout;
    assert!(!text.contains("notes in"), "it is live: {text}");
    let id = record(&project, "h1")["id"].as_str().unwrap().to_owned();
    let log = project.release(&["log", "view", &id]).expect(0).stdout;
    let command = log.lines().find_map(|line| line.strip_prefix("  … 40 lines more: release ")).unwrap();
    let all = project.release(&command.split(' ').collect::<Vec<_>>()).expect(0).stdout;
    assert!(all.contains("  - step 0\n") && all.contains("  - step 29\n"), "{all}");
}

#[test]
fn a_deploy_that_goes_back_or_to_a_fork_warns() {
    let project = Project::new();
    project.build("1.0");
    project.note("one");
    project.ship("1.1", &["view"]);
    let plan = project.release(&["plan", "view", "1.0"]).expect(0).stdout;
    assert!(plan.contains("warning: 1.0 (") && plan.contains("is older than 1.1 ("), "{plan}");
    project.git(&["checkout", "-q", "v1.0"]);
    project.note("forked");
    project.build("1.2");
    let deploy = project.release(&["view", "1.2"]).expect(0).stderr;
    assert!(deploy.contains("1.1 (") && deploy.contains("is not an ancestor of 1.2 ("), "{deploy}");
    assert!(deploy.contains("- forked"), "{deploy}");
}

#[test]
fn a_deploy_needs_no_repository_for_it() {
    let project = Project::new();
    project.ship("1.0", &["view"]);
    project.note("one");
    project.build("1.1");
    project.build("1.2");
    std::fs::rename(project.world.project().join(".git"), project.world.project().join("gone")).unwrap();
    let plan = project.release(&["plan", "view", "1.1", "--json"]).expect(0).json();
    assert_eq!(plan["notes"], Value::Null);
    project.release(&["view", "1.1"]).expect(0);
    assert_eq!(record(&project, "h1")["notes"], Value::Null);
}
