//! 11, 13, 81, 82, 88, 92, 99 and 100: what stands where the tool is to work.

use std::fs;
use std::os::unix::fs::chown;

use super::{Scene, holds, link, well_said};
use crate::campaign::Tally;
use crate::support::{Login, Mount, Run, State, is_root, mode};

/// Refused by the deploy, and `check` says why too; nothing was changed by either.
fn both(scene: &Scene, what: &str, words: &[&str]) -> Result<(), String> {
    scene.pack("2");
    let before = scene.everything();
    let check = scene.world.release(&["check", "t"]);
    well_said(&check, 3, words).map_err(|violation| format!("{what}: check: {violation}"))?;
    super::unchanged(&before, &scene.everything())?;
    scene.refused(what, &["t", "2"], 3, words)
}

/// Deployed all the same, and said what is odd.
fn warned(scene: &Scene, what: &str, words: &[&str]) -> Result<(), String> {
    scene.pack("2");
    let run = scene.world.release(&["t", "2"]);
    well_said(&run, 0, words)
        .and_then(|()| {
            holds(fs::read(scene.path("live/VERSION")).is_ok_and(|v| v == b"2\n"), || "2 is not live".into())
        })
        .map_err(|violation| format!("{what}: {violation}"))
}

/// 81: what `live` may be.
fn live(tally: &mut Tally) {
    let scene = Scene::new();
    let live = scene.path("live");
    fs::create_dir(&live).unwrap();
    tally.trial(both(&scene, "81: directory", &["live is a real directory, not a link", "release adopt t"]));
    fs::remove_dir(&live).unwrap();
    scene.write("live", "");
    tally.trial(both(&scene, "81: file", &["live is a file, not a link"]));
    fs::remove_file(&live).unwrap();
    scene.deploy("1");
    let release = fs::read_link(&live).unwrap();
    fs::remove_file(&live).unwrap();
    link(release, scene.path("chain"));
    fs::create_dir(scene.path("releases/new")).unwrap();
    for to in ["live", "/etc", "chain", "releases/../x", "releases/new", "\x1b[31m\n\u{202e}x", "$(touch pwned)"] {
        link(to, &live);
        let what =
            if to == "releases/new" { "live leads to a release of another" } else { "live leads out of releases/" };
        tally.trial(both(&scene, &format!("81: to {to:?}"), &[what]));
        fs::remove_file(&live).unwrap();
    }
    link("releases/20140218-114503-0.940", &live);
    tally.trial(warned(&scene, "81: dangling", &["live leads nowhere: releases/20140218-114503-0.940"]));
}

/// 82 and 11: the base and what is ours in it.
fn base(tally: &mut Tally) {
    let scene = Scene::live();
    let (base, own, releases) = (scene.base(), scene.path(".release"), scene.path("releases"));
    for (what, path) in [("base", &base), (".release", &own), ("releases", &releases)] {
        let bits = if what == ".release" { 0o700 } else { 0o755 };
        mode(path, 0o777);
        let words = &["can be written by anyone", &format!("chmod o-w {}", path.display())];
        tally.trial(both(&scene, &format!("82: {what} for all"), words));
        mode(path, bits);
    }
    for (what, path) in [(".release", &own), ("releases", &releases)] {
        let aside = scene.world.root().join("aside");
        fs::rename(path, &aside).unwrap();
        fs::write(path, "").unwrap();
        tally.trial(both(&scene, &format!("82: {what} a file"), &["is not a directory of its own"]));
        fs::remove_file(path).unwrap();
        link(scene.world.root().join("nowhere"), path);
        tally.trial(both(&scene, &format!("82: {what} a dangling link"), &["is not a directory of its own"]));
        fs::remove_file(path).unwrap();
        fs::rename(&aside, path).unwrap();
    }
    let missing = Scene::new();
    fs::remove_dir(missing.base()).unwrap();
    tally.trial(warned(&missing, "82: missing", &["2 is live"]));
    let file = Scene::new();
    fs::remove_dir(file.base()).unwrap();
    fs::write(file.base(), "").unwrap();
    tally.trial(both(&file, "82: a file", &["is not a directory"]));
    tally.trial(not_ours(&Scene::live()));
}

