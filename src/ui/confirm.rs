//! The question before something that is hard to take back.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use super::escape;

/// Asks on the terminal; only `y` or `yes` is a yes. The end of input is a no, and so is an input that is no terminal: what
/// a script or a loop happens to have on its stdin is not an answer (`--yes` is).
pub fn ask(question: &str) -> bool {
    let stdin = io::stdin();
    stdin.is_terminal() && ask_on(&mut stdin.lock(), &mut io::stderr(), question)
}

fn ask_on(input: &mut impl BufRead, output: &mut impl Write, question: &str) -> bool {
    for _ in 0..3 {
        let asked = write!(output, "{} [y/N] ", escape::line(question)).and_then(|()| output.flush());
        let mut answer = Vec::new();
        let read = input.by_ref().take(1024).read_until(b'\n', &mut answer);
        let (Ok(()), Ok(1..)) = (asked, read) else {
            // The terminal shows nothing for an end of input: the next line would start behind the question.
            let _ = writeln!(output);
            return false;
        };
        match answer.trim_ascii().to_ascii_lowercase().as_slice() {
            b"y" | b"yes" => return true,
            b"" | b"n" | b"no" => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(mut input: &[u8]) -> (bool, String) {
        let mut output = Vec::new();
        let yes = ask_on(&mut input, &mut output, "deploy 0.941 to prod?");
        (yes, String::from_utf8(output).unwrap())
    }

    #[test]
    fn only_yes_is_yes() {
        for (input, yes) in
            [("y\n", true), (" YES \n", true), ("n\n", false), ("\n", false), ("", false), ("x\ny\n", true)]
        {
            assert_eq!(answered(input.as_bytes()).0, yes, "{input:?}");
        }
    }

    #[test]
    fn gives_up_after_three_and_reads_no_endless_line() {
        assert_eq!(answered(b"a\nb\nc\ny\n").1, "deploy 0.941 to prod? [y/N] ".repeat(3));
        assert!(!answered(&[b'y'; 1 << 16]).0);
    }

    #[test]
    fn the_end_of_input_ends_the_line() {
        assert_eq!(answered(b""), (false, "deploy 0.941 to prod? [y/N] \n".into()));
    }
}
