=== views upon views when a column below changes its type
--- a
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
CREATE VIEW v1 AS SELECT id, a FROM t WHERE a > 0;
CREATE VIEW v2 AS SELECT a, count(*) AS n FROM v1 GROUP BY a;
CREATE VIEW v3 AS SELECT v2.n, t.b FROM v2 JOIN t USING (a);
GRANT SELECT ON v3 TO app_reader;
COMMENT ON VIEW v2 IS 'counts';
--- rows
INSERT INTO t VALUES (1, 1, 'x'), (2, 1, 'y'), (3, -1, 'z');
--- b
CREATE TABLE t (id int PRIMARY KEY, a bigint, b text);
CREATE VIEW v1 AS SELECT id, a FROM t WHERE a > 0;
CREATE VIEW v2 AS SELECT a, count(*) AS n FROM v1 GROUP BY a;
CREATE VIEW v3 AS SELECT v2.n, t.b FROM v2 JOIN t USING (a);
GRANT SELECT ON v3 TO app_reader;
COMMENT ON VIEW v2 IS 'counts';

=== views: columns come in the middle, go, change names and types
--- a
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
CREATE VIEW v AS SELECT id, a, b FROM t;
CREATE VIEW w AS SELECT a FROM v;
--- rows
INSERT INTO t VALUES (1, 1, 'x');
--- b
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
CREATE VIEW v AS SELECT id, b::varchar(10) AS b, 1 AS one, a AS renamed FROM t;
CREATE VIEW w AS SELECT renamed FROM v;

=== view options, a recursive view, defaults of a view's columns
--- a
CREATE TABLE t (id int PRIMARY KEY, up int, a int);
CREATE VIEW v WITH (security_barrier) AS SELECT id, a FROM t WHERE a > 0;
CREATE VIEW checked AS SELECT id, a FROM t WHERE a > 0 WITH LOCAL CHECK OPTION;
--- rows
INSERT INTO t VALUES (1, NULL, 1), (2, 1, 2);
--- b
CREATE TABLE t (id int PRIMARY KEY, up int, a int);
CREATE VIEW v WITH (security_invoker) AS SELECT id, a FROM t WHERE a > 0;
ALTER VIEW v ALTER COLUMN a SET DEFAULT 9;
CREATE VIEW checked AS SELECT id, a FROM t WHERE a > 0 WITH CASCADED CHECK OPTION;
CREATE RECURSIVE VIEW above (id, root) AS SELECT id, id FROM t WHERE up IS NULL UNION ALL SELECT t.id, above.root FROM t JOIN above ON t.up = above.id;

=== materialised views with indexes, and one upon the other
--- a
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE MATERIALIZED VIEW m AS SELECT a, count(*) AS n FROM t GROUP BY a;
CREATE UNIQUE INDEX m_a ON m (a);
CREATE VIEW over_m AS SELECT sum(n) AS n FROM m;
CREATE MATERIALIZED VIEW empty AS SELECT 1 AS one WITH NO DATA;
--- rows
INSERT INTO t VALUES (1, 1), (2, 1), (3, 2);
REFRESH MATERIALIZED VIEW m;
--- b
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
CREATE MATERIALIZED VIEW m AS SELECT a, count(*) AS n, max(id) AS last FROM t GROUP BY a;
CREATE UNIQUE INDEX m_a ON m (a);
CREATE INDEX m_n ON m (n) WHERE n > 1;
CREATE MATERIALIZED VIEW m2 AS SELECT max(n) AS most FROM m;
CREATE VIEW over_m AS SELECT sum(n) AS n FROM m;
CREATE MATERIALIZED VIEW empty AS SELECT 1 AS one WITH NO DATA;

=== a view becomes a materialised view, and a table becomes a view
--- a
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE VIEW v AS SELECT a FROM t;
CREATE TABLE tv (a int);
--- rows
INSERT INTO t VALUES (1, 1);
INSERT INTO tv VALUES (44);
--- b
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE MATERIALIZED VIEW v AS SELECT a FROM t;
CREATE VIEW tv AS SELECT a FROM t;
--- rows b
INSERT INTO t VALUES (1, 1);
REFRESH MATERIALIZED VIEW v;
