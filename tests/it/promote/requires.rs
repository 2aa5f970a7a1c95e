//! `requires = "view"`: only bytes that were live and good there, unless it is forced and said why.

use std::fs;

use serde_json::Value;

use super::Pair;
use crate::support::Tarball;

const REQUIRES: &str = "requires = \"view\"";

impl Pair {
    /// Builds a version that `view` knows nothing of.
    fn build(&self, version: &str, page: &str) {
        Tarball::new("app", version).file("page", page).write(&self.world.project().join("dist"));
    }
}

#[track_caller]
fn refused(pair: &Pair, args: &[&str], words: &[&str]) {
    let live = pair.live();
    let run = pair.release(args).expect(3);
    for word in words.iter().chain(&["prod: ", "target `prod` requires these very bytes there first", "--force -m WHY"])
    {
        assert!(run.stderr.contains(word), "{word:?}: {}", run.stderr);
    }
    assert_eq!(pair.live(), live);
}

#[test]
fn what_was_never_there_is_refused() {
    let pair = Pair::new(REQUIRES);
    pair.view("1.0");
    pair.release(&["prod", "1.0"]).expect(0);
    pair.build("1.1", "new");
    refused(&pair, &["prod", "1.1"], &["1.1 was never live and good on view", "hint: release view "]);
    refused(&pair, &["plan", "prod", "1.1"], &["1.1 was never live and good on view"]);
    // The same version, other bytes.
    pair.view("1.1");
    pair.build("1.1", "built again");
    refused(&pair, &["prod", "1.1"], &["1.1 was never live and good on view"]);
}

#[test]
fn what_failed_there_or_was_taken_back_is_refused() {
    let pair = Pair::new(REQUIRES);
    pair.view("1.0");
    let toml = fs::read_to_string(pair.world.project().join("hosts.toml")).unwrap();
    pair.build("1.1", "bad");
    let failing = toml.replace("[targets.prod]", "[targets.view.activate]\nrun = [\"false\"]\n[targets.prod]");
    pair.world.write("hosts.toml", failing);
    pair.release(&["view", "1.1"]).expect(5);
    refused(&pair, &["prod", "1.1"], &["1.1 was never live and good on view"]);
    pair.world.write("hosts.toml", toml);
    pair.release(&["view", "1.1"]).expect(0);
    pair.release(&["rollback", "view", "-m", "it forgets who is logged in"]).expect(0);
    refused(&pair, &["prod", "1.1"], &["1.1 was rolled back on view by operator@", "it forgets who is logged in"]);
    pair.release(&["prod", "1.0"]).expect(0);
    pair.release(&["forward", "view"]).expect(0);
    pair.release(&["prod", "1.1"]).expect(0);
    // What something newer has followed was good, and is.
    pair.view("1.2");
    pair.release(&["rollback", "prod"]).expect(0);
    pair.release(&["prod", "1.1"]).expect(0);
    assert_eq!(pair.live().as_deref(), Some("1.1"));
}

#[test]
fn force_overrides_it_and_the_ledger_says_why() {
    let pair = Pair::new(REQUIRES);
    pair.view("1.0");
    pair.build("1.1", "hot fix");
    for args in [
        &["prod", "1.1", "--force"][..],
        &["prod", "1.1", "--force", "-m", " "],
        &["promote", "view", "prod", "--force"],
    ] {
        let run = pair.release(args).expect(2);
        assert!(run.stderr.contains("--force") || run.stderr.contains("--message"), "{}", run.stderr);
    }
    let plan = pair.release(&["plan", "prod", "1.1", "--force"]).expect(0).stdout;
    assert!(plan.contains("warning: forced, although 1.1 was never live and good on view"), "{plan}");
    let run = pair.release(&["prod", "1.1", "--force", "-m", "the site is down"]).expect(0);
    assert!(run.stderr.contains("forced, although 1.1 was never live and good on view"), "{}", run.stderr);
    assert_eq!(pair.live().as_deref(), Some("1.1"));
    let record = pair.record();
    assert_eq!(record["forced"], "1.1 was never live and good on view");
    assert_eq!((record["op"].as_str(), record["message"].as_str()), (Some("deploy"), Some("the site is down")));
    let log = pair.release(&["log", "prod"]).expect(0).stdout;
    assert!(log.contains("the site is down: forced, although 1.1 was never live"), "{log}");
    // Where nothing was in the way, nothing was forced.
    pair.release(&["prod", "1.0", "--force", "-m", "back"]).expect(0);
    assert_eq!(pair.record()["forced"], Value::Null);
}

#[test]
fn a_target_that_can_not_be_asked_is_in_the_way_unless_forced() {
    let mut pair = Pair::new(REQUIRES);
    pair.view("1.0");
    pair.world.host_mut("h1").sshd_mut().stop();
    pair.release(&["prod", "1.0"]).expect(3);
    pair.release(&["prod", "1.0", "--force", "-m", "view burns"]).expect(0);
    assert_eq!(pair.record()["forced"], "view could not be asked for 1.0");
}

#[test]
fn a_promotion_from_elsewhere_does_not_get_round_it() {
    let pair = Pair::new("");
    pair.world.hosts_toml(
        "app = \"app\"\n[targets.view]\nhosts = [\"h1\"]\n[targets.lab]\nhosts = [\"h2\"]\n[targets.prod]\nhosts = [\"h3\"]\nrequires = \"view\"\n",
    );
    pair.build("1.0", "x");
    pair.release(&["lab", "1.0"]).expect(0);
    refused(&pair, &["promote", "lab", "prod"], &["1.0 was never live and good on view"]);
    pair.release(&["promote", "lab", "prod", "--force", "-m", "seen in the lab"]).expect(0);
    let record = pair.record();
    assert_eq!((record["from"].as_str(), record["op"].as_str()), (Some("lab"), Some("promote")));
    assert_eq!(record["forced"], "1.0 was never live and good on view");
}
