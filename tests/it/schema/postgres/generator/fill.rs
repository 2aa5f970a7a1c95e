//! Rows for a schema: each on its own, so that those that a constraint doesn't let in just are not there.

use super::{Schema, Table};
use crate::campaign::Chance;

/// The statements; some of them may fail.
pub fn rows(schema: &Schema, chance: &Chance) -> String {
    let mut text = "\\set ON_ERROR_STOP off\n\\set QUIET on\n".to_owned();
    for table in &schema.tables {
        for id in 0..chance.below(7) {
            text += &row(schema, table, id, chance);
        }
    }
    for view in schema.views.iter().filter(|view| view.stored) {
        text += &format!("REFRESH MATERIALIZED VIEW {};\n", view.name);
    }
    for sequence in &schema.sequences {
        text += &format!("SELECT setval('{}', {});\n", sequence.name, 1 + chance.below(50));
    }
    text
}

fn row(schema: &Schema, table: &Table, id: usize, chance: &Chance) -> String {
    let id = match &table.parts {
        Some(parts) if parts.len() > 1 && id % 2 == 1 => 100 + id,
        _ => id + 1,
    };
    let (mut names, mut values) = (vec!["id".to_owned()], vec![id.to_string()]);
    for column in table.columns.iter().skip(1).filter(|column| column.generated.is_none()) {
        names.push(column.name.clone());
        values.push(if !column.required && chance.in_1000(200) {
            "NULL".into()
        } else {
            column.kind.value(schema, chance.below(6))
        });
    }
    let (names, values) = (names.join(", "), values.join(", "));
    format!("INSERT INTO {} ({names}) OVERRIDING SYSTEM VALUE VALUES ({values});\n", table.full())
}
