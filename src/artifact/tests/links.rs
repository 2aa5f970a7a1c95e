//! Links, special files and permissions.

use crate::artifact::testing::{Raw, dir, file, gz, hardlink, inspected, long, pax, refusal, says, symlink, with};

#[test]
fn symlinks_that_leave() {
    says(
        &refusal(&[symlink("DDGC-1.0/l", "/etc/passwd")]),
        &["the symlink \"l\" to \"/etc/passwd\", which is absolute"],
    );
    says(
        &refusal(&[symlink("DDGC-1.0/l", "../x")]),
        &["the symlink \"l\" to \"../x\", which leads out of the release"],
    );
    says(&refusal(&[symlink("DDGC-1.0/d/l", "../../../x")]), &["leads out of the release"]);
    says(&refusal(&[symlink("DDGC-1.0/l", "d/../../x")]), &["'..' behind a name"]);
    says(&refusal(&[symlink("DDGC-1.0/l", "")]), &["which is nowhere"]);
    let far = format!("../{}", "x".repeat(200));
    says(&refusal(&[long(b'K', &far), symlink("DDGC-1.0/l", "a")]), &["leads out of the release"]);
    says(&refusal(&[pax(b'x', &[("linkpath", b"/etc")]), symlink("DDGC-1.0/l", "a")]), &["which is absolute"]);
    let plain = [pax(b'x', &[("linkpath", b"a")]), symlink("DDGC-1.0/l", "../../etc")];
    says(&refusal(&plain), &["holds \"a\", which old extractors take for \"../../etc\""]);
    says(&refusal(&[symlink("DDGC-1.0/l", b"\xff")]), &["a symlink target that is not UTF-8"]);
    says(&refusal(&[symlink("DDGC-1.0/l", "\x1b[2J")]), &["a symlink target with control characters"]);
}

#[test]
fn symlinks_within() {
    let links = [
        symlink("DDGC-1.0/l", "a"),
        symlink("DDGC-1.0/d/up", "../a"),
        symlink("DDGC-1.0/d/here", "."),
        symlink("DDGC-1.0/later", "not/there"),
    ];
    assert_eq!(inspected(&gz(&with(&links))).unwrap().entries, 2 + 4);
    let far = format!("../{}", "x".repeat(150));
    let cut = [long(b'K', &far), symlink("DDGC-1.0/d/l", &far[..100])];
    assert!(inspected(&gz(&with(&cut))).is_ok());
}

#[test]
fn writing_through_a_symlink() {
    let link = symlink("DDGC-1.0/l", "d");
    for through in [file("DDGC-1.0/l/x", ""), dir("DDGC-1.0/l/x/"), symlink("DDGC-1.0/l/x", "y")] {
        says(&refusal(&[link.clone(), through]), &["writes through the symlink \"l\""]);
    }
    says(&refusal(&[link, hardlink("DDGC-1.0/l/x", "DDGC-1.0/a")]), &["writes through the symlink \"l\""]);
    let late = [file("DDGC-1.0/m/x", ""), symlink("DDGC-1.0/m", "d")];
    says(&refusal(&late), &["holds \"m\" twice, as a directory and as a symlink"]);
}

