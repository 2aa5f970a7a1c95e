//! The database of the target that is promoted to moves with the code, there and back.

use super::Pair;
use crate::support::{Login, Run, Tarball};

const OLD: &str = "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);\n";
const NEW: &str = "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, email TEXT);\n";

impl Pair {
    fn with_database() -> Self {
        let pair = Self::new("");
        pair.database("");
        pair
    }

    fn database(&self, prod: &str) {
        self.world.hosts_toml(&format!(
            "app = \"app\"\n[schema]\nurl = \"sqlite:shared/app.db\"\ndesired = \"schema.sql\"\n\
             [targets.view]\nhosts = [\"h1\"]\n[targets.prod]\nhosts = [\"h3\"]\n{prod}\n"
        ));
    }

    fn view_with(&self, version: &str, schema: &str) {
        Tarball::new("app", version).file("schema.sql", schema).write(&self.world.project().join("dist"));
        self.release(&["view", version]).expect(0);
    }

    /// The columns of `person` on `prod`.
    fn columns(&self) -> String {
        let mut sqlite = self.world.command("sqlite3");
        sqlite.arg(self.world.host("h3").path("shared/app.db"));
        sqlite.arg("SELECT group_concat(name) FROM pragma_table_info('person')");
        let columns = Run::of(sqlite).ok();
        Login::get().own_tree(&self.world.host("h3").path("shared"));
        columns
    }
}

#[test]
fn it_is_upgraded_and_goes_back_with_the_release() {
    let pair = Pair::with_database();
    pair.view_with("1.0", OLD);
    pair.promote(&[]).expect(0);
    pair.view_with("1.1", NEW);
    let sql = pair.promote(&["--dry-run", "--sql"]).expect(0).stdout;
    assert!(sql.contains("email"), "{sql}");
    pair.promote(&[]).expect(0);
    assert_eq!((pair.columns().as_str(), pair.live().as_deref()), ("id,name,email", Some("1.1")));
    pair.release(&["rollback", "prod", "--allow", "drops-data"]).expect(0);
    assert_eq!((pair.columns().as_str(), pair.live().as_deref()), ("id,name", Some("1.0")));
}

#[test]
fn what_fails_leaves_neither_schema_nor_way_back() {
    let pair = Pair::with_database();
    pair.view_with("1.0", OLD);
    pair.promote(&[]).expect(0);
    pair.view_with("1.1", NEW);
    pair.database("[targets.prod.activate]\nrun = [\"false\"]");
    pair.promote(&[]).expect(5);
    assert_eq!((pair.columns().as_str(), pair.live().as_deref()), ("id,name", Some("1.0")));
    let host = pair.world.host("h3");
    for (place, expected) in [(".release/schema", 1), (".release/backups", 0)] {
        let left = std::fs::read_dir(host.path(place)).map_or(0, Iterator::count);
        assert!(left <= expected, "{place} has {left}");
    }
}
