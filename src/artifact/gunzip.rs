//! One gzip member, whole and undamaged, with nothing behind it; stops a bomb at its limit.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

use super::Limits;
use super::refusal::{REBUILD, Refusal};
use super::source::{Source, unreadable};
use crate::model::Digest;

/// The bytes that a gzip file holds.
pub(super) struct Gunzip<R: Read> {
    decoder: GzDecoder<Source<R>>,
    out: u64,
    limits: Limits,
}

impl<R: Read> Gunzip<R> {
    /// Unpacks this source, which begins with gzip's magic number.
    pub fn new(source: Source<R>, limits: &Limits) -> Self {
        Self { decoder: GzDecoder::new(source), out: 0, limits: *limits }
    }

    /// Fills as much of `buffer` as there are bytes left; less than all of it only at the end.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Refusal> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.decoder.read(&mut buffer[filled..]) {
                Ok(0) => {
                    self.ended()?;
                    break;
                }
                Ok(n) => {
                    filled += n;
                    self.out += n as u64;
                    self.judge()?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.damaged(error)),
            }
        }
        Ok(filled)
    }

    /// The digest and the size of the file, after [`Gunzip::read`] has come to the end.
    pub fn finish(self) -> (Digest, u64) {
        self.decoder.into_inner().finish()
    }

    /// Extractors disagree about a second member and about garbage (unpacked, ignored, or an error after all was
    /// unpacked), so neither may be there.
    fn ended(&mut self) -> Result<(), Refusal> {
        let source = self.decoder.get_mut();
        let at = source.consumed();
        match source.fill_buf().map_err(unreadable)? {
            [] => Ok(()),
            [0x1f, 0x8b, ..] => Err(Refusal::new("holds a second gzip member")
                .why(format!("it begins at byte {at}; extractors differ about it"))),
            _ => Err(Refusal::new("has garbage after the gzip data")
                .why(format!("from byte {at} on; extractors differ about it"))),
        }
    }

    /// Whether `bytes` more may come out.
    pub fn allows(&self, bytes: u64) -> Result<(), Refusal> {
        let max = self.limits.max_unpacked;
        if self.out.checked_add(bytes).is_some_and(|sum| sum <= max) {
            return Ok(());
        }
        Err(Refusal::new(format!("unpacks to more than {max} bytes"))
            .why("that is the limit on what an artifact may hold")
            .hint("if it is meant to be that large, raise `max_unpacked` in hosts.toml"))
    }

    fn judge(&self) -> Result<(), Refusal> {
        self.allows(0)?;
        let (max, input) = (self.limits.max_ratio, self.decoder.get_ref().consumed());
        if self.out > Limits::RATIO_FROM && self.out / max.max(1) > input {
            return Err(Refusal::new(format!("unpacks to more than {max} times its size"))
                .why(format!("{} bytes came out of the first {input}", self.out))
                .hint("leave the compressible bulk out of the release: the host can create it"));
        }
        Ok(())
    }

    fn damaged(&self, error: io::Error) -> Refusal {
        let at = self.decoder.get_ref().consumed();
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Refusal::new(format!("ends early at byte {at}"))
                .why("the gzip data is cut off")
                .hint(format!("copy it again, or {REBUILD}")),
            // What the decoder says about the data; everything else comes from the disk.
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                Refusal::new(format!("is damaged at byte {at}")).why(error.to_string())
            }
            _ => unreadable(error),
        }
    }
}
