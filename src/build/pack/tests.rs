//! The bytes of an artifact: the same from the same commit, and what tar and gzip make of them.

use std::process::Command;

use super::*;
use crate::git;
use crate::model::Digest;

fn sh(dir: &Path, line: &str) -> String {
    let output = Command::new("sh").args(["-euc", line]).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn packed(dir: &Path) -> Vec<u8> {
    let repository = git::open(dir).unwrap();
    let revision = git::resolve(&repository, None).unwrap();
    let files = git::files(&repository, &revision).unwrap();
    let entries = super::super::entries(&files, Vec::new(), &super::super::Selection::new(&[]).unwrap()).unwrap();
    let commit = revision.commit();
    let common = Common { top: "DDGC-1.0", commit: &commit, time: revision.time, git_dir: repository.path() };
    let mut out = Vec::new();
    pack(&entries, common, &AtomicBool::new(false), &mut out).unwrap();
    out
}

/// One commit with everything in it that a release may hold, the same one each time.
fn repository() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let deep = format!("{}/{}", "a".repeat(120), "b".repeat(200));
    sh(
        home.path(),
        &format!(
            "git init -q -b main .; mkdir -p lib '{deep}' many; echo deep >'{deep}/{}'; echo odd >'日本 é $(id)'; \
             echo {} >lib/{}; seq 100000 >lib/numbers; : >lib/empty; printf '#!/bin/sh\\n' >run; chmod 755 run; \
             ln -s lib/numbers link; ln -s '{}' long-link; for n in $(seq 1000); do echo $n >many/$n; done; git add -A; \
             GIT_AUTHOR_DATE='1392723903 +0900' GIT_COMMITTER_DATE='1392723903 +0900' \
             git -c user.name=t -c user.email=t@example.org commit -qm one",
            "é".repeat(110),
            "x".repeat(500),
            "d".repeat(95),
            "e/".repeat(150)
        ),
    );
    home
}

#[test]
fn every_extractor_gets_what_git_archive_gives() {
    let home = repository();
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("DDGC-1.0.tar.gz");
    std::fs::write(&file, packed(home.path())).unwrap();
    sh(
        home.path(),
        &format!("git archive --prefix=DDGC-1.0/ HEAD | (mkdir {0}/git; tar xf - -C {0}/git)", out.path().display()),
    );
    let list = "cd DDGC-1.0; find . -mindepth 1 -printf '%P %y %l\\n' | LC_ALL=C sort; find . -type f -perm -100 | sort; \
                find . -type f -exec sha256sum {} + | LC_ALL=C sort -k2";
    let expected = sh(&out.path().join("git"), list);
    for tool in ["tar xzf", "busybox tar xzf"] {
        let dir = out.path().join("other");
        std::fs::create_dir(&dir).unwrap();
        sh(&dir, &format!("{tool} ../DDGC-1.0.tar.gz"));
        assert!(sh(&dir, list) == expected, "{tool}");
        std::fs::remove_dir_all(&dir).unwrap();
    }
    let naming = crate::model::target::ArtifactName { prefix: "DDGC-".into(), suffix: ".tar.gz".into() };
    let artifact = crate::artifact::inspect(&file, &naming, &Default::default()).unwrap();
    assert_eq!(artifact.commit.as_deref(), Some(sh(home.path(), "git rev-parse HEAD").trim()));
    let listed = sh(
        out.path(),
        "TZ=UTC tar tvzf DDGC-1.0.tar.gz --numeric-owner | grep -v '^[dl]' | awk '{print $1, $2, $4, $5}' | sort -u",
    );
    assert_eq!(listed, "-rw-r--r-- 0/0 2014-02-18 11:45\n-rwxr-xr-x 0/0 2014-02-18 11:45\n");
}

/// If this fails because a dependency was updated, then the new version of this program gives other bytes for a commit than
/// the one before: say so in the notes of its release.
#[test]
fn the_bytes_are_the_same_everywhere_and_always() {
    let home = repository();
    assert_eq!(sh(home.path(), "git rev-parse HEAD").trim(), "c941fe294a8dc1294d5e79d0966ce9aece3ad424");
    assert_eq!(
        Digest::of(&packed(home.path())).to_string(),
        "b9b4daf8dd20d541fef8d945d80109866de4d4a875a6acdadcd8bb16d8e87fd0"
    );
    let clone = tempfile::tempdir().unwrap();
    sh(
        clone.path(),
        &format!("umask 077; git clone -q {} x; cd x; git repack -adfq --depth=50", home.path().display()),
    );
    assert!(packed(&clone.path().join("x")) == packed(home.path()), "how git keeps its objects does not matter");
}

#[test]
fn a_build_that_is_given_up_stops() {
    let home = repository();
    let repository = git::open(home.path()).unwrap();
    let revision = git::resolve(&repository, None).unwrap();
    let files = git::files(&repository, &revision).unwrap();
    let entries = super::super::entries(&files, Vec::new(), &super::super::Selection::new(&[]).unwrap()).unwrap();
    let common = Common { top: "x", commit: &revision.commit(), time: 0, git_dir: repository.path() };
    assert!(pack(&entries, common, &AtomicBool::new(true), &mut Vec::new()).is_err());
}

#[test]
fn a_pointer_is_not_the_file() {
    let home = tempfile::tempdir().unwrap();
    sh(
        home.path(),
        "git init -q .; echo 'version https://git-lfs.example/spec/v1' >movie; git add .; \
         git -c user.name=t -c user.email=t@example.org commit -qm one",
    );
    let repository = git::open(home.path()).unwrap();
    let revision = git::resolve(&repository, None).unwrap();
    let files = git::files(&repository, &revision).unwrap();
    let entries = [Entry { path: "movie".into(), from: From::Git(files[0].clone()) }];
    let common = Common { top: "x", commit: &revision.commit(), time: 0, git_dir: repository.path() };
    let failure = pack(&entries, common, &AtomicBool::new(false), &mut Vec::new()).unwrap_err();
    assert!(failure.what.contains("Git LFS"), "{failure}");
}
