=== checks come, change and go
--- a
CREATE TABLE t (id int PRIMARY KEY, a int CHECK (a > 0), b text, CONSTRAINT b_known CHECK (b IN ('x', 'y')));
--- rows
INSERT INTO t VALUES (1, 1, 'x'), (2, 2, 'y'), (3, NULL, NULL);
--- b
CREATE TABLE t (id int PRIMARY KEY, a int, b text, CONSTRAINT b_known CHECK (b IN ('x', 'y', 'z')), CONSTRAINT both_set CHECK ((a IS NULL) = (b IS NULL)));

=== a check that rows break
--- a
CREATE TABLE t (id int PRIMARY KEY, a int);
--- rows
INSERT INTO t VALUES (1, 1), (2, -1), (3, -2);
--- b
CREATE TABLE t (id int PRIMARY KEY, a int CONSTRAINT positive CHECK (a > 0));
--- rows b
INSERT INTO t VALUES (1, 1);
--- there refuses: may-fail-on-data

=== unique that rows break
--- a
CREATE TABLE t (id int PRIMARY KEY, a int);
--- rows
INSERT INTO t VALUES (1, 1), (2, 1), (3, 2);
--- b
CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE);
--- rows b
INSERT INTO t VALUES (1, 1);
--- there refuses: may-fail-on-data

=== foreign keys: actions change, one becomes deferrable, one comes
--- a
CREATE TABLE p (id int PRIMARY KEY, k text UNIQUE);
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE, q int CONSTRAINT q_p REFERENCES p, k text);
--- rows
INSERT INTO p VALUES (1, 'one'), (2, 'two');
INSERT INTO c VALUES (1, 1, 2, 'one'), (2, NULL, NULL, NULL);
--- b
CREATE TABLE p (id int PRIMARY KEY, k text UNIQUE);
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE SET NULL ON UPDATE CASCADE, q int CONSTRAINT q_p REFERENCES p DEFERRABLE INITIALLY DEFERRED, k text REFERENCES p (k) MATCH FULL);

=== a foreign key without its row
--- a
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, p int);
--- rows
INSERT INTO p VALUES (1);
INSERT INTO c VALUES (1, 1), (2, 99), (3, NULL);
--- b
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p);
--- rows b
INSERT INTO p VALUES (1);
--- there refuses: may-fail-on-data

=== two tables that refer to each other come and go
--- a
CREATE TABLE other (id int);
--- rows
INSERT INTO other VALUES (1);
--- b
CREATE TABLE other (id int);
CREATE TABLE team (id int PRIMARY KEY, lead int);
CREATE TABLE person (id int PRIMARY KEY, team int NOT NULL REFERENCES team DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE team ADD CONSTRAINT team_lead FOREIGN KEY (lead) REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED;
--- rows b
BEGIN;
INSERT INTO team VALUES (1, 1), (2, NULL);
INSERT INTO person VALUES (1, 1), (2, 1);
COMMIT;

=== a primary key moves to other columns while a foreign key stands on it
--- a
CREATE TABLE p (id int PRIMARY KEY, code text NOT NULL);
CREATE TABLE c (p int REFERENCES p (id));
--- rows
INSERT INTO p VALUES (1, 'a'), (2, 'b');
INSERT INTO c VALUES (1), (1), (NULL);
--- b
CREATE TABLE p (id int NOT NULL UNIQUE, code text PRIMARY KEY);
CREATE TABLE c (p int REFERENCES p (id));

=== deferrable primary key and unique, NULLS NOT DISTINCT, names change
--- a
CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE, b int CONSTRAINT b_once UNIQUE);
--- rows
INSERT INTO t VALUES (1, 1, NULL), (2, 2, 5);
--- b
CREATE TABLE t (id int PRIMARY KEY DEFERRABLE, a int UNIQUE DEFERRABLE INITIALLY DEFERRED, b int CONSTRAINT b_single UNIQUE NULLS NOT DISTINCT);

=== NOT VALID comes where rows break it, and validity changes
--- a
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, a int, p int);
ALTER TABLE t ADD CONSTRAINT small CHECK (a < 1000) NOT VALID;
--- rows
INSERT INTO t VALUES (1, 5, 77), (2, -5, NULL);
--- b
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, a int, p int);
ALTER TABLE t ADD CONSTRAINT small CHECK (a < 1000);
ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;
ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (p) REFERENCES p NOT VALID;
--- rows b
INSERT INTO p VALUES (1);
INSERT INTO t VALUES (1, 5, 1);

=== exclusion
--- a
CREATE EXTENSION btree_gist;
CREATE TABLE booking (room int, during tsrange);
--- rows
INSERT INTO booking VALUES (1, '[2020-01-01, 2020-01-02)'), (1, '[2020-01-02, 2020-01-03)'), (2, '[2020-01-01, 2020-01-05)');
--- b
CREATE EXTENSION btree_gist;
CREATE TABLE booking (room int, during tsrange, EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (room > 0));

=== a check that calls a function of ours, which changes with it
--- a
CREATE FUNCTION fine(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT length(t) > 0 $$;
CREATE TABLE t (id int PRIMARY KEY, name text CONSTRAINT name_fine CHECK (fine(name)));
--- rows
INSERT INTO t VALUES (1, 'abc');
--- b
CREATE FUNCTION good(t text, min_length int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT length(t) >= min_length $$;
CREATE TABLE t (id int PRIMARY KEY, name text CONSTRAINT name_fine CHECK (good(name, 2)));

=== some rows exclude each other, and two of them are there
--- a
CREATE TABLE t (id int PRIMARY KEY, n int);
--- rows
INSERT INTO t VALUES (1, 3), (2, 3), (4, 3), (5, 3);
--- b
CREATE TABLE t (id int PRIMARY KEY, n int, CONSTRAINT one EXCLUDE USING btree (n WITH =) WHERE (id > 3));
--- rows b
INSERT INTO t VALUES (1, 3), (2, 3), (4, 3);
--- there refuses: may-fail-on-data

=== some rows exclude each other, and the others may be alike
--- a
CREATE TABLE t (id int PRIMARY KEY, n int);
--- rows
INSERT INTO t VALUES (1, 3), (2, 3), (4, 3);
--- b
CREATE TABLE t (id int PRIMARY KEY, n int, CONSTRAINT one EXCLUDE USING btree (n WITH =) WHERE (id > 3));
