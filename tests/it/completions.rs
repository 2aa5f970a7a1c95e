//! `release completions SHELL` and what comes of them in real shells: verbs, targets, versions and releases, and never
//! a connection. `release man`.

use std::fs;
use std::process::Command;

use crate::support::{Run, Tarball, World};

const SHELLS: [&str; 4] = ["bash", "zsh", "fish", "elvish"];

/// A project with two targets, a version in dist/, and two releases that were seen; its host is gone by then.
fn project() -> World {
    let mut world = World::new(&["h1"]);
    world.hosts_toml(
        "app = \"app\"\n[targets.view]\nhosts = [\"h1\"]\n[targets.prod]\nhosts = [\"h1\"]\nbase = \"~/prod\"\n",
    );
    for version in ["1.0", "1.1"] {
        let artifact = Tarball::new("app", version).write(&world.project());
        world.release(&["view", artifact.to_str().unwrap()]).expect(0);
    }
    Tarball::new("app", "2.0").write(&world.project().join("dist"));
    world.host_mut("h1").sshd_mut().stop();
    world
}

/// What bash would offer behind these words, by the script that `release completions bash` prints.
fn bash(world: &World, line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let script = world.release(&["completions", "bash"]).ok();
    let ask = format!(
        "{script}\nCOMP_WORDS=({})\nCOMP_CWORD={}\nCOMP_TYPE=9\nCOMP_LINE='{line}'\nCOMP_POINT=${{#COMP_LINE}}\n\
         _clap_complete_release release '{}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        words.iter().map(|w| format!("'{w}'")).collect::<Vec<_>>().join(" "),
        words.len() - 1,
        words.last().unwrap()
    );
    let run = in_shell(world, "bash", &["--norc", "-c", &ask]);
    run.lines().map(|line| line.trim().to_owned()).collect()
}

fn fish(world: &World, line: &str) -> Vec<String> {
    let script = world.release(&["completions", "fish"]).ok();
    let ask = format!("{script}\ncomplete -C '{line}'\n");
    let run = in_shell(world, "fish", &["--no-config", "-c", &ask]);
    run.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

fn in_shell(world: &World, shell: &str, args: &[&str]) -> String {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_release"));
    let mut command: Command = world.command(shell);
    command.args(args).env("PATH", format!("{}:/usr/bin:/bin", binary.parent().unwrap().display()));
    Run::of(command).ok()
}

#[test]
fn what_lies_in_completions_is_what_the_binary_prints() {
    let world = World::new(&[]);
    for shell in SHELLS {
        let end = if shell == "elvish" { "elv" } else { shell };
        let file = format!("{}/completions/release.{end}", env!("CARGO_MANIFEST_DIR"));
        let printed = world.release(&["completions", shell]).expect(0).stdout;
        let stored = fs::read_to_string(&file).unwrap_or_default();
        assert!(stored == printed, "write it anew: release completions {shell} >completions/release.{end}");
    }
}

#[test]
fn shells_complete_verbs_targets_versions_and_releases() {
    let world = project();
    let host = world.host("h1");
    let (asked, releases) = (host.sshd().exec_channels(), host.releases());
    for shell in [bash, fish] {
        let offered = |line: &str| shell(&world, line);
        let first = offered("release ");
        for word in ["deploy", "rollback", "status", "completions", "view", "prod"] {
            assert!(first.iter().any(|o| o == word), "{word}: {first:?}");
        }
        assert!(!first.iter().any(|o| o == "ui-demo"), "{first:?}");
        assert_eq!(offered("release rollb"), ["rollback"]);
        for line in
            ["release deploy ", "release rollback ", "release maintenance on ", "release log ", "release notes "]
        {
            let targets = offered(line);
            for target in ["prod", "view"] {
                assert!(targets.iter().any(|o| o == target), "{line}: {targets:?}");
            }
        }
        for line in ["release deploy view 2", "release view 2", "release plan view 2"] {
            assert!(offered(line).iter().any(|o| o == "2.0"), "{line}: {:?}", offered(line));
        }
        for line in ["release rollback view --to ", "release pin view ", "release unpin view "] {
            let mut found: Vec<_> = offered(line).into_iter().filter(|o| o.contains("-1.")).collect();
            found.sort();
            assert_eq!(found, releases, "{line}");
        }
        assert_eq!(offered("release pin prod 2"), [""; 0], "nothing is known of prod");
    }
    assert_eq!(host.sshd().exec_channels(), asked, "completion must not connect");
}

#[test]
fn status_remembers_what_it_saw_and_a_cache_that_cannot_be_is_no_error() {
    let world = project();
    let cache = world.home().join(".cache/release");
    assert_eq!(fs::read_dir(cache.join("releases")).unwrap().count(), 1);
    fs::remove_dir_all(&cache).unwrap();
    world.release(&["status", "view"]).expect(3);
    assert!(!cache.exists(), "a host that was not reached is not forgotten");

    let mut world = world;
    world.host_mut("h1").sshd_mut().start();
    fs::write(world.home().join(".cache/release"), "a file").unwrap();
    world.release(&["status", "view"]).expect(0);
    let elsewhere = world.root().join("cache");
    let mut status = world.release_command(&["status", "view"]);
    status.env("XDG_CACHE_HOME", &elsewhere);
    Run::of(status).expect(0);
    assert_eq!(fs::read_dir(elsewhere.join("release/releases")).unwrap().count(), 1);
}

#[test]
fn the_manual_is_for_every_command() {
    let world = World::new(&[]);
    let page = world.release(&["man"]).expect(0).stdout;
    assert!(page.starts_with(".ie \\n(.g") || page.starts_with(".TH"), "{}", &page[..80]);
    world.release(&["man", "pages"]).expect(0);
    let pages: Vec<_> = fs::read_dir(world.project().join("pages")).unwrap().map(|e| e.unwrap().file_name()).collect();
    for page in ["release.1", "release-deploy.1", "release-rollback.1", "release-status.1"] {
        assert!(pages.iter().any(|p| p == page), "{page}: {pages:?}");
    }
}
