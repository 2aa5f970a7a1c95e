//! The objects, as their readers see them.

use super::super::testing::{ended, host_ended, hostile, output, started, step, step_ended};
use super::*;
use crate::model::Exit;
use snapbox::{IntoData, str};

fn shown(events: &[Event]) -> String {
    let mut json = Json::new(Vec::new());
    events.iter().for_each(|event| json.event(event));
    String::from_utf8(json.out).unwrap()
}

#[test]
fn one_object_a_line() {
    let shown = shown(&[
        started(&["a", "b"]),
        step("a", "upload"),
        Event::Uploaded { host: "a".into(), sent: 1, total: 2 },
        step_ended("a", "upload", StepResult::Done),
        step_ended("a", "health", StepResult::Failed("no answer".into())),
        step_ended("a", "upload", StepResult::Undone),
        Event::Warning { host: None, text: "late".into() },
        host_ended("a", HostState::RolledBack),
        ended(Exit::RolledBack),
    ]);
    snapbox::assert_data_eq!(
        shown,
        str![[r#"
{"event":"started","operation":"deploy","target":"view","subject":"0.941","switches":true,"hosts":["a","b"]}
{"event":"step_started","host":"a","step":"upload","label":"upload"}
{"event":"uploaded","host":"a","sent":1,"total":2}
{"event":"step_ended","host":"a","step":"upload","result":"done","reason":null,"seconds":1.0}
{"event":"step_ended","host":"a","step":"health","result":"failed","reason":"no answer","seconds":1.0}
{"event":"step_ended","host":"a","step":"upload","result":"undone","reason":null,"seconds":1.0}
{"event":"warning","host":null,"text":"late"}
{"event":"host_ended","host":"a","state":"rolled_back","live":"20261122-070000-0.941","detail":null}
{"event":"ended","exit":5,"summary":"0.941 is live on view","hint":"release rollback view"}

"#]]
        .raw()
    );
}

#[test]
fn output_is_lossy_but_a_character_may_come_in_two_pieces() {
    let shown = shown(&[
        output("a", b"caf\xc3"),
        output("b", b"\xa9"),
        output("a", b"\xa9 \xff\x1b\n\xe2\x82"),
        step_ended("a", "run", StepResult::Done),
        output("a", b"\xe2"),
        host_ended("a", HostState::Unknown),
    ]);
    snapbox::assert_data_eq!(
        shown,
        str![[r#"
{"event":"output","host":"a","text":"caf"}
{"event":"output","host":"b","text":"�"}
{"event":"output","host":"a","text":"é �\u001b\n"}
{"event":"output","host":"a","text":"�"}
{"event":"step_ended","host":"a","step":"run","result":"done","reason":null,"seconds":1.0}
{"event":"output","host":"a","text":"�"}
{"event":"host_ended","host":"a","state":"unknown","live":"20261122-070000-0.941","detail":null}

"#]]
        .raw()
    );
}

#[test]
fn a_failure_is_an_object_as_well() {
    let refusal = Failure::usage("hosts.toml", "no target `prd`").why("known: prod, view").hint("release status");
    snapbox::assert_data_eq!(failure(&refusal), str![[r#"{"event":"error","exit":2,"place":"hosts.toml","what":"no target `prd`","why":"known: prod, view","changed":"nothing was changed","hint":"release status","detail":null}"#]].raw());
}

#[test]
fn every_line_is_json_whatever_strangers_write() {
    let shown = shown(&hostile());
    for line in shown.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(value["event"].is_string());
    }
}
