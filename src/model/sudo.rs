//! What a command text asks of sudo: read as a shell would, as far as that can be done without running it.

/// One call of sudo in a command text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SudoCall {
    /// Just this, known to the letter.
    Exact {
        /// As whom (`-u`); `None`: root.
        user: Option<String>,
        /// The program and its arguments.
        words: Vec<String>,
    },
    /// There is a sudo, and only the shell will know what it is asked for: the command that holds it.
    Unknown(String),
}

/// Words behind which a command begins.
const RESERVED: [&str; 14] =
    ["if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "time", "exec", "nohup", "command"];

/// The calls of sudo in a command text, in order, each once.
pub fn calls(text: &str) -> Vec<SudoCall> {
    let mut all = Vec::new();
    if !mentions(text) {
        return all;
    }
    let commands = Lexer::default().commands(text);
    let found = match commands {
        Some(commands) => commands.iter().filter_map(|command| call(command)).collect(),
        None => vec![SudoCall::Unknown(text.trim().to_owned())],
    };
    for call in found {
        if !all.contains(&call) {
            all.push(call);
        }
    }
    all
}

/// Does the name stand there, as a word of its own?
fn mentions(text: &str) -> bool {
    text.match_indices("sudo").any(|(at, name)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        !part(before) && !part(after) && after != Some('/')
    })
}

fn call(command: &[Word]) -> Option<SudoCall> {
    let unknown = || {
        let words: Vec<&str> = command.iter().map(|word| word.text.as_str()).collect();
        Some(SudoCall::Unknown(words.join(" ")))
    };
    let begins =
        command.iter().position(|word| word.open || !(RESERVED.contains(&word.text.as_str()) || assigns(&word.text)));
    let rest = &command[begins.unwrap_or(command.len())..];
    let (first, rest) = rest.split_first()?;
    if first.open || !(first.text == "sudo" || first.text.ends_with("/sudo")) {
        return if command.iter().any(|word| mentions(&word.text)) { unknown() } else { None };
    }
    match asked(rest) {
        Some(call) if !rest.iter().any(|word| mentions(&word.text)) => Some(call),
        _ => unknown(),
    }
}

/// What stands behind `sudo`: its options, a program, arguments.
fn asked(mut words: &[Word]) -> Option<SudoCall> {
    let mut user = None;
    while let Some((word, rest)) = words.split_first() {
        match word.text.as_str() {
            "-n" | "-H" | "-S" | "-k" | "-b" | "--non-interactive" | "--set-home" => words = rest,
            "-u" | "--user" => {
                let (name, rest) = rest.split_first()?;
                user = Some(name.text.clone()).filter(|_| !name.open);
                user.as_ref()?;
                words = rest;
            }
            "--" => {
                words = rest;
                break;
            }
            option if option.starts_with('-') => return None,
            _ => break,
        }
    }
    let plain = !words.is_empty() && words.iter().all(|word| !word.open) && !assigns(&words[0].text);
    plain.then(|| SudoCall::Exact {
        user: user.filter(|name| name != "root"),
        words: words.iter().map(|word| word.text.clone()).collect(),
    })
}

