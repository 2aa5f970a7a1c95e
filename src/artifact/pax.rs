//! Pax extended headers: `LENGTH KEY=VALUE\n`, again and again.
//!
//! Extractors skip a keyword that they do not know, and differ about how one is spelled: GNU tar passes over blanks
//! before it, BusyBox takes the record for text. So a record is understood here, or the archive is refused.

use std::collections::HashSet;

use super::refusal::{Refusal, shown};

/// What an extended header says that matters here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pax {
    /// Replaces the next entry's name.
    pub path: Option<Vec<u8>>,
    /// Replaces the next entry's link target.
    pub link: Option<Vec<u8>>,
    /// The next entry's size.
    pub size: Option<u64>,
    /// There are extended attributes or access lists, which nobody will unpack.
    pub attributes: bool,
    /// The access list, as text: bsdtar takes the permission bits from there.
    pub access: Option<Vec<u8>>,
}

/// What a keyword is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Path,
    Link,
    Size,
    /// A user's or group's number.
    Owner,
    Time,
    Charset,
    /// Told for people, or about the place that the file came from.
    Note,
    Attribute,
    Access,
    Sparse,
}

/// Keywords of POSIX, and of the tools that people pack with.
const KEYWORDS: [(&str, Family); 23] = [
    ("path", Family::Path),
    ("linkpath", Family::Link),
    ("size", Family::Size),
    ("uid", Family::Owner),
    ("gid", Family::Owner),
    ("mtime", Family::Time),
    ("atime", Family::Time),
    ("ctime", Family::Time),
    ("LIBARCHIVE.creationtime", Family::Time),
    ("hdrcharset", Family::Charset),
    ("comment", Family::Note),
    ("uname", Family::Note),
    ("gname", Family::Note),
    ("SCHILY.dev", Family::Note),
    ("SCHILY.ino", Family::Note),
    ("SCHILY.nlink", Family::Note),
    ("SCHILY.devmajor", Family::Note),
    ("SCHILY.devminor", Family::Note),
    ("LIBARCHIVE.symlinktype", Family::Note),
    ("SCHILY.fflags", Family::Attribute),
    ("SCHILY.acl.access", Family::Access),
    ("SCHILY.realsize", Family::Sparse),
    ("SUN.holesdata", Family::Sparse),
];

/// Families of keywords, by how they begin.
const PREFIXES: [(&str, Family); 7] = [
    ("SCHILY.xattr.", Family::Attribute),
    ("SCHILY.acl.", Family::Attribute),
    ("LIBARCHIVE.xattr.", Family::Attribute),
    ("RHT.security.", Family::Attribute),
    ("MSWINDOWS.", Family::Attribute),
    ("NODETAR.", Family::Note),
    ("GNU.sparse.", Family::Sparse),
];

/// Reads the contents of an `x` header, which is about the next entry.
pub(super) fn parse(body: &[u8]) -> Result<Pax, Refusal> {
    let mut pax = Pax::default();
    let mut said = HashSet::new();
    each(body, |key, value| {
        if !said.insert(key) {
            return Err(Refusal::new(format!("has a pax header that says {} twice", shown(key)))
                .why("extractors differ about which counts"));
        }
        match family(key)? {
            Family::Path => pax.path = Some(text(key, value)?),
            Family::Link => pax.link = Some(text(key, value)?),
            Family::Size => pax.size = Some(number(key, value)?),
            Family::Owner => drop(owner(key, value)?),
            Family::Time => time(key, value)?,
            Family::Charset if value == b"ISO-IR 10646 2000 UTF-8" => {}
            Family::Charset => {
                return Err(Refusal::new("holds names that are not UTF-8").why("so says a pax header"));
            }
            Family::Note if std::str::from_utf8(value).is_ok() => {}
            Family::Note => {
                return Err(Refusal::new(format!("has a pax header whose {} is not UTF-8", shown(key)))
                    .why("bsdtar fails over it"));
            }
            Family::Attribute => pax.attributes = true,
            Family::Access => (pax.attributes, pax.access) = (true, Some(value.to_vec())),
            Family::Sparse => return Err(sparse()),
        }
        Ok(())
    })?;
    Ok(pax)
}

/// Reads the contents of a `g` header, which is about every entry: extractors differ about what one may say, so nothing
/// but the commit that `git archive` and `release build` put at the head of an archive is taken.
pub(super) fn commit(body: &[u8]) -> Result<String, Refusal> {
    let mut records = Vec::new();
    each(body, |key, value| {
        records.push((key, value));
        Ok(())
    })?;
    match records.as_slice() {
        [(b"comment", hex)] if is_commit(hex) => Ok(String::from_utf8_lossy(hex).into_owned()),
        _ => Err(global()),
    }
}

/// The refusal of a global header that is not git's.
pub(super) fn global() -> Refusal {
    Refusal::new("has a pax global header")
        .why("extractors differ about what it says of every entry; only git's note of the commit, at the very beginning, is none")
        .hint("make it with release build, git archive, or `tar --format=ustar`")
}

