//! 86, 87, 89-91, 97 and 98: what the tool's own books on a host may have become, and what else it is told there.

use std::fs;
use std::path::PathBuf;

use super::{Scene, harmless, holds, well_said};
use crate::campaign::{Tally, trials};
use crate::support::{Run, State, mode};

/// A deploy of 2 goes through, and what is there afterwards is whole.
fn goes_on(scene: &Scene, what: &str, words: &[&str]) -> Result<(), String> {
    scene.pack("2");
    let look = scene.world.release(&["status", "t"]);
    well_said(&look, 0, &[]).map_err(|violation| format!("{what}: status: {violation}"))?;
    let run = scene.world.release(&["t", "2"]);
    well_said(&run, 0, words).map_err(|violation| format!("{what}: {violation}"))?;
    let left = scene.names(".release/tx");
    holds(left.is_empty() && scene.version() == "2", || {
        format!("{what}: {} is live, {left:?} is left", scene.version())
    })
}

/// The plan and the journal of the operation that made release 1.
fn books(scene: &Scene) -> (String, String) {
    let name = scene.names(".release/logs").remove(0);
    let read = |file: &str| fs::read_to_string(scene.path(&format!(".release/logs/{name}/{file}"))).unwrap();
    (read("plan"), read("journal"))
}

/// 86: journals that are cut off, empty, of another version, of another boot, two at a time, or no journals at all.
/// They are told as an interrupted operation, and `recover` or the next deploy finishes or undoes them, or lays them aside.
fn journals(tally: &mut Tally) {
    let (plan, journal) = books(&Scene::live());
    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    let cut = |n: usize| lines[..n].concat();
    let another = cut(9).replace(&boot(), "11111111-2222-3333-4444-555555555555");
    let half = &journal[..journal.len() / 3];
    let noise = "\u{1b}[31m\u{fffd}\n".repeat(50);
    let cases = [
        ("cut in a line", plan.as_str(), half, true),
        ("empty", &plan, "", false),
        ("nothing", "", "", false),
        ("of another version", "agent 99\nop teleport\nfrobnicate x\n", "version 99\n1.0 do 3\n", false),
        ("of another boot", &plan, &another, true),
        ("noise", &noise, &noise, false),
    ];
    for (at, (what, plan, journal, is_whole)) in cases.into_iter().enumerate() {
        // The slice has each journal once, by turns.
        for by_hand in [at % 2 == 0, at % 2 == 1].into_iter().take(trials(1, 2)) {
            let scene = Scene::live();
            left_behind(&scene, "20260101-000000-deploy-aaaaa", plan, journal);
            left_behind(&scene, "20260101-000001-deploy-bbbbb", plan, journal);
            tally.trial(mended(&scene, by_hand, is_whole).map_err(|violation| format!("86: {what}: {violation}")));
        }
    }
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap().trim().to_owned()
}

fn left_behind(scene: &Scene, operation: &str, plan: &str, journal: &str) {
    for (file, text) in [("plan", plan), ("journal", journal), ("log", ""), ("sig", "begin\n"), ("hb", "1\n")] {
        scene.write(&format!(".release/tx/{operation}/{file}"), text);
    }
}

/// What can't be trusted is laid aside, and said; it is no obstacle any more.
fn mended(scene: &Scene, by_hand: bool, is_whole: bool) -> Result<(), String> {
    let told = scene.world.release(&["status", "t"]);
    well_said(&told, 0, &["interrupted: release recover"])?;
    if by_hand {
        let run = scene.world.release(&["recover", "t"]);
        if is_whole {
            well_said(&run, 0, &["2 interrupted operations finished or undone"])?;
        } else {
            well_said(&run, 4, &["not everything could be undone"])?;
        }
        holds(scene.version() == "1", || format!("{} is live after recover", scene.version()))?;
    }
    goes_on(scene, "deploy", &[])
}

/// 87: a lock whose holder is dead, whose pid is somebody else's by now, of another boot or machine, or unreadable, is
/// free; one whose holder lives is not, whoever it says it is.
fn locks(tally: &mut Tally) {
    let (boot, started) = (boot(), start_time(1));
    let held = |boot: &str, pid: u32, start: &str| format!("held {boot} {pid} {start} op-1 deploy 2026 me@else\n");
    for (what, name, text) in [
        ("of a dead pid", "999", held(&boot, 4_194_000, "55")),
        ("of a pid that was used again", "999", held(&boot, 1, "55")),
        ("of another boot", "999", held("11111111-2222-3333-4444-555555555555", 1, &started)),
        ("noise", "999", "\u{1b}[31m held\n".into()),
        ("cut off", "999", "held".into()),
        ("empty, as a power cut leaves it", "999", String::new()),
        ("a number beyond all", "99999999999999999999999", held(&boot, 1, &started)),
    ] {
        let scene = Scene::live();
        scene.write(&format!(".release/lock/{name}"), text);
        tally.trial(goes_on(&scene, &format!("87: {what}"), &[]));
    }
    let scene = Scene::live();
    fs::create_dir(scene.path(".release/lock/77")).unwrap();
    tally.trial(goes_on(&scene, "87: a directory", &[]));
    let scene = Scene::live();
    scene.write(".release/lock/999", held(&boot, 1, &started).replace("me@else", "\u{1b}[31mroot@else\u{202e}"));
    scene.pack("2");
    tally.trial(scene.refused("87: alive", &["t", "2"], 75, &["locked by", "root@else", "deploy since 2026"]));
}

fn start_time(pid: u32) -> String {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit(')').next().unwrap().split_whitespace().nth(19).unwrap().to_owned()
}

