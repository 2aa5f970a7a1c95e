//! A schema as the statements that make it, without what refers to things that are no longer there.

use super::column::Type;
use super::extras::View;
use super::{Schema, Table};

const TOUCH: &str =
    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN coalesce(NEW, OLD); END $$;\n";

/// All of it.
pub fn of(schema: &Schema) -> String {
    let mut text = format!("CREATE SCHEMA app;\n{TOUCH}");
    for (name, labels) in &schema.enums {
        text += &format!("CREATE TYPE {name} AS ENUM ('{}');\n", labels.join("', '"));
    }
    for (name, base, check, required) in &schema.domains {
        let checks =
            ["", " CHECK (VALUE IS NOT NULL OR VALUE IS NULL)", " CONSTRAINT known CHECK (VALUE::text <> 'never')"];
        let required = if *required { " NOT NULL" } else { "" };
        text += &format!("CREATE DOMAIN {name} AS {base}{required}{};\n", checks[check % 3]);
    }
    for (name, of) in &schema.composites {
        let of: Vec<String> = of.iter().enumerate().map(|(n, kind)| format!("a{n} {kind}")).collect();
        text += &format!("CREATE TYPE {name} AS ({});\n", of.join(", "));
    }
    schema.sequences.iter().for_each(|sequence| text += &sequence.text());
    schema.functions.iter().for_each(|function| text += &function.text());
    schema.tables.iter().for_each(|table| text += &table.text(schema));
    schema.tables.iter().for_each(|table| text += &table.references(schema));
    for view in &schema.views {
        text += &view.text(&full(schema, &view.from));
    }
    text
}

/// A table or view with its schema, when that is not `public`.
fn full(schema: &Schema, name: &str) -> String {
    schema.tables.iter().find(|table| table.name == name).map_or(name.to_owned(), Table::full)
}

/// Forgets what can no longer be: after each edit.
pub fn repair(schema: &mut Schema) {
    // What outlives a crash can't refer to what doesn't.
    if schema.tables.iter().any(|table| !table.references.is_empty()) {
        schema.tables.iter_mut().for_each(|table| table.unlogged = false);
    }
    let known = schema.clone();
    for table in &mut schema.tables {
        for column in &mut table.columns {
            if !column.kind.is_known(&known) {
                column.kind = Type::Plain("text");
            }
        }
        let columns = table.columns.clone();
        let kind = |name: &String| columns.iter().find(|column| column.name == *name);
        for column in &mut table.columns {
            let same = |(from, _): &(String, usize)| {
                kind(from).is_some_and(|f| f.generated.is_none() && f.kind == column.kind)
            };
            column.generated = column.generated.take().filter(same);
            column.required |= column.identity.is_some();
        }
        table.constraints.retain(|(_, of, _)| of.iter().all(|name| kind(name).is_some()));
        table.indexes.retain(|(_, of, _)| of.iter().all(|name| kind(name).is_some_and(|c| c.kind.is_ordered())));
        let ordered = |name: &String| kind(name).is_some_and(|column| column.kind.is_ordered());
        table.constraints.retain(|(_, of, way)| way % 4 == 0 || of.iter().all(ordered));
        let target = |name: &String| known.tables.iter().any(|table| table.name == *name && table.key == Some(false));
        let integer =
            |name: &String| kind(name).is_some_and(|c| c.kind == Type::Plain("integer") && c.generated.is_none());
        table.references.retain(|(_, column, to, _)| target(to) && integer(column));
    }
    let mut views: Vec<View> = Vec::new();
    for mut view in schema.views.drain(..) {
        let before = Schema { tables: known.tables.clone(), views: views.clone(), ..Schema::default() };
        let there = View::columns_of(&before, &view.from);
        view.columns.retain(|column| there.contains(column));
        if !view.columns.is_empty() {
            views.push(view);
        }
    }
    schema.views = views;
}

impl Table {
    pub fn full(&self) -> String {
        if self.app { format!("app.{}", self.name) } else { self.name.clone() }
    }

