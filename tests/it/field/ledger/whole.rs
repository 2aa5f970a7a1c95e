//! Nothing is judged by a part of the ledger.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::support::{Run, Tarball, World};

/// `view` and `prod`, which requires it, on this machine.
struct Site {
    world: World,
}

impl Site {
    fn new() -> Self {
        let world = World::new(&[]);
        let at = |name: &str| world.root().join(name).display().to_string();
        let (view, prod) = (at("view"), at("prod"));
        world.hosts_toml(&format!(
            "app = \"app\"\nkeep = 2\n[targets.view]\nhosts = [\"local:{view}\"]\n[targets.prod]\nhosts = [\"local:{prod}\"]\nrequires = \"view\"\n"
        ));
        Self { world }
    }

    #[track_caller]
    fn release(&self, args: &[&str]) -> Run {
        self.world.release(args)
    }

    /// Makes a version and deploys it to `view`.
    #[track_caller]
    fn view(&self, version: &str) {
        Tarball::new("app", version).file("page", version).write(&self.world.project().join("dist"));
        self.release(&["view", version]).expect(0);
    }

    /// The names of what is in `releases/` of `view`.
    fn releases(&self) -> Vec<String> {
        let entries = fs::read_dir(self.world.root().join("view/releases")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn ledger(&self) -> PathBuf {
        self.world.root().join("view/.release/ledger")
    }

    /// A year of other operations: flags by hand, or deploys of releases that are pruned by now.
    fn a_year_passes(&self, op: &str) {
        let mut text = fs::read_to_string(self.ledger()).unwrap();
        for n in 0..150 {
            let mut record =
                json!({"seq": 100 + n, "id": format!("20250101-000000-{op}-{n}"), "op": op, "outcome": "committed"});
            if op == "deploy" {
                record["release"] = json!(format!("20250101-000000-0.{n}"));
                record["sha256"] = json!(format!("{n:064}"));
            }
            text.push_str(&format!("{record}\n"));
        }
        fs::write(self.ledger(), text).unwrap();
    }
}

/// A flag that a cron job raises and lowers each night fills a ledger; what was bad in spring is bad in summer.
#[test]
fn bad_release_of_long_ago_is_still_refused() {
    let site = Site::new();
    site.view("1.0");
    site.view("1.1");
    site.release(&["rollback", "view", "-m", "loses mail"]).expect(0);
    site.a_year_passes("maintenance");
    let run = site.release(&["plan", "prod", "1.1"]).expect(3);
    assert!(
        run.stderr.contains("1.1 was rolled back on view by") && run.stderr.contains("loses mail"),
        "{}",
        run.stderr
    );
    site.release(&["plan", "prod", "1.0"]).expect(0);
}

/// The same when nothing but the ledger knows of it any more: its directory went with the deploys behind it.
#[test]
fn bad_release_that_is_pruned_is_still_refused() {
    let site = Site::new();
    site.view("1.0");
    site.view("1.1");
    site.release(&["rollback", "view", "-m", "loses mail"]).expect(0);
    ["1.2", "1.3", "1.4", "1.5", "1.6"].iter().for_each(|version| site.view(version));
    let left = site.releases();
    assert!(!left.iter().any(|name| name.ends_with("-1.1")), "{left:?}");
    site.a_year_passes("maintenance");
    let run = site.release(&["plan", "prod", "1.1"]).expect(3);
    assert!(
        run.stderr.contains("1.1 was rolled back on view by") && run.stderr.contains("loses mail"),
        "{}",
        run.stderr
    );
}

/// Capistrano users go back "to what we had before summer": it was good, and its directory is long pruned.
#[test]
fn good_release_of_long_ago_is_still_good() {
    let site = Site::new();
    site.view("1.0");
    for version in ["1.1", "1.2", "1.3", "1.4", "1.5"] {
        site.view(version);
    }
    let left = site.releases();
    assert!(!left.iter().any(|name| name.ends_with("-1.0")), "{left:?}");
    site.a_year_passes("maintenance");
    site.release(&["plan", "prod", "1.0"]).expect(0);
    let run = site.release(&["plan", "prod", "1.5"]).expect(0);
    assert!(!run.stdout.contains("warning"), "{}", run.stdout);
}

/// What was left by a rollback stands in no line of releases, however long ago it was: a rollback never goes there.
#[test]
fn rollback_of_long_ago_is_remembered_by_the_next() {
    let site = Site::new();
    for version in ["1.0", "1.1"] {
        site.view(version);
    }
    site.release(&["pin", "view", "1.1"]).expect(0);
    site.release(&["pin", "view", "1.0"]).expect(0);
    site.release(&["rollback", "view"]).expect(0);
    site.view("1.2");
    site.a_year_passes("pin-nothing");
    let plan = site.release(&["rollback", "view", "--dry-run", "--json"]).expect(0).json();
    assert!(plan["hosts"][0]["release"].as_str().unwrap().ends_with("-1.0"), "{plan}");
    // And the pins of a year ago hold.
    ["1.3", "1.4", "1.5", "1.6"].iter().for_each(|version| site.view(version));
    let left = site.releases();
    for pinned in ["-1.0", "-1.1"] {
        assert!(left.iter().any(|name| name.ends_with(pinned)), "{pinned}: {left:?}");
    }
}

/// A deploy on each merge makes thousands of lines: what is shown is told to be a part, and `-n` shows as many as it says.
#[test]
fn log_says_how_many_are_older_and_shows_them_when_asked() {
    let site = Site::new();
    site.a_year_passes_before_anything();
    let run = site.release(&["log", "view", "-n", "7"]).expect(0);
    assert_eq!(run.stdout.matches("deploy-").count(), 7, "{}", run.stdout);
    assert!(run.stdout.contains("144 older: release log view -n 151"), "{}", run.stdout);
    let all = site.release(&["log", "view", "-n", "151"]).expect(0);
    assert!(!all.stdout.contains("older") && all.stdout.contains("20250101-000000-deploy-0 "), "{}", all.stdout);
    let json = site.release(&["log", "view", "-n", "7", "--json"]).expect(0).json();
    assert_eq!((json["operations"].as_array().unwrap().len(), &json["older"]), (7, &json!(144)));
}

impl Site {
    fn a_year_passes_before_anything(&self) {
        self.view("1.0");
        let live = fs::read_to_string(self.ledger()).unwrap();
        fs::write(self.ledger(), "").unwrap();
        self.a_year_passes("deploy");
        let year = fs::read_to_string(self.ledger()).unwrap();
        fs::write(self.ledger(), year + &live).unwrap();
    }
}

/// A tarball from elsewhere names no commit; promoted just now, it is not "unknown" how far prod is behind.
#[test]
fn same_bytes_on_both_targets_are_equal() {
    let site = Site::new();
    site.view("1.0");
    site.release(&["promote", "view", "prod"]).expect(0);
    let run = site.release(&["status"]).expect(0);
    assert!(run.stdout.contains("prod serves what view serves") && !run.stdout.contains("not known"), "{}", run.stdout);
    let json = site.release(&["status", "--json"]).expect(0).json();
    assert_eq!((&json["behind"][0]["commits"], &json["behind"][0]["ahead"]), (&json!(0), &json!(0)), "{json}");
    site.view("1.1");
    let run = site.release(&["status"]).expect(0);
    assert!(run.stdout.contains("is not known: the commit of 1.0"), "{}", run.stdout);
}
