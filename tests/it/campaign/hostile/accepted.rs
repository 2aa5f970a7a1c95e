//! Artifacts that are strange and not refused: each is warned of, put right, or unpacked to the letter.

use std::os::unix::fs::MetadataExt;

use super::artifact::with;
use super::{Scene, harmless, holds, well_said};
use crate::campaign::Tally;
use crate::support::{Background, RawEntry, State, Tarball, eventually, mode};

/// Deployed, with these words; then the release is looked at.
fn deployed(
    what: &str,
    entries: &[RawEntry],
    words: &[&str],
    look: impl Fn(&Scene) -> Result<(), String>,
) -> Result<(), String> {
    let scene = Scene::new();
    scene.world.write("app-1.tar.gz", with(entries));
    let run = scene.world.release(&["t", "app-1.tar.gz"]);
    well_said(&run, 0, words).and_then(|()| look(&scene)).map_err(|violation| format!("{what}: {violation}"))
}

fn file(name: &str) -> RawEntry {
    RawEntry::file(format!("app-1/{name}"), name)
}

fn mode_is(scene: &Scene, path: &str, bits: u32) -> Result<(), String> {
    let meta = std::fs::metadata(scene.path(&format!("live/{path}"))).map_err(|error| format!("{path}: {error}"))?;
    holds(meta.mode() & 0o7777 == bits, || format!("{path} has mode {:o}", meta.mode()))
}

fn all_there(scene: &Scene, names: &[&str]) -> Result<(), String> {
    let there = |name: &&&str| std::fs::read_to_string(scene.path(&format!("live/{name}"))).is_ok_and(|s| s == **name);
    match names.iter().find(|name| !there(name)) {
        None => Ok(()),
        Some(missing) => Err(format!("{missing:?} is not there to the letter")),
    }
}

/// 42, 44, 46, 49, 52 and 58.
fn strange(tally: &mut Tally) {
    let modes = [
        RawEntry { mode: 0o1755, ..file("sticky") },
        RawEntry { mode: 0o777, ..file("open") },
        RawEntry { mode: 0o1777, ..RawEntry::dir("app-1/dir/") },
    ];
    tally.trial(deployed("42: sticky and open", &modes, &["\"app-1/open\"", "stripped on the host"], |scene| {
        mode_is(scene, "sticky", 0o755).and(mode_is(scene, "open", 0o755)).and(mode_is(scene, "dir", 0o755))
    }));
    let names = ["README", "Readme"];
    tally.trial(deployed(
        "44: case",
        &names.map(file),
        &["\"Readme\" (\"README\")", "macOS can't hold both"],
        |scene| all_there(scene, &names),
    ));
    let names = ["\u{e9}", "e\u{301}"];
    tally.trial(deployed("44: NFC and NFD", &names.map(file), &["NFD", "\\u{301}"], |scene| all_there(scene, &names)));
    let names = ["-rf", "--checkpoint-action=exec=touch pwned", "--", "\u{202e}evil", "$(touch pwned)", "...", "a ' b"];
    tally.trial(deployed("46: names like options", &names.map(file), &[], |scene| {
        let nowhere = State::of(scene.world.root()).paths().iter().all(|path| !path.ends_with("/pwned"));
        all_there(scene, &names).and(holds(nowhere, || "a name was run".into()))
    }));
    tally.trial(deployed("49: owners", &[file("a")], &[], |scene| {
        let owner = |path: &str| std::fs::metadata(scene.path(path)).unwrap().uid();
        holds(owner("live/a") == owner("."), || "an owner of the archive was taken over".into())
    }));
    let times = [RawEntry { mtime: 0, ..file("past") }, RawEntry { mtime: 0o77_777_777_777, ..file("future") }];
    tally.trial(deployed("52: times", &times, &[], |scene| all_there(scene, &["past", "future"])));
    let secrets =
        [file(".env"), file("ddgc_config.sh"), RawEntry::file("app-1/k.txt", "-----BEGIN OPENSSH PRIVATE KEY-----\n")];
    let words = &["\".env\"", "\"ddgc_config.sh\"", "belongs in `shared` or `env`", "\"k.txt\": holds a private key"];
    tally.trial(deployed("58: secrets", &secrets, words, |_| Ok(())));
    tally.trial(deployed(
        "53: names that are ours elsewhere",
        &["live", ".complete", "releases"].map(file),
        &[],
        |scene| all_there(scene, &["live", ".complete", "releases"]),
    ));
}

