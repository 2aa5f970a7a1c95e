//! What is on the page, and what can't get into it.

use super::super::document::{LiveStatus, Lock, Raised};
use super::*;
use std::rc::Rc;

use crate::model::Notes;
use crate::model::notes::Place as Commit;

const BAD: &str = "</pre><script>alert('1')</script>\"\x1b[2J\u{202e}";

fn host(name: &str, version: Option<&str>) -> HostStatus {
    HostStatus {
        host: name.into(),
        reachable: version.is_some(),
        error: version.is_none().then(|| "the connection timed out".into()),
        live: version.map(|version| LiveStatus {
            release: format!("20140224-174442-{version}"),
            version: Some(version.into()),
            commit: Some("c85320d9ddb90c13f4a215f1f0a87b531ab3a410".into()),
            sha256: None,
            deployed_at: Some("2014-02-24T17:44:42Z".into()),
            deployed_by: Some("maikel@laptop".into()),
        }),
        previous: None,
        schema: None,
        maintenance: None,
        lock: None,
        operation: None,
        releases: Vec::new(),
    }
}

fn document(targets: Vec<TargetStatus>, behind: Vec<Behind>) -> Document {
    Document { app: "ddgc".into(), at: "2014-02-25T08:00:00Z".into(), targets, behind }
}

fn behind(notes: Vec<Note>) -> Behind {
    let commit = |name: &str| Commit { name: name.into(), commit: "c".repeat(40) };
    let count = notes.len();
    let found = Notes {
        from: Some(commit("prod")),
        to: commit("view"),
        commits: 14,
        lost: 0,
        count,
        notes,
        incomplete: Vec::new(),
    };
    Behind {
        target: "prod".into(),
        of: "view".into(),
        commits: Some(14),
        schema_changes: Some(2),
        notes: Some(count),
        ahead: Some(0),
        diverged: Some(false),
        from: None,
        to: None,
        reason: None,
        incomplete: Vec::new(),
        found: Some(Rc::new(found)),
    }
}

fn note(line: &str) -> Note {
    Note {
        commit: "c85320d9ddb90c13f4a215f1f0a87b531ab3a410".into(),
        subject: line.into(),
        author: line.into(),
        at: Some("2014-02-24T17:44:42Z".into()),
        lines: vec![line.into(), String::new(), "\t- x".into()],
        cut: false,
    }
}

/// Opening and closing tags match, and nothing stands in a page but what we wrote.
#[track_caller]
fn well_formed(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let name = tag.split(' ').next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{page}"),
            None if ["!doctype", "meta", "link", "br"].contains(&name) => {}
            None => open.push(name),
        }
        assert!(name != "script" && !tag.contains(" on"), "{tag}");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
    }
    assert_eq!(open, [""; 0], "{page}");
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("url("), "{page}");
    assert!(!page.contains(|c: char| c.is_control() && c != '\n'), "{page:?}");
}

#[test]
fn says_what_is_live_and_what_waits() {
    let view = TargetStatus { name: "view".into(), differ: false, hosts: vec![host("h1", Some("0.941"))] };
    let prod =
        TargetStatus { name: "prod".into(), differ: true, hosts: vec![host("h2", Some("0.940")), host("h3", None)] };
    let page = page(&document(vec![view, prod], vec![behind(vec![note("- run <it>"), note("- two")])]));
    well_formed(&page);
    for part in [
        "<title>ddgc: what is deployed</title>",
        "as of <time datetime=\"2014-02-25T08:00:00Z\">2014-02-25 08:00 UTC</time>",
        "<b>0.941</b><br><span class=\"mono\">20140224-174442-0.941</span>",
        ">c85320d9d<",
        "2014-02-24 17:44 UTC",
        "maikel@laptop",
        "<span class=\"bad\">the connection timed out</span>",
        "Its hosts serve different releases",
        "<h2>view → prod</h2>",
        "Prod is behind view by 14 commits, 2 schema changes and 2 notes",
        "<pre>- run &lt;it&gt;\n\n    - x</pre>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.find("<h2>prod</h2>") < page.find("<h2>view <b>0.941</b></h2>"), "what differs comes first");
}

#[test]
fn strangers_can_not_write_into_it() {
    let mut bad = host(BAD, Some(BAD));
    bad.maintenance = Some(Raised { flag: "flag", by: BAD.into() });
    bad.lock = Some(Lock { by: BAD.into() });
    bad.schema = Some(serde_json::json!({"error": BAD}));
    if let Some(live) = &mut bad.live {
        (live.commit, live.deployed_at, live.deployed_by) = (Some(BAD.into()), Some(BAD.into()), Some(BAD.into()));
    }
    let target = TargetStatus { name: BAD.into(), differ: true, hosts: vec![bad] };
    let mut waiting = behind(vec![note(BAD)]);
    (waiting.target, waiting.of) = (BAD.into(), BAD.into());
    (waiting.reason, waiting.incomplete) = (Some(BAD.into()), vec![BAD.into()]);
    well_formed(&page(&document(vec![target], vec![waiting])));
}

#[test]
fn a_thousand_notes_are_bounded_and_say_so() {
    let page = page(&document(Vec::new(), vec![behind((0..1000).map(|_| note("x")).collect())]));
    well_formed(&page);
    assert_eq!(page.matches("<li>").count(), NOTES_MAX);
    assert!(page.contains("950 more: <code>release notes prod..view</code>"), "{page}");
}
