//! What is built, and what its version is.

use std::fs;

use super::{Project, unpacked};

#[test]
fn a_version_is_a_tag_with_or_without_its_v() {
    let project = Project::new("");
    let repo = project.repo();
    repo.tag("0.940");
    let one = repo.head();
    let two = repo.commit("two", &[("VERSION", "0.941\n")]);
    repo.git(&["tag", "v0.941"]);
    let three = repo.commit("three", &[("VERSION", "0.942\n")]);
    for (word, version, commit) in [
        (Some("0.940"), "0.940", &one),
        (Some("v0.940"), "0.940", &one),
        (Some("0.941"), "0.941", &two),
        (Some("v0.941"), "0.941", &two),
        (Some(&two[..9]), "0.941", &two),
        (Some("main~2"), "0.940", &one),
        (None, &format!("0.941-1-g{}", &three[..10]), &three),
        (Some("main"), &format!("0.941-1-g{}", &three[..10]), &three),
        (Some(&format!("0.941-1-g{}", &three[..10])), &format!("0.941-1-g{}", &three[..10]), &three),
    ] {
        let document = project.build(word.as_slice());
        assert_eq!((document["version"].as_str(), document["commit"].as_str()), (Some(version), Some(commit.as_str())));
        let path = project.world.project().join("dist").join(format!("app-{version}.tar.gz"));
        let text = fs::read_to_string(project.world.project().join("VERSION")).unwrap();
        assert_eq!(unpacked(&path)["VERSION"] == text, commit == &three, "{word:?}");
    }
    let run = project.release(&["build"]).expect(0);
    for line in [format!("already built: dist/app-0.941-1-g{}.tar.gz", &three[..10]), format!("commit   {three}")] {
        assert!(run.stdout.contains(&line), "{}", run.stdout);
    }
}

/// Facts items 62 and 63: names are data, and nothing of them runs or is shown raw.
#[test]
fn tags_of_any_name() {
    let project = Project::new("");
    let repo = project.repo();
    let one = repo.head();
    let hostile = ["$(touch${IFS}ran)", "v1;touch${IFS}ran", "a'b\"c", "🦆", "`id`", "refs/heads/main", "1&2", "1.0|x"];
    for name in hostile {
        repo.git(&["update-ref", &format!("refs/tags/{name}"), &one]);
    }
    let two = repo.commit("two", &[("VERSION", "0.941\n")]);
    for name in hostile {
        let commit = if name == "refs/heads/main" { &two } else { &one };
        let document = project.build(&[name]);
        assert_eq!(document["commit"].as_str(), Some(commit.as_str()), "{name}");
        assert!(document["version"].as_str().unwrap().contains("-g"), "no version is made of {name}");
    }
    assert!(!project.world.project().join("ran").exists());
    repo.git(&["update-ref", "refs/tags/HEAD", &one]);
    assert_eq!(project.build(&[])["commit"], two, "HEAD is what is checked out");
    repo.git(&["tag", "3.0", "HEAD:lib"]);
    repo.git(&["tag", "-a", "-m", "x", "3.1", "HEAD:VERSION"]);
    project.refused(&["3.0"], 2, &["is on a directory, not on a commit"]);
    project.refused(&["3.1"], 2, &["is on a file, not on a commit"]);
    let run = project.refused(&["\u{1b}[2Jnone"], 2, &["is no tag, branch or commit", "git fetch --tags"]);
    assert!(!run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
    repo.git(&["tag", "-a", "-m", "x", "inner", &one]);
    repo.git(&["tag", "-a", "-m", "x", "2.0", "inner"]);
    repo.git(&["branch", "2.0", &two]);
    let document = project.build(&["2.0"]);
    assert_eq!((document["commit"].as_str(), document["version"].as_str()), (Some(one.as_str()), Some("2.0")));
    assert!(document["warnings"][0].as_str().unwrap().contains("is a tag and a branch"), "{document}");
}

/// Facts item 63.
#[test]
fn a_tag_that_moved_is_other_bytes_under_the_same_name() {
    let project = Project::new("");
    let repo = project.repo();
    repo.tag("0.940");
    let first = project.build(&["0.940"]);
    repo.commit("two", &[("VERSION", "moved\n")]);
    repo.git(&["tag", "-f", "-a", "-m", "x", "0.940"]);
    project.refused(&["0.940"], 3, &["is there already, with other bytes", &first["commit"].as_str().unwrap()[..12]]);
    let forced = project.build(&["0.940", "--force"]);
    assert_ne!(forced["sha256"], first["sha256"]);
    assert_eq!(project.dist(), ["app-0.940.tar.gz"]);
    assert_eq!(project.build(&["0.940"])["already_built"], true);
}
