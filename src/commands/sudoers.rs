//! The lines for sudo: the very commands that a target's operations run as root, and nothing beside them.

use crate::model::target::{Service, Target};

/// One line a command that `user` may run as root without a password: with just these arguments, or with none.
///
/// What can't be said exactly is said in a comment: a wildcard, or a command without its directory, would allow more.
pub fn lines(target: &Target, user: &str) -> Vec<String> {
    match &target.service {
        Service::Systemd { unit, user: false } => ["restart", "stop", "reset-failed"]
            .iter()
            .map(|verb| allowed(user, &["/usr/bin/systemctl", verb, "--", unit]))
            .collect(),
        Service::Commands { stop, start, restart, reload } => {
            let commands = [stop, start, restart, reload].into_iter().flatten();
            let mut lines: Vec<String> = commands.filter_map(|command| line(user, command)).collect();
            lines.dedup();
            lines
        }
        _ => Vec::new(),
    }
}

/// `sudo COMMAND ARGUMENT...`; nothing for a command without sudo.
fn line(user: &str, command: &str) -> Option<String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "sudo")?;
    let after = words[at + 1..].iter().skip_while(|word| matches!(**word, "-n" | "--")).copied();
    let called: Vec<&str> = after.collect();
    let plain = |word: &&str| word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./@%+=:,-".contains(&b));
    let one = at == 0 && !command.trim_end().contains('\n');
    let exact = one && called.first().is_some_and(|program| program.starts_with('/')) && called.iter().all(plain);
    Some(if exact {
        allowed(user, &called)
    } else {
        let shown = words.join(" ");
        format!("# not one plain command with its whole path, so no line can allow just it: {shown}")
    })
}

fn allowed(user: &str, words: &[&str]) -> String {
    let mut command: Vec<String> = words.iter().map(|word| escaped(word)).collect();
    if words.len() == 1 {
        // A command alone would be allowed with any arguments.
        command.push("\"\"".into());
    }
    format!("{user} ALL=(root) NOPASSWD: {}", command.join(" "))
}

/// What separates in sudoers, as itself.
fn escaped(word: &str) -> String {
    word.chars().flat_map(|c| [',', ':', '='].contains(&c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_allows_just_the_command() {
        for (command, expected) in [
            ("sudo /sbin/x", "ann ALL=(root) NOPASSWD: /sbin/x \"\""),
            ("sudo -n -- /sbin/x  a b=c:d", "ann ALL=(root) NOPASSWD: /sbin/x a b\\=c\\:d"),
        ] {
            assert_eq!(line("ann", command).as_deref(), Some(expected));
        }
        assert_eq!(line("ann", "/sbin/x"), None);
        for vague in [
            "sudo x",
            "sudo /sbin/x *",
            "sudo /sbin/x 'a b'",
            "cd / && sudo /sbin/x",
            "sudo -u bob /sbin/x",
            "sudo /sbin/x\nid",
            "sudo",
        ] {
            assert!(line("ann", vague).is_some_and(|line| line.starts_with("# ") && !line.contains('\n')), "{vague}");
        }
    }
}
