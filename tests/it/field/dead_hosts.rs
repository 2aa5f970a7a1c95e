//! Dead hosts: left out with a reason, and caught up later.

use serde_json::Value;

use crate::support::{Fleet, Host, HostSpec, Run, Tarball};

/// Three hosts; the last of them behind a line that can be cut, and `h1` the primary.
fn fleet(toml: &str) -> Fleet {
    Fleet::of(vec![HostSpec::new("h1"), HostSpec::new("h2"), HostSpec::new("h3").relay()], toml)
}

trait Dead {
    fn h3(&self) -> &Host;

    /// Nobody answers at the port of h3 from here on.
    fn h3_dies(&self) {
        self.h3().relay().refuse(true);
        self.h3().relay().cut();
    }

    fn h3_comes_back(&self) {
        self.h3().relay().refuse(false);
    }

    fn lives(&self) -> Vec<String>;

    /// `hosts[]` of the status of `view`.
    fn hosts(&self) -> Vec<Value>;
}

impl Dead for Fleet {
    fn h3(&self) -> &Host {
        self.world.host("h3")
    }

    fn lives(&self) -> Vec<String> {
        let version = |host: &Host| host.read("live/VERSION").unwrap_or_default().trim().to_owned();
        self.world.hosts().iter().map(version).collect()
    }

    fn hosts(&self) -> Vec<Value> {
        self.release(&["status", "--json"]).json()["targets"][0]["hosts"].as_array().unwrap().clone()
    }
}

#[track_caller]
fn says(run: &Run, words: &[&str]) {
    for word in words {
        assert!(run.stdout.contains(word) || run.stderr.contains(word), "{word}: {}{}", run.stdout, run.stderr);
    }
}

/// Deploys without h3, which is dead.
#[track_caller]
fn without(fleet: &Fleet, version: &str) -> Run {
    fleet.dist(&Tarball::new("app", version));
    fleet.release(&["view", version, "--without", "h3", "-m", "its disk is broken"])
}

#[test]
fn deploy_to_a_dead_host_refuses_and_names_the_way_on() {
    // Capistrano #1498, Deployer #3671, deploy-rs #221: one machine of many is down, and nothing can be deployed at all.
    let fleet = fleet("");
    fleet.deploy("1.0").expect(0);
    fleet.h3_dies();
    let run = fleet.deploy("1.1").expect(3);
    says(&run, &["h3", "nothing was changed", "--without h3 -m WHY"]);
    assert_eq!(fleet.lives(), ["1.0", "1.0", "1.0"]);
}

#[test]
fn host_that_is_left_out_is_told_everywhere_until_it_has_caught_up() {
    // A blade waits for its new disk for a day, and the release can't wait.
    let fleet = fleet("");
    fleet.deploy("1.0").expect(0);
    fleet.h3_dies();

    let plan = fleet.release(&["plan", "view", "1.0", "--without", "h3", "-m", "its disk is broken"]).expect(0);
    says(&plan, &["h3 is left out: its disk is broken"]);
    let run = without(&fleet, "1.1").expect(0);
    says(&run, &["h3 is left out: its disk is broken", "left out: h3", "release catch-up view"]);
    assert_eq!(fleet.lives(), ["1.1", "1.1", "1.0"]);

    let log = fleet.release(&["log", "view"]).expect(0);
    says(&log, &["without h3", "its disk is broken", "h3: not asked"]);
    let host = &fleet.hosts()[2];
    assert_eq!(
        (&host["reachable"], &host["behind"], &host["left_out"]["why"]),
        (&false.into(), &true.into(), &"its disk is broken".into())
    );
    says(&fleet.release(&["status"]).expect(3), &["left out by operator@", "its disk is broken"]);

    without(&fleet, "1.2").expect(0);
    fleet.h3_comes_back();
    let status = fleet.release(&["status"]).expect(4);
    says(&status, &["different releases", "left out by operator@", "release catch-up view"]);
    let since = fleet.hosts()[2]["left_out"]["operation"].as_str().unwrap().to_owned();
    let first = fleet.release(&["log", "view", "--json"]).json()["operations"][1]["record"]["id"].clone();
    assert_eq!(Value::from(since), first, "since the first time, not the last");

    let before: Vec<_> = ["h1", "h2"].map(|host| fleet.world.host(host).state()).into();
    let run = fleet.release(&["catch-up", "view", "-m", "new disk"]).expect(0);
    says(&run, &["1.2 is live on view (h3)"]);
    assert_eq!(fleet.lives(), ["1.2", "1.2", "1.2"]);
    assert_eq!(fleet.h3().live(), fleet.host().live(), "under the same name");
    assert_eq!(fleet.h3().read("live/.release.json"), fleet.host().read("live/.release.json"));
    for (host, before) in ["h1", "h2"].iter().zip(before) {
        before.assert_same(&fleet.world.host(host).state());
    }
    assert!(fleet.hosts().iter().all(|host| host["behind"] == false && host["left_out"].is_null()));
    fleet.release(&["status"]).expect(0);
    says(&fleet.release(&["catch-up", "view"]).expect(0), &["nothing to do"]);
    fleet.release(&["rollback", "view", "--to", "1.0"]).expect(0);
    assert_eq!(fleet.lives(), ["1.0", "1.0", "1.0"]);
}

