//! Notes of whole histories.

use super::super::testing::History;
use super::*;

fn section(text: &str) -> String {
    format!("subject of {text}\n\nDeployment:\n\n- {text}\n")
}

fn told(found: &Notes) -> Vec<&str> {
    found.notes.iter().map(|note| note.lines[0].as_str()).collect()
}

#[test]
fn notes_are_in_the_order_in_which_they_are_to_be_followed() {
    let history = History::new();
    let one = history.commit(&[], 5, &section("one"));
    let two = history.commit(&[one], 1, &section("two"));
    let side = history.commit(&[one], 3, "no note");
    let three = history.commit(&[two, side], 2, &format!("{}\nDeployment: again\n", section("three")));
    let ask = |from: Option<Oid>, to: Oid| {
        notes(&history.repository, from.map(|id| id.to_string()).as_deref(), &to.to_string()).unwrap()
    };
    let all = ask(None, three);
    assert_eq!(told(&all), ["- one", "- two", "- three", "again"]);
    assert_eq!((all.commits, all.count, all.lost, all.from), (4, 4, 0, None));
    let some = ask(Some(one), three);
    assert_eq!((told(&some), some.commits), (vec!["- two", "- three", "again"], 3));
    let note = &some.notes[0];
    assert_eq!((note.subject.as_str(), note.author.as_str()), ("subject of two", "A U Thor"));
    assert_eq!((note.at.as_deref(), note.commit.as_str()), (Some("1970-01-01T00:00:01Z"), &*two.to_string()));
    let back = ask(Some(three), one);
    assert_eq!((back.commits, back.count, back.lost), (0, 0, 3));
    let across = ask(Some(side), two);
    assert_eq!((across.commits, across.lost, told(&across)), (1, 1, vec!["- two"]));
    assert!(across.course().unwrap().contains("diverged"));
}

#[test]
fn without_a_beginning_it_is_the_last_tag() {
    let history = History::new();
    let one = history.commit(&[], 1, &section("one"));
    let two = history.commit(&[one], 2, &section("two"));
    history.tag("v1", one);
    history.tag("v2", two);
    let found = notes(&history.repository, None, "v2").unwrap();
    assert_eq!((found.range().as_str(), told(&found)), ("v1..v2", vec!["- two"]));
}

#[test]
fn hostile_messages_are_bounded_and_lose_nothing_behind_a_nul() {
    let history = History::new();
    let first = history.raw(&[], 1, b"a\0b\n\nDeployment:\n- behind a NUL \xff\n");
    let odd = history.raw(&[first], i64::MAX, &[b"x".repeat(10 << 20), b"\n\nDeployment:\n- y".to_vec()].concat());
    let bare = history.raw(&[odd], 2, b"");
    let found = notes(&history.repository, None, &bare.to_string()).unwrap();
    assert_eq!(told(&found), ["- behind a NUL \u{fffd}", "- y"]);
    assert_eq!(found.notes[1].subject.len(), 200);
    let mut last = bare;
    let big = format!("s\n\nDeployment:\n{}", format!("- {}\n", "x".repeat(1000)).repeat(300));
    for at in 0..20 {
        last = history.commit(&[last], at, &big);
    }
    let found = notes(&history.repository, Some(&bare.to_string()), &last.to_string()).unwrap();
    assert_eq!((found.count, found.commits), (20, 20));
    let bytes: usize = found.notes.iter().flat_map(|note| &note.lines).map(String::len).sum();
    assert!(bytes <= BYTES_MAX && found.notes.len() < 20, "{bytes}");
}
