//! Many hosts: all are looked at at once, and an operation is driven on all of them.

mod ask;
mod database;
mod drive;
mod fetch;
mod link;
mod look;
mod narrate;
mod reattach;
mod records;
mod upload;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::agent::wire::Question;
use crate::host::{Channel, Connection};
use crate::model::target::{Host, Target};
use crate::model::{Failure, Observed};
use crate::plan::Seen;

pub use database::{Database, Kept};
pub use drive::{Ended, Interrupts, drive};
pub use records::Records;

/// How long a host may take to answer a look.
const LOOK_TIME: Duration = Duration::from_secs(60);

/// One host of a fleet, connected and looked at.
pub struct Member {
    /// The host, as hosts.toml has it.
    pub host: Host,
    /// What it looked like.
    pub observed: Observed,
    /// The directory that everything lies under there.
    base: String,
    /// The private directory of its connection's socket.
    control: PathBuf,
    connection: Connection,
    channel: Option<Channel>,
    /// A second channel, for the upload.
    spare: Option<Channel>,
}

/// The hosts of a target, all connected, and each looked at.
pub struct Fleet {
    /// In the order of hosts.toml.
    pub members: Vec<Member>,
}

/// Will an artifact be sent?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uploads {
    /// Yes, or a deploy is to know whether it could: a channel for it is opened at once.
    Follow,
    /// No.
    None,
}

impl Fleet {
    /// Connects to every host and looks at it, all at once; with a second channel to each where an upload will follow.
    ///
    /// # Errors
    /// Any host can't be reached, or does not answer as it should: every one of them in one failure (exit 3).
    pub async fn look(
        target: &Target,
        questions: &[Question],
        control: &Path,
        uploads: Uploads,
    ) -> Result<Self, Failure> {
        look::enough_files(target)?;
        let mut members = Vec::new();
        let mut failures = Vec::new();
        for result in look::all(target, questions, control, uploads).await {
            match result {
                Ok(member) => members.push(member),
                Err(failure) => failures.push(failure),
            }
        }
        match failures.len() {
            0 => Ok(Self { members }),
            1 => {
                Fleet { members }.close();
                Err(failures.remove(0))
            }
            many => {
                Fleet { members }.close();
                let lines: Vec<String> = failures.iter().map(one_line).collect();
                Err(Failure::refused(&target.name, format!("{many} hosts can't be worked with"))
                    .detail(lines.join("\n"))
                    .hint(format!("release check {}", target.name)))
            }
        }
    }

    /// Looks at every host and keeps what went wrong beside what went well: for `status` and `check`.
    ///
    /// # Errors
    /// There are more hosts than files can be open here.
    pub async fn survey(
        target: &Target,
        questions: &[Question],
        control: &Path,
        uploads: Uploads,
    ) -> Result<Vec<Result<Member, Failure>>, Failure> {
        look::enough_files(target)?;
        Ok(look::all(target, questions, control, uploads).await)
    }

    /// Looks at every host and takes those that can be asked; with what kept the others from it.
    ///
    /// # Errors
    /// There are more hosts than files can be open here.
    pub async fn reached(
        target: &Target,
        questions: &[Question],
        control: &Path,
    ) -> Result<(Self, Vec<Failure>), Failure> {
        let (mut members, mut away) = (Vec::new(), Vec::new());
        for looked in Self::survey(target, questions, control, Uploads::None).await? {
            match looked {
                Ok(member) => members.push(member),
                Err(failure) => away.push(failure),
            }
        }
        Ok((Self { members }, away))
    }

    /// What was seen, for planning.
    pub fn seen(&self) -> Vec<Seen<'_>> {
        self.members.iter().map(|member| (member.host.name.as_str(), &member.observed)).collect()
    }

    /// Lets go of those hosts whose names are not wanted.
    pub fn keep(&mut self, wanted: impl Fn(&str) -> bool) {
        let (kept, others) = self.members.drain(..).partition(|member| wanted(&member.host.name));
        self.members = kept;
        Fleet { members: others }.close();
    }

    /// Looks again, over the same channels.
    ///
    /// # Errors
    /// A host no longer answers.
    pub async fn look_again(&mut self, target: &Target, questions: &[Question]) -> Result<(), Failure> {
        for member in &mut self.members {
            member.observed = look::again(member, target, questions).await?;
        }
        Ok(())
    }

    /// Has each host that has leftovers of a dead operation finish or undo them.
    ///
    /// # Errors
    /// A host could not.
    pub async fn recover(
        &mut self,
        target: &Target,
        only_where_needed: bool,
    ) -> Result<Vec<(String, String)>, Failure> {
        look::recover(self, target, only_where_needed).await
    }

    /// Ends the connections.
    pub fn close(self) {
        for member in self.members {
            drop((member.channel, member.spare));
            member.connection.close();
        }
    }
}

impl Member {
    /// Asks for an operation's whole output.
    ///
    /// # Errors
    /// The host no longer answers.
    pub async fn log_of(&mut self, operation: &str) -> Result<Option<Vec<u8>>, Failure> {
        look::log_of(self, operation).await
    }

    /// The signature that is kept with a release, if there is one.
    ///
    /// # Errors
    /// The host no longer answers.
    pub async fn signature(&mut self, release: &crate::model::ReleaseId) -> Result<Option<String>, Failure> {
        records::signature(self, release).await
    }

    /// What the ledger has for a request (`wire::ledger`).
    ///
    /// # Errors
    /// The host no longer answers.
    pub async fn records(&mut self, request: &str) -> Result<Records, Failure> {
        records::ask(self, request).await
    }

    /// Ends the connection.
    pub fn close(self) {
        drop((self.channel, self.spare));
        self.connection.close();
    }
}

fn one_line(failure: &Failure) -> String {
    let why = failure.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let hint = failure.hint.as_ref().map(|hint| format!("\n    {hint}")).unwrap_or_default();
    format!("{}: {}{why}{hint}", failure.place, failure.what)
}
