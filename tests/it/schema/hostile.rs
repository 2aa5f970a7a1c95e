//! Databases and files that are not what they should be: each has its error before anything is changed.

use std::path::PathBuf;

use crate::support::{Host, Login, Run, SmallFs, State, Tarball, World, mode};

const FIRST: &str = "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);\n";
const SECOND: &str = "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, mail TEXT);\n";

/// A host whose database lies in a directory of its own.
struct Site(World);

impl Site {
    fn new() -> Self {
        let world = World::new(&["h1"]);
        world.hosts_toml(
            "app = 'app'\n[schema]\nurl = 'sqlite:data/app.db'\ndesired = 'schema.sql'\nversions = 'sql'\n\
             [targets.view]\nhosts = ['h1']\n",
        );
        std::fs::create_dir(world.host("h1").path("data")).unwrap();
        let site = Self(world);
        site.own();
        site
    }

    fn host(&self) -> &Host {
        self.0.host("h1")
    }

    fn file(&self) -> PathBuf {
        self.host().path("data/app.db")
    }

    fn own(&self) {
        Login::get().own_tree(&self.host().path("data"));
    }

    fn sql(&self, sql: &str) -> String {
        let mut sqlite = std::process::Command::new("sqlite3");
        sqlite.arg("-bail").arg(self.file()).arg(sql);
        let said = Run::of(sqlite).ok();
        self.own();
        said.trim().to_owned()
    }

    fn deploy(&self, version: &str, files: &[(&str, &str)]) -> Run {
        let tarball = files.iter().fold(Tarball::new("app", version), |tarball, (path, text)| tarball.file(path, text));
        tarball.write(&self.0.project());
        self.0.release(&["view", &tarball.file_name()])
    }

    /// It is refused with these words, and nothing is another afterwards.
    #[track_caller]
    fn refused(&self, version: &str, files: &[(&str, &str)], words: &[&str]) {
        let before: State = self.host().state();
        let run = self.deploy(version, files).expect(3);
        for word in words.iter().chain(&["nothing was changed"]) {
            assert!(run.stderr.contains(word), "{word:?} is not in {}", run.stderr);
        }
        before.assert_same(&self.host().state());
    }
}

#[test]
fn a_file_that_is_no_database_or_can_not_be_written() {
    let site = Site::new();
    site.deploy("1.0", &[("schema.sql", FIRST)]).expect(0);
    site.sql("INSERT INTO person VALUES (1, 'ann')");
    let second = [("schema.sql", SECOND)];

    mode(&site.file(), 0o444);
    site.refused("1.1", &second, &["can't be upgraded", "the file can't be written"]);
    let only_read = site.0.release(&["schema", "diff", "view", "app-1.1.tar.gz"]).expect(1);
    assert!(only_read.stdout.contains("mail TEXT"), "who only looks need not write: {}", only_read.stderr);
    let rollback = site.0.release(&["schema", "upgrade", "view", "app-1.1.tar.gz"]).expect(3);
    assert!(rollback.stderr.contains("the file can't be written"), "{}", rollback.stderr);
    mode(&site.file(), 0o644);

    mode(&site.host().path("data"), 0o555);
    site.refused("1.1", &second, &["can't be upgraded", "its directory can't be written"]);
    mode(&site.host().path("data"), 0o755);

    let database = std::fs::read(site.file()).unwrap();
    for (bytes, said) in [
        (b"{\"not\": \"a database\"}".repeat(100), "file is not a database"),
        (database[..database.len() / 2].to_vec(), "database disk image is malformed"),
    ] {
        std::fs::write(site.file(), bytes).unwrap();
        site.refused("1.1", &second, &["sqlite:", said]);
    }
    std::fs::remove_file(site.file()).unwrap();
    std::fs::create_dir(site.file()).unwrap();
    site.refused("1.1", &second, &["unable to open"]);
    std::fs::remove_dir(site.file()).unwrap();

    std::fs::write(site.file(), database).unwrap();
    site.own();
    site.deploy("1.1", &second).expect(0);
    assert_eq!(site.sql("SELECT * FROM person"), "1|ann|");
}

#[test]
fn a_database_of_another_application() {
    let site = Site::new();
    site.deploy("1.0", &[("schema.sql", FIRST)]).expect(0);
    let toml = std::fs::read_to_string(site.0.project().join("hosts.toml")).unwrap();
    let shop = "app = 'shop'\nbase = '~/shop'\nartifact = 'app-{version}.tar.gz'";
    let toml_of_shop = toml.replace("app = 'app'", shop).replace("sqlite:data/", "sqlite:../data/");
    site.0.write("hosts.toml", toml_of_shop);
    site.host().write("shop/here", "");
    site.refused("1.1", &[("schema.sql", SECOND)], &["the database is that of `app`, and not of `shop`"]);
    site.0.write("hosts.toml", toml);
    site.deploy("1.1", &[("schema.sql", SECOND)]).expect(0);
}

