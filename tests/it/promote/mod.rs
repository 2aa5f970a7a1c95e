//! `release promote FROM TO`: the very bytes that are live and good on one target go to another.

mod branch;
mod fetched;
mod refused;
mod requires;
mod schema;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{HostSpec, Run, Tarball, World};

/// Two hosts of `view`, one of `prod`.
struct Pair {
    world: World,
}

impl Pair {
    /// With these keys for `prod`.
    fn new(prod: &str) -> Self {
        Self::of(["h1", "h2", "h3"].map(HostSpec::new).into(), prod)
    }

    fn of(hosts: Vec<HostSpec>, prod: &str) -> Self {
        let pair = Self { world: World::of(hosts) };
        pair.toml(prod);
        pair
    }

    fn toml(&self, prod: &str) {
        self.world.hosts_toml(&format!(
            "app = \"app\"\nkeep = 2\n[targets.view]\nhosts = [\"h1\", \"h2\"]\n[targets.prod]\nhosts = [\"h3\"]\n{prod}\n"
        ));
    }

    /// Where a version lies in `dist/`.
    fn dist(&self, version: &str) -> PathBuf {
        self.world.project().join(format!("dist/app-{version}.tar.gz"))
    }

    #[track_caller]
    fn release(&self, args: &[&str]) -> Run {
        self.world.release(args)
    }

    /// Builds a version and deploys it to `view`.
    #[track_caller]
    fn view(&self, version: &str) {
        Tarball::new("app", version).file("page", version).write(&self.world.project().join("dist"));
        self.release(&["view", version]).expect(0);
    }

    #[track_caller]
    fn promote(&self, more: &[&str]) -> Run {
        self.release(&[&["promote", "view", "prod"], more].concat())
    }

    /// What `prod` serves.
    fn live(&self) -> Option<String> {
        self.world.host("h3").read("live/VERSION").map(|text| text.trim().to_owned())
    }

    /// The newest record of `prod`'s ledger.
    #[track_caller]
    fn record(&self) -> Value {
        let log = self.release(&["log", "prod", "--json"]).expect(0).json();
        log["operations"][0]["record"].clone()
    }
}

#[test]
fn the_bytes_of_dist_go_where_they_are_to_go() {
    let pair = Pair::new("requires = \"view\"");
    pair.view("1.0");
    pair.view("1.1");
    let run = pair.promote(&["-m", "the talk is over"]).expect(0);
    assert!(
        run.stderr.contains("promote 1.1 to prod") && run.stderr.contains("1.1 is live on prod (h3)"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("fetching"), "they are in dist/: {}", run.stderr);
    assert_eq!(pair.live().as_deref(), Some("1.1"));
    let record = pair.record();
    assert_eq!((record["op"].as_str(), record["from"].as_str()), (Some("promote"), Some("view")));
    assert_eq!((record["message"].as_str(), &record["forced"]), (Some("the talk is over"), &Value::Null));
    let status = pair.release(&["status", "--json"]).expect(0).json();
    let sha256 = |target: usize| status["targets"][target]["hosts"][0]["live"]["sha256"].clone();
    assert!(sha256(0).is_string() && sha256(0) == sha256(1), "{status}");
    assert!(
        status["targets"][1]["hosts"][0]["live"]["deployed_by"].as_str().unwrap().starts_with("operator@"),
        "{status}"
    );
    let log = pair.release(&["log", "prod"]).expect(0).stdout;
    assert!(log.contains("promote") && log.contains("from view: the talk is over"), "{log}");
    assert!(record["id"].as_str().unwrap().contains("-promote-"), "{record}");
}

#[test]
fn what_was_promoted_is_rolled_back_and_forward_like_any_other() {
    let pair = Pair::new("");
    for version in ["1.0", "1.1"] {
        pair.view(version);
        pair.promote(&[]).expect(0);
    }
    pair.release(&["rollback", "prod"]).expect(0);
    assert_eq!(pair.live().as_deref(), Some("1.0"));
    pair.release(&["forward", "prod"]).expect(0);
    assert_eq!(pair.live().as_deref(), Some("1.1"));
    // What was rolled back to is live and good, too.
    pair.release(&["rollback", "view"]).expect(0);
    pair.promote(&[]).expect(0);
    assert_eq!(pair.live().as_deref(), Some("1.0"));
}

#[test]
fn what_is_there_already_is_nothing_to_do() {
    let pair = Pair::new("protected = true");
    pair.view("1.0");
    pair.promote(&["--yes"]).expect(0);
    let before = pair.world.host("h3").state();
    let run = pair.promote(&[]).expect(0);
    assert!(run.stderr.contains("nothing to do: 1.0 is live on prod already"), "{}", run.stderr);
    let lines = pair.promote(&["--json"]).expect(0).json_lines();
    assert_eq!((lines[0]["event"].as_str(), lines[0]["exit"].as_u64(), lines.len()), (Some("ended"), Some(0), 1));
    pair.promote(&["--dry-run"]).expect(0);
    before.assert_same(&pair.world.host("h3").state());
}

#[test]
fn a_protected_target_asks_and_a_dry_run_changes_nothing() {
    let pair = Pair::new("protected = true");
    pair.view("1.0");
    let run = pair.promote(&[]).expect(2);
    assert!(run.stderr.contains("`prod` is protected"), "{}", run.stderr);
    let plan = pair.promote(&["--dry-run"]).expect(0).stdout;
    assert!(plan.starts_with("promote 1.0 to prod") && plan.contains("swap"), "{plan}");
    let json = pair.promote(&["--dry-run", "--json"]).expect(0).json();
    assert_eq!((json["operation"].as_str(), json["subject"].as_str()), (Some("promote"), Some("1.0")));
    assert_eq!((pair.live(), pair.world.host("h3").releases().len()), (None, 0));
    let lines = pair.promote(&["--yes", "--json"]).expect(0).json_lines();
    assert_eq!((lines[0]["operation"].as_str(), lines[0]["subject"].as_str()), (Some("promote"), Some("1.0")));
    assert_eq!(pair.live().as_deref(), Some("1.0"));
}

#[test]
fn a_promotion_that_fails_leaves_what_was_there() {
    let pair = Pair::new("");
    pair.view("1.0");
    pair.promote(&[]).expect(0);
    pair.view("1.1");
    pair.toml("[targets.prod.activate]\nrun = [\"false\"]");
    let run = pair.promote(&[]).expect(5);
    assert!(run.stderr.contains("promote of 1.1 to prod failed and was rolled back"), "{}", run.stderr);
    assert_eq!(pair.live().as_deref(), Some("1.0"));
    assert_eq!(pair.record()["outcome"], "reverted");
}

/// Of a file in `dist/`: bytes and time.
fn file(path: &PathBuf) -> (Vec<u8>, std::time::SystemTime) {
    (fs::read(path).unwrap(), fs::metadata(path).unwrap().modified().unwrap())
}
