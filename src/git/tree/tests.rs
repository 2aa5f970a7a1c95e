//! What a commit's tree may hold.

use super::super::resolve;
use super::super::sample::Sample;
use super::*;
use crate::model::Exit;

fn of(sample: &Sample, tree: Oid) -> Result<Vec<Tracked>, Failure> {
    let id = sample.commit_of(tree, &[], 0);
    sample.branch("main", id);
    files(&sample.repository, &resolve(&sample.repository, Some("main"))?)
}

#[test]
fn files_come_in_order_with_what_git_keeps_of_their_mode() {
    let sample = Sample::new();
    let x = sample.blob("x");
    let sub = sample.raw_tree(&[("100755", "b", x), ("100664", "c", x)]);
    let commit = sample.commit(1);
    let tree =
        sample.raw_tree(&[("120000", "a", x), ("100644", "a.b", x), ("40000", "d", sub), ("160000", "m", commit)]);
    let found = of(&sample, tree).unwrap();
    let list: Vec<_> = found.iter().map(|file| (file.path.as_str(), file.kind)).collect();
    use FileKind::*;
    assert_eq!(list, [("a", Link), ("a.b", Plain), ("d/b", Program), ("d/c", Plain), ("m", Submodule)]);
    let objects = Objects::open(sample.repository.path()).unwrap();
    let read = objects.reader().unwrap().read(&found[0], <[u8]>::to_vec).unwrap();
    assert_eq!(read, b"x");
    assert_eq!(BlobId::of_bytes(b"x"), Some(found[0].blob));
}

/// Facts items 63 and 68: trees that git itself would not write.
#[test]
fn a_tree_that_can_not_be_on_a_disk_is_refused() {
    let sample = Sample::new();
    let x = sample.blob("x");
    let tree = sample.raw_tree(&[("100644", "x", x)]);
    for (entries, what) in [
        (&[("100644", "..", x)][..], "can't be called so: .."),
        (&[("40000", "..", tree)], "can't be called so: .."),
        (&[("100644", ".", x)], "can't be called so: ."),
        (&[("100644", ".GIT", x)], "can't be called so: .GIT"),
        (&[("40000", ".git", tree)], "can't be called so: .git"),
        (&[("100644", "a/b", x)], "can't be called so: a/b"),
        (&[("100644", "a", x), ("100644", "a", x)], "holds \"a\" twice"),
        (&[("10644", "a", x)], "with the mode"),
    ] {
        let failure = of(&sample, sample.raw_tree(entries)).unwrap_err();
        assert_eq!(failure.exit, Exit::Refused);
        assert!(failure.what.contains(what), "{what}: {failure}");
    }
}

#[test]
fn names_that_are_no_utf8_are_told_as_escapes_and_not_gone_into() {
    let sample = Sample::new();
    let x = sample.blob("x");
    let below = sample.raw_tree(&[("100644", "x", x)]);
    let mut raw = b"100644 caf\x01 .txt\0".to_vec();
    raw = raw.iter().map(|b| if *b == 1 { 0xe9 } else { *b }).collect();
    raw.extend(x.as_bytes());
    raw.extend(b"40000 d\xff\0");
    raw.extend(below.as_bytes());
    let odb = sample.repository.odb().unwrap();
    let tree = odb.write(git2::ObjectType::Tree, &raw).unwrap();
    let found = of(&sample, tree).unwrap();
    let list: Vec<_> = found.iter().map(|file| (file.path.as_str(), file.kind)).collect();
    assert_eq!(list, [("caf\\xe9 .txt", FileKind::Unnamed), ("d\\xff", FileKind::Unnamed)]);
}

#[test]
fn a_tree_that_grows_without_end_stops() {
    let sample = Sample::new();
    let mut tree = sample.raw_tree(&[("100644", "f", sample.blob("x"))]);
    for _ in 0..7 {
        let names: Vec<String> = (0..10).map(|n| format!("d{n}")).collect();
        let entries: Vec<_> = names.iter().map(|name| ("40000", name.as_str(), tree)).collect();
        tree = sample.raw_tree(&entries);
    }
    let failure = of(&sample, tree).unwrap_err();
    assert!(failure.what.contains("more than 500000 files"), "{failure}");
    let mut deep = sample.raw_tree(&[("100644", "f", sample.blob("x"))]);
    let name = "d".repeat(200);
    for _ in 0..30 {
        deep = sample.raw_tree(&[("40000", &name, deep)]);
    }
    assert!(of(&sample, deep).unwrap_err().what.contains("holds a path of"), "recursion is bounded by the path");
}

#[test]
fn a_missing_object_is_named() {
    let sample = Sample::new();
    let gone = Oid::from_str("1234567890123456789012345678901234567890").unwrap();
    let found = of(&sample, sample.raw_tree(&[("100644", "a", gone)])).unwrap();
    let objects = Objects::open(sample.repository.path()).unwrap();
    let failure = objects.reader().unwrap().read(&found[0], <[u8]>::len).unwrap_err();
    assert_eq!((failure.exit, failure.place.as_str()), (Exit::Refused, "\"a\""));
}
