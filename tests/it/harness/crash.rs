//! The tracer: it counts exactly, its faults really come, and nobody escapes it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::crash::{Crash, EIO, ENOSPC, Fault, Moment, Point, Scope, Traced};
use crate::support::is_running;

/// A directory to change, with a real path.
fn base() -> (TempDir, PathBuf) {
    let dir = tempfile::Builder::new().prefix("rt-traced-").tempdir().unwrap();
    let path = dir.path().canonicalize().unwrap();
    (dir, path)
}

fn script(base: &Path, shell: &[&str], text: &str) -> Command {
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).args(["-c", text]).current_dir(base);
    command
}

fn traced(base: &Path, at: usize, fault: Fault<'_>, text: &str) -> Traced {
    Crash::at(Scope::Below(base.into()), at, fault).run(script(base, &["dash"], text))
}

/// What programs do with files, and what each point of it is about. Which call they take for it is theirs to choose.
const KNOWN: &str = "mkdir a; echo x >a/b; mv a/b a/c; ln -s x l; rm -r a; echo y >/dev/null";
const POINTS: [&str; 7] = ["/a", "/a/b", "/a/b", "/a/b", "/l", "/a/c", "/a"];

/// Enumerates [`KNOWN`] as a campaign does.
fn enumerate(shell: &[&str], text: &str) -> Vec<String> {
    let mut seen = Vec::new();
    loop {
        let (_dir, base) = base();
        let at = seen.len() + 1;
        let run = Crash::at(Scope::Below(base.clone()), at, Fault::Kill).run(script(&base, shell, text));
        let Some(hit) = run.hit else {
            assert_eq!((run.run.code, run.trail.len()), (0, seen.len()), "{seen:?}");
            return seen;
        };
        assert_eq!((run.run.code, hit.number), (137, at));
        seen.push(hit.what.replace(base.to_str().unwrap(), ""));
    }
}

#[test]
fn each_call_is_counted_once() {
    let busybox = ["mkdir", "mv", "ln", "rm"]
        .iter()
        .fold(KNOWN.to_owned(), |text, name| text.replace(&format!("{name} "), &format!("busybox {name} ")));
    for (shell, text) in [(&["dash"][..], KNOWN), (&["busybox", "ash"], &busybox)] {
        let seen = enumerate(shell, text);
        let about = |(what, path): (&String, &str)| what.split(' ').nth(1) == Some(path);
        assert!(seen.len() == POINTS.len() && seen.iter().zip(POINTS).all(about), "{shell:?}: {seen:?}");
    }
}

#[test]
fn nothing_is_counted_elsewhere() {
    let (_dir, inside) = base();
    let (_other, outside) = base();
    let text = format!("echo x >{0}/f; echo said", outside.display());
    let run = traced(&inside, 0, Fault::Kill, &text);
    assert_eq!((run.trail.len(), run.run.ok().as_str()), (0, "said"));
    let everything = Crash::never(Scope::Everything).run(script(&inside, &["dash"], &text));
    // What was said among them.
    assert_eq!(everything.trail.len(), 3);
}

#[test]
fn kill_comes_before_the_call_and_kill_after_behind_it() {
    for (fault, there) in [(Fault::Kill, false), (Fault::KillAfter, true)] {
        let (_dir, base) = base();
        let run = traced(&base, 2, fault, "mkdir one; mkdir two; mkdir three");
        assert_eq!(run.run.code, 137);
        let exists = ["one", "two", "three"].map(|name| base.join(name).exists());
        assert_eq!(exists, [true, there, false]);
    }
}

#[test]
fn errors_reach_the_program() {
    for (errno, says) in [(ENOSPC, "No space left on device"), (EIO, "Input/output error")] {
        let (_dir, base) = base();
        let run = traced(&base, 2, Fault::Fail(errno), "mkdir one; mkdir two; mkdir three");
        assert!(run.run.stderr.contains(says), "{run:?}");
        assert_eq!((run.run.code, run.trail.len()), (0, 3));
        assert!(base.join("one").exists() && !base.join("two").exists() && base.join("three").exists());
    }
    let (_dir, base) = base();
    let run = traced(&base, 3, Fault::Fail(EIO), "echo x >f; sync f; echo $?");
    assert_eq!((run.run.stdout.as_str(), run.hit.unwrap().what), ("1\n", format!("fsync {}/f", base.display())));
}

#[test]
fn what_is_to_be_done_is_done_while_the_call_waits() {
    let (_dir, base) = base();
    let mut seen = None;
    let mut hook = |point: &Point| seen = Some((point.clone(), base.join("two").exists()));
    let run = traced(&base, 2, Fault::Then(&mut hook), "mkdir one; mkdir two");
    assert_eq!(run.run.code, 137);
    let (point, there) = seen.unwrap();
    assert!(point.what.contains("two") && !there && !base.join("two").exists(), "{point:?}");
}

/// In a session of its own, its parents gone: it is traced, and dies with the rest.
#[test]
fn nobody_escapes() {
    let (_dir, base) = base();
    let far = "setsid sh -c '(echo $$ >pid; sleep 60 & echo $! >sleeper; wait) &' </dev/null >/dev/null 2>&1 &
               while ! [ -s sleeper ]; do sleep 0.01; done; mkdir last";
    let all = traced(&base, 5, Fault::Kill, far);
    assert_eq!(all.hit.unwrap().what.split(' ').next(), Some("mkdir"));
    for name in ["pid", "sleeper"] {
        let pid = fs::read_to_string(base.join(name)).unwrap().trim().parse().unwrap();
        assert!(!is_running(pid), "{name}");
    }
}

#[test]
fn what_the_last_child_does_is_seen_too() {
    let (_dir, base) = base();
    let run = traced(&base, 0, Fault::Kill, "(setsid sh -c 'sleep 0.2; mkdir late' &) </dev/null >/dev/null 2>&1");
    assert_eq!((run.run.code, run.trail.len()), (0, 1));
    assert!(base.join("late").exists());
}

/// It sees each point before and after, one at a time although two processes race, and changes nothing.
#[test]
fn a_film_sees_every_point() {
    let (_dir, base) = base();
    let mut seen = Vec::new();
    let mut look = |point: &Point, moment: Moment| {
        let there = fs::read_dir(&base).unwrap().count();
        seen.push((point.number, moment, there));
    };
    let text = "(for n in 1 2 3 4 5; do mkdir a$n; done) & for n in 1 2 3 4 5; do mkdir b$n; done; wait";
    let run = traced(&base, 0, Fault::Film(&mut look), text);
    assert_eq!((run.run.code, run.trail.len(), run.hit), (0, 10, None));
    let wanted: Vec<_> = (1..=10).flat_map(|n| [(n, Moment::Before, n - 1), (n, Moment::After, n)]).collect();
    assert_eq!(seen, wanted);
}
