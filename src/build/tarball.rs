//! Entries of a tar archive as every extractor reads them, with nothing in them that is not in git.

use tar::{EntryType, Header};

const BLOCK: usize = 512;
/// What a plain header has room for.
const NAME_MAX: usize = 100;
/// The latest time that a plain header can hold: the year 2242.
const TIME_MAX: i64 = 0o77_777_777_777;

/// Two blocks of zeros close an archive.
pub const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A file.
    File,
    /// A file that may be run.
    Program,
    /// A symlink; its contents are where it leads.
    Link,
}

/// The header that names the commit, as `git archive` writes it.
pub fn commit(out: &mut Vec<u8>, commit: &str, time: i64) {
    let record = |length: usize| format!("{length} comment={commit}\n");
    let mut length = record(0).len();
    while record(length).len() != length {
        length = record(length).len();
    }
    let record = record(length);
    let mut header = header(EntryType::XGlobalHeader, 0o644, time);
    name(&mut header, b"pax_global_header");
    put(out, header, record.as_bytes());
}

/// One entry: the name of a directory ends in a slash.
pub fn entry(out: &mut Vec<u8>, path: &str, kind: Kind, contents: &[u8], time: i64) {
    let (flag, mode) = match kind {
        Kind::Directory => (EntryType::Directory, 0o755),
        Kind::File => (EntryType::Regular, 0o644),
        Kind::Program => (EntryType::Regular, 0o755),
        Kind::Link => (EntryType::Symlink, 0o777),
    };
    long(out, EntryType::GNULongName, path.as_bytes(), time);
    let mut header = header(flag, mode, time);
    name(&mut header, path.as_bytes());
    if kind != Kind::Link {
        return put(out, header, contents);
    }
    long(out, EntryType::GNULongLink, contents, time);
    let kept = &contents[..contents.len().min(NAME_MAX)];
    header.as_old_mut().linkname[..kept.len()].copy_from_slice(kept);
    put(out, header, b"");
}

/// GNU's way to write a long name: pax has another, which BusyBox passes over.
fn long(out: &mut Vec<u8>, flag: EntryType, text: &[u8], time: i64) {
    if text.len() > NAME_MAX {
        let mut header = header(flag, 0o644, time);
        name(&mut header, b"././@LongLink");
        put(out, header, &[text, b"\0"].concat());
    }
}

/// Owner 0, no names of owners, and the one time.
fn header(flag: EntryType, mode: u32, time: i64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(flag);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(time.clamp(0, TIME_MAX) as u64);
    header
}

fn name(header: &mut Header, name: &[u8]) {
    let kept = &name[..name.len().min(NAME_MAX)];
    header.as_old_mut().name[..kept.len()].copy_from_slice(kept);
}

fn put(out: &mut Vec<u8>, mut header: Header, contents: &[u8]) {
    header.set_size(contents.len() as u64);
    header.set_cksum();
    out.extend_from_slice(header.as_bytes());
    out.extend_from_slice(contents);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}
