//! Columns: what they are of, and how that is written.

use super::{Schema, Table};
use crate::campaign::Chance;

/// A type, as the model knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    Plain(&'static str),
    Enum(String),
    EnumArray(String),
    Domain(String),
    Composite(String),
}

/// Types, each with two values.
pub const PLAIN: [(&str, [&str; 2]); 22] = [
    ("integer", ["1", "2"]),
    ("integer", ["3", "4"]), // twice as often
    ("bigint", ["1", "9000000000"]),
    ("smallint", ["7", "2"]),
    ("text", ["'some text'", "'12'"]),
    ("text", ["''", "'true'"]),
    ("character varying(20)", ["'it''s'", "'a;b'"]),
    ("character(4)", ["'ab'", "'1'"]),
    ("numeric(8,2)", ["1.25", "-3"]),
    ("boolean", ["true", "false"]),
    ("date", ["'2020-02-29'", "'1999-12-31'"]),
    ("timestamp with time zone", ["'2020-01-01 10:00:00.5+00'", "'1970-01-01 00:00:00+00'"]),
    ("timestamp without time zone", ["'2020-01-01 10:00:00.25'", "'infinity'"]),
    ("uuid", ["'6b0f1d4e-0000-4000-8000-000000000001'", "'6b0f1d4e-0000-4000-8000-000000000002'"]),
    ("jsonb", ["'{\"a\": [1, null]}'", "'3'"]),
    ("bytea", ["'\\x00ff'", "''"]),
    ("real", ["1.5", "0.1"]),
    ("double precision", ["0.1", "1e300"]),
    ("interval", ["'1 day 2 hours'", "'3 months'"]),
    ("integer[]", ["'{1,2}'", "'{}'"]),
    ("text[]", ["'{a,NULL,\"b c\"}'", "'{}'"]),
    ("int4range", ["'[1,5)'", "'[10,20)'"]),
];

#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    /// What it was called, for a note.
    pub was: Option<String>,
    pub kind: Type,
    pub required: bool,
    /// Which default: see [`default`].
    pub default: Option<usize>,
    /// ALWAYS or BY DEFAULT, and which options.
    pub identity: Option<(bool, usize)>,
    /// Made from this column, in this way.
    pub generated: Option<(String, usize)>,
    pub collated: bool,
    pub comment: Option<usize>,
}

impl Type {
    /// One that the schema has.
    pub fn any(schema: &Schema, chance: &Chance) -> Self {
        let named = |all: Vec<&String>| (!all.is_empty()).then(|| all[chance.below(all.len())].clone());
        match chance.below(10) {
            0 | 1 => named(schema.enums.iter().map(|(name, _)| name).collect()).map(Self::Enum),
            2 => named(schema.enums.iter().map(|(name, _)| name).collect()).map(Self::EnumArray),
            3 => named(schema.domains.iter().map(|(name, ..)| name).collect()).map(Self::Domain),
            4 => named(schema.composites.iter().map(|(name, _)| name).collect()).map(Self::Composite),
            _ => None,
        }
        .unwrap_or_else(|| Self::Plain(chance.of(&PLAIN).0))
    }

    /// Its name in SQL.
    pub fn name(&self) -> String {
        match self {
            Self::Plain(name) => (*name).to_owned(),
            Self::EnumArray(name) => format!("{name}[]"),
            Self::Enum(name) | Self::Domain(name) | Self::Composite(name) => name.clone(),
        }
    }

    pub fn is(&self, names: &[&str]) -> bool {
        matches!(self, Self::Plain(name) if names.contains(name))
    }

    pub fn is_integer(&self) -> bool {
        self.is(&["integer", "bigint", "smallint"])
    }

    pub fn is_text(&self) -> bool {
        self.is(&["text", "character varying(20)"])
    }

    /// Can a btree be made of it?
    pub fn is_ordered(&self) -> bool {
        !matches!(self, Self::Composite(_))
    }

    /// Can the schema have it still?
    pub fn is_known(&self, schema: &Schema) -> bool {
        match self {
            Self::Plain(_) => true,
            Self::Enum(name) | Self::EnumArray(name) => schema.enums.iter().any(|(known, _)| known == name),
            Self::Domain(name) => schema.domains.iter().any(|(known, ..)| known == name),
            Self::Composite(name) => schema.composites.iter().any(|(known, _)| known == name),
        }
    }

