//! Made-up hosts, targets and notes, for the tests of what is shown of them.

use std::rc::Rc;

use super::document::{Behind, Document, HostStatus, LiveStatus, TargetStatus};
use crate::model::notes::Place as Commit;
use crate::model::{Note, Notes};

pub fn host(name: &str, version: Option<&str>) -> HostStatus {
    HostStatus {
        role: None,
        host: name.into(),
        reachable: version.is_some(),
        error: version.is_none().then(|| "the connection timed out".into()),
        identity: None,
        by_hand: None,
        damage: None,
        remains: None,
        unreadable: None,
        live: version.map(|version| LiveStatus {
            release: format!("20140224-174442-{version}"),
            version: Some(version.into()),
            commit: Some("c85320d9ddb90c13f4a215f1f0a87b531ab3a410".into()),
            sha256: None,
            deployed_at: Some("2014-02-24T17:44:42Z".into()),
            deployed_by: Some("maikel@laptop".into()),
            no_health: None,
        }),
        previous: None,
        schema: None,
        maintenance: None,
        lock: None,
        operation: None,
        no_linger: false,
        releases: Vec::new(),
        behind: false,
        left_out: None,
    }
}

pub fn document(targets: Vec<TargetStatus>, behind: Vec<Behind>) -> Document {
    Document { app: "ddgc".into(), at: "2014-02-25T08:00:00Z".into(), targets, behind }
}

pub fn behind(notes: Vec<Note>) -> Behind {
    let commit = |name: &str| Commit { name: name.into(), commit: "c".repeat(40) };
    let count = notes.len();
    let found = Notes {
        from: Some(commit("prod")),
        to: commit("view"),
        commits: 14,
        lost: 0,
        unknown: false,
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

pub fn note(line: &str) -> Note {
    Note {
        commit: "c85320d9ddb90c13f4a215f1f0a87b531ab3a410".into(),
        subject: line.into(),
        author: line.into(),
        at: Some("2014-02-24T17:44:42Z".into()),
        lines: vec![line.into(), String::new(), "\t- x".into()],
        cut: false,
    }
}

pub fn target(name: &str, hosts: Vec<HostStatus>) -> TargetStatus {
    TargetStatus { name: name.into(), differ: false, hosts }
}
