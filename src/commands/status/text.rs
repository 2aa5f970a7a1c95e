//! A status for people at a terminal.

use jiff::Timestamp;

use super::document::{Document, HostStatus, TargetStatus};
use super::state::{State, states};
use crate::ui;
use crate::ui::paint::{self, Paint};
use crate::ui::table::{Cell, Table};

/// What is wrong first, then the table, then how targets differ; within a width, if there is one.
pub fn as_text(document: &Document, now: Timestamp, width: Option<usize>) -> String {
    let mut text = String::new();
    for target in document.shown().into_iter().filter(|target| target.differ) {
        let behind = target.hosts.iter().any(|host| host.reachable && host.behind);
        let way = behind.then(|| format!("release catch-up {}", target.name));
        text.push_str(&sentence(Paint::Alarm, &differing(target), way.as_deref(), width));
    }
    text.push_str(if text.is_empty() { "" } else { "\n" });
    // A cell that is cut says too little: then it has a word, and the rest stands below.
    let fits = width.is_none_or(|width| table(document, now, whole).width() <= width);
    let state = if fits { whole } else { words };
    text.push_str(&table(document, now, state).render(width));
    if !fits {
        let details = details(document, width);
        text.push_str(&format!("{}{details}", if details.is_empty() { "" } else { "\n" }));
    }
    text.push_str(if document.behind.is_empty() { "" } else { "\n" });
    for behind in &document.behind {
        let look = match behind.diverged {
            None | Some(true) => Paint::Yellow,
            Some(false) => Paint::Plain,
        };
        text.push_str(&sentence(look, &behind.sentence(), behind.command().as_deref(), width));
        for why in &behind.incomplete {
            text.push_str(&sentence(Paint::Dim, why, None, width));
        }
    }
    text
}

fn differing(target: &TargetStatus) -> String {
    let serves = |host: &HostStatus| match &host.live {
        Some(live) => format!("{} serves {}", host.host, live.version.as_ref().unwrap_or(&live.release)),
        None => format!("{} serves nothing", host.host),
    };
    let each: Vec<String> = target.hosts.iter().filter(|host| host.reachable).map(serves).collect();
    format!("{}: its hosts serve different releases: {}", target.name, each.join(", "))
}

/// A sentence on lines of its own, with a command below it that is not broken.
fn sentence(look: Paint, text: &str, command: Option<&str>, width: Option<usize>) -> String {
    let text = ui::escape::line(text);
    let lines = match width {
        Some(width) => paint::wrap(&text, width),
        None => vec![text],
    };
    let mut shown: String = lines.iter().map(|line| format!("{}\n", look.on(line))).collect();
    if let Some(command) = command {
        shown.push_str(&format!("  {}\n", Paint::Cyan.on(&ui::escape::line(command))));
    }
    shown
}

fn table(document: &Document, now: Timestamp, state: fn(&[State]) -> String) -> Table {
    let mut table = Table::new(["TARGET", "HOST", "LIVE", "SINCE", "BY", "STATE"]);
    for target in document.shown() {
        for host in &target.hosts {
            table.row(row(target, host, now, state));
        }
    }
    table
}

fn row(target: &TargetStatus, host: &HostStatus, now: Timestamp, state: fn(&[State]) -> String) -> Vec<Cell> {
    let dash = || "-".to_owned();
    let (live, since, by) = match &host.live {
        Some(live) => (
            live.version.clone().unwrap_or_else(|| live.release.clone()),
            live.deployed_at.as_deref().map_or_else(dash, |at| age(at, now)),
            live.deployed_by.clone().unwrap_or_else(dash),
        ),
        None => (dash(), dash(), dash()),
    };
    let states = states(host);
    let look = match states.as_slice() {
        [] => Paint::Green,
        all if all.iter().all(|state| state.calm) => Paint::Yellow,
        _ => Paint::Red,
    };
    vec![
        Cell::from(&target.name),
        Cell::from(&named(host)),
        Cell::painted(Paint::Bold, live),
        Cell::from(since),
        Cell::from(by),
        Cell::painted(look, if states.is_empty() { "ok".to_owned() } else { state(&states) }),
    ]
}

fn whole(states: &[State]) -> String {
    states.iter().map(|state| state.text.as_str()).collect::<Vec<_>>().join("; ")
}

