//! One raw 512-byte tar header.

use super::number;
use super::refusal::Refusal;

/// The size of a header, and what contents are padded to.
pub(super) const BLOCK: usize = 512;

/// What a header says, before extension headers have their say.
#[derive(Debug)]
pub(super) struct Header {
    /// The type: `0` a file, `5` a directory, ...
    pub flag: u8,
    /// The name, `prefix/name` put together.
    pub name: Vec<u8>,
    /// Where a link leads.
    pub link: Vec<u8>,
    /// Bytes of contents that follow.
    pub size: u64,
    /// The permission bits, as they stand there: extension headers have none that matter, and some leave them blank.
    mode: [u8; 8],
}

impl Header {
    /// The permission bits.
    pub fn mode(&self) -> Result<u32, Refusal> {
        Ok((number::parse(&self.mode, "mode")? & 0o7777) as u32)
    }
}

/// Reads a header; `nth` counts from 1 and is for messages.
pub(super) fn read(block: &[u8; BLOCK], nth: u64) -> Result<Header, Refusal> {
    let header = tar::Header::from_byte_slice(block);
    let old = header.as_old();
    if number::parse(&old.cksum, "checksum").ok() != Some(checksum(block)) {
        return Err(match nth {
            1 => Refusal::new("holds no tar archive").why("the gzip data does not begin with a tar header"),
            _ => Refusal::new("is damaged inside").why(format!("the checksum of tar header {nth} is wrong")),
        });
    }
    if block[0] == 0 {
        return Err(Refusal::new("holds an entry without a name").why("BusyBox takes it for the end of the archive"));
    }
    let name = name(header)?;
    if matches!(old.linkflag[0], b'x' | b'g' | b'L' | b'K') {
        number::blank_or(&old.mode, "mode")?;
    }
    told_for_nobody(header)?;
    Ok(Header {
        flag: old.linkflag[0],
        name,
        link: text(&old.linkname).to_vec(),
        size: number::parse(&old.size, "size")?,
        mode: old.mode,
    })
}

/// The sum of all bytes, with the checksum itself taken as spaces.
fn checksum(block: &[u8; BLOCK]) -> u64 {
    let sum = |bytes: &[u8]| bytes.iter().map(|b| u64::from(*b)).sum::<u64>();
    sum(&block[..148]) + 8 * u64::from(b' ') + sum(&block[156..])
}

/// Numbers that do not matter here, owners are not unpacked and times are only told, but over which some extractors stop.
fn told_for_nobody(header: &tar::Header) -> Result<(), Refusal> {
    let old = header.as_old();
    for (field, what) in [(&old.uid, "owner"), (&old.gid, "group")] {
        number::blank_or(field, what)?
            .filter(|id| *id >= u64::from(u32::MAX))
            .map_or(Ok(()), |id| too_large(what, id))?;
    }
    if !number::is_negative(&old.mtime) {
        number::blank_or(&old.mtime, "time")?
            .filter(|time| *time > TIME_MAX)
            .map_or(Ok(()), |t| too_large("time", t))?;
    }
    for at in [265, 297] {
        let who = text(&header.as_bytes()[at..at + 32]);
        if std::str::from_utf8(who).is_err() {
            return Err(Refusal::new("has a tar header whose owner's name is not UTF-8")
                .why(format!("{}; bsdtar may fail over it", super::refusal::shown(who))));
        }
    }
    for (at, what) in [(329, "device"), (337, "device")] {
        number::blank_or(&header.as_bytes()[at..at + 8], what)?;
    }
    Ok(())
}

fn too_large(what: &str, number: u64) -> Result<(), Refusal> {
    Err(Refusal::new(format!("has a damaged header: its {what} is {number}")).why("no host knows such a one"))
}

/// The year 10680: more is no time on any system.
const TIME_MAX: u64 = 1 << 38;

/// The name, by the header's dialect. What lies behind the fields of a dialect must be zeros: there, extractors that
/// take the dialect for another one would find a second name.
fn name(header: &tar::Header) -> Result<Vec<u8>, Refusal> {
    let zero_from = |at: usize| header.as_bytes()[at..].iter().all(|b| *b == 0);
    let plain = text(&header.as_old().name).to_vec();
    if let Some(ustar) = header.as_ustar() {
        let prefix = text(&ustar.prefix);
        if !zero_from(500) {
            return Err(odd(&plain));
        }
        return Ok(if prefix.is_empty() { plain } else { [prefix, b"/", &plain].concat() });
    }
    if header.as_gnu().is_some() && zero_from(345) {
        return Ok(plain);
    }
    if header.as_bytes()[257..265] == [0; 8] {
        return Err(Refusal::new(format!("has a tar header of before 1988 for {}", super::refusal::shown(&plain)))
            .why("BusyBox unpacks none of them")
            .hint("make it with git archive or `tar --format=ustar`"));
    }
    Err(odd(&plain))
}

fn odd(name: &[u8]) -> Refusal {
    Refusal::new(format!("has an unusual tar header for {}", super::refusal::shown(name)))
        .why("it is neither ustar, pax nor GNU tar, or was made for an incremental backup")
        .hint("make it with git archive or `tar --format=ustar`")
}

/// The field up to its first NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|b| *b == 0).next().unwrap_or_default()
}
