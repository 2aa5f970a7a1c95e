//! What a good archive tells, and what it is warned about.

use crate::artifact::testing::{FILE, dir, file, gz, hardlink, inspected, long, naming, pax, symlink, tar, with};
use crate::artifact::{FileIdentity, Limits, inspect};
use crate::model::Digest;

fn warnings(name: &str, body: &str) -> Vec<String> {
    inspected(&gz(&with(&[file(format!("DDGC-1.0/{name}"), body)]))).unwrap().warnings
}

#[test]
fn tells_all_about_a_good_archive() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let bytes = gz(&tar(&[
        pax(b'g', &[("comment", commit.as_bytes())]),
        dir("DDGC-1.0/"),
        file("DDGC-1.0/bin/run", "#!/bin/sh\n"),
        file("DDGC-1.0/-rf", "x"),
        symlink("DDGC-1.0/current", "bin"),
        hardlink("DDGC-1.0/again", "DDGC-1.0/bin/run"),
        dir("DDGC-1.0/bin"),
    ]));
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(FILE);
    std::fs::write(&path, &bytes).unwrap();
    let artifact = inspect(&path, &naming(), &Limits::default()).unwrap();
    assert_eq!(artifact.path, path);
    assert_eq!(artifact.version.as_str(), "1.0");
    assert_eq!(artifact.digest, Digest::of(&bytes));
    assert_eq!(artifact.size, bytes.len() as u64);
    assert_eq!(artifact.unpacked, 11);
    assert_eq!(artifact.entries, 5, "bin, bin/run, -rf, current, again");
    assert_eq!(artifact.commit.as_deref(), Some(commit));
    assert_eq!(artifact.warnings, [""; 0]);
    let FileIdentity { size, ino, .. } = artifact.identity;
    assert_eq!(size, bytes.len() as u64);
    assert_ne!(ino, 0);
}

#[test]
fn a_commit_is_what_git_notes_at_the_beginning() {
    for commit in ["1".repeat(40), "2".repeat(64)] {
        let entries = [pax(b'g', &[("comment", commit.as_bytes())]), file("DDGC-1.0/a", "")];
        assert_eq!(inspected(&gz(&tar(&entries))).unwrap().commit, Some(commit));
    }
    assert_eq!(inspected(&gz(&with(&[]))).unwrap().commit, None);
}

#[test]
fn names_may_be_normalised_and_long() {
    let name = format!("./DDGC-1.0/{}//./x", "d".repeat(200));
    let artifact = inspected(&gz(&tar(&[
        dir("./"),
        dir("./DDGC-1.0/"),
        long(b'L', &name),
        file("DDGC-1.0/ddd", "x"),
        pax(b'x', &[("path", "DDGC-1.0/é/日本".as_bytes()), ("mtime", b"1.5")]),
        file("cut", "x"),
    ])))
    .unwrap();
    assert_eq!((artifact.entries, artifact.unpacked), (4, 2));
}

#[test]
fn warns_of_what_looks_like_a_secret() {
    for name in [".env", "conf/.env", "ddgc_config.sh", ".ssh/id_rsa", "id_ed25519", ".pgpass"] {
        let expected = format!(
            "{name:?}: looks like configuration or a secret, which belongs in `shared` or `env`, not in a release"
        );
        assert_eq!(warnings(name, ""), [expected]);
    }
    let key = "-----BEGIN PRIVATE KEY-----\n";
    assert_eq!(warnings("tls/server.pem", key), ["\"tls/server.pem\": holds a private key"]);
    for name in [".env.example", "id_rsa.pub", "cacert.pem", "config.sh.in"] {
        assert_eq!(warnings(name, "-----BEGIN CERTIFICATE-----\n"), [""; 0], "{name}");
    }
}

#[test]
fn warns_of_names_that_differ_in_case() {
    let archive = [file("DDGC-1.0/Readme", ""), file("DDGC-1.0/README", ""), file("DDGC-1.0/d/readme", "")];
    let artifact = inspected(&gz(&with(&archive))).unwrap();
    assert_eq!(
        artifact.warnings,
        ["\"README\" (\"Readme\"): differs only in case from its neighbour, and macOS can't hold both"]
    );
    let archive = [file("DDGC-1.0/x/É/1", ""), file("DDGC-1.0/x/é/1", "")];
    assert_eq!(inspected(&gz(&with(&archive))).unwrap().warnings.len(), 1, "directories too, and once");
}

#[test]
fn warns_of_decomposed_names_and_of_attributes() {
    assert!(warnings("cafe\u{301}", "")[0].contains("combining marks"));
    assert_eq!(warnings("caf\u{e9}", ""), [""; 0]);
    let archive = [pax(b'x', &[("SCHILY.xattr.security.capability", b"\x01\0")]), file("DDGC-1.0/x", "")];
    assert!(inspected(&gz(&with(&archive))).unwrap().warnings[0].contains("extended attributes"));
}

/// A tarball made under umask 077: the web server's account finds nothing.
#[test]
fn warns_of_what_others_can_not_read() {
    let can_not =
        "can't be read by other accounts, such as the web server's; if it should: chmod -R go+rX, and pack again";
    let archive =
        [dir("DDGC-1.0/").mode(0o700), file("DDGC-1.0/a", "").mode(0o640), file("DDGC-1.0/b", "").mode(0o604)];
    let artifact = inspected(&gz(&tar(&archive))).unwrap();
    assert_eq!(artifact.warnings, [format!("\"DDGC-1.0/\", \"DDGC-1.0/a\": {can_not}")]);
    let archive = [dir("DDGC-1.0/").mode(0o755), file("DDGC-1.0/a", "").mode(0o644), symlink("DDGC-1.0/b", "a")];
    assert_eq!(inspected(&gz(&tar(&archive))).unwrap().warnings, [""; 0]);
}
