//! `user@host:port`, as ssh would take it, by allow-list: what passes here can be no option and no shell text.

use std::net::Ipv6Addr;

use super::excerpt::quoted;
use super::problem::Complaint;

/// The parts of `user@host:port`.
#[derive(Debug, PartialEq)]
pub(super) struct Login {
    /// Who logs in, if it says so.
    pub user: Option<String>,
    /// Name, alias or address; an IPv6 address without its brackets.
    pub host: String,
    /// The port, if it says so.
    pub port: Option<u16>,
}

/// Takes `user@host:port` apart.
pub(super) fn login(text: &str) -> Result<Login, Complaint> {
    if text.starts_with('-') {
        return Err(
            Complaint::new(format!("{} may not start with '-'", quoted(text))).why("ssh would take it for an option")
        );
    }
    if let Some((_, rest)) = text.split_once("://") {
        return Err(Complaint::new(format!("{} is not a host name", quoted(text)))
            .why("hosts are written as ssh takes them")
            .hint(format!("write {}", quoted(rest.trim_end_matches('/')))));
    }
    let (name, rest) = match text.rsplit_once('@') {
        Some((name, rest)) => (Some(user(name)?), rest),
        None => (None, text),
    };
    let (host, port) = match rest.strip_prefix('[') {
        Some(inside) => bracketed(inside).ok_or_else(|| no_host(text))?,
        None if rest.matches(':').count() > 1 => {
            return Err(Complaint::new(format!("{} is an IPv6 address without brackets", quoted(rest)))
                .why("where it ends and the port starts can't be told")
                .hint("write [::1] or [::1]:22"));
        }
        None => match rest.split_once(':') {
            Some((host, port)) => (host_name(host)?, Some(port)),
            None => (host_name(rest)?, None),
        },
    };
    Ok(Login { user: name, host, port: port.map(port_text).transpose()? })
}

/// The `address` of a host table: a host alone may be an IPv6 address without brackets there, the port has its own key.
pub(super) fn address(text: &str) -> Result<Login, Complaint> {
    if is_ipv6(text) {
        return Ok(Login { user: None, host: text.to_owned(), port: None });
    }
    login(text)
}

/// A user's name.
pub(super) fn user(text: &str) -> Result<String, Complaint> {
    let form = || Complaint::new(format!("{} is not a user's name", quoted(text)));
    if text.starts_with('-') {
        return Err(form().why("may not start with '-'"));
    }
    let first = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if !first || text.len() > 64 || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
        return Err(form().why("letters, digits and . _ -"));
    }
    Ok(text.to_owned())
}

/// A port.
pub(super) fn port(number: i64) -> Result<u16, Complaint> {
    match u16::try_from(number) {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(Complaint::new(format!("{number} is not a port")).why("between 1 and 65535")),
    }
}

/// Jump hosts as `ssh -J` takes them: logins with commas between.
pub(super) fn jump(text: &str) -> Result<String, Complaint> {
    text.split(',').try_for_each(|hop| login(hop).map(drop))?;
    Ok(text.to_owned())
}

/// A pinned host key: `SHA256:` and 43 base64 digits, as `ssh-keygen -l` prints it.
pub(super) fn host_key(text: &str) -> Result<String, Complaint> {
    let good = text.strip_prefix("SHA256:").map(|digits| digits.strip_suffix('=').unwrap_or(digits)).filter(|digits| {
        digits.len() == 43 && digits.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
    });
    match good {
        Some(digits) => Ok(format!("SHA256:{digits}")),
        None => Err(Complaint::new(format!("{} is not a host key's fingerprint", quoted(text)))
            .hint("write \"SHA256:...\", as `ssh-keygen -l` prints it")),
    }
}

fn no_host(text: &str) -> Complaint {
    let complaint = Complaint::new(format!("{} is not a host name", quoted(text)));
    match text {
        "" => complaint.why("it is empty"),
        _ => complaint.why("letters, digits and . _ -, or an IPv6 address in brackets"),
    }
}

fn host_name(text: &str) -> Result<String, Complaint> {
    if text.starts_with('-') {
        return Err(no_host(text).why("may not start with '-'"));
    }
    let first = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if !first || text.len() > 253 || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
        return Err(no_host(text));
    }
    Ok(text.to_owned())
}

/// `::1]` or `::1]:22`.
fn bracketed(inside: &str) -> Option<(String, Option<&str>)> {
    let (host, after) = inside.split_once(']')?;
    let port = match after {
        "" => None,
        after => Some(after.strip_prefix(':')?),
    };
    is_ipv6(host).then(|| (host.to_owned(), port))
}

