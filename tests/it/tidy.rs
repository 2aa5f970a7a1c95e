//! The rules of the house that can be kept by reading it: who may import what, who prints, who reads the clock, how
//! long a file may be. ARCHITECTURE.md says why.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Longer files are two.
const LINES_MAX: usize = 400;
/// Half of the files are shorter than this.
const LINES_MEDIAN: usize = 150;

fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

/// The files below a directory with this ending, with their text; no `target/`.
fn files(dir: &str, end: &str) -> Vec<(String, String)> {
    fn look(dir: &Path, end: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, end, found);
            } else if path.to_str().unwrap().ends_with(end) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    look(&root().join(dir), end, &mut found);
    found.sort();
    let name = |path: &Path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    found.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// The part of a Rust file that is in the program: no tests, no comments.
fn program(name: &str, text: &str) -> String {
    if name.ends_with("tests.rs") || name.contains("/tests/") || name.ends_with("testing.rs") {
        return String::new();
    }
    let before_tests = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    before_tests.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Fails with each line of the program, outside of `allowed`, that holds one of the words.
#[track_caller]
fn nowhere(words: &[&str], dir: &str, allowed: &[&str], rule: &str) {
    let sources = files(dir, ".rs");
    assert!(!sources.is_empty(), "{dir} has no files: the rule means nothing");
    let mut found = Vec::new();
    for (name, text) in sources.iter().filter(|(name, _)| !allowed.iter().any(|a| name.starts_with(a))) {
        let text = program(name, text);
        let wrong = text.lines().filter(|line| words.iter().any(|word| line.contains(word)));
        found.extend(wrong.map(|line| format!("{name}: {}", line.trim())));
    }
    assert!(found.is_empty(), "{rule}\n{}", found.join("\n"));
}

#[test]
fn values_and_plans_touch_nothing() {
    let outside = ["std::fs", "std::process", "std::net", "std::env", "tokio", "openssh", "tempfile", "git2"];
    for room in ["src/model", "src/plan", "src/agent"] {
        nowhere(&outside, room, &[], "model, plan and agent are pure");
    }
    let inwards = ["crate::fleet", "crate::commands", "crate::host", "crate::ui", "crate::config", "crate::cli"];
    for room in ["src/model", "src/plan", "src/agent"] {
        nowhere(&inwards, room, &[], "imports point inwards");
    }
    let others = ["crate::plan", "crate::agent", "crate::artifact"];
    nowhere(&others, "src/model", &[], "model knows nobody");
    for leaf in ["src/ui", "src/config", "src/artifact", "src/git", "src/host"] {
        nowhere(&["crate::fleet", "crate::commands", "crate::plan"], leaf, &[], "leaves know only what is inside");
    }
    nowhere(&["crate::commands", "crate::ui"], "src/fleet", &[], "fleet is driven, and tells by events");
}

#[test]
fn only_ui_prints() {
    let words = ["println!", "print!(", "eprintln!", "eprint!(", "io::stdout().lock", "io::stderr().lock", "dbg!"];
    nowhere(&words, "src", &["src/ui/"], "only ui prints");
    let streams = ["io::stdout()", "io::stderr()"];
    nowhere(&streams, "src", &["src/ui/", "src/environment.rs"], "only ui opens stdout and stderr");
}

#[test]
fn one_file_knows_ssh() {
    nowhere(&["openssh"], "src", &["src/host/ssh.rs"], "only host/ssh.rs names the crate openssh");
}

#[test]
fn one_room_knows_git() {
    nowhere(&["git2"], "src", &["src/git/"], "only src/git/ names the crate git2");
}

/// `Instant` is no clock: it tells how long something took, and nobody what time it is.
#[test]
fn clock_and_environment_are_read_once() {
    let words = ["std::env", "env::var", "current_dir()", "Timestamp::now", "SystemTime::now", "Zoned::now"];
    let edge = ["src/main.rs", "src/environment.rs", "src/commands/candidates.rs"];
    nowhere(&words, "src", &edge, "only main and environment read clock and environment, and what the shell calls");
}

#[test]
fn a_dry_run_is_a_plan_that_is_shown() {
    for (name, text) in files("src", ".rs") {
        let mut in_signature = false;
        for line in program(&name, &text).lines() {
            in_signature |= line.contains("fn ");
            assert!(!(in_signature && line.contains("dry_run: bool")), "{name}: {line}");
            in_signature &= !line.contains('{');
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut lengths = Vec::new();
    for (name, text) in ["src", "tests", "benches"].iter().flat_map(|d| [files(d, ".rs"), files(d, ".sh")]).flatten() {
        assert!(!name.ends_with("utils.rs") && !name.ends_with("helpers.rs"), "{name}: what is it about?");
        lengths.push(text.lines().count());
        assert!(text.lines().count() <= LINES_MAX, "{name} has {} lines", text.lines().count());
        if name.ends_with(".rs") {
            assert!(text.starts_with("//!"), "{name} does not say what it is");
        }
    }
    lengths.sort_unstable();
    assert!(lengths[lengths.len() / 2] < LINES_MEDIAN, "median {}", lengths[lengths.len() / 2]);
}

#[test]
fn every_step_has_its_shell_and_every_shell_its_step() {
    let read = |file: &str| fs::read_to_string(root().join(file)).unwrap();
    let steps = ["src/model/step.rs", "src/model/adoption.rs"].map(read);
    let names = |step: &'static str| step.split("fn name(&self)").nth(1).unwrap().split("fn describe").next().unwrap();
    let names = steps.map(|step| names(step.leak()));
    let lines = names.iter().flat_map(|names| names.lines());
    let named: BTreeSet<&str> = lines.filter_map(|l| l.split("=> \"").nth(1)?.split('"').next()).collect();
    let scripts: String = files("src/agent/sh", ".sh").into_iter().map(|(_, text)| text).collect();
    let function = |prefix: &str| -> BTreeSet<&str> {
        scripts.lines().filter_map(|l| l.strip_prefix(prefix)?.split_once("()")).map(|(name, _)| name).collect()
    };
    assert!(named.len() > 25, "{named:?}");
    assert_eq!(named, function("do_"), "src/model/ and src/agent/sh/");
    assert!(function("undo_").is_superset(&BTreeSet::from(["swap", "flag", "copy"])));
    let joined = fs::read_to_string(root().join("src/agent/mod.rs")).unwrap();
    for (name, _) in files("src/agent/sh", ".sh") {
        assert!(joined.contains(name.rsplit('/').next().unwrap()), "{name} is in no text");
    }
}

#[test]
fn the_map_shows_every_room() {
    let Ok(map) = fs::read_to_string(root().join("ARCHITECTURE.md")) else { return };
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let room = if entry.path().is_dir() { format!("src/{name}/") } else { format!("src/{name}") };
        assert!(map.contains(&room) || name == "lib.rs", "ARCHITECTURE.md says nothing of {room}");
    }
    for word in map.split(|c: char| c.is_whitespace() || "`(),;:".contains(c)).filter(|w| w.starts_with("src/")) {
        assert!(root().join(word).exists(), "ARCHITECTURE.md names {word}, which is not there");
    }
}

/// A name of a test is a path of Rust, in backquotes.
#[test]
fn every_claim_about_security_names_a_test_that_is_there() {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let sources: String =
        ["src", "tests", "fuzz/src"].iter().flat_map(|dir| files(dir, ".rs")).map(|(_, text)| text).collect();
    let is_path =
        |word: &&str| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_:".contains(&b));
    let names = text.split('`').skip(1).step_by(2).filter(is_path).filter(|word| word.contains(['_', ':']));
    let names: Vec<_> = names.filter_map(|name| name.rsplit(':').next()).collect();
    assert!(names.len() > 25, "{names:?}");
    for name in names {
        let there = sources.contains(&format!("fn {name}(")) || sources.contains(&format!("mod {name}"));
        assert!(there, "SECURITY.md names {name}, which is not there");
    }
}

#[test]
fn every_example_reads() {
    for document in ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "docs/ci.md"] {
        let Ok(text) = fs::read_to_string(root().join(document)) else { continue };
        for example in text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
            example.parse::<toml::Table>().unwrap_or_else(|e| panic!("{document}: {e}\n{example}"));
            if example.contains("[targets.") && example.contains("app ") {
                let dir = tempfile::tempdir().unwrap();
                let path = dir.path().join("hosts.toml");
                fs::write(&path, example).unwrap();
                release::config::load(&path).unwrap_or_else(|e| panic!("{document}: {e:?}\n{example}"));
            }
        }
    }
}

#[test]
fn the_shell_is_checked() {
    let scripts: Vec<_> = files("src/agent/sh", ".sh").into_iter().map(|(name, _)| name).collect();
    let mut check = std::process::Command::new("shellcheck");
    check.args(["-s", "sh"]).args(&scripts).current_dir(root());
    crate::support::Run::of(check).expect(0);
}

/// A special builtin whose redirection fails ends a POSIX shell, and so a supervisor on a full disk.
#[test]
fn no_file_is_made_by_a_special_builtin() {
    for (name, text) in files("src/agent/sh", ".sh") {
        for line in text.lines() {
            assert!(!line.contains(": >"), "{name}: use `printf '' >`: {line}");
        }
    }
}
