//! `release status` along `requires`: how far prod is behind view, in numbers and in one sentence.

use std::time::Duration;

use serde_json::{Value, json};

use super::Project;
use super::project::TOML;
use crate::support::{Tarball, eventually};

#[track_caller]
fn says(project: &Project, code: i32, sentence: &str) {
    let run = project.release(&["status"]).expect(code);
    assert!(run.stdout.contains(sentence), "{sentence}: {}", run.stdout);
}

#[test]
fn counts_commits_schema_changes_and_notes() {
    let project = Project::new();
    project.ship("1.0", &["view", "prod"]);
    assert_eq!(project.behind()["commits"], 0);
    says(&project, 0, "\nprod serves what view serves\n");
    (0..9).for_each(|n| drop(project.commit(&format!("commit {n}"))));
    project.file("schema.sql", "create table a (id int);");
    project.note("one");
    project.note("two");
    project.file("sql/1.1/01-a.sql", "select 1;");
    project.note("three");
    project.ship("1.1", &["view"]);
    let schema = "[schema]\nurl = \"sqlite:no.db\"\ndesired = \"schema.sql\"\nversions = \"sql\"\n";
    project.world.hosts_toml(&TOML.replace("[targets.view]", &format!("{schema}[targets.view]")));
    let behind = project.behind();
    for (key, value) in [
        ("target", json!("prod")),
        ("of", json!("view")),
        ("commits", json!(14)),
        ("schema_changes", json!(2)),
        ("notes", json!(3)),
        ("ahead", json!(0)),
        ("diverged", json!(false)),
        ("reason", Value::Null),
        ("from", json!(project.git(&["rev-parse", "v1.0"]))),
        ("to", json!(project.git(&["rev-parse", "HEAD"]))),
    ] {
        assert_eq!(behind[key], value, "{key}: {behind}");
    }
    says(&project, 0, "prod is behind view by 14 commits, 2 schema changes and 3 notes\n  release notes prod..view\n");
    let one = project.release(&["status", "prod", "--json"]).expect(0).json();
    assert_eq!(one["behind"], json!([]), "view was not asked");
}

#[test]
fn ahead_and_diverged_are_not_behind() {
    let project = Project::new();
    project.ship("1.0", &["view"]);
    project.note("one");
    project.ship("1.1", &["view", "prod"]);
    project.release(&["rollback", "view"]).expect(0);
    says(&project, 0, "prod is ahead of view by 1 commit\n");
    let behind = project.behind();
    assert_eq!((&behind["commits"], &behind["ahead"], &behind["diverged"]), (&json!(0), &json!(1), &json!(true)));
    project.git(&["checkout", "-q", "v1.0"]);
    project.note("forked");
    project.commit("and more");
    project.ship("1.2", &["view"]);
    let behind = project.behind();
    assert_eq!((&behind["commits"], &behind["ahead"], &behind["diverged"]), (&json!(2), &json!(1), &json!(true)));
    says(
        &project,
        0,
        "prod and view have diverged: prod lacks 2 commits, no schema changes and 1 note of view, and has 1 of its own\n",
    );
}

#[test]
fn what_is_not_known_is_null_and_says_why() {
    let mut project = Project::new();
    let unknown = |project: &Project, code: i32, reason: &str| {
        let behind = project.behind();
        for key in ["commits", "schema_changes", "notes", "ahead", "diverged"] {
            assert_eq!(behind[key], Value::Null, "{key}: {behind}");
        }
        assert!(behind["reason"].as_str().unwrap().contains(reason), "{reason}: {behind}");
        says(project, code, "how far prod is behind view is not known: ");
        says(project, code, reason);
    };
    unknown(&project, 0, "nothing is live on prod, and nothing is live on view");
    project.ship("1.0", &["view", "prod"]);
    // What serves the same commit is equal, whoever knows it.
    project.commit("more");
    project.ship("1.0.1", &["view"]);
    let git = project.world.project().join(".git");
    std::fs::rename(&git, project.world.root().join("git")).unwrap();
    unknown(&project, 0, "there is no git repository here");
    std::fs::rename(project.world.root().join("git"), &git).unwrap();
    project.commit("lost");
    project.ship("1.1", &["view"]);
    let lost = project.git(&["rev-parse", "--short=9", "HEAD"]);
    project.git(&["reset", "-q", "--hard", "v1.0"]);
    project.git(&["-c", "gc.reflogExpireUnreachable=now", "reflog", "expire", "--expire=now", "--all"]);
    project.git(&["gc", "-q", "--prune=now"]);
    unknown(&project, 0, &format!("this repository does not have {lost}, which is live on view"));
    Tarball::new("app", "1.2").write(&project.world.project().join("dist"));
    project.release(&["view", "1.2"]).expect(0);
    unknown(&project, 0, "the commit of 1.2, live on view, is not known");
    project.world.host_mut("h1").sshd_mut().stop();
    unknown(&project, 3, "h1 of view can't be reached");
}

