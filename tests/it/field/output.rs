//! Output: what a person reads, on narrow terminals and in plain ASCII too.

mod line_ends;
mod newcomer;
mod passphrase;
mod who_failed;

use std::fs;
use std::process::Command;

use crate::support::{HostSpec, Run, Tarball, World};

/// One host here, with two releases of an application.
fn two_releases() -> World {
    let world = World::of(vec![]);
    let base = world.root().join("base");
    fs::create_dir_all(&base).unwrap();
    let text = format!(
        "app = \"app\"\nkeep = 2\n[maintenance]\nflag = \"down\"\n[targets.t]\nhosts = [\"local:{}\"]\n",
        base.display()
    );
    world.write("hosts.toml", text);
    for version in ["1.0", "1.1"] {
        Tarball::new("app", version).write(&world.project().join("dist"));
    }
    world
}

/// On a terminal of so many columns, by `script`.
fn on_terminal(world: &World, columns: u16, locale: &str, args: &str) -> Run {
    let mut command: Command = world.command("script");
    let line = format!("stty cols {columns} rows 24; exec {} {args}", env!("CARGO_BIN_EXE_release"));
    command.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm").env("LC_ALL", locale).env("NO_COLOR", "1");
    Run::of(command)
}

/// Where from: `release maintenance on view` ended in "maintenance done"; a support answer on what that did was needed.
#[test]
fn small_operations_end_in_sentences() {
    let world = two_releases();
    let host = format!("local:{}", world.root().join("base").display());
    world.release(&["t", "1.0"]).expect(0);
    for (args, end) in [
        (&["maintenance", "on", "t"][..], "maintenance mode is on for t"),
        (&["maintenance", "off", "t"], "maintenance mode is off for t"),
        (&["lock", "t", "-m", "x"], "t is locked"),
        (&["unlock", "t"], "t is unlocked"),
        (&["prune", "t"], "there was nothing to remove on t"),
        (&["setup", "t"], "t is set up"),
    ] {
        let run = world.release(args).expect(0);
        let said = run.stderr.replace(&host, "HOST");
        assert!(said.lines().any(|line| line.starts_with(end)), "{args:?}: {said}");
    }
}

/// Where from: a script that prunes by night and asked beforehand with `--json`.
#[test]
fn prune_dry_run_json_is_one_document() {
    let world = two_releases();
    world.release(&["t", "1.0"]).expect(0);
    world.release(&["t", "1.1"]).expect(0);
    let json = world.release(&["prune", "t", "--dry-run", "--json"]).expect(0).json();
    assert_eq!((&json["target"], &json["dry_run"]), (&"t".into(), &true.into()), "{json}");
    assert!(json["hosts"][0]["remove"].is_array(), "{json}");
}

/// Where from: after a rollback somebody typed `release rollback` again to undo it, and was told `--to` the newer release.
#[test]
fn rollback_after_a_rollback_hints_forward() {
    let world = two_releases();
    world.release(&["t", "1.0"]).expect(0);
    world.release(&["t", "1.1"]).expect(0);
    world.release(&["rollback", "t"]).expect(0);
    let run = world.release(&["rollback", "t"]).expect(3);
    assert!(run.stderr.ends_with("hint: release forward t\n"), "{}", run.stderr);
    world.release(&["forward", "t"]).expect(0);
}

/// Where from: a hosts.toml taken over from another project, with several mistakes at once.
#[test]
fn hints_stand_with_the_mistake_that_they_are_for() {
    let world = World::of(vec![]);
    world.write("hosts.toml", "ap = \"app\"\n[targets.t]\nhosts = [\"local:/nowhere\"]\nkep = 3\n");
    let run = world.release(&["check", "--config"]).expect(2);
    let places: Vec<_> = ["hosts.toml:1:1", "`app`", "hosts.toml:4:1", "`keep`"]
        .map(|word| run.stderr.find(word).unwrap_or_else(|| panic!("{word}: {}", run.stderr)))
        .into();
    assert!(places.is_sorted(), "{}", run.stderr);
    assert!(run.stderr.ends_with("hint: fix them, then: release check --config\n"), "{}", run.stderr);
}

