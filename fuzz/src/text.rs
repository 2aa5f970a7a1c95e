//! Words on the wire, and what reaches a terminal.

use release::agent::word;
use release::ui::escape;

/// Every value comes back from its word as it was; nothing that acts comes through the sanitiser, and little that is long.
pub fn text(data: &[u8]) {
    harmless(&escape::bytes(data), &[]);
    harmless(&escape::block(data), &['\n', '\t']);
    let text = String::from_utf8_lossy(data);
    let line = escape::line(&text);
    harmless(&line, &[]);
    assert_eq!(escape::line(&line), line, "what is shown is shown as it is");
    let sent = word(&text);
    super::on_the_wire(&sent);
    assert!(!sent.is_empty() && !sent.contains([' ', '\n']), "one word: {sent:?}");
    assert_eq!(decoded(&sent), text.as_bytes());
}

/// As `dec` of the host's `lib.sh` does it.
fn decoded(word: &str) -> Vec<u8> {
    if word == "-" {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut rest = word.as_bytes();
    while let [first, after @ ..] = rest {
        if *first == b'\\' {
            let digits = std::str::from_utf8(&after[1..4]).unwrap();
            assert_eq!(after[0], b'0');
            out.push(u8::from_str_radix(digits, 8).unwrap());
            rest = &after[4..];
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

fn harmless(shown: &str, allowed: &[char]) {
    let acts = |c: char| {
        (c.is_control() && !allowed.contains(&c))
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    assert!(!shown.contains(acts), "{shown:?}");
    assert!(shown.split('\n').all(|line| line.chars().count() <= escape::LINE_MAX), "{shown:?}");
}
