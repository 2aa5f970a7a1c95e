//! 24-53: tarballs that are refused. What is accepted and handled is in `accepted`.

use std::io::Write;
use std::process::Stdio;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{PATIENCE, Scene, holds, unchanged, well_said};
use crate::campaign::{Tally, trials};
use crate::support::{Background, Login, RawEntry, Run, is_root, mode, raw_tar};

const NAME: &str = "app-1.tar.gz";

/// Refused by the plan and by the deploy, and no host hears of it.
fn both(scene: &Scene, what: &str, file: &str, code: i32, words: &[&str]) -> Result<(), String> {
    scene.refused(what, &["plan", "t", "--", file], code, words)?;
    scene.refused(what, &["t", "--", file], code, words)?;
    holds(std::fs::read_dir(scene.base()).unwrap().next().is_none(), || format!("{what}: the host has heard of it"))
}

fn bytes(scene: &Scene, what: &str, content: &[u8], words: &[&str]) -> Result<(), String> {
    scene.world.write(NAME, content);
    both(scene, what, NAME, 3, &[words, &[NAME]].concat())
}

/// A good artifact with more in it.
pub fn with(more: &[RawEntry]) -> Vec<u8> {
    let good = [RawEntry::dir("app-1/"), RawEntry::file("app-1/VERSION", "1\n")];
    raw_tar(&[&good, more].concat())
}

fn longer(name: &str) -> [RawEntry; 2] {
    let link = RawEntry { data: [name.as_bytes(), b"\0"].concat(), ..RawEntry::new(b'L', "././@LongLink") };
    [link, RawEntry::file("app-1/short", "")]
}

fn pax(records: &str) -> RawEntry {
    RawEntry { data: records.into(), ..RawEntry::new(b'x', "PaxHeaders/f") }
}

fn bits(mode: u32) -> RawEntry {
    RawEntry { mode, ..RawEntry::file("app-1/f", "") }
}

/// 24: what is no file, and 33: what is not named like an artifact.
fn names(scene: &Scene, tally: &mut Tally) {
    let path = scene.world.project().join(NAME);
    tally.trial(both(scene, "24: missing", NAME, 2, &[NAME, "does not exist", "ls dist/"]));
    std::fs::create_dir(&path).unwrap();
    tally.trial(both(scene, "24: directory", NAME, 2, &[NAME, "is a directory"]));
    std::fs::remove_dir(&path).unwrap();
    let mut fifo = scene.world.command("mkfifo");
    fifo.arg(&path);
    Run::of(fifo).ok();
    tally.trial(both(scene, "24: FIFO", NAME, 2, &[NAME, "is a FIFO"]));
    std::fs::remove_file(&path).unwrap();
    super::link("nowhere", &path);
    tally.trial(both(scene, "24: dangling link", NAME, 2, &[NAME, "does not exist"]));
    std::fs::remove_file(&path).unwrap();
    tally.trial(unreadable(scene));
    let good = with(&[]);
    for (file, word) in [
        ("DDGC.tar.gz", "does not begin with \"app-\""),
        ("app-.tar.gz", "has no version in its name"),
        ("app-1.0;id.tar.gz", "no good version in its name"),
        ("app-$(touch pwned).tar.gz", "no good version in its name"),
        ("-rf.tar.gz", "does not begin with \"app-\""),
        ("app-1..2.tar.gz", "can't hold '..'"),
        (&format!("app-{}.tar.gz", "1".repeat(235)), "at most 100 characters"),
        ("app-1\x1b[31m.tar.gz", "no good version in its name"),
        ("app-1\n.tar.gz", "no good version in its name"),
        ("app-1.tgz", "does not end with \".tar.gz\""),
    ] {
        let path = scene.world.write(file, &good);
        tally.trial(both(scene, &format!("33: {file:?}"), file, 2, &[word, "app-{version}.tar.gz"]));
        std::fs::remove_file(path).unwrap();
    }
}

/// Root reads everything, so somebody else has to try.
fn unreadable(scene: &Scene) -> Result<(), String> {
    let path = scene.world.write(NAME, with(&[]));
    mode(&path, 0o000);
    let before = scene.everything();
    let binary = env!("CARGO_BIN_EXE_release");
    let mut command = if is_root() {
        let login = Login::get();
        let mut command = scene.world.command("setpriv");
        command.arg(format!("--reuid={}", login.uid)).arg(format!("--regid={}", login.gid)).arg("--clear-groups");
        command.arg(binary);
        command
    } else {
        scene.world.command(binary)
    };
    command.args(["t", NAME]);
    let said = well_said(&Run::of(command), 3, &[NAME, "ermission denied", "nothing was changed", "hint: "]);
    let result = said.and_then(|()| unchanged(&before, &scene.everything()));
    std::fs::remove_file(path).unwrap();
    result.map_err(|violation| format!("24: unreadable: {violation}"))
}

