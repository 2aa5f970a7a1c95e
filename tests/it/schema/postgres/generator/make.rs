//! Schemas from nothing.

use super::column::{Column, PLAIN, Type};
use super::extras::{Function, Sequence, Trigger, View};
use super::text::repair;
use super::{Schema, Table};
use crate::campaign::Chance;

/// A whole one.
pub fn schema(chance: &Chance) -> Schema {
    let mut schema = Schema::default();
    for _ in 0..chance.below(3) {
        enumeration(&mut schema, chance);
    }
    for _ in 0..chance.below(3) {
        domain(&mut schema, chance);
    }
    for _ in 0..chance.below(2) {
        composite(&mut schema, chance);
    }
    for _ in 0..chance.below(3) {
        sequence(&mut schema, chance);
    }
    for _ in 0..chance.below(3) {
        function(&mut schema, chance);
    }
    for _ in 0..2 + chance.below(4) {
        table(&mut schema, chance);
    }
    for _ in 0..chance.below(4) {
        view(&mut schema, chance);
    }
    repair(&mut schema);
    schema
}

pub fn enumeration(schema: &mut Schema, chance: &Chance) {
    let name = schema.fresh("e");
    let labels = (0..2 + chance.below(3)).map(|n| format!("l{n}")).collect();
    schema.enums.push((name, labels));
}

pub fn domain(schema: &mut Schema, chance: &Chance) {
    let name = schema.fresh("d");
    schema.domains.push((name, chance.of(&["integer", "text", "numeric(8,2)"]), chance.below(3), chance.in_1000(150)));
}

pub fn composite(schema: &mut Schema, chance: &Chance) {
    let name = schema.fresh("c");
    let of = (0..1 + chance.below(3)).map(|_| chance.of(&["integer", "text", "boolean", "date"])).collect();
    schema.composites.push((name, of));
}

pub fn sequence(schema: &mut Schema, chance: &Chance) {
    let name = schema.fresh("s");
    let kind = chance.of(&["bigint", "integer", "smallint"]);
    let (step, cycle, cache) = (1 + chance.below(3), chance.in_1000(300), 1 + chance.below(3));
    schema.sequences.push(Sequence { name, kind, step, cycle, cache });
}

pub fn function(schema: &mut Schema, chance: &Chance) {
    let name = schema.fresh("f");
    schema.functions.push(Function::new(name, chance));
}

pub fn table(schema: &mut Schema, chance: &Chance) {
    let name = schema.fresh("t");
    let mut id = Column::plain("id".into(), Type::Plain("integer"));
    id.required = true;
    id.identity = chance.in_1000(300).then(|| (false, chance.below(3)));
    let mut table = Table { name, app: chance.in_1000(250), columns: vec![id], ..Table::default() };
    table.key = chance.in_1000(850).then(|| chance.in_1000(80));
    table.parts = chance.in_1000(150).then(|| vec![0, 1]);
    table.unlogged = chance.in_1000(50);
    table.fillfactor = chance.in_1000(100).then(|| 50 + chance.below(40));
    table.comment = chance.in_1000(200).then(|| chance.below(3));
    schema.tables.push(table);
    let at = schema.tables.len() - 1;
    for _ in 0..1 + chance.below(5) {
        column(schema, at, chance);
    }
    for part in 0..chance.below(6) {
        match part {
            0 => constraint(schema, at, chance),
            1 | 2 => index(schema, at, chance),
            3 => reference(schema, at, chance),
            4 => trigger(schema, at, chance),
            _ => rights(&mut schema.tables[at], chance),
        }
    }
    schema.last += usize::from(chance.in_1000(300));
    if chance.in_1000(150) {
        schema.tables[at].security = Some(chance.in_1000(500));
        policy(schema, at, chance);
    }
}

pub fn column(schema: &mut Schema, at: usize, chance: &Chance) {
    let name = schema.fresh("c");
    let mut column = Column::new(name, schema, chance);
    let alike = |other: &&Column| other.generated.is_none() && other.identity.is_none() && other.default != Some(3);
    let from = schema.tables[at].columns.iter().skip(1).find(alike).filter(|_| chance.in_1000(150));
    if let Some(from) = from.filter(|from| from.kind.is(&["integer", "text"])) {
        column.kind = from.kind.clone();
        column.generated = Some((from.name.clone(), chance.below(2)));
    }
    schema.tables[at].columns.push(column);
}

