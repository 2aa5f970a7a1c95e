//! The display, by way of a terminal that is no terminal.

use super::super::testing::{ended, host_ended, hostile, output, small, started, step, step_ended};
use super::*;
use crate::model::{Exit, HostState, StepResult};
use snapbox::{IntoData, str};

pub(super) fn desk(width: u16, height: u16, verbose: bool, now: Instant) -> Desk<vt100::Parser> {
    let size = Size { width: width.into(), height: height.into() };
    Desk::new(Screen::new(vt100::Parser::new(height, width, 0), true, move || size), verbose, now)
}

pub(super) fn shown(desk: &Desk<vt100::Parser>) -> String {
    let pen = lock(&desk.screen.terminal.0);
    let screen = pen.out.screen();
    assert!(!screen.hide_cursor() && screen.cursor_position().1 == 0, "{:?}", screen.cursor_position());
    let rows: Vec<String> = screen.rows(0, screen.size().1).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n").trim_end().to_owned()
}

#[test]
fn one_host_tells_its_story_in_order() {
    let now = Instant::now();
    let mut desk = desk(60, 24, true, now);
    for event in [
        started(&["view"]),
        step("view", "look"),
        step_ended("view", "look", StepResult::Done),
        step("view", "prepare"),
        output("view", b"installing\nhalf a li"),
        Event::Warning { host: Some("view".into()), text: "it takes long".into() },
        output("view", b"ne\n"),
    ] {
        desk.event(&event, now);
    }
    desk.tick(now + Duration::from_millis(1500));
    snapbox::assert_data_eq!(
        shown(&desk),
        str![[r#"
deploy 0.941 to view
  ✓ look                                               1.0s
    │ installing
  ! it takes long
    │ half a line
  ⠴ prepare                                            1.5s
"#]]
        .raw()
    );
    for event in [
        step_ended("view", "prepare", StepResult::Failed("exit 1".into())),
        step_ended("view", "look", StepResult::Undone),
        Event::StepStarted { host: "view".into(), step: "undo swap".into(), label: "swap back".into() },
        step_ended("view", "undo swap", StepResult::Undone),
        host_ended("view", HostState::Unchanged),
        ended(Exit::Failed),
        Event::Warning { host: None, text: "too late to be shown".into() },
    ] {
        desk.event(&event, now + Duration::from_secs(2));
    }
    snapbox::assert_data_eq!(
        shown(&desk),
        str![[r#"
deploy 0.941 to view
  ✓ look                                               1.0s
    │ installing
  ! it takes long
    │ half a line
  ✗ prepare: exit 1                                    1.0s
  ↺ undo: look                                         1.0s
  ↺ undo: swap back                                    1.0s
  = unchanged, 20261122-070000-0.941 is live
release: 0.941 is live on view                         2.0s
hint: release rollback view
"#]]
        .raw()
    );
}

#[test]
fn forty_hosts_fit_the_screen_and_those_that_failed_are_among_them() {
    let now = Instant::now();
    let mut desk = desk(60, 12, false, now);
    let names: Vec<String> = (1..=40).map(|i| format!("web{i}")).collect();
    desk.event(&started(&names.iter().map(String::as_str).collect::<Vec<_>>()), now);
    names.iter().for_each(|name| desk.event(&step(name, "unpack"), now));
    names[..39].iter().for_each(|name| desk.event(&step_ended(name, "unpack", StepResult::Done), now));
    names[..20].iter().for_each(|name| desk.event(&host_ended(name, HostState::Committed), now));
    desk.event(&step_ended("web40", "unpack", StepResult::Failed("disk full".into())), now);
    desk.tick(now + Duration::from_secs(1));
    snapbox::assert_data_eq!(
        shown(&desk),
        str![[r#"
  ✗ web40 unpack: disk full                            1.0s

  · web21  waiting after unpack
  · web22  waiting after unpack
  · web23  waiting after unpack
  · web24  waiting after unpack
  · web25  waiting after unpack
  · web26  waiting after unpack
  · web27  waiting after unpack
  ✗ web40  unpack: disk full
  20 of 40 hosts done · 1 failed · 32 not shown        1.0s
"#]]
        .raw()
    );
    desk.event(&host_ended("web40", HostState::Unchanged), now);
    names[20..39].iter().for_each(|name| desk.event(&host_ended(name, HostState::Committed), now));
    desk.event(&ended(Exit::Differ), now);
    snapbox::assert_data_eq!(
        shown(&desk),
        str![[r#"
  ✗ web40 unpack: disk full                            1.0s

  = web40  unchanged, 20261122-070000-0.941 is live (… 0.0s
  ✓ 39 hosts done

release: 0.941 is live on view                         0.0s
hint: release rollback view
"#]]
        .raw()
    );
}

#[test]
fn an_operation_that_is_planned_anew_begins_anew() {
    let now = Instant::now();
    let mut desk = desk(60, 24, false, now);
    desk.tick(now);
    assert!(shown(&desk).is_empty() && desk.drawn_at.is_some());
    for event in [started(&["a", "b"]), host_ended("a", HostState::Unchanged), started(&["a", "b"])] {
        desk.event(&event, now);
    }
    snapbox::assert_data_eq!(
        shown(&desk),
        str![[r#"
deploy 0.941 to view (2 hosts)
deploy 0.941 to view (2 hosts)

  · a  waiting

  · b  waiting
"#]]
        .raw()
    );
}

#[test]
fn of_a_small_operation_failures_and_the_end_are_told() {
    let now = Instant::now();
    let play = |verbose, hosts: &[&str], failing: Option<&str>| {
        let mut desk = desk(60, 24, verbose, now);
        desk.event(&small(hosts), now);
        for host in hosts {
            let fails = failing == Some(*host);
            let result = if fails { StepResult::Failed("disk full".into()) } else { StepResult::Done };
            let state = if fails { HostState::Unchanged } else { HostState::Committed };
            [step(host, "freeze"), output(host, b"release: disk full\n"), step_ended(host, "freeze", result)]
                .iter()
                .for_each(|event| desk.event(event, now));
            desk.event(&host_ended(host, state), now);
        }
        desk.event(&ended(if failing.is_some() { Exit::Differ } else { Exit::Done }), now);
        shown(&desk)
    };
    let quiet = play(false, &["view"], None);
    snapbox::assert_data_eq!(
        quiet.as_str(),
        str![[r#"
✓ 0.941 is live on view                                0.0s
hint: release rollback view
"#]]
        .raw()
    );
    assert_eq!(play(false, &["a", "b"], None), quiet);
    assert!(play(true, &["view"], None).starts_with("lock on view\n"));
    snapbox::assert_data_eq!(
        play(false, &["a", "b"], Some("b")),
        str![[r#"
  ✗ b freeze: disk full                                1.0s

  = b  unchanged, 20261122-070000-0.941 is live (lock… 0.0s
  ✓ 1 host done

release: 0.941 is live on view                         0.0s
hint: release rollback view
"#]]
        .raw()
    );
}

#[test]
fn an_echoed_interrupt_leaves_nothing_behind() {
    let now = Instant::now();
    let mut desk = desk(60, 24, false, now);
    desk.event(&started(&["a", "b"]), now);
    desk.event(&step("a", "prepare"), now);
    desk.tick(now);
    let before = shown(&desk);
    lock(&desk.screen.terminal.0).out.process(b"^C");
    desk.tick(now);
    assert_eq!(shown(&desk), before);
}

#[test]
fn nothing_gets_through_raw() {
    for verbose in [false, true] {
        let now = Instant::now();
        let size = Size { width: 80, height: 24 };
        let mut desk = Desk::new(Screen::new(Vec::new(), false, move || size), verbose, now);
        for event in hostile() {
            desk.event(&event, now);
            desk.tick(now);
        }
        let text = String::from_utf8(lock(&desk.screen.terminal.0).out.clone()).unwrap();
        for part in text.split('\x1b').skip(1) {
            let ours = ["[K", "[C", "[J", "[?2026h", "[?2026l"].iter().any(|known| part.starts_with(known));
            let up = part.strip_prefix('[').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
            assert!(ours || up.is_some_and(|rest| rest.starts_with('A')), "{part:?}");
        }
        let raw = |c: char| (c.is_control() && !"\x1b\r\n".contains(c)) || c == '\u{202e}';
        assert!(!text.chars().any(raw), "{text:?}");
    }
}
