//! One key pair for hosts and one for people, made once a process: making them takes longer than using them.

use std::process::Command;
use std::sync::OnceLock;

/// Key material, as text to be written where it is needed.
pub struct Keys {
    /// Every host's private key.
    pub host: String,
    /// Its public half, `ssh-ed25519 AAAA...`.
    pub host_public: String,
    /// The operator's private key.
    pub client: String,
    /// Its public half.
    pub client_public: String,
}

impl Keys {
    /// The process's keys.
    pub fn get() -> &'static Self {
        static KEYS: OnceLock<Keys> = OnceLock::new();
        KEYS.get_or_init(|| {
            let (host, host_public) = generate();
            let (client, client_public) = generate();
            Keys { host, host_public, client, client_public }
        })
    }
}

/// A fresh ed25519 pair: private text, and public text without its comment.
pub fn generate() -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(&file).output();
    let made = made.expect("ssh-keygen is missing: start the tests with tests/run");
    assert!(made.status.success(), "{made:?}");
    let public = std::fs::read_to_string(file.with_extension("pub")).unwrap();
    (std::fs::read_to_string(&file).unwrap(), public.trim().to_owned())
}