/// 25-29: what is no gzip data, or more than that.
fn compression(scene: &Scene, tally: &mut Tally) {
    let good = with(&[]);
    let joined = |more: &[u8]| [&good, more].concat();
    let half = &good[..good.len() / 2];
    for (what, content, words) in [
        ("25: 0 bytes", vec![], &["is empty"][..]),
        ("26: zip", b"PK\x03\x04............".to_vec(), &["not gzip data", "zip archive"]),
        ("26: xz", b"\xfd7zXZ\0............".to_vec(), &["not gzip data", "xz data"]),
        ("26: plain tar", unzipped(&good), &["not gzip data", "plain tar archive"]),
        ("26: a web page", b"<html>\x1b[31m".to_vec(), &["not gzip data", "web page"]),
        ("27: cut off", half.to_vec(), &["ends early at byte", &half.len().to_string()]),
        ("27: one byte less", good[..good.len() - 1].to_vec(), &["ends early at byte"]),
        ("28: garbage behind", joined(b"garbage"), &["garbage after the gzip data", &good.len().to_string()]),
        ("28: zeros behind", joined(&[0; 512]), &["garbage after the gzip data"]),
        ("29: a second member", joined(&with(&[])), &["second gzip member"]),
    ] {
        tally.trial(bytes(scene, what, &content, words));
    }
}

pub fn unzipped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes), &mut plain).unwrap();
    plain
}

/// 30-32: where the one directory is missing.
fn tops(scene: &Scene, tally: &mut Tally) {
    let file = RawEntry::file;
    for (what, entries, words) in [
        ("30: no top directory", vec![file("VERSION", "1")], &["has no top directory", "\"app-1\""][..]),
        ("30: nothing at all", vec![], &["is empty"]),
        ("30: no file", vec![RawEntry::dir("app-1/")], &["is empty"]),
        ("31: two", vec![file("app-1/a", ""), file("app-2/a", "")], &["two top directories", "\"app-2\""]),
        ("32: another name", vec![file("other/a", "")], &["top directory \"other\", not \"app-1\""]),
    ] {
        tally.trial(bytes(scene, what, &raw_tar(&entries), words));
    }
}

