//! The story that the whole is for: a release brings a schema, the next one another, and one step back brings all of it back,
//! over a real connection.

use crate::support::{Login, Postgres, Run, Tarball, World};

/// A target whose one host has the database.
struct Story {
    world: World,
    psql: Box<dyn Fn(&str) -> String>,
}

const POSTGRES: [&str; 2] = [
    "CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE person (id integer PRIMARY KEY, name text NOT NULL, mood mood NOT NULL DEFAULT 'ok');
CREATE TABLE old_note (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES person, note text);
",
    "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE person (id integer PRIMARY KEY, name text NOT NULL, mood mood NOT NULL DEFAULT 'ok', email text, seen timestamptz);
CREATE UNIQUE INDEX person_email ON person (lower(email));
",
];

const SQLITE: [&str; 2] = [
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, mood TEXT NOT NULL DEFAULT 'ok' CHECK (mood IN ('sad', 'ok')));
CREATE TABLE old_note (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person, note TEXT);
",
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, seen TEXT,
  mood TEXT NOT NULL DEFAULT 'ok' CHECK (mood IN ('sad', 'ok', 'happy')));
CREATE UNIQUE INDEX person_email ON person (lower(email));
",
];

impl Story {
    fn sqlite() -> Self {
        let mut story = Self::new("sqlite:app.db", Box::new(|_| String::new()));
        let file = story.world.host("h1").path("app.db");
        story.psql = Box::new(move |sql| {
            let mut sqlite = std::process::Command::new("sqlite3");
            sqlite.arg("-bail").arg(&file).arg(sql);
            let said = Run::of(sqlite).ok();
            Login::get().own_tree(file.parent().unwrap());
            said
        });
        story
    }

    fn postgres(database: &str) -> Self {
        let server = Postgres::shared();
        server.create(database);
        let name = database.to_owned();
        Self::new(&server.url(database), Box::new(move |sql| Postgres::shared().psql(&name, sql)))
    }

    fn new(url: &str, psql: Box<dyn Fn(&str) -> String>) -> Self {
        let world = World::new(&["h1"]);
        world.hosts_toml(&format!(
            "app = 'app'\n[env]\nvars = {{ DATABASE_URL = \"{url}\" }}\n[maintenance]\nflag = 'down'\n\
             [schema]\nurl = '$DATABASE_URL'\ndesired = 'schema.sql'\n\
             [activate]\nrun = ['test ! -e BAD']\n[targets.view]\nhosts = ['h1']\n"
        ));
        Self { world, psql }
    }

    fn artifact(&self, version: &str, schema: &str) -> String {
        self.bring(&Tarball::new("app", version).file("schema.sql", schema))
    }

    fn bring(&self, tarball: &Tarball) -> String {
        tarball.write(&self.world.project()).to_str().unwrap().to_owned()
    }

    fn deploy(&self, path: &str, more: &[&str]) -> Run {
        self.world.release(&[&["view", path], more].concat())
    }

    fn rows(&self) -> String {
        (self.psql)("SELECT id || name || mood FROM person ORDER BY id; SELECT id || note FROM old_note ORDER BY id;")
    }
}

#[test]
fn code_and_schema_go_forward_and_back_in_one_step() {
    there_and_back(&Story::postgres("story"), POSTGRES, "public.old_note (1 row");
}

#[test]
fn so_they_do_with_sqlite() {
    there_and_back(&Story::sqlite(), SQLITE, "old_note (1 row");
}

