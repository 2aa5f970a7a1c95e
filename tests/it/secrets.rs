//! What must not be seen: values of `[env]` in no process list, log or output; the operator's words in no process
//! list but that of the command they were typed into.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::support::{Tarball, World, files_with};

const VALUE: &str = "hunter2canary";
const WORDS: &str = "wordscanary";

const HOSTS: &str = r#"app = "app"

[env]
files = ["secrets.sh"]
vars = { MY_VALUE = "hunter2canary" }

[prepare]
run = ['''
touch "$RELEASE_BASE/waiting"
turns=600
until [ -e "$RELEASE_BASE/go" ] || [ "$turns" -eq 0 ]; do turns=$((turns - 1)); sleep 0.05; done
''']

[service]
stop = 'test "$MY_VALUE$IN_FILE" = "$(cat "$RELEASE_BASE/both")"'
start = 'test "$MY_VALUE$IN_FILE" = "$(cat "$RELEASE_BASE/both")"'

[health]
command = 'test "$MY_VALUE$IN_FILE" = "$(cat both)" && test "$RELEASE_VERSION" != 1.2'
timeout = "1s"

[targets.t]
hosts = ["h1"]
"#;

/// The processes of this machine whose arguments hold a text: their first words.
fn showing(text: &str) -> BTreeSet<String> {
    let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|p| fs::read(p.path().join("cmdline")).ok()).filter(|line| holds(line));
    lines.map(|line| String::from_utf8_lossy(line.split(|b| *b == 0).next().unwrap_or_default()).into_owned()).collect()
}

#[test]
fn values_and_words_stay_where_they_belong() {
    let world = World::new(&["h1"]);
    let host = world.host("h1");
    world.hosts_toml(HOSTS);
    host.write("secrets.sh", format!("IN_FILE={VALUE}; export IN_FILE\n"));
    host.write("both", format!("{VALUE}{VALUE}"));

    let over = Arc::new(AtomicBool::new(false));
    let watcher = thread::spawn({
        let over = Arc::clone(&over);
        move || {
            let (mut values, mut words, mut looks) = (BTreeSet::new(), BTreeSet::new(), 0);
            while !over.load(Ordering::SeqCst) {
                values.extend(showing(VALUE));
                words.extend(showing(WORDS));
                looks += 1;
            }
            (values, words, looks)
        }
    });
    let mut said = Vec::new();
    for (version, shown) in [("1.0", "-v"), ("1.1", "--json")] {
        let artifact = Tarball::new("app", version).write(&world.project());
        let mut deploy = world.release_bg(&["-v", shown, "t", artifact.to_str().unwrap(), "-m", WORDS]);
        crate::support::eventually("prepare begins", || host.path("waiting").exists() || !deploy.is_running());
        assert!(!showing(WORDS).is_empty(), "the sampling itself works");
        host.write("go", "");
        said.push(deploy.finish(std::time::Duration::from_secs(60)).expect(0));
        fs::remove_file(host.path("waiting")).unwrap();
    }
    said.push(world.release(&["-v", "rollback", "--json"]).expect(0));
    over.store(true, Ordering::SeqCst);
    let (values, words, looks) = watcher.join().unwrap();
    assert!(looks > 20, "{looks}");
    assert_eq!(values, BTreeSet::new());
    assert_eq!(words, BTreeSet::from([env!("CARGO_BIN_EXE_release").to_owned()]));

    // A deploy that fails says more, and leaves more to tidy up.
    let artifact = Tarball::new("app", "1.2").write(&world.project());
    said.push(world.release(&["-v", "t", artifact.to_str().unwrap()]).expect(5));
    let log = world.release(&["log", "--json"]).expect(0);
    for entry in log.json()["operations"].as_array().unwrap() {
        said.push(world.release(&["log", "t", entry["record"]["id"].as_str().unwrap()]).expect(0));
    }
    let plan = world.release(&["plan", "t", "app-1.1.tar.gz", "--script"]).expect(0);
    assert!(plan.stdout.contains("v:MY_VALUE=..."), "{}", plan.stdout);
    said.extend([log, plan]);
    let plan = ["plan", "t", "app-1.1.tar.gz", "--json"];
    for args in [&plan[..3], &plan, &["check"], &["check", "--json"], &["status", "--json"], &["setup", "t"]] {
        said.push(world.release(args).expect(0));
    }
    for run in said {
        assert!(!run.stdout.contains(VALUE) && !run.stderr.contains(VALUE), "{run:#?}");
    }
    assert!(files_with(&host.path(".release"), VALUE).is_empty());
    assert!(files_with(&host.path(".release/logs"), "MY_VALUE").len() >= 3, "commands are told in full");
    assert!(files_with(&world.home(), VALUE).is_empty());
}
