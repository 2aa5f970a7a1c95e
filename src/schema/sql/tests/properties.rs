//! What holds of any text.

use arbtest::{arbitrary::Unstructured, arbtest};

use super::BOTH;
use crate::schema::sql::{Purpose, check, renamed, split, tokens};

/// Pieces that open, close, end and hide.
const PIECES: [&str; 40] = [
    "'",
    "\"",
    "`",
    "[",
    "]",
    "$$",
    "$a$",
    "$",
    "--",
    "/*",
    "*/",
    "\n",
    "\r",
    " ",
    ";",
    "(",
    ")",
    ",",
    ".",
    "\\",
    "E'",
    "u&\"",
    "é",
    "\0",
    "\u{feff}",
    "begin",
    "end",
    "case",
    "create",
    "function",
    "trigger",
    "table",
    "t",
    "1e",
    "-",
    "select",
    "or replace ",
    "-- @renamed from=x\n",
    "-- release: no-transaction\n",
    "set ",
];

fn text(u: &mut Unstructured<'_>) -> arbtest::arbitrary::Result<String> {
    let mut text = String::new();
    for _ in 0..u.int_in_range(0..=40)? {
        text.push_str(u.choose(&PIECES)?);
        if u.ratio(1, 2)? {
            text.push(' ');
        }
    }
    Ok(text)
}

#[test]
fn no_byte_is_lost() {
    arbtest(|u| {
        let text = text(u)?;
        for engine in BOTH {
            let Ok(tokens) = tokens(engine, &text) else { continue };
            assert_eq!(tokens.iter().map(|token| token.text).collect::<String>(), text);
            let statements = split(engine, &text).unwrap();
            assert_eq!(statements.iter().map(|statement| statement.text).collect::<String>(), text);
            assert!(statements.iter().rev().skip(1).all(|statement| statement.text.ends_with(';')), "{statements:?}");
        }
        Ok(())
    });
}

#[test]
fn what_runs_can_be_read_again() {
    arbtest(|u| {
        let text = text(u)?;
        for engine in BOTH {
            _ = renamed(engine, &text);
            for purpose in [Purpose::Step, Purpose::Wanted] {
                let Ok(checked) = check(engine, purpose, "x.sql", &text) else { continue };
                let text_again = checked.text();
                let again = split(engine, &text_again).unwrap();
                let runs = again.iter().filter(|statement| !statement.is_empty()).count();
                assert_eq!(runs, checked.statements.len(), "{text:?}: {checked:?}");
            }
        }
        Ok(())
    });
}
