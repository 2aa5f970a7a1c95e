//! The power goes in the middle of an operation, or right after it: on ext4 and XFS, with what was not on disk lost.

mod machine;
mod verdict;

use std::time::Duration;

use crate::campaign::{Tally, trials};
use crate::support::{Background, FileSystem, wait_until};
use machine::{Machine, Operation};

/// When the power goes.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So long after the operation has written so many notes into its journal: spread over all that it does.
    Noted(usize, Duration),
    /// When the client has ended and said what came of it.
    Told,
}

/// One cut. `commit`: the cruel kind, in which names and sizes are on disk already, and what files hold is not.
#[derive(Debug, Clone, Copy)]
struct Cut {
    operation: Operation,
    moment: Moment,
    commit: bool,
}

impl Cut {
    /// The `n`th cut: every operation, every moment of it, and both kinds come in turn.
    fn nth(n: usize, machine: &Machine) -> Self {
        let operation = Operation::ALL[n % Operation::ALL.len()];
        let turn = n / Operation::ALL.len();
        // A step that shares no factor with the number of notes visits all of them, and soon something of everywhere.
        let notes = machine.notes(operation);
        let moment = if turn % 5 == 4 {
            Moment::Told
        } else {
            let jitter = [0, 3, 9, 20][turn % 4];
            Moment::Noted((turn * 7 + n) % notes, Duration::from_millis(jitter))
        };
        Self { operation, moment, commit: turn % 3 != 2 }
    }

    /// Cuts the power then; was the operation acknowledged before?
    fn happen(self, machine: &Machine, client: &mut Background) -> bool {
        let noted = |client: &mut Background, notes: usize| machine.noted() >= notes || !client.is_running();
        let _ = match self.moment {
            Moment::Told => wait_until(machine::LONGEST, || !client.is_running()),
            Moment::Noted(notes, _) => wait_until(machine::LONGEST, || noted(client, notes)),
        };
        if let Moment::Noted(_, later) = self.moment {
            std::thread::sleep(later);
        }
        let told = !client.is_running();
        if self.commit {
            machine.disk.commit();
        }
        machine.disk.power_off();
        told
    }
}

fn one(machine: &Machine, cut: Cut) -> Result<(), String> {
    machine.fresh();
    let mut client = machine.start(cut.operation);
    let told = cut.happen(machine, &mut client);
    machine.end_all();
    let code = told.then(|| client.finish(machine::LONGEST).code);
    machine.disk.power_on();
    let verdict = verdict::of(machine, cut.operation, code);
    verdict.map_err(|broken| format!("{cut:?}, told {code:?}: {broken}\n{}", machine.notes_left()))
}

fn cuts(class: &str, kind: FileSystem) {
    let Some(machine) = Machine::new(kind) else { return };
    let mut tally = Tally::new(class);
    for n in 0..trials(6, 220) {
        tally.trial(one(&machine, Cut::nth(n, &machine)));
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
