//! `release log [TARGET [OPERATION]]`: the ledger, or one operation's whole output.

use std::path::Path;

use serde_json::json;

use super::Context;
use super::rollback::chosen;
use crate::agent::wire;
use crate::cli;
use crate::fleet::Fleet;
use crate::model::target::Target;
use crate::model::{Exit, Failure, Record, RecordOutcome};
use crate::ui;
use crate::ui::paint::Paint;
use crate::ui::table::{Cell, Table};

pub async fn run(args: cli::Log, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let target = chosen(&config, args.target.as_deref())?;
    let control = context.control()?;
    let mut fleet = reached(context, target, control.path()).await?;
    for (host, observed) in fleet.seen() {
        if let Some(other) = crate::plan::other_names(target, observed) {
            ui::warn(&context.ui, &format!("{host}: {other}"));
        }
    }
    let result = match &args.operation {
        Some(operation) => output(&mut fleet, target, operation, context).await,
        None => ledger(&mut fleet, target, args.lines, context).await,
    };
    fleet.close();
    result
}

/// The hosts that can be asked: what one that is dead would say, the others say too.
async fn reached(context: &Context, target: &Target, control: &Path) -> Result<Fleet, Failure> {
    let (mut fleet, mut away) = Fleet::reached(target, &[], control).await?;
    away.extend(fleet.seen().iter().filter_map(|seen| crate::plan::readable(target, &[*seen]).err()));
    fleet.keep(|name| !away.iter().any(|failure| failure.place == name));
    if let (true, Some(first)) = (fleet.members.is_empty(), away.first()) {
        return Err(first.clone());
    }
    for failure in away {
        ui::warn(&context.ui, &format!("{}: not asked: {}", failure.place, failure.what));
    }
    Ok(fleet)
}

async fn output(fleet: &mut Fleet, target: &Target, operation: &str, context: &Context) -> Result<Exit, Failure> {
    if !operation.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Failure::usage("", format!("{operation:?} is not the id of an operation"))
            .hint(format!("release log {}", target.name)));
    }
    let several = fleet.members.len() > 1;
    let mut found = Vec::new();
    let mut ledgers = Vec::new();
    for member in &mut fleet.members {
        let name = member.host.name.clone();
        ledgers.push((name.clone(), member.records(&wire::ledger_of(operation)).await?.records));
        if let Some(bytes) = member.log_of(operation).await? {
            found.push((name, bytes));
        }
    }
    let mut records = ledgers.iter().flat_map(|(_, records)| records).peekable();
    if found.is_empty() && records.peek().is_none() {
        return Err(Failure::refused(&target.name, format!("no host knows {operation}"))
            .hint(format!("release log {}", target.name)));
    }
    let notes = records.find_map(|record| record.notes.as_ref());
    if context.global.json {
        let output =
            |(host, bytes): &(String, Vec<u8>)| json!({"host": host, "output": String::from_utf8_lossy(bytes)});
        let hosts: Vec<_> = found.iter().map(output).collect();
        ui::print_json(&json!({"operation": operation, "notes": notes, "hosts": hosts}))?;
        return Ok(Exit::Done);
    }
    if let Some(brief) = notes {
        ui::print_text(&context.ui, &format!("{}\n", ui::notes(brief).join("\n")))?;
    }
    // Without a word of output there is still what it was, and how it ended.
    if found.iter().all(|(_, bytes)| bytes.iter().all(u8::is_ascii_whitespace)) {
        let entries = merged(&named(&ledgers));
        return ui::print_text(&context.ui, &listed(&entries, target, context)).map(|()| Exit::Done);
    }
    for (host, bytes) in found {
        if several {
            ui::print_text(&context.ui, &format!("== {host}\n"))?;
        }
        ui::print_text(&context.ui, &ui::escape::block(&bytes))?;
    }
    Ok(Exit::Done)
}

/// What a host writes that was stopped because of another one.
const OF_ANOTHER: &str = "another host failed";

