//! The steps, each with its undo: `prepare.sh`, `activate.sh`, `service.sh`, `health.sh` and `finish.sh`.

use std::rc::Rc;

use release::agent::journal::End;
use release::model::{ReleaseId, Step};
use release::plan::machine::Signal;

use super::disk::{Line, Name, Synced, Write};
use super::host::Command;
use super::shell::Shell;
use super::world::Mutant;

impl Shell {
    pub async fn do_step(&mut self, number: usize, step: &Step) -> bool {
        match step {
            Step::WaitGo => return self.do_wait(Signal::Go).await,
            Step::WaitConfirm => return self.do_wait(Signal::Confirm).await,
            Step::Health(check) => return self.do_health(self.release(), check.timeout.as_secs()).await,
            Step::Well(_) | Step::Again { .. } | Step::UnitAgain(_) | Step::Mark | Step::Dirs | Step::Adopt(_) => {
                return true;
            }
            _ => {}
        }
        self.turn().await;
        if self.unlucky() || !self.takes_its_time(step).await {
            return false;
        }
        match step {
            Step::Receive { .. } => self.do_receive().await,
            Step::Unpack { .. } => self.do_unpack().await,
            Step::Sync => {
                if !self.world.has(Mutant::ReleaseIsNotSynced) {
                    self.sync().await;
                }
                true
            }
            Step::Complete => self.do_complete().await,
            Step::Link => self.do_link().await,
            Step::Flag { .. } => self.do_flag().await,
            Step::Stop { .. } => self.service(Command::Stop, number).await,
            Step::Start { .. } => self.service(Command::Start, number).await,
            Step::Restart { .. } | Step::UnitStart(_) => self.service(Command::Restart, number).await,
            Step::Swap => self.do_swap().await,
            Step::Unflag { .. } => self.undo_flag().await,
            Step::Record => self.ledger_line(End::Committed).await,
            Step::Prune { releases } => self.do_prune(releases).await,
            Step::Raise { .. } => {
                let id = self.op().id.clone();
                self.room() && self.tool_ok(Write::Flag(Some(id))).await
            }
            Step::Lower { .. } => self.tool_ok(Write::Flag(None)).await,
            Step::Freeze { .. } => self.room() && self.tool_ok(Write::Freeze(true)).await,
            Step::Unfreeze => self.tool_ok(Write::Freeze(false)).await,
            _ => true,
        }
    }

    /// A command runs for a while, unless it is ended: by the client, or by its silence.
    async fn takes_its_time(&self, step: &Step) -> bool {
        let is_command =
            matches!(step, Step::Prepare { .. } | Step::Stop { .. } | Step::Start { .. } | Step::Restart { .. });
        while is_command && (self.host().held == Some(step.name()) || self.world.chance.below(3) == 0) {
            if self.give_up() {
                return false;
            }
            self.world.wait().await;
        }
        true
    }

    pub async fn undo_step(&mut self, number: usize, step: &Step) -> bool {
        match step {
            Step::Unpack { .. } => self.undo_unpack().await,
            Step::Complete => self.undo_complete().await,
            Step::Flag { .. } | Step::Raise { .. } => self.undo_flag().await,
            Step::Swap => self.undo_swap().await,
            Step::Stop { .. } => {
                if self.rebooted() || self.was_undone(number) || !self.noted(|line| *line == Line::Ok(number)) {
                    self.service(Command::Stop, number).await;
                }
                self.service(Command::Start, number).await
            }
            Step::Start { .. } => {
                self.service(Command::Stop, number).await;
                true
            }
            Step::Again { .. } | Step::UnitAgain(_) => {
                let begun = self.begun(|step| matches!(step, Step::Restart { .. } | Step::UnitStart(_)));
                let command = if self.plan.previous.is_some() { Command::Restart } else { Command::Stop };
                !begun || self.service(command, number).await
            }
            Step::Well(check) => {
                let touched = self.begun(|step| {
                    matches!(step, Step::Start { .. } | Step::Restart { .. } | Step::UnitStart(_) | Step::Stop { .. })
                });
                let was = self.previous();
                !touched || was.is_none() || self.do_health(was, check.timeout.as_secs()).await
            }
            _ => true,
        }
    }

    async fn tool_ok(&self, write: Write) -> bool {
        self.tool(write).await;
        true
    }

    /// What was undone is on disk before the journal says so.
    async fn undone(&self, what: Synced) -> bool {
        if !self.world.has(Mutant::UndoneIsNotSynced) {
            self.fsync(what).await;
        }
        true
    }

