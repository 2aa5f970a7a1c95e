//! Archives: from bytes of any kind to tar headers that only lie about what they mean.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Component, Path};

use release::artifact::{Checked, Limits, examine};
use release::model::Digest;

const TOP: &str = "app-1.0";
const BLOCK: usize = 512;
const LIMITS: Limits = Limits { max_unpacked: 1 << 20, max_entries: 1000, max_ratio: 200 };

/// The first byte says what the rest is: the file, the tar in it, a tar whose checksums are put right, or the records of
/// a pax header. Refused in a form fit to be shown, or another reader agrees that nothing in it leaves its directory.
pub fn archive(data: &[u8]) {
    let Some((kind, bytes)) = data.split_first() else { return };
    let file = match kind % 5 {
        0 => bytes.to_vec(),
        1 => gzip(bytes),
        2 => gzip(&sealed(bytes)),
        3 => gzip(&with_pax(b'x', bytes)),
        _ => gzip(&with_pax(b'g', bytes)),
    };
    match examine(&file[..], "app-1.0.tar.gz", TOP, &LIMITS) {
        Ok(good) => agreed(&good, &file),
        Err(failure) => {
            let line = failure.to_string();
            assert_eq!(failure.exit.code(), 3, "{line}");
            assert!(!line.contains(char::is_control) && line.len() < 3000, "{line:?}");
            assert!(failure.hint.is_some(), "{line}");
        }
    }
}

/// What the `tar` crate finds in it.
fn agreed(good: &Checked, file: &[u8]) {
    assert_eq!((good.digest, good.size), (Digest::of(file), file.len() as u64));
    assert!(!good.warnings.concat().contains(char::is_control), "{:?}", good.warnings);
    assert!(
        good.commit.as_ref().is_none_or(|c| matches!(c.len(), 40 | 64) && c.bytes().all(|b| b.is_ascii_hexdigit()))
    );
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut tar).unwrap();
    let (mut paths, mut unpacked) = (BTreeSet::new(), 0);
    for entry in tar::Archive::new(&tar[..]).entries().unwrap() {
        let entry = entry.unwrap();
        if entry.header().entry_type().is_pax_global_extensions() {
            continue; // about the whole archive, and no file
        }
        let path = entry.path().unwrap().into_owned();
        let below = within(&path);
        if let Some(link) = entry.link_name().unwrap() {
            assert!(stays(&below, &link, entry.header().entry_type()), "{path:?} -> {link:?}");
        } else if entry.header().entry_type().is_file() {
            unpacked += entry.size();
        }
        paths.extend((1..=below.len()).map(|n| below[..n].to_vec()));
    }
    assert_eq!(good.entries, paths.len() as u64, "{paths:?}");
    assert_eq!(good.unpacked, unpacked);
}

/// The names below the top directory.
fn within(path: &Path) -> Vec<String> {
    let mut parts = path.components().filter(|part| *part != Component::CurDir);
    match parts.next() {
        None => return Vec::new(),
        Some(top) => assert_eq!(top, Component::Normal(TOP.as_ref()), "{path:?}"),
    }
    let name = |part| match part {
        Component::Normal(name) => name.to_str().unwrap().to_owned(),
        _ => panic!("{path:?}"),
    };
    parts.map(name).collect()
}

/// A hard link is to something in the release; a symlink climbs no higher than its top directory.
fn stays(at: &[String], link: &Path, kind: tar::EntryType) -> bool {
    if kind.is_hard_link() {
        return !within(link).is_empty();
    }
    let mut depth = at.len() as i64 - 1;
    link.components().all(|part| {
        match part {
            Component::Normal(_) => depth += 1,
            Component::ParentDir => depth -= 1,
            Component::CurDir => {}
            _ => return false,
        }
        depth >= 0
    })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The blocks with right checksums in those that are headers, if the sizes in them are read as they stand; and an end.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut tar = bytes.to_vec();
    tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    let mut at = 0;
    while at < tar.len() {
        seal(&mut tar[at..at + BLOCK]);
        let digits = tar[at + 124..at + 135].iter().take_while(|b| b.is_ascii_digit());
        let size = digits.fold(0_usize, |sum, digit| (sum * 8 + usize::from(digit - b'0')) & 0xff_ffff);
        at += BLOCK + size.next_multiple_of(BLOCK);
    }
    tar.resize(tar.len() + 2 * BLOCK, 0);
    tar
}

fn seal(header: &mut [u8]) {
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// An archive of one file, with these records before it.
fn with_pax(flag: u8, records: &[u8]) -> Vec<u8> {
    let mut tar = header(flag, "pax_header", records.len());
    tar.extend(records);
    tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    tar.extend(header(b'0', "app-1.0/a", 0));
    sealed(&tar)
}

fn header(flag: u8, name: &str, size: usize) -> Vec<u8> {
    let mut header = vec![0; BLOCK];
    let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\x000000000\x000000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(156, &[flag]);
    put(257, b"ustar\x0000");
    header
}
