//! This machine as a host: the same script, run by a shell here.

use std::process::Stdio;

use tokio::process::Command;

use super::channel::{Channel, LinkLost};
use crate::agent;

/// Starts the session in a shell of its own, out of reach of the terminal's Ctrl-C.
pub fn channel() -> Result<Channel, LinkLost> {
    let mut child = Command::new("sh")
        .args(["-c", agent::COMMAND])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|_| LinkLost)?;
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else { return Err(LinkLost) };
    Ok(Channel::new(stdin, stdout, child))
}