fn there_and_back(story: &Story, schemas: [&str; 2], dropped: &str) {
    let first = story.artifact("1.0", schemas[0]);
    story.deploy(&first, &[]).expect(0);
    (story.psql)(
        "INSERT INTO person VALUES (1, 'ann', 'sad'), (2, 'bob', 'ok'); INSERT INTO old_note VALUES (7, 2, 'hi')",
    );
    let before = story.rows();
    let second = story.artifact("1.1", schemas[1]);

    let refused = story.deploy(&second, &[]).expect(3);
    assert!(refused.stderr.contains("drops-data: table ") && refused.stderr.contains(dropped), "{}", refused.stderr);
    assert_eq!(story.rows(), before);

    let sql = story.deploy(&second, &["--allow", "drops-data", "--dry-run", "--sql"]).expect(0);
    assert!(sql.stdout.contains("email"), "{}", sql.stdout);
    assert_eq!(story.rows(), before, "a plan changes nothing");

    story.deploy(&second, &["--allow", "drops-data"]).expect(0);
    (story.psql)("UPDATE person SET email = 'A@x' WHERE id = 1; UPDATE person SET mood = 'sad' WHERE id = 2");
    story.world.release(&["schema", "diff", "view", &second]).expect(0);
    let differs = story.world.release(&["schema", "diff", "view", &first]).expect(1);
    assert!(differs.stdout.contains("old_note"), "{}", differs.stdout);
    assert!(differs.stderr.contains("takes --allow drops-data"), "{}", differs.stderr);
    let allowed = story.world.release(&["schema", "diff", "view", &first, "--allow", "drops-data"]).expect(1);
    assert!(!allowed.stderr.contains("--allow"), "{}", allowed.stderr);

    let told = story.world.release(&["rollback"]).expect(3);
    assert!(told.stderr.contains("email"), "{}", told.stderr);
    story.world.release(&["rollback", "--allow", "drops-data"]).expect(0);
    assert_eq!(story.world.host("h1").live().unwrap().rsplit('-').next(), Some("1.0"));
    assert_eq!(story.rows(), before.replace("2bobok", "2bobsad"));
    story.world.release(&["schema", "diff", "view", &first]).expect(0);

    story.world.release(&["forward"]).expect(0);
    story.world.release(&["schema", "diff", "view", &second]).expect(0);
}

#[test]
fn a_deploy_that_fails_behind_the_schema_takes_it_back() {
    fails(&Story::postgres("fails"), POSTGRES);
}

#[test]
fn so_it_does_with_sqlite() {
    fails(&Story::sqlite(), SQLITE);
}

fn fails(story: &Story, schemas: [&str; 2]) {
    story.deploy(&story.artifact("1.0", schemas[0]), &[]).expect(0);
    (story.psql)("INSERT INTO person VALUES (1, 'ann', 'sad'); INSERT INTO old_note VALUES (7, 1, 'hi')");
    let before = story.rows();
    let bad = story.bring(&Tarball::new("app", "1.1").file("schema.sql", schemas[1]).file("BAD", ""));
    story.deploy(&bad, &["--allow", "drops-data"]).expect(5);
    assert_eq!(story.rows(), before);
    story.world.release(&["schema", "diff", "view", "app-1.0.tar.gz"]).expect(0);
    assert!(!story.world.host("h1").path("down").exists());
}

