//! The display at moments of scripted operations.

use super::super::testing::{ended, host_ended, hostile, output, play, small, started, step, step_ended};
use super::*;
use crate::model::HostState;
use snapbox::{IntoData, str};

fn text(desk: Desk<Vec<u8>>) -> String {
    anstream::adapter::strip_str(&String::from_utf8(desk.out).unwrap()).to_string()
}

fn demo(volume: Volume) -> String {
    let start = Instant::now();
    let mut desk = Desk::new(Vec::new(), volume, start);
    play(|event, at| desk.event(event, start + at));
    text(desk)
}

#[test]
fn a_line_for_each_thing_that_is_over() {
    snapbox::assert_data_eq!(
        demo(Volume::Normal),
        str![[r#"
deploy 0.941 to prod: duck.co, web2.duck.co, web3.duck.co
[duck.co] look  0.3s
[web2.duck.co] look  0.3s
[web3.duck.co] look  0.3s
[duck.co] upload 2.6 MB  1.4s
[duck.co] unpack  0.4s
[web2.duck.co] upload 2.6 MB  2.1s
[web2.duck.co] unpack  0.4s
[web3.duck.co] upload 2.6 MB  2.8s
[web3.duck.co] unpack  0.4s
[duck.co] cpanm -n --installdeps .  2.2s
[web2.duck.co] cpanm -n --installdeps .  2.7s
[web3.duck.co] cpanm -n --installdeps .  3.2s
[duck.co] swap
[web2.duck.co] swap
[web3.duck.co] swap
[duck.co] systemctl restart ddgc  1.1s
[web2.duck.co] systemctl restart ddgc  1.3s
[web2.duck.co] warning: http://127.0.0.1:8989/ answers with 0.940 still
[web3.duck.co] systemctl restart ddgc  1.5s
[duck.co] health  0.6s
[web3.duck.co] health  0.6s
[web2.duck.co] FAILED health: no answer from http://127.0.0.1:8989/ within 3s: connection refused  3.0s
[web2.duck.co] | --> Working on .
[web2.duck.co] | Configuring DDGC-0.941 ... OK
[web2.duck.co] | ==> Found dependencies: Moose, DBIx::Class
[web2.duck.co] | Successfully installed Moose-2.2207
[web2.duck.co] | Successfully installed DBIx-Class-0.082844
[web2.duck.co] | Can't locate Data/Printer.pm in @INC (you may need to install
[web2.duck.co] |         the Data::Printer module) at lib/DDGC.pm line 14.
[web2.duck.co] | BEGIN failed--compilation aborted at \x1b[1mlib/DDGC.pm\x1b[0m line 14.
[duck.co] undo: systemctl restart ddgc  1.2s
[duck.co] undo: swap back
[duck.co] rolled back to 20261101-090000-0.940
[web2.duck.co] undo: systemctl restart ddgc  1.2s
[web2.duck.co] undo: swap back
[web2.duck.co] rolled back to 20261101-090000-0.940 (health failed)
[web3.duck.co] undo: systemctl restart ddgc  1.2s
[web3.duck.co] undo: swap back
[web3.duck.co] rolled back to 20261101-090000-0.940
release: 0.941 does not answer on web2.duck.co; prod is back at 0.940 on 3 of 3 hosts
hint: release log prod

"#]]
        .raw()
    );
}

#[test]
fn quiet_still_tells_failures_warnings_and_the_end() {
    snapbox::assert_data_eq!(
        demo(Volume::Quiet),
        str![[r#"
[web2.duck.co] warning: http://127.0.0.1:8989/ answers with 0.940 still
[web2.duck.co] FAILED health: no answer from http://127.0.0.1:8989/ within 3s: connection refused  3.0s
[web2.duck.co] | --> Working on .
[web2.duck.co] | Configuring DDGC-0.941 ... OK
[web2.duck.co] | ==> Found dependencies: Moose, DBIx::Class
[web2.duck.co] | Successfully installed Moose-2.2207
[web2.duck.co] | Successfully installed DBIx-Class-0.082844
[web2.duck.co] | Can't locate Data/Printer.pm in @INC (you may need to install
[web2.duck.co] |         the Data::Printer module) at lib/DDGC.pm line 14.
[web2.duck.co] | BEGIN failed--compilation aborted at \x1b[1mlib/DDGC.pm\x1b[0m line 14.
[duck.co] rolled back to 20261101-090000-0.940
[web2.duck.co] rolled back to 20261101-090000-0.940 (health failed)
[web3.duck.co] rolled back to 20261101-090000-0.940
release: 0.941 does not answer on web2.duck.co; prod is back at 0.940 on 3 of 3 hosts
hint: release log prod

"#]]
        .raw()
    );
}

#[test]
fn verbose_shows_output_as_it_comes_and_not_again() {
    let shown = demo(Volume::Verbose);
    assert_eq!(shown.matches("[web2.duck.co] | Configuring DDGC-0.941 ... OK\n").count(), 1);
    let failed = shown.split_once("FAILED health").unwrap().1;
    assert!(!failed.contains("] |"), "{failed}");
}

#[test]
fn what_takes_long_says_so_now_and_then() {
    let start = Instant::now();
    let mut desk = Desk::new(Vec::new(), Volume::Verbose, start);
    let at = |s| start + Duration::from_secs(s);
    desk.event(&started(&["a", "b"]), start);
    desk.event(&step("a", "upload"), start);
    desk.event(&step("b", "prepare"), start);
    for second in 1..=75 {
        let (sent, total) = (second * 100_000, 7_500_000);
        desk.event(&Event::Uploaded { host: "a".into(), sent, total }, at(second));
        desk.tick(at(second));
    }
    desk.event(&output("b", b"a password?"), at(76));
    desk.event(&step_ended("b", "prepare", StepResult::Done), at(76));
    snapbox::assert_data_eq!(
        text(desk),
        str![[r#"
deploy 0.941 to view: a, b
[a] upload 1.0/7.5 MB ...  10s
[b] prepare ...  10s
[a] upload 2.0/7.5 MB ...  20s
[a] upload 3.0/7.5 MB ...  30s
[a] upload 4.0/7.5 MB ...  40s
[a] upload 5.0/7.5 MB ...  50s
[a] upload 6.0/7.5 MB ...  1m 00s
[a] upload 7.0/7.5 MB ...  1m 10s
[b] prepare ...  1m 10s
[b] | a password?
[b] prepare  1.0s

"#]]
        .raw()
    );
}

#[test]
fn of_a_small_operation_failures_and_the_end_are_told() {
    let now = Instant::now();
    let play = |volume| {
        let mut desk = Desk::new(Vec::new(), volume, now);
        for event in [
            small(&["a", "b"]),
            step("a", "freeze"),
            step_ended("a", "freeze", StepResult::Done),
            host_ended("a", HostState::Committed),
            step("b", "freeze"),
            step_ended("b", "freeze", StepResult::Failed("disk full".into())),
            host_ended("b", HostState::Unchanged),
            ended(Exit::Differ),
        ] {
            desk.event(&event, now);
        }
        text(desk)
    };
    assert!(play(Volume::Verbose).starts_with("lock on view: a, b\n[a] freeze"));
    snapbox::assert_data_eq!(
        play(Volume::Normal),
        str![[r#"
[b] FAILED freeze: disk full  1.0s
[b] unchanged, 20261122-070000-0.941 is live (lock failed)
release: 0.941 is live on view
hint: release rollback view

"#]]
        .raw()
    );
}

#[test]
fn a_reason_is_told_once_and_no_time_below_a_tenth() {
    let now = Instant::now();
    let mut desk = Desk::new(Vec::new(), Volume::Normal, now);
    desk.event(&started(&["a"]), now);
    for (step, millis) in [("look", 99), ("unpack", 100)] {
        let (host, step, took) = ("a".into(), step.into(), Duration::from_millis(millis));
        desk.event(&Event::StepEnded { host, step, result: StepResult::Done, took }, now);
    }
    desk.event(&output("a", b"trying\nrelease: no answer\nrelease: 0.941\nno answer\n"), now);
    desk.event(&step_ended("a", "health", StepResult::Failed("no answer".into())), now);
    snapbox::assert_data_eq!(
        text(desk),
        str![[r#"
deploy 0.941 to view: a
[a] look
[a] unpack  0.1s
[a] FAILED health: no answer  1.0s
[a] | trying
[a] | release: 0.941
[a] | no answer

"#]]
        .raw()
    );
}

#[test]
fn nothing_gets_through_raw() {
    for volume in [Volume::Quiet, Volume::Normal, Volume::Verbose] {
        let now = Instant::now();
        let mut desk = Desk::new(Vec::new(), volume, now);
        hostile().iter().for_each(|event| desk.event(event, now));
        let shown = text(desk);
        assert!(!shown.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{shown:?}");
    }
}
