//! Versions that tags name.

use super::super::sample::Sample;
use super::super::{Revision, resolve};
use super::*;
use crate::model::Exit;

fn head(sample: &Sample) -> Revision {
    resolve(&sample.repository, None).unwrap()
}

fn version(sample: &Sample, word: &str) -> String {
    let revision = resolve(&sample.repository, Some(word)).unwrap();
    version_of(&sample.repository, &revision).unwrap_or_else(|failure| panic!("{word}: {failure}")).to_string()
}

#[test]
fn a_version_begins_with_a_digit() {
    for (name, text) in [("0.940", "0.940"), ("v0.940", "0.940"), ("1.0-rc.1+b5", "1.0-rc.1+b5"), ("v1", "1")] {
        assert_eq!(version_in(name).map(|version| version.to_string()).as_deref(), Some(text), "{name}");
    }
    for name in ["", "v", "vv1", "version-1", "latest", "release-1.0", "1;id", "v$(id)", "1/2", "V1", "-1"] {
        assert_eq!(version_in(name), None, "{name}");
    }
}

#[test]
fn a_commit_has_the_version_of_its_tag_else_of_the_one_before() {
    let sample = Sample::new();
    let one = sample.commit(1);
    assert_eq!(version(&sample, "HEAD"), format!("0-1-g{}", &one.to_string()[..10]));
    sample.tag("v0.940", one, false);
    sample.tag("nightly", one, true);
    assert_eq!(version(&sample, "HEAD"), "0.940");
    assert_eq!(version(&sample, "nightly"), "0.940");
    let two = sample.commit(2);
    let three = sample.commit(3);
    assert_eq!(version(&sample, &two.to_string()), format!("0.940-1-g{}", &two.to_string()[..10]));
    assert_eq!(version(&sample, "HEAD"), format!("0.940-2-g{}", &three.to_string()[..10]));
}

/// Facts item 63.
#[test]
fn of_two_tags_on_a_commit_the_named_one_counts_then_the_annotated_then_the_highest() {
    let sample = Sample::new();
    let one = sample.commit(1);
    sample.tag("0.9", one, false);
    sample.tag("0.10", one, false);
    assert_eq!(version(&sample, "HEAD"), "0.10");
    sample.tag("0.8", one, true);
    assert_eq!(version(&sample, "HEAD"), "0.8");
    assert_eq!(version(&sample, "0.9"), "0.9");
    let tree = sample.repository.find_commit(one).unwrap().tree_id();
    sample.tag("9.9", tree, true);
    assert_eq!(version(&sample, "HEAD"), "0.8", "a tag on a tree is nobody's version");
}

/// Facts item 65: 1970, the future, and backwards.
#[test]
fn the_nearest_tag_is_found_by_the_history_and_not_by_dates() {
    let sample = Sample::new();
    let old = sample.commit(4_000_000_000);
    sample.tag("1.0", old, true);
    let newer = sample.commit(0);
    sample.tag("1.1", newer, true);
    sample.commit(5_000_000_000);
    let last = sample.commit(10);
    assert_eq!(version(&sample, "HEAD"), format!("1.1-2-g{}", &last.to_string()[..10]));
}

#[test]
fn a_merged_line_of_fixes_is_farther_than_the_main_line() {
    let sample = Sample::new();
    let base = sample.commit(1);
    sample.tag("1.0", base, true);
    let tree = sample.repository.find_commit(base).unwrap().tree_id();
    let fix = sample.commit_of(tree, &[base], 100);
    sample.tag("1.0.1", fix, true);
    for time in 2..6 {
        sample.commit(time);
    }
    let main = head(&sample).id;
    sample.tag("2.0", main, true);
    let merge = sample.commit_of(tree, &[main, fix], 101);
    sample.branch("main", merge);
    let (tag, ahead) = nearest(&sample.repository, &head(&sample)).unwrap().unwrap();
    assert_eq!((tag.name.as_str(), ahead), ("2.0", 2), "the merge and the fix");
    // A line without version tags does not see those of others.
    sample.branch("main", sample.commit_of(tree, &[base], 102));
    assert_eq!(nearest(&sample.repository, &head(&sample)).unwrap().unwrap().0.name, "1.0");
}

/// Facts item 61.
#[test]
fn a_shallow_clone_knows_a_tagged_commit_and_no_other() {
    let sample = Sample::new();
    sample.commit(1);
    let two = sample.commit(2);
    std::fs::write(sample.repository.path().join("shallow"), format!("{two}\n")).unwrap();
    let repository = git2::Repository::open(sample.path()).unwrap();
    let revision = resolve(&repository, None).unwrap();
    let failure = version_of(&repository, &revision).unwrap_err();
    assert_eq!((failure.exit, failure.hint.as_deref()), (Exit::Refused, Some("git fetch --unshallow --tags")));
    sample.tag("1.0", two, true);
    assert_eq!(version_of(&repository, &revision).unwrap().as_str(), "1.0");
}
