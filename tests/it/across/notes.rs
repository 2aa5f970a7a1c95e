//! `release notes`: between tags, commits and targets; what is not known is said.

use super::Project;
use crate::support::{Run, Tarball};

/// 1.0 on prod, 1.1 on view: two notes in three commits between them, and a third on HEAD.
fn project() -> Project {
    let project = Project::new();
    project.ship("1.0", &["view", "prod"]);
    project.note("one");
    project.commit("nothing to do");
    project.note("two");
    project.git(&["tag", "-a", "v1.1", "-m", "it"]);
    project.ship("1.1", &["view"]);
    project.note("three");
    project
}

/// The indented lines of a range.
#[track_caller]
fn told(project: &Project, args: &[&str]) -> Vec<String> {
    let run = project.release(&[&["notes"], args].concat()).expect(0);
    run.stdout.lines().filter(|line| line.starts_with("  ")).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn between_tags_commits_and_targets_oldest_first() {
    let project = project();
    let (old, new) = (project.git(&["rev-parse", "v1.0"]), project.git(&["rev-parse", "v1.1^{}"]));
    for range in ["v1.0..v1.1", "prod..view", "prod..v1.1", &format!("{old}..{}", &new[..8]), "v1.0..HEAD~1"] {
        assert_eq!(told(&project, &[range]), ["- one", "- two"], "{range}");
    }
    for args in [&[][..], &["prod"], &["prod.."], &["v1.0"], &["..HEAD"], &["prod..main"]] {
        assert_eq!(told(&project, args), ["- one", "- two", "- three"], "{args:?}: up to HEAD");
    }
    assert_eq!(told(&project, &["view"]), ["- three"]);
    let text = project.release(&["notes", "prod..view"]).stdout;
    let shown = format!("3 commits, 2 notes from prod ({}) to view ({})\n", &old[..9], &new[..9]);
    assert!(text.starts_with(&shown), "{text}");
    assert!(text.contains("about one (A U Thor, 20"), "{text}");
    let json = project.release(&["notes", "prod..view", "--json"]).expect(0).json();
    assert_eq!((&json["from"]["name"], &json["from"]["commit"]), (&"prod".into(), &old.into()));
    assert_eq!((&json["to"]["commit"], &json["diverged"]), (&new.into(), &false.into()));
    assert_eq!((&json["commits"], &json["count"], &json["range"]), (&3.into(), &2.into(), &"prod..view".into()));
    assert_eq!(json["notes"][1]["lines"], serde_json::json!(["- two"]));
    assert_eq!(json["warnings"], serde_json::json!([]));
}

#[test]
fn an_empty_range_one_that_goes_back_and_one_that_forks_say_so() {
    let project = project();
    let run = project.release(&["notes", "v1.1..view"]).expect(0);
    assert!(run.stdout.starts_with("no commits from v1.1 ("), "{}", run.stdout);
    let run = project.release(&["notes", "view..prod"]).expect(0);
    assert!(run.stdout.contains("prod (") && run.stdout.contains("is older than view ("), "{}", run.stdout);
    project.git(&["checkout", "-q", "-b", "fork", "v1.0"]);
    project.note("forked");
    let run = project.release(&["notes", "view..fork"]).expect(0);
    assert!(
        run.stdout.contains("is not an ancestor of fork") && run.stdout.contains("lacks 3 commits"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("  - forked\n"), "{}", run.stdout);
    assert_eq!(project.release(&["notes", "view..fork", "--json"]).json()["diverged"], true);
}

#[test]
fn a_target_whose_commit_is_not_one_or_not_known_says_so() {
    let mut project = project();
    let release = |project: &Project, args: &[&str], code: i32, what: &str| {
        let run = project.release(args).expect(code);
        assert!(run.stderr.contains(what), "{what}: {}", run.stderr);
        assert!(run.stdout.is_empty() && run.stderr.contains("nothing was changed"), "{}", run.stderr);
    };
    let live = |host: &str| project.world.host(host).path(&project.world.host(host).live().unwrap());
    let meta = live("h3").join(".release.json");
    let text = std::fs::read_to_string(&meta).unwrap();
    let commit = project.git(&["rev-parse", "v1.0"]);
    let elsewhere = "5".repeat(40);
    std::fs::write(&meta, text.replace(&commit, &elsewhere)).unwrap();
    release(&project, &["notes", "prod..view"], 4, "the hosts of prod differ: h2 serves 1.0");
    let other = live("h2").join(".release.json");
    std::fs::write(&other, text.replace(&commit, &elsewhere)).unwrap();
    release(&project, &["notes", "prod..view"], 2, "prod: this repository does not have the commit 5555");
    let run = project.release(&["notes"]).expect(0);
    assert!(run.stdout.contains("warning: from the last tag, because this repository does not have 555555555"));
    assert!(run.stdout.contains("from v1.1 ("), "{}", run.stdout);
    for bad in ["HEAD", "--all", "x"] {
        [&meta, &other].iter().for_each(|file| std::fs::write(file, text.replace(&commit, bad)).unwrap());
        release(&project, &["notes", "prod..view"], 3, "the commit of 1.0, live on prod, is not known");
    }
    Tarball::new("app", "1.2").write(&project.world.project().join("dist"));
    project.release(&["view", "1.2"]).expect(0);
    release(&project, &["notes", "prod..view"], 3, "is not known");
    project.world.host_mut("h1").sshd_mut().stop();
    release(&project, &["notes", "view..HEAD"], 3, "h1");
    std::fs::remove_file(project.world.host("h2").path("live")).unwrap();
    std::fs::remove_file(project.world.host("h3").path("live")).unwrap();
    release(&project, &["notes", "prod..HEAD"], 3, "nothing is live on prod");
}

#[test]
fn what_is_no_commit_is_refused() {
    let project = project();
    project.git(&["tag", "a-tree", "HEAD^{tree}"]);
    for (range, what) in [
        ("v1.0..v9", "git knows no tag, branch or commit \"v9\""),
        ("v1.0...v1.1", "a range has two dots"),
        ("a-tree..HEAD", "\"a-tree\" is no commit (it is a tree)"),
        ("v1.0..\x1b[2J", r"\u{1b}[2J"),
        (&format!("{}..HEAD", "5".repeat(40)), "this repository does not have the commit 5555"),
    ] {
        let run = project.release(&["notes", range]).expect(2);
        assert!(run.stderr.contains(what), "{what}: {}", run.stderr);
    }
    std::fs::remove_dir_all(project.world.project().join(".git")).unwrap();
    let run = project.release(&["notes", "prod..view"]).expect(2);
    assert!(run.stderr.contains("there is no git repository here"), "{}", run.stderr);
}

#[test]
fn a_repository_needs_no_hosts_toml_and_may_be_anywhere_above() {
    let project = project();
    std::fs::remove_file(project.world.project().join("hosts.toml")).unwrap();
    assert_eq!(told(&project, &[]), ["- three"], "from the last tag");
    std::fs::create_dir_all(project.world.project().join("a/b")).unwrap();
    let mut below = project.world.release_command(&["notes", "v1.0..v1.1"]);
    below.current_dir(project.world.project().join("a/b"));
    assert!(Run::of(below).expect(0).stdout.contains("- two"));
    let run = project.release(&["notes", "prod..view"]).expect(2);
    assert!(run.stderr.contains("\"view\""), "no target without hosts.toml: {}", run.stderr);
}

#[test]
fn a_shallow_clone_says_that_it_may_be_incomplete() {
    let project = project();
    let from = format!("file://{}", project.world.project().display());
    let clone = project.world.root().join("clone");
    project.git(&["clone", "-q", "--depth", "2", &from, clone.to_str().unwrap()]);
    let mut notes = project.world.release_command(&["notes", "..HEAD"]);
    notes.current_dir(&clone);
    let run = Run::of(notes).expect(0);
    assert!(run.stdout.contains("warning: this is a shallow clone") && run.stdout.contains("may be incomplete"));
    assert!(run.stdout.contains("git fetch --unshallow"), "{}", run.stdout);
}

#[test]
fn messages_are_data() {
    let project = Project::new();
    let bad = "\x1b]8;;https://example.org\x07x\x1b[2J\u{202e}y\u{9b}";
    let message = format!("sub{bad}\r\n\r\nDEPLOYMENT NOTES:\r\n\t* {bad}\r\n\r\n> Deployment:\r\n> - quoted\r\n");
    project.commit(&message);
    project.git(&[
        "-c",
        "i18n.commitEncoding=x",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "plain\n\nDeployment: \u{fffd}",
    ]);
    let run = project.release(&["notes", "v1.0..HEAD"]).expect(0);
    let shown = r"  * \x1b]8;;https://example.org\x07x\x1b[2J\u{202e}y\x9b";
    assert!(run.stdout.contains(shown), "{}", run.stdout);
    assert!(!run.stdout.contains(|c: char| c.is_control() && c != '\n') && !run.stdout.contains('\u{202e}'));
    assert!(run.stdout.contains("  > - quoted\n"), "a quoted reply begins no section, and ends none");
    let run = project.release(&["notes", "v1.0..HEAD", "--json"]).expect(0);
    assert!(!run.stdout.trim_end().contains(char::is_control) && !run.stdout.contains('\u{202e}'), "{}", run.stdout);
    assert_eq!(run.json()["notes"][0]["lines"][0], format!("\t* {bad}"));
}

#[test]
fn nothing_that_the_repository_names_is_run() {
    let project = project();
    let ran = project.world.root().join("ran");
    let hook = project.world.write("hook", format!("#!/bin/sh\ntouch {}\n", ran.display()));
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for key in ["core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "log.showSignature", "pager.log"] {
        project.git(&["config", key, hook.to_str().unwrap()]);
    }
    assert_eq!(told(&project, &["prod..view"]), ["- one", "- two"]);
    assert!(!ran.exists());
}
