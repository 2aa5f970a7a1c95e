Seen in the field, in corpora of other tools and in databases of strangers.

=== a comment on a key, and one on the index below another
--- a
CREATE TABLE t (id int PRIMARY KEY, n int UNIQUE);
--- b
CREATE TABLE t (id int PRIMARY KEY, n int UNIQUE);
COMMENT ON CONSTRAINT t_pkey ON t IS 'the key';
COMMENT ON INDEX t_n_key IS 'the index';

=== a comment on the sequence of an identity
--- a
CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY);
--- b
CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY);
COMMENT ON SEQUENCE t_id_seq IS 'numbers';

=== the sequence of an identity goes with its column, and the comment with it
--- a
CREATE TABLE t (a int, id int GENERATED ALWAYS AS IDENTITY);
COMMENT ON SEQUENCE t_id_seq IS 'numbers';
--- b
CREATE TABLE t (a int);

=== the default of a view's column, when the view is made anew
--- a
CREATE TABLE t (a int, b text);
CREATE VIEW v AS SELECT a FROM t;
ALTER VIEW v ALTER a SET DEFAULT 5;
--- rows
INSERT INTO t VALUES (1, 'x');
--- b
CREATE TABLE t (a bigint, b text);
CREATE VIEW v AS SELECT a FROM t;
ALTER VIEW v ALTER a SET DEFAULT 5;

=== a new view whose column has a default
--- a
CREATE TABLE t (a int);
--- b
CREATE TABLE t (a int);
CREATE VIEW v AS SELECT a FROM t;
ALTER VIEW v ALTER a SET DEFAULT 7;

=== a trigger that is disabled on one partition
--- a
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$begin return new; end$$;
CREATE TABLE p (k int) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TRIGGER tg AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION tf();
--- rows
INSERT INTO p VALUES (1);
--- b
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$begin return new; end$$;
CREATE TABLE p (k int) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TRIGGER tg AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION tf();
ALTER TABLE p1 DISABLE TRIGGER tg;

=== a new trigger that stands otherwise on one partition, and on a new one
--- a
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$begin return new; end$$;
CREATE TABLE p (k int) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
--- b
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$begin return new; end$$;
CREATE TABLE p (k int) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
CREATE TRIGGER tg AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION tf();
ALTER TABLE p1 ENABLE ALWAYS TRIGGER tg;
ALTER TABLE p2 ENABLE REPLICA TRIGGER tg;

=== usual access where default privileges give another one
--- a
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;
CREATE TABLE t (a int);
GRANT SELECT ON t TO PUBLIC;
--- b
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;
CREATE TABLE t (a int);
GRANT SELECT ON t TO PUBLIC;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1';
GRANT EXECUTE ON FUNCTION f() TO PUBLIC;
CREATE TABLE closed (a int);
REVOKE ALL ON closed FROM PUBLIC;

=== an index on the whole alone
--- a
CREATE TABLE p (k int, b int) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
--- rows
INSERT INTO p VALUES (1, 2);
--- b
CREATE TABLE p (k int, b int) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE INDEX pi ON ONLY p (b);
CREATE INDEX p1i ON p1 (b);

=== a new column of the whole, and what one partition has of it for itself
--- a
CREATE TABLE p (k int) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
--- b
CREATE TABLE p (k int, tenant text DEFAULT 'a', n int) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
ALTER TABLE p1 ALTER tenant SET NOT NULL, ALTER tenant SET DEFAULT 'b';
ALTER TABLE p2 ALTER tenant DROP DEFAULT, ALTER n SET DEFAULT 3;

=== a new column whose default calls a new function that calls another
--- a
CREATE TABLE t (a int);
--- rows
INSERT INTO t VALUES (1);
--- b
CREATE TABLE settings (name text);
CREATE FUNCTION z() RETURNS int LANGUAGE plpgsql AS $$begin return 1 + (select count(*) from public.settings); end$$;
CREATE FUNCTION a() RETURNS int LANGUAGE plpgsql AS $$begin return public.z(); end$$;
CREATE TABLE t (a int, b int NOT NULL DEFAULT a());
--- after
SELECT b = 1 FROM t