/// Where from: a new server beside old ones said `ok` in `status`, and the balancer got it.
#[test]
fn status_of_a_host_with_nothing_on_it_is_not_ok() {
    let world = two_releases();
    let run = world.release(&["status"]).expect(0);
    assert!(run.stdout.contains("nothing is deployed here") && !run.stdout.contains("ok\n"), "{}", run.stdout);
}

/// Where from: a phone's ssh client (Termius, 40 columns), and half a tmux window.
#[test]
fn narrow_terminal_breaks_between_words_only() {
    let world = two_releases();
    world.release(&["t", "1.0"]).expect(0);
    world.release(&["lock", "t", "-m", "not before Monday, said the people of accounting"]).expect(0);
    let words: Vec<String> = {
        let wide =
            on_terminal(&world, 400, "C.UTF-8", "status").stdout + &on_terminal(&world, 400, "C.UTF-8", "t 1.1").stdout;
        wide.split_whitespace().map(str::to_owned).collect()
    };
    for columns in [40, 80] {
        for args in ["status", "t 1.1", "rollback t --to 9.9", "nonsense 1.0"] {
            let run = on_terminal(&world, columns, "C.UTF-8", args);
            for line in run.stdout.lines().map(|line| line.trim_end_matches('\r')) {
                let longest = line.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
                let wide = line.chars().count() > usize::from(columns);
                assert!(!wide || line.starts_with("hint:") || longest + 10 > usize::from(columns), "{args}: {line:?}");
            }
        }
        let status = on_terminal(&world, columns, "C.UTF-8", "status").stdout;
        for word in status.split_whitespace().filter(|word| word.len() > 12 && !word.contains('/')) {
            assert!(words.iter().any(|known| known.contains(word)), "{columns}: {word:?} in {status}");
        }
    }
}

/// Where from: `LC_ALL=C` in cron, on serial consoles and in rescue systems: boxes and glyphs come as garbage.
#[test]
fn c_locale_gets_ascii() {
    let world = two_releases();
    for args in ["status", "t 1.0", "t 1.1", "rollback t --to 9.9", "log t", "--help", "plan t 1.1"] {
        let run = on_terminal(&world, 60, "C", args);
        assert!(run.stdout.is_ascii(), "{args}: {:?}", run.stdout);
        let mut command = world.release_command(&args.split(' ').collect::<Vec<_>>());
        command.env("LC_ALL", "C");
        let run = Run::of(command);
        assert!(run.stdout.is_ascii() && run.stderr.is_ascii(), "{args}: {run:?}");
    }
}

/// Where from: a key copied from a USB stick has mode 0644, and ssh ignores it: "Permission denied" alone sends people to the
/// server's authorized_keys. And a key with a passphrase in CI, where nobody can be asked.
#[test]
fn ssh_says_why_a_key_was_not_used() {
    for (passphrase, mode, words) in [("", 0o644, "are too open"), ("a passphrase", 0o600, "has a passphrase")] {
        let world = World::of(vec![HostSpec::new("h1")]);
        let config = fs::read_to_string(world.project().join("ssh_config")).unwrap();
        let own = config.lines().find_map(|line| line.trim_start().strip_prefix("IdentityFile ")).unwrap();
        let key = world.root().join("locked");
        fs::copy(own.trim_matches('"'), &key).unwrap();
        let made = Command::new("ssh-keygen").args(["-q", "-p", "-P", "", "-N", passphrase, "-f"]).arg(&key).output();
        assert!(made.unwrap().status.success());
        fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        let lines = config.lines().map(|line| {
            if line.trim_start().starts_with("IdentityFile") {
                format!("  IdentityFile {}", key.display())
            } else {
                line.into()
            }
        });
        let config: Vec<String> = lines.collect();
        world.write("ssh_config", config.join("\n") + "\n");
        world.target("t");
        Tarball::new("app", "1.0").write(&world.project().join("dist"));
        let run = world.release(&["t", "1.0"]).expect(3);
        assert!(run.stderr.contains(words) && run.stderr.contains("Permission denied"), "{}", run.stderr);
    }
}
