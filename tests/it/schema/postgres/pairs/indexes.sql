=== expression, partial, opclass, include, sort order, method, parameters
--- a
CREATE TABLE t (id int PRIMARY KEY, a text, b int, c jsonb, d int[]);
CREATE INDEX one ON t (a);
CREATE INDEX two ON t (b);
CREATE INDEX gone ON t (b, a);
--- rows
INSERT INTO t SELECT n, 'a' || n, n % 7, jsonb_build_object('k', n), ARRAY[n] FROM generate_series(1, 40) n;
--- b
CREATE TABLE t (id int PRIMARY KEY, a text, b int, c jsonb, d int[]);
CREATE INDEX one ON t (a text_pattern_ops);
CREATE INDEX two ON t (b DESC NULLS LAST) INCLUDE (a) WITH (fillfactor = 60);
CREATE INDEX three ON t (lower(a), (b + 1)) WHERE b > 3 AND a <> 'x';
CREATE INDEX four ON t USING gin (c jsonb_path_ops);
CREATE INDEX five ON t USING gin (d);
CREATE INDEX six ON t USING hash (a);
CREATE INDEX seven ON t USING brin (id) WITH (pages_per_range = 16);
CREATE UNIQUE INDEX eight ON t (id, (c ->> 'k') COLLATE "C");

=== a unique index becomes a constraint of the same name
--- a
CREATE TABLE t (id int, a int);
CREATE UNIQUE INDEX t_a ON t (a);
--- rows
INSERT INTO t VALUES (1, 1), (2, 2);
--- b
CREATE TABLE t (id int, a int, CONSTRAINT t_a UNIQUE (a));

=== an index that the table is clustered on, one for replica identity, statistics of an expression
--- a
CREATE TABLE t (id int NOT NULL, a int NOT NULL);
CREATE UNIQUE INDEX t_id ON t (id);
CREATE INDEX t_sum ON t ((a + id));
--- rows
INSERT INTO t VALUES (1, 1), (2, 2);
--- b
CREATE TABLE t (id int NOT NULL, a int NOT NULL);
CREATE UNIQUE INDEX t_id ON t (id);
CREATE INDEX t_sum ON t ((a + id));
ALTER TABLE t CLUSTER ON t_id;
ALTER TABLE t REPLICA IDENTITY USING INDEX t_id;
ALTER INDEX t_sum ALTER COLUMN 1 SET STATISTICS 300;
--- there may refuse: unmodelled
--- back may refuse: unmodelled

=== a unique index over an expression that rows break
--- a
CREATE TABLE t (id int PRIMARY KEY, mail text);
--- rows
INSERT INTO t VALUES (1, 'A@x'), (2, 'a@x');
--- b
CREATE TABLE t (id int PRIMARY KEY, mail text);
CREATE UNIQUE INDEX t_mail ON t (lower(mail));
--- rows b
INSERT INTO t VALUES (1, 'A@x');
--- there refuses: may-fail-on-data
