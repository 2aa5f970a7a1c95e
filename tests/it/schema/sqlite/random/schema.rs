//! A schema by chance, what becomes of it, and rows for it.

use std::fmt::Write as _;

use crate::campaign::Chance;

#[derive(Clone)]
struct Column {
    name: String,
    /// What it was called in the schema before.
    was: Option<String>,
    decl: &'static str,
    not_null: bool,
    default: Option<String>,
    collate: &'static str,
    unique: bool,
    check: Option<String>,
    /// Computed from another one.
    computed: Option<String>,
    references: Option<(String, &'static str)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Primary {
    None,
    Id,
    AutoId,
    /// The first column.
    First,
    /// The first two.
    Two,
}

#[derive(Clone)]
struct Table {
    name: String,
    was: Option<String>,
    columns: Vec<Column>,
    primary: Primary,
    without_rowid: bool,
    check: Option<String>,
    unique: Option<(String, String)>,
    indexes: Vec<(String, String)>,
}

/// Tables, and what stands on them.
#[derive(Clone)]
pub struct Schema {
    tables: Vec<Table>,
    views: Vec<(String, String)>,
    triggers: Vec<(String, String)>,
}

const TYPES: [&str; 9] = ["INTEGER", "TEXT", "REAL", "BLOB", "NUMERIC", "VARCHAR(9)", "", "BOOLEAN", "DATETIME"];
const DEFAULTS: [&str; 9] = ["0", "-1", "'x'", "NULL", "2.5", "(1 + 1)", "CURRENT_TIMESTAMP", "x'00ff'", "'it''s'"];
const VALUES: [&str; 16] = [
    "NULL",
    "NULL",
    "0",
    "1",
    "2",
    "3",
    "-7",
    "2.5",
    "1e9",
    "'a'",
    "'B'",
    "'12'",
    "'it''s; --'",
    "''",
    "x'00ff'",
    "'long ' || hex(zeroblob(9))",
];

impl Column {
    fn new(chance: &Chance, name: &str) -> Self {
        let default = chance.in_1000(350).then(|| chance.of(&DEFAULTS).to_owned());
        Self {
            name: name.to_owned(),
            was: None,
            decl: chance.of(&TYPES),
            not_null: chance.in_1000(200) && default.as_deref().is_some_and(|default| default != "NULL"),
            default,
            collate: chance.of(&["", "", "", "", "NOCASE", "RTRIM"]),
            unique: chance.in_1000(60),
            check: chance
                .in_1000(120)
                .then(|| format!("{name} IS NULL OR {name} <> {}", chance.of(&["-7", "'a'", "''", "3"]))),
            computed: None,
            references: None,
        }
    }

    fn sql(&self, alone: bool) -> String {
        let mut text = format!("{} {}", self.name, self.decl);
        if let Some(from) = &self.computed {
            write!(text, " AS ({from})").unwrap();
            return text;
        }
        if self.not_null {
            text += " NOT NULL";
        }
        if let Some(default) = &self.default {
            write!(text, " DEFAULT {default}").unwrap();
        }
        if !self.collate.is_empty() {
            write!(text, " COLLATE {}", self.collate).unwrap();
        }
        if self.unique && alone {
            text += " UNIQUE";
        }
        if let Some(check) = &self.check {
            write!(text, " CHECK ({check})").unwrap();
        }
        if let Some((table, action)) = &self.references {
            write!(text, " REFERENCES {table} {action}").unwrap();
        }
        text
    }
}

impl Table {
    fn new(chance: &Chance, name: &str) -> Self {
        let columns = (0..2 + chance.below(4)).map(|at| Column::new(chance, &format!("c{at}"))).collect();
        let primary = chance.of(&[
            Primary::None,
            Primary::None,
            Primary::Id,
            Primary::Id,
            Primary::AutoId,
            Primary::First,
            Primary::Two,
        ]);
        let keyed = matches!(primary, Primary::First | Primary::Two);
        let mut table = Self {
            name: name.to_owned(),
            was: None,
            columns,
            primary,
            without_rowid: keyed && chance.in_1000(500),
            check: None,
            unique: None,
            indexes: Vec::new(),
        };
        if chance.in_1000(250) {
            let from = format!("{} || '!'", table.columns[0].name);
            let computed = Some(chance.of(&[from.as_str(), "length(c1)"]).to_owned());
            table.columns.push(Column { computed, unique: false, ..Column::new(chance, "g") });
        }
        if chance.in_1000(250) {
            table.check = Some("c0 IS NOT 'B' OR c1 IS NULL".into());
        }
        if chance.in_1000(200) {
            table.unique = Some(("c0".into(), "c1".into()));
        }
        for _ in 0..chance.below(3) {
            table.add_index(chance);
        }
        table
    }

