//! The names of entries: safe on any host, and safe to show.

use super::refusal::{Refusal, shown};

/// The longest path and component that Linux takes.
const PATH_MAX: usize = 4096;
const COMPONENT_MAX: usize = 255;

/// The name with `.` and empty components left out, so that `./a//b/` is `a/b`; empty for `./` itself.
pub(super) fn normal(name: &[u8]) -> Result<String, Refusal> {
    if name.is_empty() {
        return Err(Refusal::new("holds an entry without a name"));
    }
    let text = readable(name, "a name")?;
    if text.starts_with('/') {
        return Err(Refusal::new(format!("holds {}, which is an absolute name", shown(name))));
    }
    let parts: Vec<&str> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.contains(&"..") {
        return Err(Refusal::new(format!("holds {}, which leads out by '..'", shown(name))));
    }
    if let Some(part) = parts.iter().find(|part| part.len() > COMPONENT_MAX) {
        return Err(Refusal::new(format!("holds a file name of {} bytes: {}", part.len(), shown(part)))
            .why(format!("no host takes more than {COMPONENT_MAX}")));
    }
    Ok(parts.join("/"))
}

/// Names as text: UTF-8, without control characters, not endless.
pub(super) fn readable<'a>(name: &'a [u8], what: &str) -> Result<&'a str, Refusal> {
    if name.len() > PATH_MAX {
        return Err(Refusal::new(format!("holds {what} of {} bytes: {}", name.len(), shown(name)))
            .why(format!("no host takes more than {PATH_MAX}")));
    }
    let text = std::str::from_utf8(name)
        .map_err(|_| Refusal::new(format!("holds {what} that is not UTF-8: {}", shown(name))))?;
    if text.contains(char::is_control) {
        return Err(Refusal::new(format!("holds {what} with control characters: {}", shown(name))));
    }
    Ok(text)
}

/// Whether a name is one that only a directory can have: `x/` or `x/.`.
pub(super) fn is_directory_like(name: &[u8]) -> bool {
    name == b"." || name.ends_with(b"/") || name.ends_with(b"/.")
}

/// The path without its last component, and that component.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalises_what_tools_write() {
        for (name, path) in [
            ("a/b", "a/b"),
            ("./a/b", "a/b"),
            ("a//b/./c/", "a/b/c"),
            ("./", ""),
            ("-rf", "-rf"),
            ("--checkpoint-action=exec=id", "--checkpoint-action=exec=id"),
            ("a/...", "a/..."),
            ("a/..b", "a/..b"),
            ("é/日本", "é/日本"),
        ] {
            assert_eq!(normal(name.as_bytes()), Ok(path.to_owned()), "{name}");
        }
    }
}
