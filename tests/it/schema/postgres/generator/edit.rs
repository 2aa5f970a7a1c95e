//! What somebody does to a schema between two releases.

use super::extras::Function;
use super::text::repair;
use super::{Schema, Table, make};
use crate::campaign::Chance;

/// One edit; what no longer fits goes with it.
pub fn one(schema: &mut Schema, chance: &Chance) {
    let at = chance.below(schema.tables.len());
    match chance.below(34) {
        0..=2 => make::column(schema, at, chance),
        3 | 4 => drop_column(schema, at, chance),
        5..=7 => change_type(schema, at, chance),
        8..=11 => change_column(schema, at, chance),
        12 => rename_column(schema, at, chance),
        13 => make::table(schema, chance),
        14 => drop_table(schema, at),
        15 => rename_table(schema, at),
        16 | 17 => change_list(
            schema,
            at,
            chance,
            make::constraint,
            |table| &mut table.constraints,
            |c, n| c.2 = (c.2 + n) % 8,
        ),
        18 | 19 => change_list(schema, at, chance, make::index, |table| &mut table.indexes, |i, n| i.2 += n),
        20 => change_list(schema, at, chance, make::reference, |table| &mut table.references, |r, n| r.3 += n),
        21 => change_list(
            schema,
            at,
            chance,
            make::trigger,
            |table| &mut table.triggers,
            |t, n| (t.when, t.off) = (t.when + n, !t.off),
        ),
        22 => change_list(schema, at, chance, make::policy, |table| &mut table.policies, |p, n| p.1 += n),
        23 => access(&mut schema.tables[at], chance),
        24 | 25 => enums(schema, chance),
        26 => domains(schema, chance),
        27 => composites(schema, chance),
        28 => sequences(schema, chance),
        29 => functions(schema, chance),
        30 | 31 => views(schema, chance),
        32 => parts(&mut schema.tables[at], chance),
        _ => storage(&mut schema.tables[at], chance),
    }
    repair(schema);
}

/// One of a table's comes, changes or goes.
fn change_list<T>(
    schema: &mut Schema,
    at: usize,
    chance: &Chance,
    make: impl Fn(&mut Schema, usize, &Chance),
    list: impl Fn(&mut Table) -> &mut Vec<T>,
    change: impl Fn(&mut T, usize),
) {
    let all = list(&mut schema.tables[at]);
    if all.is_empty() || chance.in_1000(400) {
        return make(schema, at, chance);
    }
    let one = chance.below(all.len());
    if chance.in_1000(500) {
        all.remove(one);
    } else {
        change(&mut all[one], 1 + chance.below(3));
    }
}

/// One that is not `id`.
fn column(schema: &Schema, at: usize, chance: &Chance) -> Option<usize> {
    let count = schema.tables[at].columns.len();
    (count > 1).then(|| 1 + chance.below(count - 1))
}

fn drop_column(schema: &mut Schema, at: usize, chance: &Chance) {
    if let Some(one) = column(schema, at, chance) {
        schema.tables[at].columns.remove(one);
    }
}

fn change_type(schema: &mut Schema, at: usize, chance: &Chance) {
    let Some(one) = column(schema, at, chance) else { return };
    let kind = make::other_type(&schema.tables[at].columns[one].kind, schema, chance);
    schema.tables[at].columns[one].kind = kind;
}

fn change_column(schema: &mut Schema, at: usize, chance: &Chance) {
    let one = chance.below(schema.tables[at].columns.len());
    let of_key = one == 0;
    let column = &mut schema.tables[at].columns[one];
    match chance.below(7) {
        0 | 1 if !of_key => column.required = !column.required,
        2 | 3 => column.default = if column.default.is_some() { None } else { Some(chance.below(4)) },
        4 => column.comment = if column.comment.is_some() { None } else { Some(chance.below(3)) },
        5 => column.collated = !column.collated,
        6 => {
            column.identity =
                if column.identity.is_some() { None } else { Some((chance.in_1000(300), chance.below(3))) }
        }
        _ => column.default = column.default.map(|which| which + 1),
    }
}

fn rename_column(schema: &mut Schema, at: usize, chance: &Chance) {
    let Some(one) = column(schema, at, chance) else { return };
    let name = schema.fresh("n");
    let table = &mut schema.tables[at];
    if table.columns[one].was.is_some() {
        return;
    }
    let was = std::mem::replace(&mut table.columns[one].name, name.clone());
    let rename = |of: &mut String| {
        if *of == was {
            of.clone_from(&name);
        }
    };
    table.constraints.iter_mut().chain(&mut table.indexes).for_each(|(_, of, _)| of.iter_mut().for_each(rename));
    table.references.iter_mut().for_each(|(_, of, ..)| rename(of));
    table.columns.iter_mut().filter_map(|column| column.generated.as_mut()).for_each(|(of, _)| rename(of));
    table.columns[one].was = Some(was);
}

