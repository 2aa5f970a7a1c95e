//! Archives that unpack to more than anyone wants.

use crate::artifact::Limits;
use crate::artifact::testing::{Raw, dir, file, gz, line, says, tar, with, within};

fn refused(bytes: &[u8], limits: &Limits) -> String {
    line(within(bytes, limits).expect_err("must be refused"))
}

#[test]
fn too_much_in_all() {
    let whole = with(&[file("DDGC-1.0/x", vec![b'x'; 5000])]);
    let limits = |max_unpacked| Limits { max_unpacked, ..Limits::default() };
    let exact = whole.len() as u64;
    assert!(within(&gz(&whole), &limits(exact)).is_ok());
    let message = refused(&gz(&whole), &limits(exact - 1));
    says(&message, &[&format!("unpacks to more than {} bytes", exact - 1), "the limit"]);
    // A size alone is enough: nothing of it has to come.
    says(&refused(&gz(&whole[..2560]), &limits(4000)), &["unpacks to more than 4000 bytes"]);
}

#[test]
fn too_much_for_its_size() {
    let zeros = gz(&with(&[file("DDGC-1.0/x", vec![0; 40 << 20])]));
    assert!(zeros.len() < 300_000);
    let message = refused(&zeros, &Limits::default());
    says(&message, &["unpacks to more than 200 times its size", "167", "bytes came out of the first"]);
    assert!(within(&zeros, &Limits { max_ratio: 2000, ..Limits::default() }).is_ok());
    let small = gz(&with(&[file("DDGC-1.0/x", vec![0; 8 << 20])]));
    assert!(within(&small, &Limits::default()).is_ok(), "little can't hurt, however compressible");
}

#[test]
fn zeros_behind_the_end() {
    let zeros = gz(&[with(&[]), vec![0; 40 << 20]].concat());
    says(&refused(&zeros, &Limits::default()), &["unpacks to more than 200 times its size"]);
}

#[test]
fn too_many_entries() {
    let limits = Limits { max_entries: 10, ..Limits::default() };
    let files = |n: usize| -> Vec<Raw> { (0..n).map(|n| file(format!("DDGC-1.0/{n}"), "")).collect() };
    assert!(within(&gz(&tar(&files(10))), &limits).is_ok());
    says(&refused(&gz(&tar(&files(11))), &limits), &["holds more than 10 entries"]);
    let deep = tar(&[file(format!("DDGC-1.0{}", "/d".repeat(11)), "")]);
    says(&refused(&gz(&deep), &limits), &["holds more than 10 entries"]);
    let again = tar(&vec![dir("DDGC-1.0/"); 11]);
    says(&refused(&gz(&again), &limits), &["holds more than 10 entries"]);
}
