//! What git means: which commit a version is, what is clean, and what a shallow clone knows.

use std::path::Path;

use crate::build::Project;
use crate::support::{Run, World};

/// A project with one commit, tagged 1.0, that is live on `view`.
fn deployed() -> Project {
    let project = Project::new("version_files = ['VERSION']");
    project.repo().commit("1.0", &[("VERSION", "1.0\n")]);
    project.repo().tag("1.0");
    project.release(&["view", "1.0"]).expect(0);
    project
}

#[track_caller]
fn says(run: &Run, words: &[&str]) {
    for word in words {
        assert!(run.stderr.contains(word) || run.stdout.contains(word), "{word}: {}\n{}", run.stdout, run.stderr);
    }
}

/// A release that had a mistake is tagged anew (`git tag -f`, GitHub's "delete and publish again"), and dist/ still has the old one.
#[test]
fn tarball_of_another_commit_than_the_tag_is_refused_with_both_ways_on() {
    let project = deployed();
    project.repo().commit("mended", &[("mended", "yes")]);
    project.repo().git(&["tag", "-f", "1.0"]);
    for args in [&["view", "1.0"][..], &["plan", "view", "1.0"]] {
        let run = project.release(args).expect(3);
        says(&run, &["is of another commit than tag 1.0", "release build 1.0 --force", "nothing was changed"]);
    }
    // The tarball is still to be had, by its path.
    project.release(&["view", "dist/app-1.0.tar.gz"]).expect(0);
    project.release(&["build", "1.0", "--force"]).expect(0);
    project.release(&["view", "1.0", "--force-new-build"]).expect(0);
    assert!(project.world.root().join("view/live/mended").exists());
}

/// npm's `npm version` tags `v1.2.0`, `git tag` by hand `1.2.0`: projects that changed their tool have both, on two commits.
#[test]
fn version_with_two_tags_says_which_is_meant() {
    let project = deployed();
    project.repo().commit("more", &[("VERSION", "1.1\n")]);
    project.repo().tag("v1.1");
    project.repo().commit("another", &[("more", "yes")]);
    project.repo().tag("1.1");
    let run = project.release(&["view", "1.1"]).expect(0);
    says(&run, &["warning: there are two tags of this version: 1.1 on ", "which is meant, and v1.1 on "]);
    // From HEAD no tag was named.
    project.repo().tag("1.2");
    let run = project.release(&["plan", "view"]).expect(0);
    says(&run, &["the commit has several versions' tags: 1.2 is taken, not 1.1"]);
}

/// cargo-release, bumpversion: whoever tags by hand forgets the file, and the application calls itself by the version before.
#[test]
fn version_file_that_says_another_version_than_the_tag_is_told() {
    let project = deployed();
    project.repo().commit("forgotten", &[("more", "yes")]);
    project.repo().tag("1.1");
    let run = project.release(&["plan", "view", "1.1"]).expect(0);
    says(&run, &["warning: VERSION of this commit says 1.0, its tag 1.1"]);
    assert!(!project.release(&["plan", "view", "1.0", "--force-new-build"]).expect(0).stdout.contains("its tag"));
}

/// `actions/checkout` makes a clone of depth 1, GitLab one of 20 or 50.
#[test]
fn shallow_clone_says_that_the_notes_are_unknown() {
    let project = deployed();
    for n in 1..4 {
        project.repo().commit(&format!("change {n}\n\nDeployment:\n\n- do {n} by hand\n"), &[("n", &n.to_string())]);
    }
    project.repo().tag("1.1");
    says(&project.release(&["plan", "view", "1.1"]).expect(0), &["3 notes in 3 commits", "do 2 by hand"]);
    let clone = |depth: &str, to: &str| {
        let (url, to) = (format!("file://{}", project.world.project().display()), project.world.root().join(to));
        let args = ["clone", "-q", "--depth", depth, "--branch", "1.1", &url, to.to_str().unwrap()];
        project.repo().git_in(project.world.root(), &args).expect(0);
        to
    };
    let one = clone("1", "one");
    let run = in_dir(&project.world, &one, &["plan", "view", "1.1"]).expect(0);
    says(&run, &["the notes up to 1.1 are not known: this shallow clone does not have the commit of 1.0"]);
    says(&run, &["git fetch --unshallow --tags"]);
    // What the whole clone says is not "unknown".
    let whole = project.release(&["plan", "view", "1.1"]).expect(0);
    assert!(!whole.stdout.contains("not known"), "{}", whole.stdout);
}