/// An operation that ended the same way on these hosts.
struct Entry {
    record: Record,
    hosts: Vec<String>,
    /// The host whose reason the record has, where hosts gave several.
    reason_of: Option<String>,
}

impl Entry {
    fn is(&self, record: &Record) -> bool {
        (&self.record.id, &self.record.op, self.record.outcome) == (&record.id, &record.op, record.outcome)
    }

    /// One more host has it. What made a host fail says more than that others stopped because of it.
    fn add(&mut self, host: &str, record: &Record) {
        let differs = self.record.reason != record.reason;
        if differs && self.record.reason.contains(OF_ANOTHER) {
            self.record = record.clone();
            self.reason_of = Some(host.to_owned());
        } else if differs && self.reason_of.is_none() {
            self.reason_of = self.hosts.first().cloned();
        }
        self.hosts.push(host.to_owned());
    }
}

/// All hosts' records as one list: an operation that ended the same way everywhere is one entry. Each host's own order
/// stays, whatever the clocks of its clients said; only between what hosts have in common the times decide.
fn merged(ledgers: &[(&str, &[Record])]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (host, ledger) in ledgers {
        let mut at = 0;
        for record in *ledger {
            if let Some(known) = entries.iter().position(|known| known.is(record)) {
                entries[known].add(host, record);
                at = at.max(known + 1);
                continue;
            }
            let in_common = |entry: &Entry| ledger.iter().any(|own| entry.is(own));
            while entries.get(at).is_some_and(|entry| !in_common(entry) && entry.record.at <= record.at) {
                at += 1;
            }
            let hosts = vec![(*host).to_owned()];
            entries.insert(at, Entry { record: record.clone(), hosts, reason_of: None });
            at += 1;
        }
    }
    entries
}

async fn ledger(fleet: &mut Fleet, target: &Target, lines: usize, context: &Context) -> Result<Exit, Failure> {
    let (mut ledgers, mut longest) = (Vec::new(), 0);
    for member in &mut fleet.members {
        let found = member.records(&wire::ledger(lines)).await?;
        longest = longest.max(found.total.saturating_sub(found.unread));
        if found.unread > 0 {
            let damage = crate::plan::damage_of(&member.observed.base, found.unread as u64);
            ui::warn(&context.ui, &format!("{}: {damage}", member.host.name));
        }
        ledgers.push((
            member.host.name.clone(),
            found.records.into_iter().map(Record::about_what_went).collect::<Vec<_>>(),
        ));
    }
    let entries = merged(&named(&ledgers));
    let newest: Vec<_> = entries.iter().rev().take(lines).collect();
    // An operation that only one host knows is one more; the longest ledger is the least that there is.
    let more = longest.max(entries.len()) - newest.len();
    if context.global.json {
        let all: Vec<_> = newest.iter().map(|entry| json!({"hosts": entry.hosts, "record": entry.record})).collect();
        ui::print_json(&json!({"operations": all, "older": more}))?;
        return Ok(Exit::Done);
    }
    ui::print_text(&context.ui, &listed(newest, target, context))?;
    if more > 0 {
        let all = format!("release log {} -n {}", target.name, lines + more);
        ui::print_text(
            &context.ui,
            &format!("{more} older: {}\n", ui::with_config(&all, context.ui.config.as_deref())),
        )?;
    }
    Ok(Exit::Done)
}

fn named(ledgers: &[(String, Vec<Record>)]) -> Vec<(&str, &[Record])> {
    ledgers.iter().map(|(host, records)| (host.as_str(), records.as_slice())).collect()
}

fn listed<'a>(entries: impl IntoIterator<Item = &'a Entry>, target: &Target, context: &Context) -> String {
    let mut table = Table::new(["OPERATION", "WHAT", "VERSION", "ENDED", "BY", "ON"]);
    for entry in entries {
        let all = entry.hosts.len() == target.hosts.len();
        let on = if all { "all hosts".to_owned() } else { entry.hosts.join(" ") };
        table.row(row(&entry.record, entry.reason_of.as_deref(), on));
    }
    table.render(context.ui.table_width())
}