fn words(states: &[State]) -> String {
    states.iter().map(|state| state.word).collect::<Vec<_>>().join(", ")
}

/// What the words in the table stand for: each once a target, with the hosts that say so.
fn details(document: &Document, width: Option<usize>) -> String {
    let mut text = String::new();
    for target in document.shown() {
        let mut all: Vec<(State, Vec<&str>)> = Vec::new();
        for (state, host) in
            target.hosts.iter().flat_map(|host| states(host).into_iter().map(|state| (state, &*host.host)))
        {
            match all.iter_mut().find(|(known, _)| known.text == state.text) {
                Some((_, hosts)) => hosts.push(host),
                None => all.push((state, vec![host])),
            }
        }
        for (state, hosts) in all {
            let look = if state.calm { Paint::Yellow } else { Paint::Red };
            let everywhere = hosts.len() == target.hosts.len();
            let who = if everywhere { target.name.clone() } else { format!("{} {}", target.name, hosts.join(", ")) };
            text.push_str(&sentence(look, &format!("{who}: {}", state.text), None, width));
        }
    }
    text
}

fn age(at: &str, now: Timestamp) -> String {
    match at.parse::<jiff::Timestamp>() {
        Ok(then) => ui::time::age(now.duration_since(then).unsigned_abs()),
        Err(_) => at.to_owned(),
    }
}

/// The host, and its role where hosts.toml gives it one.
fn named(host: &HostStatus) -> String {
    host.role.as_ref().map_or_else(|| host.host.clone(), |role| format!("{} ({role})", host.host))
}

#[cfg(test)]
mod tests {
    use snapbox::str;

    use super::super::document::Lock;
    use super::super::testing::{behind, document, host, note, target};
    use super::*;

    fn shown(document: &Document, width: Option<usize>) -> String {
        let now = "2014-02-24T19:44:42Z".parse().unwrap();
        anstream::adapter::strip_str(&as_text(document, now, width)).to_string()
    }

    fn scene() -> Document {
        let mut hosts = vec![host("ddgc@duck.co", Some("0.940")), host("ddgc@web2.duck.co:2222", Some("0.940"))];
        for host in &mut hosts {
            host.lock = Some(Lock { by: "ann@laptop since 2014-02-24T18:00:00Z: Black Friday".into() });
        }
        hosts.push(host("ddgc@web3.duck.co", None));
        document(
            vec![target("view", vec![host("local", Some("0.941"))]), target("prod", hosts)],
            vec![behind(vec![note("x")])],
        )
    }

    #[test]
    fn what_does_not_fit_is_a_word_and_a_sentence() {
        snapbox::assert_data_eq!(
            shown(&scene(), Some(80)),
            str![[r#"
TARGET  HOST                    LIVE   SINCE        BY             STATE
view    local                   0.941  2 hours ago  maikel@laptop  ok
prod    ddgc@duck.co            0.940  2 hours ago  maikel@laptop  locked
prod    ddgc@web2.duck.co:2222  0.940  2 hours ago  maikel@laptop  locked
prod    ddgc@web3.duck.co       -      -            -              unreachable

prod ddgc@duck.co, ddgc@web2.duck.co:2222: locked by ann@laptop since
2014-02-24T18:00:00Z: Black Friday
prod ddgc@web3.duck.co: the connection timed out

prod is behind view by 14 commits, 2 schema changes and 1 note
  release notes prod..view

"#]]
        );
    }

    #[test]
    fn a_pipe_has_a_line_a_host_with_all_of_it() {
        let text = shown(&scene(), None);
        assert!(text.contains("locked by ann@laptop since 2014-02-24T18:00:00Z: Black Friday\n"), "{text}");
        assert_eq!(text.lines().count(), 1 + 4 + 1 + 2, "{text}");
    }

    #[test]
    fn hosts_that_differ_come_first() {
        let mut scene = scene();
        scene.targets[1].differ = true;
        let text = shown(&scene, Some(80));
        assert!(text.starts_with("prod: its hosts serve different releases: ddgc@duck.co serves 0.940,"), "{text}");
        assert!(text.find("\nprod ").unwrap() < text.find("\nview ").unwrap(), "{text}");
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    }
}
