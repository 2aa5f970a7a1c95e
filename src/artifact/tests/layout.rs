//! Names, and the one top directory.

use crate::artifact::testing::{
    Raw, dir, file, gz, inspected, long, pax, refusal, refusal_of, says, symlink, tar, with,
};

fn of(entries: &[Raw]) -> String {
    refusal_of(&gz(&tar(entries)))
}

#[test]
fn no_top_directory() {
    says(&of(&[file("README", "x")]), &["has no top directory (\"README\" lies at the top"]);
    says(&of(&[dir("./"), file("./README", "x")]), &["has no top directory"]);
    says(&of(&[symlink("x", "y")]), &["has no top directory"]);
}

#[test]
fn another_top_directory() {
    says(&of(&[file("lib/x", "x")]), &["has the top directory \"lib\", not \"DDGC-1.0\""]);
    says(&of(&[dir("DDGC-0.9"), file("DDGC-0.9/x", "x")]), &["has the top directory \"DDGC-0.9\""]);
    says(&of(&[file("ddgc-1.0/x", "")]), &["has the top directory \"ddgc-1.0\""]);
}

#[test]
fn two_top_directories() {
    says(&refusal(&[file("DDGC-1.1/x", "")]), &["has two top directories, \"DDGC-1.0\" and \"DDGC-1.1\""]);
    says(&refusal(&[dir("etc")]), &["has two top directories"]);
    says(&refusal(&[file("README", "")]), &["has \"README\" beside its top directory"]);
}

#[test]
fn a_top_that_is_no_directory() {
    says(&of(&[file("DDGC-1.0", "x")]), &["has a top directory that is none"]);
    says(&of(&[symlink("DDGC-1.0", "x")]), &["has a top directory that is none"]);
    says(&refusal(&[symlink("DDGC-1.0", ".")]), &["has a top directory that is none"]);
}

#[test]
fn nothing_in_it() {
    says(&of(&[]), &["is empty (there is no file in the archive)"]);
    says(&of(&[dir("DDGC-1.0/")]), &["is empty"]);
    says(&of(&[dir("DDGC-1.0/"), symlink("DDGC-1.0/a", "b")]), &["is empty"]);
}

#[test]
fn absolute_names() {
    for name in ["/etc/passwd", "//etc", "/DDGC-1.0/x"] {
        says(&refusal(&[file(name, "")]), &["which is an absolute name", name]);
    }
}

#[test]
fn names_that_climb() {
    for name in ["DDGC-1.0/../../x", "../x", "DDGC-1.0/a/..", "..", "DDGC-1.0/d/../e"] {
        says(&refusal(&[file(name, "")]), &["which leads out by '..'", name]);
    }
}

#[test]
fn names_by_every_route_are_judged() {
    let short = file("DDGC-1.0/short", "");
    let mut prefixed = file("x", "");
    prefixed.prefix = b"DDGC-1.0/../..".to_vec();
    says(&refusal(&[prefixed]), &["which leads out by '..'"]);
    says(&refusal(&[long(b'L', "DDGC-1.0/../../x"), short.clone()]), &["which leads out by '..'"]);
    says(&refusal(&[pax(b'x', &[("path", b"DDGC-1.0/../../x")]), short.clone()]), &["which leads out by '..'"]);
    // Old extractors do not know the long name, and use the plain one.
    let plain = file("DDGC-1.0/../../x", "");
    says(&refusal(&[pax(b'x', &[("path", b"DDGC-1.0/x")]), plain]), &["which old extractors take for"]);
    says(&refusal(&[long(b'L', "DDGC-1.0/x"), file("/etc/x", "")]), &["which old extractors take for"]);
}

#[test]
fn names_that_are_not_utf8() {
    says(&refusal(&[file(b"DDGC-1.0/\xff", "")]), &["that is not UTF-8: \"DDGC-1.0/\\xff\""]);
    says(&refusal(&[file(b"DDGC-1.0/caf\xe9", "")]), &["that is not UTF-8"]);
}