/// 82: a base that somebody else owns: no right to write is a refusal, and for root a warning.
fn not_ours(scene: &Scene) -> Result<(), String> {
    if !is_root() {
        mode(&scene.base(), 0o555);
        let said = both(scene, "82: not writable", &["can't be written by"]);
        mode(&scene.base(), 0o755);
        return said;
    }
    let login = Login::get();
    let before = scene.everything();
    let mut command = scene.world.command("setpriv");
    command.arg(format!("--reuid={}", login.uid)).arg(format!("--regid={}", login.gid)).arg("--clear-groups");
    command.args([env!("CARGO_BIN_EXE_release"), "check", "t"]);
    well_said(&Run::of(command), 3, &["can't be read by release-test"])?;
    super::unchanged(&before, &scene.everything())?;
    chown(scene.base(), Some(login.uid), Some(login.gid)).unwrap();
    warned(scene, "82: somebody else's", &[&format!("belongs to uid {}", login.uid)])
}

/// 11, 82 and 92: other file systems, too small ones, and such that run nothing.
fn mounts(tally: &mut Tally) {
    let scene = Scene::live();
    let Some(mount) = Mount::tmpfs(&scene.path("releases"), "mode=755") else { return };
    // What was live is below the mount.
    tally.trial(warned(&scene, "11: releases elsewhere", &["2 is live", "live leads nowhere"]));
    drop(mount);
    let scene = Scene::live();
    let Some(mount) = Mount::tmpfs(&scene.path(".release"), "mode=700") else { return };
    let words = [".release is on another file system", "no swap is one rename"];
    tally.trial(both(&scene, "11: .release elsewhere", &words));
    drop(mount);
    let scene = Scene::new();
    let mount = Mount::tmpfs(&scene.base(), "mode=755,noexec");
    tally.trial(warned(&scene, "82: noexec", &["is mounted noexec"]));
    drop(mount);
    for (option, word) in [("size=1m", "MiB of disk"), ("nr_inodes=60", "inodes")] {
        let scene = Scene::new();
        let mount = Mount::tmpfs(&scene.base(), &format!("mode=755,{option}"));
        scene.pack("2");
        tally.trial(scene.refused(&format!("92: {option}"), &["t", "2"], 3, &["needs", word, "are free"]));
        drop(mount);
    }
}

/// 88: what we have not made stays, whatever it is called.
fn foreign(tally: &mut Tally) {
    let scene = Scene::live();
    scene.toml("keep = 2");
    let names = ["new", "a1b2c3d", "20260101-000000-1;id", "20990101-000000-9", "-rf", "20260101-000000-"];
    for name in names {
        scene.write(&format!("releases/{name}/precious"), "x");
    }
    scene.write("releases/file", "x");
    let precious =
        || State::of(&scene.base()).only(&names.map(|name| format!("releases/{name}")).each_ref().map(String::as_str));
    let before = precious();
    for version in ["2", "3", "4", "5"] {
        scene.deploy(version);
    }
    let pruned = scene.world.release(&["prune", "t"]);
    tally.trial(well_said(&pruned, 0, &[]).and_then(|()| super::unchanged(&before, &precious())));
}

/// 13: a flag that is a directory.
fn flag(tally: &mut Tally) {
    let scene = Scene::live();
    scene.toml("maintenance = { flag = 'down', when = 'always' }");
    fs::create_dir(scene.path("down")).unwrap();
    tally.trial(both(&scene, "13: directory", &["the flag down is a directory"]));
    let off = scene.world.release(&["maintenance", "off", "t"]);
    tally.trial(well_said(&off, 1, &["can't remove", "nothing was changed"]));
}

/// 100: a base that another tool works in: what it has is named, and the way to take over.
fn other_tools(tally: &mut Tally) {
    for (at, named) in [("current", ""), (".dep", ".dep"), ("revisions.log", "revisions.log")] {
        let scene = Scene::new();
        fs::create_dir_all(scene.path("releases/20200101120000")).unwrap();
        match at {
            "current" => link("releases/20200101120000", scene.path("current")),
            name => scene.write(name, ""),
        }
        let theirs = || State::of(&scene.base()).only(&[at, "releases/20200101120000"]);
        let before = theirs();
        let what = format!("100: {at}");
        tally.trial(match at {
            // What the web server follows would stay what it is.
            "current" => both(&scene, &what, &["would not be served", "release adopt t"]),
            _ => warned(&scene, &what, &["another deploy tool", named]),
        });
        tally.trial(super::unchanged(&before, &theirs()));
    }
    tally.trial(taken_over());
}