/// 34-48, 50 and 53: entries.
fn entries(scene: &Scene, tally: &mut Tally) {
    let file = |name: &str| RawEntry::file(name, "x");
    let (link, hard) =
        (|name: &str, to: &str| RawEntry::symlink(name, to), |name: &str, to: &str| RawEntry::hardlink(name, to));
    let dir = |name: &str| RawEntry::dir(name);
    let device = |kind: u8| RawEntry::new(kind, "app-1/dev");
    let lie = |size: u64| RawEntry { size: Some(size), ..file("app-1/f") };
    let cases: Vec<(&str, Vec<RawEntry>, &[&str])> = vec![
        ("34: absolute", vec![file("/abs/name")], &["\"/abs/name\"", "absolute name"]),
        ("35: out by dots", vec![file("app-1/../../x")], &["\"app-1/../../x\"", "leads out by '..'"]),
        ("35: dots that stay in", vec![file("app-1/a/../x")], &["leads out by '..'"]),
        ("36: absolute link", vec![link("app-1/l", "/etc/passwd")], &["symlink \"l\" to \"/etc/passwd\"", "absolute"]),
        ("37: link that leads out", vec![link("app-1/l", "../../x")], &["symlink \"l\"", "leads out of the release"]),
        ("38: through a link", vec![link("app-1/l", "d"), file("app-1/l/x")], &["writes through the symlink \"l\""]),
        (
            "39: hard link outside",
            vec![hard("app-1/h", "/etc/passwd")],
            &["hard link \"h\"", "no name within the release"],
        ),
        ("39: hard link out by dots", vec![hard("app-1/h", "app-1/../../x")], &["no name within the release"]),
        ("39: hard link to later", vec![hard("app-1/h", "app-1/z"), file("app-1/z")], &["not there before it"]),
        ("40: link, then file", vec![link("app-1/a", "b"), file("app-1/a")], &["\"a\" twice", "symlink and as a file"]),
        ("40: link, then directory", vec![link("app-1/a", "b"), dir("app-1/a/")], &["symlink and as a directory"]),
        ("41: character device", vec![device(b'3')], &["\"app-1/dev\"", "character device"]),
        ("41: block device", vec![device(b'4')], &["block device"]),
        ("41: FIFO", vec![device(b'6')], &["FIFO"]),
        ("41: unknown type", vec![device(b'Z')], &["unknown type 'Z'"]),
        ("42: setuid", vec![bits(0o4755)], &["\"app-1/f\"", "setuid", "chmod u-s"]),
        ("42: setgid", vec![bits(0o2755)], &["setgid", "chmod g-s"]),
        ("43: twice", vec![file("app-1/f"), RawEntry::file("app-1/f", "y")], &["\"f\" twice"]),
        ("45: not UTF-8", vec![RawEntry::file(b"app-1/\xff\xfe", "")], &["not UTF-8", "\\xff"]),
        ("46: newline", vec![file("app-1/a\nb")], &["control characters"]),
        ("46: ESC", vec![file("app-1/\x1b[31m")], &["control characters"]),
        ("47: long name", longer(&format!("app-1/{}", "x".repeat(256))).into(), &["256 bytes", "more than 255"]),
        ("47: long path", longer(&format!("app-1/{}x", "d/".repeat(2100))).into(), &["more than 4096"]),
        ("48: mode 000", vec![RawEntry { mode: 0, ..dir("app-1/d/") }], &["\"app-1/d/\"", "mode 000", "chmod u+rwx"]),
        ("50: two sizes", vec![pax("12 size=999\n"), file("app-1/f")], &["two sizes"]),
        ("50: sparse by pax", vec![pax("22 GNU.sparse.major=1\n"), file("app-1/f")], &["sparse"]),
        ("50: sparse by type", vec![RawEntry { kind: b'S', ..file("app-1/f") }], &["sparse"]),
        ("50: size without data", vec![lie(1 << 30)], &["app-1.tar.gz"]),
        ("53: .release", vec![file("app-1/.release/x")], &["reserved name", ".release"]),
        ("53: .release.json as a link", vec![link("app-1/.release.json", "x")], &["reserved name", ".release.json"]),
    ];
    for (what, entries, words) in cases {
        tally.trial(bytes(scene, what, &with(&entries), words));
    }
}

/// 51: bombs end at the limit, while they are read, in little memory.
fn bombs(scene: &Scene, tally: &mut Tally) {
    let zeros = RawEntry { size: Some(8 << 30), ..RawEntry::file("app-1/zeros", "") };
    tally.trial(bytes(scene, "51: says 8 GiB", &with(&[zeros]), &["unpacks to more than", "max_unpacked"]));
    scene.world.write(NAME, flat(200 << 20));
    tally.trial(frugally(scene, "51: 200 MiB of zeros", &["times its size", "leave the compressible bulk out"]));
    // Half a minute without optimisation.
    if trials(0, 1) == 1 {
        let many: Vec<RawEntry> = (0..500_100).map(|n| RawEntry::file(format!("app-1/{n:x}"), "")).collect();
        scene.world.write(NAME, with(&many));
        tally.trial(frugally(scene, "51: half a million entries", &["more than 500000 entries"]));
    }
}

/// A file of zeros.
fn flat(size: usize) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::best());
    let head = RawEntry { size: Some(size as u64), ..RawEntry::file("app-1/zeros", "") };
    gz.write_all(&unzipped(&raw_tar(&[head]))[..512]).unwrap();
    let chunk = vec![0; 1 << 20];
    (0..size / chunk.len()).for_each(|_| gz.write_all(&chunk).unwrap());
    gz.finish().unwrap()
}

/// With 512 MiB of address space, in which a bomb that is unpacked does not fit.
fn frugally(scene: &Scene, what: &str, words: &[&str]) -> Result<(), String> {
    let before = scene.everything();
    let mut command = scene.world.command("sh");
    command.args(["-c", "ulimit -v 524288; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_release"), "t", NAME]);
    let run = Background::start(command, Stdio::null()).finish(10 * PATIENCE);
    well_said(&Run { took: run.took / 10, ..run.clone() }, 3, words)
        .and_then(|()| super::house_form(&run))
        .and_then(|()| unchanged(&before, &scene.everything()))
        .map_err(|violation| format!("{what}: {violation}"))
}

#[test]
fn artifacts() {
    let scene = Scene::new();
    let mut tally = Tally::new("hostile inputs: artifacts, refused");
    names(&scene, &mut tally);
    compression(&scene, &mut tally);
    tops(&scene, &mut tally);
    entries(&scene, &mut tally);
    bombs(&scene, &mut tally);
    tally.finish();
}
