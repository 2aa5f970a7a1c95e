//! Good archives to begin with: one tree, packed by every tool at hand and by hand.

use std::path::Path;
use std::process::Command;

use super::blocks::{Block, joined};
use super::records::record;

/// A tree with something of everything, and its archives by tools that people have.
const PACK: &str = r#"
mkdir -p src/app-1.0/lib/deep src/app-1.0/empty packed
cd src/app-1.0
echo 1.0 >VERSION
echo '#!/bin/sh' >run; chmod 755 run
echo deep >lib/deep/file
long=$(printf '%095d' 7)
mkdir "$long"; echo long >"$long/name"
echo wide >"日本 é"
head -c 1500 /dev/zero | tr '\0' x >big
ln VERSION twin
ln -s VERSION link
ln -s "../$long/name" lib/far
cd ..
tar -cf ../packed/gnu --format=gnu --sort=name app-1.0
tar -cf ../packed/posix --format=posix --sort=name app-1.0
tar -cf ../packed/dotted --format=posix --sort=name ./app-1.0
rm "app-1.0/lib/far"
tar -cf ../packed/ustar --format=ustar --sort=name app-1.0
bsdtar -cf ../packed/bsd --format=pax app-1.0
bsdtar -cf ../packed/bsd-ustar --format=ustar app-1.0
busybox tar -cf ../packed/busybox app-1.0
"#;

/// The archives, without compression.
pub fn all(home: &Path) -> Vec<Vec<u8>> {
    let status = Command::new("sh").args(["-euc", PACK]).env("LC_ALL", "C.UTF-8").current_dir(home).status().unwrap();
    assert!(status.success());
    let mut names: Vec<_> =
        std::fs::read_dir(home.join("packed")).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let mut archives: Vec<_> = names.iter().map(|path| std::fs::read(path).unwrap()).collect();
    archives.push(small());
    archives.push(git());
    archives
}

/// Few entries with little in them: what is put among them meets them.
fn small() -> Vec<u8> {
    joined(&[
        Block::new(b'5', "app-1.0/"),
        Block::new(b'0', "app-1.0/a").body(b"hello"),
        Block::new(b'5', "app-1.0/d/"),
        Block::new(b'2', "app-1.0/d/l").link("../a"),
        Block::new(b'1', "app-1.0/h").link("app-1.0/a"),
    ])
}

/// As `git archive` begins.
fn git() -> Vec<u8> {
    let commit = record(b"comment", "0123456789abcdef0123456789abcdef01234567".as_bytes());
    joined(&[
        Block::new(b'g', "pax_global_header").body(&commit),
        Block::new(b'5', "app-1.0/"),
        Block::new(b'x', "0123456789abcdef.paxheader").body(&record(b"path", b"app-1.0/a/long/name")),
        Block::new(b'0', "0123456789abcdef.data").body(b"hello"),
    ])
}
