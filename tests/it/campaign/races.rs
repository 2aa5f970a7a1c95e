//! Two machines at one host, at the same time: exactly one of two is at work, the other says so and changes nothing.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::chance::Chance;
use super::spread::spread;
use super::{Tally, trials};
use crate::faults::site::{leftovers, names};
use crate::support::{Background, Fleet, Host, Run, Tarball, wait_until};

/// So many pairs of machines at once.
const PLACES: usize = 4;
const BOUND: Duration = Duration::from_secs(60);
/// The two, by the name that the ledger knows them by.
const USERS: [&str; 2] = ["operator", "other"];

/// What the one does ...
const LONG: [&str; 4] = ["deploy", "deploy both", "rollback", "forward"];
/// ... against one of these; a deploy is of a version of its own, or of one that both have.
const ALL: [&str; 10] = [
    "deploy",
    "deploy both",
    "rollback",
    "forward",
    "prune",
    "maintenance on",
    "maintenance off",
    "lock",
    "pin",
    "recover",
];
/// Each half of a deploy takes a while, so that there is something to race against.
const TOML: &str = "keep = 2
[maintenance]
flag = 'down'
[prepare]
run = ['sleep 0.3']
[health]
command = 'sleep 0.3'
";

/// A host, and two machines that know it.
struct Place {
    fleet: Fleet,
    round: usize,
}

impl Place {
    fn new(number: usize) -> Self {
        let fleet = Fleet::files(&["h1"], TOML);
        for version in ["1", "2", "3"] {
            fleet.deploy(version).expect(0);
        }
        let root = fleet.world.root();
        for dir in ["home", "project"] {
            let copied = Command::new("cp").args(["-a", dir, &format!("{dir}-other")]).current_dir(root).status();
            assert!(copied.unwrap().success());
        }
        Self { fleet, round: number * 1000 + 10 }
    }

    fn host(&self) -> &Host {
        self.fleet.host()
    }

    /// A command on one of the two machines.
    fn start(&self, user: usize, args: &[&str]) -> Background {
        let mut command = self.fleet.world.release_command(args);
        if user == 1 {
            let root = self.fleet.world.root();
            command.current_dir(root.join("project-other")).env("HOME", root.join("home-other"));
        }
        command.env("USER", USERS[user]).env("LOGNAME", USERS[user]);
        Background::start(command, Stdio::null())
    }

