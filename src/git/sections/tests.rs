//! Messages as people write them, and as nobody should.

use super::*;

fn found(message: &str) -> Vec<String> {
    sections(message.as_bytes()).iter().map(|section| section.lines.join("\n")).collect()
}

const DDGC: &str = "New foobar magic.\n\nDeployment:\n\n- This version has schema changes - run ddgc_db_autoupgrade.pl\n\
                    - New dependency - Foo::Bar::Magic\n";
const BULLETS: &str =
    "- This version has schema changes - run ddgc_db_autoupgrade.pl\n- New dependency - Foo::Bar::Magic";

#[test]
fn the_example_that_it_was_made_for() {
    assert_eq!(found(DDGC), [BULLETS]);
    assert_eq!(found(&DDGC.replace('\n', "\r\n")), [BULLETS]);
    assert!(found(&DDGC.replace('\n', "\n> ")).is_empty(), "a quoted reply");
    assert!(found(&DDGC.replace("Deployment:", " Deployment:")).is_empty());
    assert!(found("About deployment: it works.\n\nThe deployment:\n\n- x\n").is_empty());
}

#[test]
fn headings_as_people_write_them() {
    for heading in [
        "deployment:",
        "DEPLOYMENT:  ",
        "Deployment :",
        "Deployment notes:",
        "Deployment Steps:",
        "**Deployment:**",
        "__Deployment__:",
        "## Deployment",
        "###Deployment:",
        "# Deployment notes #",
        "Deployment\n----------",
        "Deployment:\n===========",
    ] {
        assert_eq!(found(&format!("Subject\n\n{heading}\n- x\n\n\n- y\n\n")), ["- x\n\n- y"], "{heading}");
    }
    assert_eq!(found("Subject\n\nDeployment: restart memcached\n"), ["restart memcached"]);
    assert_eq!(found("Deployment:\n\n- x"), ["- x"], "nothing but a section");
    for other in ["Deployment", "Deployments:", "Deployment of x", "## Deployment of x", "Deployment\n--"] {
        assert!(found(&format!("Subject\n\n{other}\n- x\n")).is_empty(), "{other}");
    }
    assert!(found("Deployment: use rsync\n\nIt is faster.\n").is_empty(), "a subject's topic");
}

#[test]
fn a_section_ends_where_another_thing_begins() {
    assert_eq!(found("S\n\nDeployment:\n- a\n\nDeployment:\n- b\n"), ["- a", "- b"]);
    for trailers in [
        "Signed-off-by: A <a@example.org>",
        "\nsigned-off-by: A",
        "\nX-Looked-by: B <b@example.org>",
        "\nFixes: #12\nCo-authored-by: A <a@b>",
        "\nReviewed-on: https://example.org/1\nChange-Id: I12",
        "\nRefs: #1\n  and #2",
        "(cherry picked from commit c85320d9ddb90c13f4a215f1f0a87b531ab3a410)",
    ] {
        assert_eq!(found(&format!("S\n\nDeployment:\n\n- a\n- b\n{trailers}\n")), ["- a\n- b"], "{trailers}");
        let two = format!("S\n\nDeployment:\n- a\n{trailers}\n\nDeployment:\n- b\n");
        assert_eq!(found(&two), ["- a", "- b"], "squashed: {trailers}");
    }
    let kept = "- a\n\nNote: run it twice\n\nThen on each host:\n\n- b\n\n# as root\nsystemctl reload x\n\nStand-by: c";
    assert_eq!(found(&format!("S\n\nDeployment:\n\n{kept}\n")), [kept], "better too much than a step lost");
    let heading = "S\n\n## Deployment\n- a\n### Before\n- b\n#tag\n## Testing\n- c\n";
    assert_eq!(found(heading), ["- a\n### Before\n- b\n#tag"]);
    assert_eq!(found("S\n\nDeployment\n---\n- a\n\nTesting\n-------\n- c\n"), ["- a"]);
}

