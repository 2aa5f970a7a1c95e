//! Around what runs on a scratch copy: a transaction that has touched what belongs to the whole server is taken back.
//!
//! A statement that says so is refused by its name (`sql/beyond.rs`); one that a function puts together is found here. Whatever writes to one of the
//! server's own catalogs keeps a lock on it until the end of the transaction (`table_open(..., RowExclusiveLock)` and `table_close(..., NoLock)` in
//! PostgreSQL's `src/backend/commands`), and other sessions' locks are not ours. `pg_shdepend` is not among them: each object with an owner has a row there.

/// Fails if this transaction has written to a catalog of the whole server.
pub const CHECK: &str = "DO $release$ DECLARE found text; BEGIN
  SELECT pg_catalog.string_agg(DISTINCT c.relname::pg_catalog.text, ', ') INTO found
  FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
  WHERE l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid() AND l.database = 0
    AND l.mode IN ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND c.relname IN ('pg_authid', 'pg_auth_members', 'pg_db_role_setting', 'pg_database', 'pg_tablespace', 'pg_shdescription',
      'pg_shseclabel', 'pg_parameter_acl');
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'it changes what belongs to the whole server, and not to this database: %', found;
  END IF;
END $release$;
";