#[test]
fn too_little_room_for_the_rows() {
    let site = Site::new();
    let Some(small) = SmallFs::over(&site.host().path("data"), 16, 1000) else { return };
    site.deploy("1.0", &[("schema.sql", FIRST)]).expect(0);
    site.sql("INSERT INTO person SELECT value, hex(randomblob(500)) FROM generate_series(1, 3000)");
    let rows = site.sql("SELECT count(*), sum(length(name)) FROM person");
    small.leave(crate::support::Room::Kib(4 << 10));
    site.refused("1.1", &[("schema.sql", SECOND)], &["too little room", "MiB"]);

    // What a step takes nobody knows before.
    let more = "INSERT INTO person (name) SELECT name FROM person; INSERT INTO person (name) SELECT name FROM person;";
    let full = site.deploy("1.1", &[("schema.sql", FIRST), ("sql/1.1/after/1.sql", more)]).expect(5);
    assert!(full.stderr.contains("database or disk is full"), "{}", full.stderr);
    assert_eq!(site.sql("SELECT count(*), sum(length(name)) FROM person"), rows);

    small.make_room();
    site.deploy("1.1", &[("schema.sql", SECOND)]).expect(0);
    assert_eq!(site.sql("SELECT count(*), sum(length(name)) FROM person"), rows);
}

#[test]
fn files_of_versions_that_can_not_be_run() {
    let site = Site::new();
    let one = ("sql/1.1/after/01-one.sql", "INSERT INTO person (name) VALUES ('one');\n");
    let schema = ("schema.sql", FIRST);
    site.deploy("1.1", &[schema, one]).expect(0);
    let refused = |file: (&str, &str), words: &[&str]| site.refused("1.2", &[schema, one, file], words);
    refused(("sql/1.1/after/1-two.sql", "SELECT 1;"), &["01-one.sql", "1-two.sql", "have the same number"]);
    refused(("sql/1.0/after/01.sql", "SELECT 1;"), &["sql/1.0/after/01.sql has not run", "give it a later version"]);
    refused(("sql/1.2/before/meta.pl", "#!/usr/bin/perl\n"), &["sql/1.2/before/meta.pl", "programs can't be part"]);
    refused(("sql/1.2/before/1.sql", "-- release: no-transaction\nVACUUM;"), &["no-transaction"]);
    refused(
        ("sql/1.2/before/1.sql", "CREATE TABLE a (\n  b int AUTO_INCREMENT)"),
        &["1.sql:2", "AUTO_INCREMENT is MySQL's"],
    );
    refused(
        ("sql/1.2/before/1.sql", "\nUPDATE missing SET a = 1;"),
        &["sql/1.2/before/1.sql:2", "no such table: missing"],
    );
    refused(
        ("sql/1.2/before/1.sql", "UPDATE person SET name = 'a';\nCOMMIT;\nSELECT 1;"),
        &["1.sql:2", "COMMIT: remove it"],
    );
    let edited = (one.0, "INSERT INTO person (name) VALUES ('One');\n");
    site.refused("1.2", &[schema, edited], &["01-one.sql", "edited since"]);
    assert_eq!(site.sql("SELECT name FROM person"), "one");
}

#[test]
fn schema_that_reaches_out_is_not_tried_by_a_plan() {
    // A plan of somebody else's artifact, as CI makes one of each pull request, must be nothing but reading.
    let site = Site::new();
    site.deploy("1.0", &[("schema.sql", FIRST)]).expect(0);
    let ran = site.0.root().join("ran");
    let table = |call: &str| format!("{FIRST}CREATE TABLE t AS SELECT {call} AS a;\n");
    let zip = format!(
        "CREATE VIRTUAL TABLE z USING zipfile('{0}');\nINSERT INTO z (name, data) VALUES ('a', 'b');\n",
        ran.display()
    );
    for text in [
        table(&format!("edit('x', 'touch {} #')", ran.display())),
        table(&format!("\"WriteFile\"('{}', 'x')", ran.display())),
        format!("{FIRST}ATTACH '{}' AS other;\nCREATE TABLE other.t (a);\n", ran.display()),
        format!("-- release: no-transaction\n{FIRST}VACUUM INTO '{}';\n", ran.display()),
        format!("{FIRST}.shell touch {}\n", ran.display()),
    ] {
        site.refused("1.1", &[("schema.sql", &text)], &["schema.sql:"]);
        assert!(!ran.exists(), "{text}");
    }
    site.refused("1.1", &[("schema.sql", FIRST), ("sql/1.1/before/1.sql", &zip)], &["zipfile"]);
    assert!(!ran.exists(), "{zip}");
}

#[test]
fn tables_of_another_version_of_release_stay_as_they_are() {
    // Two operators, one of them with a newer release: what it keeps in the database is not the application's to lose.
    let site = Site::new();
    site.deploy("1.0", &[("schema.sql", FIRST)]).expect(0);
    site.deploy("1.1", &[("schema.sql", &format!("{FIRST}CREATE TABLE more (a);\n"))]).expect(0);
    site.sql(
        "CREATE TABLE _release_later (a); CREATE INDEX _release_at ON _release_later (a); CREATE TRIGGER _release_on \
              AFTER INSERT ON _release_later BEGIN SELECT 1; END; CREATE VIEW _release_view AS SELECT 1;",
    );
    let theirs = || {
        site.sql("SELECT group_concat(name, ' ') FROM sqlite_schema WHERE tbl_name LIKE '\\_release\\_l%' ESCAPE '\\'")
    };
    let before = theirs();
    site.0.release(&["rollback", "view"]).expect(0);
    site.deploy("1.2", &[("schema.sql", &FIRST.replace("name TEXT", "name TEXT NOT NULL"))]).expect(0);
    assert_eq!(theirs(), before);
    assert_eq!(site.sql("SELECT count(*) FROM sqlite_schema WHERE name = '_release_view'"), "1");
    site.refused("1.3", &[("schema.sql", &format!("{FIRST}CREATE TABLE _release_mine (a);\n"))], &["_release_mine"]);
}