    /// One of its values, by number.
    pub fn value(&self, schema: &Schema, which: usize) -> String {
        let plain = |name: &str| {
            let of: Vec<&str> = PLAIN.iter().filter(|(known, _)| *known == name).flat_map(|(_, both)| *both).collect();
            of[which % of.len()].to_owned()
        };
        let labels =
            |name: &str| schema.enums.iter().find(|(known, _)| known == name).map(|(_, labels)| labels.clone());
        match self {
            Self::Plain(name) if self.is_integer() && which > 1 => format!("{}::{name}", which % 6),
            Self::Plain(name) => format!("{}::{name}", plain(name)),
            Self::Enum(name) => {
                labels(name).map_or("NULL".into(), |all| format!("'{}'::{name}", all[which % all.len()]))
            }
            Self::EnumArray(name) => {
                labels(name).map_or("NULL".into(), |all| format!("ARRAY['{}'::{name}]", all[which % all.len()]))
            }
            Self::Domain(name) => {
                let base = schema.domains.iter().find(|(known, ..)| known == name).map_or("text", |(_, base, ..)| base);
                format!("{}::{name}", plain(base))
            }
            Self::Composite(name) => {
                let of = schema.composites.iter().find(|(known, _)| known == name).map(|(_, of)| of.clone());
                let values: Vec<String> = of.unwrap_or_default().iter().map(|kind| plain(kind)).collect();
                format!("ROW({})::{name}", values.join(", "))
            }
        }
    }
}

impl Column {
    pub fn new(name: String, schema: &Schema, chance: &Chance) -> Self {
        let kind = Type::any(schema, chance);
        let mut column = Self::plain(name, kind);
        column.required = chance.in_1000(200);
        column.default = chance.in_1000(400).then(|| chance.below(4));
        column.collated = chance.in_1000(150);
        column.comment = chance.in_1000(150).then(|| chance.below(3));
        column
    }

    pub fn plain(name: String, kind: Type) -> Self {
        let (was, required, default, identity, generated) = (None, false, None, None, None);
        Self { name, was, kind, required, default, identity, generated, collated: false, comment: None }
    }

    /// Its line in CREATE TABLE, with its note.
    pub fn line(&self, schema: &Schema, table: &Table) -> String {
        let note = self.was.as_ref().map(|was| format!("    -- @renamed from={was}\n")).unwrap_or_default();
        let mut line = format!("{note}    {} {}", self.name, self.kind.name());
        if self.collated && self.kind.is_text() {
            line += " COLLATE \"C\"";
        }
        if let Some((from, way)) = &self.generated {
            let with = if *way == 0 { "'x'" } else { "'yy'" };
            if self.kind.is_text() {
                line += &format!(" GENERATED ALWAYS AS (upper({from}) || {with}) STORED");
            } else {
                line += &format!(" GENERATED ALWAYS AS ({from} * {}) STORED", way + 2);
            }
        } else if let (Some((always, options)), true) = (&self.identity, self.kind.is_integer()) {
            let options = ["", " (START 10 INCREMENT 3)", " (MINVALUE -5 CACHE 4 CYCLE)"][options % 3];
            line += &format!(" GENERATED {} AS IDENTITY{options}", if *always { "ALWAYS" } else { "BY DEFAULT" });
        } else if let Some(which) = self.default {
            line += &format!(" DEFAULT {}", self.default(schema, which));
        }
        if self.required && !(self.name == "id" && table.key.is_some()) {
            line += " NOT NULL";
        }
        line
    }

    fn default(&self, schema: &Schema, which: usize) -> String {
        match (&self.kind, which) {
            (kind, 3) if kind.is_integer() => match schema.sequences.first() {
                Some(sequence) => format!("nextval('{}')", sequence.name),
                None => "(2 + 2)".into(),
            },
            (kind, 3) if kind.is(&["timestamp with time zone", "date"]) => "now()".into(),
            (kind, 3) if kind.is(&["uuid"]) => "gen_random_uuid()".into(),
            (kind, 3) if kind.is_text() => "lower('ABC'::varchar || CURRENT_USER)".into(),
            (kind, which) => kind.value(schema, which % 2),
        }
    }
}
