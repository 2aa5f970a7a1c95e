//! Pax records, right and wrong.

use crate::campaign::Chance;

const KEYWORDS: [&str; 40] = [
    "path",
    "linkpath",
    "size",
    "mtime",
    "atime",
    "ctime",
    "uid",
    "gid",
    "uname",
    "gname",
    "comment",
    "hdrcharset",
    "charset",
    "path",
    "linkpath",
    "size",
    "mtime",
    "path",
    "linkpath",
    "comment",
    "GNU.sparse.major",
    "GNU.sparse.name",
    "GNU.sparse.realsize",
    "GNU.sparse.map",
    "GNU.dumpdir",
    "GNU.volume.label",
    "SCHILY.xattr.user.a",
    "SCHILY.acl.access",
    "SCHILY.dev",
    "SCHILY.ino",
    "SCHILY.fflags",
    "SCHILY.realsize",
    "SCHILY.filetype",
    "LIBARCHIVE.creationtime",
    "LIBARCHIVE.xattr.user.a",
    "LIBARCHIVE.symlinktype",
    "RHT.security.selinux",
    "MSWINDOWS.rawsd",
    "NODETAR.x",
    "SUN.holesdata",
];

const VALUES: [&str; 30] = [
    "app-1.0/a",
    "app-1.0/b",
    "app-1.0/d/b",
    "app-1.0/new",
    "./app-1.0/new",
    "app-1.0/d//x",
    "app-1.0/日本",
    "a",
    "../a",
    "/etc/passwd",
    "../../x",
    "app-1.0/d/",
    "app-1.0/.",
    "0",
    "5",
    "512",
    "1392723903.25",
    "-1",
    "x",
    "",
    "1e3",
    "0x10",
    "ISO-IR 10646 2000 UTF-8",
    "BINARY",
    "a=b",
    "app-1.0/a\n",
    "app-1.0/a\0b",
    "app-1.0/x/../y",
    " app-1.0/a",
    "018446744073709551616",
];

/// What blanks and other bytes extractors pass over, or do not.
const AROUND: [&str; 9] = [" ", "  ", "\t", "\n", "\r", "\x0b", "\0", "=", "."];

/// `LENGTH KEY=VALUE\n`.
pub fn record(key: &[u8], value: &[u8]) -> Vec<u8> {
    with_blank(key, value, b" ")
}

fn with_blank(key: &[u8], value: &[u8], blank: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 2 + blank.len();
    let length = (1..9).map(|digits| rest + digits).find(|n| rest + n.to_string().len() == *n).unwrap();
    [length.to_string().as_bytes(), blank, key, b"=", value, b"\n"].concat()
}

/// One to three records for the entry behind it; mostly such as could be meant.
pub fn some(chance: &Chance) -> Vec<u8> {
    (0..=chance.below(3)).flat_map(|_| one(chance)).collect()
}

fn one(chance: &Chance) -> Vec<u8> {
    let mut key = chance.of(&KEYWORDS).as_bytes().to_vec();
    let mut value = fitting(&key, chance);
    let around = chance.of(&AROUND).as_bytes();
    match chance.below(24) {
        0 => key.splice(0..0, around.iter().copied()).for_each(drop),
        1 => key.extend(around),
        2 => value.splice(0..0, around.iter().copied()).for_each(drop),
        3 => value.extend(around),
        4 => key.make_ascii_uppercase(),
        5 => return with_blank(&key, &value, around),
        6 => {
            let mut bytes = record(&key, &value);
            let at = chance.below(bytes.len());
            bytes[at] = chance.below(256) as u8;
            return bytes;
        }
        7 => {
            let inner = record(chance.of(&KEYWORDS).as_bytes(), chance.of(&VALUES).as_bytes());
            value.push(b'\n');
            value.extend(&inner[..inner.len() - 1]);
        }
        8 => return [b"0", &record(&key, &value)[..]].concat(),
        _ => {}
    }
    record(&key, &value)
}

/// A value that the keyword may have, and at times any other.
fn fitting(key: &[u8], chance: &Chance) -> Vec<u8> {
    let text = match key {
        _ if chance.below(6) == 0 => chance.of(&VALUES),
        b"path" => chance.of(&[
            "app-1.0/p",
            "app-1.0/q/r",
            "./app-1.0/s",
            "app-1.0/日本",
            "app-1.0//t/./u",
            "app-1.0/ v",
            "app-1.0/w ",
        ]),
        b"linkpath" => {
            chance.of(&["a", "app-1.0/a", "d", "VERSION", "app-1.0/VERSION", "./a", "日本", "../a", " a", "a "])
        }
        b"size" => chance.of(&["0", "5", "4", "1500", "00", "005"]),
        b"uid" | b"gid" => chance.of(&["0", "1000", "4294967294", "4294967295", "007", "65534"]),
        b"hdrcharset" => chance.of(&["ISO-IR 10646 2000 UTF-8", "BINARY"]),
        b"mtime" | b"atime" | b"ctime" | b"LIBARCHIVE.creationtime" => chance.of(&[
            "0",
            "1392723903.123456789",
            "-1.5",
            "99999999999",
            "00012",
            "1.",
            "-0",
            "1392723903.0000000000000000001",
        ]),
        b"SCHILY.acl.access" => {
            chance.of(&["user::rw-,group::r--,other::r--", "user::rwx,group::---,mask::rwx,other::r-x"])
        }
        b"SCHILY.fflags" => "nodump",
        b"LIBARCHIVE.symlinktype" => chance.of(&["file", "dir"]),
        _ => chance.of(&["", "a", "1", "a b", "日本", "root"]),
    };
    text.as_bytes().to_vec()
}