/// The command that the refusal names does take over.
fn taken_over() -> Result<(), String> {
    let scene = Scene::new();
    scene.toml("live = 'current'");
    scene.write("releases/20200101120000/VERSION", "old");
    link(scene.path("releases/20200101120000"), scene.path("current"));
    both(&scene, "100: taken over", &["a release of another deploy tool", "to take over: release adopt t"])?;
    scene.world.release(&["adopt", "t"]).ok();
    let run = scene.world.release(&["t", "2"]);
    let live = fs::read_to_string(scene.path("current/VERSION")).unwrap_or_default();
    well_said(&run, 0, &["2 is live"])
        .and_then(|()| {
            holds(live == "2\n" && scene.path("releases/20200101-120000-20200101120000/VERSION").exists(), || live)
        })
        .map_err(|violation| format!("100: {violation}"))
}

/// 89: the release to go back to was edited on the host, or has lost a file.
fn previous(tally: &mut Tally) {
    let scene = Scene::live();
    let one = fs::read_link(scene.path("live")).unwrap();
    let (one, path) = (one.display().to_string(), scene.path(one.to_str().unwrap()));
    scene.deploy("2");
    let edited = path.join("VERSION");
    fs::write(&edited, "1\n").unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    fs::File::options().write(true).open(&edited).unwrap().set_modified(later).unwrap();
    let run = scene.world.release(&["rollback", "t"]);
    let words = [format!("{one} was changed since it was deployed: 1 of 2 files (first: VERSION)")];
    tally.trial(well_said(&run, 0, &[&words[0]]).map_err(|violation| format!("89: edited: {violation}")));
    well_said(&scene.world.release(&["forward", "t"]), 0, &[]).unwrap();
    fs::remove_file(&edited).unwrap();
    let run = scene.world.release(&["rollback", "t"]);
    let words = [&one, "had lost 1 file that its artifact has: they are restored (first: VERSION)"];
    let back = holds(edited.exists(), || "VERSION is not there".into());
    tally.trial(well_said(&run, 0, &words).and(back).map_err(|violation| format!("89: restored: {violation}")));
    well_said(&scene.world.release(&["forward", "t"]), 0, &[]).unwrap();
    // And where its artifact is gone.
    let name = path.file_name().unwrap();
    fs::remove_file(scene.path(".release/manifests").join(name).join("artifact")).unwrap();
    for lost in ["VERSION", ".release.json"] {
        fs::remove_file(path.join(lost)).unwrap();
        let before = State::exact(&scene.base()).without(&[".release"]);
        let run = scene.world.release(&["rollback", "t"]);
        let said = well_said(&run, 1, &[&one, "is incomplete", "of 2 files are missing"]);
        let same = super::unchanged(&before, &State::exact(&scene.base()).without(&[".release"]));
        let form = super::house_form(&run);
        tally.trial(said.and(form).and(same).map_err(|violation| format!("89: without {lost}: {violation}")));
    }
}

/// 99: nothing is taken from /tmp, and nothing is put there under a name that can be guessed.
fn tmp(tally: &mut Tally) {
    let scene = Scene::live();
    let tmp = scene.world.root().join("tmp");
    fs::create_dir(&tmp).unwrap();
    scene.write("victim", "precious");
    let names = ["release", "release-0", ".release", "live", "app-2.tar.gz", "agent.sh"];
    names.iter().for_each(|name| link(scene.path("victim"), tmp.join(name)));
    let before = State::exact(&tmp).only(&names);
    scene.pack("2");
    let mut command = scene.world.release_command(&["t", "2"]);
    command.env("TMPDIR", &tmp);
    let run = Run::of(command);
    let kept = fs::read_to_string(scene.path("victim")).unwrap() == "precious";
    let same = super::unchanged(&before, &State::exact(&tmp).only(&names));
    tally.trial(well_said(&run, 0, &[]).and(same).and(holds(kept, || "a link in TMPDIR was followed".into())));
}

#[test]
fn file_system() {
    let mut tally = Tally::new("hostile inputs: the host's files");
    live(&mut tally);
    base(&mut tally);
    mounts(&mut tally);
    foreign(&mut tally);
    flag(&mut tally);
    other_tools(&mut tally);
    previous(&mut tally);
    tmp(&mut tally);
    tally.finish();
}