#[test]
fn the_other_hosts_wait_behind_their_flags_until_the_schema_is_there() {
    let server = Postgres::shared();
    server.create("fleet");
    let world = World::new(&["h1", "h2"]);
    world.hosts_toml(&format!(
        "app = 'app'\n[env]\nvars = {{ DATABASE_URL = \"{}\" }}\n[maintenance]\nflag = 'down'\n\
         [schema]\nurl = '$DATABASE_URL'\ndesired = 'schema.sql'\n\
         [activate]\nrun = ['ls ~/down']\n\
         [targets.view]\nhosts = ['h1', 'h2']\nprimary = 'h2'\nstrategy = 'rolling'\nbatch = 1\n",
        server.url("fleet")
    ));
    let deploy = |version: &str, schema: &str| {
        let tarball = Tarball::new("app", version).file("schema.sql", schema);
        tarball.write(&world.project());
        world.release(&["view", &tarball.file_name(), "--allow", "drops-data"])
    };
    deploy("1.0", POSTGRES[0]).expect(0);
    let run = deploy("1.1", POSTGRES[1]).expect(0);
    assert!(run.stderr.contains("all hosts switch at once"), "{}", run.stderr);
    let journal = |name: &str| {
        let host = world.host(name);
        let logs = std::fs::read_dir(host.path(".release/logs")).unwrap().map(|entry| entry.unwrap().path());
        let last = logs.max().unwrap();
        let read = |file: &str| std::fs::read_to_string(last.join(file)).unwrap();
        (read("plan"), read("journal"))
    };
    // By the clock of the machine that both are on.
    let when = |name: &str, step: &str, word: &str| -> f64 {
        let (plan, journal) = journal(name);
        let number =
            plan.lines().filter(|line| line.starts_with("step ")).position(|line| line.starts_with(step)).unwrap() + 1;
        let wanted = format!("{word} {number}");
        let line = journal.lines().find(|line| line.split_once(' ').is_some_and(|(_, said)| said == wanted)).unwrap();
        line.split(' ').next().unwrap().parse().unwrap()
    };
    assert!(when("h2", "step schema", "do") >= when("h1", "step flag", "ok"), "h1 still serves");
    assert!(when("h1", "step swap", "do") >= when("h2", "step schema", "ok"), "h1 goes on without the schema");
    assert_eq!(journal("h1").0.matches("step schema").count(), 0, "once for each database");
    world.release(&["rollback", "--allow", "drops-data"]).expect(0);
    let status = world.release(&["status", "--json"]).expect(0).json();
    let hosts = &status["targets"][0]["hosts"];
    assert!(hosts[0]["schema"].is_null(), "{hosts}");
    assert_eq!(
        (&hosts[1]["schema"]["drift"], &hosts[1]["schema"]["engine"]),
        (&false.into(), &"postgresql".into()),
        "{hosts}"
    );
    server.psql("fleet", "ALTER TABLE person ADD COLUMN by_hand text");
    let status = world.release(&["status"]).expect(0);
    assert!(status.stdout.contains("changed by hand"), "{}", status.stdout);
    let refused = world.release(&["forward"]).expect(3);
    assert!(refused.stderr.contains("changed by hand") && refused.stderr.contains("schema diff"), "{}", refused.stderr);
}

#[test]
fn files_of_versions_run_once_in_order_and_have_a_way_back() {
    let server = Postgres::shared();
    server.create("versions");
    server.psql("versions", "CREATE TABLE post (id integer PRIMARY KEY); INSERT INTO post VALUES (1)");
    let world = World::new(&["h1"]);
    let toml = |more: &str| {
        world.hosts_toml(&format!(
            "app = 'app'\n[env]\nvars = {{ DATABASE_URL = \"{}\" }}\n{more}[targets.view]\nhosts = ['h1']\n",
            server.url("versions")
        ));
    };
    let deploy = |version: &str, files: &[(&str, &str)]| {
        let tarball = files.iter().fold(Tarball::new("app", version), |tarball, (path, text)| tarball.file(path, text));
        tarball.write(&world.project());
        world.release(&["view", &tarball.file_name()])
    };
    // What is live was deployed before there was a [schema].
    toml("");
    deploy("1.050", &[]).expect(0);
    toml("[schema]\nurl = '$DATABASE_URL'\nversions = 'sql'\n");
    let old = ("sql/1.050/00-post.sql", "CREATE TABLE post (id integer PRIMARY KEY);\n");
    let cols = ("sql/1.051/00-blog-new-cols.sql", "BEGIN;\nALTER TABLE post ADD COLUMN title text;\nCOMMIT;\n");
    let fill = ("sql/1.051/01-fill.sql", "UPDATE post SET title = 'post ' || id;\n");
    let run = deploy("1.051", &[old, cols, fill]).expect(0);
    assert!(run.stderr.contains("up to 1.050, which is live"), "{}", run.stderr);
    assert_eq!(server.psql("versions", "SELECT * FROM post").trim(), "1|post 1");
    deploy("1.052", &[old, cols, fill]).expect(0);
    let edited = deploy("1.053", &[old, (cols.0, "ALTER TABLE post ADD COLUMN titel text;"), fill]).expect(3);
    assert!(edited.stderr.contains("edited since"), "{}", edited.stderr);
    let nested = deploy("1.053", &[old, cols, fill, ("sql/1.053/1.sql", "SELECT 1; COMMIT; SELECT 2;")]).expect(3);
    assert!(nested.stderr.contains("sql/1.053/1.sql:1"), "{}", nested.stderr);
    let run = world.release(&["rollback", "--steps", "2", "--allow", "drops-data"]).expect(0);
    assert!(run.stderr.contains("1.050 is live"), "{}", run.stderr);
    assert_eq!(server.psql("versions", "SELECT * FROM post").trim(), "1");
    deploy("1.053", &[old, cols, fill]).expect(0);
    assert_eq!(server.psql("versions", "SELECT * FROM post").trim(), "1|post 1", "what was taken back runs again");
}

