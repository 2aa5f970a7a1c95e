//! The power goes in the middle of an operation, or right after it: on ext4 and XFS, with what was not on disk lost.

mod machine;
mod verdict;

use crate::campaign::{Tally, trials};
use crate::support::crash::{Crash, Fault};
use crate::support::{FileSystem, Run};
use machine::{Machine, Operation};

/// The code of a client that the power took.
const KILLED: i32 = 137;

/// When the power goes.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// In place of the operation's system call of this number that would change a file.
    Call(usize),
    /// When the client has ended and said what came of it.
    Told,
}

/// Cuts that have found something, after the first call like this or after the operation's end: an operation whose plan
/// was empty, a flag that was empty and so nobody's, files whose only copy was empty, files that were put back empty, a
/// lock that was empty and so held for ever.
const KNOWN: [(Operation, Option<&str>); 5] = [
    (Operation::Rollback, Some(".release/tx/2")),
    (Operation::Rollback, Some("disk/base/flag")),
    (Operation::BadDeploy, Some("docroot/deep/er/page")),
    (Operation::BadDeploy, None),
    (Operation::Prune, None),
];

/// One cut. `commit`: the cruel kind, in which names and sizes are on disk already, and what files hold is not.
#[derive(Debug, Clone, Copy)]
struct Cut {
    operation: Operation,
    moment: Moment,
    commit: bool,
}

impl Cut {
    /// The `n`th of so many cuts: every operation in turn, spread over all its system calls; every fifth after its end.
    fn nth(n: usize, all: usize, machine: &Machine) -> Self {
        let kinds = Operation::ALL.len();
        let (turn, turns) = (n / kinds, all.div_ceil(kinds));
        let operation = Operation::ALL[n % kinds];
        let moment = if turn % 5 == 1 {
            Moment::Told
        } else {
            Moment::Call(1 + (2 * turn + 1) * machine.calls(operation).len() / (2 * turns))
        };
        Self { operation, moment, commit: turn % 3 != 2 }
    }

    /// One that has found something: after the first call like this, or after the operation's end.
    fn known(machine: &Machine, operation: Operation, call: Option<&str>) -> Self {
        let moment = call.map_or(Moment::Told, |call| {
            let calls = machine.calls(operation);
            let number = calls.iter().position(|made| made.contains(call));
            Moment::Call(2 + number.unwrap_or_else(|| panic!("{operation:?} makes no call {call}: {calls:#?}")))
        });
        Self { operation, moment, commit: true }
    }

    /// Runs the operation until the power goes; what its client had ended with before that.
    fn happen(self, machine: &Machine) -> Option<i32> {
        let power_off = || {
            if self.commit {
                machine.disk.commit();
            }
            machine.disk.power_off();
        };
        let command = machine.command(self.operation);
        let Moment::Call(number) = self.moment else {
            let code = Run::of(command).code;
            power_off();
            return Some(code);
        };
        let traced = Crash::at(machine.scope(), number, Fault::Then(&mut |_| power_off())).run(command);
        if traced.hit.is_none() {
            power_off(); // it had fewer calls this time
        }
        (traced.run.code != KILLED).then_some(traced.run.code)
    }
}

fn one(machine: &Machine, cut: Cut) -> Result<(), String> {
    machine.fresh();
    let code = cut.happen(machine);
    machine.end_all();
    machine.disk.power_on();
    let verdict = verdict::of(machine, cut.operation, code);
    verdict.map_err(|broken| format!("{cut:?}, told {code:?}: {broken}\n{}", machine.notes_left()))
}

fn cuts(class: &str, kind: FileSystem) {
    let Some(machine) = Machine::new(kind) else { return };
    let mut tally = Tally::new(class);
    for (operation, call) in KNOWN {
        tally.trial(one(&machine, Cut::known(&machine, operation, call)));
    }
    let all = trials(4, 235);
    for n in 0..all {
        tally.trial(one(&machine, Cut::nth(n, all, &machine)));
    }
    tally.finish();
}

#[test]
fn nothing_acknowledged_is_lost_on_ext4() {
    cuts("power: cut on ext4", FileSystem::Ext4);
}

#[test]
fn nothing_acknowledged_is_lost_on_xfs() {
    cuts("power: cut on XFS", FileSystem::Xfs);
}
