=== an enum gets values at the end, in the middle and in front, and one is used at once as a default
--- a
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE t (id int PRIMARY KEY, m mood DEFAULT 'sad' NOT NULL, many mood[] DEFAULT '{sad}'::mood[]);
CREATE INDEX t_m ON t (m) WHERE m = 'happy';
CREATE VIEW v AS SELECT id FROM t WHERE m > 'sad'::mood;
--- rows
INSERT INTO t VALUES (1, 'sad', '{sad,happy}'), (2, 'happy', NULL);
--- b
CREATE TYPE mood AS ENUM ('awful', 'sad', 'fine', 'happy', 'ecstatic');
CREATE TABLE t (id int PRIMARY KEY, m mood DEFAULT 'fine' NOT NULL, many mood[] DEFAULT '{sad}'::mood[]);
CREATE INDEX t_m ON t (m) WHERE m = 'happy';
CREATE VIEW v AS SELECT id FROM t WHERE m > 'sad'::mood;
--- rows b
INSERT INTO t VALUES (1, 'sad', '{sad,happy}'), (2, 'happy', NULL);

=== values of an enum go that rows use
--- a
CREATE TYPE mood AS ENUM ('sad', 'odd', 'happy');
CREATE TABLE t (id int PRIMARY KEY, m mood);
--- rows
INSERT INTO t VALUES (1, 'sad'), (2, 'odd');
--- b
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE t (id int PRIMARY KEY, m mood);
--- rows b
INSERT INTO t VALUES (1, 'sad');
--- there refuses: may-fail-on-data

=== values of an enum change places; functions, checks and a view of a view use it
--- a
CREATE TYPE level AS ENUM ('high', 'low', 'none');
CREATE TABLE t (id int PRIMARY KEY, l level NOT NULL DEFAULT 'low' CHECK (l <> 'none'), UNIQUE (l, id));
CREATE FUNCTION is_low(l level) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT l = 'low'::level $$;
CREATE VIEW v AS SELECT id, l FROM t WHERE is_low(l);
CREATE VIEW w AS SELECT max(l) AS most FROM v;
--- rows
INSERT INTO t VALUES (1, 'high'), (2, 'low');
--- b
CREATE TYPE level AS ENUM ('none', 'low', 'high');
CREATE TABLE t (id int PRIMARY KEY, l level NOT NULL DEFAULT 'low' CHECK (l <> 'none'), UNIQUE (l, id));
CREATE FUNCTION is_low(l level) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT l = 'low'::level $$;
CREATE VIEW v AS SELECT id, l FROM t WHERE is_low(l);
CREATE VIEW w AS SELECT max(l) AS most FROM v;

=== text becomes an enum, and back
--- a
CREATE TABLE t (id int PRIMARY KEY, state text DEFAULT 'new' NOT NULL);
--- rows
INSERT INTO t VALUES (1, 'new'), (2, 'done');
--- b
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE t (id int PRIMARY KEY, state state DEFAULT 'new' NOT NULL);

=== domains: default, NOT NULL and checks change under columns that use them
--- a
CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%');
CREATE DOMAIN small AS int DEFAULT 1 NOT NULL CONSTRAINT is_small CHECK (VALUE < 100);
CREATE TABLE t (id int PRIMARY KEY, m mail, s small);
--- rows
INSERT INTO t VALUES (1, 'a@b', 5), (2, NULL, 7);
--- b
CREATE DOMAIN mail AS text DEFAULT 'x@y' CONSTRAINT has_at CHECK (VALUE ~ '@') CONSTRAINT not_long CHECK (length(VALUE) < 200);
CREATE DOMAIN small AS int DEFAULT 2 CONSTRAINT is_small CHECK (VALUE < 50);
CREATE TABLE t (id int PRIMARY KEY, m mail, s small, extra mail[]);
COMMENT ON DOMAIN mail IS 'an address';

