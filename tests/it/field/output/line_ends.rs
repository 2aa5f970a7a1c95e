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
    let run = |args: &[&str]| {
        let run = project.release(args);
        ends_its_lines(args, &run);
        run
    };
    for args in
        [&["build", "1.0"][..], &["-v", "build", "1.1"], &["view", "1.0", "--dry-run", "--sql"], &["-v", "view", "1.0"]]
    {
        run(args).expect(0);
    }
    for args in [
        &["view", "1.1", "--dry-run", "--script"][..],
        &["view", "1.1", "--dry-run", "--sql"],
        &["plan", "view", "1.1"],
        &["plan", "view", "1.1", "--script"],
        &["plan", "view", "1.1", "--sql"],
        &["notes", "1.0..1.1"],
        &["schema", "status", "view"],
        &["schema", "diff", "view"],
        &["view", "1.1"],
        &["promote", "view", "prod", "--dry-run"],
        &["-q", "promote", "view", "prod"],
        &["rollback"],
        &["forward", "view"],
        &["status"],
        &["log", "view"],
        &["maintenance", "on", "view"],
        &["maintenance", "off", "view"],
        &["lock", "view", "-m", "why"],
        &["unlock", "view"],
        &["recover", "view"],
        &["prune", "view", "--dry-run"],
        &["pin", "view", "1.0"],
        &["unpin", "view", "1.0"],
        &["check", "view"],
        &["check", "--config"],
        &["adopt", "view"],
        &["catch-up", "view"],
        &["setup", "view"],
        &["cut", "1.2", "--dry-run"],
        &["completions", "bash"],
        &["completions", "fish"],
        &["man"],
        &["help"],
        &["help", "deploy"],
        &["help", "hosts.toml"],
        &["--help"],
        &["--version"],
        &["schema", "--help"],
        &["init"],
        &["no-such-verb"],
        &["log", "view", "no-such-operation"],
        &["view", "9.9"],
        &[],
    ] {
        run(args);
    }
    // The same as JSON, where there is one.
    for verb in [
        &["status"][..],
        &["log", "view"],
        &["plan", "view", "1.1"],
        &["notes", "1.0..1.1"],
        &["schema", "status", "view"],
        &["schema", "diff", "view"],
        &["check", "view"],
        &["rollback"],
        &["build"],
        &["adopt", "view"],
    ] {
        run(&[&["--json"], verb].concat());
    }
    // A log whose last line has no end, of what went well and of what did not.
    fs::write(
        project.world.project().join("hosts.toml"),
        failed.replace("printf prepared", "printf half-said; exit 3"),
    )
    .unwrap();
    project.repo().git(&["commit", "-qam", "fails"]);
    let broken = run(&["view", "--force-new-build", "--force", "-m", "x"]);
    assert!(broken.code != 0 && broken.stderr.contains("half-said"), "{broken:?}");
    let log = project.release(&["log", "view", "--json"]).json();
    let all = log["operations"].as_array().unwrap();
    assert!(all.len() > 3, "{log}");
    for operation in all {
        let id = operation["record"]["id"].as_str().unwrap_or_default().to_owned();
        run(&["log", "view", &id]).expect(0);
        run(&["--json", "log", "view", &id]).expect(0);
    }
}
