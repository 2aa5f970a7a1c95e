//! Why ssh did not let us in, for people.

use std::path::PathBuf;

use crate::model::Failure;
use crate::model::target::{Address, Host, Ssh};

/// Why ssh did not let us in, and the one command to go on with.
///
/// `locked`: a key that nobody was asked the passphrase of.
pub(super) fn refusal(host: &Host, settings: &Ssh, text: &str, locked: Option<String>) -> Failure {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines.last().copied().unwrap_or("ssh failed");
    let failure = Failure::refused(&host.name, "can't connect");
    let ssh = by_hand(host, settings);
    let verification_failed = text.contains("Host key verification failed") || text.contains("host key is known");
    if text.contains("Host key verification failed") && text.contains("IDENTIFICATION HAS CHANGED") {
        let found =
            lines.iter().find(|line| line.contains("SHA256:")).map(|line| format!(": {line}")).unwrap_or_default();
        failure
            .why(format!("its host key has changed{found}"))
            .hint(format!("find out why; if it is right: {}, then {ssh}", forget(&lines)))
    } else if verification_failed && matches!(&host.address, Address::Ssh { host_key: Some(_), .. }) {
        failure
            .why("it shows another host key than `host_key` in hosts.toml says")
            .hint(format!("find out why; this shows the fingerprint: {ssh}"))
    } else if verification_failed {
        failure
            .why("its host key is not known here; --accept-new would add it unseen")
            .hint(format!("compare the fingerprint that this shows, and accept it: {ssh}"))
    } else if let Some(key) = locked {
        failure
            .why(format!("{last}; the key {key} has a passphrase, and ssh had nobody to ask"))
            .hint(format!("ssh-add {}", shell_word(&key)))
    } else {
        // What ssh said of a key stands before the last line, which only says that none was accepted.
        let telling =
            |line: &&&str| ["too open", "bad permissions", "bad owner"].iter().any(|word| line.contains(word));
        let reason = lines.iter().find(telling).map(|line| format!("{last}; {line}"));
        let all: Vec<&str> = lines.iter().copied().filter(|line| !line.starts_with("@@")).collect();
        let failure = if all.len() > 1 { failure.detail(all.join("\n")) } else { failure };
        failure
            .why(reason.unwrap_or_else(|| last.to_owned()))
            .hint(format!("{} true", ssh.replacen("ssh", "ssh -v", 1)))
    }
}

/// The command that takes the old key out of the file where ssh has found it, under the name that ssh knows it by.
fn forget(lines: &[&str]) -> String {
    let between = |before: &str, after: &str| {
        lines.iter().find_map(|line| line.strip_prefix(before)?.split_once(after).map(|(text, _)| text))
    };
    // `Offending ED25519 key in FILE:LINE`, `Host key for NAME has changed ...`
    let offending =
        lines.iter().find_map(|line| line.strip_prefix("Offending ")?.split_once(" key in ")?.1.rsplit_once(':'));
    match (offending, between("Host key for ", " has changed")) {
        (Some((file, _)), Some(name)) => format!("ssh-keygen -f {} -R {}", shell_word(file), shell_word(name)),
        _ => "ssh-keygen -R HOST".into(),
    }
}

/// The `ssh` that reaches the same host in the same way, to be typed.
fn by_hand(host: &Host, settings: &Ssh) -> String {
    let Address::Ssh { host: address, user, port, identity, jump, .. } = &host.address else { return "sh".into() };
    let mut words = vec!["ssh".to_owned()];
    let path = |path: &PathBuf| path.display().to_string();
    let options = [
        ("-F", settings.config.as_ref().map(path)),
        ("-i", identity.as_ref().map(path)),
        ("-J", jump.clone()),
        ("-p", port.map(|port| port.to_string())),
    ];
    for (option, value) in options {
        words.extend(value.map(|value| format!("{option} {}", shell_word(&value))));
    }
    words.push(user.as_ref().map_or_else(|| address.clone(), |user| format!("{user}@{address}")));
    words.join(" ")
}

/// A value as one word of a command that is shown.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:@%+=,-~".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
