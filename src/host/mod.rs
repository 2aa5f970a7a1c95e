//! The far side: a connection to a host, and channels over it that speak with the host's script.

mod channel;
mod control;
mod local;
mod patience;
mod ssh;

use std::path::Path;

use crate::agent;
use crate::model::Failure;
use crate::model::target::{Address, Host, Ssh};

pub use channel::{Channel, Line, LinkLost, NoChannel, Sender};
pub use control::directory;
pub use patience::{Over, Patience};

/// A connection to one host. A clone is the same connection.
#[derive(Clone)]
pub enum Connection {
    /// This machine.
    Local,
    /// Another one.
    Ssh(ssh::Link),
}

impl Connection {
    /// Connects. `control` is a private directory for the connection's socket.
    ///
    /// # Errors
    /// The host can't be reached, or does not let us in (exit 3).
    pub async fn open(host: &Host, settings: &Ssh, control: &Path) -> Result<Self, Failure> {
        match &host.address {
            Address::Local { .. } => Ok(Self::Local),
            Address::Ssh { .. } => ssh::Link::open(host, settings, control).await.map(Self::Ssh),
        }
    }

    /// Opens a channel with the session's text running at its far end, ready for requests.
    ///
    /// # Errors
    /// The connection is lost, or the server allows no more channels.
    pub async fn channel(&self) -> Result<Channel, NoChannel> {
        let mut channel = match self {
            Self::Local => local::channel()?,
            Self::Ssh(link) => link.channel().await?,
        };
        // A login that ends at once may have closed its end already, or not yet: what it said tells why, and the
        // greeting that does not come is told in the same way, however fast either side was.
        let _ = channel.send(&agent::session_line()).await;
        Ok(channel)
    }

    /// Ends the connection. What runs on the host runs on.
    pub fn close(self) {
        if let Self::Ssh(link) = self {
            link.close();
        }
    }
}
