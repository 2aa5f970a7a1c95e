//! Text for a page: what a browser shows is what was written, and nothing in it acts.

use super::escape;

/// One line of text, escaped as for a terminal, and as the content of an element or of a quoted attribute.
pub fn text(text: &str) -> String {
    let line = escape::written(text);
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts() {
        assert_eq!(text("<b a='\"'>&amp;\t\x1b\u{202e}"), r"&lt;b a=&#39;&quot;&#39;&gt;&amp;amp;    \x1b\u{202e}");
        arbtest::arbtest(|u| {
            let shown = text(u.arbitrary()?);
            assert!(!shown.contains(['<', '>', '"', '\'']) && !shown.contains(char::is_control), "{shown:?}");
            Ok(())
        });
    }
}