#[test]
fn names_with_control_characters() {
    for (name, shown) in [
        ("DDGC-1.0/a\nb", r"a\nb"),
        ("DDGC-1.0/\x1b[2J", r"\u{1b}[2J"),
        ("DDGC-1.0/\u{7f}", r"\u{7f}"),
        ("DDGC-1.0/\u{9b}2J", r"\u{9b}2J"),
    ] {
        says(&refusal(&[file(name, "")]), &["with control characters", shown]);
    }
    let nul = pax(b'x', &[("path", b"DDGC-1.0/a\0b")]);
    says(&refusal(&[nul, file("DDGC-1.0/a", "")]), &["with control characters", r"a\0b"]);
}

#[test]
fn names_that_no_host_takes() {
    let at_most = format!("DDGC-1.0/{}", "x".repeat(255));
    assert!(inspected(&gz(&with(&[long(b'L', &at_most), file("DDGC-1.0/x", "")]))).is_ok());
    let component = format!("DDGC-1.0/{}", "x".repeat(256));
    says(&refusal(&[long(b'L', component), file("DDGC-1.0/x", "")]), &["a file name of 256 bytes"]);
    let path = format!("DDGC-1.0{}", "/0123456789abcdef".repeat(241));
    says(&refusal(&[long(b'L', &path), file("DDGC-1.0/x", "")]), &["a name of 4105 bytes"]);
    assert!(inspected(&gz(&with(&[long(b'L', &path[..4096]), file("DDGC-1.0/x", "")]))).is_ok());
    says(&refusal(&[file("", "")]), &["an entry without a name"]);
}

#[test]
fn the_same_path_twice() {
    says(&refusal(&[file("DDGC-1.0/a", "other")]), &["holds \"a\" twice (which one"]);
    says(&refusal(&[file("./DDGC-1.0//a", "other")]), &["holds \"a\" twice"]);
    says(&refusal(&[dir("DDGC-1.0/a")]), &["holds \"a\" twice, as a file and as a directory"]);
    says(&refusal(&[file("DDGC-1.0/d", "")]), &["holds \"d\" twice, as a directory and as a file"]);
    says(&refusal(&[file("DDGC-1.0/e/f", ""), file("DDGC-1.0/e", "")]), &["as a directory and as a file"]);
    says(&refusal(&[file("DDGC-1.0/a/b", "")]), &["writes through the file \"a\""]);
    let link = symlink("DDGC-1.0/l", "d");
    says(&refusal(&[link.clone(), link.clone()]), &["holds \"l\" twice"]);
    says(&refusal(&[link.clone(), dir("DDGC-1.0/l")]), &["holds \"l\" twice, as a symlink and as a directory"]);
    says(&refusal(&[link.clone(), file("DDGC-1.0/l", "")]), &["as a symlink and as a file"]);
    says(&refusal(&[file("DDGC-1.0/l", ""), link]), &["as a file and as a symlink"]);
    assert!(inspected(&gz(&with(&[dir("DDGC-1.0/d"), dir("DDGC-1.0/")]))).is_ok(), "directories may be told again");
}

#[test]
fn reserved_names() {
    says(&refusal(&[dir("DDGC-1.0/.release")]), &["the reserved name \".release\" as a directory"]);
    says(&refusal(&[file("DDGC-1.0/.release/lock", "")]), &["the reserved name \".release/lock\""]);
    says(&refusal(&[symlink("DDGC-1.0/.release.json", "a")]), &["the reserved name \".release.json\" as a symlink"]);
    says(&refusal(&[dir("DDGC-1.0/.release.json")]), &["\".release.json\" as a directory"]);
    says(&refusal(&[file("DDGC-1.0/.release.json/x", "")]), &["the reserved name"]);
    assert!(inspected(&gz(&with(&[file("DDGC-1.0/.release.json", "{}")]))).is_ok());
}
