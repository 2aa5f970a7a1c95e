//! Which commit a name means.

use super::super::sample::Sample;
use super::*;
use crate::model::Exit;

fn commit(sample: &Sample, word: &str) -> String {
    resolve(&sample.repository, Some(word)).unwrap_or_else(|failure| panic!("{word}: {failure}")).commit()
}

fn what(sample: &Sample, word: &str) -> String {
    let failure = resolve(&sample.repository, Some(word)).expect_err(word);
    assert_eq!(failure.exit, Exit::Usage, "{word}: {failure}");
    assert!(failure.hint.is_some(), "{word}");
    failure.to_string()
}

#[test]
fn a_word_is_a_tag_before_it_is_a_branch() {
    let sample = Sample::new();
    let (one, two, three) = (sample.commit(1), sample.commit(2), sample.commit(3));
    sample.tag("0.940", one, true);
    sample.tag("v0.941", two, false);
    sample.branch("0.940", three);
    let found = resolve(&sample.repository, Some("0.940")).unwrap();
    assert_eq!((found.commit(), found.tag.as_deref()), (one.to_string(), Some("0.940")));
    assert_eq!(found.warning.as_deref(), Some("\"0.940\" is a tag and a branch; the tag is meant"));
    for (word, commit_of) in [
        ("v0.940", one),
        ("0.941", two),
        ("v0.941", two),
        ("refs/heads/0.940", three),
        ("refs/tags/v0.941", two),
        ("main", three),
        ("HEAD", three),
        ("main~2", one),
        (&two.to_string(), two),
        (&two.to_string()[..10], two),
        (&format!("0.940-1-g{}", &two.to_string()[..10]), two),
    ] {
        assert_eq!(commit(&sample, word), commit_of.to_string(), "{word}");
    }
    assert!(resolve(&sample.repository, None).unwrap().is_head);
    assert!(!resolve(&sample.repository, Some("main")).unwrap().is_head);
    sample.reference("refs/remotes/origin/next", one);
    assert_eq!(commit(&sample, "origin/next"), one.to_string());
}

/// Facts items 62 and 63.
#[test]
fn names_are_data() {
    let sample = Sample::new();
    let (one, two) = (sample.commit(1), sample.commit(2));
    let hostile =
        ["$(touch${IFS}ran)", "v1;id", "a'b\"c", "🦆", "-rf", "--upload-pack=x", "refs/heads/main", "HEAD", "a`b`"];
    for name in hostile {
        sample.tag(name, one, false);
    }
    for name in hostile.iter().filter(|name| **name != "HEAD") {
        let expected = if *name == "refs/heads/main" { two } else { one };
        assert_eq!(commit(&sample, name), expected.to_string(), "{name}");
    }
    assert_eq!(commit(&sample, "HEAD"), two.to_string(), "HEAD is HEAD, whatever a tag is called");
    assert_eq!(commit(&sample, "refs/tags/HEAD"), one.to_string());
    for word in ["", " ", "\u{1b}[2J", "none", "0.1", "refs/heads/none", "..", "@{", "a..b", "/", "a\nb"] {
        let said = what(&sample, word);
        assert!(!said.contains(char::is_control), "{word:?}: {said:?}");
    }
}

#[test]
fn a_tag_may_be_on_a_tag_but_must_be_on_a_commit() {
    let sample = Sample::new();
    let one = sample.commit(1);
    let inner = sample.tag("inner", one, true);
    let outer = sample.tag("outer", inner, true);
    sample.tag("2.0", outer, true);
    assert_eq!(commit(&sample, "2.0"), one.to_string());
    let tree = sample.repository.find_commit(one).unwrap().tree_id();
    sample.tag("1.0", tree, true);
    sample.tag("1.1", sample.blob("x"), false);
    assert!(what(&sample, "1.0").contains("is on a directory, not on a commit"));
    assert!(what(&sample, "v1.1").contains("is on a file, not on a commit"));
    assert!(what(&sample, "HEAD:f").contains("is not a commit"));
}

#[test]
fn a_repository_without_a_commit_says_so() {
    let sample = Sample::new();
    assert!(resolve(&sample.repository, None).unwrap_err().what.contains("no commit yet"));
    assert!(what(&sample, "main").contains("is no tag, branch or commit"));
}