    /// The words of a command; what it deploys is put into both projects.
    fn words(&self, verb: &str, user: usize) -> Vec<String> {
        let of_both = verb == "deploy both";
        let version = if of_both { self.round.to_string() } else { format!("{}.{user}", self.round) };
        let words: &[&str] = match verb {
            "deploy" | "deploy both" => {
                for project in ["project", "project-other"] {
                    put(&self.fleet.world.root().join(project).join("dist"), &version);
                }
                &["deploy", "view", &version]
            }
            "rollback" | "forward" => &[verb, "view"],
            "maintenance on" => &["maintenance", "on", "view"],
            "maintenance off" => &["maintenance", "off", "view"],
            "pin" => &["pin", "view", "3"],
            other => &[other, "view"],
        };
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn ledger(&self) -> Vec<Value> {
        let text = self.host().read(".release/ledger").unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }

    fn round(&mut self, seed: usize) {
        self.round += 1;
        let chance = Chance::new(seed);
        let mut verbs = [chance.of(&LONG), chance.of(&ALL)];
        verbs.rotate_left(chance.below(2));
        let before = self.ledger();
        let words = [0, 1].map(|user| self.words(verbs[user], user));
        let start = |user: usize| {
            let words: Vec<&str> = words[user].iter().map(String::as_str).collect();
            self.start(user, &words)
        };
        let first = chance.below(2);
        let one = start(first);
        std::thread::sleep(Duration::from_millis(chance.below(1200) as u64)); // who comes first, and how far
        let two = start(1 - first);
        let (one, two) = (one.finish(BOUND), two.finish(BOUND));
        let runs = if first == 0 { [one, two] } else { [two, one] };
        let about = format!("seed {seed}, {verbs:?}, exits {} and {}", runs[0].code, runs[1].code);
        // The host is done a moment after it has said so.
        assert!(wait_until(BOUND, || leftovers(self.host()).is_empty()), "{about}: {:?}", leftovers(self.host()));
        let after = self.ledger();
        assert_eq!(after[..before.len()], before, "{about}: the past was changed");
        linear(&after, &about);
        for user in 0..2 {
            told_the_truth(&runs[user], verbs[user], USERS[user], &after[before.len()..], &about);
        }
        one_at_a_time(self.host(), &about);
        self.as_the_ledger_says(&after, &about);
        if after
            .iter()
            .rev()
            .find(|record| record["op"] == "lock" || record["op"] == "unlock")
            .is_some_and(|r| r["op"] == "lock")
        {
            self.fleet.release(&["unlock", "view"]).expect(0);
        }
    }

    /// What is live, the flag and the freeze are what the last records say.
    fn as_the_ledger_says(&self, ledger: &[Value], about: &str) {
        let last = |ops: &[&str]| {
            let of = |record: &&Value| ops.iter().any(|op| record["op"] == *op) && record["outcome"] == "committed";
            ledger.iter().rev().find(of).cloned().unwrap_or_default()
        };
        let live = self.host().live().unwrap();
        let switched = last(&["deploy", "rollback", "forward"]);
        assert_eq!(live.strip_prefix("releases/"), switched["release"].as_str(), "{about}");
        assert!(self.host().read("live/VERSION").is_some(), "{about}: {live} is no release");
        assert_eq!(self.host().path(".release/freeze").exists(), last(&["lock", "unlock"])["op"] == "lock", "{about}");
        let stray: Vec<_> = self
            .host()
            .releases()
            .into_iter()
            .filter(|name| !self.host().path(&format!("releases/{name}/VERSION")).exists())
            .collect();
        assert!(stray.is_empty(), "{about}: {stray:?} are not whole");
    }
}

fn put(dist: &Path, version: &str) {
    fs::create_dir_all(dist).unwrap();
    Tarball::new("app", version).write(dist);
}

/// One after the other: the numbers grow; only what an operation has pruned is written under the same one.
fn linear(ledger: &[Value], about: &str) {
    for pair in ledger.windows(2) {
        let [a, b] = [&pair[0], &pair[1]].map(|record| record["seq"].as_u64().unwrap());
        let of_one = a == b && pair[0]["id"] == pair[1]["id"] && pair[0]["op"] != pair[1]["op"];
        assert!(a < b || of_one, "{about}: {pair:?}");
    }
}

/// The exit code is what the ledger says, or that nothing was done.
fn told_the_truth(run: &Run, verb: &str, user: &str, new: &[Value], about: &str) {
    let by_user = |record: &&Value| record["who"].as_str().unwrap().starts_with(&format!("{user}@"));
    let own: Vec<&Value> = new.iter().filter(by_user).collect();
    let op = verb.split(' ').next().unwrap();
    let committed = own.iter().filter(|record| record["outcome"] == "committed" && record["op"] == op).count();
    let said = format!("{about}: {user}\n{}\n{}", run.stdout, run.stderr);
    match run.code {
        // A prune writes only what it removed; a recovery writes in the name of who began.
        0 => assert!(committed == 1 || ["prune", "recover"].contains(&verb), "{said}"),
        3 | 75 => assert!(own.is_empty(), "{said}"),
        1 => assert_eq!(committed, 0, "{said}"),
        _ => panic!("{said}"),
    }
    if run.code == 75 && verb != "recover" {
        assert!(run.stderr.contains('@'), "it names the other: {said}");
    }
}

/// No operation began before the one before it had closed, by the host's own clock.
fn one_at_a_time(host: &Host, about: &str) {
    let mut spans: Vec<(f64, f64, String)> = Vec::new();
    for id in names(host, ".release/logs") {
        let journal = host.read(&format!(".release/logs/{id}/journal")).unwrap_or_default();
        let at = |word: &str| {
            let line = journal.lines().find(|line| line.split(' ').nth(1) == Some(word))?;
            line.split(' ').next()?.parse::<f64>().ok()
        };
        if let (Some(began), Some(closed)) = (at("begin"), at("close")) {
            spans.push((began, closed, id));
        }
    }
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    for pair in spans.windows(2) {
        assert!(pair[0].1 <= pair[1].0, "{about}: at the same time: {pair:?}");
    }
}

#[test]
fn two_machines_at_one_host() {
    let mut tally = Tally::new("races: two machines at one host");
    let rounds = trials(8, 300);
    let places = PLACES.min(rounds / 4);
    let results = spread(places, rounds, Place::new, |place, seed| place.round(seed));
    results.into_iter().for_each(|outcome| tally.trial(outcome));
    tally.finish();
}