/// 89: a previous release that is gone is not gone back to.
fn previous(tally: &mut Tally) {
    let scene = Scene::live();
    scene.deploy("2");
    let previous = scene.names("releases").into_iter().find(|name| name.ends_with("-1")).unwrap();
    let aside = scene.world.root().join("aside");
    fs::rename(scene.path(&format!("releases/{previous}")), &aside).unwrap();
    tally.trial(scene.refused("89: missing", &["rollback", "t"], 3, &["there is no release to go back to"]));
    tally.trial(scene.refused("89: missing", &["rollback", "t", "--to", "1"], 3, &["no release 1 is here"]));
    super::link(&aside, scene.path(&format!("releases/{previous}")));
    tally.trial(scene.refused("89: a link", &["rollback", "t"], 3, &["there is no release to go back to"]));
}

/// 90: a flag that was up before stays up, as it was.
fn flag(tally: &mut Tally) {
    let scene = Scene::live();
    scene.toml("maintenance = { flag = 'down', when = 'always' }");
    scene.write("down", "theirs\u{1b}[31m\n");
    let before = State::exact(&scene.base()).only(&["down"]);
    let kept = goes_on(&scene, "90", &[]);
    tally.trial(kept.and_then(|()| super::unchanged(&before, &State::exact(&scene.base()).only(&["down"]))));
    tally.trial(harmless(&scene.world.release(&["status", "t"])));
}

/// 91: clocks that differ are told, and decide nothing.
fn clocks(tally: &mut Tally) {
    for when in ["1970-01-02 00:00:00", "2037-12-31 23:59:59"] {
        let scene = Scene::live();
        scene.pack("2");
        // The host's own `date`, not ours.
        let bin = scene.world.project().join("bin");
        fs::create_dir(&bin).unwrap();
        fs::write(bin.join("date"), format!("#!/bin/sh\nexec /bin/date -d '{when} UTC' \"$@\"\n")).unwrap();
        mode(&bin.join("date"), 0o755);
        let mut command = scene.world.release_command(&["t", "2"]);
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        let run = Run::of(command);
        let told = well_said(&run, 0, &["its clock is", if when < "2" { "behind ours" } else { "ahead of ours" }]);
        tally.trial(told.and_then(|()| {
            let back = scene.world.release(&["rollback", "t"]);
            well_said(&back, 0, &[]).and(holds(scene.version() == "1", || format!("91: {} is live", scene.version())))
        }));
    }
}

/// 97: ledger, freeze and records of releases that hold escapes, endless lines and no UTF-8.
fn books_of_noise(tally: &mut Tally) {
    let scene = Scene::live();
    let mut ledger = fs::read(scene.path(".release/ledger")).unwrap();
    ledger.extend(b"\xff\xfe\x1b[31m\n{\"op\":\"deploy\",\"who\":\"\x1b[31mx\"}\n");
    ledger.resize(ledger.len() + (8 << 20), b'x');
    ledger.push(b'\n');
    scene.write(".release/ledger", &ledger);
    tally.trial(goes_on(&scene, "97: ledger", &[]));
    tally.trial(well_said(&scene.world.release(&["log", "t"]), 0, &["deploy"]));
    let scene = Scene::live();
    let release = scene.names("releases").remove(0);
    scene.write(
        &format!("releases/{release}/.release.json"),
        "{\"version\":\"\\u001b[31m\",\"commit\":\"\u{1b}]0;x\u{7}\"",
    );
    tally.trial(goes_on(&scene, "97: .release.json", &[]));
    let freeze = [b"\x1b]0;pwned\x07\xff\xc2\x9b31m\xe2\x80\xae".to_vec(), vec![b'y'; 100_000]].concat();
    scene.write(".release/freeze", freeze);
    scene.pack("3");
    tally.trial(scene.refused("97: freeze", &["t", "3"], 75, &["locked by", "release unlock t"]));
    scene.write(".release/freeze", "");
    tally.trial(scene.refused("97: empty freeze", &["t", "3"], 75, &["locked by somebody"]));
}

/// 98: whatever umask the login has, others can read a release, and nobody else can write to it.
fn umasks(tally: &mut Tally) {
    for umask in ["000", "077", "777"] {
        let scene = Scene::new();
        scene.pack("1");
        let mut command = scene.world.command("sh");
        let line = format!("umask {umask}; exec \"$@\"");
        command.args(["-c", &line, "sh", env!("CARGO_BIN_EXE_release"), "t", "1"]);
        let run = Run::of(command);
        let modes = ["releases", "live/", "live/VERSION", ".release"].map(|path| scene.mode_of(path));
        let right = holds(modes == [0o755, 0o755, 0o644, 0o700], || format!("98: {umask}: modes {modes:?}"));
        tally.trial(well_said(&run, 0, &[]).and(right));
    }
}

impl Scene {
    /// The version that is live.
    fn version(&self) -> String {
        fs::read_to_string(self.path("live/VERSION")).unwrap_or_default().trim().to_owned()
    }

    /// What is in a directory, sorted.
    fn names(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(directory)).into_iter().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn mode_of(&self, path: &str) -> u32 {
        use std::os::unix::fs::MetadataExt;
        let path: PathBuf = self.path(path);
        fs::metadata(path).map_or(0, |meta| meta.mode() & 0o7777)
    }
}

#[test]
fn books_on_the_host() {
    let mut tally = Tally::new("hostile inputs: the host's books");
    journals(&mut tally);
    locks(&mut tally);
    previous(&mut tally);
    flag(&mut tally);
    clocks(&mut tally);
    books_of_noise(&mut tally);
    umasks(&mut tally);
    tally.finish();
}