/// 33: `1.0` and `01.0` are two versions, and neither is taken for the other.
fn two_spellings(tally: &mut Tally) {
    let scene = Scene::new();
    for version in ["1.0", "01.0"] {
        scene.pack(version);
    }
    for version in ["1.0", "01.0"] {
        let run = scene.world.release(&["t", version]);
        let live = std::fs::read_to_string(scene.path("live/VERSION")).unwrap_or_default();
        let right = holds(live.trim() == version, || format!("33: {live:?} is live, not {version}"));
        tally.trial(well_said(&run, 0, &[]).and(right));
    }
}

/// 56: the same version with other bytes is another thing.
fn other_bytes(tally: &mut Tally) {
    let scene = Scene::live();
    Tarball::new("app", "1").file("more", "").write(&scene.world.project().join("dist"));
    let words = ["1 is here already", "other bytes", "sha256", "--force-new-build"];
    tally.trial(scene.refused("56: other bytes", &["t", "1"], 3, &words));
    let run = scene.world.release(&["t", "1", "--force-new-build"]);
    let there = holds(scene.path("live/more").exists(), || "56: the new build is not live".into());
    tally.trial(well_said(&run, 0, &[]).and(there));
}

/// 57: what is checked is what is sent. The file is another one after the check, or other bytes in the same file.
fn changed_under_us(tally: &mut Tally) {
    for in_place in [false, true] {
        let scene = Scene::live();
        let path = scene.world.write("app-2.tar.gz", with_noise("2"));
        // A `requires` of nothing: the client is held where it has checked the artifact and not yet sent it.
        scene.write("hold", "");
        let gate = scene.world.project().join("sh");
        std::fs::create_dir(&gate).unwrap();
        let shell = gate.join("sh");
        let wait = format!(
            "#!/bin/dash\ntouch {0}/asked; while [ -e {0}/hold ]; do /bin/sleep 0.05; done\nexec /bin/dash \"$@\"\n",
            scene.base().display()
        );
        std::fs::write(&shell, wait).unwrap();
        mode(&shell, 0o755);
        let mut command = scene.world.release_command(&["t", "app-2.tar.gz"]);
        command.env("PATH", format!("{}:/usr/bin:/bin", gate.display()));
        let client = Background::start(command, std::process::Stdio::null());
        eventually("the host is asked", || scene.path("asked").exists());
        if in_place {
            let mut bytes = std::fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&path, bytes).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, with_noise("3")).unwrap();
        }
        std::fs::remove_file(scene.path("hold")).unwrap();
        let run = client.finish(super::PATIENCE);
        let live = std::fs::read_to_string(scene.path("live/VERSION")).unwrap();
        let kept = holds(live == "1\n", || format!("{live:?} is live"));
        let said = holds(matches!(run.code, 1 | 3) && run.stderr.contains("app-2.tar.gz"), || format!("{run:?}"));
        tally.trial(kept.and(said).and(harmless(&run)).map_err(|v| format!("57: in place {in_place}: {v}")));
    }
}

fn with_noise(version: &str) -> Vec<u8> {
    Tarball::new("app", "2").file("VERSION", version).noise("noise", 300_000).bytes()
}

#[test]
fn handled() {
    let mut tally = Tally::new("hostile inputs: artifacts, accepted");
    strange(&mut tally);
    two_spellings(&mut tally);
    other_bytes(&mut tally);
    changed_under_us(&mut tally);
    tally.finish();
}
