//! Tarballs made by hand, byte by byte, so that they can be as wrong as they like.

use std::io::Write;
use std::path::Path;

use super::{Artifact, Limits, inspect};
use crate::model::Failure;
use crate::model::target::ArtifactName;

/// The file name that every test archive has; its top directory is `DDGC-1.0`.
pub const FILE: &str = "DDGC-1.0.tar.gz";

/// `DDGC-{version}.tar.gz`
pub fn naming() -> ArtifactName {
    ArtifactName { prefix: "DDGC-".into(), suffix: ".tar.gz".into() }
}

/// One tar header and its contents.
#[derive(Debug, Clone)]
pub struct Raw {
    pub flag: u8,
    pub name: Vec<u8>,
    pub prefix: Vec<u8>,
    pub link: Vec<u8>,
    pub mode: Vec<u8>,
    /// The size field, when it is not what `body` has.
    pub size: Option<Vec<u8>>,
    /// Magic and version, eight bytes.
    pub magic: [u8; 8],
    pub body: Vec<u8>,
}

impl Raw {
    pub fn new(flag: u8, name: impl AsRef<[u8]>) -> Self {
        Self {
            flag,
            name: name.as_ref().to_vec(),
            prefix: Vec::new(),
            link: Vec::new(),
            mode: b"0000755\0".to_vec(),
            size: None,
            magic: *b"ustar\x0000",
            body: Vec::new(),
        }
    }

    pub fn link(mut self, link: impl AsRef<[u8]>) -> Self {
        self.link = link.as_ref().to_vec();
        self
    }

    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = format!("{mode:07o}\0").into_bytes();
        self
    }

    pub fn size(mut self, field: impl AsRef<[u8]>) -> Self {
        self.size = Some(field.as_ref().to_vec());
        self
    }

    /// The header alone.
    pub fn header(&self) -> [u8; 512] {
        let mut block = [0; 512];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        assert!(self.name.len() <= 100 && self.link.len() <= 100 && self.prefix.len() <= 155);
        put(0, &self.name);
        put(100, &self.mode);
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, self.size.as_ref().unwrap_or(&format!("{:011o}\0", self.body.len()).into_bytes()));
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(156, &[self.flag]);
        put(157, &self.link);
        put(257, &self.magic);
        put(345, &self.prefix);
        seal(&mut block);
        block
    }

    /// The header, the contents and their padding.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.header().to_vec();
        bytes.extend(&self.body);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes
    }
}

/// Writes the right checksum into a header.
pub fn seal(block: &mut [u8; 512]) {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

pub fn file(name: impl AsRef<[u8]>, body: impl AsRef<[u8]>) -> Raw {
    Raw::new(b'0', name).body(body).mode(0o644)
}

pub fn dir(name: impl AsRef<[u8]>) -> Raw {
    Raw::new(b'5', name)
}

pub fn symlink(name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Raw {
    Raw::new(b'2', name).link(target).mode(0o777)
}

pub fn hardlink(name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Raw {
    Raw::new(b'1', name).link(target)
}

/// A GNU long name (`L`) or long link (`K`).
pub fn long(flag: u8, name: impl AsRef<[u8]>) -> Raw {
    let mut raw = Raw::new(flag, "././@LongLink").body([name.as_ref(), b"\0"].concat());
    raw.magic = *b"ustar  \0";
    raw
}

/// A pax header, `x` or `g`.
pub fn pax(flag: u8, records: &[(&str, &[u8])]) -> Raw {
    let mut body = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let length = (1..9).map(|digits| rest + digits).find(|n| rest + n.to_string().len() == *n).unwrap();
        body.extend(format!("{length} {key}=").as_bytes());
        body.extend(*value);
        body.push(b'\n');
    }
    Raw::new(flag, "pax_header").body(body)
}

/// An archive of these entries, with its end mark.
pub fn tar(entries: &[Raw]) -> Vec<u8> {
    let mut bytes: Vec<u8> = entries.iter().flat_map(Raw::bytes).collect();
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// An archive that is good but for these entries, which come last.
pub fn with(entries: &[Raw]) -> Vec<u8> {
    tar(&[&[dir("DDGC-1.0/"), file("DDGC-1.0/a", "hello"), dir("DDGC-1.0/d")], entries].concat())
}

pub fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Inspects a file of these bytes, within limits that stop a test early.
pub fn inspected(bytes: &[u8]) -> Result<Artifact, Failure> {
    within(bytes, &Limits { max_unpacked: 64 << 20, ..Limits::default() })
}

pub fn within(bytes: &[u8], limits: &Limits) -> Result<Artifact, Failure> {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(FILE);
    std::fs::write(&path, bytes).unwrap();
    inspect(&path, &naming(), limits)
}

/// Inspects an existing file.
pub fn inspected_file(path: &Path) -> Artifact {
    inspect(path, &naming(), &Limits::default()).unwrap()
}

/// The first line of the refusal of these (gzip) bytes, which must have the project's form and exit code.
pub fn refusal_of(bytes: &[u8]) -> String {
    line(inspected(bytes).expect_err("must be refused"))
}

/// The first line of the refusal of an archive that is good but for these entries.
pub fn refusal(entries: &[Raw]) -> String {
    refusal_of(&gz(&with(entries)))
}

pub fn line(failure: Failure) -> String {
    let line = failure.to_string();
    assert_eq!(failure.exit.code(), 3, "{line}");
    assert!(line.starts_with(&format!("{FILE}: ")) && line.ends_with("; nothing was changed."), "{line}");
    assert!(!line.contains(char::is_control) && line.len() < 1500, "{line:?}");
    assert!(failure.hint.is_some(), "{line}");
    line
}

/// Checks that a message has these words.
#[track_caller]
pub fn says(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "{message:?} lacks {word:?}");
    }
}