fn assigns(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else { return false };
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[derive(Debug, Default)]
struct Word {
    text: String,
    /// Only the shell knows what it becomes.
    open: bool,
}

#[derive(Default)]
struct Lexer {
    commands: Vec<Vec<Word>>,
    command: Vec<Word>,
    word: Option<Word>,
    /// The next word is a file's name.
    redirects: bool,
}

impl Lexer {
    /// The simple commands of a text; `None`: it has something that this does not read.
    fn commands(mut self, text: &str) -> Option<Vec<Vec<Word>>> {
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\\' => match rest.next() {
                    Some('\n') => {}
                    next => self.push(next?),
                },
                '\'' => {
                    self.word();
                    loop {
                        match rest.next()? {
                            '\'' => break,
                            c => self.push(c),
                        }
                    }
                }
                '"' => {
                    self.word();
                    loop {
                        match rest.next()? {
                            '"' => break,
                            '\\' => match rest.next()? {
                                c @ ('"' | '\\' | '$' | '`') => self.push(c),
                                '\n' => {}
                                c => {
                                    self.push('\\');
                                    self.push(c);
                                }
                            },
                            c => self.push_open(c, "$`"),
                        }
                    }
                }
                // What runs within it is a command of its own.
                '$' if rest.peek() == Some(&'(') => return None,
                '`' => return None,
                '#' if self.word.is_none() => while rest.next_if(|c| *c != '\n').is_some() {},
                '<' if rest.peek() == Some(&'<') => return None,
                '<' | '>' => {
                    if self.word.as_ref().is_some_and(|word| word.text.bytes().all(|b| b.is_ascii_digit())) {
                        self.word = None;
                    }
                    self.end_word();
                    while rest.next_if(|c| matches!(c, '>' | '&' | '|')).is_some() {}
                    self.redirects = true;
                }
                '&' if rest.peek() == Some(&'>') => self.end_word(),
                '\n' | ';' | '&' | '|' | '(' | ')' => self.end_command(),
                c if c.is_whitespace() => self.end_word(),
                c => self.push_open(c, "$*?[~{"),
            }
        }
        self.end_command();
        Some(self.commands)
    }

    fn word(&mut self) -> &mut Word {
        self.word.get_or_insert_default()
    }

    fn push(&mut self, c: char) {
        self.word().text.push(c);
    }

    fn push_open(&mut self, c: char, opens: &str) {
        let word = self.word();
        word.text.push(c);
        word.open |= opens.contains(c);
    }

    fn end_word(&mut self) {
        let Some(mut word) = self.word.take() else { return };
        if word.text == "{" {
            word.open = false;
        }
        if std::mem::take(&mut self.redirects) {
            return;
        }
        self.command.push(word);
    }

    fn end_command(&mut self) {
        self.end_word();
        self.redirects = false;
        if !self.command.is_empty() {
            self.commands.push(std::mem::take(&mut self.command));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |call: &SudoCall| match call {
            SudoCall::Exact { user, words } => {
                format!("{}{}", user.as_ref().map(|user| format!("{user}: ")).unwrap_or_default(), words.join("|"))
            }
            SudoCall::Unknown(text) => format!("? {text}"),
        };
        calls(text).iter().map(show).collect()
    }

    #[test]
    fn every_sudo_of_a_text_is_found() {
        for (text, expected) in [
            ("sudo /sbin/x a", vec!["/sbin/x|a"]),
            ("/usr/bin/sudo -n -- x  'a b' \"c d\" e\\ f", vec!["x|a b|c d|e f"]),
            ("make && sudo x; sudo -u bob y >log 2>&1 | tee z", vec!["x", "bob: y"]),
            ("if true; then sudo x; else A=1 exec sudo y </dev/null; fi", vec!["x", "y"]),
            ("{ sudo x; }\nsudo x # sudo z", vec!["x"]),
            ("sudo -u root x", vec!["x"]),
            ("(cd /tmp && sudo x) || ! sudo y", vec!["x", "y"]),
            ("sudo x &>/dev/null", vec!["x"]),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_a_shell_would_know_is_unknown_and_not_guessed() {
        for text in [
            "sudo x $HOME",
            "sudo x *",
            "sudo A=1 x",
            "sudo -i",
            "sudo -E x",
            "sudo",
            "sh -c 'sudo x'",
            "echo `sudo x`",
            "x $(sudo y)",
            "timeout 5 sudo x",
            "sudo tee a <<E\nb\nE",
            "sudo 'x",
            "sudo sh -c 'sudo y'",
            "sudo -u $U x",
            "find . -exec sudo x {} ;",
        ] {
            let found = shown(text);
            assert!(found.len() == 1 && found[0].starts_with("? "), "{text}: {found:?}");
        }
    }

    #[test]
    fn a_name_that_holds_it_is_none() {
        for text in ["", "true", "/etc/sudo.conf", "cat /etc/sudoers", "pseudo x", "my-sudo x", "cp /etc/sudo/x y"] {
            assert_eq!(calls(text), [], "{text}");
        }
    }

    #[test]
    fn any_text_is_survived() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            let _ = calls(&format!("sudo {text}"));
            let _ = calls(&format!("{text} sudo x"));
            Ok(())
        });
    }
}
