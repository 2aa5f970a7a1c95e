//! Pairs of schemas by hand, each with rows: every kind of object, and every change of it.

use super::round::{End, round};

#[track_caller]
fn good(first: &str, rows: &str, wanted: &str) {
    // And the other way round, where the rows are those of the wanted schema.
    assert_eq!(round(first, rows, wanted), Ok(End::Good));
}

macro_rules! pairs {
    ($($name:ident: $first:expr, $rows:expr, $wanted:expr;)*) => {
        $(#[test] fn $name() { good($first, $rows, $wanted); })*
    };
}

pairs! {
    nothing: "CREATE TABLE a (b int);", "INSERT INTO a VALUES (1);", "create table A_ (b int); drop table A_; CREATE  TABLE a(\n-- c\nB_ int, b INT); DROP TABLE a; CREATE TABLE a -- c\n( b int )";
    new_table: "CREATE TABLE a (b);", "INSERT INTO a VALUES (1);", "CREATE TABLE a (b); CREATE TABLE c (d INTEGER PRIMARY KEY AUTOINCREMENT, e REFERENCES a);";
    dropped_table: "CREATE TABLE a (b TEXT, c); CREATE TABLE d (e); CREATE INDEX i ON a (b); CREATE VIEW v AS SELECT * FROM a;",
        "INSERT INTO a(rowid, b, c) VALUES (7, '1', x'00ff'), (9, NULL, 1.5); INSERT INTO d VALUES (1);", "CREATE TABLE d (e);";
    dropped_keyed_tables: "CREATE TABLE a (b TEXT PRIMARY KEY, c) WITHOUT ROWID; CREATE TABLE d (e INTEGER PRIMARY KEY AUTOINCREMENT, f AS (e + 1)); CREATE TABLE x (y);",
        "INSERT INTO a VALUES ('x', 1), ('y', 2); INSERT INTO d(e) VALUES (5), (9); DELETE FROM d WHERE e = 9;", "CREATE TABLE x (y);";
    added_columns: "CREATE TABLE a (b int, CHECK (b > 0));", "INSERT INTO a VALUES (1), (2);",
        "CREATE TABLE a (n TEXT NOT NULL DEFAULT 'x' COLLATE NOCASE, b int, g AS (b * 2), m DATE, CHECK (b > 0));";
    added_column_with_expression: "CREATE TABLE a (b int);", "INSERT INTO a(rowid, b) VALUES (1, 1), (5, 2);",
        "CREATE TABLE a (b int, c int DEFAULT (1 + 1), d TEXT DEFAULT CURRENT_TIMESTAMP, e UNIQUE, f REFERENCES a(e));";
    dropped_column: "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT NOT NULL, c REAL DEFAULT 2.5);", "INSERT INTO a VALUES (1, 'x', 1), (4, 'y', NULL);",
        "CREATE TABLE a (id INTEGER PRIMARY KEY);";
    dropped_columns_without_a_key: "CREATE TABLE a (b TEXT, c);", "INSERT INTO a(rowid, b, c) VALUES (3, 'x', 1), (8, 'x', 1), (9, NULL, x'01');",
        "CREATE TABLE a (b TEXT);";
    every_column_is_another: "CREATE TABLE a (b TEXT, c);", "INSERT INTO a(rowid, b, c) VALUES (3, 'x', 1), (8, 'x', 1);", "CREATE TABLE a (d INTEGER, e BLOB DEFAULT 1);";
    dropped_primary_key: "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT);", "INSERT INTO a VALUES (3, 'x'), (8, 'y'); DELETE FROM a WHERE id = 8;",
        "CREATE TABLE a (b TEXT);";
    added_primary_key: "CREATE TABLE a (b TEXT);", "INSERT INTO a(rowid, b) VALUES (3, 'x'), (8, 'y');", "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT);";
    column_becomes_the_rowid: "CREATE TABLE a (id int, b TEXT);", "INSERT INTO a(rowid, id, b) VALUES (3, 30, 'x'), (8, 10, 'y');",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT);";
    without_rowid_and_back: "CREATE TABLE a (k TEXT PRIMARY KEY NOT NULL, b); CREATE TABLE c (k TEXT PRIMARY KEY, d) WITHOUT ROWID;",
        "INSERT INTO a VALUES ('x', 1), ('y', 2); INSERT INTO c VALUES ('x', 1), ('y', 2);",
        "CREATE TABLE a (k TEXT PRIMARY KEY NOT NULL, b) WITHOUT ROWID; CREATE TABLE c (k TEXT PRIMARY KEY, d);";
    without_rowid_loses_rowids: "CREATE TABLE a (k TEXT, b);", "INSERT INTO a(rowid, k, b) VALUES (5, 'x', 1), (2, 'y', 2);",
        "CREATE TABLE a (k TEXT PRIMARY KEY, b) WITHOUT ROWID;";
    without_rowid_loses_its_key: "CREATE TABLE a (k TEXT PRIMARY KEY, b) WITHOUT ROWID;", "INSERT INTO a VALUES ('x', 1), ('y', 1);", "CREATE TABLE a (b);";
    strict_and_back: "CREATE TABLE a (b, c TEXT); CREATE TABLE s (b INTEGER, c ANY) STRICT;", "INSERT INTO a VALUES (1, '2'); INSERT INTO s VALUES (1, '2'), (2, 2.5);",
        "CREATE TABLE a (b ANY, c TEXT) STRICT; CREATE TABLE s (b INTEGER, c ANY);";
    affinities: "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT, c INTEGER, d, e REAL);",
        "INSERT INTO a VALUES (1, '007', 12, '1', 1), (2, '1e3', 'x', 2, 2.5), (3, 'abc', NULL, x'31', NULL);",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER, c TEXT, d NUMERIC, e INTEGER);";
    affinity_of_a_key: "CREATE TABLE a (k TEXT PRIMARY KEY NOT NULL, b);", "INSERT INTO a VALUES ('12', 1), ('x', 2);", "CREATE TABLE a (k INTEGER NOT NULL UNIQUE, b, c DEFAULT (1));";
    renamed_column: "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT NOT NULL, CHECK (b <> '')); CREATE INDEX i ON a (b); CREATE VIEW v AS SELECT b FROM a;",
        "INSERT INTO a VALUES (1, 'x');",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, \n c TEXT NOT NULL, -- @renamed from=b\n CHECK (c <> '')); CREATE INDEX i ON a (c); CREATE VIEW v AS SELECT c FROM a;";
    renamed_table: "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, p REFERENCES a); CREATE TABLE c (a REFERENCES a (id) ON DELETE CASCADE); CREATE TRIGGER t AFTER DELETE ON a BEGIN DELETE FROM c WHERE a = old.id; END;",
        "INSERT INTO a VALUES (1, NULL), (2, 1), (5, 1); DELETE FROM a WHERE id = 5; INSERT INTO c VALUES (1), (1), (2);",
        "-- @renamed from=a\nCREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT, p REFERENCES b); CREATE TABLE c (a REFERENCES b (id) ON DELETE CASCADE); CREATE TRIGGER t AFTER DELETE ON b BEGIN DELETE FROM c WHERE a = old.id; END;";
    renamed_table_leaves_a_view: "CREATE TABLE a (x TEXT); CREATE TABLE b (y INTEGER);", "INSERT INTO a VALUES ('a'); INSERT INTO b VALUES (1);",
        "-- @renamed from=a\nCREATE TABLE c (x TEXT); CREATE VIEW a AS SELECT * FROM c; CREATE TABLE b (y INTEGER);";
    parents_are_made_anew: "PRAGMA foreign_keys=ON; CREATE TABLE p (id INTEGER PRIMARY KEY, n TEXT); CREATE TABLE c (id INTEGER PRIMARY KEY, p NOT NULL REFERENCES p ON DELETE CASCADE);",
        "INSERT INTO p VALUES (1, 'x'), (2, 'y'); INSERT INTO c VALUES (1, 1), (2, 2);",
        "CREATE TABLE p (id INTEGER PRIMARY KEY, n TEXT NOT NULL CHECK (n <> '')); CREATE TABLE c (id INTEGER PRIMARY KEY, p NOT NULL REFERENCES p ON DELETE CASCADE);";
    old_complaints_stay: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p, q); CREATE TABLE m (n REFERENCES c (q));",
        "INSERT INTO p VALUES (1); INSERT INTO c VALUES (7, 1), (1, 2); INSERT INTO m VALUES (3);",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p, q NOT NULL); CREATE TABLE m (n REFERENCES c (q));";
    old_complaints_stay_without_rowid: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (k PRIMARY KEY NOT NULL, p REFERENCES p) WITHOUT ROWID;",
        "INSERT INTO c VALUES (1, 7), (2, NULL);", "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (k NOT NULL, p REFERENCES p);";
    keys_come_and_go: "CREATE TABLE p (id INTEGER PRIMARY KEY, a UNIQUE, b UNIQUE); CREATE TABLE c (x REFERENCES p (a) ON UPDATE SET NULL, y);",
        "INSERT INTO p VALUES (1, 2, 3); INSERT INTO c VALUES (2, 3);",
        "CREATE TABLE p (id INTEGER PRIMARY KEY, a UNIQUE, b UNIQUE); CREATE TABLE c (x, y REFERENCES p (b) DEFERRABLE INITIALLY DEFERRED);";
    constraints: "CREATE TABLE a (b int CHECK (b > 0), c int NOT NULL, d TEXT UNIQUE, CONSTRAINT e CHECK (c < 9));", "INSERT INTO a VALUES (1, 2, 'x'), (3, 4, NULL);",
        "CREATE TABLE a (b int NOT NULL, c int CHECK (c in (2, 4)), d TEXT, CONSTRAINT f UNIQUE (b, c) ON CONFLICT REPLACE);";
    a_check_gets_a_value: "CREATE TABLE a (id INTEGER PRIMARY KEY, s TEXT NOT NULL CHECK (s IN (\"Yes\", \"No\")));", "INSERT INTO a VALUES (1, 'Yes');",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, s TEXT NOT NULL CHECK (s IN (\"Yes\", \"No\", \"yes\")));";
    collations: "CREATE TABLE a (b TEXT COLLATE NOCASE PRIMARY KEY, c TEXT);", "INSERT INTO a VALUES ('x', 'A'), ('y', 'a');",
        "CREATE TABLE a (b TEXT PRIMARY KEY, c TEXT COLLATE RTRIM);";
    indexes: "CREATE TABLE a (b TEXT, c, d int); CREATE INDEX i ON a (b); CREATE UNIQUE INDEX j ON a (c, d); CREATE INDEX k ON a (lower(b)) WHERE d > 1; CREATE INDEX same ON a (d);",
        "INSERT INTO a VALUES ('x', 1, 2), ('y', 1, 3);",
        "CREATE TABLE a (b TEXT, c, d int); CREATE INDEX i ON a (b COLLATE NOCASE DESC); CREATE INDEX k ON a (upper(b)) WHERE d > 2; CREATE UNIQUE INDEX l ON a (b, c); create index same on \"a\"(D);";
    an_index_moves: "CREATE TABLE a (b); CREATE TABLE c (d); CREATE INDEX i ON a (b);", "INSERT INTO a VALUES (1);", "CREATE TABLE a (b); CREATE TABLE c (d); CREATE INDEX i ON c (d);";
    generated: "CREATE TABLE a (b int, c int, d AS (b + c) STORED, e AS (b - c));", "INSERT INTO a VALUES (1, 2), (3, 4);",
        "CREATE TABLE a (b int, c AS (b * 2) STORED, d int, e AS (b - 1));";
    views: "CREATE TABLE a (b, c); CREATE VIEW v AS SELECT b FROM a; CREATE VIEW w AS SELECT * FROM v; CREATE VIEW x AS SELECT 1 AS one;", "INSERT INTO a VALUES (1, 2);",
        "CREATE TABLE a (b, c NOT NULL); CREATE VIEW w AS SELECT * FROM v WHERE b > 0; CREATE VIEW v AS SELECT b, c FROM a; CREATE VIEW x AS SELECT 1 AS one;";
    a_view_becomes_a_table: "CREATE TABLE a (b); CREATE VIEW v AS SELECT b FROM a;", "INSERT INTO a VALUES (1);", "CREATE TABLE a (b); CREATE TABLE v (b INTEGER);";
    triggers: "CREATE TABLE a (b); CREATE TABLE log (x); CREATE VIEW v AS SELECT b FROM a;
        CREATE TRIGGER t AFTER INSERT ON a WHEN new.b > 0 BEGIN INSERT INTO log VALUES (CASE WHEN new.b > 1 THEN ';' END); END;
        CREATE TRIGGER u INSTEAD OF INSERT ON v BEGIN INSERT INTO a VALUES (new.b); END;
        CREATE TRIGGER o AFTER UPDATE OF x ON log BEGIN SELECT count(*) FROM a; END;",
        "INSERT INTO v VALUES (1), (2);",
        "CREATE TABLE a (b NOT NULL); CREATE TABLE log (x); CREATE VIEW v AS SELECT b FROM a;
        CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO log VALUES (new.b); INSERT INTO log VALUES (0); END;
        CREATE TRIGGER u INSTEAD OF INSERT ON v BEGIN INSERT INTO a VALUES (new.b); END;
        CREATE TRIGGER o AFTER UPDATE OF x ON log BEGIN SELECT count(*) FROM a; END;";
    autoincrement: "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, b); CREATE TABLE c (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE e (id INTEGER PRIMARY KEY, f); CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, g);",
        "INSERT INTO a(id) VALUES (5), (90); DELETE FROM a WHERE id = 90; INSERT INTO c VALUES (3), (4); DELETE FROM c; INSERT INTO e VALUES (7, 8);",
        "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, b CHECK (b IS NULL)); CREATE TABLE c (id INTEGER PRIMARY KEY); CREATE TABLE e (id INTEGER PRIMARY KEY AUTOINCREMENT, f); CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, g, h UNIQUE);";
    odd_names: "CREATE TABLE \"a b\" (\"c\"\"d\" TEXT, [e f] int, `g``h` int, 'i j', rowid TEXT); CREATE INDEX \"i;\" ON \"a b\" (\"c\"\"d\"); CREATE TABLE \"SELECT\" (\"FROM\");",
        "INSERT INTO \"a b\" VALUES ('x', 1, 2, 3, 'r'); INSERT INTO \"SELECT\" VALUES ('it''s');",
        "CREATE TABLE \"a b\" (\"c\"\"d\" TEXT NOT NULL, [e f] int, rowid TEXT); CREATE INDEX \"i;\" ON \"a b\" (\"c\"\"d\"); CREATE TABLE \"SELECT\" (\"FROM\" CHECK (\"FROM\" <> ''));";
    names_in_another_case: "CREATE TABLE Post (Id INTEGER PRIMARY KEY, Title TEXT);", "INSERT INTO Post VALUES (1, 'x');", "CREATE TABLE post (id INTEGER PRIMARY KEY, title TEXT);";
    comments_and_lines: "CREATE TABLE a ( -- one ; '\n b int -- two\n DEFAULT 1, /* three */ c int -- four\n);", "INSERT INTO a VALUES (1, 2);",
        "CREATE TABLE a (b int default 1,\n c int, d int -- five\n DEFAULT 2 -- six\n);";
    great_and_strange_values: "CREATE TABLE a (b, c TEXT, d REAL);", "INSERT INTO a VALUES (9223372036854775807, 'a' || char(10) || '.shell' || char(10) || 'go', 1e308), (-0.0, '', -1e-300), (zeroblob(5000), char(0x1f600), 9007199254740993);",
        "CREATE TABLE a (b, x INTEGER NOT NULL DEFAULT (7));";
    everything_at_once: "CREATE TABLE blog (id INTEGER PRIMARY KEY AUTOINCREMENT, title VARCHAR(80) NOT NULL, state TEXT CHECK (state IN ('draft', 'live')), gone TEXT); CREATE TABLE old (a, b); CREATE INDEX t ON blog (title);",
        "INSERT INTO blog VALUES (1, 'a', 'live', 'g'), (2, 'b', 'draft', NULL); INSERT INTO old VALUES (1, 2);",
        "CREATE TABLE blog (id INTEGER PRIMARY KEY AUTOINCREMENT, title VARCHAR(80) NOT NULL, state TEXT CHECK (state IN ('draft', 'live', 'held')), slug TEXT DEFAULT ''); CREATE INDEX t ON blog (title); CREATE UNIQUE INDEX u ON blog (title) WHERE state = 'live'; CREATE TABLE tag (blog INTEGER REFERENCES blog ON DELETE CASCADE, name TEXT, PRIMARY KEY (blog, name)) WITHOUT ROWID;";
}
