//! A wanted text in small pieces, each made in an empty database of its own.
//!
//! For each object that it makes SQLite reads through all objects of the schema: six thousand in one database take ten
//! times as long as six thousand in many. What a table is does not depend on any other, and nothing but the table itself
//! has to be there when an index or a trigger of it is made. Where a text is more than that, it is made in one piece, and
//! SQLite says what is wrong with it.

use std::collections::{HashMap, HashSet};

use super::catalog;
use super::scratch::Script;
use crate::schema::Engine;
use crate::schema::sql::{Kind, Sql, Token, bare, tokens};

/// A piece has so many objects, or a few more.
const SIZE: usize = 128;

/// Makes these statements, and prints the catalog of all of them as `wanted`.
pub(super) fn wanted(script: &mut Script, file: Option<&str>, statements: &[Sql]) {
    script.part("wanted");
    for piece in pieces(statements) {
        script.empty();
        match file {
            Some(file) => script.file(file, piece),
            None => piece.into_iter().for_each(|sql| script.add(&sql.text)),
        }
        script.add(&catalog::sql());
    }
}

fn pieces(statements: &[Sql]) -> Vec<Vec<&Sql>> {
    let (mut found, mut places): (Vec<Vec<&Sql>>, HashMap<String, usize>) = (vec![Vec::new()], HashMap::new());
    let mut names = HashSet::new();
    for sql in statements {
        let Some(made) = Made::read(&sql.text) else { return vec![statements.iter().collect()] };
        if !names.insert((made.is_trigger, made.name)) {
            return vec![statements.iter().collect()];
        }
        if found.last().is_some_and(|piece| piece.len() >= SIZE) && !places.contains_key(&made.on) {
            found.push(Vec::new());
        }
        let at = *places.entry(made.on).or_insert(found.len() - 1);
        found[at].push(sql);
    }
    found
}

/// What a statement makes: names in small letters.
#[derive(Debug, PartialEq, Eq)]
struct Made {
    is_trigger: bool,
    name: String,
    /// The table or the view that has to be there.
    on: String,
}

impl Made {
    /// `None`: it does something else, or needs other tables.
    fn read(sql: &str) -> Option<Self> {
        let code: Vec<_> = tokens(Engine::Sqlite, sql).ok()?.into_iter().filter(Token::is_code).collect();
        let (create, rest) = code.split_first()?;
        let rest = if rest.first()?.is("unique") { &rest[1..] } else { rest };
        let (kind, rest) = rest.split_first()?;
        let rest = match rest {
            [one, two, three, rest @ ..] if one.is("if") && two.is("not") && three.is("exists") => rest,
            _ => rest,
        };
        if !create.is("create") || !kind.is_any(&["table", "index", "view", "trigger"]) {
            return None;
        }
        let (name, rest) = named(rest)?;
        let on = match kind {
            kind if kind.is_any(&["index", "trigger"]) => {
                named(&rest[rest.iter().position(|token| token.is("on"))? + 1..])?.0
            }
            // `CREATE TABLE ... AS` reads what there is.
            kind if kind.is("table") && rest.first()?.is("as") => return None,
            _ => name.clone(),
        };
        Some(Self { is_trigger: kind.is("trigger"), name, on })
    }
}

/// A name, maybe with its schema before it, and what follows.
fn named<'t, 'a>(code: &'t [Token<'a>]) -> Option<(String, &'t [Token<'a>])> {
    let (name, rest) = match code {
        [_, dot, name, rest @ ..] if dot.is_mark(".") => (name, rest),
        [name, rest @ ..] => (name, rest),
        [] => return None,
    };
    let is_name = matches!(name.kind, Kind::Word | Kind::Name | Kind::Text);
    is_name.then(|| (bare(Engine::Sqlite, name.text).to_ascii_lowercase(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Sql> {
        text.lines().enumerate().map(|(at, text)| Sql { text: text.to_owned(), line: at + 1 }).collect()
    }

    fn sizes(text: &str) -> Vec<usize> {
        pieces(&lines(text)).iter().map(Vec::len).collect()
    }

    fn tables(count: usize) -> String {
        let table = |n| format!("CREATE TABLE t{n} (a, b REFERENCES t0);\nCREATE INDEX i{n} ON \"T{n}\" (a);\n");
        (0..count).map(table).collect()
    }

    #[test]
    fn what_is_on_a_table_is_made_with_it() {
        assert_eq!(sizes(&tables(10)), [20]);
        assert_eq!(sizes(&tables(150)), [128, 128, 44]);
        let late = tables(64)
            + "CREATE VIEW IF NOT EXISTS main.v AS SELECT * FROM t1;\n\
               CREATE TRIGGER one INSTEAD OF UPDATE OF a ON [V] BEGIN SELECT 1; END;\n\
               CREATE TRIGGER i1 AFTER DELETE ON t3 BEGIN DELETE FROM t9; END;\n\
               CREATE UNIQUE INDEX late ON main.t0 (b) WHERE a ON b;\n";
        assert_eq!(sizes(&late), [130, 2]);
    }

    #[test]
    fn what_needs_the_others_is_made_in_one_piece() {
        let many = tables(100);
        for more in [
            "CREATE TABLE more AS SELECT * FROM t1;",
            "CREATE TEMP TABLE more (a);",
            "CREATE VIRTUAL TABLE more USING fts5(a);",
            "ALTER TABLE t1 RENAME TO more;",
            "DROP TABLE t1;",
            "CREATE TABLE 'T1' (a);",
            "CREATE INDEX t5 ON t6 (a);",
            "CREATE INDEX broken",
        ] {
            assert_eq!(sizes(&format!("{many}{more}")), [201], "{more}");
        }
    }
}