fn some_columns(table: &Table, chance: &Chance) -> Vec<String> {
    let first = chance.below(table.columns.len());
    let count = 1 + chance.below(2.min(table.columns.len() - first));
    table.columns[first..first + count].iter().map(|column| column.name.clone()).collect()
}

pub fn constraint(schema: &mut Schema, at: usize, chance: &Chance) {
    let name = schema.fresh("k");
    let of = some_columns(&schema.tables[at], chance);
    let way = chance.of(&[0, 0, 4, 8, 1, 2, 3]);
    schema.tables[at].constraints.push((name, of, way));
}

pub fn index(schema: &mut Schema, at: usize, chance: &Chance) {
    let name = schema.fresh("i");
    let of = some_columns(&schema.tables[at], chance);
    schema.tables[at].indexes.push((name, of, chance.below(5)));
}

pub fn reference(schema: &mut Schema, at: usize, chance: &Chance) {
    let integers: Vec<String> = (schema.tables[at].columns.iter().skip(1))
        .filter(|column| column.kind == Type::Plain("integer"))
        .map(|column| column.name.clone())
        .collect();
    let to = schema.tables[chance.below(schema.tables.len())].name.clone();
    if !integers.is_empty() {
        let (name, column) = (schema.fresh("r"), integers[chance.below(integers.len())].clone());
        schema.tables[at].references.push((name, column, to, chance.below(5)));
    }
}

pub fn trigger(schema: &mut Schema, at: usize, chance: &Chance) {
    let name = schema.fresh("g");
    schema.tables[at].triggers.push(Trigger { name, when: chance.below(4), off: chance.in_1000(200) });
}

pub fn policy(schema: &mut Schema, at: usize, chance: &Chance) {
    let name = schema.fresh("p");
    schema.tables[at].policies.push((name, chance.below(3)));
}

pub fn rights(table: &mut Table, chance: &Chance) {
    let what = chance.of(&["SELECT", "INSERT, UPDATE", "SELECT (id)", "ALL"]);
    table.grants.push((chance.of(&["app_reader", "app_writer"]), what));
}

pub fn view(schema: &mut Schema, chance: &Chance) {
    let name = schema.fresh("v");
    let tables = schema.tables.iter().map(|table| &table.name);
    let all: Vec<String> = tables.chain(schema.views.iter().map(|view| &view.name)).cloned().collect();
    let from = all[chance.below(all.len())].clone();
    let mut columns = View::columns_of(schema, &from);
    columns.retain(|_| chance.in_1000(700));
    if columns.is_empty() {
        columns = View::columns_of(schema, &from).into_iter().take(1).collect();
    }
    let (stored, index) = (chance.in_1000(250), chance.in_1000(500));
    let (granted, comment) = (chance.in_1000(200), chance.in_1000(200));
    schema.views.push(View { name, stored, from, columns, kind: chance.below(8), index, granted, comment });
}

/// Another type: most often one that the old values fit.
pub fn other_type(kind: &Type, schema: &Schema, chance: &Chance) -> Type {
    let near: &[&'static str] = match kind {
        Type::Plain("integer" | "smallint") => &["bigint", "numeric(8,2)", "text", "smallint"],
        Type::Plain("bigint") => &["integer", "text"],
        Type::Plain("text" | "character varying(20)" | "character(4)") => &["text", "character varying(20)"],
        Type::Plain("timestamp with time zone" | "date") => &["timestamp without time zone", "date", "text"],
        Type::Plain("real") => &["double precision", "text"],
        Type::Enum(_) | Type::Domain(_) => &["text"],
        _ => &[],
    };
    match chance.below(5) {
        0 => Type::any(schema, chance),
        1 => Type::Plain(PLAIN[chance.below(PLAIN.len())].0),
        _ if near.is_empty() => Type::Plain("text"),
        _ => Type::Plain(chance.of(near)),
    }
}
