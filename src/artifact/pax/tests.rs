//! Records that tools write, and those that none should.

use super::*;

fn refusal(body: &[u8]) -> String {
    parse(body).expect_err("must be refused").about("x".into()).to_string()
}

fn record_of(pair: &str) -> Vec<u8> {
    let length = (3..99).find(|n| format!("{n} {pair}\n").len() == *n).unwrap();
    format!("{length} {pair}\n").into_bytes()
}

#[test]
fn reads_what_tools_write() {
    let body = b"30 mtime=1700000000.123456789\n12 path=a/b\n14 linkpath=x\n9 size=7\n15 comment=a=b\n";
    let pax = parse(body).unwrap();
    assert_eq!(pax.path.as_deref(), Some(&b"a/b"[..]));
    assert_eq!(pax.link.as_deref(), Some(&b"x"[..]));
    assert_eq!(pax.size, Some(7));
    assert!(!pax.attributes);
    assert!(parse(b"28 SCHILY.xattr.user.x=\xff\0\t\x01\n").unwrap().attributes);
    assert_eq!(parse(b""), Ok(Pax::default()));
    for pair in [
        "mtime=-1.5",
        "mtime=0",
        "ctime=1392723903.1234567890123",
        "uid=4294967294",
        "uname=",
        "hdrcharset=ISO-IR 10646 2000 UTF-8",
        "SCHILY.ino=1",
        "LIBARCHIVE.creationtime=1700000000",
        "NODETAR.type=File",
    ] {
        assert_eq!(parse(&record_of(pair)), Ok(Pax::default()), "{pair}");
    }
}

#[test]
fn refuses_damaged_records() {
    for body in [
        &b"12 path=a/b"[..],
        b"13 path=a/b\n",
        b"11 path=a/b\n",
        b"013 path=a/b\n",
        b"+13 path=a/b\n",
        b" path=a/b\n",
        b"12\tpath=a/b\n",
        b"0 ",
        b"2 \n",
        b"4 =\n",
        b"6 abc\n",
        b"99999999999999999999 a=b\n",
        b"12 path=a/b\n\0\0",
        b"9 size=x\n",
        b"9 size=-\n",
        b"11 size=+7\n",
        b"26 size=99999999999999999999\n",
    ] {
        assert!(refusal(body).contains("damaged pax header"), "{body:?}: {}", refusal(body));
    }
}

#[test]
fn refuses_keywords_that_nobody_knows_for_sure() {
    for (pair, what) in [
        (" path=a", "odd keyword \" path\""),
        ("\tlinkpath=a", "odd keyword \"\\tlinkpath\""),
        ("path =a", "odd keyword \"path \""),
        ("p\u{e4}th=a", "odd keyword"),
        ("\npath=a", "odd keyword"),
        ("PATH=a", "unknown keyword \"PATH\""),
        ("path2=a", "unknown keyword"),
        ("charset=a", "unknown keyword"),
        ("GNU.dumpdir=a", "unknown keyword"),
        ("GNU.volume.filename=a", "unknown keyword"),
        ("SCHILY.filetype=a", "unknown keyword"),
        ("SCHILY.xattr.=a", "unknown keyword"),
        ("VENDOR.x=a", "unknown keyword"),
        ("SCHILY.realsize=1", "sparse file"),
        ("SUN.holesdata= 0 1", "sparse file"),
        ("comment=a\nb", "a newline in the value of \"comment\""),
        ("path=a\n12 path=b", "a newline in the value of \"path\""),
    ] {
        assert!(refusal(&record_of(pair)).contains(what), "{pair:?}: {}", refusal(&record_of(pair)));
    }
}

#[test]
fn refuses_notes_that_are_no_text() {
    assert!(refusal(b"11 gname=\xc2\n").contains("whose \"gname\" is not UTF-8"));
}

#[test]
fn refuses_numbers_that_extractors_refuse() {
    for pair in [
        "mtime=",
        "mtime=x",
        "mtime=1.",
        "mtime=.5",
        "mtime=1.2.3",
        "mtime=+1",
        "mtime=1e3",
        "atime= 1",
        "ctime=--1",
        "uid=",
        "gid=0x1",
        "size=",
    ] {
        assert!(refusal(&record_of(pair)).contains("is no number"), "{pair:?}: {}", refusal(&record_of(pair)));
    }
    for pair in [
        "mtime=123456789012",
        "mtime=-253402300799",
        "atime=253402300799.5",
        "uid=-1",
        "uid=4294967295",
        "gid=99999999999",
        "size=99999999999999999999999",
        "size=-1",
    ] {
        assert!(refusal(&record_of(pair)).contains("is out of range"), "{pair:?}: {}", refusal(&record_of(pair)));
    }
}

#[test]
fn a_global_header_is_git_s_commit_or_refused() {
    for hex in ["a1".repeat(20), "a1".repeat(32)] {
        assert_eq!(commit(&record_of(&format!("comment={hex}"))), Ok(hex));
    }
    let good = record_of(&format!("comment={}", "a1".repeat(20)));
    let twice = [good.clone(), good.clone()].concat();
    let more = [good, record_of("mtime=1")].concat();
    for other in ["", "a1", &"A1".repeat(20), &"g".repeat(40), "\x1b[0m"] {
        assert_eq!(commit(&record_of(&format!("comment={other}"))), Err(global()), "{other}");
    }
    for body in [&b""[..], &twice, &more, b"12 path=a/b\n"] {
        assert_eq!(commit(body), Err(global()), "{body:?}");
    }
}
