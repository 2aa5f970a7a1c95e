//! A host over ssh. The only file that knows the `openssh` crate.
//!
//! Host keys are checked strictly; nothing is added to known_hosts but by `--accept-new`. The master process ends by
//! itself when it has been idle, so that a killed client leaves no open door behind.

mod ask;
mod why;

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use openssh::{ControlPersist, Error, KnownHosts, Session, SessionBuilder, Stdio};

use super::channel::{Channel, NoChannel};
use crate::agent;
use crate::model::Failure;
use crate::model::target::{Address, Host, Ssh};

/// How long a connection may take, where hosts.toml does not say.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the master outlives the last channel.
const IDLE: NonZeroUsize = NonZeroUsize::new(10).unwrap();

/// An open connection.
#[derive(Clone)]
pub struct Link {
    session: Arc<Session>,
}

impl Link {
    /// Connects as the user's ssh would.
    pub async fn open(host: &Host, settings: &Ssh, control: &Path) -> Result<Self, Failure> {
        let Address::Ssh { host: address, user, port, identity, jump, host_key } = &host.address else {
            return Err(Failure::usage(&host.name, "not an ssh host"));
        };
        let mut own = host_key.as_deref().map(|key| pinned(address, key)).unwrap_or_default();
        // Not as `-i`, which does not know `~`.
        if let Some(identity) = identity {
            own.push_str(&format!("Host {address}\nIdentityFile {}\nIdentitiesOnly yes\n", quoted(identity)));
        }
        let config = write_config(settings, &own, control).map_err(|error| {
            Failure::refused(&host.name, "can't write the ssh configuration of this run").why(error.to_string())
        })?;
        let mut builder = SessionBuilder::default();
        // A pinned key is the only one: with it nothing is new.
        let accept_new = settings.accept_new && host_key.is_none();
        builder
            .known_hosts_check(if accept_new { KnownHosts::Add } else { KnownHosts::Strict })
            .control_directory(control)
            .control_persist(ControlPersist::IdleFor(IDLE))
            .connect_timeout(settings.connect_timeout.unwrap_or(CONNECT_TIMEOUT))
            .server_alive_interval(Duration::from_secs(5))
            .config_file(&config);
        if let Some(user) = user {
            builder.user(user.clone());
        }
        if let Some(port) = port {
            builder.port(*port);
        }
        if let Some(jump) = jump {
            builder.jump_hosts(jump.split(','));
        }
        match builder.connect_mux(address).await {
            Ok(session) => Ok(Self { session: Arc::new(session) }),
            Err(error) => {
                let said = said(&error);
                let denied = said.contains("Permission denied");
                if denied
                    && settings.ask
                    && let Some(socket) = ask::connect(host, &config, control).await
                {
                    return Ok(Self { session: Arc::new(Session::resume_mux(socket.into(), None)) });
                }
                let locked = if denied { ask::locked_key(address, &config).await } else { None };
                Err(why::refusal(host, settings, &said, locked))
            }
        }
    }

    /// One more channel over the same connection.
    pub async fn channel(&self) -> Result<Channel, NoChannel> {
        let mut command = Arc::clone(&self.session).arc_raw_command(agent::COMMAND);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().await.map_err(|error| no_channel(&error))?;
        let (stdin, stdout) = (child.stdin().take(), child.stdout().take());
        let (Some(stdin), Some(stdout)) = (stdin, stdout) else { return Err(NoChannel::Lost) };
        Ok(Channel::new(stdin, stdout, child))
    }

    /// Ends the master, unless a channel is still open: then it ends with the last one, or when it has been idle.
    ///
    /// By the drop of the session, because its own `close` only asks the master to take no more channels.
    pub fn close(self) {
        drop(self.session);
    }
}

/// The user's own configuration with a few settings put before it: no agent, tickets or forwards on machines that only
/// take a release, and an end to a dead line after three unanswered keep-alives. What the command line says of host keys
/// does not reach the ssh of a jump host, but this does.
fn write_config(settings: &Ssh, of_host: &str, control: &Path) -> std::io::Result<PathBuf> {
    let path = control.join("config");
    let own = match &settings.config {
        // ssh knows `~`, but takes other relative paths as below ~/.ssh.
        Some(own) if own.starts_with("~") => format!("Include {}\n", quoted(own)),
        Some(own) => format!("Include {}\n", quoted(&std::path::absolute(own)?)),
        None => "Include ~/.ssh/config\nMatch all\nInclude /etc/ssh/ssh_config\n".to_owned(),
    };
    let unknown = if settings.accept_new { "accept-new" } else { "yes" };
    let text = format!(
        "{of_host}Host *\nStrictHostKeyChecking {unknown}\nForwardAgent no\nForwardX11 no\nClearAllForwardings yes\n\
         Tunnel no\nGSSAPIDelegateCredentials no\nServerAliveCountMax 3\n{own}"
    );
    let mut file = tempfile::NamedTempFile::new_in(control)?;
    file.write_all(text.as_bytes())?;
    file.persist(&path)?;
    Ok(path)
}

/// `host_key` of hosts.toml: for this host only the key with this fingerprint is known, whatever known_hosts says. ssh
/// asks the command which keys it knows, and tells it the fingerprint that the host has shown. Jump hosts have other
/// names and are not touched. Both values have a checked alphabet without quotes.
fn pinned(address: &str, key: &str) -> String {
    let answer = format!(r#"/bin/sh -c "test $1 != {key} || echo $2 $3 $4" sh %f %H %t %K"#);
    format!(
        "Host {address}\nUserKnownHostsFile /dev/null\nGlobalKnownHostsFile /dev/null\nKnownHostsCommand {answer}\n"
    )
}

/// A path as ssh's configuration takes it.
fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

/// The master says it in these words of `mux.c`: the server did not open a session, and the connection is as it was.
fn no_channel(error: &Error) -> NoChannel {
    match error {
        Error::SshMux(inner) if inner.to_string().contains("refused by peer") => NoChannel::Refused,
        _ => NoChannel::Lost,
    }
}

/// What ssh itself said.
fn said(error: &Error) -> String {
    match error {
        Error::Connect(inner) | Error::Master(inner) => inner.to_string(),
        other => other.to_string(),
    }
}