#[test]
fn hard_links() {
    for target in ["/etc/passwd", "../x", "DDGC-1.0/../x", "", "DDGC-1.0/\n"] {
        says(&refusal(&[hardlink("DDGC-1.0/h", target)]), &["the hard link \"h\"", "no name within the release"]);
    }
    for target in ["DDGC-1.0/a/", "DDGC-1.0/a/.", "."] {
        says(&refusal(&[hardlink("DDGC-1.0/h", target)]), &["which is named like a directory"]);
    }
    for target in ["a", "DDGC-1.1/a", "DDGC-1.0", "DDGC-1.00/a"] {
        says(&refusal(&[hardlink("DDGC-1.0/h", target)]), &["the hard link \"h\"", "which leads out of the release"]);
    }
    says(&refusal(&[hardlink("DDGC-1.0/h", "DDGC-1.0/none")]), &["which is not there before it"]);
    says(&refusal(&[hardlink("DDGC-1.0/h", "DDGC-1.0/h")]), &["which is not there before it"]);
    let later = [hardlink("DDGC-1.0/h", "DDGC-1.0/z"), file("DDGC-1.0/z", "")];
    says(&refusal(&later), &["which is not there before it"]);
    let to_link = [symlink("DDGC-1.0/l", "a"), hardlink("DDGC-1.0/h", "DDGC-1.0/l")];
    says(&refusal(&to_link), &["which is a symlink"]);
    says(&refusal(&[hardlink("DDGC-1.0/h", "DDGC-1.0/d")]), &["which is a directory"]);
    let good = [hardlink("./DDGC-1.0/h", "./DDGC-1.0/a"), hardlink("DDGC-1.0/i", "DDGC-1.0/h")];
    let artifact = inspected(&gz(&with(&good))).unwrap();
    assert_eq!((artifact.entries, artifact.unpacked), (4, 5), "a hard link takes no room");
}

#[test]
fn special_files() {
    for (flag, is) in [
        (b'3', "a character device"),
        (b'4', "a block device"),
        (b'6', "a FIFO"),
        (b'7', "a contiguous file"),
        (b'V', "part of a GNU backup"),
        (b'D', "part of a GNU backup"),
        (b'M', "part of a GNU backup"),
        (b's', "of the unknown type 's'"),
        (b'X', "of the unknown type 'X'"),
        (0xff, r"of the unknown type '\xff'"),
        (0x1b, r"of the unknown type '\x1b'"),
    ] {
        says(&refusal(&[Raw::new(flag, "DDGC-1.0/s")]), &["holds \"DDGC-1.0/s\", which is", is]);
    }
    says(&refusal(&[Raw::new(b'S', "DDGC-1.0/s")]), &["holds a sparse file"]);
}

#[test]
fn modes_that_ask_for_power() {
    says(&refusal(&[file("DDGC-1.0/s", "").mode(0o4755)]), &["\"DDGC-1.0/s\", which is setuid"]);
    says(&refusal(&[file("DDGC-1.0/s", "").mode(0o2755)]), &["which is setgid"]);
    says(&refusal(&[dir("DDGC-1.0/s").mode(0o2755)]), &["which is setgid"]);
    says(&refusal(&[hardlink("DDGC-1.0/s", "DDGC-1.0/a").mode(0o4755)]), &["which is setuid"]);
    says(&refusal(&[dir("DDGC-1.0/").mode(0o4755)]), &["which is setuid"]);
}

#[test]
fn directories_that_lock_their_owner_out() {
    for mode in [0o000, 0o555, 0o600, 0o077] {
        let message = refusal(&[dir("DDGC-1.0/s").mode(mode)]);
        says(&message, &["the directory \"DDGC-1.0/s\" with mode", &format!("{mode:03o}")]);
    }
    says(&refusal(&[dir("./").mode(0)]), &["with mode 000"]);
    assert!(inspected(&gz(&with(&[file("DDGC-1.0/s", "").mode(0), dir("DDGC-1.0/t").mode(0o700)]))).is_ok());
}

#[test]
fn careless_modes_get_a_warning() {
    let careless = [dir("DDGC-1.0/t").mode(0o1777), file("DDGC-1.0/w", "").mode(0o666), symlink("DDGC-1.0/l", "a")];
    let artifact = inspected(&gz(&with(&careless))).unwrap();
    let expected = "\"DDGC-1.0/t\", \"DDGC-1.0/w\": is sticky or writable for everyone, which is stripped on the host";
    assert_eq!(artifact.warnings, [expected]);
}

/// bsdtar makes a file of it.
#[test]
fn a_target_that_only_an_extension_header_has() {
    for extension in [long(b'K', "a"), pax(b'x', &[("linkpath", b"a")])] {
        says(&refusal(&[extension.clone(), symlink("DDGC-1.0/x", "")]), &["a header without a target for the symlink"]);
        assert!(inspected(&gz(&with(&[extension, symlink("DDGC-1.0/x", "cut")]))).is_ok());
    }
}
