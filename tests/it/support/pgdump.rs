//! `pg_dump`, as something that two databases can be compared by.

use std::collections::BTreeMap;
use std::process::Command;

use super::postgres::{Postgres, program};
use super::run::Run;

/// The objects of a schema: what `pg_dump` calls each, and its statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump(BTreeMap<String, String>);

impl Postgres {
    /// The schema of a database without what the tool itself keeps in it.
    #[track_caller]
    pub fn dump(&self, db: &str) -> Dump {
        Dump::of(&self.dump_text(db))
    }

    /// The same, as `pg_dump` writes it.
    #[track_caller]
    pub fn dump_text(&self, db: &str) -> String {
        let mut dump = Command::new(program("pg_dump"));
        dump.args(["--schema-only", "--exclude-schema=_release*"]).arg(self.url(db));
        Run::of(dump).ok()
    }
}

impl Dump {
    /// Each object begins with three lines of comment. What is before the first is about the session.
    fn of(text: &str) -> Self {
        let mut objects: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut name = None;
        let lines: Vec<&str> = text.lines().collect();
        let mut rest = &lines[..];
        while let [line, tail @ ..] = rest {
            rest = tail;
            if let (&"--", [header, "--", after @ ..]) = (line, tail)
                && let Some(header) = header.strip_prefix("-- ")
            {
                name = Some(header.split("; Owner: ").next().unwrap_or(header).to_owned());
                rest = after;
                continue;
            }
            let noise = ["SET default_", "\\restrict", "\\unrestrict"].iter().any(|noise| line.starts_with(noise));
            if let (Some(name), false, false) = (&name, noise, line.is_empty()) {
                objects.entry(name.clone()).or_default().push(line);
            }
        }
        objects.retain(|name, _| !name.starts_with("PostgreSQL database dump"));
        Self(objects.into_iter().map(|(name, lines)| (name, lines.join("\n"))).collect())
    }

    /// The same with the columns of each table in the order of their names, and the grants of each object too.
    #[must_use]
    pub fn without_order(self) -> Self {
        let sort = |(name, body): (String, String)| {
            let body = if name.contains("; Type: ACL;") { sorted(body.lines()) } else { columns_sorted(&body) };
            (name, body)
        };
        Self(self.0.into_iter().map(sort).collect())
    }

    /// The same, whoever owns what: a text that names no owner has no opinion.
    #[must_use]
    pub fn without_owners(self) -> Self {
        let ours = |line: &&str| !(line.starts_with("ALTER ") && line.contains(" OWNER TO "));
        let drop = |(name, body): (String, String)| (name, body.lines().filter(ours).collect::<Vec<_>>().join("\n"));
        Self(self.0.into_iter().map(drop).collect())
    }

    /// Tables whose columns are in another order than in the other, though a third dump has every one of their columns: then none went and
    /// came back, and their order should not have changed.
    pub fn order_changed(&self, other: &Self, between: &Self) -> String {
        let changed = self.0.iter().filter(|(name, body)| other.0.get(*name) != Some(body));
        let all_there = |(name, body): &(&String, &String)| {
            let there = between.0.get(*name).map(|body| body.lines().map(bare).collect::<Vec<_>>());
            there.is_some_and(|there| body.lines().all(|line| there.contains(&bare(line))))
        };
        changed.filter(all_there).map(|(name, _)| format!("{name}\n")).collect()
    }

    /// What the other has that this has not (`+`), and the other way round (`-`); empty when they are equal.
    pub fn diff(&self, other: &Self) -> String {
        let names = self.0.keys().chain(other.0.keys().filter(|name| !self.0.contains_key(*name)));
        let mut text = String::new();
        for name in names.filter(|name| self.0.get(*name) != other.0.get(*name)) {
            text += &format!("-- {name}\n");
            for (sign, side) in [("-", self), ("+", other)] {
                let lines = side.0.get(name).into_iter().flat_map(|body| body.lines());
                lines.for_each(|line| text += &format!("{sign} {line}\n"));
            }
        }
        text
    }
}

fn bare(line: &str) -> &str {
    line.strip_suffix(',').unwrap_or(line)
}

fn sorted<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut lines: Vec<&str> = lines.collect();
    lines.sort_unstable();
    lines.join("\n")
}

fn columns_sorted(body: &str) -> String {
    let (mut out, mut columns, mut inside) = (Vec::new(), Vec::new(), false);
    for line in body.lines() {
        if inside && line.starts_with(')') {
            columns.sort_unstable();
            out.append(&mut columns);
            inside = false;
        }
        if inside {
            columns.push(bare(line));
        } else {
            out.push(line);
        }
        inside |= line.ends_with('(') && line.contains("CREATE") && line.contains(" TABLE ");
    }
    out.append(&mut columns);
    out.join("\n")
}
