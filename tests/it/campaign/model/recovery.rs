//! Recovery: `recover.sh`, line for line.

use std::cell::Cell;
use std::rc::Rc;

use release::model::Step;

use super::disk::{Line, Place, Write};
use super::shell::{Shell, Taken};
use super::world::Mutant;

/// `recover_run`: what `release recover`, the boot hook and a look that found leftovers do. False: somebody is at work.
pub async fn recover_run(mut shell: Shell) -> bool {
    if !matches!(shell.lock_take(&"recover".into()).await, Taken::Yes) {
        return false;
    }
    if recover_all(&shell, true).await {
        shell.lock_free().await;
        return true;
    }
    false
}

/// Each leftover in a shell of its own (`again`: what can't be undone stays open), that lives on when this one is killed. False: it was killed, and so this one dies.
pub async fn recover_all(shell: &Shell, again: bool) -> bool {
    let left: Vec<usize> = shell.host().disk.now.at(Place::Tx).map(|(inode, _)| inode).collect();
    for inode in left {
        let pid = shell.host().fork(Some(shell.session));
        let child = || Shell { world: shell.world.clone(), plan: shell.plan.clone(), pid, inode, again, ..*shell };
        let ended = Rc::new(Cell::new(false));
        let (told, life) = (ended.clone(), recover_one(child()));
        shell.world.spawn(shell.at, pid, async move {
            life.await;
            told.set(true);
        });
        while shell.host().runs(pid) {
            shell.world.wait().await;
        }
        // Killed alone, it leaves a command behind, and maybe a program: who takes the lock from the dead looks for that.
        if !ended.get() && !shell.world.has(Mutant::ChildIsNotMissed) {
            child().end_leftovers();
            return false;
        }
    }
    true
}

/// Finishes or undoes what a dead supervisor left.
async fn recover_one(mut shell: Shell) {
    let Some(plan) = shell.op().plan.clone() else {
        shell.tool(Write::Move(shell.inode, Place::Gone)).await;
        return;
    };
    shell.plan = plan;
    shell.undoing = true;
    shell.recovering = true;
    shell.end_leftovers();
    shell.note(Line::Recover).await;
    let at = shell.confirm_at();
    let outcome = if shell.was_confirmed() {
        shell.durable().await;
        shell.finish(at + 1).await
    } else if let Some(outcome) = shell.recorded().filter(|_| at == 0) {
        shell.ledger_line(outcome).await;
        outcome
    } else {
        shell.note_boot().await;
        shell.revert().await
    };
    shell.settle(outcome).await;
    shell.end(outcome).await;
}

impl Shell {
    /// What begins now would stand in the ledger before one that was there first.
    pub fn is_one_unwritten(&self) -> bool {
        !self.world.has(Mutant::OrderIsFree) && self.host().disk.now.is_one_unwritten()
    }

    fn end_leftovers(&self) {
        let (mut open, id) = (None, self.op().id.clone());
        for line in &self.op().journal {
            match line {
                Line::Do(k) | Line::Undo(k) => open = Some(*k),
                Line::Ok(_) | Line::Fail(_) | Line::Undone(_) | Line::Stuck(_) => open = None,
                _ => {}
            }
        }
        if let Some(step) = open.filter(|_| !self.world.has(Mutant::CommandsGoOn)) {
            self.host().end_step(&id, step);
        }
        if !self.world.has(Mutant::CommandsGoOn) {
            let undone = |line: &Line| if let Line::Undone(k) = line { Some(*k) } else { None };
            let undone: Vec<usize> = self.op().journal.iter().filter_map(undone).collect();
            self.host().end_unnoted(&id, &undone);
        }
        self.host().commands_of = Some(self.session);
    }

    /// Has the host booted since the operation began?
    pub fn rebooted(&self) -> bool {
        let boot = self.host().boot;
        self.noted(|line| matches!(line, Line::Begin(then) if *then != boot))
            && !self.world.has(Mutant::BootIsForgotten)
    }

    /// Has a boot started what is to be undone? It starts the service as `live` names it, whatever the journal says.
    pub fn boot_began(&self) -> bool {
        self.rebooted() && self.live() == self.release()
    }

    /// What comes behind a swap has begun then.
    async fn note_boot(&self) {
        let last = self.last_begun();
        let next = match self.step(last) {
            Some(Step::Swap) if self.boot_began() => self.step(last + 1),
            _ => None,
        };
        if let Some(Step::Start { .. } | Step::Restart { .. } | Step::UnitStart(_)) = next {
            self.note(Line::Do(last + 1)).await;
        }
    }
}
