//! `[health]`: the proof that the new release answers.

use std::collections::BTreeMap;
use std::time::Duration;

use super::excerpt::{Span, quoted};
use super::kind::text;
use super::paths::host_file;
use super::problem::{Complaint, Problems};
use super::table::{At, Table};
use super::units::duration;
use super::url::url;
use super::words::{command, line};
use crate::model::target::{Asking, Health, Probe};

/// One `[health]` table.
#[derive(Debug, Clone, Default)]
pub(super) struct HealthLayer {
    span: Option<Span>,
    url: Option<String>,
    command: Option<String>,
    expect: Option<String>,
    timeout: Option<Duration>,
    /// A table itself, so it merges header by header.
    headers: BTreeMap<String, String>,
    socket: Option<String>,
    insecure: Option<bool>,
}

impl HealthLayer {
    /// Reads it.
    pub fn read(mut table: Table) -> Self {
        let found = Self {
            span: Some(table.span.clone()),
            url: table.text("url", url).map(At::into_inner),
            command: table.text("command", command).map(At::into_inner),
            expect: table.text("expect", line).map(At::into_inner),
            timeout: table.text("timeout", duration).map(At::into_inner),
            headers: table.table("headers").map(|headers| read_headers(&headers)).unwrap_or_default(),
            socket: table.text("socket", host_file).map(At::into_inner),
            insecure: table.flag("insecure").map(At::into_inner),
        };
        if found.url.is_some() && found.command.is_some() {
            let what = format!("{} has both `url` and `command`", table.title());
            table.complain(table.span.clone(), Complaint::new(what).hint("leave one of them away"));
        }
        table.done();
        found
    }

    /// Lays it over another: key by key, but one kind of probe replaces the other.
    pub fn over(self, mut under: Self) -> Self {
        if self.url.is_some() || self.command.is_some() {
            under.url = None;
            under.command = None;
        }
        if self.command.is_some() {
            under = Self { headers: BTreeMap::new(), socket: None, insecure: None, ..under };
        }
        let mut headers = under.headers;
        headers.extend(self.headers);
        Self {
            span: self.span.or(under.span),
            url: self.url.or(under.url),
            command: self.command.or(under.command),
            expect: self.expect.or(under.expect),
            timeout: self.timeout.or(under.timeout),
            headers,
            socket: self.socket.or(under.socket),
            insecure: self.insecure.or(under.insecure),
        }
    }

    /// The result.
    pub fn resolve(self, problems: &Problems) -> Option<Health> {
        let span = self.span?;
        let Some(probe) = self.url.map(Probe::Url).or(self.command.map(Probe::Command)) else {
            let complaint = Complaint::new("[health] says neither `url` nor `command`");
            problems.add(span, complaint.hint("add url = \"http://127.0.0.1:8080/\""));
            return None;
        };
        let how = Asking {
            headers: self.headers.into_iter().collect(),
            socket: self.socket,
            insecure: self.insecure.unwrap_or(false),
        };
        if matches!(probe, Probe::Command(_)) && how != Asking::default() {
            let complaint = Complaint::new("`headers`, `socket` and `insecure` in [health] speak of a url");
            problems.add(span, complaint.hint("put them into the command, or write `url`"));
            return None;
        }
        let timeout = self.timeout.unwrap_or(Duration::from_secs(30));
        Some(Health { probe, expect: self.expect, timeout, how })
    }
}

fn read_headers(headers: &Table<'_>) -> BTreeMap<String, String> {
    let pair = |(name, value): (At<String>, &At<_>)| {
        headers.checked("headers", &name, |name| header_name(name))?;
        let value = headers.checked(name.get_ref(), value, |value| header_value(text(value)?))?;
        Some((name.into_inner(), value.into_inner()))
    };
    headers.entries().into_iter().filter_map(pair).collect()
}

/// RFC 9110 calls it a token.
fn header_name(name: &str) -> Result<(), Complaint> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if !name.is_empty() && name.bytes().all(plain) {
        return Ok(());
    }
    Err(Complaint::new(format!("{} is not a header's name", quoted(name))).hint("headers = { Host = \"example.com\" }"))
}

fn header_value(value: &str) -> Result<String, Complaint> {
    if value.chars().any(char::is_control) {
        return Err(Complaint::new("a header's value can't hold a line break or another control character"));
    }
    Ok(value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{error, target};
    use super::*;

    #[test]
    fn one_probe() {
        assert_eq!(target("").health, None);
        let health = target("[health]\nurl = 'http://x/'").health.unwrap();
        assert_eq!(health.timeout, Duration::from_secs(30));
        let health =
            target("[health]\nurl = 'http://x/'\ntimeout = '1m'\n[targets.t.health]\ncommand = 'c'").health.unwrap();
        assert_eq!((health.probe, health.timeout), (Probe::Command("c".into()), Duration::from_secs(60)));
    }

    #[test]
    fn headers_merge_one_by_one_and_belong_to_a_url() {
        let base = "[health]\nurl = 'http://x/'\nsocket = 'run/app.sock'\ninsecure = true\nheaders = { Host = 'a', X-Y = 'b' }\n";
        let how = target(&format!("{base}[targets.t.health.headers]\nHost = 'c'")).health.unwrap().how;
        let headers: Vec<_> = how.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(headers, [("Host", "c"), ("X-Y", "b")]);
        assert_eq!((how.socket.as_deref(), how.insecure), (Some("run/app.sock"), true));
        let how = target(&format!("{base}[targets.t.health]\ncommand = 'c'")).health.unwrap().how;
        assert_eq!(how, Asking::default());
    }

    #[test]
    fn none_or_two_are_refused() {
        for (tables, what) in [
            ("[health]\ntimeout = '1s'", "neither `url` nor `command`"),
            ("[health]\nurl = 'http://x/'\ncommand = 'c'", "both `url` and `command`"),
            ("[health]\nurl = 'x'", "must start with http://"),
            ("[health]\nurl = 'http://x/'\ntimeout = '0s'", "longer than zero"),
            ("[health]\nurl = 'http://x/'\nexpect = ''", "can't be empty"),
            ("[health]\ncommand = 'c'\ninsecure = true", "speak of a url"),
            ("[health]\nurl = 'http://x/'\nheaders = { 'A: b' = 'c' }", "not a header's name"),
            ("[health]\nurl = 'http://x/'\nheaders = { A = \"b\\nC: d\" }", "control character"),
            ("[health]\nurl = 'http://x/'\nsocket = 'a/'", "must be a file"),
        ] {
            assert!(error(tables).what.contains(what), "{tables}: {}", error(tables));
        }
    }
}
