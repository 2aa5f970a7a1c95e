//! Histories with dates that lie, and names that try.

use super::super::testing::History;
use super::*;

/// Seconds of other years.
const Y1970: i64 = 0;
const Y2020: i64 = 1_577_836_800;
const Y2100: i64 = 4_102_444_800;

fn count(history: &History, known: Oid, tip: Oid) -> usize {
    between(&history.repository, Some(known), tip).unwrap().len()
}

#[test]
fn topology_decides_whatever_the_dates_say() {
    let history = History::new();
    let root = history.commit(&[], Y2100, "root");
    let one = history.commit(&[root], Y1970, "one");
    let two = history.commit(&[one], Y2020, "two");
    assert_eq!(between(&history.repository, Some(root), two).unwrap(), [one, two]);
    assert_eq!(between(&history.repository, None, two).unwrap(), [root, one, two]);
    assert_eq!(between(&history.repository, Some(two), two).unwrap(), []);
    assert_eq!(between(&history.repository, Some(two), root).unwrap(), []);
}

/// A clock that stood at 1970 for some commits hides from libgit2 (and from git) what they are built on.
#[test]
fn what_is_known_stays_known_behind_commits_of_1970() {
    let history = History::new();
    let root = history.commit(&[], Y2020, "root");
    let base = history.row(root, 30, Y2020 + 10);
    let known = history.row(base, 20, Y1970);
    let side = history.row(base, 3, Y2020 + 20);
    assert_eq!(count(&history, known, side), 3);
    assert_eq!(count(&history, side, known), 20);
    let merge = history.commit(&[known, side], Y2100, "merge");
    assert_eq!(count(&history, known, merge), 4);
}

#[test]
fn an_octopus_has_all_its_arms_and_strangers_share_nothing() {
    let history = History::new();
    let base = history.row(history.commit(&[], 1, "root"), 5, 2);
    let arms: Vec<Oid> = (0..5).map(|n| history.row(base, n + 1, 10 + n as i64)).collect();
    let octopus = history.commit(&arms, 20, "octopus");
    assert_eq!(count(&history, base, octopus), 1 + 15);
    assert_eq!(count(&history, arms[4], octopus), 1 + 10);
    let other = history.row(history.commit(&[], 3, "another root"), 3, 4);
    assert_eq!((count(&history, octopus, other), count(&history, other, octopus)), (4, 22));
}

#[test]
fn names_are_looked_up_and_never_run() {
    let history = History::new();
    let commit = history.commit(&[], 1, "one");
    for name in ["v1;id", "$(id)", "a'b", "v1-😀", "HEAD", "-x"] {
        history.repository.reference(&format!("refs/tags/{name}"), commit, true, "").unwrap();
    }
    history.repository.reference("refs/heads/main", commit, true, "").unwrap();
    history.repository.set_head("refs/heads/main").unwrap();
    history.tag("outer", {
        history.tag("inner", commit);
        history.repository.revparse_single("inner").unwrap().id()
    });
    let digits = commit.to_string();
    for name in
        ["v1;id", "$(id)", "a'b", "v1-😀", "HEAD", "-x", "outer", "main", "refs/heads/main", &digits, &digits[..8]]
    {
        assert_eq!(commit_of(&history.repository, name).unwrap().id(), commit, "{name}");
    }
    let tree = history.repository.find_commit(commit).unwrap().tree_id();
    let blob = history.repository.blob(b"x").unwrap();
    history.tag("a-tree", tree);
    history.repository.reference("refs/tags/a-blob", blob, true, "").unwrap();
    for (name, what) in [("a-tree", "a tag of something else"), ("a-blob", "a blob")] {
        let failure = commit_of(&history.repository, name).unwrap_err();
        assert!(failure.to_string().contains(what), "{failure}");
    }
    for unknown in ["", "nope", "main..", "\0", "HEAD~9", &"ab".repeat(20), "x\x1b[2J"] {
        let failure = commit_of(&history.repository, unknown).unwrap_err();
        assert_eq!(failure.exit.code(), 2, "{failure}");
        assert!(!failure.what.contains(char::is_control), "{failure:?}");
    }
}

#[test]
fn the_last_tag_is_the_nearest_before_it() {
    let history = History::new();
    let old = history.commit(&[], 1, "old");
    let new = history.row(old, 3, 2);
    let tip = history.row(new, 3, 3);
    let last = |of| last_tag(&history.repository, of).unwrap().map(|(name, _)| name);
    assert_eq!(last(tip), None);
    history.tag("v1", old);
    history.tag("v3", tip);
    let side = history.row(old, 1, 5);
    history.tag("elsewhere", side);
    assert_eq!(last(tip).as_deref(), Some("v1"), "not the tag on it");
    history.tag("v2", new);
    assert_eq!((last(tip).as_deref(), last(old).as_deref()), (Some("v2"), None));
}

#[test]
fn what_may_be_incomplete_says_so() {
    let history = History::new();
    let root = history.commit(&[], 1, "root");
    let tip = history.row(root, 4, 2);
    assert!(incomplete(&history.repository).is_empty());
    std::fs::write(history.home.path().join(".git/shallow"), format!("{tip}\n")).unwrap();
    let info = history.home.path().join(".git/info");
    std::fs::create_dir_all(&info).unwrap();
    std::fs::write(info.join("grafts"), format!("{tip} {root}\n")).unwrap();
    history.repository.reference(&format!("refs/replace/{tip}"), root, true, "").unwrap();
    let again = Repository::open(history.home.path()).unwrap();
    let all = incomplete(&again);
    assert_eq!(all.len(), 3, "{all:?}");
    assert!(all.iter().all(|why| why.contains("may be incomplete")), "{all:?}");
    assert!(between(&again, None, tip).unwrap().len() < 5, "libgit2 follows them");
}
