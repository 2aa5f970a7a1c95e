//! What can be wrong with the gzip data.

use crate::artifact::testing::{dir, file, gz, inspected, refusal_of, says, tar, with};

fn good() -> Vec<u8> {
    gz(&with(&[]))
}

#[test]
fn nothing_at_all() {
    says(&refusal_of(b""), &["is empty (it has 0 bytes)"]);
}

#[test]
fn other_formats_by_their_name() {
    let plain = with(&[]);
    for (bytes, is) in [
        (&b"PK\x03\x04rest of a zip"[..], "is not gzip data (it is a zip archive)"),
        (b"\xfd7zXZ\0rest", "it is xz data"),
        (b"\x28\xb5\x2f\xfdrest", "it is zstd data"),
        (b"BZh91AY", "it is bzip2 data"),
        (b"\x1f\x9d\x90", "the output of `compress`"),
        (&plain, "it is a plain tar archive"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"<!DOCTYPE html><title>404", "a web page"),
        (b"<html>", "a web page"),
        (b"\x1b[2Jx", "it begins with \"\\x1b[2J\""),
        (b"\x1f", "it begins with \"\\x1f\""),
    ] {
        says(&refusal_of(bytes), &["is not gzip data", is]);
    }
}

#[test]
fn gzip_of_something_else() {
    says(&refusal_of(&gz(b"")), &["is empty", "the gzip data holds 0 bytes"]);
    says(&refusal_of(&gz(b"hello")), &["ends early inside the tar archive", "in the middle of a tar header"]);
    says(&refusal_of(&gz(&[b'x'; 4096])), &["holds no tar archive"]);
    says(&refusal_of(&gz(&good())), &["DDGC-1.0.tar.gz: "]);
}

#[test]
fn cut_off_anywhere() {
    let good = good();
    for length in 2..good.len() {
        says(&refusal_of(&good[..length]), &[&format!("ends early at byte {length} (the gzip data is cut off)")]);
    }
}

#[test]
fn a_wrong_checksum_and_a_wrong_length() {
    for from_end in [1, 4, 5, 8] {
        let mut bytes = good();
        let at = bytes.len() - from_end;
        bytes[at] ^= 1;
        says(&refusal_of(&bytes), &[&format!("is damaged at byte {}", bytes.len()), "checksum"]);
    }
}

#[test]
fn a_damaged_header_and_damaged_data() {
    let mut header = good();
    header[2] = 9;
    says(&refusal_of(&header), &["is damaged at byte", "gzip header"]);
    let mut data = good();
    data[10] = 0xff;
    says(&refusal_of(&data), &["is damaged at byte"]);
}

#[test]
fn garbage_behind_it() {
    let at = good().len();
    for garbage in [&b"\0"[..], b"\0\0\0\0", b"x", b"\x1f", b"PK\x03\x04"] {
        let bytes = [good(), garbage.to_vec()].concat();
        says(&refusal_of(&bytes), &["has garbage after the gzip data", &format!("from byte {at} on")]);
    }
}

#[test]
fn a_second_member() {
    let at = good().len();
    let second = gz(&tar(&[file("DDGC-1.0/evil", "")]));
    let bytes = [good(), second].concat();
    says(&refusal_of(&bytes), &["holds a second gzip member", &format!("begins at byte {at}")]);
    // One archive cut into two members is what `cat` and parallel compressors make; extractors differ here too.
    let tar = with(&[]);
    let bytes = [gz(&tar[..512]), gz(&tar[512..])].concat();
    says(&refusal_of(&bytes), &["holds a second gzip member"]);
}

#[test]
fn no_end_mark() {
    let whole = with(&[]);
    let without = &whole[..whole.len() - 1024];
    says(&refusal_of(&gz(without)), &["has no end mark", "stopped halfway"]);
    says(&refusal_of(&gz(&whole[..whole.len() - 512])), &["has half an end mark"]);
    says(&refusal_of(&gz(&whole[..whole.len() - 1])), &["has half an end mark"]);
    says(&refusal_of(&gz(&[0; 1024])), &["is empty", "no file"]);
}

#[test]
fn a_tar_that_ends_halfway() {
    let body = vec![b'x'; 2000];
    let whole = tar(&[dir("DDGC-1.0/"), file("DDGC-1.0/big", body)]);
    says(&refusal_of(&gz(&whole[..700])), &["ends early inside the tar archive", "in the middle of a tar header"]);
    for end in [1024, 1025, 2000, 3071] {
        says(&refusal_of(&gz(&whole[..end])), &["ends early inside the tar archive", "inside \"DDGC-1.0/big\""]);
    }
    assert!(inspected(&gz(&whole)).is_ok());
}

#[test]
fn data_behind_the_end_mark() {
    let evil = file("DDGC-1.0/evil", "").bytes();
    let two = [with(&[]), evil.clone()].concat();
    says(&refusal_of(&gz(&two)), &["has data after the end of the archive"]);
    let padded = [with(&[]), vec![0; 20_000], b"x".to_vec()].concat();
    says(&refusal_of(&gz(&padded)), &["has data after the end of the archive"]);
    // A lone zero block, as between two archives that were joined.
    let whole = with(&[]);
    let lone = [&whole[..whole.len() - 512], &evil, &[0; 1024]].concat();
    says(&refusal_of(&gz(&lone)), &["has data after the end of the archive"]);
    assert!(inspected(&gz(&[with(&[]), vec![0; 9000]].concat())).is_ok(), "records are padded with zeros");
}