=== a domain's check that rows break, in an array and in a composite too
--- a
CREATE DOMAIN small AS int;
CREATE TABLE t (id int PRIMARY KEY, s small);
--- rows
INSERT INTO t VALUES (1, 500);
--- b
CREATE DOMAIN small AS int CONSTRAINT is_small CHECK (VALUE < 100);
CREATE TABLE t (id int PRIMARY KEY, s small);
--- rows b
INSERT INTO t VALUES (1, 5);
--- there refuses: may-fail-on-data

=== the type below a domain changes
--- a
CREATE DOMAIN code AS varchar(10) CHECK (VALUE <> '');
CREATE TABLE t (id int PRIMARY KEY, c code);
CREATE VIEW v AS SELECT c FROM t;
--- rows
INSERT INTO t VALUES (1, 'abc');
--- b
CREATE DOMAIN code AS text CHECK (VALUE <> '');
CREATE TABLE t (id int PRIMARY KEY, c code);
CREATE VIEW v AS SELECT c FROM t;

=== composite types: attributes come, go and change; a table has a column of one
--- a
CREATE TYPE point3 AS (x int, y int, z int);
CREATE TYPE name AS (first text, last text);
CREATE TYPE unused AS (a int);
CREATE TABLE t (id int PRIMARY KEY, n name);
--- rows
INSERT INTO t VALUES (1, ROW('Ann', 'Lee')), (2, NULL);
--- b
CREATE TYPE point3 AS (x bigint, y int);
CREATE TYPE name AS (first text, last text, middle text);
CREATE TABLE t (id int PRIMARY KEY, n name);
--- rows b
INSERT INTO t VALUES (1, ROW('Ann', 'Lee', NULL));
--- there may refuse: unmodelled
--- back may refuse: unmodelled, drops-data

=== range types
--- a
CREATE TABLE t (id int PRIMARY KEY);
--- b
CREATE TYPE floats AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TABLE t (id int PRIMARY KEY, r floats);
--- rows b
INSERT INTO t VALUES (1, '[1.5, 2.5]');
--- there may refuse: unmodelled
--- back may refuse: unmodelled

=== an enum goes with the column that used it, in one table of two
--- a
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE TYPE other AS ENUM ('a');
CREATE TABLE t (id int PRIMARY KEY, c colour, o other);
CREATE TABLE u (c colour[]);
--- rows
INSERT INTO t VALUES (1, 'red', 'a');
INSERT INTO u VALUES ('{red,green}');
--- b
CREATE TYPE other AS ENUM ('a');
CREATE TABLE t (id int PRIMARY KEY, o other);

=== a column becomes a list of an enum, and its values are no lists
--- a
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN price AS numeric(8, 2);
CREATE TABLE t (id int PRIMARY KEY, m price);
--- rows
INSERT INTO t VALUES (1, NULL), (2, -3);
--- b
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN price AS numeric(8, 2);
CREATE TABLE t (id int PRIMARY KEY, m mood[]);
--- rows b
INSERT INTO t VALUES (1, NULL);
--- there refuses: may-fail-on-data

=== a domain is no longer NOT NULL, and a new column makes use of that
--- a
CREATE DOMAIN known AS integer NOT NULL;
CREATE TABLE t (id int PRIMARY KEY, old known);
--- rows
INSERT INTO t VALUES (1, 7);
--- b
CREATE DOMAIN known AS integer;
CREATE TABLE t (id int PRIMARY KEY, old known, new known);
--- rows b
INSERT INTO t VALUES (1, 7, NULL);

=== numbers become bytes, and come back as the numbers that they were
--- a
CREATE TABLE t (id int PRIMARY KEY, n numeric(8,2), j jsonb);
--- rows
INSERT INTO t VALUES (1, -3.00, '{"a": "b\\c"}'), (2, NULL, NULL), (3, 12.50, '[]');
--- b
CREATE TABLE t (id int PRIMARY KEY, n bytea, j jsonb);
--- rows b
INSERT INTO t VALUES (1, 'no number', '{}');
--- back refuses: may-fail-on-data
