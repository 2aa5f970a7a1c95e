//! What is not modelled is named and refused; and there is no catalog of the server that nobody has thought of.

use release::schema::Refusal;

use super::{engine, server};

/// An object of each kind that is not modelled, and what it is called.
const UNKNOWN: &[(&str, &str)] = &[
    (
        "CREATE AGGREGATE same(int) (SFUNC = int4pl, STYPE = int); CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
        "operator public.===(integer,integer)",
    ),
    ("CREATE OPERATOR FAMILY f USING btree", "operator family f"),
    ("CREATE OPERATOR CLASS c FOR TYPE int USING hash AS OPERATOR 1 =", "operator class c"),
    (
        "CREATE TYPE w AS (a int); CREATE FUNCTION as_w(int) RETURNS w LANGUAGE sql AS 'SELECT ROW($1)::w'; CREATE CAST (int AS w) WITH FUNCTION as_w(int)",
        "cast integer AS ",
    ),
    ("CREATE CONVERSION c FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1", "conversion c"),
    ("CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)", "text search configuration c"),
    ("CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)", "text search dictionary d"),
    (
        "CREATE TEXT SEARCH PARSER p (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)",
        "text search parser p",
    ),
    ("CREATE TEXT SEARCH TEMPLATE t (LEXIZE = dsimple_lexize)", "text search template t"),
    ("CREATE LANGUAGE l HANDLER plpgsql_call_handler", "language l"),
    ("CREATE ACCESS METHOD m TYPE TABLE HANDLER heap_tableam_handler", "access method m"),
    ("CREATE FOREIGN DATA WRAPPER w", "foreign data wrapper w"),
    ("CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w", "server s"),
    (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR PUBLIC SERVER s",
        "user mapping public for server s",
    ),
    (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE f (a int) SERVER s",
        "foreign table public.f",
    ),
    ("CREATE PUBLICATION p", "publication p"),
    ("CREATE SUBSCRIPTION s CONNECTION 'dbname=none' PUBLICATION p WITH (connect = false)", "subscription s"),
    (
        "CREATE FUNCTION g(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'prsd_end'; CREATE TRANSFORM FOR int LANGUAGE plpgsql (FROM SQL WITH FUNCTION g(internal))",
        "transform integer",
    ),
    ("CREATE TYPE shell", "shell type public.shell"),
    (
        "CREATE TYPE b; CREATE FUNCTION b_in(cstring) RETURNS b LANGUAGE internal STRICT IMMUTABLE AS 'textin'; CREATE FUNCTION b_out(b) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'textout'; CREATE TYPE b (INPUT = b_in, OUTPUT = b_out)",
        "base type public.b",
    ),
    ("CREATE TYPE w AS (a int); CREATE TABLE t OF w", "typed table public.t"),
    (
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int REFERENCES a); ALTER TABLE b DISABLE TRIGGER ALL",
        "disabled foreign key trigger of public.b",
    ),
];

/// The server's catalogs: those whose rows are facts, or are named as unknown, or are part of one that is ...
const SEEN: &str = "pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_cast pg_class pg_collation pg_constraint pg_conversion
pg_default_acl pg_depend pg_description pg_enum pg_event_trigger pg_extension pg_foreign_data_wrapper pg_foreign_server pg_foreign_table
pg_index pg_inherits pg_language pg_namespace pg_opclass pg_operator pg_opfamily pg_partitioned_table pg_policy pg_proc pg_publication
pg_publication_namespace pg_publication_rel pg_range pg_rewrite pg_seclabel pg_sequence pg_statistic_ext pg_subscription
pg_subscription_rel pg_transform pg_trigger pg_ts_config pg_ts_config_map pg_ts_dict pg_ts_parser pg_ts_template pg_type pg_user_mapping";

/// ... those that are data or what is computed from it, those that all databases of a server share, and what the server or an extension
/// was installed with.
const NO_SCHEMA: &str = "pg_largeobject pg_largeobject_metadata pg_statistic pg_statistic_ext_data pg_auth_members pg_authid pg_database
pg_db_role_setting pg_parameter_acl pg_replication_origin pg_shdepend pg_shdescription pg_shseclabel pg_tablespace pg_init_privs";