#[test]
fn a_backup_is_made_and_brings_everything_back() {
    let story = Story::postgres("backups");
    story.deploy(&story.artifact("1.0", POSTGRES[0]), &[]).expect(0);
    (story.psql)("INSERT INTO person VALUES (1, 'ann', 'sad'); INSERT INTO old_note VALUES (7, 1, 'hi')");
    let before = story.rows();
    story.world.release(&["schema", "backup", "view"]).expect(0);
    (story.psql)("DELETE FROM old_note; DROP TABLE old_note; CREATE TABLE extra ()");
    let status = story.world.release(&["schema", "status", "view", "--json"]).expect(0).json();
    let names = status["backups"].as_array().unwrap().iter().map(|backup| backup["name"].as_str().unwrap().to_owned());
    let backup = names.clone().find(|name| name.contains("-backup-")).unwrap();
    assert_eq!(status["drift"], true, "{status}");
    let none = story.world.release(&["schema", "restore", "view"]).expect(2);
    assert!(none.stderr.contains(&backup), "{}", none.stderr);
    story.world.release(&["schema", "restore", "view", &backup]).expect(0);
    assert_eq!(story.rows(), before);
    assert_eq!((story.psql)("SELECT to_regclass('extra') IS NULL").trim(), "t");
    let status = story.world.release(&["schema", "status", "view", "--json"]).expect(0).json();
    assert_eq!((&status["drift"], status["backups"].as_array().unwrap().len()), (&false.into(), 3), "{status}");
    // What a power cut may leave of one.
    story.world.host("h1").write(&format!(".release/backups/{backup}"), "");
    let run = story.world.release(&["schema", "restore", "view", &backup]);
    assert!(run.code != 0 && run.stderr.contains("is empty"), "{run:?}");
    assert_eq!(story.rows(), before);
}

#[test]
fn any_two_schemas_are_compared_without_a_target() {
    let server = Postgres::shared();
    ["left", "right"].iter().for_each(|name| server.create(name));
    server.psql("left", "CREATE TABLE a (id integer); CREATE TABLE gone (id integer); INSERT INTO gone VALUES (1)");
    let world = World::new(&[]);
    world.write("wanted.sql", "CREATE TABLE a (id integer, name text);");
    let diff = |to: &str| world.release(&["schema", "diff", "--from", &server.url("left"), "--to", to]);
    let run = diff("wanted.sql").expect(1);
    assert!(run.stdout.contains("ADD COLUMN name text"), "{}", run.stdout);
    server.psql("right", "CREATE TABLE a (id integer)");
    let back = diff(&server.url("right")).expect(1);
    assert!(back.stdout.contains("DROP TABLE public.gone"), "{}", back.stdout);
    server.psql("left", &run.stdout);
    diff("wanted.sql").expect(0);
    let schemas = "SELECT string_agg(nspname, ' ') FROM pg_namespace WHERE nspname LIKE '%release%'";
    assert_eq!(server.psql("left", schemas).trim(), "_release_trash", "only the rows of what went stay behind");
    let wrong = diff("missing.sql").expect(2);
    assert!(wrong.stderr.contains("missing.sql"), "{}", wrong.stderr);
}

