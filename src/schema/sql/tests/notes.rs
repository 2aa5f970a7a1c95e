//! `-- @renamed from=OLD`

use super::BOTH;
use crate::schema::Engine::{self, Postgresql, Sqlite};
use crate::schema::sql::{bare, fresh, renamed, same};

fn notes(engine: Engine, text: &str) -> Vec<(String, String, usize)> {
    let show = |note: crate::schema::sql::Renamed| {
        let object: Vec<_> = note.table.into_iter().chain(note.column).collect();
        (object.join("."), note.from, note.line)
    };
    renamed(engine, text).unwrap().into_iter().map(show).collect()
}

#[track_caller]
fn wrong(text: &str, line: usize, words: &str) {
    let wrong = renamed(Postgresql, text).unwrap_err();
    assert!(wrong.line == line && wrong.what.contains(words), "{wrong:?}");
}

#[test]
fn notes_above_and_at_the_end_of_the_line() {
    let text = "\
CREATE TABLE IF NOT EXISTS blog.\"Post\" ( -- @renamed from=article
    id int PRIMARY KEY, -- the key
    -- @renamed from=\"Old Title\"
    title text NOT NULL DEFAULT coalesce('a', 'b'),
    \"Body\" text, /* @renamed from=content */
    CHECK (title <> '')
);
-- not about @renamed at all
-- @renamed from=person
CREATE TEMP TABLE account (name text); -- a
CREATE TABLE one (a int); -- @renamed from=two
";
    let found = [
        ("blog.\"Post\"", "article", 1),
        ("blog.\"Post\".title", "\"Old Title\"", 3),
        ("blog.\"Post\".\"Body\"", "content", 5),
        ("account", "person", 9),
        ("one", "two", 11),
    ];
    for engine in BOTH {
        assert_eq!(notes(engine, text), found.map(|(object, from, line)| (object.to_owned(), from.to_owned(), line)));
    }
}

#[test]
fn notes_that_are_beside_nothing() {
    let nothing = "@renamed is beside neither a table nor a column";
    wrong("CREATE TABLE a (\n b int\n-- @renamed from=c\n);", 3, nothing);
    wrong("CREATE TABLE a (\n b int,\n-- @renamed from=c\nCHECK (b > 0));", 3, nothing);
    wrong("-- @renamed from=v\nCREATE VIEW w AS SELECT 1;", 1, nothing);
    wrong("SELECT 1; -- @renamed from=v", 1, nothing);
    wrong("CREATE TABLE a (\n b int, c int -- @renamed from=d\n);", 2, "more than one column");
    wrong("CREATE TABLE a (b int); CREATE TABLE c (d int); -- @renamed from=e", 1, "more than one table");
    wrong("-- @renamed old\nCREATE TABLE a (b int);", 1, "a note is written");
    wrong("-- @renamed from=a b\nCREATE TABLE a (b int);", 1, "a note is written");
}

#[test]
fn what_is_no_rename_is_noted_in_the_same_places() {
    let text = "\
-- @not-renamed: articles are kept elsewhere
CREATE TABLE blog.\"Post\" (
    id int, -- @renamed from=nr
    -- @not-renamed
    Title text, -- @not-renamedness is none
    body text -- @not-renamed
);";
    for engine in BOTH {
        let found = fresh(engine, &text.replace("-- @not-renamedness is none", "")).unwrap();
        let means = |table: &[&str], column| found.iter().any(|note| note.means(engine, table, column));
        assert!(means(&["blog", "Post"], None) && !means(&["Post"], None) && !means(&["blog", "other"], None));
        assert!(means(&["blog", "Post"], Some(if engine == Sqlite { "TITLE" } else { "title" })));
        assert!(means(&["blog", "Post"], Some("body")) && !means(&["blog", "Post"], Some("id")));
        assert_eq!(notes(engine, &text.replace("-- @not-renamedness is none", "")).len(), 1);
    }
    let wrong = |text: &str| fresh(Postgresql, text).unwrap_err();
    assert_eq!(wrong(text).line, 5);
    assert!(wrong("SELECT 1; -- @not-renamed").what.starts_with("@not-renamed is beside neither"));
}

#[test]
fn names_mean_what_the_engine_makes_of_them() {
    assert_eq!(bare(Postgresql, "Post"), "post");
    assert_eq!(bare(Postgresql, "\"Po\"\"st\""), "Po\"st");
    assert_eq!(bare(Sqlite, "Post"), "Post");
    assert_eq!(bare(Sqlite, "[Po st]"), "Po st");
    assert_eq!(bare(Sqlite, "`a``b`"), "a`b");
    assert!(same(Sqlite, "Post", "pOST") && !same(Postgresql, "Post", "post"));
}

/// Seen in the field: tools whose notes rename indexes, too. Ours finds that by itself.
#[test]
fn a_note_beside_an_index_says_what_is_known() {
    for engine in BOTH {
        for text in [
            "CREATE TABLE t (a int);\n-- @renamed from=old_name\nCREATE INDEX new_name ON t (a);",
            "CREATE TABLE t (a int);\nCREATE UNIQUE INDEX new_name ON t (a); -- @renamed from=old_name\n",
        ] {
            assert_eq!(notes(engine, text), [], "{text}");
        }
    }
    wrong("CREATE TABLE t (a int);\n-- @renamed from=old\nCREATE VIEW v AS SELECT 1;", 2, "beside neither");
}