fn drop_table(schema: &mut Schema, at: usize) {
    if schema.tables.len() > 1 {
        schema.tables.remove(at);
    }
}

fn rename_table(schema: &mut Schema, at: usize) {
    let name = schema.fresh("n");
    if schema.tables[at].was.is_some() || schema.tables[at].parts.is_some() {
        return;
    }
    let was = std::mem::replace(&mut schema.tables[at].name, name.clone());
    let references = schema.tables.iter_mut().flat_map(|table| &mut table.references).map(|(_, _, to, _)| to);
    let all = references.chain(schema.views.iter_mut().map(|view| &mut view.from));
    all.filter(|of| **of == was).for_each(|of| of.clone_from(&name));
    schema.tables[at].was = Some(was);
}

fn access(table: &mut Table, chance: &Chance) {
    match chance.below(4) {
        0 => table.security = if table.security.is_some() { None } else { Some(true) },
        1 => table.security = table.security.map(|forced| !forced),
        2 if !table.grants.is_empty() => drop(table.grants.pop()),
        _ => make::rights(table, chance),
    }
}

fn enums(schema: &mut Schema, chance: &Chance) {
    let new = format!("l{}", schema.fresh(""));
    if schema.enums.is_empty() || chance.in_1000(200) {
        return make::enumeration(schema, chance);
    }
    let one = chance.below(schema.enums.len());
    let labels = &mut schema.enums[one].1;
    match chance.below(6) {
        0..=2 => labels.insert(chance.below(labels.len() + 1), new),
        3 if labels.len() > 1 => drop(labels.remove(chance.below(labels.len()))),
        4 => labels.reverse(),
        _ => drop(schema.enums.remove(one)),
    }
}

fn domains(schema: &mut Schema, chance: &Chance) {
    if schema.domains.is_empty() || chance.in_1000(300) {
        return make::domain(schema, chance);
    }
    let one = chance.below(schema.domains.len());
    match chance.below(4) {
        0 | 1 => schema.domains[one].2 += 1,
        2 => schema.domains[one].3 = !schema.domains[one].3,
        _ => drop(schema.domains.remove(one)),
    }
}

fn composites(schema: &mut Schema, chance: &Chance) {
    if schema.composites.is_empty() || chance.in_1000(500) {
        return make::composite(schema, chance);
    }
    let one = chance.below(schema.composites.len());
    if chance.in_1000(600) {
        schema.composites[one].1.push("text");
    } else {
        schema.composites.remove(one);
    }
}

fn sequences(schema: &mut Schema, chance: &Chance) {
    if schema.sequences.is_empty() || chance.in_1000(300) {
        return make::sequence(schema, chance);
    }
    let one = chance.below(schema.sequences.len());
    match chance.below(4) {
        0 => schema.sequences[one].kind = chance.of(&["bigint", "integer", "smallint"]),
        1 => schema.sequences[one].step += 1,
        2 => schema.sequences[one].cycle = !schema.sequences[one].cycle,
        _ => drop(schema.sequences.remove(one)),
    }
}

fn functions(schema: &mut Schema, chance: &Chance) {
    if schema.functions.is_empty() || chance.in_1000(300) {
        return make::function(schema, chance);
    }
    let one = chance.below(schema.functions.len());
    match chance.below(3) {
        0 => schema.functions[one].body += 1,
        1 => schema.functions[one] = Function::new(schema.functions[one].name.clone(), chance),
        _ => drop(schema.functions.remove(one)),
    }
}

fn views(schema: &mut Schema, chance: &Chance) {
    if schema.views.is_empty() || chance.in_1000(400) {
        return make::view(schema, chance);
    }
    let one = chance.below(schema.views.len());
    match chance.below(4) {
        0 => schema.views[one].kind += 1,
        1 => schema.views[one].stored = !schema.views[one].stored,
        2 => schema.views[one].columns.reverse(),
        _ => drop(schema.views.remove(one)),
    }
}

fn parts(table: &mut Table, chance: &Chance) {
    if let Some(parts) = &mut table.parts {
        if chance.in_1000(600) {
            parts.push(parts.last().map_or(0, |last| last + 1));
        } else {
            parts.pop();
        }
    }
}

fn storage(table: &mut Table, chance: &Chance) {
    match chance.below(4) {
        0 => table.unlogged = !table.unlogged && table.references.is_empty(),
        1 => table.fillfactor = Some(40 + chance.below(50)),
        2 => table.key = if table.key.is_some() { None } else { Some(false) },
        _ => table.comment = if table.comment.is_some() { None } else { Some(chance.below(3)) },
    }
}
