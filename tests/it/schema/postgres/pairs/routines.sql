=== functions: body, attributes, arguments, defaults and result change
--- a
CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE sql AS $$ SELECT a + b $$;
CREATE FUNCTION kind(t text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    -- says what it is
    RETURN 'old ' || t;
END $$;
CREATE FUNCTION pairs(n int) RETURNS TABLE (a int, b int) LANGUAGE sql AS $$ SELECT n, n $$;
CREATE FUNCTION gone() RETURNS void LANGUAGE sql AS '';
--- rows
SELECT 1;
--- b
CREATE FUNCTION add(a int, b int DEFAULT 1, VARIADIC more int[] DEFAULT '{}') RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT (a + b + cardinality(more))::bigint $$;
CREATE FUNCTION kind(t text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp COST 50 AS $$
BEGIN
    RETURN 'new ' || t;
END $$;
CREATE FUNCTION pairs(n int) RETURNS TABLE (a int, b int, c text) LANGUAGE sql ROWS 5 AS $$ SELECT n, n, 'c' $$;
CREATE FUNCTION outs(IN a int, OUT b int, INOUT c text) LANGUAGE sql AS $$ SELECT a, c $$;
COMMENT ON FUNCTION kind(text) IS 'what it is';

=== functions with SQL bodies, on tables and on each other, in no order
--- a
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE FUNCTION total() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT sum(a) FROM t; END;
--- rows
INSERT INTO t VALUES (1, 5);
--- b
CREATE TABLE t (id int PRIMARY KEY, a bigint, b int DEFAULT 2);
CREATE FUNCTION base() RETURNS numeric LANGUAGE sql STABLE BEGIN ATOMIC SELECT sum(a * b) FROM t; END;
CREATE FUNCTION a_total() RETURNS numeric LANGUAGE sql STABLE BEGIN ATOMIC SELECT base() + 1; END;
CREATE VIEW v AS SELECT a_total() AS total;

=== procedures, and a function of the same name with other arguments
--- a
CREATE TABLE t (a int);
CREATE PROCEDURE fill(n int) LANGUAGE sql AS $$ INSERT INTO t SELECT generate_series(1, n) $$;
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
--- rows
CALL fill(3);
--- b
CREATE TABLE t (a int);
CREATE PROCEDURE fill(n int, INOUT done boolean DEFAULT false) LANGUAGE plpgsql AS $$ BEGIN done := n > 0; END $$;
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;

=== a function of a table's row type, and a table that comes for it
--- a
CREATE TABLE t (id int PRIMARY KEY, first text, last text);
--- rows
INSERT INTO t VALUES (1, 'Ann', 'Lee');
--- b
CREATE TABLE t (id int PRIMARY KEY, first text, last text, born date);
CREATE FUNCTION full_name(t) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1.first || ' ' || $1.last $$;
CREATE FUNCTION young() RETURNS SETOF t LANGUAGE sql STABLE AS $$ SELECT * FROM t WHERE born > '2000-01-01' $$;

=== aggregates
--- a
CREATE TABLE t (a int);
--- b
CREATE TABLE t (a int);
CREATE AGGREGATE product(int) (SFUNC = int4mul, STYPE = int, INITCOND = '1');
--- there may refuse: unmodelled
--- back may refuse: unmodelled

=== triggers: come, change, are off, stand on a view, are constraints, see whole statements
--- a
CREATE TABLE t (id int PRIMARY KEY, a int, changed timestamptz);
CREATE TABLE audit (what text);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed := now(); RETURN NEW; END $$;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES (TG_NAME); RETURN NULL; END $$;
CREATE TRIGGER stamp BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER gone AFTER DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION note();
--- rows
INSERT INTO t VALUES (1, 1), (2, 2);
UPDATE t SET a = 3 WHERE id = 1;
--- b
CREATE TABLE t (id int PRIMARY KEY, a int, changed timestamptz);
CREATE TABLE audit (what text);
CREATE VIEW v AS SELECT id, a FROM t;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed := now(); RETURN NEW; END $$;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES (TG_NAME); RETURN NULL; END $$;
CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (NEW.id, NEW.a); RETURN NEW; END $$;
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE OF a ON t FOR EACH ROW WHEN (NEW.a > 5) EXECUTE FUNCTION stamp();
CREATE TRIGGER whole AFTER UPDATE ON t REFERENCING OLD TABLE AS was NEW TABLE AS is_now FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER through INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION instead();
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER off AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note('with', 'words');
ALTER TABLE t DISABLE TRIGGER off;
ALTER TABLE t ENABLE ALWAYS TRIGGER stamp;
COMMENT ON TRIGGER stamp ON t IS 'when';

=== a trigger must not fire while rows are rewritten
--- a
CREATE TABLE t (id int PRIMARY KEY, a varchar(30), gone int, changed int DEFAULT 0);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed := NEW.changed + 1; RETURN NEW; END $$;
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION stamp();
--- rows
INSERT INTO t VALUES (1, '10', 7), (2, '20', 8);
--- b
CREATE TABLE t (id int PRIMARY KEY, a int, changed int DEFAULT 0);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed := NEW.changed + 1; RETURN NEW; END $$;
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION stamp();
--- rows b
INSERT INTO t VALUES (1, 10), (2, 20);
--- after: SELECT bool_and(changed = 1) FROM t