=== functions that name each other
--- a
CREATE TABLE t (a int);
--- rows
INSERT INTO t VALUES (1);
--- b
CREATE FUNCTION even(n int) RETURNS boolean LANGUAGE plpgsql AS $$begin return n = 0 or public.odd(n - 1); end$$;
CREATE FUNCTION odd(n int) RETURNS boolean LANGUAGE plpgsql AS $$begin return n <> 0 and public.even(n - 1); end$$;
CREATE TABLE t (a int, b boolean DEFAULT even(4));

=== a child with a default of its own for what it inherits
--- a
CREATE TABLE base (a int, b text DEFAULT 'x', c int DEFAULT 1);
--- b
CREATE TABLE base (a int, b text DEFAULT 'x', c int DEFAULT 1);
CREATE TABLE kid (d int) INHERITS (base);
ALTER TABLE kid ALTER b SET DEFAULT 'y', ALTER b SET NOT NULL, ALTER c DROP DEFAULT;

=== a child's default, told where it is made
--- a
CREATE TABLE base (a int, b text DEFAULT 'x');
--- b
CREATE TABLE base (a int, b text DEFAULT 'x');
CREATE TABLE kid (b text DEFAULT 'y', d int) INHERITS (base);

=== a procedure whose body names a column that comes with it
--- a
CREATE TABLE u (name text);
--- b
CREATE TABLE u (name text, id int);
CREATE PROCEDURE add_u() LANGUAGE sql AS $$insert into u(id, name) values (1, 'x')$$;

=== a publication that is the same on both sides
--- a
CREATE TABLE t (id int PRIMARY KEY);
CREATE TABLE u (id int);
CREATE PUBLICATION changes FOR TABLE t WITH (publish = 'insert');
--- b
CREATE TABLE t (id int PRIMARY KEY, name text);
CREATE TABLE u (id int, name text);
CREATE PUBLICATION changes FOR TABLE t WITH (publish = 'insert');

=== a server, its users and a foreign table that are the same on both sides
--- a
CREATE FOREIGN DATA WRAPPER dummy;
CREATE SERVER far FOREIGN DATA WRAPPER dummy OPTIONS (host 'h');
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (password 'secret');
CREATE FOREIGN TABLE away (id int NOT NULL, name text OPTIONS (column_name 'n')) SERVER far OPTIONS (table_name 't');
CREATE TABLE t (id int);
--- b
CREATE FOREIGN DATA WRAPPER dummy;
CREATE SERVER far FOREIGN DATA WRAPPER dummy OPTIONS (host 'h');
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (password 'secret');
CREATE FOREIGN TABLE away (id int NOT NULL, name text OPTIONS (column_name 'n')) SERVER far OPTIONS (table_name 't');
CREATE TABLE t (id int, name text);

=== a configuration of text search that an index stands on
--- a
CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION en (COPY = english);
ALTER TEXT SEARCH CONFIGURATION en ALTER MAPPING FOR asciiword WITH plain;
CREATE TABLE t (id int, body text);
CREATE INDEX t_body ON t USING gin (to_tsvector('en', body));
--- b
CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION en (COPY = english);
ALTER TEXT SEARCH CONFIGURATION en ALTER MAPPING FOR asciiword WITH plain;
CREATE TABLE t (id int, body text, name text);
CREATE INDEX t_body ON t USING gin (to_tsvector('en', body));

=== an index that is noted as renamed
--- a
CREATE TABLE t (a int);
CREATE INDEX old_name ON t (a);
--- b
CREATE TABLE t (a int);
-- @renamed from=old_name
CREATE INDEX new_name ON t (a);
