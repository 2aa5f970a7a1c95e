//! A host over ssh. The only file that knows the `openssh` crate.
//!
//! Host keys are checked strictly; nothing is added to known_hosts. The master process ends by itself when it has
//! been idle, so that a killed client leaves no open door behind.

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use openssh::{ControlPersist, Error, KnownHosts, Session, SessionBuilder, Stdio};

use super::channel::{Channel, LinkLost};
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
        let Address::Ssh { host: address, user, port, identity, jump, .. } = &host.address else {
            return Err(Failure::usage(&host.name, "not an ssh host"));
        };
        let config = write_config(settings, control).map_err(|error| {
            Failure::refused(&host.name, "can't write the ssh configuration of this run").why(error.to_string())
        })?;
        let mut builder = SessionBuilder::default();
        builder
            .known_hosts_check(KnownHosts::Strict)
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
        if let Some(identity) = identity {
            builder.keyfile(identity);
        }
        if let Some(jump) = jump {
            builder.jump_hosts(jump.split(','));
        }
        match builder.connect_mux(address).await {
            Ok(session) => Ok(Self { session: Arc::new(session) }),
            Err(error) => Err(refusal(host, address, &error)),
        }
    }

    /// One more channel over the same connection.
    pub async fn channel(&self) -> Result<Channel, LinkLost> {
        let mut command = Arc::clone(&self.session).arc_raw_command(agent::COMMAND);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().await.map_err(|_| LinkLost)?;
        let (Some(stdin), Some(stdout)) = (child.stdin().take(), child.stdout().take()) else { return Err(LinkLost) };
        Ok(Channel::new(stdin, stdout, child))
    }

    /// Ends the master.
    pub async fn close(self) {
        if let Some(session) = Arc::into_inner(self.session) {
            // A master that is gone already is as good as closed.
            let _ = session.close().await;
        }
    }
}

/// The user's own configuration with a few settings put before it: no agent and no forwards on machines that only
/// take a release, and an end to a dead line after three unanswered keep-alives.
fn write_config(settings: &Ssh, control: &Path) -> std::io::Result<PathBuf> {
    let path = control.join("config");
    let mut text = String::from("ForwardAgent no\nForwardX11 no\nClearAllForwardings yes\nServerAliveCountMax 3\n");
    match &settings.config {
        Some(own) => text.push_str(&format!("Include {}\n", quoted(&std::path::absolute(own)?))),
        None => text.push_str("Include ~/.ssh/config\nMatch all\nInclude /etc/ssh/ssh_config\n"),
    }
    let mut file = tempfile::NamedTempFile::new_in(control)?;
    file.write_all(text.as_bytes())?;
    file.persist(&path)?;
    Ok(path)
}

/// A path as ssh's configuration takes it.
fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

/// Why ssh did not let us in, and the one command to go on with.
fn refusal(host: &Host, address: &str, error: &Error) -> Failure {
    let text = match error {
        Error::Connect(inner) | Error::Master(inner) => inner.to_string(),
        other => other.to_string(),
    };
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines.last().copied().unwrap_or("ssh failed");
    let failure = Failure::refused(&host.name, "can't connect");
    if text.contains("Host key verification failed") && text.contains("IDENTIFICATION HAS CHANGED") {
        let found =
            lines.iter().find(|line| line.contains("SHA256:")).map(|line| format!(": {line}")).unwrap_or_default();
        failure
            .why(format!("its host key has changed{found}"))
            .hint(format!("find out why; if it is right: ssh-keygen -R {address}, then ssh {}", destination(host)))
    } else if text.contains("Host key verification failed") || text.contains("host key is known") {
        failure
            .why("its host key is not known here")
            .hint(format!("compare the fingerprint that this shows, and accept it: ssh {}", destination(host)))
    } else {
        failure.why(last.to_owned()).hint(format!("ssh -v {} true", destination(host)))
    }
}

/// The words after `ssh` that reach the same host.
fn destination(host: &Host) -> String {
    match &host.address {
        Address::Ssh { host: address, user, port, .. } => {
            let user = user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
            let port = port.map(|port| format!("-p {port} ")).unwrap_or_default();
            format!("{port}{user}{address}")
        }
        Address::Local { .. } => "localhost".into(),
    }
}
