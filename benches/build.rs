//! `release build` of a repository of 20,000 files, beside `git archive | gzip -6` on the same one.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::median;
use super::support::{Repo, Run, World};

const FILES: usize = 20_000;
const RUNS: usize = 5;

/// Text as people write it: pieces of this project's own sources, cut at other places for each file.
fn text(sources: &str, n: usize) -> &str {
    let size = 1000 + n * 7919 % 8000;
    let from = n * 104_729 % (sources.len() - size - 4);
    let whole = |at: usize| (at..).find(|at| sources.is_char_boundary(*at)).unwrap();
    &sources[whole(from)..whole(from + size)]
}

/// Everything below `src/` and `tests/`, one after the other.
fn sources() -> String {
    fn below(dir: &Path, all: &mut String) {
        let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                below(&path, all);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                all.push_str(&text);
            }
        }
    }
    let mut all = String::new();
    ["src", "tests"].iter().for_each(|dir| below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(dir), &mut all));
    all
}

/// One commit with so many files, packed as a clone has it.
fn import(repo: Repo<'_>) -> u64 {
    let sources = sources();
    let mut git = Command::new("git");
    git.args(["fast-import", "--quiet"]).current_dir(repo.path()).stdin(Stdio::piped());
    let mut child = git.spawn().unwrap();
    let mut stdin = std::io::BufWriter::new(child.stdin.take().unwrap());
    let message = "many files";
    write!(
        stdin,
        "commit refs/heads/main\ncommitter B <b@example.org> 1392723903 +0000\ndata {}\n{message}\n",
        message.len()
    )
    .unwrap();
    let mut bytes = 0;
    for n in 0..FILES {
        let text = text(&sources, n);
        bytes += text.len() as u64;
        write!(stdin, "M 100644 inline d{}/e{}/f{n}.rs\ndata {}\n{text}\n", n % 40, n % 400, text.len()).unwrap();
    }
    let toml = "app = \"app\"\n[targets.here]\nhosts = [\"local:here\"]\n";
    write!(stdin, "M 100644 inline hosts.toml\ndata {}\n{toml}\n", toml.len()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    repo.git(&["reset", "-q", "--hard"]);
    repo.git(&["gc", "-q"]);
    repo.git(&["tag", "1.0"]);
    bytes
}

/// Both in turn, so that what else the machine does falls on both.
pub fn build() {
    let world = World::new(&[]);
    let repo = Repo::init(&world);
    std::fs::remove_file(repo.path().join(".gitignore")).unwrap();
    let bytes = import(repo);
    let out = world.project().join("out");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut line = world.command("sh");
    line.args(["-c", "git archive --prefix=app-1.0/ 1.0 | gzip -6 > archive.tar.gz"]);
    Run::of(line).expect(0);
    for _ in 0..RUNS {
        let mut line = world.command("sh");
        line.args(["-c", "git archive --prefix=app-1.0/ 1.0 | gzip -6 > archive.tar.gz; sync archive.tar.gz"]);
        theirs.push(timed(line));
        let _ = std::fs::remove_dir_all(&out);
        ours.push(timed(world.release_command(&["build", "1.0", "-o", "out"])));
    }
    let size = |path: &str| std::fs::metadata(world.project().join(path)).unwrap().len() as f64 / 1e6;
    let (git, own) = (median(RUNS, |n| theirs[n]), median(RUNS, |n| ours[n]));
    println!("{FILES} files, {:.0} MB      time   to git's       size", bytes as f64 / 1e6);
    println!("git archive | gzip -6   {git:>6.2} s {:>10.2} {:>7.1} MB", 1.0, size("archive.tar.gz"));
    println!("release build           {own:>6.2} s {:>10.2} {:>7.1} MB", own / git, size("out/app-1.0.tar.gz"));
}

fn timed(command: Command) -> Duration {
    let began = Instant::now();
    Run::of(command).expect(0);
    began.elapsed()
}
