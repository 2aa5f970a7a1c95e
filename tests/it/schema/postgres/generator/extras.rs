//! What is beside tables: sequences, functions, triggers, views.

use super::Schema;
use crate::campaign::Chance;

#[derive(Debug, Clone)]
pub struct Sequence {
    pub name: String,
    pub kind: &'static str,
    pub step: usize,
    pub cycle: bool,
    pub cache: usize,
}

impl Sequence {
    pub fn text(&self) -> String {
        let cycle = if self.cycle { " CYCLE" } else { "" };
        format!("CREATE SEQUENCE {} AS {} INCREMENT {} CACHE {}{cycle};\n", self.name, self.kind, self.step, self.cache)
    }
}

#[derive(Debug, Clone)]
pub struct Function {
    pub name: String,
    /// Types of its arguments.
    pub takes: Vec<&'static str>,
    pub gives: &'static str,
    pub body: usize,
    pub stable: bool,
    /// A default for its last argument?
    pub default: bool,
}

impl Function {
    pub fn new(name: String, chance: &Chance) -> Self {
        let takes = (0..chance.below(3)).map(|_| chance.of(&["integer", "text"])).collect();
        let gives = chance.of(&["integer", "text"]);
        Self { name, takes, gives, body: chance.below(4), stable: chance.in_1000(500), default: chance.in_1000(300) }
    }

    pub fn text(&self) -> String {
        let mut takes: Vec<String> = self.takes.iter().enumerate().map(|(n, of)| format!("a{n} {of}")).collect();
        if let (Some(last), true) = (takes.last_mut(), self.default) {
            *last += if last.ends_with("integer") { " DEFAULT 5" } else { " DEFAULT 'five'" };
        }
        let value =
            if self.gives == "integer" { format!("{} + 1", self.body) } else { format!("'it''s {}'", self.body) };
        let body = match self.body % 2 {
            0 => format!("LANGUAGE sql AS $$ SELECT {value} $$"),
            _ => format!("LANGUAGE plpgsql AS $$\nBEGIN\n    RETURN {value}; -- {}\nEND $$", self.body),
        };
        let stable = if self.stable { "STABLE " } else { "" };
        format!("CREATE FUNCTION {}({}) RETURNS {} {stable}{body};\n", self.name, takes.join(", "), self.gives)
    }
}

#[derive(Debug, Clone)]
pub struct Trigger {
    pub name: String,
    pub when: usize,
    pub off: bool,
}

impl Trigger {
    /// All call `touch()`, which does nothing.
    pub fn text(&self, table: &str, partitioned: bool, generated: bool) -> String {
        let how = match self.when % 4 {
            // What is not computed yet can't be asked about.
            2 if generated => "BEFORE INSERT ON {t} FOR EACH ROW WHEN (NEW.id IS NOT NULL)",
            0 => "BEFORE UPDATE ON {t} FOR EACH ROW",
            1 => "AFTER INSERT OR DELETE ON {t} FOR EACH STATEMENT",
            2 => "BEFORE INSERT ON {t} FOR EACH ROW WHEN (NEW IS DISTINCT FROM NULL)",
            _ => "AFTER UPDATE OF id ON {t} FOR EACH ROW",
        };
        let on = how.replace("{t}", table);
        let off = if self.off && !partitioned {
            format!("ALTER TABLE {table} DISABLE TRIGGER {};\n", self.name)
        } else {
            String::new()
        };
        format!("CREATE TRIGGER {} {on} EXECUTE FUNCTION touch('{}');\n{off}", self.name, self.when)
    }
}

#[derive(Debug, Clone)]
pub struct View {
    pub name: String,
    pub stored: bool,
    /// A table or a view before it.
    pub from: String,
    pub columns: Vec<String>,
    pub kind: usize,
    /// An index, when it is stored?
    pub index: bool,
    pub granted: bool,
    pub comment: bool,
}

impl View {
    pub fn text(&self, from: &str) -> String {
        let first = &self.columns[0];
        let mut select: Vec<String> = self.columns.clone();
        let mut rest = String::new();
        match self.kind % 4 {
            0 => {}
            1 => rest = format!(" WHERE {first} IS NOT NULL"),
            2 => select.push(format!("{first}::text || 'x' AS more_{}", self.name)),
            _ => select.push(format!("CASE WHEN {first} IS NULL THEN 'none' ELSE 'some' END AS more_{}", self.name)),
        }
        let (kind, data) = if self.stored { ("MATERIALIZED VIEW", "") } else { ("VIEW", "") };
        let barrier = if !self.stored && self.kind >= 4 { " WITH (security_barrier = true)" } else { "" };
        let mut text =
            format!("CREATE {kind} {}{barrier} AS SELECT {} FROM {from}{rest}{data};\n", self.name, select.join(", "));
        if self.stored && self.index {
            text += &format!("CREATE INDEX {}_at ON {} (({first} IS NULL));\n", self.name, self.name);
        }
        if self.granted {
            text += &format!("GRANT SELECT ON {} TO app_reader;\n", self.name);
        }
        if self.comment {
            text +=
                &format!("COMMENT ON VIEW {} IS 'of {first}';\n", self.name).replace("ON VIEW", &format!("ON {kind}"));
        }
        text
    }

    /// The columns of a table or view, as another view sees them.
    pub fn columns_of(schema: &Schema, name: &str) -> Vec<String> {
        let table = schema.tables.iter().find(|table| table.name == name);
        let view = schema.views.iter().find(|view| view.name == name);
        let of_table = table.map(|table| table.columns.iter().map(|column| column.name.clone()).collect());
        of_table.or_else(|| view.map(|view| view.columns.clone())).unwrap_or_default()
    }
}
