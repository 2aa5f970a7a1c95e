//! What is on the page, and what can't get into it.

use super::super::document::{Lock, Raised};
use super::super::testing::{behind, document, host, note, target};
use super::*;

const BAD: &str = "</pre><script>alert('1')</script>\"\x1b[2J\u{202e}";

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
    let view = target("view", vec![host("h1", Some("0.941"))]);
    let mut prod = target("prod", vec![host("h2", Some("0.940")), host("h3", None)]);
    prod.differ = true;
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
    let target = TargetStatus { differ: true, ..target(BAD, vec![bad]) };
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
