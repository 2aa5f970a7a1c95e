=== a table comes, with a key and rows in another
--- a
CREATE TABLE author (id bigint PRIMARY KEY, name text NOT NULL);
--- rows
INSERT INTO author VALUES (1, 'Ann'), (2, 'Bob');
--- b
CREATE TABLE author (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id bigserial PRIMARY KEY, author bigint NOT NULL REFERENCES author ON DELETE CASCADE, body text);
--- rows b
INSERT INTO author VALUES (1, 'Ann');
INSERT INTO post (author, body) SELECT 1, 'text ' || n FROM generate_series(1, 20) n;
--- back hazards: drops-data

=== a schema comes with all that is in it, and goes again
--- a
CREATE TABLE t (a int);
--- rows
INSERT INTO t VALUES (1);
--- b
CREATE SCHEMA blog;
CREATE TYPE blog.state AS ENUM ('draft', 'public');
CREATE TABLE blog.post (id int PRIMARY KEY, state blog.state DEFAULT 'draft' NOT NULL);
CREATE VIEW blog.published AS SELECT id FROM blog.post WHERE state = 'public';
CREATE FUNCTION blog.count() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM blog.post';
CREATE TABLE t (a int);
COMMENT ON SCHEMA blog IS 'The blog.';
--- rows b
INSERT INTO blog.post VALUES (1, 'draft'), (2, 'public');
INSERT INTO t VALUES (5);

=== a table goes that others refer to, and a view of it
--- a
CREATE TABLE country (code char(2) PRIMARY KEY, name text);
CREATE TABLE city (name text PRIMARY KEY, country char(2) REFERENCES country, people int);
CREATE VIEW places AS SELECT city.name, country.name AS country FROM city JOIN country ON country.code = city.country;
--- rows
INSERT INTO country VALUES ('nl', 'Netherlands'), ('fr', 'France');
INSERT INTO city VALUES ('Delft', 'nl', 100000), ('Lyon', 'fr', 500000), ('Atlantis', NULL, 0);
--- b
CREATE TABLE city (name text PRIMARY KEY, country char(2), people int);
--- rows b
INSERT INTO city VALUES ('Delft', 'nl', 100000);
--- back refuses: may-fail-on-data

=== a table is renamed, by a note
--- a
-- @renamed from=entries
CREATE TABLE posts (id int PRIMARY KEY, body text);
CREATE INDEX posts_body ON posts (body);
--- rows
INSERT INTO posts VALUES (1, 'one'), (2, 'two');
--- b
-- @renamed from=posts
CREATE TABLE entries (id int PRIMARY KEY, body text);
CREATE INDEX posts_body ON entries (body);
--- rows b
INSERT INTO entries VALUES (7, 'seven');
--- after: SELECT count(*) = 2 FROM entries

=== a table goes and one of its shape comes: nobody said that it is a new name
--- a
CREATE TABLE posts (id int PRIMARY KEY, body text, made timestamptz DEFAULT now());
--- rows
INSERT INTO posts VALUES (1, 'one');
--- b
CREATE TABLE entries (id int PRIMARY KEY, body text, made timestamptz DEFAULT now());
--- there refuses: question
--- back refuses: question

=== comments come, change and go
--- a
CREATE TABLE t (a int, b int, CONSTRAINT a_low CHECK (a < 100));
CREATE INDEX t_a ON t (a);
CREATE VIEW v AS SELECT a FROM t;
COMMENT ON TABLE t IS 'old';
COMMENT ON COLUMN t.a IS 'with ''quotes'', \backslash and
a new line';
COMMENT ON VIEW v IS 'a view';
--- rows
INSERT INTO t VALUES (1, 2);
--- b
CREATE TABLE t (a int, b int, CONSTRAINT a_low CHECK (a < 100));
CREATE INDEX t_a ON t (a);
CREATE VIEW v AS SELECT a FROM t;
COMMENT ON TABLE t IS 'new';
COMMENT ON COLUMN t.b IS 'of b';
COMMENT ON COLUMN v.a IS 'of a column of a view';
COMMENT ON CONSTRAINT a_low ON t IS 'of a constraint';
COMMENT ON INDEX t_a IS 'of an index';
COMMENT ON SCHEMA public IS 'ours';

=== names that must be quoted
--- a
CREATE SCHEMA "Odd Schema";
CREATE TABLE "Odd Schema"."a ""table""" ("select" int, "naïve; -- column" text DEFAULT 'it''s $$');
--- rows
INSERT INTO "Odd Schema"."a ""table""" VALUES (1, 'x');
--- b
CREATE SCHEMA "Odd Schema";
CREATE TABLE "Odd Schema"."a ""table""" ("select" bigint, "naïve; -- column" text DEFAULT E'it''s\\ $a$', "new'col" int);
CREATE INDEX "Odd; index" ON "Odd Schema"."a ""table""" ("select");
CREATE VIEW "Odd Schema"."UPPER" AS SELECT "select" AS "order" FROM "Odd Schema"."a ""table""";

=== an unlogged table, storage parameters, row security and replica identity
--- a
CREATE TABLE t (id int NOT NULL UNIQUE, body text) WITH (fillfactor = 70);
CREATE TABLE cache (key text PRIMARY KEY, value text);
--- rows
INSERT INTO t VALUES (1, 'x');
INSERT INTO cache VALUES ('k', 'v');
--- b
CREATE TABLE t (id int NOT NULL UNIQUE, body text) WITH (fillfactor = 90, autovacuum_enabled = false);
ALTER TABLE t REPLICA IDENTITY FULL;
ALTER TABLE t ALTER body SET STORAGE EXTERNAL;
ALTER TABLE t ALTER body SET STATISTICS 500;
CREATE UNLOGGED TABLE cache (key text PRIMARY KEY, value text);
