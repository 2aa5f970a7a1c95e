//! `[env]` files as people write them.

use crate::support::{Fleet, HostSpec, Userland};

const TOML: &str =
    "[env]\nfiles = ['app.env']\n[prepare]\nrun = ['printf \"%s|\" \"$KEY\" \"$QUOTED\" \"$LATER\" >seen']\n";

/// systemd's `EnvironmentFile=` and dotenv know no `export`: the same file is used for both.
#[test]
fn line_without_export_counts() {
    for userland in [Userland::Gnu, Userland::BusyBox] {
        let fleet = Fleet::of(vec![HostSpec::new("h1").userland(userland)], TOML);
        fleet.host().write(
            "app.env",
            "# a comment\nKEY=value\nQUOTED=\"two words\"\nLATER=$KEY-2\n[ -f nope ] && KEY=no\nfalse || true\n",
        );
        fleet.deploy("1.0").expect(0);
        assert_eq!(fleet.host().read("live/seen").unwrap(), "value|two words|value-2|");
    }
}

/// `nvm use`, `cd` to a directory that moved, dotenv's unquoted `NAME=My App`, an `exit` copied from a script: what comes behind it
/// would be missing without a word.
#[test]
fn line_that_fails_is_an_error_with_file_and_line() {
    for userland in [Userland::Gnu, Userland::BusyBox] {
        let fleet = Fleet::of(vec![HostSpec::new("h1").userland(userland)], TOML);
        for (text, line) in [
            ("KEY=1\ncd /nowhere\nLATER=2\n", "line 2"),
            ("KEY=1\n\nNAME=My App\nLATER=2\n", "line 3"),
            ("KEY=1\nexit 0\nLATER=2\n", "which failed or ended the shell"),
            ("KEY=1\n. ./not-there\n", "line 2"),
            ("KEY=1\nif true; then\n", "app.env"),
            ("KEY=1\nexec true\n", "an [env] file failed"),
        ] {
            fleet.host().write("app.env", text);
            let run = fleet.deploy("1.0").expect(3);
            let named = matches!(userland, Userland::Gnu) || !line.starts_with("line");
            assert!(run.stderr.contains("an [env] file failed"), "{text}: {}", run.stderr);
            assert!(text.contains("exec") || run.stderr.contains("app.env"), "{text}: {}", run.stderr);
            assert!(!named || run.stderr.contains(line), "{text}: {}", run.stderr);
        }
        assert!(!fleet.host().path("live").exists());
    }
}

/// Files that were edited on Windows, or came through `git config core.autocrlf true`: `KEY=value` would be set with one byte more,
/// and a password with it is refused by the database alone. systemd and dotenv read such files, so people have them.
#[test]
fn line_end_of_windows_is_an_error_with_file_and_line() {
    for userland in [Userland::Gnu, Userland::BusyBox] {
        let fleet = Fleet::of(vec![HostSpec::new("h1").userland(userland)], TOML);
        for (text, line) in [
            ("KEY=1\r\nLATER=2\r\n", "line 1: "),
            ("# a comment\nKEY=1\n\nLATER=\"2\"\r\nQUOTED=x\n", "line 4: "),
            ("KEY=1\n\r\n", "line 2: "),
            ("KEY=1\nLATER=2\r", "line 2: "),
            ("KEY='secret-one\r\ntwo'\n", "line 1: "),
        ] {
            fleet.host().write("app.env", text);
            let run = fleet.deploy("1.0").expect(3);
            let end =
                format!("app.env, {line}ends in a carriage return, as lines of Windows do; dos2unix takes it away");
            assert!(run.stderr.contains(&end) && !run.stderr.contains("secret-one"), "{text:?}: {}", run.stderr);
        }
        assert!(!fleet.host().path("live").exists());
        // One that is meant is written as such.
        fleet.host().write("app.env", "KEY=$(printf 'a\\rb')\n");
        fleet.deploy("1.0").expect(0);
        assert_eq!(fleet.host().read("live/seen").unwrap(), "a\rb|||");
    }
}
