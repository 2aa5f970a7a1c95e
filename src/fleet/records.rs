//! What a host's books have, as far as it is asked for: records of its ledger, the signature of a release's bytes.

use super::look::silent;
use super::{LOOK_TIME, Member};
use crate::model::{Failure, Record, ReleaseId};

/// More bytes than this are no answer to show.
const ANSWER_MAX: usize = 256 << 20;

/// A signature is a few hundred bytes.
const SIGNATURE_MAX: usize = 64 << 10;

/// What came of a ledger.
#[derive(Debug, Default)]
pub struct Records {
    /// Oldest first.
    pub records: Vec<Record>,
    /// How many lines the ledger has.
    pub total: usize,
    /// How many of the lines that came are no records.
    pub unread: usize,
}

/// The signature that is kept with a release, if there is one; whether it holds is for others to say.
///
/// # Errors
/// The host no longer answers.
pub async fn signature(member: &mut Member, release: &ReleaseId) -> Result<Option<String>, Failure> {
    let host = &member.host;
    let channel = member.channel.as_mut().ok_or_else(|| silent(host))?;
    channel.send(&format!("signature {release}")).await.map_err(|_| silent(host))?;
    let mut text = String::new();
    while text.len() <= SIGNATURE_MAX {
        let line = channel.text_within(LOOK_TIME).await.map_err(|_| silent(host))?;
        match line.strip_prefix("sig ") {
            Some(line) => text.extend([line, "\n"]),
            None if line == "end" => return Ok(Some(text).filter(|text| !text.is_empty())),
            None => {}
        }
    }
    Err(Failure::refused(&host.name, format!("the signature of {release} has no end")).hint("release status"))
}

/// What the host answers to such a request (`wire::ledger`), oldest first, how many its ledger has in all, and how many lines of what came are none.
///
/// # Errors
/// The host no longer answers, or without end.
pub async fn ask(member: &mut Member, request: &str) -> Result<Records, Failure> {
    let host = &member.host;
    let channel = member.channel.as_mut().ok_or_else(|| silent(host))?;
    channel.send(request).await.map_err(|_| silent(host))?;
    let (mut found, mut taken) = (Records::default(), 0);
    while taken < ANSWER_MAX {
        let line = channel.text_within(LOOK_TIME).await.map_err(|_| silent(host))?;
        taken += line.len() + 1;
        match line.split_once(' ') {
            None if line == "end" => return Ok(found),
            Some(("ledger_lines", count)) => found.total = count.parse().unwrap_or(0),
            Some(("ledger", record)) => match serde_json::from_str(record) {
                Ok(record) => found.records.push(record),
                Err(_) => found.unread += 1,
            },
            _ => {}
        }
    }
    Err(Failure::refused(&host.name, "its ledger has no end").hint("release log -n 20"))
}