fn in_dir(world: &World, dir: &Path, args: &[&str]) -> Run {
    let mut command = world.release_command(args);
    command.current_dir(dir);
    Run::of(command)
}

/// A merge in a clone of depth 2: the other side of it is cut off, and what it brought can't be counted.
#[test]
fn shallow_clone_that_ends_on_the_way_does_not_count() {
    let project = Project::new("");
    let repo = project.repo();
    let toml = std::fs::read_to_string(project.world.project().join("hosts.toml")).unwrap();
    let prod = project.world.root().join("prod");
    let more = format!("{toml}[targets.prod]\nhosts = ['local:{}']\nrequires = 'view'\n", prod.display());
    repo.commit("both", &[("hosts.toml", &more)]);
    repo.git(&["checkout", "-q", "-b", "side"]);
    for n in 1..4 {
        repo.commit(&format!("side {n}\n\nDeployment:\n- side {n}"), &[("s", &n.to_string())]);
    }
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("base", &[("b", "b")]);
    repo.tag("1.0");
    repo.git(&["merge", "-q", "-m", "merge", "side"]);
    repo.tag("1.1");
    project.release(&["view", "1.0"]).expect(0);
    project.release(&["prod", "1.0"]).expect(0);
    project.release(&["view", "1.1"]).expect(0);
    says(&project.release(&["status"]).expect(0), &["prod is behind view by 4 commits"]);
    let (url, to) = (format!("file://{}", project.world.project().display()), project.world.root().join("two"));
    let args = ["clone", "-q", "--depth", "2", "--branch", "main", &url, to.to_str().unwrap()];
    repo.git_in(project.world.root(), &args).expect(0);
    let run = in_dir(&project.world, &to, &["status", "--json"]).expect(0).json();
    assert_eq!(run["behind"][0]["commits"], serde_json::Value::Null, "{run}");
    assert!(run["behind"][0]["reason"].as_str().unwrap().contains("shallow clone ends on the way"), "{run}");
}

/// Windows zips, old Subversion imports (ansistrano 185, capistrano 1388): one photo or test fixture whose name is Latin-1, and no later
/// commit is another one as long as it stays in history's newest tree.
#[test]
fn file_whose_name_is_no_utf8_can_be_left_out_of_a_build() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let project = Project::new("test = 'test ! -e t/nope && test -f VERSION'");
    let root = project.world.project();
    let odd = |bytes: &[u8]| root.join(OsStr::from_bytes(bytes));
    std::fs::create_dir_all(odd(b"docs/\xfcber")).unwrap();
    std::fs::write(odd(b"docs/\xfcber/a.txt"), "x").unwrap();
    std::fs::write(odd(b"t/caf\xe9.txt"), "x").unwrap();
    project.repo().commit("odd", &[("VERSION", "1.0\n")]);
    project.repo().tag("1.0");
    let run = project.release(&["build", "1.0"]).expect(3);
    says(
        &run,
        &[
            "\"docs/\\xfcber\": has a name that is not UTF-8",
            "hint: git mv it to another name, or add it to [build] exclude",
        ],
    );
    for exclude in ["['docs', 't/']", "['docs/*ber', 't/caf*']", "['**/*\\xfc*', 't/caf\\xe9.txt']"] {
        project.toml(&format!("test = 'test -f VERSION'\nexclude = {exclude}"));
        project.release(&["build", "1.0", "--force"]).expect(0);
        let mut tar = project.world.command("tar");
        tar.args(["-tzf", "dist/app-1.0.tar.gz"]);
        let names = Run::of(tar).ok();
        assert!(names.contains("app-1.0/VERSION") && !names.contains("caf") && !names.contains("ber"), "{names}");
    }
    // One of the two is not enough.
    project.toml("exclude = ['t']");
    says(&project.release(&["build", "1.0", "--force"]).expect(3), &["docs/\\xfcber"]);
}
