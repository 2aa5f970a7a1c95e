//! What a checkout of a commit is on disk.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::git::{self, Revision};

/// A repository with a program, a link, a file that git's filters would change, and what is to be ignored.
struct Made {
    home: tempfile::TempDir,
    files: Vec<Tracked>,
    git_dir: PathBuf,
}

fn sh(dir: &Path, line: &str) {
    let output = std::process::Command::new("sh").args(["-euc", line]).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

fn made(line: &str) -> Made {
    let home = tempfile::tempdir().unwrap();
    sh(home.path(), "git init -q -b main .");
    sh(home.path(), line);
    sh(home.path(), "git add -A && git -c user.name=t -c user.email=t@example.org commit -qm one");
    let repository = git::open(home.path()).unwrap();
    let revision: Revision = git::resolve(&repository, None).unwrap();
    let files = git::files(&repository, &revision).unwrap();
    Made { home, files, git_dir: repository.path().to_owned() }
}

const PROJECT: &str =
    "mkdir lib; echo one >lib/a; echo '#!/bin/sh' >run; chmod 755 run; ln -s lib/a link; echo '*.log' >.gitignore";

#[test]
fn it_has_what_git_has() {
    let made = made(&format!(
        "{PROJECT}; printf '%s\\r\\n' '$Format:%H$ $Id$' >keep; echo '* text eol=lf ident export-subst' >.gitattributes"
    ));
    let checkout = Checkout::make(&made.git_dir, &made.files, "app-1.0").unwrap();
    let root = checkout.root().to_owned();
    assert!(root.ends_with("app-1.0"));
    assert_eq!(fs::read_to_string(root.join("lib/a")).unwrap(), "one\n");
    assert_eq!(fs::read_link(root.join("link")).unwrap(), Path::new("lib/a"));
    assert_eq!(fs::metadata(root.join("run")).unwrap().permissions().mode() & 0o777, 0o755);
    assert!(fs::read_to_string(root.join("keep")).unwrap().starts_with("$Format:%H$ $Id$"), "no attribute is followed");
    assert!(!root.join(".git").exists());
    assert_eq!(checkout.added().unwrap(), [""; 0]);
    checkout.unchanged(&[], |_| false).unwrap();
    drop(checkout);
    assert!(!root.exists());
    drop(made.home);
}

/// Facts item 60.
#[test]
fn what_a_command_does_to_it_is_seen() {
    let made = made(PROJECT);
    for (line, what) in [
        ("echo two >lib/a", "modified  lib/a"),
        ("echo two >lib/a; touch -d @1 lib/a", "modified  lib/a"),
        ("chmod -x run", "modified  run"),
        ("chmod +x lib/a", "modified  lib/a"),
        ("rm link; ln -s run link", "modified  link"),
        ("rm link; cp lib/a link", "modified  link"),
        ("rm lib/a", "deleted   lib/a"),
        ("rm -r lib; ln -s /tmp lib", "deleted   lib/a"),
        ("echo x >lib/new", "new       lib/new"),
    ] {
        let checkout = Checkout::make(&made.git_dir, &made.files, "x").unwrap();
        sh(checkout.root(), line);
        let added = checkout.added().unwrap();
        let failure = checkout.unchanged(&added, |_| false).expect_err(line);
        let detail = failure.detail.unwrap();
        assert!(detail.contains(what), "{line}: {detail}");
        assert_eq!(failure.exit.code(), 3);
    }
    let checkout = Checkout::make(&made.git_dir, &made.files, "x").unwrap();
    sh(
        checkout.root(),
        "cp lib/a z; cp z lib/a; rm z; chmod 600 lib/a; touch run; echo x >a.log; mkdir -p out; echo y >out/b",
    );
    let added = checkout.added().unwrap();
    assert_eq!(added, ["a.log", "out/b"]);
    checkout.unchanged(&added, |path| path.starts_with("out/")).unwrap();
    sh(checkout.root(), "for n in $(seq 30); do echo >n$n; done");
    let failure = checkout.unchanged(&checkout.added().unwrap(), |_| false).unwrap_err();
    let detail = failure.detail.unwrap();
    assert_eq!(detail.lines().count(), NAMED + 1, "{detail}");
    assert!(detail.ends_with("and 21 more"), "{detail}");
}