/// `::1`, or `fe80::1%eth0`.
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    let zone_good = !zone.is_empty() && zone.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    zone_good && address.parse::<Ipv6Addr>().is_ok()
}

fn port_text(text: &str) -> Result<u16, Complaint> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(number) if digits => port(number),
        _ => Err(Complaint::new(format!("{} is not a port", quoted(text))).why("between 1 and 65535")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(user: Option<&str>, host: &str, port: Option<u16>) -> Result<Login, Complaint> {
        Ok(Login { user: user.map(String::from), host: host.into(), port })
    }

    #[test]
    fn takes_what_ssh_takes() {
        assert_eq!(login("ddgc@view.dukgo.com"), parts(Some("ddgc"), "view.dukgo.com", None));
        assert_eq!(login("ddgc@web2.duck.co:2222"), parts(Some("ddgc"), "web2.duck.co", Some(2222)));
        assert_eq!(login("view_1"), parts(None, "view_1", None));
        assert_eq!(login("[::1]:22"), parts(None, "::1", Some(22)));
        assert_eq!(login("me@[fe80::1%eth0]"), parts(Some("me"), "fe80::1%eth0", None));
        assert_eq!(address("::1"), parts(None, "::1", None));
    }

    /// Facts item 6.
    #[test]
    fn no_host_is_an_option() {
        for bad in ["-oProxyCommand=touch x", "me@-oX", "-l", "me@-x:22"] {
            let complaint = login(bad).unwrap_err();
            assert!(format!("{complaint:?}").contains("may not start with '-'"), "{complaint:?}");
        }
        assert!(login("-x").unwrap_err().why.unwrap().contains("option"));
        assert!(user("-lroot").unwrap_err().why.unwrap().contains("may not start with '-'"));
    }

    /// Facts item 7.
    #[test]
    fn no_host_is_shell_text() {
        for bad in [
            "",
            "a b",
            "a;id",
            "a\nb",
            "a\u{1b}[31m",
            "$(id)",
            "`id`",
            "a|b",
            "é",
            "a/b",
            "[::1",
            "[fe80::1%]",
            "[fe80::1%e;id]",
            "[a]",
            "[::1]x",
            ".x",
            "%h",
        ] {
            let complaint = login(bad).unwrap_err();
            assert!(complaint.what.contains("not a host name"), "{bad}: {complaint:?}");
        }
        assert_eq!(login("ssh://me@duck.co/").unwrap_err().hint.as_deref(), Some("write \"me@duck.co\""));
    }

    /// Facts item 8.
    #[test]
    fn users_are_names() {
        for bad in ["-lroot", "ddgc@x", "", "..", "a b", "a;id", "$USER", "a:b"] {
            assert!(user(bad).unwrap_err().what.contains("not a user's name"), "{bad}");
            assert!(login(&format!("{bad}@host")).is_err(), "{bad}");
        }
    }

    /// Facts item 9.
    #[test]
    fn ports_are_ports() {
        assert_eq!(port(22), Ok(22));
        for bad in [0, -1, 70000] {
            assert!(port(bad).is_err(), "{bad}");
        }
        for bad in ["h:0", "h:70000", "h:", "h:+22", "h:22x", "h:/path", "[::1]:"] {
            assert!(login(bad).unwrap_err().what.contains("not a port"), "{bad}");
        }
    }

    /// Facts item 18.
    #[test]
    fn ipv6_has_brackets() {
        for bad in ["::1:22", "fe80::1", "me@::1"] {
            assert!(login(bad).unwrap_err().what.contains("without brackets"), "{bad}");
        }
    }

    #[test]
    fn jumps_and_host_keys() {
        assert!(jump("a,b@c:22,[::1]:22").is_ok());
        for bad in ["", "a,", "a;id", "-x", "a b"] {
            assert!(jump(bad).is_err(), "{bad}");
        }
        let key = format!("SHA256:{}", "aB3/+".repeat(9).get(..43).unwrap());
        assert_eq!(host_key(&key), Ok(key.clone()));
        assert_eq!(host_key(&format!("{key}=")), Ok(key.clone()));
        for bad in ["", "SHA256:", "MD5:00", &key[..49], &format!("{key}a"), "ssh-ed25519 AAAA"] {
            assert!(host_key(bad).is_err(), "{bad}");
        }
    }
}
