//! `[schema]`: the database that moves with the code.

use std::time::Duration;

use super::excerpt::{Span, quoted};
use super::paths::inside;
use super::problem::{Complaint, Problems};
use super::suggest::suggest;
use super::table::{At, Table};
use super::units::duration;
use super::words::{command, line, variable};
use crate::model::HazardName;
use crate::model::target::{BackupWhen, Schema, SchemaCommand, UrlPart};

/// One `[schema]` table.
#[derive(Debug, Clone)]
pub(super) struct SchemaLayer {
    span: Span,
    url: Option<Vec<UrlPart>>,
    desired: Option<String>,
    versions: Option<String>,
    command: Option<SchemaCommand>,
    backup: Option<BackupWhen>,
    allow: Option<Vec<HazardName>>,
    /// How long each script, backup or command may take.
    pub timeout: Option<Duration>,
}

impl SchemaLayer {
    /// Reads it.
    pub fn read(mut table: Table) -> Self {
        let found = Self {
            span: table.span.clone(),
            url: table.text("url", database).map(At::into_inner),
            desired: table.text("desired", inside).map(At::into_inner),
            versions: table.text("versions", inside).map(At::into_inner),
            backup: table.text("backup", backup).map(At::into_inner),
            allow: table.texts("allow", hazard).map(super::env::plain),
            timeout: table.text("timeout", duration).map(At::into_inner),
            command: table.table("command").and_then(tool),
        };
        table.done();
        found
    }

    /// One over the other, key by key.
    pub fn merged(over: Option<Self>, under: Option<Self>) -> Option<Self> {
        match (over, under) {
            (Some(over), Some(under)) => Some(Self {
                span: over.span,
                url: over.url.or(under.url),
                desired: over.desired.or(under.desired),
                versions: over.versions.or(under.versions),
                command: over.command.or(under.command),
                backup: over.backup.or(under.backup),
                allow: over.allow.or(under.allow),
                timeout: over.timeout.or(under.timeout),
            }),
            (over, under) => over.or(under),
        }
    }

    /// Fills in what neither says; a target whose schema makes no sense has none, and a complaint.
    pub fn resolve(self, problems: &Problems) -> Option<Schema> {
        if self.desired.is_none() && self.versions.is_none() && self.command.is_none() {
            let complaint = Complaint::new("[schema] does not say what the schema should be").hint(
                "desired = \"schema.sql\", or versions = \"sql\", or command = { check = \"...\", up = \"...\" }",
            );
            problems.add(self.span, complaint);
            return None;
        }
        if self.url.is_none() && self.command.is_none() {
            problems.add(self.span, Complaint::new("[schema] has no `url`").hint("url = \"$DATABASE_URL\""));
            return None;
        }
        Some(Schema {
            url: self.url.unwrap_or_default(),
            desired: self.desired,
            versions: self.versions,
            command: self.command,
            backup: self.backup.unwrap_or(BackupWhen::BeforeChange),
            allow: self.allow.unwrap_or_default(),
        })
    }
}

fn tool(mut tool: Table) -> Option<SchemaCommand> {
    tool.require("check", "check = \"...\", which exits 0 when nothing is to be done");
    tool.require("up", "up = \"...\", which upgrades");
    let [check, up, down] = ["check", "up", "down"].map(|verb| tool.text(verb, command).map(At::into_inner));
    tool.done();
    Some(SchemaCommand { check: check?, up: up?, down })
}

fn backup(text: &str) -> Result<BackupWhen, Complaint> {
    match text {
        "always" => Ok(BackupWhen::Always),
        "before-change" => Ok(BackupWhen::BeforeChange),
        "never" => Ok(BackupWhen::Never),
        _ => Err(Complaint::new("must be \"always\", \"before-change\" or \"never\"")),
    }
}

/// A hazard's name.
pub(super) fn hazard(text: &str) -> Result<HazardName, Complaint> {
    HazardName::ALL.into_iter().find(|name| name.as_str() == text).ok_or_else(|| {
        let complaint = Complaint::new(format!("{} is no hazard", quoted(text)));
        match suggest(text, HazardName::ALL.iter().map(|name| name.as_str())) {
            Some(near) => complaint.hint(format!("did you mean {near:?}?")),
            None => complaint.hint(format!("known: {}", HazardName::ALL.map(HazardName::as_str).join(", "))),
        }
    })
}