    fn text(&self, schema: &Schema) -> String {
        let full = self.full();
        let mut lines: Vec<String> = self.columns.iter().map(|column| column.line(schema, self)).collect();
        if let Some(late) = self.key {
            lines.push(format!("    PRIMARY KEY (id){}", if late { " DEFERRABLE" } else { "" }));
        }
        lines.extend(self.constraints.iter().filter_map(|(name, of, way)| self.constraint(name, of, *way)));
        let note = self.was.as_ref().map(|was| format!("-- @renamed from={was}\n")).unwrap_or_default();
        let unlogged = if self.unlogged && self.parts.is_none() { "UNLOGGED " } else { "" };
        let with = match (&self.parts, self.fillfactor) {
            (Some(_), _) => " PARTITION BY RANGE (id)".into(),
            (None, Some(fill)) => format!(" WITH (fillfactor = {fill})"),
            (None, None) => String::new(),
        };
        let mut text = format!("{note}CREATE {unlogged}TABLE {full} (\n{}\n){with};\n", lines.join(",\n"));
        for part in self.parts.iter().flatten() {
            let (from, to) = (part * 100, part * 100 + 100);
            text += &format!("CREATE TABLE {full}_p{part} PARTITION OF {full} FOR VALUES FROM ({from}) TO ({to});\n");
        }
        text + &self.around(&full)
    }

    /// What is not in CREATE TABLE.
    fn around(&self, full: &str) -> String {
        let mut text = String::new();
        for (name, of, way) in &self.indexes {
            let (first, all) = (&of[0], of.join(", "));
            text += &match way % 5 {
                0 => format!("CREATE INDEX {name} ON {full} ({all});\n"),
                1 => format!("CREATE INDEX {name} ON {full} ({first} DESC) WHERE {first} IS NOT NULL;\n"),
                2 => format!("CREATE INDEX {name} ON {full} (({first} IS NULL), {first});\n"),
                3 => format!("CREATE INDEX {name} ON {full} ({first}) INCLUDE ({});\n", of[of.len() - 1]),
                _ => format!("CREATE INDEX {name} ON {full} USING hash ({first});\n"),
            };
        }
        let computed = self.columns.iter().any(|column| column.generated.is_some());
        self.triggers.iter().for_each(|trigger| text += &trigger.text(full, self.parts.is_some(), computed));
        for (role, what) in &self.grants {
            text += &format!("GRANT {what} ON {full} TO {role};\n");
        }
        if let Some(forced) = self.security {
            text += &format!("ALTER TABLE {full} ENABLE ROW LEVEL SECURITY;\n");
            text += &if forced { format!("ALTER TABLE {full} FORCE ROW LEVEL SECURITY;\n") } else { String::new() };
        }
        for (name, way) in &self.policies {
            let how = [
                "USING (id > 0)",
                "FOR SELECT TO app_reader USING (id IN (1, 2, 3))",
                "AS RESTRICTIVE FOR INSERT WITH CHECK (id < 99)",
            ];
            text += &format!("CREATE POLICY {name} ON {full} {};\n", how[way % 3]);
        }
        if let Some(comment) = self.comment {
            text += &format!("COMMENT ON TABLE {full} IS 'comment ''{comment}''';\n");
        }
        for column in &self.columns {
            if let Some(comment) = column.comment {
                text += &format!("COMMENT ON COLUMN {full}.{} IS 'comment {comment}';\n", column.name);
            }
        }
        text
    }

    fn constraint(&self, name: &str, of: &[String], way: usize) -> Option<String> {
        let (first, all) = (&of[0], of.join(", "));
        let kind = &self.columns.iter().find(|column| column.name == *first)?.kind;
        let check = |text: String| Some(format!("    CONSTRAINT {name} CHECK ({text})"));
        match way % 4 {
            0 if kind.is_integer() => check(format!("{first} > -{way} AND {first} NOT IN (55, 66)")),
            0 if kind.is_text() => {
                check(format!("{first} IN ('some text', '12', '', 'it''s', 'a;b', 'true', '{way}')"))
            }
            0 => check(format!("{first} IS NOT NULL OR id > {way}")),
            _ if self.parts.is_some() => None,
            1 => Some(format!("    CONSTRAINT {name} UNIQUE ({all})")),
            2 => Some(format!("    CONSTRAINT {name} UNIQUE ({all}) DEFERRABLE INITIALLY DEFERRED")),
            _ => Some(format!("    CONSTRAINT {name} EXCLUDE USING btree ({first} WITH =) WHERE (id > {way})")),
        }
    }

    fn references(&self, schema: &Schema) -> String {
        let text = |(name, column, to, way): &(String, String, String, usize)| {
            let how = [
                "",
                " ON DELETE CASCADE",
                " DEFERRABLE INITIALLY DEFERRED",
                " ON DELETE SET NULL ON UPDATE CASCADE",
                " NOT VALID",
            ];
            let how = if self.parts.is_some() && way % 5 == 4 { "" } else { how[way % 5] };
            let full_to = full(schema, to);
            format!(
                "ALTER TABLE {} ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES {full_to} (id){how};\n",
                self.full()
            )
        };
        self.references.iter().map(text).collect()
    }
}
