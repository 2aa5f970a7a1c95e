//! Tar headers that extractors read differently, and extension headers.

use crate::artifact::testing::{Raw, file, gz, inspected, long, pax, refusal, refusal_of, says, seal, tar, with};

#[test]
fn a_wrong_checksum() {
    let mut bytes = with(&[]);
    bytes[512] ^= 1;
    says(&refusal_of(&gz(&bytes)), &["is damaged inside (the checksum of tar header 2 is wrong)"]);
    let mut bytes = with(&[]);
    bytes[0] ^= 1;
    says(&refusal_of(&gz(&bytes)), &["holds no tar archive"]);
}

#[test]
fn numbers_that_are_none() {
    for field in [&b"            "[..], b"12x\0\0\0\0\0\0\0\0\0"] {
        says(&refusal(&[file("DDGC-1.0/x", "").size(field)]), &["has a damaged header: its size is no number"]);
    }
    says(&refusal(&[file("DDGC-1.0/x", "").size([0xff; 12])]), &["has a header whose size is out of range"]);
    // BusyBox stops at a number that it does not even need.
    for (at, what) in [(108, "owner"), (116, "group"), (136, "time"), (329, "device"), (337, "device")] {
        for (field, good) in [(b"rwxr-xr-", false), (b"0000009\0", false), (&[0; 8], true), (b"0000000\0", true)] {
            let mut header = file("DDGC-1.0/x", "").header();
            header[at..at + 8].copy_from_slice(field);
            seal(&mut header);
            let bytes = gz(&[&with(&[])[..2048], &header, &[0; 1024]].concat());
            match inspected(&bytes) {
                Ok(_) => assert!(good, "{what} {field:?}"),
                Err(_) => says(&refusal_of(&bytes), &[&format!("its {what} is no number")]),
            }
        }
    }
    let mut raw = file("DDGC-1.0/x", "");
    raw.mode = b"rwxr-xr-".to_vec();
    says(&refusal(&[raw]), &["its mode is no number"]);
}

