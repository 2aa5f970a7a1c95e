//! Every history that a fleet can have, as far as chance finds it: simulated hosts that keep the protocol, and lines,
//! operators and supervisors that fail whenever they like.

use std::collections::VecDeque;
use std::time::Duration;

use arbtest::arbitrary::{self, Unstructured};

use super::*;
use crate::model::{Digest, Exit, HostPlan, Identity};
use crate::plan::judge;

fn host(name: usize, two_phase: bool) -> HostPlan {
    let steps = if two_phase {
        vec![
            Step::Receive { size: 1, digest: Digest::of(b"x") },
            Step::WaitGo,
            Step::Swap,
            Step::WaitConfirm,
            Step::Record,
        ]
    } else {
        vec![Step::Unfreeze, Step::Record]
    };
    HostPlan {
        host: format!("h{name}"),
        operation: "op".into(),
        verb: "deploy",
        who: "me".into(),
        since: "now".into(),
        lease: Duration::from_secs(60),
        limits: crate::model::Limits::default(),
        was: None,
        previous: None,
        release: None,
        seen: None,
        respects_freeze: true,
        identity: Identity::default(),
        adopts: false,
        record: String::new(),
        steps,
        files: Vec::new(),
    }
}

fn plan(hosts: usize, two_phase: bool, batch: Option<usize>, pause: bool) -> Plan {
    Plan {
        verb: "deploy",
        target: "view".into(),
        subject: "1.0".into(),
        hosts: (0..hosts).map(|at| host(at, two_phase)).collect(),
        batch,
        pause: if pause { Duration::from_secs(1) } else { Duration::ZERO },
        warnings: Vec::new(),
        without: Vec::new(),
        sql: String::new(),
        notes: None,
    }
}

/// A host that keeps the protocol: it goes on only when it is told to.
#[derive(Debug, Default, Clone)]
struct Simulated {
    /// The client has sent the plan.
    asked: bool,
    /// It holds the lock.
    begun: bool,
    /// Steps done.
    at: usize,
    go: bool,
    confirm: bool,
    abort: bool,
    /// It was told to stop over the line that it has now.
    told: bool,
    ended: Option<End>,
    /// What it wrote and the client has not read yet.
    unread: VecDeque<Said>,
    line: Line,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Line {
    #[default]
    Up,
    /// Nobody has noticed yet.
    Dead,
    /// The client tries to come back.
    Reattaching,
}

struct Game {
    machine: Machine,
    hosts: Vec<Simulated>,
    two_phase: bool,
    batch: usize,
    resting: bool,
    rests: usize,
    aborted: bool,
    confirmed: bool,
    /// A host gave up while it waited for the confirmation: it may be on its way already, so hosts may differ then.
    gave_up: bool,
}

impl Game {
    fn feed(&mut self, input: Input) {
        let effects = self.machine.on(input);
        self.obey(effects);
    }

