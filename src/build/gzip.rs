//! One gzip member out of pieces that were deflated apart, on any number of cores.
//!
//! Each piece is a raw deflate stream of its own that ends with a sync flush, at a byte and without the mark of the last
//! block; one behind the other they are one stream. Extractors see nothing of it. How the pieces are cut is up to the
//! contents alone, so the bytes don't depend on who made them, or on how many did.

use flate2::{Compress, CompressError, Compression, Crc, FlushCompress};

/// Smaller files for a higher level cost more than they save: 9 takes three times as long for one per cent.
const LEVEL: u32 = 6;

/// Checksums are made of at most so many bytes: their lengths are 32 bits wide.
const CHUNK: usize = 1 << 20;

/// No file name, no time, made on Unix.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

/// A last block with nothing in it.
const LAST: [u8; 2] = [3, 0];

/// A part of the member's contents, deflated.
#[derive(Default)]
pub struct Piece {
    /// The deflated bytes.
    pub bytes: Vec<u8>,
    sums: Vec<Crc>,
}

/// Deflates pieces, one after the other.
pub struct Deflate {
    stream: Compress,
    piece: Piece,
}

impl Default for Deflate {
    fn default() -> Self {
        Self { stream: Compress::new(Compression::new(LEVEL), false), piece: Piece::default() }
    }
}

impl Deflate {
    /// Adds bytes to the piece.
    ///
    /// # Errors
    /// None that is known of.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), CompressError> {
        for chunk in bytes.chunks(CHUNK) {
            let mut sum = Crc::new();
            sum.update(chunk);
            self.piece.sums.push(sum);
            self.feed(chunk, FlushCompress::None)?;
        }
        Ok(())
    }

    /// Ends the piece, and begins another.
    ///
    /// # Errors
    /// None that is known of.
    pub fn end(&mut self) -> Result<Piece, CompressError> {
        self.feed(&[], FlushCompress::Sync)?;
        self.stream.reset();
        Ok(std::mem::take(&mut self.piece))
    }

    fn feed(&mut self, mut input: &[u8], flush: FlushCompress) -> Result<(), CompressError> {
        loop {
            let out = &mut self.piece.bytes;
            out.reserve(32 << 10);
            let before = self.stream.total_in();
            self.stream.compress_vec(input, out, flush)?;
            input = &input[(self.stream.total_in() - before) as usize..];
            // A flush is through when there was room left for more.
            if input.is_empty() && out.len() < out.capacity() {
                return Ok(());
            }
        }
    }
}

/// Puts the pieces together.
pub struct Member {
    sum: Crc,
    size: u64,
}

impl Member {
    /// What stands before the first piece.
    pub fn begin() -> (Self, [u8; 10]) {
        (Self { sum: Crc::new(), size: 0 }, HEADER)
    }

    /// Counts a piece in, whose bytes come next.
    pub fn add(&mut self, piece: &Piece) {
        for sum in &piece.sums {
            self.sum.combine(sum);
            self.size += u64::from(sum.amount());
        }
    }

    /// What stands behind the last piece.
    pub fn end(self) -> Vec<u8> {
        // The format keeps the size modulo 2^32.
        let size = (self.size & u64::from(u32::MAX)) as u32;
        [&LAST[..], &self.sum.sum().to_le_bytes(), &size.to_le_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::process::{Command, Stdio};

    use super::*;

    fn member(pieces: &[&[u8]]) -> Vec<u8> {
        let mut deflate = Deflate::default();
        let (mut member, head) = Member::begin();
        let mut out = head.to_vec();
        for bytes in pieces {
            deflate.add(bytes).unwrap();
            let piece = deflate.end().unwrap();
            member.add(&piece);
            out.extend(&piece.bytes);
        }
        out.extend(member.end());
        out
    }

    fn noise(bytes: usize) -> Vec<u8> {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        };
        (0..bytes).map(|_| next()).collect()
    }

    #[test]
    fn is_one_member_for_every_reader() {
        let (text, large) = (b"all work and no play ".repeat(50_000), noise(3 << 20));
        let all: [&[&[u8]]; 6] = [&[], &[b""], &[b"a"], &[b"a", b"", b"b"], &[&text, &large, &text], &[&large]];
        for pieces in all {
            let (packed, all) = (member(pieces), pieces.concat());
            let mut unpacked = Vec::new();
            let mut decoder = flate2::bufread::GzDecoder::new(&packed[..]);
            decoder.read_to_end(&mut unpacked).unwrap();
            assert!(unpacked == all && decoder.into_inner().is_empty(), "one member, and nothing behind it");
            for program in [&["gzip", "-dc"][..], &["busybox", "gzip", "-dc"]] {
                let mut child = Command::new(program[0])
                    .args(&program[1..])
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap();
                let mut stdin = child.stdin.take().unwrap();
                let copy = packed.clone();
                let writer = std::thread::spawn(move || stdin.write_all(&copy).unwrap());
                let output = child.wait_with_output().unwrap();
                writer.join().unwrap();
                assert!(output.status.success() && output.stdout == all, "{program:?}");
            }
        }
    }

    #[test]
    fn a_piece_does_not_depend_on_what_came_before_it() {
        let mut deflate = Deflate::default();
        deflate.add(b"something else").unwrap();
        deflate.end().unwrap();
        let mut piece = |bytes: &[u8]| {
            deflate.add(bytes).unwrap();
            deflate.end().unwrap().bytes
        };
        let text = b"to be or not to be".repeat(1000);
        let first = piece(&text);
        assert_eq!(first, piece(&text));
        let mut fresh = Deflate::default();
        fresh.add(&text).unwrap();
        assert_eq!(first, fresh.end().unwrap().bytes);
    }
}