/// A database, or the variable that names one. Not quoted in complaints: it may hold a password.
fn database(url: &str) -> Result<Vec<UrlPart>, Complaint> {
    let schemes = ["postgres://", "postgresql://", "mysql://", "mariadb://", "sqlite:"];
    line(url).map_err(|_| Complaint::new("must be one line"))?;
    if url.starts_with(['m']) && schemes[2..4].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(Complaint::new("MySQL and MariaDB can't be upgraded yet")
            .why("their DDL is no part of a transaction")
            .hint("command = { check = \"...\", up = \"...\" } runs the application's own tool"));
    }
    if url.starts_with('$') || schemes.iter().any(|scheme| url.starts_with(scheme)) {
        return parts(url);
    }
    Err(Complaint::new("is not a database's URL")
        .hint("write \"$DATABASE_URL\", or a postgres: or sqlite: URL without a password"))
}

/// Text and `$NAME` or `${NAME}`; nothing else is expanded, and no shell ever reads it.
fn parts(url: &str) -> Result<Vec<UrlPart>, Complaint> {
    let mut parts = Vec::new();
    let mut rest = url;
    while let Some(at) = rest.find('$') {
        if at > 0 {
            parts.push(UrlPart::Text(rest[..at].to_owned()));
        }
        rest = &rest[at + 1..];
        let name = if let Some(inner) = rest.strip_prefix('{') {
            let end = inner.find('}').ok_or_else(|| Complaint::new("has a ${ without its }"))?;
            rest = &inner[end + 1..];
            &inner[..end]
        } else {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let name = &rest[..end];
            rest = &rest[end..];
            name
        };
        parts.push(UrlPart::Variable(variable(name)?));
    }
    if !rest.is_empty() {
        parts.push(UrlPart::Text(rest.to_owned()));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{error, target};
    use super::*;

    #[test]
    fn a_schema_is_read() {
        assert_eq!(target("").schema, None);
        let found = target("[schema]\nurl = '$DATABASE_URL'\ndesired = 'schema.sql'").schema.unwrap();
        assert_eq!(found.url, [UrlPart::Variable("DATABASE_URL".into())]);
        assert_eq!((found.desired.as_deref(), found.backup), (Some("schema.sql"), BackupWhen::BeforeChange));
        let over = "[schema]\nurl = 'sqlite:a.db'\nversions = 'sql'\n[targets.t.schema]\nurl = 'sqlite:b.db'\nallow = ['drops-data']";
        let found = target(over).schema.unwrap();
        assert_eq!(found.url, [UrlPart::Text("sqlite:b.db".into())]);
        assert_eq!((found.versions.as_deref(), &found.allow[..]), (Some("sql"), &[HazardName::DropsData][..]));
        assert!(target("[schema]\ncommand = { check = 'c', up = 'u' }").schema.unwrap().command.is_some());
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        for tables in [
            "",
            "desired = 'x.sql'",
            "url = '$X'",
            "url = 'oracle://x'\ndesired = 'x'",
            "url = 'mysql://h/d'\ndesired = 'x'",
            "url = '$X'\ndesired = '/x'",
            "url = '$X'\ndesired = 'x'\nbackup = 'often'",
            "url = '$X'\ndesired = 'x'\nallow = 'x'",
            "url = '$X'\ndesired = 'x'\nallow = ['drop-data']",
            "url = '$X'\ncommand = 'x'",
            "url = '$X'\ncommand = { check = 'c' }",
            "url = '$X'\ncommand = { chek = 'x', up = 'y' }",
            "ulr = '$X'\ndesired = 'x'",
            "url = '${X'\ndesired = 'x'",
            "url = '$1'\ndesired = 'x'",
        ] {
            error(&format!("[schema]\n{tables}"));
        }
    }

    #[test]
    fn a_url_is_taken_apart_and_not_expanded() {
        let text = |text: &str| UrlPart::Text(text.into());
        let variable = |name: &str| UrlPart::Variable(name.into());
        assert_eq!(
            database("postgres://u:${PW}@$HOST/app$(id)").map_err(|complaint| complaint.what),
            Err("\"\" is not a variable's name".into())
        );
        assert_eq!(
            database("postgres://u:${PW}@$HOST/app").ok(),
            Some(vec![text("postgres://u:"), variable("PW"), text("@"), variable("HOST"), text("/app")])
        );
    }
}