#[test]
fn sizes_in_base_256() {
    let good = file("DDGC-1.0/x", "hello").size(b"\x80\0\0\0\0\0\0\0\0\0\0\x05");
    assert_eq!(inspected(&gz(&with(&[good]))).unwrap().unpacked, 10);
    let huge = file("DDGC-1.0/x", "hello").size(b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff");
    says(&refusal(&[huge]), &["unpacks to more than 67108864 bytes"]);
    let overflow = file("DDGC-1.0/x", "hello").size(b"\x80\0\0\x01\0\0\0\0\0\0\0\0");
    says(&refusal(&[overflow]), &["a header whose size is out of range"]);
}

#[test]
fn dialects_that_nobody_speaks() {
    let mut odd = file("DDGC-1.0/x", "");
    odd.magic = *b"ustar\x0099";
    says(&refusal(&[odd]), &["has an unusual tar header for \"DDGC-1.0/x\""]);
    // A GNU header has times where ustar has the prefix: some extractors would read `evil/DDGC-1.0/x`.
    let mut gnu = file("DDGC-1.0/x", "");
    gnu.magic = *b"ustar  \0";
    assert!(inspected(&gz(&with(std::slice::from_ref(&gnu)))).is_ok());
    gnu.prefix = b"evil".to_vec();
    says(&refusal(&[gnu]), &["has an unusual tar header"]);
    // Debian's BusyBox knows none without a magic number.
    let mut old = file("DDGC-1.0/x", "");
    old.magic = [0; 8];
    says(&refusal(&[old]), &["has a tar header of before 1988 for \"DDGC-1.0/x\" (BusyBox unpacks none of them)"]);
    for mut extension in [pax(b'x', &[("path", b"DDGC-1.0/y")]), pax(b'g', &[]), long(b'L', "DDGC-1.0/y")] {
        extension.magic = [0; 8];
        says(&refusal(&[extension, file("DDGC-1.0/x", "")]), &["has a tar header of before 1988"]);
    }
    let mut tail = file("DDGC-1.0/x", "").header();
    tail[508..].copy_from_slice(b"tar\0");
    seal(&mut tail);
    let bytes = [&with(&[])[..2048], &tail, &[0; 1024]].concat();
    says(&refusal_of(&gz(&bytes)), &["has an unusual tar header"]);
}

/// BusyBox would make a hard link to any file of the host, and unpack that.
#[test]
fn a_target_where_no_link_is() {
    for flag in [b'0', 0, b'5'] {
        let raw = Raw::new(flag, "DDGC-1.0/x").link("/etc/passwd");
        says(&refusal(&[raw]), &["gives a link's target to \"DDGC-1.0/x\", which is no link"]);
        let plain = Raw::new(flag, "DDGC-1.0/x");
        says(&refusal(&[pax(b'x', &[("linkpath", b"/etc/passwd")]), plain.clone()]), &["gives a link's target"]);
        says(&refusal(&[long(b'K', "/etc/passwd"), plain]), &["gives a link's target"]);
    }
}

#[test]
fn contents_where_none_belong() {
    for flag in [b'1', b'2', b'5'] {
        let raw = Raw::new(flag, "DDGC-1.0/x").link("DDGC-1.0/a").body("evil");
        says(&refusal(&[raw]), &["gives contents to \"DDGC-1.0/x\", which is no file"]);
    }
    for flag in [0, b'0', b'1', b'2'] {
        for name in ["DDGC-1.0/x/", "DDGC-1.0/x/.", ".", "./"] {
            let raw = Raw::new(flag, name).link("DDGC-1.0/a");
            says(&refusal(&[raw]), &[&format!("names {name:?} like a directory")]);
        }
    }
}

#[test]
fn sizes_that_disagree() {
    let lie = [pax(b'x', &[("size", b"5")]), file("DDGC-1.0/x", "hello world")];
    says(&refusal(&lie), &["has two sizes for \"DDGC-1.0/x\" (11 in its header, 5 in its pax header)"]);
    let lie = [pax(b'x', &[("size", b"512")]), file("DDGC-1.0/x", "")];
    says(&refusal(&lie), &["has two sizes"]);
    let same = [pax(b'x', &[("size", b"11")]), file("DDGC-1.0/x", "hello world")];
    assert!(inspected(&gz(&with(&same))).is_ok());
    // What does not fit eleven octal digits is only in the pax header.
    let large = [pax(b'x', &[("size", b"8589934592")]), file("DDGC-1.0/x", "")];
    says(&refusal(&large), &["unpacks to more than"]);
    let large = [pax(b'x', &[("size", b"8589934592")]), file("DDGC-1.0/x", "hello")];
    says(&refusal(&large), &["has two sizes"]);
}

#[test]
fn sparse_files() {
    for key in ["GNU.sparse.major", "GNU.sparse.map", "GNU.sparse.name", "SCHILY.realsize"] {
        says(&refusal(&[pax(b'x', &[(key, b"1")]), file("DDGC-1.0/x", "")]), &["holds a sparse file"]);
    }
}

#[test]
fn names_told_twice() {
    let entry = file("DDGC-1.0/x", "");
    let (one, two) = (pax(b'x', &[("path", b"DDGC-1.0/p")]), long(b'L', "DDGC-1.0/q"));
    says(&refusal(&[one.clone(), two.clone(), entry.clone()]), &["a GNU and a pax name for one entry"]);
    says(&refusal(&[one.clone(), one.clone(), entry.clone()]), &["belongs to no entry"]);
    says(&refusal(&[two.clone(), two.clone(), entry.clone()]), &["belongs to no entry"]);
    let twice = pax(b'x', &[("path", b"DDGC-1.0/p"), ("path", b"DDGC-1.0/q")]);
    says(&refusal(&[twice, entry.clone()]), &["says \"path\" twice"]);
    let twice = pax(b'x', &[("size", b"0"), ("size", b"0")]);
    says(&refusal(&[twice, entry.clone()]), &["says \"size\" twice"]);
    says(&refusal(&[pax(b'x', &[("path", b"")]), entry.clone()]), &["an empty \"path\""]);
    says(&refusal(&[pax(b'x', &[("linkpath", b"")]), entry]), &["an empty \"linkpath\""]);
    for astray in [one, two, long(b'K', "x")] {
        says(&refusal(std::slice::from_ref(&astray)), &["belongs to no entry"]);
        let before_global = [astray, pax(b'g', &[]), file("DDGC-1.0/x", "")];
        says(&refusal(&before_global), &["belongs to no entry"]);
    }
}

#[test]
fn global_headers_that_name_entries() {
    let commit = [b'a'; 40];
    for records in [
        &[("path", &b"DDGC-1.0/x"[..])][..],
        &[("linkpath", b"a")],
        &[("size", b"7")],
        &[("GNU.sparse.major", b"1")],
        &[("comment", b"made by hand")],
        &[("mtime", b"1")],
        &[("comment", &commit), ("uid", b"0")],
        &[],
    ] {
        let bytes = gz(&tar(&[pax(b'g', records), file("DDGC-1.0/x", "")]));
        says(&refusal_of(&bytes), &["has a pax global header"]);
    }
    let good = pax(b'g', &[("comment", &commit)]);
    assert!(inspected(&gz(&tar(&[good.clone(), file("DDGC-1.0/x", "")]))).is_ok());
    says(&refusal(&[good, file("DDGC-1.0/x", "")]), &["has a pax global header", "at the very beginning"]);
}

#[test]
fn damaged_extension_headers() {
    let entry = file("DDGC-1.0/x", "");
    for flag in [b'x', b'g'] {
        let raw = Raw::new(flag, "pax_header").body("12 path=a/b");
        says(&refusal_of(&gz(&tar(&[raw, entry.clone()]))), &["has a damaged pax header"]);
    }
    for flag in [b'L', b'K'] {
        for body in [&b""[..], b"\0", b"a\0b\0"] {
            says(&refusal(&[Raw::new(flag, "x").body(body), entry.clone()]), &["has a damaged GNU long name"]);
        }
    }
    for flag in [b'x', b'g', b'L', b'K'] {
        let raw = Raw::new(flag, "x").size("77777777777\0");
        says(&refusal(&[raw]), &["has a tar extension header of 8589934591 bytes"]);
        let raw = Raw::new(flag, "x").size("00003777777\0");
        says(&refusal(&[raw]), &["ends early inside the tar archive", "inside an extension header"]);
    }
    let latin = pax(b'x', &[("hdrcharset", b"BINARY"), ("path", b"DDGC-1.0/y")]);
    says(&refusal(&[latin, entry]), &["names that are not UTF-8"]);
}

/// Each was unpacked as another tree, or not at all, by one extractor of three.
#[test]
fn headers_that_one_extractor_trips_over() {
    let mut header = file("DDGC-1.0/x", "").header();
    header[265] = 0xff;
    seal(&mut header);
    let bytes = [&with(&[])[..2048], &header, &[0; 1024]].concat();
    says(&refusal_of(&gz(&bytes)), &["owner's name is not UTF-8"]);
    let nameless = [pax(b'x', &[("path", b"DDGC-1.0/y")]), file("", "")];
    says(&refusal(&nameless), &["holds an entry without a name (BusyBox takes it for the end of the archive)"]);
}