    fn named(&self) -> Name {
        self.release().expect("the plan has a release")
    }

    fn begun(&self, is: impl Fn(&Step) -> bool) -> bool {
        self.noted(|line| matches!(line, Line::Do(k) if self.step(*k).is_some_and(&is)))
    }

    async fn do_receive(&self) -> bool {
        while self.op().artifact.is_none() {
            if self.give_up() {
                return false;
            }
            self.world.wait().await;
        }
        self.op().artifact == Some(true)
    }

    async fn do_unpack(&self) -> bool {
        let name = self.named();
        if !self.room() {
            return false;
        }
        self.tool(Write::Stage(name.clone())).await;
        self.tool(Write::Data(name)).await;
        true
    }

    /// In one unlink it is no release any more, and then its files go.
    async fn undo_unpack(&self) -> bool {
        let name = self.named();
        if self.live().as_ref() == Some(&name) {
            return false;
        }
        self.tool(Write::Unpublish(name.clone())).await;
        self.tool(Write::Unstage(name)).await;
        self.undone(Synced::Releases).await
    }

    async fn do_complete(&self) -> bool {
        let name = self.named();
        self.tool(Write::Publish(name)).await;
        self.fsync(Synced::Releases).await;
        true
    }

    async fn undo_complete(&self) -> bool {
        let name = self.named();
        if !self.host().disk.now.has(&name) {
            return self.undone(Synced::Releases).await;
        }
        if self.live().as_ref() == Some(&name) {
            return false;
        }
        self.tool(Write::Unpublish(name)).await;
        self.undone(Synced::Releases).await
    }

    async fn do_link(&self) -> bool {
        if !self.room() {
            return false;
        }
        self.tool(Write::Links(self.inode, true)).await;
        self.fsync(Synced::Links(self.inode)).await;
        true
    }

    async fn do_flag(&self) -> bool {
        if self.host().disk.now.flag.is_some() {
            return true;
        }
        let id = self.op().id.clone();
        self.room() && self.tool_ok(Write::Flag(Some(id))).await
    }

    /// Lowers it, if it is ours.
    async fn undo_flag(&self) -> bool {
        let id = self.op().id.clone();
        if self.host().disk.now.flag.as_ref() == Some(&id) {
            self.tool(Write::Flag(None)).await;
        }
        self.undone(Synced::Flag).await
    }

    async fn do_swap(&self) -> bool {
        let name = self.named();
        if !self.world.has(Mutant::SwapIsNotSynced) {
            self.sync().await;
        }
        let waits = self.op().swap;
        if self.live().as_ref() == Some(&name) && !waits {
            return true;
        }
        if self.live() != self.previous() || !self.host().disk.now.has(&name) || !waits {
            return false;
        }
        self.tool(Write::Live(Some(name.clone()))).await;
        self.op().swap = false;
        if !self.world.has(Mutant::SwapIsNotSynced) {
            self.fsync(Synced::Base).await;
        }
        self.live() == Some(name)
    }

    async fn undo_swap(&self) -> bool {
        let now = self.live();
        if now != self.release() || self.world.has(Mutant::SwapIsNotUndone) {
            return true;
        }
        if self.plan.previous == self.plan.release {
            return true;
        }
        self.tool(Write::Live(self.previous())).await;
        self.fsync(Synced::Base).await;
        true
    }

    /// Twice in a row, before the time is over.
    async fn do_health(&self, name: Option<Name>, seconds: u64) -> bool {
        let up = || self.host().uptime(self.world.now());
        let (last, mut good) = (up() + seconds, 0);
        loop {
            self.world.wait().await;
            let answers = name.as_ref().is_some_and(|name| self.host().answers(name));
            if answers && !self.unlucky() {
                good += 1;
                if good == 2 || self.world.has(Mutant::HealthIsNotAsked) {
                    return true;
                }
            } else {
                good = 0;
            }
            if self.world.has(Mutant::HealthIsNotAsked) {
                return true;
            }
            if up() > last || (!self.undoing && self.give_up()) {
                return false;
            }
        }
    }

    async fn do_prune(&self, releases: &[ReleaseId]) -> bool {
        let mut pruned = Vec::new();
        for name in releases {
            let name = Rc::new(name.clone());
            if !self.host().disk.now.has(&name) || self.live().as_ref() == Some(&name) {
                continue;
            }
            super::promises::before_a_prune(self, &name);
            self.tool(Write::Remove(name.clone())).await;
            pruned.push(name.to_string());
        }
        pruned.is_empty() || self.ledger_append("prune", End::Committed, &pruned).await
    }
}
