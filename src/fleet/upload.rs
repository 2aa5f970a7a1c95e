//! Sending the artifact: from disk to the host in small pieces, however large it is.

use std::fs::File;

use tokio::io::AsyncReadExt as _;

use crate::host::{Channel, LinkLost};

/// Bytes that are read and sent at a time.
const PIECE: usize = 256 * 1024;

/// Sends `file` to the operation's directory over a channel of its own; `progress` hears the bytes sent so far. The
/// host says itself whether what arrived is what was promised.
///
/// # Errors
/// The connection was lost, or the file can't be read, or the host never said that it took the end up. It may know
/// nothing of that, and wait.
pub async fn upload(
    mut channel: Channel,
    operation: &str,
    file: File,
    mut progress: impl FnMut(u64),
) -> Result<(), LinkLost> {
    channel.send(&format!("put {operation}")).await?;
    let mut file = tokio::fs::File::from_std(file);
    let mut piece = vec![0; PIECE];
    let mut sent = 0;
    loop {
        let got = file.read(&mut piece).await.map_err(|_| LinkLost)?;
        if got == 0 {
            break;
        }
        channel.send_bytes(&piece[..got]).await?;
        sent += got as u64;
        progress(sent);
    }
    channel.finish().await;
    while let Some(line) = channel.line().await {
        if line == b"put" {
            return Ok(());
        }
    }
    Err(LinkLost)
}
