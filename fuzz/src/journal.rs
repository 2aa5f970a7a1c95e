//! A journal's lines, and the fleet that listens to them.

use std::time::Duration;

use release::agent::journal::{Said, parse};
use release::model::{HostPlan, Plan, Step};
use release::plan::judge;
use release::plan::machine::{Effect, Input, Machine, Signal};

/// How many hosts speak.
const HOSTS: usize = 3;

/// Each line is one host's: its first byte says whose and what happens to the connection, the rest is its journal. Whatever
/// they say, nobody is told to confirm after somebody was told to undo, and each host is told to go at most once.
pub fn journal(data: &[u8]) {
    let mut machine = Machine::new(&plan());
    let mut told = Told::default();
    told.hear(machine.start());
    for line in data.split(|b| *b == b'\n') {
        let Some((first, rest)) = line.split_first() else { continue };
        let host = usize::from(*first) % HOSTS;
        let input = match first / 64 {
            0 | 1 => match parse(&String::from_utf8_lossy(rest)) {
                Some(entry) => Input::Said(host, number_is_small(entry.said)),
                None => continue,
            },
            2 => [Input::Lost(host), Input::Back(host)][usize::from(first % 2)].clone(),
            _ => match first % 4 {
                0 => Input::Unreachable(host),
                1 => Input::Refused(host, String::from_utf8_lossy(rest).into_owned()),
                2 => Input::Interrupt,
                _ => Input::PauseOver,
            },
        };
        told.hear(machine.on(input));
        assert!(!(told.aborted && machine.is_confirmed()), "confirmed after an undo");
    }
    if machine.is_over() {
        judge(&machine.endings(), machine.was_interrupted());
    }
}

/// The steps of any plan can be counted.
fn number_is_small(said: Said) -> Said {
    match said {
        Said::Do(n) => Said::Do(n % 8),
        Said::Ok(n) => Said::Ok(n % 8),
        other => other,
    }
}

#[derive(Default)]
struct Told {
    gone: [u32; HOSTS],
    aborted: bool,
    confirmed: bool,
}

impl Told {
    fn hear(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Signal(host, Signal::Go) => self.gone[host] += 1,
                Effect::Signal(_, Signal::Abort) => self.aborted = true,
                Effect::Signal(_, Signal::Confirm) => self.confirmed = true,
                _ => {}
            }
        }
        assert!(!(self.aborted && self.confirmed), "told both to confirm and to undo");
    }
}

fn plan() -> Plan {
    let steps = vec![Step::Sync, Step::WaitGo, Step::Swap, Step::WaitConfirm, Step::Record];
    let host = |n: usize| HostPlan {
        host: format!("h{n}"),
        operation: "20140218-114503-deploy-k3x9".into(),
        verb: "deploy",
        who: "ann@laptop".into(),
        since: "2014-02-18T11:45:03Z".into(),
        lease: Duration::from_secs(60),
        limits: release::model::Limits::default(),
        was: None,
        previous: None,
        release: None,
        seen: Some(0),
        respects_freeze: true,
        identity: release::model::Identity::default(),
        adopts: false,
        record: String::new(),
        steps: steps.clone(),
        files: Vec::new(),
    };
    Plan {
        verb: "deploy",
        target: "prod".into(),
        subject: "1.0".into(),
        hosts: (0..HOSTS).map(host).collect(),
        batch: Some(2),
        pause: Duration::from_secs(1),
        warnings: Vec::new(),
        without: Vec::new(),
        sql: String::new(),
        notes: None,
    }
}
