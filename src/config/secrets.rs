//! Values that look like secrets. hosts.toml is made to be committed and shared; they belong in a file of the host.

use toml::de::{DeTable, DeValue};

use super::excerpt::Span;
use super::table::At;

/// Where a secret stands, and what it looks like.
pub(super) type Secret = (Span, String);

/// All of a file.
pub(super) fn find(file: &DeTable) -> Vec<Secret> {
    let mut found = vec![];
    table(file, false, &mut found);
    found.sort_by_key(|(span, _)| span.start);
    found
}

fn table(entries: &DeTable, variables: bool, found: &mut Vec<Secret>) {
    for (key, entry) in entries {
        let name = key.get_ref();
        match entry.get_ref().as_str() {
            Some(text) if variables && telling(name) && literal(text) => {
                found.push((entry.span(), format!("{name:?} is set to a literal value")));
            }
            _ => value(entry, name == "vars", found),
        }
    }
}

fn value(entry: &At<DeValue>, variables: bool, found: &mut Vec<Secret>) {
    match entry.get_ref() {
        DeValue::String(text) => {
            if let Some(what) = inside(text) {
                found.push((entry.span(), what.into()));
            }
        }
        DeValue::Array(items) => items.iter().for_each(|item| value(item, false, found)),
        DeValue::Table(entries) => table(entries, variables, found),
        _ => {}
    }
}

/// A variable whose name promises a secret; but not `..._FILE`, which says where one is.
fn telling(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let elsewhere = ["_FILE", "_PATH", "_DIR", "_URL", "_NAME"].iter().any(|end| name.ends_with(end));
    !elsewhere && ["PASSWORD", "PASSWD", "SECRET", "TOKEN"].iter().any(|word| name.contains(word))
}

/// A value that is neither empty, a switch, nor a reference to another variable.
fn literal(text: &str) -> bool {
    !matches!(text, "" | "0" | "1" | "true" | "false" | "yes" | "no") && !text.starts_with('$')
}

/// What in a text looks like a secret.
fn inside(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    for word in ["password=", "passwd=", "secret=", "token="] {
        for (at, _) in lower.match_indices(word) {
            let value = lower[at + word.len()..].trim_start_matches(['"', '\'']);
            let end = value.find(|c: char| c.is_whitespace() || "\"'&;".contains(c)).unwrap_or(value.len());
            // `${PW}`, `$(pass show db)` and `` `pass` `` are no secrets; nor is an option that takes the next word.
            if literal(&value[..end]) && !value.starts_with(['`', '<', '{']) {
                return Some("`password=` or the like with a literal value");
            }
        }
    }
    for (at, _) in text.match_indices("://") {
        let authority = text[at + 3..].split(|c: char| c.is_whitespace() || "/?#\"'".contains(c)).next().unwrap_or("");
        if let Some((login, _)) = authority.rsplit_once('@')
            && let Some((_, password)) = login.split_once(':')
            && literal(password)
        {
            return Some("a URL with a password");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_like_a_secret() {
        for text in [
            "mysql --password=hunter2",
            "PGPASSWORD=x psql",
            "curl -d 'token=abc'",
            "postgres://u:p@h/db",
            "https://u:p@x/",
            "password=\"hunter2\"",
            "password=$OK; password=hunter2",
        ] {
            assert!(inside(text).is_some(), "{text}");
        }
    }

    #[test]
    fn looks_like_no_secret() {
        for text in [
            "mysql --password=$PW",
            "password=\"$PW\"",
            "token=`pass x`",
            "password=",
            "--password= x",
            "postgres://u@h/db",
            "postgres://u:$PW@h/db",
            "http://127.0.0.1:80/@x",
            "a:b@c",
            "git@host:path",
            "user:é@://",
        ] {
            assert_eq!(inside(text), None, "{text}");
        }
    }

    #[test]
    fn variables_are_told_by_name() {
        let file = DeTable::parse(
            "[env]\nvars = { PGPASSWORD = 'x', API_TOKEN = '$Y', PASSWORD_FILE = '/run/x', USE_TOKEN = 'true', A = 'b' }\n\
             [targets.t.env.vars]\nMY_SECRET = 'y'\n[other]\nTOKEN = 'x'",
        )
        .unwrap();
        let found: Vec<_> = find(file.get_ref()).into_iter().map(|(_, what)| what).collect();
        assert_eq!(found, ["\"PGPASSWORD\" is set to a literal value", "\"MY_SECRET\" is set to a literal value"]);
    }
}
