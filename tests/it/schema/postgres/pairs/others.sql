=== extensions come and go, and things of ours stand on them
--- a
CREATE EXTENSION pg_trgm;
CREATE TABLE t (id int PRIMARY KEY, a text);
CREATE INDEX t_a ON t USING gin (a gin_trgm_ops);
--- rows
INSERT INTO t VALUES (1, 'some text');
--- b
CREATE SCHEMA ext;
CREATE EXTENSION citext;
CREATE EXTENSION hstore SCHEMA ext;
CREATE TABLE t (id int PRIMARY KEY, a citext, h ext.hstore);
--- rows b
INSERT INTO t VALUES (1, 'some text', 'a=>1');

=== extended statistics
--- a
CREATE TABLE t (a int, b int, c int);
CREATE STATISTICS s (dependencies) ON a, b FROM t;
--- rows
INSERT INTO t VALUES (1, 2, 3);
--- b
CREATE TABLE t (a int, b int, c int);
CREATE STATISTICS s (ndistinct) ON a, c FROM t;
CREATE STATISTICS of_expr ON (a + b) FROM t;
--- there may refuse: unmodelled
--- back may refuse: unmodelled

=== rules
--- a
CREATE TABLE t (a int);
--- b
CREATE TABLE t (a int);
CREATE RULE no_delete AS ON DELETE TO t DO INSTEAD NOTHING;
--- rows b
INSERT INTO t VALUES (1);
--- there may refuse: unmodelled
--- back may refuse: unmodelled

=== event triggers
--- a
CREATE TABLE t (a int);
--- b
CREATE TABLE t (a int);
CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER watcher ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION seen();
--- there may refuse: unmodelled
--- back may refuse: unmodelled

=== publications
--- a
CREATE TABLE t (a int PRIMARY KEY);
--- b
CREATE TABLE t (a int PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE t;
--- there may refuse: unmodelled
--- back may refuse: unmodelled

=== foreign data
--- a
CREATE TABLE t (a int);
--- b
CREATE TABLE t (a int);
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE outside (line text) SERVER files OPTIONS (filename '/dev/null');
--- there may refuse: unmodelled
--- back may refuse: unmodelled

=== operators, casts, text search, collations
--- a
CREATE TABLE t (a int);
--- b
CREATE TABLE t (a int);
CREATE FUNCTION near(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2) < 2';
CREATE OPERATOR ~~~ (LEFTARG = int, RIGHTARG = int, FUNCTION = near);
CREATE TEXT SEARCH CONFIGURATION ours (COPY = simple);
CREATE COLLATION plain FROM "C";
--- there may refuse: unmodelled
--- back may refuse: unmodelled
