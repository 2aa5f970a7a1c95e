=== expressions that the server writes in its own words: nothing to do
--- a
CREATE TABLE t (
    id int PRIMARY KEY,
    a varchar(10) CHECK (a IN ('x', 'y', 'z')),
    b int CHECK (b BETWEEN 1 AND 9),
    c text DEFAULT 'x'::character varying,
    d text CHECK (d = ANY (ARRAY['p'::varchar, 'q'::varchar]::text[])),
    e timestamptz DEFAULT CURRENT_TIMESTAMP,
    f interval DEFAULT '1 day 2 hours',
    g numeric DEFAULT 1e3 CHECK (NOT (g < 0 OR g IS NULL)),
    h text GENERATED ALWAYS AS (coalesce(c, '') || ' ' || a) STORED
);
CREATE INDEX t_i ON t (lower(a), (b % 3)) WHERE a IN ('x', 'y') AND b IS NOT NULL;
CREATE VIEW v AS SELECT t.*, CASE WHEN b > 3 THEN 'many' ELSE 'few' END AS much FROM t WHERE a LIKE 'x%' AND b IN (1, 2, 3);
CREATE VIEW w AS SELECT a, b FROM v ORDER BY 1 LIMIT 3;
--- rows
INSERT INTO t (id, a, b, g) VALUES (1, 'x', 1, 1);
--- b
CREATE TABLE t (
    id integer CONSTRAINT t_pkey PRIMARY KEY,
    a character varying(10) CONSTRAINT t_a_check CHECK (((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying, 'z'::character varying])::text[]))),
    b int4 CHECK (b >= 1 AND b <= 9),
    c text DEFAULT 'x',
    d text CHECK (d IN ('p'::varchar, 'q'::varchar)),
    e timestamp with time zone DEFAULT now(),
    f interval DEFAULT '1 day 02:00:00'::interval,
    g numeric DEFAULT 1000 CHECK (NOT (g < 0 OR g IS NULL)),
    h text GENERATED ALWAYS AS (((COALESCE(c, ''::text) || ' '::text) || (a)::text)) STORED
);
CREATE INDEX t_i ON public.t USING btree (lower((a)::text), ((b % 3))) WHERE (((a)::text = ANY (ARRAY[('x'::character varying)::text, ('y'::character varying)::text])) AND (b IS NOT NULL));
CREATE OR REPLACE VIEW public.v AS SELECT t.id, t.a, t.b, t.c, t.d, t.e, t.f, t.g, t.h, CASE WHEN (t.b > 3) THEN 'many'::text ELSE 'few'::text END AS much FROM public.t WHERE (((t.a)::text ~~ 'x%'::text) AND (t.b = ANY (ARRAY[1, 2, 3])));
CREATE VIEW w AS SELECT v.a, v.b FROM v ORDER BY v.a LIMIT 3;


=== a wanted text that is the server's own dump of what was written by hand: nothing to do
--- a
CREATE TABLE t (id int PRIMARY KEY, a varchar(10) CHECK (a IN ('x', 'y')), s text DEFAULT 'n' CHECK (s <> ALL ('{a,b}'::text[])));
CREATE INDEX t_a ON t (a) WHERE a IN ('x', 'y');
CREATE POLICY own ON t USING (a IN ('x'));
CREATE MATERIALIZED VIEW m AS SELECT a FROM t WHERE a NOT IN ('q', 'r');
CREATE DOMAIN d AS varchar(5) CHECK (VALUE IN ('k', 'l'));
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.a IN ('x', 'y')) EXECUTE FUNCTION f();
--- rows
INSERT INTO t VALUES (1, 'x', 'c');
--- b
dump of a
--- there is nothing
--- back is nothing

=== only the order of columns differs: nothing to do
--- a
CREATE TABLE t (a int, b text NOT NULL, c int DEFAULT 4);
--- rows
INSERT INTO t VALUES (1, 'x');
--- b
CREATE TABLE t (c int DEFAULT 4, a int, b text NOT NULL);
--- rows b
INSERT INTO t VALUES (4, 1, 'x');
--- there is nothing
--- back is nothing

=== IF NOT EXISTS, psql's own words and a search path in the wanted text
--- a
CREATE SCHEMA app;
CREATE TABLE app.t (a int);
--- rows
INSERT INTO app.t VALUES (1);
--- b
SET search_path = app, public;
CREATE SCHEMA IF NOT EXISTS app;
CREATE TABLE IF NOT EXISTS app.t (a int, b text);
CREATE OR REPLACE VIEW app.v AS SELECT a FROM app.t;
RESET search_path;
