//! `release cut` beside colleagues who cut as well.

use std::fs;

use crate::build::Project;

/// A project at 1.0 with a remote, and a colleague's clone of it.
fn shared_project() -> Project {
    let project = Project::new("version_files = ['VERSION']");
    let toml = fs::read_to_string(project.world.project().join("hosts.toml")).unwrap();
    project.world.write("hosts.toml", format!("default = 'view'\n{toml}"));
    let repo = project.repo();
    repo.commit("1.0", &[("VERSION", "1.0\n")]);
    repo.tag("1.0");
    let origin = repo.origin();
    let colleague = project.world.root().join("colleague");
    repo.git_in(project.world.root(), &["clone", "-q", origin.to_str().unwrap(), colleague.to_str().unwrap()]).ok();
    project
}

/// The colleague cuts this version on a branch of their own, and pushes the tag alone.
fn colleague_tags(project: &Project, version: &str) {
    let colleague = project.world.root().join("colleague");
    let git = |args: &[&str]| project.repo().git_in(&colleague, args).ok();
    git(&["commit", "-q", "--allow-empty", "-m", "theirs"]);
    git(&["tag", "-a", "-m", "theirs", version]);
    git(&["push", "-q", "origin", version]);
}

/// Two maintainers of one CPAN distribution: both call it 1.1 within the hour. Also as `v1.1`, after a change of habits.
#[test]
fn version_that_the_remote_has_is_refused_before_anything_changes() {
    for theirs in ["1.1", "v1.1"] {
        let project = shared_project();
        colleague_tags(&project, theirs);
        let head = project.repo().commit("mine", &[("mine", "yes")]);
        for args in [&["cut", "1.1", "--dry-run"][..], &["cut", "1.1"], &["cut"]] {
            let run = project.release(args).expect(3);
            let words = [
                &format!("has a tag {theirs} already, on another commit")[..],
                "git fetch --tags origin, then: release cut 1.2",
            ];
            assert!(words.iter().all(|word| run.stderr.contains(word)), "{}", run.stderr);
        }
        assert_eq!(project.repo().head(), head);
        assert!(!project.world.root().join("view/live").exists());
        // The hint is a way out.
        project.repo().git(&["fetch", "-q", "--tags", "origin"]);
        project.release(&["cut", "1.2"]).expect(0);
        assert_eq!(fs::read_to_string(project.world.root().join("view/live/VERSION")).unwrap().trim(), "1.2");
    }
}

/// They push while our tests run: what is live stays, and the hint leads out of it instead of round in a circle.
#[test]
fn push_that_lost_a_race_says_the_way_out() {
    let project = shared_project();
    let colleague = project.world.root().join("colleague");
    project.repo().commit("mine", &[("mine", "yes")]);
    // Their push comes with our own, as a `pre-push` hook sees it.
    let hook = format!(
        "#!/bin/sh\nrm -f .git/hooks/pre-push\ncd {} && unset GIT_DIR && git commit -q --allow-empty -m theirs && git push -q origin main\n",
        colleague.display()
    );
    let path = project.world.write(".git/hooks/pre-push", hook);
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let run = project.release(&["cut", "1.1"]).expect(1);
    let way = "git pull --no-rebase origin main, then: git push --atomic origin main 1.1";
    assert!(run.stderr.contains(way) && run.stderr.contains("it is live on view"), "{}", run.stderr);
    project.repo().git(&["pull", "-q", "--no-rebase", "--no-edit", "origin", "main"]);
    project.repo().git(&["push", "-q", "--atomic", "origin", "main", "1.1"]);
}
