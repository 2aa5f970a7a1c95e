//! The supervisor: `supervise.sh`, line for line.

use std::rc::Rc;

use release::agent::journal::End;
use release::model::{Record, Step};
use release::plan::machine::Signal;

use super::disk::{Line, Place, Synced, Write};
use super::host::Noted;
use super::recovery::recover_all;
use super::shell::{Shell, Taken};
use super::world::Mutant;

/// The life of one operation.
pub async fn supervise(mut shell: Shell) {
    let id = shell.op().id.clone();
    match shell.lock_take(&id).await {
        Taken::Yes => {}
        Taken::Held => return shell.turn_away(End::Locked).await,
        Taken::NoRoom => return shell.turn_away(End::Refused).await,
    }
    if !recover_all(&shell, false).await {
        return;
    }
    shell.host().commands_of = Some(shell.session);
    shell.turn().await;
    let freeze = shell.host().disk.now.freeze;
    if freeze && shell.plan.respects_freeze {
        shell.lock_free().await;
        shell.turn_away(End::Frozen).await;
    } else if shell.is_stale() {
        shell.lock_free().await;
        shell.turn_away(End::Stale).await;
    } else if shell.is_one_unwritten() || !shell.begin().await {
        shell.lock_free().await;
        shell.turn_away(End::Refused).await;
    } else {
        shell.tool(Write::Move(shell.inode, Place::Tx)).await;
        if !shell.world.has(Mutant::PlanIsNotSynced) {
            shell.fsync(Synced::Operation(shell.inode)).await;
        }
        shell.durable().await;
        let outcome = shell.execute().await;
        shell.settle(outcome).await;
        shell.lock_free().await;
        shell.end(outcome).await;
    }
}

impl Shell {
    async fn begin(&self) -> bool {
        let boot = self.host().boot;
        self.note(Line::Begin(boot)).await || self.world.has(Mutant::BeginIsNotWritten)
    }

    async fn turn_away(&self, how: End) {
        self.note(Line::End(how, None)).await;
        self.tool(Write::Move(self.inode, Place::Gone)).await;
    }

    /// Has anything happened since the client looked?
    fn is_stale(&self) -> bool {
        let host = self.host();
        let have = host.disk.now.ledger.len() as u64;
        let moved = host.disk.now.live.as_deref() != self.plan.previous.as_ref();
        (moved || self.plan.seen.is_some_and(|seen| seen != have)) && !self.world.has(Mutant::StaleIsFine)
    }

    pub fn confirm_at(&self) -> usize {
        self.plan.steps.iter().position(|step| *step == Step::WaitConfirm).map_or(0, |at| at + 1)
    }

    pub fn was_confirmed(&self) -> bool {
        self.noted(|line| *line == Line::Confirmed)
    }

    pub fn last_begun(&self) -> usize {
        let begun = |line: &Line| if let Line::Do(k) = line { *k } else { 0 };
        self.op().journal.iter().map(begun).max().unwrap_or(0)
    }

    async fn execute(&mut self) -> End {
        let at = self.confirm_at();
        let last = if at > 0 { at } else { self.plan.steps.len() };
        if !self.forward(last).await {
            return self.revert().await;
        }
        if at > 0 { self.finish(at + 1).await } else { End::Committed }
    }

    async fn forward(&mut self, last: usize) -> bool {
        for number in 1..=last {
            let step = self.plan.steps[number - 1].clone();
            if !self.note(Line::Do(number)).await {
                return false;
            }
            if !is_harmless(&step) {
                self.durable().await;
            }
            if !self.do_step(number, &step).await {
                self.note(Line::Fail(number)).await;
                return false;
            }
            self.note(Line::Ok(number)).await;
            if step == Step::WaitConfirm {
                // What is not on disk is no confirmation: another may still come to undo it.
                if !self.note(Line::Confirmed).await && !self.world.has(Mutant::ConfirmedIsNotWritten) {
                    return false;
                }
                if !self.world.has(Mutant::ConfirmedIsNotSynced) {
                    self.durable().await;
                }
            }
        }
        true
    }

    pub async fn do_wait(&self, signal: Signal) -> bool {
        super::promises::before_a_wait(self, signal);
        loop {
            if self.signalled(signal) {
                super::promises::after_a_wait(self, signal);
                return true;
            }
            if self.give_up() {
                return false;
            }
            self.world.wait().await;
        }
    }

