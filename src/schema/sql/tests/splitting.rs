//! Where statements end.

use super::{BOTH, statements};
use crate::schema::Engine::{Postgresql, Sqlite};
use crate::schema::sql::{Kind, split, tokens};

#[test]
fn a_semicolon_ends_a_statement_unless_it_is_quoted() {
    for engine in BOTH {
        let text = "SELECT ';', \";\" -- ;\n; /* ; */ SELECT 'it''s;' ;\n";
        assert_eq!(statements(engine, text), ["SELECT ';', \";\" -- ;\n;", "/* ; */ SELECT 'it''s;' ;"]);
    }
    assert_eq!(statements(Sqlite, "SELECT `a;``;`, [b;'], x';'; SELECT 2").len(), 2);
    assert_eq!(statements(Postgresql, "SELECT a[1];SELECT 2").len(), 2);
}

#[test]
fn comments_nest_in_postgresql_only() {
    assert_eq!(
        statements(Postgresql, "/* a /* ; */ ; */ SELECT 1; SELECT 2"),
        ["/* a /* ; */ ; */ SELECT 1;", "SELECT 2"]
    );
    assert_eq!(statements(Sqlite, "/* a /* ; */ SELECT 1; SELECT 2"), ["/* a /* ; */ SELECT 1;", "SELECT 2"]);
}

#[test]
fn a_carriage_return_ends_a_comment_where_the_server_says_so() {
    assert_eq!(statements(Postgresql, "-- a\rSELECT 1;\rSELECT 2").len(), 2);
    assert_eq!(statements(Sqlite, "-- a\rSELECT 1;\nSELECT 2").len(), 1);
    for engine in BOTH {
        assert_eq!(statements(engine, "-- a;\r\nSELECT 1;\r\nSELECT 2;\r\n").len(), 2);
    }
}

#[test]
fn backslashes_escape_in_some_literals() {
    assert_eq!(statements(Postgresql, r"SELECT E'\';'; SELECT 2").len(), 2);
    assert_eq!(statements(Postgresql, r"SELECT '\'; SELECT 2").len(), 2);
    assert_eq!(statements(Postgresql, r"SELECT U&'\0061;', U&'\', B'1', N';', X';'; SELECT 2").len(), 2);
    assert_eq!(statements(Postgresql, "SELECT E'a' -- no\n'b;'; SELECT 2").len(), 2);
    let continued = "SELECT e'a'\n -- more ' \n '\\';'; SELECT 2";
    assert_eq!(statements(Postgresql, continued), ["SELECT e'a'\n -- more ' \n '\\';';", "SELECT 2"]);
}

#[test]
fn dollar_quotes_hold_whole_bodies() {
    let text = "CREATE FUNCTION f() RETURNS int AS $f$ BEGIN; $$;$$; END; $f$ LANGUAGE plpgsql; SELECT $1, a$b$c; SELECT $é$;$é$";
    assert_eq!(statements(Postgresql, text).len(), 3);
    assert_eq!(statements(Sqlite, "SELECT $a; SELECT $b").len(), 2);
}

#[test]
fn a_body_in_sql_and_a_rule_are_one_statement() {
    let body = "CREATE OR REPLACE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN a > 0 THEN 1 END; SELECT 2; END;";
    assert_eq!(statements(Postgresql, &format!("{body} SELECT 3;")), [body, "SELECT 3;"]);
    let rule = "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2);";
    assert_eq!(statements(Postgresql, &format!("{rule} SELECT 3;")), [rule, "SELECT 3;"]);
    // Elsewhere BEGIN and CASE open nothing.
    assert_eq!(statements(Postgresql, "CREATE TABLE t (a int); BEGIN; SELECT 1; END; SELECT 2").len(), 5);
}

#[test]
fn a_trigger_ends_with_its_end() {
    let trigger =
        "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = CASE WHEN 1 THEN 2 END; SELECT ';'; END;";
    assert_eq!(statements(Sqlite, &format!("SELECT 1; {trigger} SELECT 3")), ["SELECT 1;", trigger, "SELECT 3"]);
    assert_eq!(statements(Sqlite, "CREATE TABLE t (a);BEGIN;SELECT 1;END;").len(), 4);
}

#[test]
fn lines_are_those_of_the_first_word() {
    for engine in BOTH {
        let text = "\n-- one\nSELECT '\n';\n\n/* two\n */ SELECT 2;";
        let lines: Vec<_> = split(engine, text).unwrap().iter().map(|statement| statement.line).collect();
        assert_eq!(lines, [3, 7]);
    }
}

#[test]
fn tokens_are_of_their_kind() {
    let kinds = |engine, text: &str| -> Vec<_> {
        tokens(engine, text)
            .unwrap()
            .iter()
            .filter(|token| token.is_code())
            .map(|token| (token.kind, token.text.to_owned()))
            .collect()
    };
    let own = |kind, text: &str| (kind, text.to_owned());
    assert_eq!(
        kinds(Postgresql, "é1$ 1.5e-3-2 $$x$$ `"),
        [
            own(Kind::Word, "é1$"),
            own(Kind::Number, "1.5e-3"),
            own(Kind::Mark, "-"),
            own(Kind::Number, "2"),
            own(Kind::Dollar, "$$x$$"),
            own(Kind::Mark, "`")
        ]
    );
    assert_eq!(kinds(Sqlite, "[a b]x'0f'"), [own(Kind::Name, "[a b]"), own(Kind::Text, "x'0f'")]);
}
