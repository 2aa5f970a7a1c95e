//! Whatever the bytes are: no panic, and nothing accepted that is not good.

use std::collections::BTreeMap;

use arbtest::arbitrary::{Result, Unstructured};
use arbtest::arbtest;

use crate::artifact::check::{Checked, archive};
use crate::artifact::testing::{Raw, gz, pax, tar};
use crate::artifact::{Limits, refusal::Refusal};
use crate::model::Digest;

fn checked(bytes: &[u8]) -> std::result::Result<Checked, Refusal> {
    archive(bytes, "DDGC-1.0", &Limits { max_unpacked: 8 << 20, max_entries: 1000, max_ratio: 200 })
}

/// No message shows a raw control character.
fn shows_nothing_raw(result: std::result::Result<Checked, Refusal>) {
    match result {
        Ok(good) => assert!(!good.warnings.concat().contains(char::is_control)),
        Err(refusal) => assert!(!refusal.about("x".into()).to_string().contains(char::is_control)),
    }
}

#[test]
fn byte_soup_is_refused() {
    arbtest(|u| {
        let soup: Vec<u8> = u.arbitrary()?;
        assert!(checked(&soup).is_err());
        assert!(checked(&[&[0x1f, 0x8b, 8, 0][..], &soup].concat()).is_err());
        assert!(checked(&gz(&soup)).is_err());
        Ok(())
    });
}

/// An archive of arbitrary headers with right checksums: deeper than soup ever comes.
#[test]
fn header_soup_never_panics() {
    arbtest(|u| {
        let mut entries = Vec::new();
        for _ in 0..u.int_in_range(0..=6)? {
            let names = ["DDGC-1.0/", "DDGC-1.0/a", "DDGC-1.0/a/b", "./DDGC-1.0/c", "x", "../x", "/x", "", "."];
            let mut name = u.choose(&names)?.as_bytes().to_vec();
            let more = u.int_in_range(0..=3)?.min(u.len());
            name.extend(u.bytes(more)?);
            let mut raw = Raw::new(*u.choose(b"0001255xxgLKS3\0\x1b")?, name);
            raw.link = u.choose(&["", "a", "DDGC-1.0/a", "../x", "/x", "a/.."])?.as_bytes().to_vec();
            if u.ratio(1, 4)? {
                raw = raw.mode(u.int_in_range(0..=0o7777)?);
            }
            if u.ratio(1, 2)? {
                raw = raw.body(u.choose(&["13 path=DDGC\n", "10 size=0\n", "x\0", "9 size=1\n", "12 path=/x"])?);
            }
            if u.ratio(1, 8)? {
                raw = raw.size(u.arbitrary::<[u8; 12]>()?);
            }
            entries.push(raw);
        }
        shows_nothing_raw(checked(&gz(&tar(&entries))));
        Ok(())
    });
}

/// Relative paths of files with their contents; no path is below another's file.
fn files(u: &mut Unstructured<'_>) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for n in 0..u.int_in_range(1..=8)? {
        let mut path = String::new();
        for _ in 0..u.int_in_range(0..=3)? {
            path.push_str(u.choose(&["d/", "é/", "a b/", "$(id)/"])?);
        }
        let stem = u.choose(&["f", "-rf", "日本", ".x", "..."])?;
        path.push_str(&stem.repeat(u.int_in_range(1..=40)?));
        path.push_str(&n.to_string());
        let length = u.int_in_range(0..=1500)?;
        files.insert(path, vec![b'x'; length]);
    }
    Ok(files)
}

fn built(files: &BTreeMap<String, Vec<u8>>, with_directories: bool, gnu: bool) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let header = |kind, size: usize, mode| {
        let mut header = if gnu { tar::Header::new_gnu() } else { tar::Header::new_ustar() };
        header.set_entry_type(kind);
        header.set_size(size as u64);
        header.set_mode(mode);
        header
    };
    if with_directories {
        let mut top = header(tar::EntryType::Directory, 0, 0o755);
        builder.append_data(&mut top, "DDGC-1.0/", std::io::empty()).unwrap();
    }
    for (path, body) in files {
        let path = format!("DDGC-1.0/{path}");
        let mut header = header(tar::EntryType::Regular, body.len(), 0o644);
        if !gnu {
            // The crate's own pax headers have no name, which ends an archive for BusyBox.
            let records = pax(b'x', &[("path", path.as_bytes())]).body;
            let mut extension = tar::Header::new_ustar();
            extension.set_entry_type(tar::EntryType::XHeader);
            extension.set_size(records.len() as u64);
            extension.set_path("pax_header").unwrap();
            extension.set_cksum();
            builder.append(&extension, records.as_slice()).unwrap();
            header.set_path("cut").unwrap();
            header.set_cksum();
            builder.append(&header, body.as_slice()).unwrap();
        } else {
            builder.append_data(&mut header, path, body.as_slice()).unwrap();
        }
    }
    builder.into_inner().unwrap()
}

#[test]
fn good_trees_are_accepted() {
    arbtest(|u| {
        let files = files(u)?;
        let bytes = gz(&built(&files, u.arbitrary()?, u.arbitrary()?));
        let good = checked(&bytes).unwrap();
        let mut paths: std::collections::BTreeSet<&str> = files.keys().map(String::as_str).collect();
        for path in files.keys() {
            paths.extend(path.match_indices('/').map(|(at, _)| &path[..at]));
        }
        assert_eq!(good.entries, paths.len() as u64);
        assert_eq!(good.unpacked, files.values().map(|body| body.len() as u64).sum::<u64>());
        assert_eq!(good.digest, Digest::of(&bytes));
        assert_eq!(good.size, bytes.len() as u64);
        assert!(good.warnings.is_empty());
        Ok(())
    });
}

#[test]
fn damaged_archives_never_panic() {
    arbtest(|u| {
        let mut tar = built(&files(u)?, u.arbitrary()?, u.arbitrary()?);
        for _ in 0..u.int_in_range(1..=3)? {
            let at = u.choose_index(tar.len())?;
            tar[at] ^= u.int_in_range(1..=255)?;
        }
        shows_nothing_raw(checked(&gz(&tar)));
        tar.truncate(u.choose_index(tar.len())?);
        shows_nothing_raw(checked(&gz(&tar)));
        let mut packed = gz(&tar);
        let at = u.choose_index(packed.len())?;
        packed[at] ^= 1 << u.int_in_range(0..=7)?;
        shows_nothing_raw(checked(&packed));
        packed.truncate(at);
        assert!(checked(&packed).is_err());
        Ok(())
    });
}
