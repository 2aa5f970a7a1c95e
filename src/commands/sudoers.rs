//! The lines for sudo: the very commands that a target's operations run as root, and nothing beside them.

use crate::model::SudoCall;
use crate::model::target::Target;
use crate::plan::sudo_calls;

/// One line a command that `user` may run as root without a password: with just these arguments, or with none.
///
/// What can't be said exactly is said in a comment: a wildcard, or a command without its directory, would allow more.
pub fn lines(target: &Target, user: &str) -> Vec<String> {
    sudo_calls(target).iter().map(|call| line(user, call)).collect()
}

fn line(user: &str, call: &SudoCall) -> String {
    let plain = |word: &String| word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./@%+=:,-".contains(&b));
    match call {
        SudoCall::Exact { user: other, words } if words.iter().all(plain) => {
            let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
            // The one program of which everybody knows where it is.
            if words[0] == "systemctl" {
                words[0] = "/usr/bin/systemctl";
            }
            if words[0].starts_with('/') {
                return allowed(user, other.as_deref().unwrap_or("root"), &words);
            }
            vague(&words.join(" "))
        }
        SudoCall::Exact { words, .. } => vague(&words.join(" ")),
        SudoCall::Unknown(text) => vague(text),
    }
}

fn vague(text: &str) -> String {
    let shown: Vec<&str> = text.split_whitespace().collect();
    format!("# not one plain command with its whole path, so no line can allow just it: {}", shown.join(" "))
}

fn allowed(user: &str, other: &str, words: &[&str]) -> String {
    let mut command: Vec<String> = words.iter().map(|word| escaped(word)).collect();
    if words.len() == 1 {
        // A command alone would be allowed with any arguments.
        command.push("\"\"".into());
    }
    format!("{user} ALL=({other}) NOPASSWD: {}", command.join(" "))
}

/// What separates in sudoers, as itself.
fn escaped(word: &str) -> String {
    word.chars().flat_map(|c| [',', ':', '='].contains(&c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sudo::calls;

    #[test]
    fn a_line_allows_just_the_command() {
        let said = |text: &str| calls(text).iter().map(|call| line("ann", call)).collect::<Vec<_>>();
        for (command, expected) in [
            ("sudo /sbin/x", "ann ALL=(root) NOPASSWD: /sbin/x \"\""),
            ("sudo -n -- /sbin/x  a b=c:d", "ann ALL=(root) NOPASSWD: /sbin/x a b\\=c\\:d"),
            ("cd / && sudo /sbin/x a", "ann ALL=(root) NOPASSWD: /sbin/x a"),
            ("sudo -u bob /sbin/x a", "ann ALL=(bob) NOPASSWD: /sbin/x a"),
            ("sudo systemctl restart x", "ann ALL=(root) NOPASSWD: /usr/bin/systemctl restart x"),
        ] {
            assert_eq!(said(command), [expected]);
        }
        assert_eq!(said("/sbin/x"), [""; 0]);
        for vague in ["sudo x", "sudo /sbin/x *", "sudo /sbin/x 'a b'", "sudo -i /sbin/x", "sudo", "sh -c 'sudo\nx'"] {
            let said = said(vague);
            assert!(said.len() == 1 && said[0].starts_with("# ") && !said[0].contains('\n'), "{vague}");
        }
    }
}
