//! What a release may not hold although any extractor would unpack it, and what gets a warning.

use super::entry::{Entry, Kind};
use super::path;
use super::refusal::{Refusal, shown};
use super::tree::Node;
use super::warnings::{Concern, Warnings};

const SETUID: u32 = 0o4000;
const SETGID: u32 = 0o2000;
const STICKY: u32 = 0o1000;
const WORLD_WRITABLE: u32 = 0o002;
const OWNER_ALL: u32 = 0o700;
const OTHERS_READ: u32 = 0o004;
const OTHERS_ENTER: u32 = 0o005;

/// Permission bits: the host unpacks with umask 022, which takes away what is only careless. What asks for more power
/// than a release has, or could not be unpacked into, is refused.
pub(super) fn mode(entry: &Entry, warnings: &mut Warnings) -> Result<(), Refusal> {
    // The bits of a symlink mean nothing, and are 0777 nearly always.
    if entry.kind == Kind::Symlink {
        return Ok(());
    }
    let name = shown(&entry.name);
    for (bit, word, flag) in [(SETUID, "setuid", "u-s"), (SETGID, "setgid", "g-s")] {
        if entry.mode & bit != 0 {
            return Err(Refusal::new(format!("holds {name}, which is {word}"))
                .why("a release runs with the rights of whoever starts it, no others")
                .hint(format!("chmod {flag} it, and build the artifact again")));
        }
    }
    if entry.kind == Kind::Directory && entry.mode & OWNER_ALL != OWNER_ALL {
        return Err(Refusal::new(format!("holds the directory {name} with mode {:03o}", entry.mode))
            .why("its own owner could not unpack into it, or remove it later")
            .hint("chmod u+rwx it, and build the artifact again"));
    }
    if entry.mode & (STICKY | WORLD_WRITABLE) != 0 {
        warnings.add(Concern::Mode, || name.clone());
    }
    // A private file may be meant so, hence nothing is opened here.
    let needed = if entry.kind == Kind::Directory { OTHERS_ENTER } else { OTHERS_READ };
    if entry.mode & needed != needed {
        warnings.add(Concern::Unreadable, || name);
    }
    Ok(())
}

/// Names at the top of a release that are ours: `.release.json` is written by `release build` and again by the host,
/// `.release` is the host's own directory beside the releases.
pub(super) fn reserved(path: &str, node: Node) -> Result<(), Refusal> {
    let top = path.split('/').next().unwrap_or_default();
    let taken = match top {
        ".release" => true,
        ".release.json" => path != top || node != Node::File,
        _ => false,
    };
    if !taken {
        return Ok(());
    }
    Err(Refusal::new(format!("holds the reserved name {} as a {}", shown(path), node.word()))
        .why("`release` keeps its own records under that name")
        .hint("rename it, and build the artifact again"))
}

/// Warns of what should not leave a developer's machine, by name and by the first bytes of the contents.
pub(super) fn secrets(path: &str, head: &[u8], warnings: &mut Warnings) {
    let name = path::split(path).1;
    let by_name = matches!(name, ".env" | ".env.production" | ".env.local" | ".pgpass" | ".netrc" | ".htpasswd")
        || matches!(name, "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519")
        || name.ends_with("_config.sh");
    if by_name {
        warnings.add(Concern::Secret, || shown(path));
    }
    if holds_private_key(head) {
        warnings.add(Concern::PrivateKey, || shown(path));
    }
}

/// Certificates are `.pem` files too, so the name tells nothing: the line that opens a private key does.
fn holds_private_key(head: &[u8]) -> bool {
    let mut lines = head.split(|b| *b == b'\n');
    lines.any(|line| line.starts_with(b"-----BEGIN ") && line.trim_ascii_end().ends_with(b"PRIVATE KEY-----"))
}

/// Whether a name has combining marks where a composed letter would be usual.
pub(super) fn has_marks(path: &str) -> bool {
    path.contains(|c| matches!(c, '\u{300}'..='\u{36f}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_names_are_reserved_at_the_top_only() {
        for (path, node) in [
            (".release.json", Node::File),
            ("a/.release.json", Node::Symlink),
            ("a/.release/x", Node::File),
            (".release2", Node::Directory),
            ("live", Node::Symlink),
        ] {
            assert_eq!(reserved(path, node), Ok(()), "{path}");
        }
        for (path, node) in [
            (".release.json", Node::Symlink),
            (".release.json", Node::Directory),
            (".release.json/x", Node::File),
            (".release", Node::Directory),
            (".release", Node::File),
            (".release/lock", Node::File),
        ] {
            assert!(reserved(path, node).is_err(), "{path}");
        }
    }

    #[test]
    fn tells_keys_from_certificates() {
        for kind in ["", "RSA ", "OPENSSH ", "ENCRYPTED "] {
            assert!(holds_private_key(format!("Bag\n-----BEGIN {kind}PRIVATE KEY-----\r\nMII").as_bytes()), "{kind}");
        }
        for text in ["-----BEGIN CERTIFICATE-----\n", "grep -----BEGIN PRIVATE KEY-----", "-----BEGIN ", ""] {
            assert!(!holds_private_key(text.as_bytes()), "{text}");
        }
    }
}
