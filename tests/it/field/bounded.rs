//! The client is bounded: hosts that flood, trickle, or end a login at once.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{HostSpec, LoginShell, Tarball, World};

/// A host that greets, and then does this.
fn greets_and(then: &str) -> String {
    format!("#!/bin/sh\nread -r session; read -r word digest rest; echo \"@release 1 $digest\"\n{then}\n")
}

/// Two hosts, one of which is this script.
fn beside(script: &str) -> (World, tempfile::TempDir) {
    let dir = tempfile::Builder::new().prefix("rt-").tempdir().unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    let path = dir.path().join("host");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    let bad = HostSpec::new("bad").sshd_config(&format!("ForceCommand {}", path.display()));
    let world = World::of(vec![HostSpec::new("good"), bad]);
    world.target("t");
    (world, dir)
}

/// Runs the client with so little address space that one that keeps what a host says dies of it.
fn with_little_memory(world: &World, args: &[&str]) -> crate::support::Run {
    let mut command = world.command("sh");
    let script = "ulimit -v 600000; exec \"$@\"";
    command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_release")]).args(args);
    crate::support::Run::of(command)
}

/// Where from: a host that was taken over, and a `.bashrc` with `yes` in it: endless lines and endless bytes without a line's
/// end, behind a greeting that is right.
#[test]
fn host_that_floods_is_one_host_that_failed_and_memory_is_bounded() {
    for flood in ["exec yes \"release x {}\"", "exec cat /dev/zero", "exec yes ''"] {
        let (world, _dir) = beside(&greets_and(flood));
        let status = with_little_memory(&world, &["status", "--json"]);
        let hosts = status.json()["targets"][0]["hosts"].clone();
        assert_eq!(
            (hosts[0]["reachable"].as_bool(), hosts[1]["reachable"].as_bool()),
            (Some(true), Some(false)),
            "{hosts}"
        );
        let error = hosts[1]["error"].as_str().unwrap();
        assert!(error.contains("without end") || error.contains("too slow"), "{flood}: {error}");
    }
}

/// Where from: `/bin/false`, `nologin` and a forced command end the channel before or after the client has written to it,
/// as the scheduler likes: in a clone beside other work it was "the connection was lost".
#[test]
fn login_that_ends_at_once_is_told_the_same_way_each_time() {
    for (shell, words) in [
        ("/bin/false", "its login shell ended, or has no `sh`"),
        ("/usr/sbin/nologin", "unexpected text before the handshake: This account is currently not available."),
    ] {
        let world = World::of(vec![HostSpec::new("h1").shell(LoginShell::At(shell))]);
        world.target("t");
        for turn in 0..5 {
            let run = world.release(&["check", "t"]).expect(3);
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(said.contains(words), "{shell}, {turn}: {said}");
        }
    }
}

/// Where from: a gateway whose forced command prints a policy and ends (a bastion of a hosting provider).
#[test]
fn forced_command_that_ends_at_once_is_told_with_its_sentence() {
    let (world, _dir) = beside("#!/bin/sh\necho 'This service allows git only.'\nexit 1\n");
    for _ in 0..3 {
        let run = world.release(&["status", "--json"]);
        let error = run.json()["targets"][0]["hosts"][1]["error"].as_str().unwrap().to_owned();
        assert!(error.contains("This service allows git only."), "{error}");
    }
}

/// Where from: a host that begins an operation as it should and then repeats itself for ever (a log file as a device).
#[test]
fn host_that_floods_during_an_operation_does_not_keep_the_client() {
    let run = begins_and("exec yes 'journal 1 do 1'", "");
    assert_eq!(run.code, 6, "{run:#?}");
    assert!(run.stderr.contains("it talks without end"), "{}", run.stderr);
}

/// Where from: an agent whose process hangs in the kernel beside a session that answers; it says that it is there, for ever.
#[test]
fn host_that_only_says_that_it_is_there_is_not_waited_for() {
    let run = begins_and("while sleep 0.2; do echo alive; done", "lease = \"2s\"");
    assert_eq!(run.code, 6, "{run:#?}");
    assert!(run.stderr.contains("does not come on"), "{}", run.stderr);
}

/// `maintenance on` for a host that begins it, and then does this.
fn begins_and(then: &str, toml: &str) -> crate::support::Run {
    let script = r#"
answer() {
  for tool in tar gzip sha256sum curl setsid readlink dd tr stat sed; do echo "tool $tool"; done
  printf '%s\n' "user x" "uid 1000" "base_path /x" "base writable" "boot b" "disk_kib 9999999" "agent a" "live none" "time 1" end
}
while IFS= read -r line; do
  case $line in
    look*) while IFS= read -r line && [ "$line" != . ]; do :; done; answer ;;
    begin*)
      while IFS= read -r line && [ "$line" != . ]; do :; done
      echo "journal 1 begin"; THEN ;;
  esac
done"#;
    let then = script.replace("THEN", then);
    let dir = tempfile::Builder::new().prefix("rt-").tempdir().unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    let path = dir.path().join("host");
    fs::write(&path, greets_and(&then)).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    let world = World::of(vec![HostSpec::new("bad").sshd_config(&format!("ForceCommand {}", path.display()))]);
    world.hosts_toml(&format!(
        "app = \"app\"\n{toml}\n[maintenance]\nflag = \"down\"\n[targets.t]\nhosts = [\"bad\"]\n"
    ));
    Tarball::new("app", "1.0").write(&world.project().join("dist"));
    with_little_memory(&world, &["maintenance", "on", "t"])
}