fn is_commit(hex: &[u8]) -> bool {
    matches!(hex.len(), 40 | 64) && hex.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Hands over each record's key and value.
fn each<'a>(body: &'a [u8], mut take: impl FnMut(&'a [u8], &'a [u8]) -> Result<(), Refusal>) -> Result<(), Refusal> {
    let mut rest = body;
    while !rest.is_empty() {
        let (key, value, after) = record(rest).ok_or_else(damaged)?;
        if value.contains(&b'\n') {
            return Err(Refusal::new(format!("has a pax header with a newline in the value of {}", shown(key)))
                .why("some extractors take what follows for another record")
                .hint(WITHOUT));
        }
        take(key, value)?;
        rest = after;
    }
    Ok(())
}

/// How to leave away what an operating system adds.
const WITHOUT: &str =
    "make it with git archive, or with tar but with --no-xattrs --no-acls (on a Mac: and COPYFILE_DISABLE=1)";

fn family(key: &[u8]) -> Result<Family, Refusal> {
    let refuse = |what: &str, why: &str| {
        Err(Refusal::new(format!("has a pax header with the {what} {}", shown(key))).why(why).hint(WITHOUT))
    };
    if !key.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) {
        return refuse("odd keyword", "extractors differ about which one that is");
    }
    let whole = KEYWORDS.iter().find(|(word, _)| word.as_bytes() == key);
    let begun = || PREFIXES.iter().find(|(word, _)| key.starts_with(word.as_bytes()) && key.len() > word.len());
    match whole.or_else(begun) {
        Some((_, family)) => Ok(*family),
        None => refuse("unknown keyword", "what an extractor makes of it can't be told"),
    }
}

/// Key, value and what follows the first record.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = bytes.iter().take(8).position(|b| *b == b' ')?;
    let length = std::str::from_utf8(&bytes[..space]).ok().filter(|text| !text.starts_with(['0', '+']))?;
    let (record, rest) = bytes.split_at_checked(length.parse().ok()?)?;
    let pair = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = pair.iter().position(|b| *b == b'=').filter(|at| *at > 0)?;
    Some((&pair[..equals], &pair[equals + 1..], rest))
}

fn text(key: &[u8], value: &[u8]) -> Result<Vec<u8>, Refusal> {
    if value.is_empty() {
        return Err(Refusal::new(format!("has a pax header with an empty {}", shown(key))));
    }
    Ok(value.to_vec())
}

fn number(key: &[u8], value: &[u8]) -> Result<u64, Refusal> {
    let digits = Some(value).filter(|value| value.iter().all(u8::is_ascii_digit));
    let text = digits.and_then(|digits| std::str::from_utf8(digits).ok());
    text.and_then(|text| text.parse().ok()).ok_or_else(|| no_number(key, value))
}

/// No system has an account of the last number, or of a larger one: GNU tar refuses them.
fn owner(key: &[u8], value: &[u8]) -> Result<u64, Refusal> {
    number(key, value).ok().filter(|id| *id < u64::from(u32::MAX)).ok_or_else(|| no_number(key, value))
}

/// `1392723903.25`, or before 1970. Eleven digits reach to the year 5138.
fn time(key: &[u8], value: &[u8]) -> Result<(), Refusal> {
    let unsigned = value.strip_prefix(b"-").unwrap_or(value);
    let mut parts = unsigned.splitn(2, |b| *b == b'.');
    let digits = |part: Option<&[u8]>, most| {
        part.is_none_or(|part| (1..=most).contains(&part.len()) && part.iter().all(u8::is_ascii_digit))
    };
    if digits(parts.next(), 11) && digits(parts.next(), 40) { Ok(()) } else { Err(no_number(key, value)) }
}

fn no_number(key: &[u8], value: &[u8]) -> Refusal {
    let unsigned = value.strip_prefix(b"-").unwrap_or(value);
    let (whole, part) = unsigned.split_at(unsigned.iter().position(|b| *b == b'.').unwrap_or(unsigned.len()));
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let time = matches!(family(key), Ok(Family::Time));
    if digits(whole) && (part.is_empty() || (time && digits(&part[1..]))) {
        let refusal = Refusal::new(format!("has a pax header whose {} is out of range", shown(key))).why(shown(value));
        return if time { refusal.hint("touch the file, or pack it with `tar --mtime=DATE`") } else { refusal };
    }
    Refusal::new(format!("has a damaged pax header: its {} is no number", shown(key))).why(shown(value))
}

fn damaged() -> Refusal {
    Refusal::new("has a damaged pax header").why("it is not made of LENGTH KEY=VALUE lines")
}

/// Sparse files come in four notations that extractors know to different degrees.
pub(super) fn sparse() -> Refusal {
    Refusal::new("holds a sparse file")
        .why("extractors differ about them")
        .hint("make it with git archive, or with tar but without --sparse")
}

#[cfg(test)]
mod tests;
