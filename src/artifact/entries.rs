//! The entries of a tar archive, extension headers applied; nothing is skipped in silence.

use std::io::Read;

use super::entry::{Entry, Extension, astray, once};
use super::gunzip::Gunzip;
use super::header::{self, BLOCK, Header};
use super::pax;
use super::refusal::{REBUILD, Refusal, shown};
use crate::model::Digest;

/// The largest extension header: names are far smaller, and only attributes, which nobody unpacks, come near.
const EXTENSION_MAX: u64 = 1 << 20;

/// Reads one entry after the other.
pub(super) struct Entries<R: Read> {
    bytes: Gunzip<R>,
    headers: u64,
    commit: Option<String>,
}

impl<R: Read> Entries<R> {
    /// Starts at the first header.
    pub fn new(bytes: Gunzip<R>) -> Self {
        Self { bytes, headers: 0, commit: None }
    }

    /// The next entry; `None` after the end mark. Its contents must be read, by [`Entries::contents`], before the next.
    pub fn next(&mut self) -> Result<Option<Entry>, Refusal> {
        let mut extension = Extension::default();
        loop {
            let Some(header) = self.header()? else {
                return if extension.is_empty() { Ok(None) } else { Err(astray()) };
            };
            match header.flag {
                b'g' => {
                    let body = self.extension(&header)?;
                    // Later ones come from archives that were joined: whose commit the whole would be, nobody can say.
                    if self.headers > 1 {
                        return Err(if extension.is_empty() { pax::global() } else { astray() });
                    }
                    self.commit = Some(pax::commit(&body)?);
                }
                b'x' => {
                    let pax = pax::parse(&self.extension(&header)?)?;
                    once(&mut extension.pax, pax)?;
                }
                b'L' => {
                    let name = self.long(&header)?;
                    once(&mut extension.name, name)?;
                }
                b'K' => {
                    let link = self.long(&header)?;
                    once(&mut extension.link, link)?;
                }
                _ => {
                    return extension.apply(header).map(Some);
                }
            }
        }
    }

    /// After [`Entries::next`] gave `None`: digest and size of the file, and the commit it names.
    pub fn finish(self) -> (Digest, u64, Option<String>) {
        let (digest, size) = self.bytes.finish();
        (digest, size, self.commit)
    }

    fn header(&mut self) -> Result<Option<Header>, Refusal> {
        let mut block = [0; BLOCK];
        match self.bytes.read(&mut block)? {
            BLOCK => {}
            0 if self.headers == 0 => return Err(Refusal::new("is empty").why("the gzip data holds 0 bytes")),
            // A tar whose writer was stopped is well-formed gzip all the same: the end mark is all that tells.
            0 => {
                return Err(Refusal::new("has no end mark")
                    .why("two blocks of zeros must close a tar archive; was its writer stopped halfway?"));
            }
            _ => return Err(cut("in the middle of a tar header")),
        }
        if block == [0; BLOCK] {
            return self.end().map(|()| None);
        }
        self.headers += 1;
        header::read(&block, self.headers).map(Some)
    }

    /// After the first zero block: a second one must follow, and after it nothing but zeros.
    fn end(&mut self) -> Result<(), Refusal> {
        let mut buffer = vec![0; 16 * BLOCK];
        let mut zeros = 0;
        loop {
            let n = self.bytes.read(&mut buffer)?;
            if buffer[..n].iter().any(|b| *b != 0) {
                return Err(Refusal::new("has data after the end of the archive")
                    .why("extractors differ about whether they unpack it"));
            }
            zeros += n;
            if n < buffer.len() {
                break;
            }
        }
        if zeros < BLOCK {
            return Err(Refusal::new("has half an end mark")
                .why("two blocks of zeros must close a tar archive; was its writer stopped halfway?"));
        }
        Ok(())
    }

    /// The body of an extension header.
    fn extension(&mut self, header: &Header) -> Result<Vec<u8>, Refusal> {
        if header.size > EXTENSION_MAX {
            return Err(Refusal::new(format!("has a tar extension header of {} bytes", header.size))
                .why(format!("the limit is {EXTENSION_MAX}")));
        }
        let size = header.size as usize;
        let mut body = vec![0; size.next_multiple_of(BLOCK)];
        if self.bytes.read(&mut body)? < body.len() {
            return Err(cut("inside an extension header"));
        }
        body.truncate(size);
        Ok(body)
    }

    /// The name in a GNU `L` or `K` header: with or without a NUL at its end.
    fn long(&mut self, header: &Header) -> Result<Vec<u8>, Refusal> {
        let mut name = self.extension(header)?;
        if name.last() == Some(&0) {
            name.pop();
        }
        if name.is_empty() || name.contains(&0) {
            return Err(Refusal::new("has a damaged GNU long name").why("it is empty or holds NUL bytes"));
        }
        Ok(name)
    }

    /// Reads the contents and their padding, which must all be there; each piece of the contents is handed over.
    pub fn contents(&mut self, entry: &Entry, mut take: impl FnMut(&[u8])) -> Result<(), Refusal> {
        self.bytes.allows(entry.size)?;
        let (mut left, mut padded) = (entry.size, entry.size.next_multiple_of(BLOCK as u64));
        let mut buffer = vec![0; padded.min(64 << 10) as usize];
        while padded > 0 {
            let want = padded.min(buffer.len() as u64) as usize;
            if self.bytes.read(&mut buffer[..want])? < want {
                return Err(cut(&format!("inside {}", shown(&entry.name))));
            }
            let piece = left.min(want as u64);
            take(&buffer[..piece as usize]);
            left -= piece;
            padded -= want as u64;
        }
        Ok(())
    }
}

fn cut(place: &str) -> Refusal {
    Refusal::new("ends early inside the tar archive")
        .why(format!("{place}; was its writer stopped halfway?"))
        .hint(REBUILD)
}
