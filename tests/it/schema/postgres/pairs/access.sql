=== grants on tables, columns, sequences, functions, types, schemas, with and without grant option
--- a
CREATE SCHEMA api;
CREATE TABLE t (id int, a text);
CREATE SEQUENCE s;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE e AS ENUM ('x');
GRANT SELECT, INSERT ON t TO app_reader;
GRANT SELECT ON t TO app_writer WITH GRANT OPTION;
GRANT USAGE ON SCHEMA api TO app_reader;
REVOKE ALL ON FUNCTION f() FROM PUBLIC;
--- rows
INSERT INTO t VALUES (1, 'x');
--- b
CREATE SCHEMA api;
CREATE TABLE t (id int, a text);
CREATE SEQUENCE s;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE e AS ENUM ('x');
GRANT SELECT ON t TO app_reader WITH GRANT OPTION;
GRANT UPDATE (a), REFERENCES (id) ON t TO app_writer;
GRANT USAGE, SELECT ON SEQUENCE s TO app_writer;
GRANT ALL ON SCHEMA api TO app_writer;
GRANT EXECUTE ON FUNCTION f() TO app_reader;
REVOKE USAGE ON TYPE e FROM PUBLIC;
GRANT USAGE ON TYPE e TO app_reader;
--- there hazards: changes-access

=== row security: on, forced, policies come, change and go
--- a
CREATE TABLE t (id int PRIMARY KEY, owner text);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON t USING (owner = current_user);
CREATE POLICY gone ON t FOR DELETE TO app_writer USING (false);
CREATE TABLE u (id int);
--- rows
INSERT INTO t VALUES (1, 'postgres'), (2, 'app_reader');
--- b
CREATE TABLE t (id int PRIMARY KEY, owner text);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE t FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON t TO app_reader, app_writer USING (owner = current_user AND id > 0) WITH CHECK (id < 1000);
CREATE POLICY strict ON t AS RESTRICTIVE FOR UPDATE TO PUBLIC USING (id <> 13);
COMMENT ON POLICY own ON t IS 'their own';
CREATE TABLE u (id int);
ALTER TABLE u ENABLE ROW LEVEL SECURITY;
--- there hazards: changes-access

=== default privileges
--- a
CREATE TABLE t (id int);
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO app_reader;
--- b
CREATE TABLE t (id int);
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO app_writer;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
--- there may refuse: unmodelled
--- back may refuse: unmodelled

=== owners
--- a
CREATE TABLE t (id serial);
CREATE VIEW v AS SELECT id FROM t;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
--- rows
INSERT INTO t VALUES (DEFAULT);
--- b
CREATE TABLE t (id serial);
CREATE VIEW v AS SELECT id FROM t;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER TABLE t OWNER TO app_writer;
ALTER VIEW v OWNER TO app_writer;
ALTER FUNCTION f() OWNER TO app_reader;
--- there may refuse: unmodelled
--- back may refuse: unmodelled
--- back may be nothing
