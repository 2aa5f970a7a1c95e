//! What a drive does in tasks of their own, beside its loop: sending the artifact, and coming back to a host.

use std::time::Duration;

use super::{Driver, News};
use crate::agent::wire;
use crate::artifact;
use crate::fleet::{reattach, upload};
use crate::host::LinkLost;
use crate::model::Failure;

/// How many channels in a row may end without a word before the host counts as one that can't be reached.
const MUTE_MAX: u32 = 10;

impl Driver<'_> {
    /// In a task of its own: a line that is stuck must not keep the other hosts from hearing of us.
    pub(super) fn upload(&mut self, host: usize) {
        let Some(artifact) = self.artifact else { return };
        let (news, operation, total) = (self.news.clone(), self.plan.hosts[host].operation.clone(), artifact.size);
        let file = match artifact::reopen(artifact) {
            Ok(file) => file,
            Err(Failure { place, what, .. }) => {
                self.warn(None, &format!("{place}: {what}"));
                let _ = news.send(News::NoUpload(host));
                return;
            }
        };
        let member = &mut self.fleet.members[host];
        let (connection, spare) = (member.connection.clone(), member.spare.take());
        let hello = wire::hello(self.target, &self.fleet.members[host].base);
        self.tasks.spawn(async move {
            let progress = |sent| {
                let _ = news.send(News::Sent(host, sent, total));
            };
            let channel = match spare {
                Some(channel) => Ok(channel),
                None => connection.channel().await.map_err(|_| LinkLost),
            };
            let channel = match channel {
                Ok(mut channel) => channel.send(&hello).await.map(|()| channel),
                Err(lost) => Err(lost),
            };
            let sent = match channel {
                Ok(channel) => upload::upload(channel, &operation, file, progress).await,
                Err(lost) => Err(lost),
            };
            if sent.is_err() {
                // Nobody listens any more when the operation is over.
                let _ = news.send(News::NoUpload(host));
            }
        });
    }

    /// Tries to come back for as long as the host would wait for us and a little longer, then gives up.
    pub(super) fn reattach(&mut self, host: usize) {
        let (news, target) = (self.news.clone(), self.target.clone());
        let member = &self.fleet.members[host];
        let (far, base, control) = (member.host.clone(), member.base.clone(), member.control.clone());
        let request = format!("attach {} {}", self.plan.hosts[host].operation, self.links[host].lines);
        let name = self.links[host].name.clone();
        self.links[host].mute += 1;
        if self.links[host].mute > MUTE_MAX {
            // Whatever ends each of them there ends the next one, too.
            let _ = self.news.send(News::Attached(host, Err(())));
            return;
        }
        let again = self.links[host].mute > 1;
        self.warn(Some(name), "the connection was lost; trying again, while the host goes on by itself");
        self.tasks.spawn(async move {
            if again {
                tokio::time::sleep(reattach::PAUSE).await;
            }
            let patience = target.lease + Duration::from_secs(10);
            let result = reattach::within(patience, &far, &target, &base, &control, &request).await.ok_or(());
            // The operator may have left meanwhile.
            let _ = news.send(News::Attached(host, result));
        });
    }
}