    fn add_index(&mut self, chance: &Chance) {
        let on = chance.of(&[
            "c0",
            "c1 DESC",
            "c0, c1",
            "lower(c1)",
            "c0 COLLATE NOCASE",
            "c1) WHERE (c0 > 1",
            "c0 + 1, c1",
        ]);
        let name = format!("i{}_{}", self.name, chance.below(4));
        let unique = if chance.in_1000(120) { "UNIQUE " } else { "" };
        self.indexes.retain(|(other, _)| *other != name);
        self.indexes.push((name.clone(), format!("CREATE {unique}INDEX {name} ON {} ({on})", self.name)));
    }

    fn has_id(&self) -> bool {
        matches!(self.primary, Primary::Id | Primary::AutoId)
    }

    fn sql(&self) -> String {
        let mut parts = Vec::new();
        match self.primary {
            Primary::Id => parts.push("id INTEGER PRIMARY KEY".to_owned()),
            Primary::AutoId => parts.push("id INTEGER PRIMARY KEY AUTOINCREMENT".to_owned()),
            _ => {}
        }
        for column in &self.columns {
            let note = column.was.as_ref().map(|was| format!("-- @renamed from={was}\n  ")).unwrap_or_default();
            parts.push(format!("{note}{}", column.sql(true)));
        }
        match self.primary {
            Primary::First => parts.push("PRIMARY KEY (c0)".into()),
            Primary::Two => parts.push("PRIMARY KEY (c1, c0)".into()),
            _ => {}
        }
        parts.extend(self.check.as_ref().map(|check| format!("CONSTRAINT fine CHECK ({check})")));
        parts.extend(self.unique.as_ref().map(|(one, two)| format!("UNIQUE ({one}, {two})")));
        let note = self.was.as_ref().map(|was| format!("-- @renamed from={was}\n")).unwrap_or_default();
        let option = if self.without_rowid { " WITHOUT ROWID" } else { "" };
        let mut text = format!("{note}CREATE TABLE {} (\n  {}\n){option};\n", self.name, parts.join(",\n  "));
        self.indexes.iter().for_each(|(_, sql)| text += &format!("{sql};\n"));
        text
    }
}

impl Schema {
    pub fn new(chance: &Chance) -> Self {
        let tables = (0..1 + chance.below(4)).map(|at| Table::new(chance, &format!("t{at}"))).collect();
        let mut schema = Self { tables, views: Vec::new(), triggers: Vec::new() };
        schema.connect(chance);
        schema
    }

    fn table(&self, chance: &Chance) -> String {
        self.tables[chance.below(self.tables.len())].name.clone()
    }

    /// Foreign keys, views and triggers.
    fn connect(&mut self, chance: &Chance) {
        let parents: Vec<_> =
            self.tables.iter().filter(|table| table.has_id()).map(|table| table.name.clone()).collect();
        for table in &mut self.tables {
            let was = table.columns.iter().any(|column| column.was.as_deref() == Some("r"));
            if !parents.is_empty() && chance.in_1000(300) && !was {
                let parent = parents[chance.below(parents.len())].clone();
                let action = chance.of(&["", "ON DELETE CASCADE", "ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED"]);
                let mut column = Column::new(chance, "r");
                (column.references, column.default, column.not_null) = (Some((parent, action)), None, false);
                table.columns.retain(|column| column.name != "r");
                table.columns.push(column);
            }
        }
        for at in 0..chance.below(3) {
            let on = self.table(chance);
            let sql = chance.of(&[
                "SELECT c0, c1 FROM {} WHERE c0 > 0",
                "SELECT count(*) AS n FROM {} AS x",
                "SELECT * FROM {}",
            ]);
            self.views.push((on.clone(), format!("CREATE VIEW v{at} AS {}", sql.replace("{}", &on))));
        }
        for at in 0..chance.below(3) {
            let (on, other) = (self.table(chance), self.table(chance));
            let sql = chance.of(&[
                "AFTER INSERT ON {} BEGIN DELETE FROM [] WHERE c0 = 'none'; END",
                "BEFORE UPDATE OF c0 ON {} WHEN new.c0 = ';' BEGIN SELECT CASE WHEN 1 THEN 2 END FROM []; SELECT 1; END",
            ]);
            self.triggers
                .push((on.clone(), format!("CREATE TRIGGER g{at} {}", sql.replace("{}", &on).replace("[]", &other))));
        }
    }

    /// The schema of a later release.
    pub fn later(&self, chance: &Chance) -> Self {
        let mut next = self.clone();
        for _ in 0..1 + chance.below(5) {
            next.change(chance);
        }
        if chance.in_1000(300) {
            (next.views, next.triggers) = (Vec::new(), Vec::new());
            next.connect(chance);
        }
        next
    }

    fn change(&mut self, chance: &Chance) {
        let at = chance.below(self.tables.len());
        match chance.below(12) {
            0 => {
                let name = format!("t{}", 4 + chance.below(4));
                if self.tables.iter().all(|table| table.name != name && table.was.as_ref() != Some(&name)) {
                    self.tables.push(Table::new(chance, &name));
                }
            }
            1 if self.tables.len() > 1 => {
                let gone = self.tables.remove(at).name;
                self.forget(&gone);
            }
            2 if self.tables[at].was.is_none() && self.tables[at].indexes.is_empty() => self.rename(at),
            _ => {
                let other = Table::new(chance, "other");
                alter(&mut self.tables[at], chance, other);
            }
        }
    }