#[test]
fn the_applications_own_tool_upgrades_and_goes_back() {
    let world = World::new(&["h1"]);
    world.hosts_toml(
        "app = 'app'\n[schema]\ncommand = { check = 'cmp -s want ~/schema', up = 'cp ~/schema ~/was; cp want ~/schema', down = 'cp ~/was ~/schema' }\n\
         [activate]\nrun = ['test ! -e BAD']\n[targets.view]\nhosts = ['h1']\n",
    );
    let deploy = |tarball: Tarball| {
        tarball.write(&world.project());
        world.release(&["view", &tarball.file_name()])
    };
    let host = world.host("h1");
    host.write("schema", "0");
    deploy(Tarball::new("app", "1.0").file("want", "1")).expect(0);
    assert_eq!(host.read("schema").unwrap(), "1");
    deploy(Tarball::new("app", "1.1").file("want", "2").file("BAD", "")).expect(5);
    assert_eq!(host.read("schema").unwrap(), "1");
    deploy(Tarball::new("app", "1.1.1").file("want", "2")).expect(0);
    world.release(&["rollback"]).expect(0);
    assert_eq!(host.read("schema").unwrap(), "1", "by the way down of the newer release");
    world.release(&["forward"]).expect(0);
    assert_eq!(host.read("schema").unwrap(), "2");
    world.release(&["rollback"]).expect(0);
    host.write("was", "untouched");
    deploy(Tarball::new("app", "1.2").file("want", "1").file("BAD", "")).expect(5);
    assert_eq!((host.read("schema").unwrap(), host.read("was").unwrap()), ("1".into(), "untouched".into()));
}

#[test]
fn steps_go_with_the_difference_in_one_transaction() {
    steps(&Story::postgres("steps"), ["integer", "public"]);
}

#[test]
fn so_they_go_with_sqlite() {
    steps(&Story::sqlite(), ["INTEGER", "main"]);
}

fn steps(story: &Story, [id, space]: [&str; 2]) {
    let toml = std::fs::read_to_string(story.world.project().join("hosts.toml")).unwrap();
    story.world.write("hosts.toml", toml.replace("desired =", "versions = 'sql'\ndesired ="));
    let tarball = |version: &str, columns: &str| {
        let schema = format!("CREATE TABLE person ({columns});\n");
        Tarball::new("app", version).file("schema.sql", schema.replace("ID", &format!("id {id} PRIMARY KEY")))
    };
    let rows = || (story.psql)("SELECT * FROM person ORDER BY id").trim().to_owned();
    let deploy = |tarball: &Tarball, more: &[&str]| story.deploy(&story.bring(tarball), more);
    deploy(&tarball("1.0", "ID, name text"), &[]).expect(0);
    (story.psql)("INSERT INTO person VALUES (1, 'ann'), (2, NULL)");

    let names = "BEGIN;\nUPDATE person SET name = 'nobody' WHERE name IS NULL;\nCOMMIT;\n";
    let with_steps = |tarball: Tarball| {
        tarball
            .file("sql/1.1/before/01-names.sql", names)
            .file("sql/1.1/after/01-mail.sql", format!("UPDATE {space}.person SET mail = name || '@x';\n"))
            .file("sql/1.1/after/02-more.sql", "INSERT INTO person VALUES (3, 'eve', 'e@x');\n")
    };
    let both = with_steps(tarball("1.1", "ID, name text NOT NULL, mail text"));
    let sql = deploy(&both, &["--dry-run", "--sql"]).expect(0).stdout;
    let place = |text: &str| sql.rfind(text).unwrap_or_else(|| panic!("{text} is not in {sql}"));
    assert!(place("'nobody'") < place("mail text") && place("mail text") < place("'e@x'"), "{sql}");
    deploy(&both, &[]).expect(0);
    assert_eq!(rows(), "1|ann|ann@x\n2|nobody|nobody@x\n3|eve|e@x");

    // Each runs once; and what fails takes back all of them, and the difference.
    let before = rows();
    let bad = with_steps(tarball("1.2", "ID, name text NOT NULL, mail text, age int"))
        .file("sql/1.2/before/1.sql", "DELETE FROM person WHERE id = 1;\n")
        .file("sql/1.2/after/1.sql", "INSERT INTO person VALUES (3, 'twice', NULL, 4);\n");
    let failed = deploy(&bad, &["--allow", "drops-data"]).expect(5);
    assert!(failed.stderr.to_lowercase().contains("unique constraint"), "{}", failed.stderr);
    assert_eq!(rows(), before);
    deploy(&with_steps(tarball("1.3", "ID, name text NOT NULL, mail text, age int")), &[]).expect(0);
    assert_eq!(rows(), "1|ann|ann@x|\n2|nobody|nobody@x|\n3|eve|e@x|");
    story.world.release(&["rollback"]).expect(0);
    assert_eq!(rows(), before);
}