    fn obey(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Begin(at) => {
                    assert!(!self.hosts[at].asked && !self.aborted, "begun twice, or after a failure");
                    assert!(at == 0 || self.hosts[0].begun, "the first host has not got the lock yet");
                    self.hosts[at].asked = true;
                }
                Effect::Upload(at) => assert!(self.hosts[at].asked && !self.aborted),
                Effect::Reattach(at) => {
                    assert_eq!(self.hosts[at].line, Line::Dead, "only a dead line is made anew, and once");
                    self.hosts[at].line = Line::Reattaching;
                }
                Effect::Pause => {
                    assert!(!self.resting && !self.confirmed && !self.aborted);
                    self.resting = true;
                    self.rests += 1;
                }
                Effect::Signal(at, signal) => self.signal(at, signal),
            }
        }
    }

    fn signal(&mut self, at: usize, signal: Signal) {
        assert!(self.hosts[at].asked, "told before it was asked");
        assert_ne!(self.hosts[at].line, Line::Reattaching, "told while there is no line");
        match signal {
            Signal::Go => {
                assert!(!self.aborted && !self.resting && !self.confirmed);
                assert!(self.hosts.iter().all(|host| host.at >= 1), "go before all were ready");
                let others = self.hosts.iter().enumerate().filter(|(n, host)| *n != at && host.go && host.at < 3);
                assert!(others.count() < self.batch, "more than a batch at once");
            }
            Signal::Confirm => {
                assert!(!self.aborted);
                assert!(self.hosts.iter().all(|host| host.at >= 3), "confirmed before all had switched");
                self.confirmed = true;
            }
            Signal::Turn => unreachable!("no schema here"),
            Signal::Abort | Signal::Failed => {
                assert!(!self.confirmed, "aborted after the confirmation");
                self.aborted = true;
            }
        }
        let host = &mut self.hosts[at];
        if host.line == Line::Dead {
            return; // it went into a dead line
        }
        match signal {
            Signal::Go => host.go = true,
            Signal::Turn => {}
            Signal::Confirm => host.confirm = true,
            Signal::Abort | Signal::Failed => {
                assert!(!host.told, "told to stop twice over one line");
                (host.abort, host.told) = (true, true);
            }
        }
    }

    /// The next thing that a host does by itself; `fails` decides where it could go either way.
    fn work(&mut self, at: usize, fails: bool) {
        let (two_phase, host) = (self.two_phase, &mut self.hosts[at]);
        if !host.asked || host.ended.is_some() {
            return;
        }
        let mut end = |how: End| {
            host.ended = Some(how);
            host.unread.push_back(Said::End { how, live: None, text: String::new() });
        };
        match host.at {
            _ if !host.begun && fails => end(End::Locked),
            _ if !host.begun => {
                host.begun = true;
                host.unread.extend([Said::Begin, Said::Do(1)]);
            }
            3 if host.confirm => end(End::Committed),
            _ if host.abort || fails => {
                self.gave_up |= host.at == 3 && !host.abort;
                host.unread.push_back(Said::Fail(host.at + 1, "no".into()));
                let how = if host.go { End::Reverted } else { End::Aborted };
                host.ended = Some(how);
                host.unread.push_back(Said::End { how, live: None, text: String::new() });
            }
            _ if !two_phase => end(End::Committed),
            1 if !host.go => {}
            3 => {}
            done => {
                host.at = done + 1;
                host.unread.extend([Said::Ok(done + 1), Said::Do(done + 2)]);
            }
        }
    }

    fn read(&mut self, at: usize) {
        if self.hosts[at].line == Line::Up
            && let Some(said) = self.hosts[at].unread.pop_front()
        {
            self.feed(Input::Said(at, said));
        }
    }

    fn notice(&mut self, at: usize) {
        if self.hosts[at].line == Line::Dead && self.hosts[at].asked {
            self.feed(Input::Lost(at));
            if self.hosts[at].line == Line::Dead {
                self.hosts[at].line = Line::Up; // it had ended; nobody needs the line
            }
        }
    }

    fn come_back(&mut self, at: usize) {
        if self.hosts[at].line == Line::Reattaching {
            (self.hosts[at].line, self.hosts[at].told) = (Line::Up, false);
            self.feed(Input::Back(at));
        }
    }

    fn rest_is_over(&mut self) {
        if std::mem::take(&mut self.resting) {
            self.feed(Input::PauseOver);
        }
    }
}

fn history(u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let (count, two_phase) = (u.int_in_range(1..=4)?, u.ratio(5, 6)?);
    let batch = if u.arbitrary()? { Some(u.int_in_range(1..=3)?) } else { None };
    let plan = plan(count, two_phase, batch, u.arbitrary()?);
    let unlucky = u.int_in_range(0..=40)?;
    let mut game = Game {
        machine: Machine::new(&plan),
        hosts: vec![Simulated::default(); count],
        two_phase,
        batch: batch.unwrap_or(count),
        resting: false,
        rests: 0,
        aborted: false,
        confirmed: false,
        gave_up: false,
    };
    let first = game.machine.start();
    game.obey(first);
    let mut unreachable = false;
    for _ in 0..u.int_in_range(0..=120)? {
        let at = u.int_in_range(0..=count - 1)?;
        let bad = u.int_in_range(0..=99)? < unlucky;
        match (u.int_in_range(0..=9)?, bad) {
            (0..=3, _) => game.work(at, bad && u.ratio(1, 4)?),
            (4..=6, _) => game.read(at),
            (7, true) if game.hosts[at].asked && game.hosts[at].line == Line::Up => game.hosts[at].line = Line::Dead,
            (7, _) => game.notice(at),
            (8, true) if game.hosts[at].line == Line::Reattaching && u.ratio(1, 3)? => {
                unreachable = true;
                game.feed(Input::Unreachable(at));
            }
            (8, _) => game.come_back(at),
            (9, true) if u.ratio(1, 4)? => {
                game.feed(Input::Interrupt);
                assert!(game.confirmed || game.machine.was_interrupted());
            }
            _ => game.rest_is_over(),
        }
    }
    // From here on nothing fails any more: everybody is heard, and it ends.
    for _ in 0..40 * count {
        game.rest_is_over();
        for at in 0..count {
            game.notice(at);
            game.come_back(at);
            game.work(at, false);
            game.read(at);
        }
    }
    assert!(game.machine.is_over(), "it does not end: {:?}\n{:?}", game.machine, game.hosts);
    let exit = judge(&game.machine.endings(), game.machine.was_interrupted());
    let committed = game.hosts.iter().filter(|host| host.ended == Some(End::Committed)).count();
    assert!(exit != Exit::Done || committed == count, "done, but not everywhere");
    assert!(two_phase || unreachable || exit != Exit::Failed || committed == 0);
    if two_phase && !unreachable && !game.gave_up {
        assert!(committed == 0 || committed == count, "hosts differ without need: {exit:?}");
        assert_eq!(exit == Exit::Done, game.confirmed);
        if game.confirmed {
            assert_eq!(game.rests, if plan.pause.is_zero() { 0 } else { count.div_ceil(game.batch) - 1 });
        }
    }
    Ok(())
}

