//! The URL that health asks.

use super::problem::Complaint;

/// A URL that the host itself asks. The message never shows it whole: it may hold a password.
pub(super) fn url(text: &str) -> Result<String, Complaint> {
    let Some(rest) = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")) else {
        return Err(Complaint::new("must start with http:// or https://"));
    };
    // RFC 3986 has none of these; some of them mean something to curl.
    if let Some(c) = text.chars().find(|&c| !c.is_ascii_graphic() || "\"<>\\^`{|}".contains(c)) {
        let complaint = Complaint::new(format!("a URL can't hold {c:?}"));
        return Err(match c {
            '{' | '}' => complaint.hint("only `expect` knows {version} and {release}"),
            _ => complaint.hint("write it percent-encoded"),
        });
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        return Err(Complaint::new("a URL here can't hold a user or password")
            .why("it shows in process lists and logs")
            .hint("use `command`, with the credentials in a file of [env] files"));
    }
    if host.is_empty() || host.starts_with(':') {
        return Err(Complaint::new("names no host").hint("url = \"http://127.0.0.1:8080/\""));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for good in ["http://127.0.0.1:8989/", "https://duck.co/a?b=c&d", "http://[::1]:80/", "http://x"] {
            assert!(url(good).is_ok(), "{good}");
        }
        for bad in
            ["", "ftp://x", "127.0.0.1", "http://", "http:///x", "http://:80", "http://a b", "http://a\n", "http://é"]
        {
            assert!(url(bad).is_err(), "{bad}");
        }
        let complaint = url("http://u:hunter2@x/").unwrap_err();
        assert!(!format!("{complaint:?}").contains("hunter2"));
        assert!(url("http://x/{version}").unwrap_err().hint.unwrap().contains("expect"));
    }
}