fn row(record: &Record, reason_of: Option<&str>, on: String) -> Vec<Cell> {
    let outcome = match record.outcome {
        RecordOutcome::Committed => Cell::painted(Paint::Green, "done"),
        RecordOutcome::Aborted => Cell::painted(Paint::Red, "given up"),
        RecordOutcome::Reverted => Cell::painted(Paint::Red, "rolled back"),
        RecordOutcome::Broken => Cell::painted(Paint::Red, "broken"),
    };
    let subject = match &record.version {
        Some(version) => version.to_string(),
        None if record.state.is_some() => record.state.clone().unwrap_or_default(),
        None if !record.pruned.is_empty() => format!("{} removed", record.pruned.len()),
        None => "-".into(),
    };
    let back = record.left().filter(|left| moves(record) && Some(left) != record.release.as_ref());
    let from = record.from.clone().or_else(|| Some(back?.version().to_string())).map(|from| format!("from {from}"));
    let backup = record.backup.as_ref().map(|backup| format!("from the backup {backup}"));
    let no_health = record.no_health.as_ref().filter(|why| record.message.as_ref() != Some(*why)).map_or_else(
        || record.no_health.as_ref().map(|_| "without [health]".to_owned()),
        |why| Some(format!("without [health]: {why}")),
    );
    let forced = record.forced.as_ref().map(|against| format!("forced, although {against}"));
    let signed = record.signed_by.as_ref().map(|signer| format!("signed by {signer}"));
    let without = (!record.without.is_empty()).then(|| format!("without {}", record.without.join(", ")));
    let pruned: Vec<&str> = record.pruned.iter().map(|name| version_of(name)).collect();
    let pruned = (!pruned.is_empty()).then(|| format!("removed {}", pruned.join(", ")));
    let reason = reason_of.map_or_else(|| record.reason.clone(), |host| format!("{host}: {}", record.reason));
    let note = [from, pruned, without, backup, record.message.clone(), Some(reason), forced, no_health, signed];
    let note = note.into_iter().flatten().filter(|text| !text.is_empty());
    let on = note.fold(on, |on, text| format!("{on}: {text}"));
    vec![
        Cell::from(&record.id),
        Cell::from(&record.op),
        Cell::painted(Paint::Bold, subject),
        outcome,
        Cell::from(&record.who),
        Cell::from(on),
    ]
}

/// The version in a release's name.
fn version_of(name: &str) -> &str {
    name.splitn(3, '-').nth(2).unwrap_or(name)
}

/// Did it go between releases that were there?
fn moves(record: &Record) -> bool {
    matches!(record.op.as_str(), "rollback" | "forward")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(of: &[(&str, &str)]) -> Vec<Record> {
        let record = |(id, at): &(&str, &str)| {
            let value = json!({"id": id, "op": "deploy", "outcome": "committed", "at": at});
            serde_json::from_value(value).unwrap()
        };
        of.iter().map(record).collect()
    }

    fn ids(ledgers: &[&[(&str, &str)]]) -> String {
        let ledgers: Vec<_> = ledgers.iter().map(|of| ledger(of)).collect();
        let named: Vec<_> = ["h1", "h2"].into_iter().zip(&ledgers).map(|(name, of)| (name, of.as_slice())).collect();
        merged(&named).iter().map(|entry| format!("{}{} ", entry.record.id, entry.hosts.len())).collect()
    }

    #[test]
    fn a_host_keeps_its_order_whatever_the_clocks_said() {
        assert_eq!(ids(&[&[("a", "2014"), ("b", "1970"), ("c", "2015")]]), "a1 b1 c1 ");
        let one = [("a", "2014"), ("b", "1970"), ("d", "2016")];
        assert_eq!(ids(&[&one, &one]), "a2 b2 d2 ");
        assert_eq!(ids(&[&one, &[("a", "2014"), ("c", "2015"), ("d", "2016")]]), "a2 b1 c1 d2 ");
        assert_eq!(ids(&[&[("b", "2015")], &[("a", "2014"), ("c", "2016")]]), "a1 b1 c1 ");
    }
}
