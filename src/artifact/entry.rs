//! One entry: its header, and what the extension headers before it say instead.

use super::access;
use super::header::Header;
use super::path;
use super::pax::{self, Pax};
use super::refusal::{Refusal, shown};

/// From here on a size does not fit the header's octal digits, and pax may tell it instead.
const OCTAL_END: u64 = 1 << 33;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A regular file.
    File,
    /// Another name for an earlier file.
    Hardlink,
    /// A symlink.
    Symlink,
    /// A directory.
    Directory,
}

/// One entry, as the archive tells it.
#[derive(Debug)]
pub(super) struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Its name, any bytes.
    pub name: Vec<u8>,
    /// Where a link leads, any bytes; a hard link's is a name in the archive.
    pub link: Vec<u8>,
    /// Bytes of its contents; only files have any.
    pub size: u64,
    /// The permission bits, setuid, setgid and sticky included.
    pub mode: u32,
    /// It has extended attributes or an access list.
    pub attributes: bool,
    /// The name and the link target in the entry's own header, where extension headers replace them.
    pub replaced: [Option<Vec<u8>>; 2],
}

/// What extension headers say about the entry that follows them.
#[derive(Default)]
pub(super) struct Extension {
    /// A pax `x` header.
    pub pax: Option<Pax>,
    /// GNU's `L`.
    pub name: Option<Vec<u8>>,
    /// GNU's `K`.
    pub link: Option<Vec<u8>>,
}

impl Extension {
    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.pax.is_none() && self.name.is_none() && self.link.is_none()
    }

    /// The entry that a header and the extensions before it make up.
    pub fn apply(self, header: Header) -> Result<Entry, Refusal> {
        let mode = header.mode()?;
        let pax = self.pax.unwrap_or_default();
        if (self.name.is_some() && pax.path.is_some()) || (self.link.is_some() && pax.link.is_some()) {
            return Err(
                Refusal::new("has a GNU and a pax name for one entry").why("extractors differ about which counts")
            );
        }
        let (mut name, mut link) = (header.name, header.link);
        let replace = |plain: &mut Vec<u8>, long: Option<Vec<u8>>| long.map(|long| std::mem::replace(plain, long));
        let replaced = [replace(&mut name, self.name.or(pax.path)), replace(&mut link, self.link.or(pax.link))];
        let size = match pax.size {
            None => header.size,
            Some(size) if size == header.size || (size >= OCTAL_END && header.size == 0) => size,
            Some(size) => {
                return Err(Refusal::new(format!("has two sizes for {}", shown(&name)))
                    .why(format!("{} in its header, {size} in its pax header", header.size)));
            }
        };
        let kind = kind(header.flag, &name)?;
        if kind != Kind::File && size != 0 {
            return Err(Refusal::new(format!("gives contents to {}, which is no file", shown(&name)))
                .why("extractors differ about whether they are there"));
        }
        if kind != Kind::Directory && path::is_directory_like(&name) {
            return Err(Refusal::new(format!("names {} like a directory, which it is not", shown(&name))));
        }
        let leads = !link.is_empty() || replaced[1].as_ref().is_some_and(|plain| !plain.is_empty());
        if leads && matches!(kind, Kind::File | Kind::Directory) {
            // BusyBox makes a hard link to anywhere of an empty file with one.
            return Err(Refusal::new(format!("gives a link's target to {}, which is no link", shown(&name)))
                .why("some extractors make a link of it"));
        }
        if kind == Kind::Symlink && replaced[1].as_ref().is_some_and(Vec::is_empty) {
            return Err(Refusal::new(format!("has a header without a target for the symlink {}", shown(&name)))
                .why("only an extension header has it, and bsdtar then makes a file"));
        }
        if let Some(list) = &pax.access {
            access::check(&name, mode, list)?;
        }
        let attributes = pax.attributes;
        Ok(Entry { kind, name, link, size, mode, attributes, replaced })
    }
}

fn kind(flag: u8, name: &[u8]) -> Result<Kind, Refusal> {
    let is = match flag {
        0 | b'0' => return Ok(Kind::File),
        b'1' => return Ok(Kind::Hardlink),
        b'2' => return Ok(Kind::Symlink),
        b'5' => return Ok(Kind::Directory),
        b'S' => return Err(pax::sparse()),
        b'3' => "a character device".to_owned(),
        b'4' => "a block device".to_owned(),
        b'6' => "a FIFO".to_owned(),
        b'7' => "a contiguous file".to_owned(),
        b'D' | b'M' | b'N' | b'V' => {
            "part of a GNU backup (a volume label, a dump directory, a continued file)".to_owned()
        }
        _ => format!("of the unknown type '{}'", flag.escape_ascii()),
    };
    Err(Refusal::new(format!("holds {}, which is {is}", shown(name)))
        .why("a release is made of files, directories and links"))
}

/// Fills a slot that extension headers may fill once an entry.
pub(super) fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), Refusal> {
    if slot.replace(value).is_some() { Err(astray()) } else { Ok(()) }
}

/// The refusal of an extension header that does not stand before its entry.
pub(super) fn astray() -> Refusal {
    Refusal::new("has an extension header that belongs to no entry").why("extractors differ about it")
}
