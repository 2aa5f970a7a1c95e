//! Access lists: nobody unpacks one, but bsdtar takes the permission bits of the owner and of others from it.

use super::refusal::{Refusal, shown};

/// Refuses a list that says otherwise than these permission bits of `name`, or that can't be read.
pub(super) fn check(name: &[u8], mode: u32, list: &[u8]) -> Result<(), Refusal> {
    let agrees = std::str::from_utf8(list).is_ok_and(|list| list.split(',').all(|entry| agrees(entry, mode)));
    if agrees {
        return Ok(());
    }
    Err(Refusal::new(format!("has an access list for {} that is not its mode {mode:03o}", shown(name)))
        .why(format!("{}; extractors differ about which counts", shown(list)))
        .hint("make it with git archive, or with tar but with --no-acls"))
}

/// `user::rwx`, `user:ann:r-x:1000`, `group::r-x`, `mask::rwx`, `other::r-x`: of the owner and of others, the mode's bits.
fn agrees(entry: &str, mode: u32) -> bool {
    let fields: Vec<&str> = entry.split(':').collect();
    let [tag @ ("user" | "group" | "mask" | "other"), who, bits, rest @ ..] = fields.as_slice() else { return false };
    let number = rest.iter().all(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
    let Some(bits) = permissions(bits).filter(|_| rest.len() <= 1 && number) else { return false };
    match (*tag, who.is_empty()) {
        ("user", true) => bits == mode >> 6 & 7,
        ("other", true) => bits == mode & 7,
        (_, true) => true,
        ("user" | "group", false) => who.bytes().all(|b| b.is_ascii_graphic()),
        _ => false,
    }
}

fn permissions(text: &str) -> Option<u32> {
    let [r @ (b'r' | b'-'), w @ (b'w' | b'-'), x @ (b'x' | b'-')] = *text.as_bytes() else { return None };
    Some(u32::from(r == b'r') << 2 | u32::from(w == b'w') << 1 | u32::from(x == b'x'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_agrees_with_the_mode_or_is_refused() {
        for (list, mode, good) in [
            ("user::rw-,group::r--,other::r--", 0o644, true),
            ("user::rwx,user:ann:r-x:1000,group::r-x,mask::rwx,other::---", 0o770, true),
            ("user::rw-,group::r--,other::r--", 0o755, false),
            ("user::rwx,group::r--,other::r-x", 0o754, false),
            ("u::rw-", 0o644, false),
            (" user::rw-", 0o644, false),
            ("user::6", 0o644, false),
            ("", 0o644, false),
        ] {
            assert_eq!(check(b"x", mode, list.as_bytes()).is_ok(), good, "{list}");
        }
    }
}
