//! What is tried on the scratch database, and what is believed of it.

use release::schema::{Client, Error, Output, Refusal, Request, Upgrade, Wanted, sqlite};

use super::Database;
use super::database::wait;

/// Notes what is run, and may say that something else came of it.
struct Between<'d> {
    database: &'d mut Database,
    scripts: Vec<String>,
    lies: fn(&str) -> String,
}

impl Client for Between<'_> {
    type Error = String;

    async fn run(&mut self, script: &str) -> Result<Output, String> {
        self.scripts.push(script.to_owned());
        let output = self.database.shell(script);
        Ok(Output { stdout: (self.lies)(&output.stdout), ..output })
    }
}

fn plan(database: &mut Database, wanted: &str, lies: fn(&str) -> String) -> (Result<Upgrade, Refusal>, Vec<String>) {
    let mut between = Between { database, scripts: Vec::new(), lies };
    let wanted = Wanted::Text { file: "schema.sql", text: wanted };
    let request = Request { wanted, before: &[], after: &[], operation: "trial" };
    let planned = wait(sqlite::plan(&mut between, &request)).map_err(|error| match error {
        Error::Refused(refusal) => *refusal,
        Error::Client(what) => panic!("{what}"),
    });
    (planned, between.scripts)
}

fn tables(count: usize) -> String {
    let table = |n: usize| {
        format!(
            "CREATE TABLE t{n} (id INTEGER PRIMARY KEY, a TEXT, up REFERENCES t{});\nCREATE INDEX i{n} ON t{n} (a);\n",
            n.saturating_sub(1)
        )
    };
    let others = "CREATE VIEW v AS SELECT a FROM t7;\nCREATE VIEW w AS SELECT a FROM v;\n\
                  CREATE TRIGGER g AFTER INSERT ON t90 BEGIN DELETE FROM t7; END;\n";
    (0..count).map(table).collect::<String>() + others
}

#[test]
fn only_what_the_ways_reach_is_made_again_and_all_of_it_is_compared() {
    let first = tables(200);
    let wanted = first
        .replace("CREATE TABLE t7 (id INTEGER PRIMARY KEY, a TEXT,", "CREATE TABLE t7 (id INTEGER PRIMARY KEY, a INT,");
    let mut database = Database::new(&first);
    database.sql("INSERT INTO t7 (a) VALUES ('x'), ('7'); INSERT INTO t8 (a, up) VALUES ('y', 1);");
    let (texts, rows) = (database.texts(), database.rows());
    let (planned, scripts) = plan(&mut database, &wanted, str::to_owned);
    let upgrade = planned.unwrap();
    let tried = scripts.last().unwrap().split(" tried'").next().unwrap();
    for reached in
        ["TABLE t7 ", "INDEX i7 ", "TABLE t8 ", "INDEX i8 ", "TABLE t90 ", "VIEW v ", "VIEW w ", "TRIGGER g "]
    {
        assert!(tried.contains(&format!("CREATE {reached}")), "{reached} is left out");
    }
    for other in ["TABLE t6 ", "INDEX i6 ", "TABLE t150 "] {
        assert!(!tried.contains(&format!("CREATE {other}")), "{other} is made for nothing");
    }
    assert!(database.go(&upgrade.forward).ok());
    assert_eq!(database.meaning(), Database::new(&wanted).meaning());
    assert!(plan(&mut database, &wanted, str::to_owned).0.unwrap().is_empty());
    assert!(database.go(upgrade.backward.as_ref().unwrap()).ok());
    assert_eq!((database.texts(), database.rows()), (texts, rows));
}

/// Without the index that the way back makes last.
fn a_way_back_without(printed: &str) -> String {
    let (before, home) = printed.split_once(" home\n").unwrap_or((printed, ""));
    let lines = home.lines().filter(|line| !line.contains("CREATE INDEX late"));
    if home.is_empty() { before.to_owned() } else { format!("{before} home\n{}", lines.collect::<Vec<_>>().join("\n")) }
}

#[test]
fn a_way_back_that_leads_elsewhere_is_no_way() {
    let mut database = Database::new("CREATE TABLE a (b TEXT UNIQUE NOT NULL, c); CREATE INDEX late ON a (c);");
    let wanted =
        "CREATE TABLE a (b TEXT UNIQUE NOT NULL, c INT); CREATE INDEX late ON a (c); CREATE INDEX other ON a (b);";
    let (planned, _) = plan(&mut database, wanted, a_way_back_without);
    let Err(Refusal::Unproved(what)) = planned else { panic!("{planned:?}") };
    assert_eq!(what, "the way back ends with another schema: index late");

    // And if the trial were wrong: nothing is committed that is not what was there before.
    let mut upgrade = database.ask(wanted).unwrap();
    assert!(database.go(&upgrade.forward).ok());
    let (texts, back) = (database.texts(), upgrade.backward.as_mut().unwrap());
    back.statements.retain(|statement| !statement.contains("INDEX late"));
    let ran = database.go(back);
    assert!(!ran.ok() && ran.stderr.contains("the schema did not become what it should be"), "{ran:?}");
    assert_eq!(database.texts(), texts);
}
