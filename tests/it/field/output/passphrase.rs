//! Keys with a passphrase: ssh asks for it on a terminal, and without one it is said which key it is.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::{Background, HostSpec, Run, Tarball, World, mode};

/// A host whose key has the passphrase `open sesame`; the key's path.
fn locked() -> (World, String) {
    let world = World::of(vec![HostSpec::new("h1")]);
    let key = world.home().join("ssh/locked");
    fs::copy(world.home().join("ssh/key"), &key).unwrap();
    mode(&key, 0o600);
    let mut keygen = Command::new("ssh-keygen");
    // As few rounds as there may be: the real number takes a second each time.
    keygen.args(["-q", "-p", "-a", "1", "-P", "", "-N", "open sesame", "-f"]).arg(&key);
    Run::of(keygen).expect(0);
    let config = fs::read_to_string(world.project().join("ssh_config")).unwrap();
    world.write("ssh_config", config.replace("/ssh/key\n", "/ssh/locked\n"));
    world.target("t");
    Tarball::new("app", "1.0").write(&world.project().join("dist"));
    (world, key.display().to_string())
}

/// `release t 1.0` on a terminal of its own; what is written to it is typed.
fn on_terminal(world: &World) -> Background {
    let mut command = world.command("script");
    command.args(["-qec", &format!("{} t 1.0", env!("CARGO_BIN_EXE_release")), "/dev/null"]).env("TERM", "xterm");
    Background::start(command, Stdio::piped())
}

/// Whoever has no agent running types it once, and not once for each connection.
#[test]
fn passphrase_is_asked_on_a_terminal_and_opens_the_key() {
    let (world, key) = locked();
    let mut run = on_terminal(&world);
    run.await_text("Enter passphrase for key");
    let mut keyboard = run.stdin();
    keyboard.write_all(b"open sesame\n").unwrap();
    let run = run.finish(std::time::Duration::from_secs(60)).expect(0);
    drop(keyboard);
    assert!(world.host("h1").live().is_some_and(|live| live.ends_with("-1.0")), "{}", run.stdout);
    assert_eq!(run.stdout.matches("Enter passphrase").count(), 1, "{}", run.stdout);
    assert!(run.stdout.contains(&key) && !run.stdout.contains("open sesame"), "{}", run.stdout);
}

/// Three times another one, as by a keyboard with another layout: refused with the key's name, and nothing was changed.
#[test]
fn wrong_passphrase_is_refused_with_the_key() {
    let (world, key) = locked();
    let mut run = on_terminal(&world);
    let mut keyboard = run.stdin();
    for n in 1..=3 {
        crate::support::eventually("ssh asks", || run.stdout().matches("Enter passphrase").count() == n);
        keyboard.write_all(b"open barley\n").unwrap();
    }
    let run = run.finish(std::time::Duration::from_secs(60)).expect(3);
    drop(keyboard);
    let said = run.stdout.replace("\r\n", "\n");
    assert!(said.contains("Permission denied") && said.contains(&format!("ssh-add {key}")), "{said}");
    assert!(!world.host("h1").path(".release").exists());
}

/// Ctrl-C instead of an answer ends it, and the terminal echoes again.
#[test]
fn ctrl_c_at_the_passphrase_ends_it() {
    let (world, _) = locked();
    let mut run = on_terminal(&world);
    run.await_text("Enter passphrase for key");
    let mut keyboard = run.stdin();
    keyboard.write_all(b"\x03").unwrap();
    let run = run.finish(std::time::Duration::from_secs(60)).expect(130);
    drop(keyboard);
    assert!(!world.host("h1").path(".release").exists(), "{}", run.stdout);
}

/// cron, CI, and `release ... </dev/null` in a script: nobody can be asked, and ssh alone says "Permission denied".
#[test]
fn passphrase_without_a_terminal_names_the_key() {
    let (world, key) = locked();
    for args in [&["t", "1.0"][..], &["status", "t"], &["plan", "t", "1.0"], &["check", "t"]] {
        let run = world.release(args);
        let said = format!("{}{}", run.stdout, run.stderr);
        let words = format!("the key {key} has a passphrase, and ssh had nobody to ask");
        assert!(run.code != 0 && said.contains(&words), "{args:?}: {said}");
        // A table has no room for hints.
        assert!(args[0] == "status" || said.contains(&format!("ssh-add {key}")), "{args:?}: {said}");
    }
}