#[test]
fn deploy_to_a_host_that_has_come_back_clears_the_mark() {
    // Capistrano #1155: servers that missed a deploy have another second-to-last release, and a rollback splits the fleet.
    let fleet = fleet("");
    fleet.deploy("1.0").expect(0);
    without(&fleet, "1.1").expect(0);
    fleet.deploy("1.2").expect(0);
    assert_eq!(fleet.lives(), ["1.2", "1.2", "1.2"]);
    assert!(fleet.hosts().iter().all(|host| host["behind"] == false && host["left_out"].is_null()));
    // It never had 1.1, so that not all can go back there; the way on is what all had.
    let run = fleet.release(&["rollback", "view"]).expect(3);
    says(&run, &["different releases", "h1: ", "-1.0", "release rollback view --to 2"]);
    let to = run.stderr.split("--to ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    fleet.release(&["rollback", "view", "--to", &to]).expect(0);
    assert_eq!(fleet.lives(), ["1.0", "1.0", "1.0"]);
}

#[test]
fn rollback_to_what_a_left_out_host_still_serves_leaves_it_alone() {
    // The release that a host was left out of is bad, and goes: that host is right where all others return to.
    let fleet = fleet("");
    fleet.deploy("1.0").expect(0);
    fleet.deploy("1.1").expect(0);
    without(&fleet, "1.2").expect(0);
    let before = fleet.h3().state();
    let run = fleet.release(&["rollback", "view"]).expect(0);
    says(&run, &["h3 serves", "nothing is done there", "1.1 is live on view (2 hosts)"]);
    assert_eq!(fleet.lives(), ["1.1", "1.1", "1.1"]);
    before.assert_same(&fleet.h3().state());
    assert!(fleet.hosts().iter().all(|host| host["behind"] == false && host["left_out"].is_null()));
    // What h3 never had can't come back there by a link.
    says(&fleet.release(&["forward", "view"]).expect(3), &["h3", "was never here", "release view 1.2"]);
    fleet.release(&["rollback", "view"]).expect(0);
    assert_eq!(fleet.lives(), ["1.0", "1.0", "1.0"]);
}

#[test]
fn rollback_without_a_dead_host_is_caught_up_by_a_link() {
    // It dies while the bad release is live: when it comes back it must not serve that for long.
    let fleet = fleet("");
    fleet.deploy("1.0").expect(0);
    fleet.deploy("1.1").expect(0);
    fleet.h3_dies();
    says(&fleet.release(&["rollback", "view"]).expect(3), &["--without h3 -m WHY"]);
    fleet.release(&["rollback", "view", "--without", "h3", "-m", "dead"]).expect(0);
    fleet.h3_comes_back();
    assert_eq!(fleet.lives(), ["1.0", "1.0", "1.1"]);
    says(&fleet.release(&["status"]).expect(4), &["left out by"]);
    let plan = fleet.release(&["catch-up", "view", "--dry-run"]).expect(0);
    assert!(!plan.stdout.contains("upload") && !plan.stdout.contains("\nh1"), "{}", plan.stdout);
    fleet.release(&["catch-up", "view"]).expect(0);
    assert_eq!(fleet.lives(), ["1.0", "1.0", "1.0"]);
    fleet.release(&["forward", "view"]).expect(0);
    assert_eq!(fleet.lives(), ["1.1", "1.1", "1.1"]);
}

#[test]
fn new_host_catches_up_with_the_kept_bytes() {
    // pm2-deploy #133, and every scaling out: a machine is added to hosts.toml, and the tarball is long gone from the laptop.
    let fleet = fleet("");
    fleet.toml("");
    let only = |hosts: &str| {
        fleet.world.hosts_toml(&format!("app = \"app\"\n[targets.view]\nhosts = {hosts}\n"));
    };
    only(r#"["h1", "h2"]"#);
    fleet.dist(&Tarball::new("app", "1.0").noise("data", 200_000));
    fleet.release(&["view", "1.0"]).expect(0);
    only(r#"["h1", "h2", "h3"]"#);
    std::fs::remove_dir_all(fleet.world.project().join("dist")).unwrap();
    says(&fleet.release(&["status"]).expect(4), &["behind the other hosts", "release catch-up view"]);
    says(&fleet.release(&["rollback", "view"]).expect(3), &["no release to go back to"]);
    let run = fleet.release(&["catch-up", "view"]).expect(0);
    says(&run, &["fetching app-1.0.tar.gz from view (h1)", "1.0 is live on view (h3)"]);
    assert_eq!(fleet.lives(), ["1.0", "1.0", "1.0"]);
    assert!(!fleet.world.project().join("dist").exists(), "it is for now only");
    let log = fleet.release(&["log", "view", "--json"]).json();
    assert_eq!(
        (&log["operations"][0]["record"]["op"], &log["operations"][0]["hosts"][0]),
        (&"catch-up".into(), &"h3".into())
    );
}

#[test]
fn catch_up_with_a_damaged_artifact_changes_nothing() {
    // Disks that answer with other bytes: what is kept must be proved before it goes anywhere.
    let fleet = fleet("");
    fleet.dist(&Tarball::new("app", "1.0"));
    fleet.deploy("1.0").expect(0);
    without(&fleet, "1.1").expect(0);
    std::fs::remove_dir_all(fleet.world.project().join("dist")).unwrap();
    for host in ["h1", "h2"] {
        let live = fleet.world.host(host).live().unwrap();
        let name = live.rsplit('/').next().unwrap();
        fleet.world.host(host).write(&format!(".release/manifests/{name}/artifact"), "other bytes");
    }
    let before = fleet.h3().state();
    let run = fleet.release(&["catch-up", "view"]).expect(3);
    says(&run, &["1.1", "nothing was changed"]);
    before.assert_same(&fleet.h3().state());
}

#[test]
fn unknown_or_last_host_left_out_is_a_usage_error() {
    // A name from another file, a typing error, a script that leaves out all that do not answer.
    let fleet = fleet("");
    fleet.dist(&Tarball::new("app", "1.0"));
    let run = fleet.release(&["view", "1.0", "--without", "h4", "-m", "x"]).expect(2);
    says(&run, &["no host \"h4\"", "h1, h2, h3"]);
    let all = ["view", "1.0", "--without", "h1", "--without", "h2", "--without", "h3", "-m", "x"];
    says(&fleet.release(&all).expect(2), &["no host of view would be left"]);
    says(&fleet.release(&["view", "1.0", "--without", "h3"]).expect(2), &["--message"]);
    says(&fleet.release(&["view", "1.0", "--without", "h3", "-m", " "]).expect(2), &["no reason", "-m WHY"]);
    let two = ["view", "1.0", "--without", "h2", "--without", "h3", "-m", "x"];
    fleet.release(&two).expect(0);
    assert_eq!(fleet.lives(), ["1.0", "", ""]);
    fleet.release(&["catch-up"]).expect(0);
    assert_eq!(fleet.lives(), ["1.0", "1.0", "1.0"]);
}

#[test]
fn primary_left_out_of_a_schema_refuses_with_a_way_on() {
    // The database's machine is down, and somebody means to deploy "only the web servers".
    let fleet = fleet("[schema]\nurl = \"sqlite:shared/app.db\"\ndesired = \"schema.sql\"");
    fleet.dist(&Tarball::new("app", "1.0").file("schema.sql", "create table a (x integer);\n"));
    let run = fleet.release(&["view", "1.0", "--without", "h1", "-m", "down"]).expect(3);
    says(&run, &["h1", "schema", "primary = \"HOST\"", "nothing was changed"]);
    let run = fleet.release(&["rollback", "view", "--without", "h1", "-m", "down"]).expect(3);
    says(&run, &["--keep-schema"]);
    assert_eq!(fleet.lives(), ["", "", ""]);
}

#[test]
fn catch_up_where_hosts_do_not_agree_says_what_each_serves() {
    // Two hosts were switched by hand in a hurry, each to something else.
    let fleet = fleet("");
    says(&fleet.release(&["catch-up", "view"]).expect(3), &["nothing is live on view", "release view ARTIFACT"]);
    fleet.deploy("1.0").expect(0);
    fleet.h3_dies();
    let run = fleet.release(&["catch-up", "view"]).expect(3);
    says(&run, &["others can't be reached", "h3", "release catch-up view, once they are back"]);
}

#[test]
fn catch_up_brings_who_can_be_reached_and_names_the_rest() {
    // Two machines were lost with a rack, and one is back.
    let fleet = Fleet::of(vec![HostSpec::new("h1"), HostSpec::new("h2"), HostSpec::new("h3").relay()], "");
    fleet.deploy("1.0").expect(0);
    fleet.dist(&Tarball::new("app", "1.1"));
    fleet.release(&["view", "1.1", "--without", "h2", "--without", "h3", "-m", "the rack"]).expect(0);
    fleet.h3_dies();
    let run = fleet.release(&["catch-up", "view"]).expect(4);
    says(&run, &["h2 caught up", "h3", "release catch-up view, once they are back"]);
    assert_eq!(fleet.lives(), ["1.1", "1.1", "1.0"]);
}

#[test]
fn freeze_and_flag_do_not_wait_for_a_dead_host() {
    // A machine dies behind its maintenance flag: the site must come back on the others.
    let fleet = fleet("[maintenance]\nflag = \"down\"\n");
    fleet.deploy("1.0").expect(0);
    fleet.release(&["maintenance", "on", "view"]).expect(0);
    fleet.h3_dies();
    fleet.release(&["maintenance", "off", "view", "--without", "h3", "-m", "dead"]).expect(0);
    assert!(!fleet.host().path("down").exists());
    fleet.release(&["lock", "view", "--without", "h3", "-m", "until it is back"]).expect(0);
    fleet.release(&["unlock", "view", "--without", "h3", "-m", "dead"]).expect(0);
    says(&fleet.release(&["log", "view"]).expect(0), &["without h3"]);
}

#[test]
fn promotion_goes_without_dead_hosts_of_either_side() {
    // Staging has two machines and one is in repair: production still gets what the other proved.
    let fleet = Fleet::of(["h1", "h2", "h3", "h4"].map(HostSpec::new).into(), "");
    fleet.world.hosts_toml(
        "app = \"app\"\n[targets.view]\nhosts = [\"h1\", \"h2\"]\n[targets.prod]\nhosts = [\"h3\", \"h4\"]\nrequires = \"view\"\n",
    );
    let out = |target: &str, version: &str, host: &str| {
        fleet.dist(&Tarball::new("app", version));
        fleet.release(&[target, version, "--without", host, "-m", "in repair"])
    };
    fleet.deploy("1.0").expect(0);
    out("view", "1.1", "h2").expect(0);
    says(&fleet.release(&["promote", "view", "prod"]).expect(3), &["the hosts differ", "release catch-up view"]);
    let args = ["promote", "view", "prod", "--without", "h2", "--without", "h4", "-m", "in repair"];
    says(&fleet.release(&args).expect(0), &["1.1 is live on prod (h3)", "left out: h4"]);
    assert_eq!(fleet.lives(), ["1.1", "1.0", "1.1", ""]);
    // A rollback that a host was left out of since does not make what is good again bad: the newest word counts.
    fleet.release(&["catch-up", "view"]).expect(0);
    fleet.release(&["rollback", "view"]).expect(0);
    says(&out("prod", "1.1", "h4").expect(3), &["1.1 was rolled back on view"]);
    out("view", "1.1", "h2").expect(0);
    fleet.release(&["prod", "1.1"]).expect(0);
}
