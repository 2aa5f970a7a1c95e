//! No current directory: a job of cron, CI or a shell whose directory was removed, by a deploy, say.

use crate::build::Project;
use crate::support::{Run, Tarball};

/// Runs it in a directory that is gone.
fn nowhere(project: &Project, args: &[&str]) -> Run {
    let mut command = project.world.command("sh");
    let script = "mkdir ../gone && cd ../gone && rmdir ../gone && exec \"$@\"";
    command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_release")]).args(args);
    Run::of(command)
}

/// Cron jobs and systemd timers that run in a release directory which a prune takes away; `getcwd: cannot access parent directories`.
#[test]
fn removed_directory_is_no_obstacle_where_all_paths_are_absolute() {
    let project = Project::new("");
    let root = project.world.project();
    let config = root.join("hosts.toml").display().to_string();
    project.repo().tag("0.940");
    let tarball = Tarball::new("app", "0.941").write(&project.world.root().join("elsewhere")).display().to_string();
    for args in [
        &["view", "0.940"][..],
        &["status"],
        &["check", "view"],
        &["view", &tarball],
        &["rollback", "view"],
        &["build", "0.940"],
        &["log", "view"],
    ] {
        nowhere(&project, &[args, &["--config", &config]].concat()).expect(0);
    }
    assert!(root.join("dist/app-0.940.tar.gz").exists());
    nowhere(&project, &["man"]).expect(0);
}

/// The same, where a directory is meant: it is said, and no other one is taken.
#[test]
fn removed_directory_is_said_where_one_is_needed() {
    let project = Project::new("");
    let config = project.world.project().join("hosts.toml").display().to_string();
    let run = nowhere(&project, &["status"]).expect(2);
    assert_eq!(
        run.stderr,
        "release: there is no current directory to look for hosts.toml in (it was removed, or can't be reached); nothing was \
         changed.\nhint: cd into the project, or pass `--config FILE`\n"
    );
    nowhere(&project, &["status", "--config", "hosts.toml"]).expect(2);
    Tarball::new("app", "1").write(&project.world.project().join("dist"));
    let run = nowhere(&project, &["view", "dist/app-1.tar.gz", "--config", &config]);
    assert!(run.code == 2 && run.stderr.contains("does not exist"), "{run:?}");
}
