//! A host that is somebody else's by now: it answers as it should, with text that wants to act on the operator's terminal.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use crate::support::{HostSpec, Run, Tarball, World};

/// Its half of the conversation. `$e` clears the screen, sets the title and turns the line around; JSON says it in its own way.
const HOST: &str = r#"#!/bin/sh
IFS= read -r session
e=$(printf '\033[2J\033]0;owned\007\302\233\342\200\256')
j='\u001b[2J\u009b\u202e'
read -r hello digest rest
echo "$e"
echo "$e@release 1 $digest"
books() {
  echo "ledger_lines 3"
  for v in 0.9 1.0; do
    printf '%s\n' "ledger {\"id\":\"$j\",\"op\":\"deploy\",\"outcome\":\"committed\",\"who\":\"$j\",\"at\":\"$j\",\"ended_at\":\"$j\",\"reason\":\"$j\",\"message\":\"$j\",\"previous\":\"$j\",\"commit\":\"$j\",\"signed_by\":\"$j\",\"release\":\"20140218-114503-$v\",\"version\":\"$v\"}"
  done
  printf '%s\n' "ledger {\"id\":\"20140218-114503-deploy-k3x9\",\"op\":\"deploy\",\"outcome\":\"committed\",\"notes\":{\"from\":\"$j\",\"to\":\"$j\",\"count\":1,\"lines\":[\"$j\"],\"more\":1}}"
}
answer() {
  for tool in tar gzip sha256sum curl setsid readlink dd tr stat; do echo "tool $tool"; done
  printf '%s\n' "user $e" "uid 1000" "base_path /$e" "base writable" "boot $e" "disk_kib 9999999" "agent $e" \
    "live link releases/20140218-114503-1.0" \
    "release 20140218-114503-1.0 {\"version\":\"1.0\",\"sha256\":\"$(printf '%064d' 0)\",\"commit\":\"$j\"}" \
    "release 20140218-114503-0.9 {}" "release $e {}" "time 1$e"
  books
  [ -e DIR/calm ] || printf '%s\n' "lock 1 $e $e $e $e" "freeze $e" "open $e" "flag short up $e" "unit ActiveState=$e" \
    "sudo refused $e" "env_missing $e" "shared_unreadable $e" "dir_unwritable $e" "live dangling $e"
  echo end
}
while IFS= read -r line; do
  case $line in
    look*) while IFS= read -r line && [ "$line" != . ]; do :; done; answer ;;
    begin*)
      while IFS= read -r line && [ "$line" != . ]; do :; done
      printf '%s\n' "journal 1 begin" "journal 1 do 1" "log $e" "journal 2 fail 1 $e" "journal 3 end aborted - $e" ;;
    recover) echo "recovered $e" ;;
    ledger*) books; echo end ;;
    health* | database*) echo "$e"; echo end ;;
    signature*) echo unknown ;;
    log*endless) echo 'bytes 99'; exec yes "$e" ;;
    log*) printf 'bytes 99\n%s\n' "$e"; exit ;;
  esac
done
"#;

fn hostile() -> (World, TempDir) {
    let dir = tempfile::Builder::new().prefix("rt-").tempdir().unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    let script = dir.path().join("host");
    fs::write(&script, HOST.replace("DIR", dir.path().to_str().unwrap())).unwrap();
    fs::set_permissions(&script, Permissions::from_mode(0o755)).unwrap();
    let world = World::of(vec![HostSpec::new("h1").sshd_config(&format!("ForceCommand {}", script.display()))]);
    world.hosts_toml("app = \"app\"\n[maintenance]\nflag = \"down\"\n[targets.t]\nhosts = [\"h1\"]\n");
    Tarball::new("app", "2.0").file("f", "x").write(&world.project().join("dist"));
    (world, dir)
}

#[track_caller]
fn harmless(world: &World, args: &str, codes: &[i32]) -> Run {
    let run = world.release(&args.split(' ').collect::<Vec<_>>());
    assert!(codes.contains(&run.code), "{args}: {run:#?}");
    for text in [&run.stdout, &run.stderr] {
        let acts =
            |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!text.contains(acts), "{args}: {text:?}");
    }
    run
}

#[test]
fn what_it_says_is_shown_and_never_acts() {
    let (world, dir) = hostile();
    for args in [
        "status",
        "status --json",
        "-q status --html page.html",
        "log",
        "log --json",
        "check",
        "check --json",
        "recover",
        "recover --json",
    ] {
        harmless(&world, args, &[0, 3, 4]);
    }
    let page = fs::read_to_string(world.project().join("page.html")).unwrap();
    assert!(page.contains(r"\x1b[2J") && !page.contains(|c: char| c.is_control() && c != '\n'), "{page}");
    for args in ["plan t 2.0", "t 2.0", "t 2.0 --json", "rollback t", "prune t --dry-run", "pin t 1.0"] {
        harmless(&world, args, &[0, 1, 3, 75]);
    }
    fs::write(dir.path().join("calm"), "").unwrap();
    for args in ["status", "plan t 2.0", "plan t 2.0 --json", "plan t 2.0 --script", "rollback t --dry-run"] {
        harmless(&world, args, &[0]);
    }
    for args in ["t 2.0", "-v t 2.0", "-v t 2.0 --json", "-v rollback t", "maintenance on t", "setup t"] {
        let run = harmless(&world, args, &[1]);
        assert!(run.stderr.contains("\\x1b[2J") || args.contains("--json"), "{args}: {}", run.stderr);
    }
    let log = harmless(&world, "log t 20140218-114503-deploy-k3x9", &[0]);
    assert!(log.stdout.contains("\\x1b[2J\\x1b]0;owned\\x07\\x9b\\u{202e}"), "{}", log.stdout);
    assert!(log.stdout.starts_with("1 note in 0 commits since \\x1b[2J"), "{}", log.stdout);
    harmless(&world, "log t 20140218-114503-deploy-k3x9 --json", &[0]).json();
    // It ends where the host itself has said that it would.
    let log = harmless(&world, "log t 20140218-114503-deploy-endless --json", &[0]).json();
    assert_eq!(log["hosts"][0]["output"].as_str().unwrap().len(), 99, "{log}");
}
