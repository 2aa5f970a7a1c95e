=== partitions come and go
--- a
CREATE TABLE m (day date NOT NULL, n int) PARTITION BY RANGE (day);
CREATE TABLE m_2020 PARTITION OF m FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE m_2021 PARTITION OF m FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE INDEX m_day ON m (day);
--- rows
INSERT INTO m VALUES ('2020-05-05', 1), ('2021-05-05', 2);
--- b
CREATE TABLE m (day date NOT NULL, n int) PARTITION BY RANGE (day);
CREATE TABLE m_2021 PARTITION OF m FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE m_2022 PARTITION OF m FOR VALUES FROM ('2022-01-01') TO ('2023-01-01');
CREATE TABLE m_rest PARTITION OF m DEFAULT;
CREATE INDEX m_day ON m (day);
--- rows b
INSERT INTO m VALUES ('2021-05-05', 1), ('2022-05-05', 2), ('1999-01-01', 3);

=== columns, keys, checks and indexes of a partitioned table, list and hash below it
--- a
CREATE TABLE s (region text NOT NULL, id int NOT NULL, a int) PARTITION BY LIST (region);
CREATE TABLE s_eu PARTITION OF s FOR VALUES IN ('nl', 'fr') PARTITION BY HASH (id);
CREATE TABLE s_eu_0 PARTITION OF s_eu FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE s_eu_1 PARTITION OF s_eu FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE s_us PARTITION OF s FOR VALUES IN ('us');
--- rows
INSERT INTO s SELECT CASE n % 3 WHEN 0 THEN 'nl' WHEN 1 THEN 'fr' ELSE 'us' END, n, n FROM generate_series(1, 30) n;
--- b
CREATE TABLE s (region text NOT NULL, id int NOT NULL, a bigint DEFAULT 5, b text, PRIMARY KEY (region, id), CHECK (id > 0)) PARTITION BY LIST (region);
CREATE TABLE s_eu PARTITION OF s FOR VALUES IN ('nl', 'fr') PARTITION BY HASH (id);
CREATE TABLE s_eu_0 PARTITION OF s_eu FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE s_eu_1 PARTITION OF s_eu FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE s_us PARTITION OF s FOR VALUES IN ('us');
CREATE INDEX s_a ON s (a);
CREATE INDEX s_us_b ON s_us (b);

=== a partition is attached that was a table, and one is detached
--- a
CREATE TABLE m (day date NOT NULL, n int) PARTITION BY RANGE (day);
CREATE TABLE m_old PARTITION OF m FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE m_new (day date NOT NULL, n int);
--- rows
INSERT INTO m VALUES ('2020-05-05', 1);
INSERT INTO m_new VALUES ('2021-05-05', 2);
--- b
CREATE TABLE m (day date NOT NULL, n int) PARTITION BY RANGE (day);
CREATE TABLE m_old (day date NOT NULL, n int);
CREATE TABLE m_new PARTITION OF m FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
--- rows b
INSERT INTO m VALUES ('2021-05-05', 1);
INSERT INTO m_old VALUES ('2020-05-05', 2);

=== a plain table becomes a partitioned one
--- a
CREATE TABLE m (day date NOT NULL, n int);
--- rows
INSERT INTO m VALUES ('2020-05-05', 1);
--- b
CREATE TABLE m (day date NOT NULL, n int) PARTITION BY RANGE (day);
CREATE TABLE m_2020 PARTITION OF m FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
--- there may refuse: unmodelled
--- back may refuse: unmodelled

=== inheritance
--- a
CREATE TABLE base (id int, a text);
CREATE TABLE child (extra int) INHERITS (base);
CREATE TABLE alone (id int, a text);
--- rows
INSERT INTO base VALUES (1, 'b');
INSERT INTO child VALUES (2, 'c', 3);
--- b
CREATE TABLE base (id int, a text, n int DEFAULT 4);
CREATE TABLE child (extra int) INHERITS (base);
CREATE TABLE alone () INHERITS (base);
--- there may refuse: unmodelled
--- back may refuse: unmodelled

=== foreign keys to and from a partitioned table, triggers on it
--- a
CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (100);
CREATE TABLE c (id int, p int);
--- rows
INSERT INTO p VALUES (1), (2);
INSERT INTO c VALUES (1, 1), (2, NULL);
--- b
CREATE TABLE q (id int PRIMARY KEY);
CREATE TABLE p (id int PRIMARY KEY, q int REFERENCES q) PARTITION BY RANGE (id);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (100);
CREATE TABLE c (id int, p int REFERENCES p);
CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER pass AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION pass();

=== a table with partitions goes that refers to itself
--- a
CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t) PARTITION BY RANGE (id);
CREATE TABLE t_0 PARTITION OF t FOR VALUES FROM (0) TO (100);
CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (100) TO (200);
CREATE TABLE other (id int);
--- rows
INSERT INTO t VALUES (1, NULL), (101, 1);
--- b
CREATE TABLE other (id int);

=== an index of a partition takes the name that another one has had
--- a
CREATE TABLE t (id int PRIMARY KEY, a text, b int) PARTITION BY RANGE (id);
CREATE TABLE t_0 PARTITION OF t FOR VALUES FROM (0) TO (100);
CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (100) TO (200);
CREATE INDEX i1 ON t (a);
CREATE INDEX i2 ON t (a DESC) WHERE a IS NOT NULL;
CREATE INDEX i3 ON t (b);
--- rows
INSERT INTO t VALUES (1, 'x', 1), (101, 'y', 2);
--- b
CREATE TABLE t (id int PRIMARY KEY, a text, b int) PARTITION BY RANGE (id);
CREATE TABLE t_0 PARTITION OF t FOR VALUES FROM (0) TO (100);
CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (100) TO (200);
CREATE INDEX i1 ON t ((a IS NULL), a);
CREATE INDEX i2 ON t (a DESC) WHERE a IS NOT NULL;
CREATE INDEX i3 ON t (b);

=== a partition comes to a table that others refer to
--- a
CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE t_0 PARTITION OF t FOR VALUES FROM (0) TO (100);
CREATE TABLE u (id int PRIMARY KEY, up int) PARTITION BY RANGE (id);
CREATE TABLE u_0 PARTITION OF u FOR VALUES FROM (0) TO (100);
CREATE TABLE v (id int PRIMARY KEY, up int REFERENCES t);
ALTER TABLE u ADD CONSTRAINT to_t FOREIGN KEY (up) REFERENCES t;
--- rows
INSERT INTO t VALUES (1);
INSERT INTO u VALUES (1, 1);
INSERT INTO v VALUES (1, 1);
--- b
CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE t_0 PARTITION OF t FOR VALUES FROM (0) TO (100);
CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (100) TO (200);
CREATE TABLE u (id int PRIMARY KEY, up int) PARTITION BY RANGE (id);
CREATE TABLE u_0 PARTITION OF u FOR VALUES FROM (0) TO (100);
CREATE TABLE v (id int PRIMARY KEY, up int REFERENCES t);
ALTER TABLE u ADD CONSTRAINT to_t FOREIGN KEY (up) REFERENCES t;