#[test]
fn code_is_kept_as_it_is_and_begins_nothing() {
    let code = "```\n# as root\nDeployment: x\nSigned-off-by: no\n```\n- b";
    assert_eq!(found(&format!("S\n\n## Deployment\n{code}\n")), [code]);
    assert!(found("S\n\nWrite this:\n\n~~~\nDeployment:\n- x\n~~~\n").is_empty());
    assert_eq!(found("S\n\n```\nDeployment:\n- x\n"), ["- x"], "never closed");
}

#[test]
fn where_there_is_nothing_to_do_there_is_no_note() {
    for nothing in ["", "none", "- None.", "n/a", "\n\n-\n"] {
        assert!(found(&format!("S\n\nDeployment:\n{nothing}\n\nSigned-off-by: A\n")).is_empty(), "{nothing}");
    }
    assert_eq!(found("S\n\nDeployment: none of the workers may run\n").len(), 1);
}

#[test]
fn ten_megabytes_are_bounded() {
    for long in
        ["x".repeat(10 << 20), "- x\n".repeat(1 << 18), "a: b\n\n".repeat(1 << 17), format!("x{}", "é".repeat(1 << 20))]
    {
        let section = &sections(format!("S\n\nDeployment:\n{long}\nDeployment:\n- y\n").as_bytes());
        assert_eq!((section.len(), section[0].cut, section[1].cut), (2, true, false));
        assert!(section[0].lines.iter().map(String::len).sum::<usize>() <= LINES_MAX * LINE_BYTES_MAX);
        assert!(!section[0].lines.concat().contains('\u{fffd}'), "cut between characters");
    }
}

#[test]
fn bytes_of_any_kind_are_kept_for_the_sanitiser() {
    let section = &sections(b"S\n\nDeployment:\n- a\0b\x1b]8;;x\x07 \xff\xfe \xe2\x80\xae\n")[0];
    assert_eq!(section.lines, ["- a\0b\x1b]8;;x\x07 \u{fffd}\u{fffd} \u{202e}"]);
}

/// A message of lines that mean something, in any order.
fn message(u: &mut arbtest::arbitrary::Unstructured<'_>) -> arbtest::arbitrary::Result<String> {
    const LINES: [&str; 16] = [
        "Deployment:",
        "## Deployment",
        "Deployment\n---",
        "Deployment: now",
        "> Deployment:",
        "- a",
        "",
        "",
        "Signed-off-by: A <a@b>",
        "Fixes: #1",
        "Name: value",
        "```",
        "## Other",
        "  - b",
        "none",
        "x \u{202e}",
    ];
    let count = u.int_in_range(0..=20)?;
    (0..count).map(|_| Ok(format!("{}\n", u.choose(&LINES)?))).collect()
}

#[test]
fn what_holds_of_all_messages() {
    arbtest::arbtest(|u| {
        let text = message(u)?;
        let all = sections(text.as_bytes());
        assert_eq!(sections(text.replace('\n', "\r\n").as_bytes()), all, "line ends do not matter: {text:?}");
        assert!(sections(text.replace('\n', "\n> ").as_bytes()).len() <= 1, "a reply begins nothing: {text:?}");
        for section in &all {
            let (first, last) = (section.lines.first().unwrap(), section.lines.last().unwrap());
            assert!(!first.is_empty() && !last.is_empty(), "{text:?}");
            assert!(section.lines.iter().all(|line| text.contains(line.as_str())), "{text:?}");
        }
        let more = sections(format!("{text}\nDeployment:\n- the last\n").as_bytes());
        assert!(more.len() >= all.len(), "{text:?}");
        Ok(())
    });
}

#[test]
fn nothing_breaks_it() {
    arbtest::arbtest(|u| {
        let mut raw: Vec<u8> = b"S\n\nDeployment:\n".to_vec();
        raw.extend(u.arbitrary::<Vec<u8>>()?);
        for section in sections(&raw) {
            assert!(section.lines.len() <= LINES_MAX && !section.lines.is_empty());
        }
        Ok(())
    });
}