#[test]
fn every_kind_that_is_not_modelled_is_named_and_refused() {
    let server = server();
    let mut wrong = Vec::new();
    for (at, (sql, name)) in UNKNOWN.iter().enumerate() {
        let db = format!("unknown_{at}");
        server.create(&db);
        server.psql(&db, sql);
        match engine::plan(&mut server.client(&db), "CREATE TABLE later (id int);", &engine::operation()) {
            Err(Refusal::Unmodelled(names)) if names.iter().any(|known| known.contains(name)) => {}
            other => wrong.push(format!("{name}: {other:?}")),
        }
        server.psql(
            &db,
            "DO $$ BEGIN IF EXISTS (SELECT FROM pg_subscription WHERE subname = 's') THEN
            ALTER SUBSCRIPTION s DISABLE; ALTER SUBSCRIPTION s SET (slot_name = NONE); END IF; END $$",
        );
        if name.starts_with("subscription") {
            server.psql(&db, "DROP SUBSCRIPTION s");
        }
        server.drop(&db);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wanted_text_that_makes_such_a_thing_is_refused_as_well() {
    let server = server();
    server.create("unknown_wanted");
    let refusal = engine::plan(&mut server.client("unknown_wanted"), "CREATE TYPE shell;", &engine::operation());
    assert_eq!(refusal, Err(Refusal::Unmodelled(vec!["shell type public.shell".into()])));
}

#[test]
fn every_catalog_of_the_server_is_accounted_for() {
    let known: Vec<&str> = SEEN.split_whitespace().chain(NO_SCHEMA.split_whitespace()).collect();
    let all = server().psql(
        "postgres",
        "SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' ORDER BY 1",
    );
    let forgotten: Vec<&str> = all.lines().filter(|name| !known.contains(name)).collect();
    assert_eq!(forgotten, Vec::<&str>::new(), "catalogs that nobody has looked at");
}

#[test]
fn large_objects_are_rows_and_told() {
    let (server, db) = (server(), "unknown_large");
    server.create(db);
    server.psql(db, "SELECT lo_create(0)");
    let upgrade = engine::plan(&mut server.client(db), "CREATE TABLE t (id int);", &engine::operation()).unwrap();
    assert!(upgrade.notes.iter().any(|note| note.contains("large objects")), "{:?}", upgrade.notes);
    server.drop(db);
}

/// What is the same on both sides is left alone (`pairs/field.sql`); what is another one is named, however little differs.
#[test]
fn what_is_not_modelled_and_differs_is_named() {
    let server = server();
    for (at, (live, wanted, name)) in [
        (
            "CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t;",
            "CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t WITH (publish = 'insert');",
            "publication p",
        ),
        (
            "CREATE TABLE t (id int); CREATE TABLE u (id int); CREATE PUBLICATION p FOR TABLE t;",
            "CREATE TABLE t (id int); CREATE TABLE u (id int); CREATE PUBLICATION p FOR TABLE t, u;",
            "publication p",
        ),
        (
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w OPTIONS (host 'a');",
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w OPTIONS (host 'b');",
            "server far",
        ),
        (
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (a 'b');",
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (a 'c');",
            "user mapping public for server s",
        ),
        (
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE f (a int) SERVER s;",
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE f (a int NOT NULL) SERVER s;",
            "foreign table public.f",
        ),
        (
            "CREATE TEXT SEARCH CONFIGURATION c (COPY = english);",
            "CREATE TEXT SEARCH CONFIGURATION c (COPY = english); ALTER TEXT SEARCH CONFIGURATION c DROP MAPPING FOR asciiword;",
            "text search configuration c",
        ),
        (
            "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple);",
            "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple, ACCEPT = false);",
            "text search dictionary d",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let db = format!("unknown_differs_{at}");
        server.create(&db);
        server.psql(&db, live);
        let refusal = engine::plan(&mut server.client(&db), wanted, &engine::operation());
        assert_eq!(refusal, Err(Refusal::Unmodelled(vec![name.into()])), "{wanted}");
        let same = engine::plan(&mut server.client(&db), live, &engine::operation()).unwrap();
        assert!(same.is_empty(), "{:?}", same.forward.statements);
        server.drop(&db);
    }
}
