//! The server that the other tests stand on: it is their own, survives what they do to it, and does not survive them.

use std::time::{Duration, Instant};

use crate::support::{Postgres, is_called, wait_until};

#[test]
fn a_server_of_ones_own() {
    let mut server = Postgres::start();
    server.create("one");
    server.psql("one", "CREATE TABLE t (b int, a text); INSERT INTO t VALUES (1, 'x')");
    server.kill();
    assert!(!server.client("one").script("SELECT 1").ok());
    server.again();
    assert_eq!(server.psql("one", "SELECT * FROM t"), "1|x");
    let before = Instant::now();
    let postmaster = server.psql("one", "SELECT pg_backend_pid()").parse().unwrap();
    drop(server);
    assert!(!is_called(postmaster, "postgres"));
    let other = Postgres::start();
    assert!(wait_until(Duration::ZERO, || other.psql("postgres", "SELECT 1") == "1"));
    eprintln!("ended and started in {:?}", before.elapsed());
}

#[test]
fn dumps_are_compared_by_object() {
    let server = Postgres::shared();
    for (db, sql) in [
        ("dump_a", "CREATE TABLE t (a int NOT NULL, b text); COMMENT ON TABLE t IS 'x'; CREATE INDEX i ON t (a)"),
        ("dump_b", "CREATE TABLE t (b text, a int NOT NULL); COMMENT ON TABLE t IS 'x'; CREATE INDEX i ON t (a)"),
        ("dump_c", "CREATE TABLE t (a int NOT NULL, b text); COMMENT ON TABLE t IS 'y'; CREATE INDEX i ON t (a)"),
    ] {
        server.create(db);
        server.psql(db, sql);
    }
    let [a, b, c] = ["dump_a", "dump_b", "dump_c"].map(|db| server.dump(db));
    assert!(a.diff(&b).contains("+     b text"), "{}", a.diff(&b));
    let (a, b, c) = (a.without_order(), b.without_order(), c.without_order());
    assert_eq!(a.diff(&b), "");
    assert_eq!(
        a.diff(&c),
        "-- Name: TABLE t; Type: COMMENT; Schema: public\n\
        - COMMENT ON TABLE public.t IS 'x';\n+ COMMENT ON TABLE public.t IS 'y';\n"
    );
}
