//! Where sequences stand.

use serde_json::Value;

use super::{Act, Changes, Fact, Keeping, quote};
use crate::schema::postgres::alter::types::narrows;

impl Keeping {
    /// The sequence of an identity that goes.
    pub(super) fn identity(
        &mut self,
        changes: &Changes<'_>,
        column: &Fact,
        act: &Act,
        next: &mut impl FnMut() -> String,
    ) {
        if !column.has("sequence") {
            return;
        }
        let new = changes.to.facts.get(&column.id()).filter(|new| new.has("sequence") && *act != Act::Replace);
        if let Some(new) = new {
            self.narrowed(column.get("sequence"), &column.body["options"], &new.body["options"], next);
            return;
        }
        let stays = changes.to.facts.contains_key(&format!("table {}", column.told("on")));
        self.counter(column.get("sequence"), stays.then_some(column), &next());
    }

    pub(super) fn sequence(
        &mut self,
        changes: &Changes<'_>,
        sequence: &Fact,
        act: &Act,
        next: &mut impl FnMut() -> String,
    ) {
        match (act, changes.to.facts.get(&sequence.id())) {
            (Act::Drop, _) => self.counter(&sequence.name, owner(changes, sequence), &next()),
            (Act::Alter(_), Some(new)) => self.narrowed(&sequence.name, &sequence.body, &new.body, next),
            _ => {}
        }
    }

    /// A sequence that starts anew if it stands outside of its new bounds stands there again on the way back.
    fn narrowed(&mut self, sequence: &str, old: &Value, new: &Value, next: &mut impl FnMut() -> String) {
        if !narrows(old, new) {
            return;
        }
        let name = next();
        self.table(&name, &format!("position of sequence {sequence}"), "last bigint, called boolean");
        self.saves.push(format!(
            "INSERT INTO {name} SELECT last_value, is_called FROM {sequence} WHERE last_value NOT BETWEEN {} AND {};",
            new["min"], new["max"]
        ));
        let target = quote(sequence);
        self.end_back.insert(0, format!("SELECT pg_catalog.setval({target}, last, called) FROM {name};"));
    }

    /// `user`: the column that takes its values, if it stays: where rows were written since, it stands behind theirs.
    fn counter(&mut self, sequence: &str, user: Option<&Fact>, name: &str) {
        self.table(name, &format!("position of sequence {sequence}"), "last bigint, called boolean, most bigint");
        let target = quote(sequence);
        let (most, sql) = match user {
            Some(column) => {
                let most = format!("(SELECT max({}) FROM {})", column.told("name"), column.told("on"));
                let sql = format!(
                    "SELECT pg_catalog.setval({target}, CASE WHEN later THEN greatest(last, now) ELSE last END, called OR (later AND now >= last)) FROM {name}, LATERAL (SELECT {most} AS now) AS t, LATERAL (SELECT coalesce(now > most, now IS NOT NULL) AS later) AS l;"
                );
                (most, sql)
            }
            None => ("NULL".into(), format!("SELECT pg_catalog.setval({target}, last, called) FROM {name};")),
        };
        self.saves.push(format!("INSERT INTO {name} SELECT last_value, is_called, {most} FROM {sequence};"));
        self.end_back.insert(0, sql);
    }
}

/// The column that owns a sequence, if its table stays.
fn owner<'a>(changes: &Changes<'a>, sequence: &Fact) -> Option<&'a Fact> {
    let owned = changes.from.facts.get(&format!("owned {}", sequence.name))?;
    let column = changes.from.facts.get(owned.told("column"))?;
    let up = sequence.body["increment"].as_i64().unwrap_or_default() > 0;
    let stays = changes.to.facts.contains_key(&column.id()) && !changes.drops(&column.id());
    (stays && up).then_some(column)
}
