//! Artifacts that no decent program writes: every header field is whatever the test says.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// One raw header and its data.
#[derive(Debug, Clone)]
pub struct RawEntry {
    /// The name field: up to 100 bytes, any bytes.
    pub name: Vec<u8>,
    /// The type byte: `b'0'` file, `b'1'` hard link, `b'2'` symlink, `b'3'`/`b'4'` devices, `b'5'` directory, `b'6'` fifo,
    /// `b'x'` PAX, `b'L'` long name.
    pub kind: u8,
    /// The mode field.
    pub mode: u32,
    /// The time field.
    pub mtime: u64,
    /// The link field: up to 100 bytes.
    pub link: Vec<u8>,
    /// What follows the header.
    pub data: Vec<u8>,
    /// What the size field says, when it is not the data's length.
    pub size: Option<u64>,
}

impl RawEntry {
    /// An entry of a type.
    pub fn new(kind: u8, name: impl AsRef<[u8]>) -> Self {
        let mode = if kind == b'5' { 0o755 } else { 0o644 };
        let mtime = 1_392_723_903;
        Self { name: name.as_ref().into(), kind, mode, mtime, link: Vec::new(), data: Vec::new(), size: None }
    }

    /// An ordinary file.
    pub fn file(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Self {
        Self { data: data.as_ref().into(), ..Self::new(b'0', name) }
    }

    /// A directory.
    pub fn dir(name: impl AsRef<[u8]>) -> Self {
        Self::new(b'5', name)
    }

    /// A symbolic link.
    pub fn symlink(name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        Self { link: target.as_ref().into(), ..Self::new(b'2', name) }
    }

    /// A hard link.
    pub fn hardlink(name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        Self { link: target.as_ref().into(), ..Self::new(b'1', name) }
    }

    fn header(&self) -> [u8; 512] {
        let mut h = [0; 512];
        let mut put = |at: usize, bytes: &[u8]| h[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.name);
        put(100, format!("{:07o}\0{:07o}\0{:07o}\0", self.mode, 0, 0).as_bytes());
        // Twelve digits where a size needs them.
        put(124, &format!("{:011o}\0", self.size.unwrap_or(self.data.len() as u64)).as_bytes()[..12]);
        put(136, format!("{:011o}\0", self.mtime).as_bytes());
        put(148, b"        ");
        put(156, &[self.kind]);
        put(157, &self.link);
        put(257, b"ustar\x0000");
        let sum: u32 = h.iter().map(|b| u32::from(*b)).sum();
        h[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        h
    }
}

/// The archive, compressed.
pub fn raw_tar(entries: &[RawEntry]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    for entry in entries {
        gz.write_all(&entry.header()).unwrap();
        gz.write_all(&entry.data).unwrap();
        gz.write_all(&vec![0; entry.data.len().next_multiple_of(512) - entry.data.len()]).unwrap();
    }
    gz.write_all(&[0; 1024]).unwrap();
    gz.finish().unwrap()
}
