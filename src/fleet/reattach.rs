//! Coming back to a host after the connection was lost: a fresh one, in which an operation's journal goes on.

use std::path::Path;
use std::time::{Duration, Instant};

use super::look;
use crate::host::{Channel, Connection};
use crate::model::target::{Host, Ssh, Target};

/// The time between two tries.
pub const PAUSE: Duration = Duration::from_millis(500);

/// Tries for so long; `request` is what the new channel is sent, and what it then answers to. `control` is where the host's
/// first socket was.
pub async fn within(
    patience: Duration,
    host: &Host,
    target: &Target,
    base: &str,
    control: &Path,
    request: &str,
) -> Option<Channel> {
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if let Some(channel) = once(host, target, base, control, request).await {
            return Some(channel);
        }
        tokio::time::sleep(PAUSE).await;
    }
    None
}

async fn once(host: &Host, target: &Target, base: &str, control: &Path, request: &str) -> Option<Channel> {
    // The terminal is drawn on by now.
    let settings = Ssh { ask: false, ..target.ssh.clone() };
    let connection = Connection::open(host, &settings, control).await.ok()?;
    let mut channel = connection.channel().await.ok()?;
    look::greet(&mut channel, host, target, base).await.ok()?;
    channel.send(request).await.ok()?;
    // It must live as long as the channel does.
    Some(channel.keeping(connection))
}
