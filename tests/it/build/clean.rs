//! HEAD must be clean, before the tests and after them.

use std::fs;

use super::Project;

/// Facts item 60.
#[test]
fn a_work_tree_that_differs_is_refused_and_says_where() {
    let project = Project::new("");
    let repo = project.repo();
    for (change, line) in [
        (&["sh", "-c", "echo more >> VERSION"][..], "modified  VERSION"),
        (&["sh", "-c", "echo x > new.pl; git add new.pl"], "added     new.pl"),
        (&["rm", "lib/App.pm"], "deleted   lib/App.pm"),
        (&["git", "rm", "-q", "--cached", "VERSION"], "deleted   VERSION"),
        (&["chmod", "-x", "bin/run"], "modified  bin/run"),
        (&["sh", "-c", "rm main; ln -s VERSION main"], "modified  main"),
        (&["sh", "-c", "mkdir -p deep/er; echo x > deep/er/new"], "new       deep/er/new"),
    ] {
        let mut command = project.world.command(change[0]);
        command.args(&change[1..]);
        crate::support::Run::of(command).expect(0);
        let run = project.refused(&[], 3, &["the work tree is not clean", line, "git commit or git stash"]);
        assert!(run.stderr.contains("1 path ") || run.stderr.contains("2 paths"), "{}", run.stderr);
        project.release(&["view"]).expect(3);
        project.release(&["plan", "view"]).expect(3);
        repo.git(&["reset", "-q", "--hard"]);
        repo.git(&["clean", "-fdq"]);
    }
    for n in 0..30 {
        project.world.write(&format!("many/{n}"), "x");
    }
    let run = project.refused(&[], 3, &["not clean: 30 paths", "and 20 more"]);
    assert!(run.stderr.lines().count() < 20, "{}", run.stderr);
    // A commit that is named has nothing to do with what lies in the work tree.
    project.release(&["build", "main"]).expect(0);
    project.refused(&["HEAD"], 3, &["not clean"]);
}

#[test]
fn what_is_ignored_or_the_tools_own_is_no_change() {
    let project = Project::new("include = ['public']");
    project.world.write("debug.log", "ignored");
    project.world.write("public/app.css", "included");
    project.repo().git(&["rm", "-q", "--cached", "hosts.toml"]);
    project.repo().git(&["commit", "-q", "-m", "hosts.toml is not for everybody"]);
    for _ in 0..2 {
        project.release(&["build"]).expect(0);
        project.release(&["build", "-o", "out"]).expect(0);
    }
    let local = fs::read_to_string(project.world.project().join("hosts.toml")).unwrap();
    let root = project.world.root().join("view");
    project.world.write("hosts.toml", local.replace(root.to_str().unwrap(), "deployed"));
    for _ in 0..2 {
        project.release(&["view", "--force-new-build"]).expect(0);
    }
    assert!(project.world.project().join("deployed/live/VERSION").exists());
}

#[test]
fn tests_must_pass_in_a_clean_checkout() {
    let project =
        Project::new("test = 'ls -a; cat VERSION; test ! -e debug.log && test -x bin/run && echo not ok >&2; exit 7'");
    project.world.write("debug.log", "only in the work tree");
    let run = project.refused(&[], 1, &["did not pass", "0.940", "not ok", "exit status: 7"]);
    assert!(!run.stderr.contains("debug.log\n") && !run.stderr.contains(".git\n"), "{}", run.stderr);
    let run = project.release(&["view"]).expect(1);
    assert!(run.stderr.contains("not ok") && !project.world.root().join("view/live").exists(), "{}", run.stderr);
    project.toml("test = 'echo ok $RELEASE_VERSION; echo ok $RELEASE_COMMIT >&2'");
    let head = project.repo().commit("passes", &[]);
    let run = project.release(&["build"]).expect(0);
    assert!(run.stderr.contains("echo ok") && !run.stderr.contains(&format!("| ok {head}")), "{}", run.stderr);
    let run = project.release(&["build", "-v", "-o", "out"]).expect(0);
    assert!(run.stderr.contains("| ok 0-2-g") && run.stderr.contains(&format!("| ok {head}")), "{}", run.stderr);
    let quiet = project.release(&["build", "-q", "-o", "out"]).expect(0);
    assert_eq!(quiet.stderr, "");
}

/// The DDGC notes: "Travis CI configs may be changed by processes invoked by release".
#[test]
fn tests_must_leave_it_clean() {
    let project =
        Project::new("test = 'echo perl: 5.16 >> .travis.yml; rm VERSION; echo x > lib/Generated.pm; touch x.log'");
    let words =
        ["[build] test", "modified  .travis.yml", "deleted   VERSION", "new       lib/Generated.pm", ".gitignore"];
    let run = project.refused(&[], 3, &words);
    assert!(!run.stderr.contains("new       x.log"), "{}", run.stderr);
    project.toml(
        "test = 'mkdir -p cover; echo x > cover/x; touch x.log; cp VERSION v; cp v VERSION; rm v'\ninclude = ['cover']",
    );
    project.repo().commit("better", &[]);
    project.release(&["build"]).expect(0);
}