#[test]
fn every_history_ends_well() {
    arbtest::arbtest(history).budget_ms(2000);
}

/// Three hosts; the second has the database.
fn with_schema() -> Machine {
    let mut plan = plan(3, true, None, false);
    for (at, host) in plan.hosts.iter_mut().enumerate() {
        let schema = (at == 1).then(|| Step::Schema { url: Vec::new(), what: String::new() });
        let steps = [Step::WaitTurn].into_iter().chain(schema);
        let swap = host.steps.iter().position(|step| *step == Step::Swap).unwrap();
        host.steps.splice(swap..swap, steps);
    }
    let mut machine = Machine::new(&plan);
    machine.start();
    (0..3).for_each(|at| drop(machine.on(Input::Said(at, Said::Begin))));
    (0..3).for_each(|at| drop(machine.on(Input::Said(at, Said::Do(2)))));
    machine
}

fn turns(hosts: &[usize]) -> Vec<Effect> {
    hosts.iter().map(|at| Effect::Signal(*at, Signal::Turn)).collect()
}

fn at_turn(machine: &mut Machine, hosts: &[usize]) -> Vec<Effect> {
    hosts.iter().flat_map(|at| machine.on(Input::Said(*at, Said::Do(3)))).collect()
}

#[test]
fn the_schema_changes_when_nobody_uses_the_old_one() {
    let mut machine = with_schema();
    assert_eq!(at_turn(&mut machine, &[1, 0]), [], "the third host still runs the old code");
    assert_eq!(at_turn(&mut machine, &[2]), turns(&[1]));
    assert_eq!(machine.on(Input::Said(1, Said::Ok(3))), []);
    assert_eq!(machine.on(Input::Said(1, Said::Ok(4))), turns(&[0, 1, 2]), "again to the second: it does no harm");
}

#[test]
fn a_lost_host_waits_for_its_turn() {
    let mut machine = with_schema();
    at_turn(&mut machine, &[0, 1]);
    machine.on(Input::Lost(0));
    assert_eq!(at_turn(&mut machine, &[2]), [], "nobody knows what the first host does");
    assert_eq!(machine.on(Input::Back(0)), turns(&[1]));
    machine.on(Input::Lost(2));
    assert_eq!(machine.on(Input::Said(1, Said::Ok(4))), turns(&[0, 1]));
    assert_eq!(machine.on(Input::Back(2)), turns(&[0, 1, 2]));
}

#[test]
fn no_turn_comes_after_a_failure() {
    let mut machine = with_schema();
    at_turn(&mut machine, &[0, 1, 2]);
    assert!(machine.on(Input::Said(1, Said::Fail(4, "no".into()))).contains(&Effect::Signal(0, Signal::Failed)));
    assert_eq!(machine.first_failed(), Some(1));
    assert_eq!(machine.on(Input::Said(1, Said::Ok(4))), []);
    machine.on(Input::Lost(2));
    assert_eq!(machine.on(Input::Back(2)), [Effect::Signal(2, Signal::Failed)]);
}
