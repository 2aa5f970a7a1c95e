//! 20, 21 and 23: what the command line may say.

use super::{Scene, harmless, holds, unchanged, well_said};
use crate::campaign::Tally;
use crate::support::Run;

/// Words that are no version, no release and no operation, whoever passes them on.
const WORDS: [&str; 10] = [
    "--help",
    "-rf",
    "--",
    "-",
    "$(touch pwned)",
    "a/../b",
    "\x1b[31mred",
    "v1;id",
    "\u{202e}evil",
    "../../etc/passwd",
];

/// 20: a target that is not there is never guessed.
fn targets(scene: &Scene, tally: &mut Tally) {
    for args in
        [&["prd", "1"][..], &["deploy", "prd", "1"], &["rollback", "prd"], &["status", "prd"], &["check", "prd"]]
    {
        tally.trial(scene.refused("20: no such target", args, 2, &["prd", "t"]));
    }
    scene.world.write("hosts.toml", "app = 'app'\n[targets.prod]\nhosts = ['a']\n[targets.view]\nhosts = ['b']\n");
    tally.trial(scene.refused("20: none named", &["rollback"], 2, &["which target?", "prod, view", "default ="]));
    tally.trial(scene.refused("20: nearly", &["prd", "1"], 2, &["prod, view", "did you mean `release prod`?"]));
    tally.trial(scene.refused("20: nearly", &["rollback", "prd"], 2, &["prod, view", "did you mean `prod`?"]));
    scene.toml("");
}

/// 21: an option where a version is expected, and everything else that is none.
fn versions(scene: &Scene, tally: &mut Tally) {
    let long = "x".repeat(300);
    for word in WORDS.into_iter().chain([long.as_str()]) {
        for args in [
            vec!["rollback", "t", "--to", word],
            vec!["rollback", "t", &format!("--to={word}")],
            vec!["t", "--", word],
            vec!["plan", "t", "--", word],
        ] {
            tally.trial(turned_away(scene, &args));
        }
    }
    // These ask the host.
    for (verb, word) in [("log", "--help"), ("log", "../ledger"), ("pin", "$(touch pwned)"), ("unpin", "\x1b[31mred")] {
        tally.trial(turned_away(scene, &[verb, "t", "--", word]));
    }
    let help = scene.world.release(&["rollback", "--help"]);
    tally.trial(well_said(&help, 0, &["Usage: release rollback"]));
}

/// What the parser of the command line says has its own form; everything else is as strict.
fn turned_away(scene: &Scene, args: &[&str]) -> Result<(), String> {
    let before = scene.everything();
    let run = scene.world.release(args);
    harmless(&run)
        .and_then(|()| holds(matches!(run.code, 2 | 3), || format!("exit code {}: {}", run.code, run.stderr)))
        .and_then(|()| unchanged(&before, &scene.everything()))
        .map_err(|violation| format!("21: release {args:?}: {violation}"))
}

/// 23: more hosts than can be connected at once, said at once; and as many as go are gone through.
fn thousands(scene: &Scene, tally: &mut Tally) {
    let hosts = |n: u32| (0..n).map(|n| format!("'h{n}.invalid'")).collect::<Vec<_>>().join(", ");
    let good = std::fs::read(scene.world.project().join("hosts.toml")).unwrap();
    scene.world.write("hosts.toml", format!("app = 'app'\n[targets.t]\nhosts = [{}]\n", hosts(10_000)));
    tally.trial(well_said(&scene.world.release(&["check", "--config"]), 0, &["ok (t)"]));
    scene.pack("9");
    for args in [&["status", "t"][..], &["check", "t"], &["rollback", "t"], &["t", "9"]] {
        let before = scene.everything();
        let mut limited = scene.world.command("sh");
        limited.args(["-c", "ulimit -n 1024; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_release")]).args(args);
        let run = Run::of(limited);
        let said = well_said(&run, 3, &["10000 hosts", "100064 open files, and 1024 are allowed", "ulimit -n 100064"]);
        tally.trial(said.and_then(|()| unchanged(&before, &scene.everything())));
    }
    std::fs::write(scene.world.project().join("hosts.toml"), good).unwrap();
}

#[test]
fn command_line() {
    let scene = Scene::live();
    let mut tally = Tally::new("hostile inputs: command line");
    targets(&scene, &mut tally);
    versions(&scene, &mut tally);
    thousands(&scene, &mut tally);
    tally.finish();
}