    async fn backward(&mut self) -> bool {
        self.undoing = true;
        let mut sound = true;
        let mut anew = self.boot_began() || self.noted(|line| matches!(line, Line::Stuck(_)));
        for number in (1..=self.last_begun()).rev() {
            let Some(step) = self.step(number).cloned() else { break };
            if !has_undo(&step) || (!anew && self.was_undone(number)) {
                continue;
            }
            anew = !self.world.has(Mutant::UndoneStaysUndone);
            self.noted = if self.note(Line::Undo(number)).await { Noted::Yes } else { Noted::No };
            self.durable().await;
            if self.undo_step(number, &step).await {
                self.note(Line::Undone(number)).await;
            } else {
                sound = false;
                self.note(Line::Stuck(number)).await;
            }
        }
        sound
    }

    pub fn was_undone(&self, number: usize) -> bool {
        self.noted(|line| *line == Line::Undone(number))
    }

    pub fn began_switching(&self) -> bool {
        let go = self.plan.steps.iter().position(|step| *step == Step::WaitGo).map(|at| at + 1);
        go.is_some_and(|go| self.noted(|line| *line == Line::Ok(go)))
    }

    pub async fn revert(&mut self) -> End {
        self.host().disk.write(Write::Ballast(false));
        let sound = self.backward().await;
        let outcome = match () {
            () if !sound => End::Broken,
            () if self.began_switching() => End::Reverted,
            () => End::Aborted,
        };
        self.ledger_line(outcome).await;
        outcome
    }

    pub async fn finish(&mut self, from: usize) -> End {
        self.undoing = true;
        let mut outcome = End::Committed;
        for number in from..=self.plan.steps.len() {
            let step = self.plan.steps[number - 1].clone();
            self.note(Line::Do(number)).await;
            if self.do_step(number, &step).await {
                self.note(Line::Ok(number)).await;
            } else {
                self.note(Line::Fail(number)).await;
                if matches!(step, Step::Unflag { .. } | Step::Record) {
                    outcome = End::Broken;
                }
            }
        }
        outcome
    }

    /// What this operation's record says, if it has one.
    pub fn recorded(&self) -> Option<End> {
        let id = self.op().id.clone();
        let host = self.host();
        let record = host.disk.now.ledger.iter().rev().find(|record| *record.id == *id && record.op == self.plan.verb);
        record.map(|record| super::promises::end(record.outcome))
    }

    /// This operation's record, once; again when what was broken no longer is.
    pub async fn ledger_line(&self, outcome: End) -> bool {
        self.turn().await;
        if self.recorded().is_some_and(|says| says == outcome || says != End::Broken) {
            self.fsync(Synced::Ledger).await;
            return true;
        }
        self.ledger_append(self.plan.verb, outcome, &[]).await
    }

    pub async fn ledger_append(&self, op: &str, outcome: End, pruned: &[String]) -> bool {
        if !self.room() {
            return false;
        }
        let outcome = match outcome {
            End::Committed => "committed",
            End::Reverted => "reverted",
            End::Broken => "broken",
            _ => "aborted",
        };
        let text = format!(
            r#"{{"seq":{},"id":"{}","op":"{op}",{},"ended_at":"","outcome":"{outcome}","reason":"","pruned":{pruned:?}}}"#,
            self.number,
            self.op().id,
            self.plan.record
        );
        let record: Record = serde_json::from_str(&text).expect("the plan's record is good");
        self.write(Write::Ledger(Rc::new(record))).await;
        self.fsync(Synced::Ledger).await;
        true
    }

    pub async fn settle(&self, outcome: End) {
        let stays_open = outcome == End::Broken && (!self.recovering || self.again || self.was_confirmed());
        if !stays_open {
            self.close(outcome).await;
        }
        super::promises::after_an_operation(self, outcome);
    }

    async fn close(&self, outcome: End) {
        self.note(Line::Close(outcome, self.live())).await;
        self.write(Write::Ballast(true)).await;
        self.tool(Write::Move(self.inode, Place::Logs)).await;
        self.turn().await;
    }

    pub async fn end(&self, outcome: End) {
        self.note(Line::End(outcome, self.live())).await;
    }
}

/// What begins without its note on disk.
fn is_harmless(step: &Step) -> bool {
    matches!(
        step,
        Step::WaitGo
            | Step::WaitConfirm
            | Step::Receive { .. }
            | Step::Meta { .. }
            | Step::Share { .. }
            | Step::Prepare { .. }
            | Step::Sync
            | Step::Env { .. }
            | Step::Verify
    )
}

/// Is there an `undo_` for it?
fn has_undo(step: &Step) -> bool {
    matches!(
        step,
        Step::Receive { .. }
            | Step::Unpack { .. }
            | Step::Share { .. }
            | Step::Seed { .. }
            | Step::Complete
            | Step::Swap
            | Step::Flag { .. }
            | Step::Stop { .. }
            | Step::Start { .. }
            | Step::Again { .. }
            | Step::UnitAgain(_)
            | Step::Well(_)
            | Step::Raise { .. }
    )
}
