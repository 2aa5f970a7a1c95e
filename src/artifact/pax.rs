//! Pax extended headers: `LENGTH KEY=VALUE\n`, again and again.

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
    /// Free text; in a global header git's commit.
    pub comment: Option<Vec<u8>>,
    /// There are extended attributes or access lists, which nobody will unpack.
    pub attributes: bool,
}

/// Reads the contents of an `x` or `g` header.
pub(super) fn parse(body: &[u8]) -> Result<Pax, Refusal> {
    let mut pax = Pax::default();
    let mut rest = body;
    while !rest.is_empty() {
        let (key, value, after) = record(rest).ok_or_else(damaged)?;
        rest = after;
        match key {
            b"path" => once(&mut pax.path, key, value)?,
            b"linkpath" => once(&mut pax.link, key, value)?,
            b"size" => {
                let size = std::str::from_utf8(value).ok().filter(|_| value.iter().all(u8::is_ascii_digit));
                let size = size.and_then(|text| text.parse().ok()).ok_or_else(damaged)?;
                if pax.size.replace(size).is_some() {
                    return Err(twice(key));
                }
            }
            b"comment" => pax.comment = Some(value.to_vec()),
            b"hdrcharset" if value != b"ISO-IR 10646 2000 UTF-8" => {
                return Err(Refusal::new("holds names that are not UTF-8").why("so says a pax header"));
            }
            b"SCHILY.realsize" => return Err(sparse()),
            _ if key.starts_with(b"GNU.sparse.") => return Err(sparse()),
            _ if [&b"SCHILY.xattr."[..], b"SCHILY.acl.", b"LIBARCHIVE.xattr.", b"RHT."]
                .iter()
                .any(|family| key.starts_with(family)) =>
            {
                pax.attributes = true;
            }
            _ => {}
        }
    }
    Ok(pax)
}

impl Pax {
    /// A global header may tell about the archive, but a name or a size for every entry would be read by some
    /// extractors and not by others.
    pub fn global(self) -> Result<Option<String>, Refusal> {
        if self.path.is_some() || self.link.is_some() || self.size.is_some() {
            return Err(Refusal::new("has a pax global header that names or sizes every entry")
                .why("extractors differ about it, and no tool needs it"));
        }
        let commit = self.comment.and_then(|comment| String::from_utf8(comment).ok());
        Ok(commit
            .filter(|hex| matches!(hex.len(), 40 | 64) && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))))
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

fn once(slot: &mut Option<Vec<u8>>, key: &[u8], value: &[u8]) -> Result<(), Refusal> {
    if value.is_empty() {
        return Err(Refusal::new(format!("has a pax header with an empty {}", shown(key))));
    }
    if slot.replace(value.to_vec()).is_some() { Err(twice(key)) } else { Ok(()) }
}

fn twice(key: &[u8]) -> Refusal {
    Refusal::new(format!("has a pax header that says {} twice", shown(key))).why("extractors differ about which counts")
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
mod tests {
    use super::*;

    #[test]
    fn reads_what_tools_write() {
        let body = b"30 mtime=1700000000.123456789\n12 path=a/b\n14 linkpath=x\n9 size=7\n16 comment=a=b\n\n";
        let pax = parse(body).unwrap();
        assert_eq!(pax.path.as_deref(), Some(&b"a/b"[..]));
        assert_eq!(pax.link.as_deref(), Some(&b"x"[..]));
        assert_eq!(pax.size, Some(7));
        assert_eq!(pax.comment.as_deref(), Some(&b"a=b\n"[..]), "values may hold = and newlines");
        assert!(!pax.attributes);
        assert!(parse(b"28 SCHILY.xattr.user.x=\xff\0\n\x01\n").unwrap().attributes);
        assert_eq!(parse(b""), Ok(Pax::default()));
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
            let refusal = parse(body).unwrap_err().about("x".into()).to_string();
            assert!(refusal.contains("damaged pax header"), "{body:?}: {refusal}");
        }
    }

    #[test]
    fn a_commit_is_40_or_64_hex_digits() {
        let commit = |comment: &str| Pax { comment: Some(comment.into()), ..Pax::default() }.global().unwrap();
        assert_eq!(commit(&"a1".repeat(20)), Some("a1".repeat(20)));
        assert_eq!(commit(&"a1".repeat(32)), Some("a1".repeat(32)));
        for other in ["", "a1", &"A1".repeat(20), &"g".repeat(40), "\x1b[0m"] {
            assert_eq!(commit(other), None);
        }
    }
}
