//! The raw bytes of the file: hashed and counted on their way, and recognised when they are not gzip.

use std::io::{self, BufRead, Read};

use sha2::{Digest as _, Sha256};

use super::refusal::Refusal;
use crate::model::Digest;

const BUFFER: usize = 64 << 10;

/// A buffered reader that keeps the digest of everything it has read.
pub(super) struct Source<R> {
    inner: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    hasher: Sha256,
    read: u64,
}

impl<R: Read> Source<R> {
    /// Starts at the first byte of `inner`; refuses what is not gzip, saying what it is.
    pub fn open(inner: R) -> Result<Self, Refusal> {
        let buffer = vec![0; BUFFER].into_boxed_slice();
        let mut source = Self { inner, buffer, start: 0, end: 0, hasher: Sha256::new(), read: 0 };
        let head = source.fill_buf().map_err(unreadable)?;
        if head.starts_with(&[0x1f, 0x8b]) { Ok(source) } else { Err(not_gzip(head)) }
    }

    /// How many bytes were taken out so far.
    pub fn consumed(&self) -> u64 {
        self.read - (self.end - self.start) as u64
    }

    /// The digest and the count of all bytes read; what was not read yet is not in it.
    pub fn finish(self) -> (Digest, u64) {
        (Digest::from_bytes(self.hasher.finalize().into()), self.read)
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(into)?;
        self.consume(n);
        Ok(n)
    }
}

impl<R: Read> BufRead for Source<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.start == self.end {
            match self.inner.read(&mut self.buffer) {
                Ok(n) => {
                    (self.start, self.end) = (0, n);
                    self.read += n as u64;
                    self.hasher.update(&self.buffer[..n]);
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
    }
}

/// The disk, not the archive, is at fault.
pub(super) fn unreadable(error: io::Error) -> Refusal {
    Refusal::new("can't be read").why(error.to_string()).hint("look at the disk it lies on")
}

fn not_gzip(head: &[u8]) -> Refusal {
    let page = || {
        let start = head.get(..64).unwrap_or(head).to_ascii_lowercase();
        start.starts_with(b"<!doctype") || start.starts_with(b"<html")
    };
    let is = match head {
        [] => return Refusal::new("is empty").why("it has 0 bytes"),
        [b'P', b'K', 3 | 5 | 7, ..] => "a zip archive",
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => "xz data",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd data",
        [b'B', b'Z', b'h', ..] => "bzip2 data",
        [0x1f, 0x9d, ..] => "the output of `compress`",
        _ if head.get(257..262) == Some(b"ustar") => "a plain tar archive",
        _ if head.starts_with(b"version https://git-lfs") => "a Git LFS pointer: fetch the file itself",
        _ if page() => "a web page: the download went wrong",
        _ => {
            let bytes = head.get(..4).unwrap_or(head);
            return Refusal::new("is not gzip data").why(format!("it begins with \"{}\"", bytes.escape_ascii()));
        }
    };
    Refusal::new("is not gzip data").why(format!("it is {is}"))
}
