//! What `git archive`, GNU tar and BusyBox really write.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::artifact::testing::{FILE, inspected_file};
use crate::model::Digest;

/// Runs a command line in a directory; says whether the tool is there.
fn sh(dir: &Path, line: &str) -> String {
    let output = Command::new("sh").args(["-euc", line]).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A tree with all that a release may hold: long and odd names, empty directories, links.
fn tree(home: &Path) {
    let top = home.join("DDGC-1.0");
    let deep = top.join("lib").join("a".repeat(120)).join("b".repeat(200));
    fs::create_dir_all(&deep).unwrap();
    fs::create_dir(top.join("empty")).unwrap();
    fs::write(deep.join("c".repeat(240)), "deep").unwrap();
    fs::write(top.join("d".repeat(95)), "name and prefix").unwrap();
    fs::write(top.join("日本 é '\"$(id)"), "odd").unwrap();
    fs::write(top.join("-rf"), "").unwrap();
    fs::write(top.join("big"), vec![7; 100_000]).unwrap();
    symlink("big", top.join("link")).unwrap();
    symlink("../../big", top.join("lib").join("a".repeat(120)).join("up")).unwrap();
    symlink("e".repeat(300).replace("eeeeeeeeee", "eeeeeeeee/"), top.join("long-link")).unwrap();
}

fn size(home: &Path) -> u64 {
    let sizes = sh(home, "find DDGC-1.0 -type f -exec stat -c %s {} +");
    sizes.lines().map(|size| size.parse::<u64>().unwrap()).sum()
}

/// The archive is good, and counts and sizes are what the tree has.
fn agrees(home: &Path, command: &str) -> crate::artifact::Artifact {
    let path = home.join(FILE);
    let _ = fs::remove_file(&path);
    sh(home, command);
    let artifact = inspected_file(&path);
    let found = sh(home, "find DDGC-1.0 -mindepth 1 | wc -l");
    assert_eq!(artifact.entries.to_string(), found, "{command}");
    assert_eq!(artifact.unpacked, size(home), "{command}");
    assert_eq!(artifact.digest, Digest::of(&fs::read(&path).unwrap()), "{command}");
    assert_eq!(artifact.size, fs::metadata(&path).unwrap().len(), "{command}");
    artifact
}

#[test]
fn gnu_tar() {
    let home = tempfile::tempdir().unwrap();
    tree(home.path());
    for command in [
        "tar czf DDGC-1.0.tar.gz DDGC-1.0",
        "tar czf DDGC-1.0.tar.gz ./DDGC-1.0",
        "tar czf DDGC-1.0.tar.gz --format=posix DDGC-1.0",
        "tar czf DDGC-1.0.tar.gz --format=gnu --owner=root --mtime=@0 --sort=name DDGC-1.0",
        "tar czf DDGC-1.0.tar.gz --format=oldgnu DDGC-1.0",
        "tar czf DDGC-1.0.tar.gz -b 200 DDGC-1.0",
        "mkdir -p in && cp -a DDGC-1.0 in/ && tar czf DDGC-1.0.tar.gz -C in .",
        "tar cf - DDGC-1.0 | gzip -9 > DDGC-1.0.tar.gz",
    ] {
        let artifact = agrees(home.path(), command);
        assert_eq!((artifact.commit, artifact.warnings), (None, Vec::new()), "{command}");
    }
}

#[test]
fn gnu_tar_with_hard_links() {
    let home = tempfile::tempdir().unwrap();
    let top = home.path().join("DDGC-1.0");
    fs::create_dir_all(top.join("s")).unwrap();
    fs::write(top.join("s/file"), "hello").unwrap();
    fs::hard_link(top.join("s/file"), top.join("z")).unwrap();
    for format in ["gnu", "posix", "ustar"] {
        let path = home.path().join(FILE);
        sh(home.path(), &format!("tar czf {FILE} --format={format} --sort=name DDGC-1.0"));
        let artifact = inspected_file(&path);
        assert_eq!((artifact.entries, artifact.unpacked), (3, 5), "{format}");
    }
}

#[test]
fn busybox_tar() {
    if Command::new("busybox").arg("true").status().is_err() {
        return; // not on every machine
    }
    let home = tempfile::tempdir().unwrap();
    tree(home.path());
    agrees(home.path(), "busybox tar czf DDGC-1.0.tar.gz DDGC-1.0");
}

#[test]
fn git_archive() {
    let home = tempfile::tempdir().unwrap();
    tree(home.path());
    // git keeps no empty directories.
    fs::remove_dir(home.path().join("DDGC-1.0/empty")).unwrap();
    let git = "git -c user.name=t -c user.email=t@example.org -c init.defaultBranch=main -C DDGC-1.0";
    sh(home.path(), &format!("{git} init -q && {git} add -A && {git} commit -qm x"));
    let commit = sh(home.path(), &format!("{git} rev-parse HEAD"));
    sh(home.path(), "mv DDGC-1.0/.git repo.git");
    let git = "git --git-dir=repo.git archive --prefix=DDGC-1.0/";
    let artifact = agrees(home.path(), &format!("{git} HEAD | gzip > {FILE}"));
    assert_eq!(artifact.commit, Some(commit.clone()));
    let artifact = agrees(home.path(), &format!("{git} -o {FILE} HEAD"));
    assert_eq!(artifact.commit, Some(commit));
    let artifact = agrees(home.path(), &format!("{git} HEAD^{{tree}} | gzip > {FILE}"));
    assert_eq!(artifact.commit, None, "a tree is no commit");
}

/// Peak memory is told for a whole process, so the test below runs this one in a process of its own.
#[test]
#[ignore = "run by memory_stays_small"]
fn in_a_process_of_its_own() {
    let path = std::env::var_os("ARTIFACT_UNDER_TEST").expect("run by memory_stays_small");
    assert_eq!(inspected_file(Path::new(&path)).unpacked, 300_000_000);
    let status = fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap());
}

#[test]
fn memory_stays_small() {
    if !Path::new("/proc/self/status").exists() {
        return; // only Linux tells
    }
    let home = tempfile::tempdir().unwrap();
    sh(home.path(), "mkdir DDGC-1.0; yes 'a line that repeats itself' | head -c 300000000 > DDGC-1.0/big");
    sh(home.path(), &format!("tar c DDGC-1.0 | gzip -1 > {FILE}"));
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["artifact::tests::tools::in_a_process_of_its_own", "--exact", "--ignored", "--nocapture"])
        .env("ARTIFACT_UNDER_TEST", home.path().join(FILE))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.split_once("VmHWM:")).expect(&text).1;
    let peak: u64 = line.split_whitespace().next().and_then(|kb| kb.parse().ok()).expect(line);
    assert!(peak < 30_000, "{peak} kB");
}
