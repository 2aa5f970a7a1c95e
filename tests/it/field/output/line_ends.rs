//! Whatever is printed ends its last line: a prompt behind it, `while read`, `cat` of two logs and `diff` go by that.

use std::fs;

use crate::build::Project;
use crate::support::Run;

#[track_caller]
fn ends_its_lines(args: &[&str], run: &Run) {
    for (name, text) in [("stdout", &run.stdout), ("stderr", &run.stderr)] {
        assert!(text.is_empty() || text.ends_with('\n'), "{args:?} on {name} (exit {}): {text:?}", run.code);
        assert!(!text.ends_with("\n\n\n"), "{args:?} on {name}: {text:?}");
    }
}

/// Sources without a newline at their end: a schema that an editor on Windows wrote, `git commit -m`, `printf` in a hook.
fn project() -> Project {
    let project = Project::new("test = 'printf tested'\nversion_files = ['VERSION']");
    let toml = fs::read_to_string(project.world.project().join("hosts.toml")).unwrap();
    let more = "[prepare]\nrun = ['printf prepared']\n[service]\nrestart = 'printf started; printf oops >&2'\n\
                [health]\ncommand = 'printf well'\nexpect = 'well'\n[maintenance]\nflag = 'down'\n\
                [schema]\nurl = 'sqlite:shared/app.db'\ndesired = 'schema.sql'\n[notify]\ncommand = 'printf told'\n";
    let prod = project.world.root().join("prod");
    let text = format!("{toml}{more}[targets.prod]\nhosts = ['local:{}']\n", prod.display());
    let repo = project.repo();
    repo.commit(
        "1.0\n\nDeployment:\n\n- a note without an end",
        &[("hosts.toml", &text), ("VERSION", "1.0"), ("schema.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY)")],
    );
    repo.tag("1.0");
    let schema = "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT)";
    repo.commit("1.1\n\nDeployment:\n\n- another", &[("VERSION", "1.1"), ("schema.sql", schema)]);
    repo.tag("1.1");
    project
}

/// Where from: `release log view 2014...` of an operation whose last command printed without a newline left the prompt on the same line.
#[test]
fn every_command_ends_its_last_line() {
    let project = project();
    let failed = fs::read_to_string(project.world.project().join("hosts.toml")).unwrap();
    let run = |code: i32, args: &[&str]| {
        let run = project.release(args);
        ends_its_lines(args, &run);
        assert_eq!(run.code, code, "{args:?}: {run:?}");
        run
    };
    // With the code that each ends with: what was refused has not said what is asked for here.
    for (code, args) in [
        (0, &["build", "1.0"][..]),
        (0, &["-v", "build", "1.1"]),
        (0, &["view", "1.0", "--dry-run", "--sql"]),
        (0, &["-v", "view", "1.0"]),
        (0, &["view", "1.1", "--dry-run", "--script"]),
        (0, &["view", "1.1", "--dry-run", "--sql"]),
        (0, &["plan", "view", "1.1"]),
        (0, &["plan", "view", "1.1", "--script"]),
        (0, &["plan", "view", "1.1", "--sql"]),
        (0, &["notes", "1.0..1.1"]),
        (0, &["schema", "status", "view"]),
        (1, &["schema", "diff", "view"]),
        (0, &["view", "1.1"]),
        (0, &["schema", "diff", "view"]),
        (0, &["promote", "view", "prod", "--dry-run"]),
        (0, &["-q", "promote", "view", "prod"]),
        (2, &["rollback"]),
        (0, &["rollback", "view"]),
        (0, &["forward", "view"]),
        (0, &["status"]),
        (0, &["log", "view"]),
        (0, &["maintenance", "on", "view"]),
        (0, &["maintenance", "off", "view"]),
        (0, &["lock", "view", "-m", "why"]),
        (0, &["unlock", "view"]),
        (0, &["recover", "view"]),
        (0, &["prune", "view", "--dry-run"]),
        (0, &["pin", "view", "1.0"]),
        (0, &["unpin", "view", "1.0"]),
        (0, &["check", "view"]),
        (0, &["check", "--config"]),
        (0, &["adopt", "view"]),
        (0, &["catch-up", "view"]),
        (0, &["setup", "view"]),
        (2, &["cut", "1.2", "--dry-run"]),
        (0, &["cut", "1.2", "--target", "view", "--no-push", "--dry-run"]),
        (0, &["completions", "bash"]),
        (0, &["completions", "fish"]),
        (0, &["man"]),
        (0, &["help"]),
        (0, &["help", "deploy"]),
        (2, &["help", "hosts.toml"]),
        (0, &["--help"]),
        (0, &["--version"]),
        (0, &["schema", "--help"]),
        (2, &["init"]),
        (2, &["no-such-verb"]),
        (3, &["log", "view", "no-such-operation"]),
        (2, &["view", "9.9"]),
        (2, &[]),
    ] {
        run(code, args);
    }
    let which = run(2, &["cut", "1.2", "--dry-run"]).stderr;
    assert!(which.contains("name it with --target"), "its one argument is the version: {which}");
    // The same as JSON, where there is one.
    for (code, verb) in [
        (0, &["status"][..]),
        (0, &["log", "view"]),
        (0, &["plan", "view", "1.1"]),
        (0, &["notes", "1.0..1.1"]),
        (0, &["schema", "status", "view"]),
        (0, &["schema", "diff", "view"]),
        (0, &["check", "view"]),
        (0, &["rollback", "view"]),
        (2, &["rollback"]),
        (0, &["build"]),
        (0, &["adopt", "view"]),
    ] {
        run(code, &[&["--json"], verb].concat());
    }
    // A log whose last line has no end, of what went well and of what did not.
    fs::write(
        project.world.project().join("hosts.toml"),
        failed.replace("printf prepared", "printf half-said; exit 3"),
    )
    .unwrap();
    project.repo().git(&["commit", "-qam", "fails"]);
    let broken = run(1, &["view", "--force-new-build", "--force", "-m", "x"]);
    assert!(broken.stderr.contains("half-said"), "{broken:?}");
    let log = project.release(&["log", "view", "--json"]).json();
    let all = log["operations"].as_array().unwrap();
    assert!(all.len() > 3, "{log}");
    for operation in all {
        let id = operation["record"]["id"].as_str().unwrap_or_default().to_owned();
        run(0, &["log", "view", &id]);
        run(0, &["--json", "log", "view", &id]);
    }
}
