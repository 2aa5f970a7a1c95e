//! Facts items 59 and 61: what kind of repository it is.

use std::fs;

use super::Project;
use crate::support::{Repo, Run, World};

#[test]
fn none() {
    let world = World::new(&[]);
    world.write("hosts.toml", "app = \"app\"\n[targets.view]\nhosts = [\"local:view\"]\n");
    let run = world.release(&["build"]).expect(2);
    assert!(run.stderr.contains("no git repository") && run.stderr.contains("git init"), "{}", run.stderr);
    world.release(&["view"]).expect(2);
    let run = world.release(&["view", "1.2"]).expect(2);
    assert!(run.stderr.contains("dist/app-1.2.tar.gz") && run.stderr.contains("no git repository"), "{}", run.stderr);
    Repo::init(&world);
    let run = world.release(&["build"]).expect(2);
    assert!(run.stderr.contains("no commit yet"), "{}", run.stderr);
}

#[test]
fn bare() {
    let project = Project::new("");
    project.repo().tag("0.940");
    let origin = project.repo().origin();
    fs::copy(project.world.project().join("hosts.toml"), origin.join("hosts.toml")).unwrap();
    let mut build = project.world.release_command(&["build", "0.940", "--json"]);
    build.current_dir(&origin);
    let bare = Run::of(build).expect(0).json();
    assert_eq!(bare["sha256"], project.build(&["0.940"])["sha256"]);
}

#[test]
fn a_linked_work_tree() {
    let project = Project::new("test = 'test -f VERSION'");
    project.repo().tag("0.940");
    let linked = project.world.root().join("linked");
    project.repo().git(&["worktree", "add", "-q", "-b", "other", linked.to_str().unwrap()]);
    let mut build = project.world.release_command(&["build", "--json"]);
    build.current_dir(&linked);
    let there = Run::of(build).expect(0).json();
    assert_eq!(there["sha256"], project.build(&[])["sha256"]);
    fs::write(linked.join("VERSION"), "changed").unwrap();
    let mut build = project.world.release_command(&["build"]);
    build.current_dir(&linked);
    Run::of(build).expect(3);
    project.build(&[]);
}

#[test]
fn submodules_are_named_and_not_left_empty() {
    let project = Project::new("");
    let repo = project.repo();
    let head = repo.head();
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},vendor/lib")]);
    repo.git(&["commit", "-q", "-m", "a submodule"]);
    fs::create_dir_all(project.world.project().join("vendor/lib")).unwrap();
    project.refused(&[], 3, &["vendor/lib", "is a submodule", "[build] exclude"]);
    project.toml("exclude = ['vendor']\ntest = 'test -d vendor/lib'");
    repo.git(&["commit", "-q", "-a", "-m", "without it"]);
    project.release(&["build"]).expect(0);
}

#[test]
fn shallow_detached_and_partial() {
    let project = Project::new("");
    let repo = project.repo();
    repo.tag("0.940");
    repo.commit("two", &[("VERSION", "0.941\n")]);
    let url = format!("file://{}", project.world.project().display());
    let shallow = project.world.root().join("shallow");
    repo.git_in(project.world.root(), &["clone", "-q", "--depth", "1", &url, "shallow"]).ok();
    let build = |args: &[&str]| {
        let mut build = project.world.release_command(&[&["build", "--json"], args].concat());
        build.current_dir(&shallow);
        Run::of(build)
    };
    let run = build(&[]).expect(3);
    assert!(run.stderr.contains("is shallow") && run.stderr.contains("git fetch --unshallow --tags"), "{}", run.stderr);
    repo.git_in(&shallow, &["tag", "0.941"]).ok();
    build(&[]).expect(0);
    repo.git_in(&shallow, &["tag", "-d", "0.941"]).ok();
    repo.git_in(&shallow, &["fetch", "-q", "--unshallow", "--tags"]).ok();
    repo.git_in(&shallow, &["checkout", "-q", "--detach"]).ok();
    let whole = build(&[]).expect(0).json();
    assert_eq!(whole["sha256"], project.build(&[])["sha256"], "detached or on a branch, it is the commit");

    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    repo.git_in(project.world.root(), &["clone", "-q", "--bare", "--filter=blob:none", &url, "partial"]).ok();
    let partial = project.world.root().join("partial");
    fs::copy(project.world.project().join("hosts.toml"), partial.join("hosts.toml")).unwrap();
    let mut build = project.world.release_command(&["build", "0.940"]);
    build.current_dir(&partial);
    let run = Run::of(build).expect(3);
    assert!(
        run.stderr.contains("git does not have what is in it") && run.stderr.contains("--refetch"),
        "{}",
        run.stderr
    );
}

/// An object is what its hash says: `git archive` would take the replacement.
#[test]
fn replacements_and_grafts_change_nothing() {
    let project = Project::new("");
    let repo = project.repo();
    repo.tag("0.940");
    let one = repo.head();
    let before = project.build(&["0.940"]);
    let two = repo.commit("two", &[("VERSION", "evil\n")]);
    repo.git(&["replace", &one, &two]);
    assert!(repo.git(&["show", "0.940:VERSION"]).contains("evil"), "git itself is misled");
    let blob = repo.git(&["--no-replace-objects", "rev-parse", &format!("{one}:lib/App.pm")]);
    let other = repo.git(&["--no-replace-objects", "rev-parse", &format!("{two}:VERSION")]);
    repo.git(&["replace", &blob, &other]);
    fs::create_dir_all(project.world.project().join(".git/info")).unwrap();
    fs::write(project.world.project().join(".git/info/grafts"), format!("{one} {two}\n")).unwrap();
    let after = project.build(&["0.940"]);
    assert_eq!((&after["sha256"], &after["already_built"]), (&before["sha256"], &true.into()));
}