#[test]
fn a_schema_with_a_tool_of_its_own_changes_nobody_knows_when() {
    let project = Project::new();
    project.ship("1.0", &["view", "prod"]);
    project.commit("one");
    project.ship("1.1", &["view"]);
    let schema = "[schema]\ncommand = { check = \"true\", up = \"true\" }\n[targets.view]";
    project.world.hosts_toml(&TOML.replace("[targets.view]", schema));
    let behind = project.behind();
    assert_eq!((&behind["commits"], &behind["schema_changes"]), (&json!(1), &Value::Null));
    assert!(behind["reason"].as_str().unwrap().contains("tool of its own"), "{behind}");
    says(&project, 0, "prod is behind view by 1 commit, an unknown number of schema changes and no notes\n");
}

#[test]
fn hosts_of_one_target_that_differ_come_first() {
    let project = Project::new();
    project.ship("1.0", &["view", "prod"]);
    project.world.hosts_toml(&TOML.replace("\"h2\", ", ""));
    project.commit("one");
    project.ship("1.1", &["view", "prod"]);
    project.world.hosts_toml(TOML);
    let run = project.release(&["status"]).expect(4);
    assert!(run.stdout.starts_with("prod: its hosts serve different releases: h2 serves 1.0, h3 serves 1.1\n"));
    let rows: Vec<_> = run.stdout.lines().filter_map(|line| line.split_once("  h")?.0.into()).collect();
    assert_eq!(rows, ["prod  ", "prod  ", "view  "], "{}", run.stdout);
    let document = project.release(&["status", "--json"]).expect(4).json();
    let names: Vec<_> = (0..2).map(|n| (&document["targets"][n]["name"], &document["targets"][n]["differ"])).collect();
    assert_eq!(names, [(&json!("view"), &json!(false)), (&json!("prod"), &json!(true))], "in the order of the file");
    assert!(document["behind"][0]["reason"].as_str().unwrap().contains("the hosts of prod differ: h2 serves 1.0"));
}

#[test]
fn watching_sees_a_target_catch_up() {
    let project = Project::new();
    project.ship("1.0", &["view", "prod"]);
    project.note("one");
    project.ship("1.1", &["view"]);
    let mut watch = project.world.release_bg(&["status", "--watch"]);
    watch.await_text("prod is behind view by 1 commit, no schema changes and 1 note");
    project.release(&["prod", "1.1"]).expect(0);
    eventually("the sentence to change", || watch.stdout().contains("prod serves what view serves"));
    watch.ctrl_c();
    watch.finish(Duration::from_secs(10)).expect(0);
}

#[test]
fn a_host_that_is_silent_is_not_counted_and_named() {
    let mut project = Project::new();
    project.ship("1.0", &["view", "prod"]);
    project.note("one");
    project.ship("1.1", &["view"]);
    project.world.host_mut("h3").sshd_mut().stop();
    says(&project, 3, "prod is behind view by 1 commit, no schema changes and 1 note\n");
    says(&project, 3, "not counting h3 of prod, which can't be reached\n");
    assert_eq!(project.behind()["incomplete"], json!(["not counting h3 of prod, which can't be reached"]));
}
