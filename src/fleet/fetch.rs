//! Fetching the bytes that a release was made of, from a host that keeps them: proven while they arrive.

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::look::silent;
use super::{LOOK_TIME, Member};
use crate::host::{Channel, Patience};
use crate::model::{Digest, Failure, ReleaseId};

/// How long a host may read a large file before its first word: it tells its sha256.
const READING: Duration = Duration::from_secs(600);

/// The host's first line is shorter.
const LINE_MAX: usize = 200;

impl Member {
    /// Has the artifact of a release sent into a file. `false`: this host does not keep it. The host's last channel is used up.
    ///
    /// # Errors
    /// It is not what it was when it came there, or larger than it may be, or the connection was lost.
    pub async fn fetch(
        &mut self,
        release: &ReleaseId,
        wanted: Digest,
        max: u64,
        file: &mut File,
    ) -> Result<bool, Failure> {
        let name = self.host.name.clone();
        let mut channel = self.channel.take().ok_or_else(|| silent(&self.host))?;
        channel.take_bytes();
        channel.send(&format!("artifact {release}")).await.map_err(|_| silent(&self.host))?;
        channel.finish().await;
        let (line, mut piece) = first_line(&mut channel).await.ok_or_else(|| silent(&self.host))?;
        let Some((size, there)) = kept(&line) else { return Ok(false) };
        if there != wanted {
            return Err(changed(&name, format!("sha256 {} there, {} in the ledger", there.short(), wanted.short())));
        }
        if size > max {
            let what = format!("the artifact of {release} has {size} bytes, and max_unpacked allows {max}");
            return Err(Failure::refused(&name, what).hint("raise max_unpacked in hosts.toml"));
        }
        let (mut hash, mut got) = (Sha256::new(), 0);
        let mut patience = Patience::new(LOOK_TIME, usize::MAX);
        loop {
            got += piece.len() as u64;
            if got > size {
                return Err(changed(&name, format!("more than {size} bytes came")));
            }
            hash.update(&piece);
            file.write_all(&piece).await.map_err(|error| unwritable(&error))?;
            if got == size {
                break;
            }
            piece = match patience.line(&mut channel).await {
                Ok(piece) => piece,
                Err(_) => return Err(silent(&self.host).why(format!("{got} of {size} bytes came"))),
            };
        }
        file.sync_all().await.map_err(|error| unwritable(&error))?;
        let arrived = Digest::from_bytes(hash.finalize().into());
        if arrived == wanted { Ok(true) } else { Err(changed(&name, format!("sha256 {} came", arrived.short()))) }
    }
}

/// The first line, and what came with it of the rest.
async fn first_line(channel: &mut Channel) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut patience = Patience::new(READING, usize::MAX);
    loop {
        bytes.extend(patience.line(channel).await.ok()?);
        if let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let rest = bytes.split_off(end + 1);
            return Some((String::from_utf8_lossy(&bytes[..end]).into_owned(), rest));
        }
        if bytes.len() > LINE_MAX {
            return None;
        }
    }
}

fn kept(line: &str) -> Option<(u64, Digest)> {
    let (size, digest) = line.strip_prefix("artifact ")?.split_once(' ')?;
    Some((size.parse().ok()?, digest.parse().ok()?))
}

fn changed(host: &str, why: String) -> Failure {
    Failure::refused(host, "the artifact that it keeps is not what it was made of").why(why)
}

fn unwritable(error: &std::io::Error) -> Failure {
    Failure::refused("dist/", "the artifact can't be written").why(error.to_string())
}
