//! What people and attackers put into text.

/// The file that exists if anything of it is ever run.
pub const CANARY: &str = "pwned";

/// Each means something to some shell, terminal, printf, tar, regular expression, or to our own protocol.
#[rustfmt::skip]
pub const VALUES: [&str; 91] = [
    "'", "\"", "''", "it's", "'; touch pwned; '", "\"; touch pwned; \"", "'$(touch pwned)'", "\"$(touch pwned)\"",
    "`touch pwned`", "$(touch pwned)", "$(touch${IFS}pwned)", "${IFS}", "$PATH", "$0", "$!", "$$", "$((1+1))", "$'\\n'",
    ";touch pwned", "|touch pwned", "&touch pwned", "&& touch pwned", "|| touch pwned", "(touch pwned)", "{ touch pwned; }",
    ">pwned", ">>pwned", "<pwned", "<(touch pwned)", "2>&1", "a\ntouch pwned\nb", "\rtouch pwned", "\r\n", "a\tb",
    "\x1b[31mred", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\x", "\x7f", "\u{85}", "\u{9b}31m",
    "*", "?", "[a-z]", "[!x]*", "{a,b}", "!", "!!", "#", "#c", "=", "a=b", "^", "+", "a:b", "a@b", "a,b", "a|b",
    "-", "--", "-rf", "--help", "--checkpoint-action=exec=touch pwned", "-oProxyCommand=touch pwned",
    "%", "100%", "%s%n", "\\", "\\\\", "\\n", "\\0101", "\\c", "\\x41", "a\\tb",
    "~", "~root", "~x", " ", "  a  b ", " lead", "trail ", "", "é", "日本", "😀", "\u{202e}evil", "\u{200b}", "\u{feff}",
    ".", "..", "../x", ".hidden",
];

/// And these that are too long for many a place.
pub fn long() -> [String; 2] {
    ["x".repeat(300), "$(touch pwned)".repeat(750)]
}

/// All of them in one text.
pub fn lines(values: &[&str]) -> String {
    values.join("\u{1f}\n")
}