    /// What speaks of a table goes with it.
    fn forget(&mut self, name: &str) {
        self.views.retain(|(_, sql)| !sql.contains(name));
        self.triggers.retain(|(_, sql)| !sql.contains(name));
        for column in self.tables.iter_mut().flat_map(|table| &mut table.columns) {
            column.references = column.references.take().filter(|(parent, _)| parent != name);
        }
    }

    fn rename(&mut self, at: usize) {
        let old = self.tables[at].name.clone();
        let new = format!("n{old}");
        for (on, sql) in self.views.iter_mut().chain(&mut self.triggers) {
            (*on, *sql) = (on.replace(&old, &new), sql.replace(&old, &new));
        }
        for column in self.tables.iter_mut().flat_map(|table| &mut table.columns) {
            if let Some((parent, _)) = column.references.as_mut().filter(|(parent, _)| *parent == old) {
                parent.clone_from(&new);
            }
        }
        (self.tables[at].name, self.tables[at].was) = (new, Some(old));
    }

    /// Takes the notes of renames away; was there any?
    pub fn forget_renames(&mut self) -> bool {
        let columns =
            self.tables.iter_mut().flat_map(|table| &mut table.columns).filter_map(|column| column.was.take());
        let columns = columns.count();
        self.tables.iter_mut().filter_map(|table| table.was.take()).count() + columns > 0
    }

    /// Answers `column t.old goes while t.new of ... comes` and the like; `false`: it is answered already, and asked again.
    pub fn is_a_rename(&mut self, question: &str) -> bool {
        let (what, new) = question.split_once(" goes while ").unwrap();
        let (_, old) = what.split_once(' ').unwrap();
        let new = new.split(' ').next().unwrap();
        let (table, column) = new.split_once('.').map_or((new, None), |(table, column)| (table, Some(column)));
        let table = self.tables.iter_mut().find(|other| other.name == table).unwrap();
        let was = match column {
            Some(column) => &mut table.columns.iter_mut().find(|other| other.name == column).unwrap().was,
            None => &mut table.was,
        };
        was.replace(old.rsplit('.').next().unwrap().to_owned()).is_none()
    }

    pub fn sql(&self) -> String {
        let objects = self.views.iter().chain(&self.triggers).map(|(_, sql)| format!("{sql};\n"));
        self.tables.iter().map(Table::sql).chain(objects).collect()
    }

    pub fn rows(&self, chance: &Chance) -> String {
        let mut text = String::new();
        for table in &self.tables {
            let into: Vec<_> = table.columns.iter().filter(|column| column.computed.is_none()).collect();
            let names: Vec<_> = into.iter().map(|column| column.name.as_str()).collect();
            for _ in 0..chance.below(12) {
                let values: Vec<_> = into.iter().map(|_| chance.of(&VALUES)).collect();
                let (names, values) = (names.join(", "), values.join(", "));
                writeln!(text, "INSERT OR IGNORE INTO {} ({names}) VALUES ({values});", table.name).unwrap();
            }
            if chance.in_1000(300) && !table.without_rowid {
                writeln!(text, "DELETE FROM {} WHERE rowid % 3 = 1;", table.name).unwrap();
            }
        }
        text
    }
}

/// Another table's parts, and new ones.
fn alter(table: &mut Table, chance: &Chance, other: Table) {
    let at = chance.below(table.columns.len());
    let fixed = at < 2 || table.columns[at].computed.is_some();
    match chance.below(12) {
        0 | 1 => {
            let name = format!("d{}", chance.below(4));
            if table.columns.iter().all(|column| column.name != name && column.was.as_ref() != Some(&name)) {
                table.columns.insert(2, Column::new(chance, &name));
            }
        }
        2 if !fixed => drop(table.columns.remove(at)),
        3 if !fixed && table.columns[at].was.is_none() && table.columns[at].check.is_none() => {
            let was = table.columns[at].name.clone();
            (table.columns[at].name, table.columns[at].was) = (format!("m{was}"), Some(was));
        }
        4 if table.columns[at].computed.is_none() => table.columns[at].decl = chance.of(&TYPES),
        5 if table.columns[at].computed.is_none() => {
            let name = table.columns[at].name.clone();
            let references = table.columns[at].references.take();
            let was = table.columns[at].was.take();
            table.columns[at] = Column { references, was, ..Column::new(chance, &name) };
        }
        6 => table.check = other.check,
        7 => table.unique = other.unique,
        8 => (table.primary, table.without_rowid) = (other.primary, other.without_rowid),
        9 => table.columns[at].not_null ^= table.columns[at].computed.is_none(),
        10 => table.indexes = Vec::new(),
        _ => table.add_index(chance),
    }
}
