//! 1-19 and 22: what hosts.toml may say.

use std::path::PathBuf;

use super::Scene;
use crate::campaign::Tally;
use crate::support::{Run, is_root, mode};

/// What stands where in the file.
enum At {
    /// The whole file.
    File,
    /// A key at its top.
    Top,
    /// The list of hosts of the target.
    Hosts,
    /// A table behind the target.
    Table,
}
use At::{File, Hosts, Table, Top};

/// Number, place, text, and what the error says.
type Case = (u32, At, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const CASES: &[Case] = &[
    (2, File, "app = 'a\0b'\n[targets.t]\nhosts = ['h']", &["hosts.toml", "a NUL at byte 8"]),
    (3, File, "app = 'x'\nkeep = = 1", &["hosts.toml:2:8", "not TOML", "keep = = 1", "^"]),
    (3, File, "app = 'x'\nkeep = \"\x1b[31m", &["hosts.toml:2:", "not TOML"]),
    (4, File, "app = 'x'\n[targets.t]\nhosst = ['h']", &["hosts.toml:3:1", "unknown key `hosst`", "hint: did you mean `hosts`?"]),
    (5, File, "app = 'x'\n[targets.t]\nhosts = ['h']\n[targets.t]\nhosts = ['i']", &["hosts.toml:4:", "duplicate key"]),
    (5, Hosts, "'h', 'h'", &["hosts.toml:3:", "\"h\" is listed twice"]),
    (6, Hosts, "'-oProxyCommand=touch pwned'", &["may not start with '-'", "hosts.toml:3:10"]),
    (7, Hosts, "'a b'", &["\"a b\" is not a host name"]),
    (7, Hosts, "'a;id'", &["\"a;id\" is not a host name"]),
    (7, Hosts, "\"a\\nb\"", &["is not a host name"]),
    (7, Hosts, "\"a\\u001b[31mb\"", &["is not a host name", "u{1b}"]),
    (8, Hosts, "{ address = 'h', user = '-lroot' }", &["\"-lroot\" is not a user's name"]),
    (8, Hosts, "'-lroot@h'", &["may not start with '-'"]),
    (8, Hosts, "{ address = 'h', user = 'ddgc@x' }", &["\"ddgc@x\" is not a user's name"]),
    (9, Hosts, "{ address = 'h', port = 0 }", &["0 is not a port"]),
    (9, Hosts, "{ address = 'h', port = 70000 }", &["70000 is not a port"]),
    (9, Hosts, "{ address = 'h', port = '22' }", &["`port`: must be a whole number", "without quotes: 22"]),
    (9, Hosts, "'h:70000'", &["70000"]),
    (10, Top, "base = ''", &["at least two levels deep"]),
    (10, Top, "base = '/'", &["at least two levels deep"]),
    (10, Top, "base = '.'", &["at least two levels deep"]),
    (10, Top, "base = '../x'", &["at least two levels deep"]),
    (10, Top, "base = '/etc'", &["at least two levels deep", "belongs to the system"]),
    (10, Top, "base = '/srv/../etc/x'", &["'..' is not allowed"]),
    (10, Top, "base = '$HOME/x'", &["variables are not expanded", "write ~/"]),
    (10, Top, "base = \"/srv/a\\nb\"", &["letters, digits"]),
    (12, Top, "live = '../live'", &["\"../live\" is not a plain name"]),
    (12, Top, "live = 'a/b'", &["\"a/b\" is not a plain name"]),
    (12, Top, "live = 'releases'", &["are both \"releases\""]),
    (13, Table, "[maintenance]\nflag = '../../x'", &["`flag`", "'..' is not allowed"]),
    (13, Table, "[maintenance]\nflag = '/etc/passwd'", &["`flag`", "the system's own files", "below `base`"]),
    (13, Table, "[maintenance]\nflag = 'a/'", &["`flag`", "a directory ends in '/'"]),
    (13, Table, "[maintenance]\nflag = 'live'", &["`flag`", "is taken"]),
    (13, Table, "[maintenance]\nflag = 'releases/x'", &["`flag`", "is taken"]),
    (13, Table, "[maintenance]\nflag = '.release/lock'", &["`flag`", "is taken"]),
    (14, Top, "keep = 0", &["at least 2", "rollback needs the previous release"]),
    (14, Top, "keep = -1", &["at least 2"]),
    (14, Top, "keep = 1", &["at least 2"]),
    (15, Top, "lease = '0s'", &["`lease`", "longer than zero"]),
    (15, Top, "lease = '1 fortnight'", &["\"1 fortnight\" is not a duration", "30s"]),
    (16, Table, "[service]\nrestart = ''", &["`restart`", "can't be empty"]),
    (16, Table, "[service]\nrestart = \"a\\u0000b\"", &["`restart`", "can't hold"]),
    (16, Table, "[service]", &["neither `systemd` nor a command"]),
    (17, Table, "[env]\nvars = { DB_PASSWORD = 'hunter2' }", &["looks like a secret", "DB_PASSWORD", "[env] files"]),
    (17, Table, "[env]\nvars = { DB = 'postgres://u:hunter2@h/d' }", &["a URL with a password", "[env] files"]),
    (17, Table, "[prepare]\nrun = ['psql password=hunter2']", &["looks like a secret", "[env] files"]),
    (18, Hosts, "'fe80::1:22'", &["IPv6 address without brackets", "[::1]:22"]),
    (18, Hosts, "'::1'", &["IPv6 address without brackets"]),
    (19, Table, "[targets.u]\nhosts = ['h']", &["the same host and `base`", "fight over one live", "[targets.u]"]),
];

fn text(at: &At, what: &str) -> String {
    match at {
        File => what.into(),
        Top => format!("app = 'app'\n{what}\n[targets.t]\nhosts = ['h']\n"),
        Hosts => format!("app = 'app'\n[targets.t]\nhosts = [{what}]\n"),
        Table => format!("app = 'app'\n[targets.t]\nhosts = ['h']\n{what}\n"),
    }
}

/// Refused in the same words by the command that only reads the file and by a deploy.
fn both(scene: &Scene, what: &str, words: &[&str]) -> Result<(), String> {
    scene.refused(what, &["check", "--config"], 2, words)?;
    scene.refused(what, &["t", "1"], 2, words)
}

fn written(scene: &Scene, text: &[u8], bits: u32) -> PathBuf {
    let path = scene.world.write("hosts.toml", text);
    mode(&path, bits);
    path
}

fn tables(scene: &Scene, tally: &mut Tally) {
    for (number, at, what, words) in CASES {
        written(scene, text(at, what).as_bytes(), 0o644);
        tally.trial(both(scene, &format!("{number}: {what:?}"), words).and_then(|()| {
            let said = scene.world.release(&["check", "--config"]).stderr;
            super::holds(!said.contains("hunter2"), || format!("{number}: it shows the secret: {said}"))
        }));
    }
}

fn files(scene: &Scene, tally: &mut Tally) {
    let good = text(&Top, "");
    std::fs::remove_file(scene.world.project().join("hosts.toml")).unwrap();
    tally.trial(both(
        scene,
        "1: no file",
        &["no hosts.toml here or in a directory above", "[targets.prod]", "release init"],
    ));
    tally.trial(scene.refused(
        "1: no such file",
        &["--config", "none.toml", "status"],
        2,
        &["none.toml", "no such file"],
    ));
    written(scene, b"app = '\xff'", 0o644);
    tally.trial(both(scene, "2: not UTF-8", &["hosts.toml", "not UTF-8 at byte 7"]));
    for (bits, who) in [(0o666, "anyone"), (0o664, "its group")] {
        written(scene, good.as_bytes(), bits);
        tally.trial(both(scene, "22: writable by others", &[who, "may write to this file", "chmod go-w"]));
    }
    let path = written(scene, good.as_bytes(), 0o644);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    tally.trial(both(scene, "1: a directory", &["is a directory", "--config FILE"]));
    std::fs::remove_dir(&path).unwrap();
    let mut fifo = scene.world.command("mkfifo");
    fifo.arg(&path);
    Run::of(fifo).ok();
    tally.trial(both(scene, "1: a FIFO", &["not a regular file"]));
    std::fs::remove_file(&path).unwrap();
    // Root reads everything.
    if !is_root() {
        written(scene, good.as_bytes(), 0o000);
        tally.trial(both(scene, "1: unreadable", &["permission denied", "ls -l"]));
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn hosts_toml() {
    let scene = Scene::new();
    let mut tally = Tally::new("hostile inputs: hosts.toml");
    tables(&scene, &mut tally);
    files(&scene, &mut tally);
    tally.finish();
}
