//! Tarballs and the command line as the way in, and what each command sends.

use release::artifact::{self, Limits};
use release::model::target::ArtifactName;

use super::values::VALUES;
use super::{no_canary, only_our_command};
use crate::support::{RawEntry, Tarball, World, raw_tar};

#[test]
fn names_and_contents_of_a_tarball_are_never_run() {
    let world = World::new(&["h1"]);
    world.target("t");
    let top = |name: &str| format!("app-1.0/{name}");
    let naming = ArtifactName { prefix: "app-".into(), suffix: ".tar.gz".into() };
    let mut good = Vec::new();
    for (n, value) in VALUES.iter().enumerate().filter(|(_, v)| v.len() < 80) {
        let archive = |name: &str| {
            let file = |name: &str| RawEntry::file(top(name), value);
            raw_tar(&[RawEntry::dir(top("")), RawEntry::file(top("VERSION"), "1.0"), file(name)])
        };
        world.write("app-1.0.tar.gz", archive(&format!("x/{value}")));
        match artifact::inspect(&world.project().join("app-1.0.tar.gz"), &naming, &Limits::default()) {
            Ok(_) => good.push((n, value)),
            Err(failure) => assert_eq!(failure.exit.code(), 3, "{value:?}: {failure:?}"),
        }
    }
    assert!(good.len() > 60, "{}", good.len());
    let mut entries = vec![RawEntry::dir(top("")), RawEntry::file(top("VERSION"), "1.0")];
    entries.extend(good.iter().map(|(n, value)| RawEntry::file(top(&format!("{n}/{value}")), value)));
    world.write("app-1.0.tar.gz", raw_tar(&entries));
    world.release(&["t", "app-1.0.tar.gz"]).expect(0);
    let host = world.host("h1");
    for (n, value) in good.iter().filter(|(_, v)| !v.is_empty() && **v != ".") {
        assert_eq!(host.read(&format!("live/{n}/{value}")).as_deref(), Some(**value), "{value:?}");
    }
    no_canary(&world);
    only_our_command(host);
}

#[test]
fn words_of_the_command_line_are_never_run() {
    let world = World::new(&["h1"]);
    world.target("t");
    let artifact = Tarball::new("app", "1.0").write(&world.project());
    world.release(&["t", artifact.to_str().unwrap()]).expect(0);
    for value in VALUES.iter().filter(|v| !v.starts_with('-') && !v.is_empty()) {
        world.release(&["deploy", value, "app-1.0.tar.gz"]).expect(2);
        world.release(&["rollback", "t", "--to", value]).expect(2);
        let run = world.release(&["deploy", "t", value]);
        assert!(matches!(run.code, 2 | 3), "{value:?}: {run:?}");
        assert!(!run.stderr.contains(['\u{1b}', '\r', '\u{202e}', '\u{7}']), "{value:?}: {:?}", run.stderr);
    }
    for value in ["$(touch pwned)", "`touch pwned`; touch pwned", "a\ntouch pwned\nlook"] {
        world.release(&["log", "t", value]).expect(2);
        world.release(&["pin", "t", value]).expect(3);
        world.release(&["unpin", "t", value]).expect(3);
    }
    for (version, name) in [("1.0;touch pwned", 2), ("$(touch pwned)", 2), ("-rf", 2), ("1.0\ntouch pwned", 2)] {
        let path = Tarball::new("app", version).write(&world.project());
        world.release(&["t", path.to_str().unwrap()]).expect(name);
    }
    no_canary(&world);
    only_our_command(world.host("h1"));
}

#[test]
fn every_command_sends_the_one_command_line() {
    let world = World::new(&["h1"]);
    world.hosts_toml("app = \"app\"\n[maintenance]\nflag = \"down\"\n[targets.t]\nhosts = [\"h1\"]\n");
    for version in ["1.0", "1.1"] {
        Tarball::new("app", version).write(&world.project().join("dist"));
    }
    let host = world.host("h1");
    let mut known = 0;
    for args in [
        "setup t",
        "check",
        "plan t 1.0",
        "t 1.0",
        "deploy t 1.1 --dry-run",
        "t 1.1",
        "status",
        "log t",
        "rollback",
        "forward t",
        "rollback --dry-run",
        "maintenance on t",
        "maintenance off t",
        "lock t",
        "unlock t",
        "pin t 1.0",
        "unpin t 1.0",
        "prune t",
        "prune t --dry-run",
        "recover t",
    ] {
        world.release(&args.split(' ').collect::<Vec<_>>()).expect(0);
        let commands = host.sshd().commands();
        assert!(commands.len() > known, "{args}: asked nothing");
        known = commands.len();
    }
    let operation = world.release(&["log", "t", "--json"]).json()["operations"][0]["record"]["id"].take();
    world.release(&["log", "t", operation.as_str().unwrap()]).expect(0);
    only_our_command(host);
}
