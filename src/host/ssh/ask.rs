//! Keys with a passphrase: ssh may ask for it where there is somebody to ask, and otherwise it is said which key it is.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;
use tokio::sync::Mutex;

use crate::model::target::{Address, Host};

/// One question at a time: hosts are connected side by side, and there is one terminal.
static TERMINAL: Mutex<()> = Mutex::const_new(());

/// Connects with an ssh that may ask on the terminal, by itself; for passphrases only. Its socket.
pub(super) async fn connect(host: &Host, config: &Path, control: &Path) -> Option<PathBuf> {
    let Address::Ssh { host: address, user, port, jump, .. } = &host.address else { return None };
    let socket = control.join("asked");
    let mut command = Command::new("ssh");
    command.arg("-F").arg(config).arg("-E").arg(control.join("asked.log")).arg("-S").arg(&socket);
    command.args(["-M", "-f", "-N", "-o", "ControlPersist=10", "-o", "ServerAliveInterval=5"]);
    command.args(["-o", "PreferredAuthentications=publickey", "-o", "BatchMode=no"]);
    let options = [("-l", user.clone()), ("-p", port.map(|port| port.to_string())), ("-J", jump.clone())];
    for (option, value) in options {
        command.args(value.into_iter().flat_map(|value| [option.to_owned(), value]));
    }
    command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _turn = TERMINAL.lock().await;
    let connected = command.status().await.is_ok_and(|status| status.success());
    connected.then_some(socket)
}

/// The first key that ssh would use for a host and that has a passphrase.
pub(super) async fn locked_key(address: &str, config: &Path) -> Option<String> {
    let mut ssh = Command::new("ssh");
    ssh.arg("-F").arg(config).args(["-G", address]).stdin(Stdio::null());
    let output = ssh.output().await.ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for path in text.lines().filter_map(|line| line.strip_prefix("identityfile ")) {
        let mut keygen = Command::new("sh");
        // A `~` is the shell's to read.
        keygen.args([
            "-c",
            r#"case $1 in "~/"*) set -- "$HOME/${1#??}";; esac; test -f "$1" && exec ssh-keygen -y -P "" -f "$1""#,
        ]);
        keygen.args(["sh", path]).stdin(Stdio::null()).env("LC_ALL", "C");
        let said = keygen.output().await.ok()?;
        if String::from_utf8_lossy(&said.stderr).contains("passphrase") {
            return Some(path.to_owned());
        }
    }
    None
}
